"""Calls to Slack wait as they are told, are not repeated where that would be seen, and give nothing away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from deskhand.channels.slack.calls import Calls
from deskhand.channels.slack.options import Options
from deskhand.errors import SlackError, SlackUnavailable, SlackUnsure

if TYPE_CHECKING:
    from slack_server import SlackServer


@dataclass
class Time:
    """A clock that only sleeping moves."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        until = self.now + seconds
        await asyncio.sleep(0)
        self.now = max(self.now, until)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def calls(slack_server: SlackServer, time: Time) -> AsyncIterator[Calls]:
    options = Options(slack_server.bot_token, api_url=slack_server.api_url)
    async with Calls(options, clock=time, sleep=time.sleep) as opened:
        yield opened


def count(slack: SlackServer, method: str) -> int:
    return len(slack.calls(method))


async def test_a_rate_limit_is_waited_out_as_often_as_it_takes(
    slack_server: SlackServer, calls: Calls, time: Time
) -> None:
    ana = slack_server.user("ana")
    slack_server.limit("users.info", times=2, retry_after=30)

    assert (await calls.must("users.info", user=ana))["user"]["id"] == ana

    assert [round(pause) for pause in time.slept] == [30, 30]
    assert count(slack_server, "users.info") == 3


async def test_what_one_caller_is_told_to_wait_all_wait(slack_server: SlackServer, calls: Calls, time: Time) -> None:
    """Fifty who ask after somebody else was limited cost no further refusal."""
    ana = slack_server.user("ana")
    slack_server.limit("users.info", retry_after=60)
    await calls.must("users.info", user=ana)

    await asyncio.gather(*(calls.must("users.info", user=ana) for _ in range(50)))

    assert count(slack_server, "users.info") == 52
    assert time.now >= 1060


async def test_a_burst_is_stopped_by_the_first_refusals(slack_server: SlackServer, calls: Calls) -> None:
    """Two hundred ask at once; only those that were on their way already are refused with the first."""
    ana = slack_server.user("ana")
    slack_server.limit("users.info", times=32, retry_after=30)

    await asyncio.gather(*(calls.must("users.info", user=ana) for _ in range(200)))

    assert count(slack_server, "users.info") <= 200 + 32
    assert len([call for call in slack_server.calls("users.info")[32:] if call.status == 429]) == 0


async def test_who_waits_for_a_slot_hears_of_a_limit_meanwhile(slack_server: SlackServer, time: Time) -> None:
    """The first post is on its way when the second one's turn is set; then Slack says "in 30 seconds" to the first."""
    limited, again, long = asyncio.Event(), asyncio.Event(), []

    async def sleep(seconds: float) -> None:
        if seconds <= 1.2:
            await limited.wait()
        else:
            long.append(seconds)
            limited.set()
            await (again.wait() if len(long) == 1 else asyncio.sleep(0))
            again.set()
        await time.sleep(seconds)

    room = slack_server.channel("help")
    gate = slack_server.hold("chat.postMessage", after=False)
    slack_server.limit("chat.postMessage", retry_after=30)
    options = Options(slack_server.bot_token, api_url=slack_server.api_url)
    async with Calls(options, clock=time, sleep=sleep) as calls:
        first = asyncio.create_task(calls.must("chat.postMessage", channel=room, text="first"))
        await asyncio.to_thread(gate.reached)
        second = asyncio.create_task(calls.must("chat.postMessage", channel=room, text="second"))
        gate.release()
        await second
        again.set()
        await first

    assert [round(seconds) for seconds in long] == [30, 30]
    assert count(slack_server, "chat.postMessage") == 3


async def test_a_limit_beyond_patience_is_told(slack_server: SlackServer, calls: Calls, time: Time) -> None:
    slack_server.limit("users.info", times=None, retry_after=250)

    with pytest.raises(SlackUnavailable, match=r"limits users\.info") as raised:
        await calls.must("users.info", user="U1")

    assert raised.value.slack == "ratelimited"
    assert time.now <= 1000 + 600
    assert count(slack_server, "users.info") == 3


async def test_a_sign_of_life_never_waits(slack_server: SlackServer, calls: Calls, time: Time) -> None:
    room, other = slack_server.channel("help"), slack_server.channel("other")
    slack_server.limit("chat.postMessage", channel=room, retry_after=30)

    first = await calls.may("chat.postMessage", channel=room, text="searching")
    second = await calls.may("chat.postMessage", channel=room, text="searching")
    elsewhere = await calls.may("chat.postMessage", channel=other, text="searching")

    assert first is second is None
    assert elsewhere is not None
    assert count(slack_server, "chat.postMessage") == 2
    time.now += 31
    assert await calls.may("chat.postMessage", channel=room, text="searching") is not None
    assert time.slept == []


async def test_posts_to_one_channel_are_apart_and_in_order(slack_server: SlackServer, calls: Calls, time: Time) -> None:
    room, other = slack_server.channel("help"), slack_server.channel("other")

    await asyncio.gather(*(calls.must("chat.postMessage", channel=room, text=str(n)) for n in range(4)))
    waited = list(time.slept)
    await calls.must("chat.postMessage", channel=other, text="at once")

    assert [round(pause, 6) for pause in waited] == [1.1, 2.2, 3.3]
    assert time.slept == waited
    assert {message.text for message in slack_server.messages(room)} == {"0", "1", "2", "3"}


@pytest.mark.parametrize("trouble", ["drop", "crash"])
async def test_a_post_that_broke_off_is_not_sent_again(slack_server: SlackServer, calls: Calls, trouble: str) -> None:
    room = slack_server.channel("help")
    getattr(slack_server, trouble)("chat.postMessage", after=True)

    with pytest.raises(SlackUnsure, match=r"chat\.postMessage broke off"):
        await calls.must("chat.postMessage", channel=room, text="the answer")

    assert [message.text for message in slack_server.messages(room)] == ["the answer"]


@pytest.mark.parametrize("trouble", ["drop", "crash"])
async def test_what_may_be_done_twice_is_done_until_it_is_answered(
    slack_server: SlackServer, calls: Calls, time: Time, trouble: str
) -> None:
    room = slack_server.channel("help")
    ts = (await calls.must("chat.postMessage", channel=room, text="draft"))["ts"]
    getattr(slack_server, trouble)("chat.update", times=2, after=True)

    await calls.must("chat.update", channel=room, ts=ts, text="final")

    assert count(slack_server, "chat.update") == 3
    assert [message.text for message in slack_server.messages(room)] == ["final"]
    assert 0.5 <= time.slept[0] <= 0.625
    assert 1.0 <= time.slept[1] <= 1.25


async def test_a_slack_that_stays_away_is_unavailable(slack_server: SlackServer, calls: Calls) -> None:
    slack_server.crash("users.info", times=None, status=503)

    with pytest.raises(SlackUnavailable):
        await calls.must("users.info", user="U1")

    assert count(slack_server, "users.info") == 6


async def test_a_post_that_never_left_is_tried_again_and_then_unavailable(unused_tcp: str, time: Time) -> None:
    """Nobody listens there, so nothing can have been carried out."""
    async with Calls(Options("xoxb-1", api_url=unused_tcp), clock=time, sleep=time.sleep) as calls:
        with pytest.raises(SlackUnavailable, match="cannot be reached"):
            await calls.must("chat.postMessage", channel="C1", text="hello")

    assert len([pause for pause in time.slept if pause > 0]) >= 5


async def test_a_refusal_is_told_with_slacks_word_and_what_to_do(slack_server: SlackServer, calls: Calls) -> None:
    room = slack_server.channel("help", bot=False)
    with pytest.raises(SlackError, match="invite the app") as refused:
        await calls.must("chat.postMessage", channel=room, text="hello")
    assert refused.value.slack == "not_in_channel"

    slack_server.scopes = slack_server.scopes - {"users:read"}
    with pytest.raises(SlackError, match="users:read") as missing:
        await calls.must("users.info", user="U1")
    assert (missing.value.slack, missing.value.needed) == ("missing_scope", "users:read")


async def test_slacks_own_failures_count_as_unsure(slack_server: SlackServer, calls: Calls) -> None:
    room = slack_server.channel("help")
    slack_server.fail("chat.postMessage", "internal_error")

    with pytest.raises(SlackUnsure):
        await calls.must("chat.postMessage", channel=room, text="hello")


async def test_a_bad_block_is_told_by_its_place_alone(slack_server: SlackServer, calls: Calls) -> None:
    room = slack_server.channel("help")
    secret = "the bonus is 4000 " * 300
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": secret}}]

    with pytest.raises(SlackError, match="at /blocks/0/text") as refused:
        await calls.must("chat.postMessage", channel=room, text="hello", blocks=blocks)

    assert refused.value.slack == "invalid_blocks"
    assert "bonus" not in str(refused.value)


async def test_pages_are_followed_to_the_end(slack_server: SlackServer, calls: Calls) -> None:
    people = [slack_server.user(f"p{n}") for n in range(7)]
    room = slack_server.channel("help", people)

    found = [member async for member in calls.pages("conversations.members", "members", channel=room, limit=3)]

    assert found == [*people, slack_server.bot_user]
    assert count(slack_server, "conversations.members") == 3


async def test_who_the_token_is_is_asked_once(slack_server: SlackServer, calls: Calls) -> None:
    me, again = await asyncio.gather(calls.me(), calls.me())

    assert me is again
    assert (me.user, me.bot, me.team, me.app) == (
        slack_server.bot_user,
        slack_server.bot,
        slack_server.team,
        slack_server.app,
    )
    assert "chat:write" in me.scopes
    assert count(slack_server, "auth.test") == 1


async def test_neither_token_nor_text_is_logged_or_told(
    slack_server: SlackServer, calls: Calls, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    room = slack_server.channel("help")
    slack_server.drop("chat.postMessage", after=False)

    with pytest.raises(SlackUnsure) as unsure:
        await calls.must("chat.postMessage", channel=room, text="the bonus is 4000")
    slack_server.fail("chat.update", "cant_update_message")
    with pytest.raises(SlackError) as refused:
        await calls.must("chat.update", channel=room, ts="1.1", text="the bonus is 4000")

    told = " ".join([caplog.text, repr(unsure.value), repr(refused.value), repr(refused.value.__context__)])
    assert slack_server.bot_token not in told
    assert "bonus" not in told


async def test_a_closed_way_is_closed(slack_server: SlackServer, calls: Calls) -> None:
    await calls.me()
    session = calls.session()
    await calls.close()

    assert session.closed
    with pytest.raises(SlackUnavailable, match="stopping"):
        await calls.must("users.info", user="U1")


async def test_a_proxy_of_the_environment_is_used(slack_server: SlackServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The host is one that no name server knows; the proxy answers for it."""
    monkeypatch.setenv("HTTP_PROXY", slack_server.url)
    options = Options(slack_server.bot_token, api_url="http://slack.invalid/api/")

    async with Calls(options) as calls:
        assert (await calls.me()).user == slack_server.bot_user


# What no Slack does, but something between here and Slack may.


@pytest.fixture
async def odd() -> AsyncIterator[dict[str, Any]]:
    """A server that answers everything with `odd["answer"]()`; its address is in `odd["url"]`."""
    site: dict[str, Any] = {"calls": 0}

    async def answer(request: web.Request) -> web.StreamResponse:
        site["calls"] += 1
        return site["answer"]()  # type: ignore[no-any-return]

    application = web.Application()
    application.router.add_route("*", "/{tail:.*}", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    site["url"] = f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
    yield site
    await runner.cleanup()


@pytest.fixture
async def unused_tcp() -> str:
    """An address where nobody listens."""
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    return f"http://127.0.0.1:{port}/api/"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (lambda: web.Response(text="<html>welcome</html>", content_type="text/html"), SlackUnsure),
        (lambda: web.Response(text="welcome", content_type="text/plain"), SlackUnsure),
        (lambda: web.Response(text="{", content_type="application/json"), SlackUnsure),
        (lambda: web.Response(status=502, text="{", content_type="application/json"), SlackUnsure),
        (lambda: web.Response(status=403, text="blocked", content_type="text/plain"), SlackError),
        (lambda: web.json_response({"ok": False, "error": "service_unavailable"}, status=503), SlackUnavailable),
    ],
    ids=["html", "text", "broken", "broken 502", "blocked", "not now"],
)
async def test_an_answer_that_is_not_slacks_never_passes_for_one(
    odd: dict[str, Any], time: Time, answer: Any, error: type[SlackError]
) -> None:
    odd["answer"] = answer

    async with Calls(Options("xoxb-1", api_url=odd["url"]), clock=time, sleep=time.sleep) as calls:
        with pytest.raises(SlackError) as raised:
            await calls.must("chat.postMessage", channel="C1", text="hello")

    assert type(raised.value) is error


@pytest.mark.parametrize("header", ["soon", "-3", "", "inf"])
async def test_a_strange_retry_after_is_survived(odd: dict[str, Any], time: Time, header: str) -> None:
    refusals = [web.json_response({"ok": False}, status=429, headers={"Retry-After": header})]
    odd["answer"] = lambda: refusals.pop() if refusals else web.json_response({"ok": True})

    async with Calls(Options("xoxb-1", api_url=odd["url"]), clock=time, sleep=time.sleep) as calls:
        assert await calls.may("users.info", user="U1") is None
        time.now += 3_601
        assert await calls.may("users.info", user="U1") == {"ok": True}


async def test_pages_that_go_in_a_circle_are_no_full_list(odd: dict[str, Any], time: Time) -> None:
    """Whoever took them for all members would let one read what another must not."""
    page = {"ok": True, "members": ["U1"], "response_metadata": {"next_cursor": "again"}}
    odd["answer"] = lambda: web.json_response(page)

    async with Calls(Options("xoxb-1", api_url=odd["url"]), clock=time, sleep=time.sleep) as calls:
        with pytest.raises(SlackError, match="circle"):
            _ = [member async for member in calls.pages("conversations.members", "members", channel="C1")]
