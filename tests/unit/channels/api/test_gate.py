"""What passes the gate, what does not, and what it tells."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from pydantic import BaseModel

from deskhand.channels.api import gate, problems
from deskhand.channels.api.gate import Gate
from deskhand.channels.api.limits import AT_ONCE
from deskhand.errors import Busy, ModelThrottled, NotFound, NotSignedIn, RunFailed

MEDIA_TYPE = "application/problem+json"


class Said(BaseModel):
    text: str
    secret: int = 0


def _app() -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None)

    @app.post("/say")
    async def say(said: Said) -> Said:
        return said

    @app.get("/wait")
    async def wait() -> None:
        app.state.waiting += 1
        await app.state.go.wait()

    @app.get("/break")
    async def broken() -> None:
        raise RuntimeError("the password is hunter2")

    @app.get("/raise/{kind}")
    async def raised(kind: str) -> None:
        raise {
            "not-found": NotFound("there is no run 'x'."),
            "busy": Busy("too many questions at once.", retry_after=2.3),
            "throttled": ModelThrottled("the model says later.", retry_after=None),
            "not-signed-in": NotSignedIn("this call needs a token."),
            "run-failed": RunFailed("KeyError: 'hunter2'"),
            "not-kept": sa.exc.DataError("INSERT", {"text": "hunter2"}, ValueError("a text cannot contain NUL")),
        }[kind]

    @app.post("/phone")
    async def phone() -> None:
        await wait()

    problems.add_handlers(app)
    app.add_middleware(Gate, body_bytes=1000, other_bytes={"/phone": 1000})
    app.state.waiting, app.state.go = 0, asyncio.Event()
    return app


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(_app(), raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://desk") as opened:
        yield opened


def problem(reply: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    """The reply's problem, which must be whole and of this kind."""
    assert reply.headers["content-type"] == MEDIA_TYPE
    body: dict[str, Any] = reply.json()
    assert (reply.status_code, body["status"], body["code"]) == (status, status, code)
    assert {"type", "title", "status", "code", "detail", "next"} <= body.keys()
    assert body["type"] == f"urn:deskhand:error:{code}"
    return body


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not-found"),
        ("DELETE", "/say", 405, "method-not-allowed"),
        ("GET", "/raise/not-found", 404, "not-found"),
        ("GET", "/raise/busy", 429, "busy"),
        ("GET", "/raise/throttled", 503, "model-throttled"),
        ("GET", "/raise/not-signed-in", 401, "not-signed-in"),
        ("GET", "/raise/run-failed", 500, "run-failed"),
        ("GET", "/break", 500, "internal"),
        ("GET", "/raise/%00", 422, "bad-input"),
        ("GET", "/raise/busy?q=a%00b", 422, "bad-input"),
        ("GET", "/raise/not-kept", 422, "bad-input"),
        ("GET", "/raise/busy?q=%2500", 429, "busy"),
    ],
)
async def test_every_error_is_a_problem(client: httpx2.AsyncClient, method: str, path: str, status: int, code: str):
    body = problem(await client.request(method, path), status, code)

    assert "hunter2" not in str(body)


async def test_headers_say_when_to_come_back_and_how_to_sign_in(client: httpx2.AsyncClient):
    assert (await client.get("/raise/busy")).headers["retry-after"] == "3"
    assert (await client.get("/raise/not-signed-in")).headers["www-authenticate"].startswith("Bearer")
    assert (await client.delete("/say")).headers["allow"] == "POST"


async def test_a_validation_error_names_the_place_and_not_the_value(client: httpx2.AsyncClient):
    reply = await client.post("/say", json={"text": "x", "secret": "hunter2"})

    body = problem(reply, 422, "bad-input")
    assert body["wrong"][0]["where"] == "body.secret"
    assert "hunter2" not in reply.text


async def test_a_body_that_is_no_json_is_a_problem(client: httpx2.AsyncClient):
    reply = await client.post("/say", content=b'{"text": ', headers={"content-type": "application/json"})

    problem(reply, 422, "bad-input")


async def test_an_unforeseen_error_has_a_reference_that_the_log_has_too(
    client: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.ERROR):
        body = problem(await client.get("/break"), 500, "internal")

    assert body["reference"] in caplog.text
    assert "RuntimeError" in caplog.text
    assert "test_gate.py" in caplog.text
    assert "hunter2" not in caplog.text


async def test_a_body_too_large_is_stopped_by_its_announcement(client: httpx2.AsyncClient):
    problem(await client.post("/say", content=b"x" * 1001), 413, "too-large")


async def test_a_body_too_large_without_an_announcement_is_stopped_on_the_way(client: httpx2.AsyncClient):
    sent = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(100):
            sent += 100
            yield b'{"text": "' + b"x" * 90

    problem(await client.post("/say", content=body()), 413, "too-large")


async def test_a_body_that_does_not_come_is_waited_for_no_longer_than_its_bound(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(gate, "BODY_SECONDS", 0.01)

    async def body() -> AsyncIterator[bytes]:
        yield b'{"text": '
        await asyncio.Event().wait()

    reply = await client.post("/say", content=body())

    problem(reply, 408, "too-slow")


async def test_the_access_log_has_neither_query_nor_token_nor_person_nor_file(
    client: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.INFO, "deskhand.access_log"):
        await client.get("/nowhere%0aforged?q=hunter2", headers={"authorization": "Bearer dh_hunter2"})
        await client.delete("/v1/people/hunter2%40example.com")
        await client.put("/v1/sources/notes/files/hunter2%0a%2f.md", content=b"x")

    assert "GET /nowhere" in caplog.text
    assert "404" in caplog.text
    assert "DELETE /v1/people/* " in caplog.text
    assert "PUT /v1/sources/notes/files/* " in caplog.text
    assert "hunter2" not in caplog.text
    assert caplog.text.count("\n") == 3


async def test_replies_are_kept_by_nobody(client: httpx2.AsyncClient):
    reply = await client.post("/say", json={"text": "x"})

    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("mine", "others"),
    [
        ({"authorization": "Bearer dh_mine"}, {"authorization": "Bearer dh_other"}),
        ({"cookie": "deskhand-80=mine; a=b"}, {"cookie": "a=b; deskhand-80=other"}),
    ],
)
async def test_whoever_has_many_calls_under_way_waits_and_nobody_else(mine: dict[str, str], others: dict[str, str]):
    app = _app()
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://desk") as client:
        calls = [asyncio.create_task(client.get("/wait", headers=mine)) for _ in range(AT_ONCE)]
        while app.state.waiting < AT_ONCE:
            await asyncio.sleep(0)

        stopped = await client.get("/nowhere", headers=mine)
        let_in = [(await client.get("/nowhere", headers=each)).status_code for each in (others, {})]
        app.state.go.set()
        ended = {reply.status_code for reply in await asyncio.gather(*calls)}
        again = await client.get("/nowhere", headers=mine)

    assert problem(stopped, 429, "busy")["detail"].startswith("more than 256 calls")
    assert stopped.headers["retry-after"] == "1"
    assert (let_in, ended, again.status_code) == ([404, 404], {200}, 404)


async def test_at_another_door_one_token_stands_for_everybody_who_calls() -> None:
    app, token = _app(), {"authorization": "Bearer dh_phone"}
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://desk") as client:
        calls = [asyncio.create_task(client.post("/phone", headers=token)) for _ in range(AT_ONCE + 1)]
        while app.state.waiting + sum(call.done() for call in calls) < len(calls):
            await asyncio.sleep(0)
        app.state.go.set()
        replies = await asyncio.gather(*calls)

    assert {reply.status_code for reply in replies} == {200}
