"""Slack's way in over HTTP: what comes in by it is signed, bounded and on disk, or refused with a reason."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from deskhand import testing
from deskhand.channels.api import create_app
from deskhand.channels.slack import records
from deskhand.channels.slack.door import SlackDoor
from deskhand.channels.slack.http import BODY_BYTES, PATH, annex
from deskhand.settings import Settings

if TYPE_CHECKING:
    from slack_server import SlackServer

MEDIA_TYPE = "application/problem+json"


class Post:
    """Posts as Slack does, to a desk in this process."""

    def __init__(self, door: SlackDoor, slack: SlackServer, client: httpx2.AsyncClient) -> None:
        self.door, self.slack, self.client = door, slack, client

    async def raw(
        self, content: bytes, *, at: float | None = None, kind: str = "application/json", **headers: str
    ) -> httpx2.Response:
        """A body that is signed now or `at` another time; `headers` stand in for Slack's (with "_" for "-")."""
        given = {**self.slack._courier.signed(content, at), "content-type": kind}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post(PATH, content=content, headers=given)

    async def event(self, event: dict[str, Any], *, id: str = "Ev1") -> httpx2.Response:
        body = {"type": "event_callback", "event_id": id, "team_id": self.slack.team, "event": event}
        return await self.raw(json.dumps(body).encode())

    async def states(self) -> dict[str, int]:
        return await self.door.database.read(records.count_by_state)

    async def text(self, event: str = "Ev1") -> str | None:
        row = await self.door.database.read(records.inbox_row, event)
        assert row is not None
        return row.text


def direct(text: str, ts: str = "1700000000.000100") -> dict[str, Any]:
    return {"type": "message", "channel": "D1", "channel_type": "im", "user": "UANA", "text": text, "ts": ts}


@pytest.fixture
async def post(tmp_path: Path, slack_server: SlackServer) -> AsyncIterator[Post]:
    """A desk with a Slack door that takes everything in and answers nothing, so that what came in can be looked at."""
    given = {
        "home": tmp_path,
        "embedder": {"provider": "none"},
        "slack": {
            "bot_token": slack_server.bot_token,
            "signing_secret": slack_server.signing_secret,
            "api_url": slack_server.api_url,
        },
    }
    async with testing.desk(Settings.model_validate(given)) as opened:
        door = opened.desk.slack
        assert door is not None
        await door.open()
        await door.inbox.close()
        app = create_app(opened.desk, annexes=[annex(door)])
        transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://desk") as client:
            yield Post(door, slack_server, client)


def problem(reply: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    """The reply's problem, which must be whole and of this kind."""
    assert reply.headers["content-type"] == MEDIA_TYPE, reply.text
    body: dict[str, Any] = reply.json()
    assert (reply.status_code, body["code"]) == (status, code), reply.text
    assert body["detail"]
    assert body["next"]
    return body


async def test_a_signed_question_is_on_disk_when_slack_is_told(post):
    reply = await post.event(direct("How do I reset my password?"))

    assert (reply.status_code, reply.text) == (200, "")
    assert await post.states() == {"waiting": 1}
    assert await post.text() == "How do I reset my password?"


@pytest.mark.parametrize(
    "headers",
    [
        {"x_slack_signature": "v0=" + "0" * 64},
        {"x_slack_signature": ""},
        {"x_slack_signature": "v0=é"},
        {"x_slack_request_timestamp": "soon"},
        {"x_slack_request_timestamp": ""},
        {"x_slack_request_timestamp": str(10**30)},
        {"x_slack_request_timestamp": str(int(time.time()) + 5)},
    ],
    ids=["forged", "no signature", "beyond ASCII", "no time", "no time at all", "far future", "another time"],
)
async def test_what_slack_did_not_sign_is_refused_and_not_recorded(post, headers):
    content = json.dumps({"type": "event_callback", "event_id": "Ev1", "event": direct("hello")}).encode()

    encoded = {name: value.encode() for name, value in headers.items()}
    reply = await post.raw(content, **encoded)

    problem(reply, 401, "not-from-slack")
    assert await post.states() == {}


async def test_an_unsigned_request_is_refused_before_it_is_parsed(post):
    reply = await post.client.post(PATH, content=b"{" * 1000, headers={"content-type": "application/json"})

    problem(reply, 401, "not-from-slack")


async def test_another_body_under_a_good_signature_is_refused(post):
    signed = post.slack._courier.signed(b'{"type": "event_callback"}')

    reply = await post.client.post(PATH, content=b'{"type": "event_callback" }', headers=signed)

    problem(reply, 401, "not-from-slack")


async def test_a_request_signed_301_seconds_ago_is_refused_and_one_of_299_is_not(post):
    content = json.dumps(
        {"type": "event_callback", "event_id": "Ev1", "team_id": "T1", "event": direct("hello")}
    ).encode()

    stale = await post.raw(content, at=time.time() - 301)
    fresh = await post.raw(content, at=time.time() - 298)

    problem(stale, 401, "not-from-slack")
    assert fresh.status_code == 200
    assert await post.states() == {"waiting": 1}


async def test_a_replayed_request_asks_once(post):
    for _ in range(3):
        assert (await post.event(direct("How do I reset my password?"))).status_code == 200

    assert await post.states() == {"waiting": 1}


async def test_the_same_message_in_another_event_asks_once(post):
    await post.event(direct("hello"), id="Ev1")
    await post.event(direct("hello"), id="Ev2")

    assert await post.states() == {"waiting": 1}


async def test_a_body_beyond_the_bound_is_refused(post):
    """Announced, and sent in pieces without a length."""
    content = b" " * (BODY_BYTES + 1)

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(BODY_BYTES // 65_536 + 1):
            yield b" " * 65_536

    announced = await post.raw(content)
    piecemeal = await post.client.post(PATH, content=pieces(), headers=post.slack._courier.signed(content))

    problem(announced, 413, "too-large")
    problem(piecemeal, 413, "too-large")


async def test_a_body_that_is_too_long_for_other_calls_is_taken(post):
    reply = await post.event({**direct("hello"), "blocks": ["x" * 400_000]})

    assert reply.status_code == 200
    assert await post.states() == {"waiting": 1}


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b'{"type": "event_callback", ', "application/json"),
        (b"[1, 2]", "application/json"),
        (b"null", "application/json"),
        (b"12", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b'{"type": "event_callback", "event": []}', "application/json"),
        (b'{"type": "event_callback"}', "application/json"),
        (b"payload=%7B", "application/x-www-form-urlencoded"),
        (b'{"type": "event_callback", "event": {}}', "text/plain"),
        (b"", "application/json"),
    ],
    ids=["cut off", "a list", "null", "a number", "deep", "event is a list", "no event", "half a payload", "text", "-"],
)
async def test_what_is_signed_but_malformed_is_refused(post, content, kind):
    reply = await post.raw(content, kind=kind)

    problem(reply, 400, "malformed")
    assert await post.states() == {}


async def test_an_unknown_event_is_acknowledged_and_dropped(post):
    """Slack would deliver it again, and at last switch the events off."""
    reply = await post.event({"type": "hologram_projected", "channel": "C1", "user": "UANA"})

    assert reply.status_code == 200
    assert await post.states() == {}


async def test_an_own_message_is_acknowledged_and_dropped(post):
    reply = await post.event({**direct("the answer"), "user": post.slack.bot_user})

    assert reply.status_code == 200
    assert await post.states() == {}


async def test_slack_may_look_whether_this_is_us(post):
    reply = await post.raw(json.dumps({"type": "url_verification", "challenge": "abc"}).encode())

    assert (reply.status_code, reply.json()) == (200, {"challenge": "abc"})


async def test_slack_may_look_whether_the_line_is_secure(post):
    """Unsigned, and only as a form: a question that quotes it is a question."""
    checked = await post.client.post(
        PATH, content=b"token=x&ssl_check=1", headers={"content-type": "application/x-www-form-urlencoded"}
    )
    asked = await post.event(direct("what is ssl_check=1&x=2"))

    assert (checked.status_code, checked.text) == (200, "")
    assert asked.status_code == 200
    assert await post.states() == {"waiting": 1}


@pytest.mark.parametrize(
    "text",
    ["word " * 8_000, "כיצד אפס את הסיסמה שלי؟ \u202eabc\u202c", "🙈🔑❓", "\x00nul", "half \ud83d a pair"],
    ids=["40,000 characters", "right to left", "emoji", "nul", "half a pair"],
)
async def test_any_text_is_taken_in(post, text):
    reply = await post.event(direct(text))

    assert reply.status_code == 200
    kept = await post.text()
    assert kept
    assert len(kept) >= len(text.strip()) - 1


async def test_a_question_that_cannot_be_recorded_is_not_acknowledged_and_a_redelivery_is(post):
    with post.door.database.writing() as connection:
        records.slack_inbox.drop(connection)
    failed = await post.event(direct("How do I reset my password?"))

    with post.door.database.writing() as connection:
        records.slack_inbox.create(connection)
    again = await post.event(direct("How do I reset my password?"))

    assert (failed.status_code, again.status_code) == (500, 200)
    assert await post.states() == {"waiting": 1}


async def test_many_at_once_are_all_on_disk(post):
    replies = await asyncio.gather(
        *(post.event(direct(f"question {n}", f"{1_700_000_000 + n}.000100"), id=f"Ev{n}") for n in range(200))
    )

    assert {reply.status_code for reply in replies} == {200}
    assert await post.states() == {"waiting": 200}


async def test_what_is_asked_stands_in_no_log(post, caplog):
    caplog.set_level("DEBUG", logger="deskhand")
    caplog.set_level("INFO")

    await post.event(direct("my secret is xylophone"))
    await post.event({"type": "xylophone_tuned", "text": "xylophone"})
    await post.raw(b'{"xylophone": ', x_slack_signature="v0=xylophone")
    with post.door.database.writing() as connection:
        records.slack_inbox.drop(connection)
    await post.event(direct("another xylophone"), id="Ev2")

    assert "POST /slack/events 500" in caplog.text
    assert "xylophone" not in caplog.text


async def test_the_path_is_not_in_the_openapi_document(post):
    assert PATH not in (await post.client.get("/openapi.json")).json()["paths"]


async def test_health_shows_slack_without_failing_for_it(post, slack_server):
    await post.door.directory.put_person("ops@example.com")
    token, _ = await post.door.directory.issue_token("ops@example.com", ["admin"])
    headers = {"Authorization": f"Bearer {token}"}
    slack_server.crash("auth.test", status=503)

    reply = (await post.client.get("/health", headers=headers)).json()

    assert reply["status"] == "ok"
    [slack] = [part for part in reply["parts"] if part["name"] == "slack"]
    assert (slack["ok"], slack["error"]) == (False, "SlackUnavailable")
