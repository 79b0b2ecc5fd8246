"""The doors on PostgreSQL: one server, two servers on one database, and one of two killed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.postgres

QUESTION = {"question": "How do I reset my password?"}


@pytest.fixture(scope="module")
def doors(request: pytest.FixtureRequest) -> Any:
    """The suite's own `conftest`, for its household."""
    return request.config.pluginmanager.get_plugin(str(Path(__file__).with_name("conftest.py")))


@pytest.fixture
def household(doors: Any, model: Any, empty: None, postgres_url: str, tmp_path: Path) -> Iterator[Any]:
    """The household of the other doors, with its data on PostgreSQL."""
    scripted = {"provider": "openai", "model": "scripted", "base_url": f"{model.url}/v1", "api_key": "none"}
    variables = {**doors.variables(tmp_path), "DESKHAND_MODELS": json.dumps({"scripted": scripted})}
    opened = doors.Household(tmp_path, {**variables, "DESKHAND_DATABASE_URL": postgres_url})
    for name, files in (("library", doors.LIBRARY), ("secret", doors.SECRET)):
        (tmp_path / name).mkdir()
        for file, text in files.items():
            (tmp_path / name / file).write_text(text)
    opened.run("people", "add", "ana@example.com", "--group", "finance")
    opened.run("people", "add", "ben@example.com")
    opened.run("ingest", "library", "--read", "everyone")
    opened.run("ingest", "secret", "--read", "group:finance")
    yield opened
    opened.close()


def token_seen(count: int) -> Any:
    def enough(seen: list[tuple[str, dict[str, Any]]]) -> bool:
        return [data["type"] for _, data in seen].count("token") >= count

    return enough


def text_of(events: list[tuple[str, dict[str, Any]]]) -> str:
    return "".join(data["text"] for _, data in events if data["type"] == "token")


def test_a_question_is_answered_to_who_may_read_and_refused_to_who_may_not(household, model):
    server = household.serve()
    asked = {who: server.client(household.token(f"{who}@example.com")) for who in ("ana", "ben")}
    [run] = asked["ben"].post("/v1/ask", json=QUESTION).json()["runs"]
    model.script.says = "The yearly bonus for the sales team is 4000 crowns and is paid in March [1]."
    bonus = {"question": "What is the yearly bonus for the sales team?"}

    ana, ben = (client.post("/v1/ask", json=bonus) for client in asked.values())
    listed = household.json("runs", "list", "--as", "ben@example.com")

    assert run["answer"]["citations"][0]["title"] == "Accounts"
    assert not ana.json()["runs"][0]["answer"]["refused"]
    assert ben.json()["runs"][0]["answer"]["refused"]
    assert "4000" not in ben.text
    assert run["run"] in {each["id"] for each in listed}


def test_a_stream_is_the_same_at_every_server_with_breaks_and_without(household, model, events, long_answer):
    """The run is carried by one of two servers, and followed at both; a third client breaks off and comes back, now
    here, now there."""
    model.script.says, model.script.rate = long_answer, 10.0
    token = household.token("ben@example.com")
    clients = [household.serve().client(token), household.serve().client(token)]
    run = clients[0].post("/v1/ask", json={**QUESTION, "wait": 0}).json()["runs"][0]["run"]

    def unbroken(client: Any) -> list[Any]:
        with client.stream("GET", f"/v1/runs/{run}/events") as stream:
            return events(stream)

    def broken(client: Any) -> list[Any]:
        seen: list[Any] = []
        for turn in range(40):
            headers = {"Last-Event-ID": seen[-1][0]} if seen else {}
            with clients[turn % 2].stream("GET", f"/v1/runs/{run}/events", headers=headers) as stream:
                seen += events(stream, until=token_seen(5))
            if seen[-1][1]["type"] == "answer":
                return seen
        raise AssertionError("the stream did not end")

    with ThreadPoolExecutor(3) as pool:
        followed = [pool.submit(unbroken, clients[0]), pool.submit(unbroken, clients[1]), pool.submit(broken, None)]
        here, there, pieces = (each.result(60) for each in followed)

    assert here == there == pieces
    assert text_of(here) == long_answer
    assert here[-1][1]["type"] == "answer"


def test_when_a_server_is_killed_the_other_carries_its_run_on(household, model, events, long_answer):
    model.script.says, model.script.rate = long_answer, 4.0
    token = household.token("ben@example.com")
    first = household.serve()
    with first.client(token).stream("POST", "/v1/ask/stream", json=QUESTION) as stream:
        seen = events(stream, until=token_seen(1))
        second = household.serve().client(token)
        first.process.kill()
        first.process.wait(10)
    run = seen[0][1]["run"]
    model.script.rate = None

    with second.stream("GET", f"/v1/runs/{run}/events", headers={"Last-Event-ID": seen[-1][0]}) as stream:
        rest = events(stream)

    kinds = [data["type"] for _, data in rest]
    assert kinds[-1] == "answer"
    assert text_of(rest[kinds.index("restarted") :]) == long_answer
    assert len(second.get("/v1/runs").json()) == 1
    assert second.get(f"/v1/runs/{run}").json()["attempts"] == 2


NUL, HALF = "%00", "%ED%A0%80"
ODD = (NUL, "9" * 25, "2147483648", "0001-01-01T00:00:00%2B23:00")
"""What nobody means, as it stands in an address: a character that is none, numbers and times that no database has."""


def odd_addresses(paths: dict[str, Any], real: dict[str, str]) -> Iterator[str]:
    """Every address that can be read: with something odd in the place of an id, and in each filter."""
    for path, calls in paths.items():
        if "get" not in calls:
            continue
        yield from (re.sub(r"\{\w+\}", odd, path) for odd in (NUL, HALF) if "{" in path)
        here = re.sub(r"\{\w+\}", next((one for place, one in real.items() if place in path), "1"), path)
        filters = [each["name"] for each in calls["get"].get("parameters", ()) if each["in"] == "query"]
        yield from (f"{here}?{name}={odd}" for name in filters for odd in ODD)


def test_nothing_odd_in_an_address_or_a_body_is_a_fault_of_the_server(household: Any) -> None:
    """What SQLite takes and does not find (a NUL), PostgreSQL refuses; numbers it is the other way round."""
    server = household.serve()
    client = server.client(household.token("ana@example.com", "ask", "ingest", "tickets", "admin"))
    asked = client.post("/v1/ask", json=QUESTION).json()
    document = client.get("/v1/documents").json()[0]["id"]
    real = {"/conversations/": asked["conversation"], "/documents/": document, "/runs/": asked["runs"][0]["run"]}
    paths = json.loads((Path(__file__).parents[2] / "docs/reference/openapi.json").read_text())["paths"]

    faults = [address for address in odd_addresses(paths, real) if client.get(address).status_code >= 500]
    bodies = [
        client.post("/v1/ask", json={"question": "a\x00b"}),
        client.post("/v1/ask", json={**QUESTION, "conversation": "a\x00b"}),
        client.post(f"/v1/runs/{asked['runs'][0]['run']}/verdict", json={"good": False, "reason": "a\x00b"}),
        client.post("/v1/tokens", json={"principal": "ben@example.com", "scopes": ["ask"], "label": "a\x00b"}),
        client.post("/v1/ingest", json={"paths": ["a\x00b"]}),
    ]

    assert faults == []
    assert {reply.status_code for reply in bodies} <= {403, 404, 422}
