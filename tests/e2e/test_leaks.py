"""Every door, gone in by every kind of reader: nobody is shown a word of what they may not read.

Each audience has a document with a word of its own in title, headings, text, file name and folder name. A reply that
holds a word of somebody else's is a leak, wherever in it: passage, snippet, title, count by name, error, header. The
questions do not hold these words, but one of the asker's own, which nobody else may see; the model repeats whatever it
is shown.
"""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

WORDS = {"staff": "zirconfish", "hr": "quokkabeam", "owner": "vexillumtar"}
ROOMS = {"staff": "kitchen", "hr": "archive", "owner": "boathouse"}
READERS = {
    "eve@example.com": (),
    "sam@example.com": ("staff",),
    "hanna@example.com": ("hr",),
    "olga@example.com": ("staff", "hr", "owner"),
}
"""Readers, and whose words each may be shown; Olga owns all sources."""

ASKS = {reader: f"askedby{reader[:3]}" for reader in READERS}
"""A word in the questions of each reader."""

ADMINS = ("/v1/people", "/v1/connections")
"""What takes the scope "admin", whomever it is about."""

TICKETS = ("/v1/tickets", "/v1/approvals", "/v1/proposals")
"""What has a suite of its own, `test_ticket_leaks.py`."""

OWNER = "olga@example.com"
OPERATOR = "oscar@example.com"
"""Has every scope, and is in no group: may know of everybody's runs, and of nothing that is in them."""
QUESTIONS = [f"What is the entry code of the {room}?" for room in ROOMS.values()]
ABSENT = {"documents": "d" + "0" * 20}


def leaked(reader: str | None, text: str) -> list[str]:
    """The words in `text` that this reader may not be shown."""
    may = READERS.get(reader or "", ())
    hidden = [word for audience, word in WORDS.items() if audience not in may]
    hidden += [word for asker, word in ASKS.items() if asker != reader]
    return [word for word in hidden if word in text.casefold()]


@pytest.fixture(scope="module")
def doors(request: pytest.FixtureRequest) -> Any:
    """The suite's own `conftest`, for its scripted model and its household."""
    return request.config.pluginmanager.get_plugin(str(Path(__file__).with_name("conftest.py")))


@pytest.fixture(scope="module")
def model(doors: Any) -> Iterator[Any]:
    """A model that says whatever it is shown."""
    peer = doors._peer("model_server")
    with peer.ModelServer(peer.Script(lambda prompt: f"{prompt} [1]")) as server:
        yield server


@pytest.fixture(scope="module")
def house(doors: Any, model: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A desk with one source for each audience; of the owner's nothing is said. In each source one file is broken."""
    folder = tmp_path_factory.mktemp("house")
    scripted = {"provider": "openai", "model": "scripted", "base_url": f"{model.url}/v1", "api_key": "none"}
    variables = {
        "DESKHAND_HOME": str(folder / "desk"),
        "DESKHAND_EMBEDDER__PROVIDER": "none",
        "DESKHAND_MODELS": json.dumps({"scripted": scripted}),
        "DESKHAND_INGESTION__ROOTS": json.dumps([str(folder)]),
    }
    opened = doors.Household(folder, variables)
    admit(opened)
    for audience, word in WORDS.items():
        source = folder / f"{audience}-{word}"
        source.mkdir()
        (source / f"codes-{word}.md").write_text(
            f"# Codes {word}\n\n## Entry {word}\n\nThe entry code of the {ROOMS[audience]} is {word}.\n"
        )
        (source / f"broken-{word}.pdf").write_bytes(b"%PDF-1.7 broken")
        read = () if audience == "owner" else ("--read", f"group:{audience}")
        opened.run("ingest", source.name, "--owner", OWNER, *read)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def server(house: Any) -> Any:
    return house.serve()


def admit(house: Any) -> None:
    """Put every reader into the groups that they are in at the start."""
    file = house.folder / "people.yaml"
    groups = {who: [name for name in audiences if who != OWNER] for who, audiences in READERS.items()}
    groups[OPERATOR] = []
    file.write_text(json.dumps({"people": groups}))
    house.run("people", "load", str(file))


def printed(house: Any, *arguments: str) -> str:
    """All that a command prints, however it ends."""
    done = subprocess.run(
        [sys.executable, "-m", "deskhand", *arguments],
        cwd=house.folder,
        env=house.environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.stdout + done.stderr


def expire(house: Any, token: str) -> None:
    with sqlite3.connect(next(Path(house.variables["DESKHAND_HOME"]).glob("*.db"))) as database:
        database.execute("UPDATE tokens SET expires = '2020-01-01 00:00:00.000000' WHERE id = ?", (token[:11],))


def ids_in(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every (name, text) in a reply whose name says that it is an id."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from ids_in(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from ids_in(inner, key)
    elif isinstance(value, str) and key in ("id", "document", "source", "run", "conversation"):
        yield key, value


def targets(paths: Mapping[str, Any], ids: set[str], sources: set[str]) -> Iterator[tuple[str, str]]:
    """Every address that can be read with GET, with every id in each place that takes one, and filters; and the id,
    which an error may say again to who sent it."""
    for path, methods in paths.items():
        if "get" in methods and "{" in path:
            yield from ((re.sub(r"\{\w+\}", one, path), one) for one in sorted(ids))
        elif "get" in methods:
            yield path, "none"
    for run in sorted(one for one in ids if one.startswith(("a", "ingest-")))[::4]:
        yield f"/v1/engine/runs/{run}/steps/3", run
        yield f"/v1/engine/runs?limit=200&after={run}", run
    for source in sorted(sources):
        for state in ("", "&state=failed", "&state=indexed"):
            yield f"/v1/documents?limit=200&source={source}{state}", source


def test_no_address_of_the_http_api_shows_what_its_reader_may_not_see(house: Any, server: Any) -> None:
    expired = house.token(OWNER, "ask", "ingest", "admin")
    expire(house, expired)
    clients = {reader: server.client(house.token(reader, "ask", "ingest")) for reader in READERS}
    ids, sources, own = set(ABSENT.values()), set[str](), {}
    for reader, client in clients.items():
        for question in QUESTIONS:
            for more in ({}, {"models": ["quotes"]}):
                reply = client.post("/v1/ask", json={"question": f"{question} {ASKS[reader]}", **more})
                assert leaked(reader, reply.text) == [], (reader, question)
                ids.update(one for _, one in ids_in(reply.json()))
                own[reader] = own.get(reader, "") + reply.text
    begun = clients[OWNER].post("/v1/ingest", json={"paths": [f"{house.folder}/owner-{WORDS['owner']}"]}).json()
    ids.add(begun["run"])
    clients[OWNER].get(begun["events"])
    assert WORDS["owner"] in clients[OWNER].get(f"/v1/ingest/{begun['run']}").text
    listing = clients[OWNER].get("/v1/documents?limit=200").json()
    ids.update(one for _, one in ids_in(listing))
    sources.update(one for name, one in ids_in(listing) if name == "source")
    paths = json.loads((Path(__file__).parents[2] / "docs/reference/openapi.json").read_text())["paths"]

    seen: dict[str | None, str] = {}
    everybody = {
        **clients,
        OPERATOR: server.client(house.token(OPERATOR, "ask", "ingest", "tickets", "admin")),
        None: server.client(),
        "": server.client(expired),
        "forged": server.client("dh_" + "x" * 43),
    }
    for reader, client in everybody.items():
        for address, sent in targets(paths, ids, sources):
            reply = client.get(address)
            said = f"{reply.text} {list(reply.headers.items())}".replace(sent, "")
            assert leaked(reader, said) == [], (reader, address)
            seen[reader] = seen.get(reader, "") + said

    # Who may see the words does: the search above would otherwise prove nothing.
    assert WORDS["staff"] in own["sam@example.com"]
    assert WORDS["hr"] in own["hanna@example.com"]
    assert all(word in seen[OWNER] for word in WORDS.values())
    assert WORDS["staff"] in seen["sam@example.com"]
    assert all(ASKS[reader] in seen[reader] for reader in READERS)
    assert all(f"person:{reader}" in seen[OPERATOR] for reader in READERS)


def test_a_search_tells_by_nothing_that_there_is_something_of_somebody_elses(house: Any, server: Any) -> None:
    """Filters and searches of all lists, for a word that stands in what is hidden and for one that stands nowhere."""
    asker = server.client(house.token("sam@example.com"))
    asker.post("/v1/ask", json={"question": f"{QUESTIONS[0]} {ASKS['sam@example.com']}"}).raise_for_status()
    paths = json.loads((Path(__file__).parents[2] / "docs/reference/openapi.json").read_text())["paths"]
    searched = [
        (path, each["name"])
        for path, methods in paths.items()
        if "get" in methods and "{" not in path
        for each in methods["get"].get("parameters", ())
        if each["in"] == "query" and each["name"] in ("q", "source", "door", "assignee", "requester")
    ]
    clients = [
        server.client(house.token("eve@example.com", "ask", "ingest", "tickets")),
        server.client(house.token(OPERATOR, "ask", "ingest", "tickets", "admin")),
    ]
    words = [*WORDS.values(), ASKS["sam@example.com"]]

    for client in clients:
        for path, name in searched:
            nowhere = client.get(f"{path}?{name}=xylocarp").text.replace("xylocarp", "")
            for word in words:
                assert client.get(f"{path}?{name}={word}").text.replace(word, "") == nowhere, (path, name, word)

    assert {path for path, _ in searched} >= {"/v1/documents", "/v1/conversations", "/v1/tickets", "/v1/tickets/counts"}
    assert ASKS["sam@example.com"] in asker.get(f"/v1/conversations?q={ASKS['sam@example.com']}").text


def test_nobody_changes_what_is_somebody_elses(house: Any, server: Any) -> None:
    """Every call that changes something, with each id of Sam's in the place that takes one: for Eve they do not exist,
    in the words in which an id that nobody has does not, and Sam's things are as they were."""
    sam, eve = (server.client(house.token(who, "ask", "ingest")) for who in ("sam@example.com", "eve@example.com"))
    asked = sam.post("/v1/ask", json={"question": f"{QUESTIONS[0]} {ASKS['sam@example.com']}"}).json()
    before = sam.get(f"/v1/conversations/{asked['conversation']}").json()
    paths = json.loads((Path(__file__).parents[2] / "docs/reference/openapi.json").read_text())["paths"]
    changing = [
        (method, path)
        for path, methods in paths.items()
        # A policy is nobody's: whoever has the scope may apply it. An upload says that a source's id is taken.
        if "{" in path and not path.startswith((*TICKETS, "/guardrail/")) and not path.endswith("/files/{name}")
        for method in methods
        if method != "get"
    ]

    listing = server.client(house.token(OWNER)).get("/v1/documents?limit=200").json()
    known = sam.get("/v1/tokens").json()[0]["id"]
    others = [asked["runs"][0]["run"], asked["conversation"], known, listing[0]["id"], listing[0]["source"]]

    for method, path in changing:
        refused = 403 if path.startswith(ADMINS) else 404
        for sams in others:
            body = {"access": []} if path == "/v1/sources/{id}" else {"good": True}
            reply, unknown = (
                eve.request(method.upper(), re.sub(r"\{\w+\}", one, path), json=body) for one in (sams, "nonsense")
            )
            assert (reply.status_code, unknown.status_code) == (refused, refused), (method, path)
            # What was sent is said again, of a token no more than its first characters.
            said = reply.text.replace(sams, "").replace(sams[:11], "")
            assert said == unknown.text.replace("nonsense", ""), (method, path, sams)
            assert leaked("eve@example.com", said) == []

    assert {path.rsplit("/", 1)[-1] for _, path in changing} >= {"cancel", "resume", "verdict", "{id}"}
    onward = eve.post("/v1/ask", json={"question": "And then?", "conversation": asked["conversation"]})
    assert onward.status_code == 404
    assert leaked("eve@example.com", onward.text) == []
    assert sam.get(f"/v1/conversations/{asked['conversation']}").json() == before
    for command in (("runs", "cancel"), ("runs", "resume"), ("runs", "show"), ("runs", "verdict", "--bad")):
        said = printed(house, *command, asked["runs"][0]["run"], "--as", "eve@example.com")
        assert "there is no run" in said
        assert leaked("eve@example.com", said) == []


def test_a_stream_shows_its_reader_nothing_more_than_the_answer_may(house: Any, server: Any, events: Any) -> None:
    for reader, audiences in READERS.items():
        client = server.client(house.token(reader))
        for audience, question in zip(WORDS, QUESTIONS, strict=True):
            with client.stream("POST", "/v1/ask/stream", json={"question": question}) as stream:
                said = json.dumps(events(stream))

            assert leaked(reader, said) == [], (reader, question)
            if audience in audiences and reader != OWNER:
                assert WORDS[audience] in said


def test_a_model_is_never_shown_what_the_asker_may_not_read(house: Any, server: Any, model: Any) -> None:
    """A model's words go straight to the asker, so its prompt is a door as well."""
    shown = {}
    for reader in READERS:
        client = server.client(house.token(reader))
        model.script.requests.clear()
        for question in QUESTIONS:
            client.post("/v1/ask", json={"question": question, "fresh": True})
        shown[reader] = json.dumps([request.prompt for request in model.script.requests])

        assert leaked(reader, shown[reader]) == [], reader

    assert WORDS["staff"] in shown["sam@example.com"]


def test_no_command_run_as_somebody_shows_more(house: Any, server: Any) -> None:
    seen = {}
    for reader in (reader for reader in READERS if reader != OWNER):
        for question in QUESTIONS:
            for options in (("--trace",), ("--json", "--trace", "--model", "quotes")):
                said = printed(house, "ask", question, "--as", reader, *options)
                assert leaked(reader, said) == [], (reader, question, options)
                seen[reader] = seen.get(reader, "") + said

    assert WORDS["hr"] in seen["hanna@example.com"]


def test_a_hidden_document_and_an_absent_one_get_the_same_reply(house: Any, server: Any) -> None:
    listing = server.client(house.token(OWNER)).get("/v1/documents?limit=200").json()
    hidden = [one for name, one in ids_in(listing) if name == "id" and one.startswith("d")]
    client = server.client(house.token("eve@example.com"))

    replies = {client.get(f"/v1/documents/{one}").text.replace(one, "ID") for one in [*hidden, *ABSENT.values()]}

    assert len(hidden) >= 3
    assert len(replies) == 1


def test_a_right_that_is_gone_hides_what_was_answered_before(
    house: Any, server: Any, request: pytest.FixtureRequest
) -> None:
    client = server.client(house.token("hanna@example.com"))
    asked = client.post("/v1/ask", json={"question": QUESTIONS[1], "models": ["quotes"]})
    assert WORDS["hr"] in asked.text
    ids = {one for _, one in ids_in(asked.json())}

    house.run("people", "add", "hanna@example.com")
    request.addfinalizer(lambda: admit(house))

    paths = json.loads((Path(__file__).parents[2] / "docs/reference/openapi.json").read_text())["paths"]
    for address, _ in targets(paths, ids, set()):
        assert WORDS["hr"] not in client.get(address).text, address
    again = client.post("/v1/ask", json={"question": QUESTIONS[1], "models": ["quotes"]})
    assert WORDS["hr"] not in again.text
