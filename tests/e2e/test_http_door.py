"""The HTTP door, gone in by a real client to a real process."""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
QUESTION = "How do I reset my password?"
MEDIA_TYPE = "application/problem+json"


def problem(reply: Any, status: int, code: str) -> dict[str, Any]:
    """The reply's problem, which must be whole and of this kind."""
    assert reply.headers["content-type"] == MEDIA_TYPE, reply.text
    body: dict[str, Any] = reply.json()
    assert (reply.status_code, body["status"], body["code"]) == (status, status, code), reply.text
    assert {"type", "title", "status", "code", "detail", "next"} <= body.keys()
    return body


def test_a_question_gets_its_answer_with_the_source_that_holds_it(household):
    client = household.serve().client(household.token("ben@example.com"))

    asked = client.post("/v1/ask", json={"question": QUESTION}).json()

    [run] = asked["runs"]
    assert run["state"] == "finished"
    assert not run["answer"]["refused"]
    [cited] = run["answer"]["citations"]
    assert cited["title"] == "Accounts"
    assert cited["quote"] in "To reset a password, open the sign-in page and choose Forgotten password."


def test_a_secret_is_answered_to_who_may_read_it_and_refused_to_who_may_not(household, model):
    """The model is willing to tell it to both."""
    model.script.says = "The yearly bonus for the sales team is 4000 crowns and is paid in March [1]."
    server = household.serve()
    question = {"question": "What is the yearly bonus for the sales team?"}

    ana, ben = (
        server.client(household.token(who)).post("/v1/ask", json=question)
        for who in ("ana@example.com", "ben@example.com")
    )

    assert not ana.json()["runs"][0]["answer"]["refused"]
    assert ben.json()["runs"][0]["answer"]["refused"]
    assert "4000" not in ben.text
    assert "bonus.md" not in ben.text


def test_the_same_key_asks_once(household, model):
    client = household.serve().client(household.token("ben@example.com"))

    replies = [
        client.post("/v1/ask", json={"question": QUESTION}, headers={"Idempotency-Key": "slip-1"}).json()
        for _ in range(3)
    ]

    assert replies[0] == replies[1] == replies[2]
    assert len(client.get("/v1/runs").json()) == 1


def test_not_waiting_is_accepted_and_the_answer_comes_later(household, events):
    client = household.serve().client(household.token("ben@example.com"))

    reply = client.post("/v1/ask", json={"question": QUESTION, "wait": 0})

    assert reply.status_code == 202
    with client.stream("GET", reply.json()["runs"][0]["events"]) as stream:
        assert events(stream)[-1][1]["type"] == "answer"


def test_the_events_of_a_stream_are_those_that_the_openapi_document_has(household, events):
    from deskhand.channels.api.events import ask_event

    client = household.serve().client(household.token("ben@example.com"))

    with client.stream("POST", "/v1/ask/stream", json={"question": QUESTION}) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        seen = events(stream)

    kinds = [ask_event.validate_python(data).type for _, data in seen]
    assert kinds[0] == "accepted"
    assert kinds[-1] == "answer"
    assert {"searching", "passage", "token", "citation"} <= set(kinds)
    assert len({last for last, _ in seen}) == len(seen)


def test_a_client_that_comes_back_in_the_middle_misses_nothing(household, model, events, long_answer):
    model.script.says, model.script.rate = long_answer, 40.0
    client = household.serve().client(household.token("ben@example.com"))
    headers = {"Idempotency-Key": "slip-2"}

    def second_token(seen: Any) -> bool:
        return [data["type"] for _, data in seen].count("token") == 2

    seen = []
    for _ in range(3):
        again = {**headers, **({"Last-Event-ID": seen[-1][0]} if seen else {})}
        with client.stream("POST", "/v1/ask/stream", json={"question": QUESTION}, headers=again) as stream:
            seen += events(stream, until=second_token)
    [run] = {data["run"] for _, data in seen}
    with client.stream("GET", f"/v1/runs/{run}/events", headers={"Last-Event-ID": seen[-1][0]}) as stream:
        seen += events(stream)
    with client.stream("GET", f"/v1/runs/{run}/events") as stream:
        whole = events(stream)

    assert seen == whole
    assert "".join(data["text"] for _, data in seen if data["type"] == "token") == long_answer
    assert seen[-1][1]["type"] == "answer"


def test_the_server_goes_down_within_three_seconds_and_the_client_still_gets_its_answer(
    household, model, events, long_answer
):
    """Measured on two busy cores: 1.3 to 1.6 s, of which 1.0 s is what runs under way are given; idle, 0.4 s."""
    model.script.says, model.script.rate = long_answer, 6.0
    first = household.serve()
    token = household.token("ben@example.com")
    headers = {"Idempotency-Key": "slip-3"}
    with first.client(token).stream("POST", "/v1/ask/stream", json={"question": QUESTION}, headers=headers) as stream:
        seen = events(stream, until=lambda seen: seen[-1][1]["type"] == "token")

        with first.client(token).stream("GET", f"/v1/runs/{seen[0][1]['run']}/events") as other:
            began = time.monotonic()
            first.process.terminate()
            body = "".join(other.iter_text())
            assert "Last-Event-ID" in body
            first.process.wait(10)
            taken = time.monotonic() - began

    assert first.process.returncode == 0
    assert taken < 3
    model.script.rate = None
    headers["Last-Event-ID"] = seen[-1][0]
    with (
        household.serve()
        .client(token)
        .stream("POST", "/v1/ask/stream", json={"question": QUESTION}, headers=headers) as stream
    ):
        assert events(stream)[-1][1]["type"] == "answer"


def test_a_killed_server_carries_the_run_on_after_its_restart(household, model, events, long_answer):
    model.script.says, model.script.rate = long_answer, 6.0
    first = household.serve()
    token = household.token("ben@example.com")
    with first.client(token).stream("POST", "/v1/ask/stream", json={"question": QUESTION}) as stream:
        seen = events(stream, until=lambda seen: seen[-1][1]["type"] == "token")
        first.process.kill()
        first.process.wait(10)
    run = seen[0][1]["run"]

    model.script.rate = None
    client = household.serve().client(token)
    with client.stream("GET", f"/v1/runs/{run}/events", headers={"Last-Event-ID": seen[-1][0]}) as stream:
        rest = events(stream)
    with client.stream("GET", f"/v1/runs/{run}/events") as stream:
        whole = events(stream)

    assert rest[-1][1]["type"] == "answer"
    again = [data["type"] for _, data in rest].index("restarted")
    assert "".join(data["text"] for _, data in rest[again:] if data["type"] == "token") == long_answer
    assert whole[-len(rest[again:]) :] == rest[again:]
    assert len(client.get("/v1/runs").json()) == 1


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer nonsense", "Basic YTpi", f"Bearer dh_{'x' * 43}"])
def test_without_a_good_token_nothing_opens(household, header):
    client = household.serve().client()
    headers = {"Authorization": header} if header else {}

    for method, path in (
        ("POST", "/v1/ask"),
        ("POST", "/v1/ask/stream"),
        ("POST", "/v1/ingest"),
        ("GET", "/v1/runs"),
        ("GET", "/v1/runs/x"),
        ("GET", "/v1/runs/x/events"),
        ("GET", "/v1/conversations"),
        ("GET", "/v1/documents"),
        ("GET", "/v1/sources"),
    ):
        body = {"question": QUESTION, "paths": ["x"]} if method == "POST" else None
        reply = client.request(method, path, json=body, headers=headers)
        if body:  # a body that is wrong as well is no reason to say more
            assert reply.status_code in (401, 422)
        else:
            problem(reply, 401, "not-signed-in")


def test_an_expired_and_a_revoked_token_are_as_good_as_none(household):
    server = household.serve()
    made = household.json("tokens", "create", "ben@example.com", "--expires", "1h")
    client = server.client(made["token"])
    assert client.get("/v1/runs").status_code == 200

    household.run("tokens", "revoke", made["id"])

    problem(client.get("/v1/runs"), 401, "not-signed-in")
    other = household.json("tokens", "create", "ben@example.com", "--expires", "1h")
    client = server.client(other["token"])
    assert client.get("/v1/runs").status_code == 200

    with sqlite3.connect(household.folder / "desk" / "desk.db") as database:
        database.execute("UPDATE tokens SET expires = '2020-01-01 00:00:00.000000' WHERE id = ?", (other["id"],))

    problem(client.get("/v1/runs"), 401, "not-signed-in")
    states = {each["id"]: each["state"] for each in household.json("tokens", "list", "ben@example.com")}
    assert (states[made["id"]], states[other["id"]]) == ("revoked", "expired")


def test_a_scope_opens_its_own_calls_only(household):
    server = household.serve()

    asking = server.client(household.token("ben@example.com", "ask"))
    problem(asking.post("/v1/ingest", json={"paths": ["x"]}), 403, "not-allowed")
    ingesting = server.client(household.token("ben@example.com", "ingest"))
    problem(ingesting.post("/v1/ask", json={"question": QUESTION}), 403, "not-allowed")


def test_somebody_elses_run_and_conversation_are_as_if_they_were_not(household):
    server = household.serve()
    ana, ben = (server.client(household.token(who)) for who in ("ana@example.com", "ben@example.com"))
    asked = ana.post("/v1/ask", json={"question": QUESTION}).json()
    run, conversation = asked["runs"][0]["run"], asked["conversation"]

    for method, path in (
        ("GET", f"/v1/runs/{run}"),
        ("GET", f"/v1/runs/{run}/events"),
        ("POST", f"/v1/runs/{run}/cancel"),
        ("POST", f"/v1/runs/{run}/resume"),
        ("GET", f"/v1/conversations/{conversation}"),
        ("DELETE", f"/v1/conversations/{conversation}"),
    ):
        reply = ben.request(method, path)
        assert reply.status_code == 404, (method, path, reply.text)
        unknown = ben.request(method, path.replace(run, "nonsense").replace(conversation, "nonsense"))
        assert reply.text.replace(run, "").replace(conversation, "") == unknown.text.replace("nonsense", "")
    assert ben.get("/v1/runs").json() == []
    assert ben.get("/v1/conversations").json() == []
    assert ana.get(f"/v1/conversations/{conversation}").json()["id"] == conversation


def test_conversations_can_be_listed_read_and_deleted(household):
    client = household.serve().client(household.token("ben@example.com"))
    first = client.post("/v1/ask", json={"question": QUESTION}).json()["conversation"]

    again = client.post("/v1/ask", json={"question": QUESTION, "conversation": first}).json()

    assert again["conversation"] == first
    assert [each["id"] for each in client.get("/v1/conversations").json()] == [first]
    assert QUESTION in client.get(f"/v1/conversations/{first}").text
    assert client.delete(f"/v1/conversations/{first}").status_code == 204
    problem(client.get(f"/v1/conversations/{first}"), 404, "not-found")


def test_a_conversation_is_searched_read_from_its_end_and_tells_what_one_said_of_its_answers(household):
    client = household.serve().client(household.token("ben@example.com"))
    asked = client.post("/v1/ask", json={"question": QUESTION}).json()
    conversation, run = asked["conversation"], asked["runs"][0]["run"]
    client.post("/v1/ask", json={"question": "Why does the printer blink red?", "conversation": conversation})
    client.post(f"/v1/runs/{run}/verdict", json={"good": True, "reason": "It worked."})

    [found] = client.get("/v1/conversations", params={"q": "printer red"}).json()
    path = f"/v1/conversations/{conversation}"
    last = client.get(path, params={"limit": 1}).json()["questions"]
    first = client.get(path, params={"limit": 1, "before": last[0]["position"]}).json()["questions"]

    assert (found["id"], found["title"], found["found"]) == (conversation, QUESTION, "Why does the printer blink red?")
    assert client.get("/v1/conversations", params={"q": "printer green"}).json() == []
    assert [each["text"] for each in last] == ["Why does the printer blink red?"]
    assert (first[0]["id"], first[0]["verdict"]) == (run, {"good": True, "reason": "It worked.", "better": ""})
    assert (last[0]["verdict"], last[0]["failure"]) == (None, None)


def test_a_run_that_failed_tells_in_its_conversation_what_to_do_next(household, model):
    model.script.fails(400)
    client = household.serve().client(household.token("ben@example.com"))

    conversation = client.post("/v1/ask", json={"question": QUESTION}).json()["conversation"]
    [shown] = client.get(f"/v1/conversations/{conversation}").json()["questions"]

    assert (shown["state"], shown["answer"]) == ("failed", None)
    assert shown["failure"]["code"] == "model"
    assert shown["failure"]["detail"]
    assert "Ask again" in shown["failure"]["next"]


def test_the_labels_that_a_question_can_name_are_told_to_who_may_ask(household):
    household.variables["DESKHAND_LIBRARIES"] = json.dumps({"public": {"sources": ["library"]}})
    server = household.serve()
    client = server.client(household.token("ben@example.com"))

    labels = client.get("/v1/labels").json()

    assert labels == {
        "models": [
            {"label": "scripted", "name": "openai:scripted", "default": True},
            {"label": "quotes", "name": "quotes", "default": False},
        ],
        "libraries": [{"label": "public"}],
    }
    asked = client.post("/v1/ask", json={"question": QUESTION, "models": ["quotes"], "libraries": ["public"]}).json()
    assert [run["label"] for run in asked["runs"]] == ["quotes@public"]
    problem(server.client(household.token("ben@example.com", "ingest")).get("/v1/labels"), 403, "not-allowed")
    problem(server.client().get("/v1/labels"), 401, "not-signed-in")


def test_a_run_opens_as_a_trace(household):
    client = household.serve().client(household.token("ben@example.com"))
    run = client.post("/v1/ask", json={"question": QUESTION}).json()["runs"][0]["run"]

    trace = client.get(f"/v1/runs/{run}").json()

    assert (trace["run"], trace["state"]) == (run, "finished")
    assert [step["name"] for step in trace["steps"]] == ["condense", "retrieve", "draft", "cite"]
    assert all(step["seconds"] >= 0 for step in trace["steps"])
    assert any(passage["title"] == "Accounts" for passage in trace["passages"])
    assert any("Forgotten password" in part["text"] for part in trace["prompt"])
    assert trace["usage"]["output_tokens"] > 0
    assert trace["kept"] == trace["answer"]["citations"]


def test_the_last_verdict_on_an_answer_stands_in_its_trace(household):
    client = household.serve().client(household.token("ben@example.com"))
    run = client.post("/v1/ask", json={"question": QUESTION}).json()["runs"][0]["run"]

    worse = {"good": False, "reason": "Ask kim@example.org instead.", "better": "Ask kim@example.org."}
    first = client.post(f"/v1/runs/{run}/verdict", json={"good": True})
    again = client.post(f"/v1/runs/{run}/verdict", json=worse)

    assert (first.status_code, again.status_code) == (204, 204)
    said = {"by": "person:ben@example.com", "good": False, "reason": "Ask [Email] instead.", "better": "Ask [Email]."}
    assert client.get(f"/v1/runs/{run}").json()["verdicts"] == [said]
    problem(client.post(f"/v1/runs/{run}/verdict", json={"reason": "neither"}), 422, "bad-input")
    assert client.delete(f"/v1/runs/{run}/verdict").status_code == 204
    assert client.get(f"/v1/runs/{run}").json()["verdicts"] == []


def test_a_reader_sees_the_documents_that_admit_him(household):
    server = household.serve()

    ana = server.client(household.token("ana@example.com")).get("/v1/documents").json()
    ben = server.client(household.token("ben@example.com")).get("/v1/documents").json()

    assert {each["item"] for each in ana} == {"accounts.md", "printers.md", "bonus.md"}
    assert {each["item"] for each in ben} == {"accounts.md", "printers.md"}
    [bonus] = [each["id"] for each in ana if each["item"] == "bonus.md"]
    problem(server.client(household.token("ben@example.com")).get(f"/v1/documents/{bonus}"), 404, "not-found")


def test_every_wrong_request_is_a_problem(household):
    client = household.serve().client(household.token("ben@example.com"))

    problem(client.get("/v1/nowhere"), 404, "not-found")
    problem(client.delete("/v1/ask"), 405, "method-not-allowed")
    problem(client.post("/v1/ask", json={}), 422, "bad-input")
    problem(client.post("/v1/ask", json={"question": "  "}), 422, "bad-input")
    problem(client.post("/v1/ask", json={"question": "x" * 4_001}), 422, "bad-input")
    problem(client.post("/v1/ask", content=b"x" * 300_000), 413, "too-large")
    problem(client.post("/v1/ask", json={"question": QUESTION, "models": ["nonsense"]}), 422, "bad-input")
    problem(client.get("/v1/runs/nonsense"), 404, "not-found")
    problem(client.get("/v1/documents", params={"limit": 0}), 422, "bad-input")


def test_ingestion_over_http_reads_from_the_folders_that_were_named_and_no_others(household, events):
    household.variables["DESKHAND_INGESTION__ROOTS"] = json.dumps([str(household.folder / "drop")])
    (household.folder / "drop").mkdir()
    (household.folder / "drop" / "travel.md").write_text("# Travel\n\nTravel is booked through the portal.\n")
    (household.folder / "drop" / "way-out").symlink_to(household.folder / "secret")
    client = household.serve().client(household.token("ben@example.com", "ingest", "ask"))

    for path in ("../secret", str(household.folder / "secret"), "way-out", "/etc/passwd", "nothing-here"):
        problem(client.post("/v1/ingest", json={"paths": [path]}), 422, "bad-input")
    begun = client.post("/v1/ingest", json={"paths": ["travel.md"], "read": ["everyone"]})

    assert begun.status_code == 202
    with client.stream("GET", begun.json()["events"]) as stream:
        assert events(stream)[-1][1]["indexed"] == 1
    ended = client.get(f"/v1/ingest/{begun.json()['run']}").json()
    assert (ended["state"], ended["counts"]["indexed"]) == ("finished", 1)
    assert "travel.md" in {each["item"] for each in client.get("/v1/documents").json()}


def test_health_does_a_query_and_tells_details_to_admins_only(household):
    server = household.serve()

    assert server.client().get("/health/live").json()["status"] == "ok"
    assert server.client().get("/health").json() == {"status": "ok", "parts": None}
    assert server.client(household.token("ben@example.com")).get("/health").json()["parts"] is None
    parts = server.client(household.token("ana@example.com", "admin")).get("/health").json()["parts"]
    assert {part["name"]: part["ok"] for part in parts} == {"database": True, "engine": True, "index": True}


def test_the_openapi_document_is_the_one_that_is_checked_in(household):
    served = household.serve().client().get("/openapi.json").json()

    assert served == json.loads((ROOT / "docs" / "reference" / "openapi.json").read_text())


def test_the_log_has_neither_question_nor_token(household):
    server = household.serve()
    token = household.token("ben@example.com")

    server.client(token).post("/v1/ask?note=hunter2", json={"question": "How do I reset hunter2?"})
    server.stop()

    log = household.log()
    assert "POST /v1/ask 200" in log
    assert "hunter2" not in log
    assert token not in log
