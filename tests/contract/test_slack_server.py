"""Our own Slack speaks Slack's protocol: the official JavaScript SDK and Bolt for Python accept it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

if TYPE_CHECKING:
    from node_peers import Judge
    from slack_server import SlackServer


@pytest.fixture
def ana(slack_server: SlackServer) -> str:
    return slack_server.user("ana", email="ana@example.com", pronouns="she/her")


@pytest.fixture
def room(slack_server: SlackServer, ana: str) -> str:
    return slack_server.channel("help", [ana])


# The JavaScript SDK: the Web API.


def test_the_sdk_posts_changes_and_deletes(slack_server: SlackServer, slack_judge: Judge, room: str) -> None:
    posted = slack_judge.ask("call", method="chat.postMessage", args={"channel": room, "text": "one"})["result"]
    slack_judge.ask("call", method="chat.update", args={"channel": room, "ts": posted["ts"], "text": "two"})

    message = slack_server.message(room, posted["ts"])
    assert (message.text, [edit.text for edit in message.edits]) == ("two", ["one"])

    slack_judge.ask("call", method="chat.delete", args={"channel": room, "ts": posted["ts"]})
    assert slack_server.messages(room) == []


def test_the_sdk_learns_who_it_is_and_with_which_scopes(slack_server: SlackServer, slack_judge: Judge) -> None:
    me = slack_judge.ask("call", method="auth.test")["result"]

    assert (me["user_id"], me["bot_id"], me["team_id"]) == (slack_server.bot_user, slack_server.bot, slack_server.team)
    assert set(me["response_metadata"]["scopes"]) == slack_server.scopes


def test_the_sdk_turns_all_pages_and_meets_the_parent_on_each(
    slack_server: SlackServer, slack_judge: Judge, ana: str, room: str
) -> None:
    parent = slack_server.put(ana, room, "a long thread")
    replies = [slack_server.put(ana, room, f"reply {i}", parent.ts).ts for i in range(25)]

    args = {"channel": room, "ts": parent.ts, "limit": 10}
    pages = slack_judge.ask("pages", method="conversations.replies", args=args, field="messages")["result"]

    assert [len(page) for page in pages] == [11, 11, 6]
    assert {page[0]["ts"] for page in pages} == {parent.ts}
    assert [message["ts"] for page in pages for message in page[1:]] == replies


def test_the_sdk_waits_out_a_rate_limit(slack_server: SlackServer, slack_judge: Judge, room: str) -> None:
    slack_server.limit("chat.postMessage", times=1, retry_after=1)

    slack_judge.ask("call", method="chat.postMessage", args={"channel": room, "text": "patience"})

    first, second = slack_server.calls("chat.postMessage")
    assert (first.status, second.status) == (429, 200)
    assert second.at - first.at >= 1
    assert slack_server.impatient == []


def test_the_sdk_reads_retry_after(slack_server: SlackServer, slack_judge: Judge, room: str) -> None:
    slack_server.limit("chat.postMessage", times=1, retry_after=7)

    refused = slack_judge.ask("once", method="chat.postMessage", args={"channel": room, "text": "now"})["problem"]

    assert (refused["code"], refused["retryAfter"]) == ("slack_webapi_rate_limited_error", 7)


def test_tiers_refuse_the_call_above_the_limit(slack_server: SlackServer, slack_judge: Judge, room: str) -> None:
    slack_server.tiers(True)
    args = {"channel": room, "text": "quick"}

    assert "result" in slack_judge.ask("once", method="chat.postMessage", args=args)
    assert slack_judge.ask("once", method="chat.postMessage", args=args)["problem"]["retryAfter"] == 1


def test_the_sdk_streams_an_answer(slack_server: SlackServer, slack_judge: Judge, ana: str, room: str) -> None:
    asked = slack_server.put(ana, room, "tell me")
    args = {"channel": room, "thread_ts": asked.ts, "recipient_user_id": ana, "recipient_team_id": slack_server.team}

    slack_judge.ask("stream", args=args, pieces=["It is ", "in the ", "handbook."])

    [message] = slack_server.replies(room, asked.ts)
    assert message.text == "It is in the handbook."
    assert message.stream is not None
    assert message.stream.state == "completed"


def test_a_stream_in_a_channel_needs_its_recipient(
    slack_server: SlackServer, slack_judge: Judge, ana: str, room: str
) -> None:
    asked = slack_server.put(ana, room, "tell me")

    refused = slack_judge.ask("call", method="chat.startStream", args={"channel": room, "thread_ts": asked.ts})

    assert refused["problem"]["slack"] == "missing_recipient_team_id"


def test_an_old_stream_is_dead_and_can_still_be_updated(
    slack_server: SlackServer, slack_judge: Judge, ana: str, room: str
) -> None:
    asked = slack_server.put(ana, room, "tell me")
    args = {"channel": room, "thread_ts": asked.ts, "recipient_user_id": ana, "recipient_team_id": slack_server.team}
    ts = slack_judge.ask("call", method="chat.startStream", args=args)["result"]["ts"]
    here = {"channel": room, "ts": ts}

    conflict = slack_judge.ask("call", method="chat.update", args=here | {"text": "too soon"})["problem"]
    slack_server.set(stream_seconds=0.0)
    more = slack_judge.ask("call", method="chat.appendStream", args=here | {"markdown_text": "more"})["problem"]
    stop = slack_judge.ask("call", method="chat.stopStream", args=here)["problem"]

    assert conflict["slack"] == "streaming_state_conflict"
    assert {more["slack"], stop["slack"]} == {"message_not_in_streaming_state"}
    assert "result" in slack_judge.ask("call", method="chat.update", args=here | {"text": "saved"})


def test_a_status_shows_until_the_next_post(slack_server: SlackServer, slack_judge: Judge, ana: str, room: str) -> None:
    asked = slack_server.put(ana, room, "tell me")
    args = {"channel_id": room, "thread_ts": asked.ts, "status": "searching…"}

    slack_judge.ask("call", method="assistant.threads.setStatus", args=args)
    assert slack_server.status(room, asked.ts) == "searching…"

    args = {"channel": room, "thread_ts": asked.ts, "text": "here"}
    slack_judge.ask("call", method="chat.postMessage", args=args)
    assert slack_server.status(room, asked.ts) == ""


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _button(text: str) -> dict[str, Any]:
    return {"type": "button", "action_id": text[:9], "text": {"type": "plain_text", "text": text}}


_TABLE = {"type": "table", "rows": [[{"type": "raw_text", "text": "a"}]]}
_BUTTONS = [_button(f"{i}") for i in range(26)]
_NOTES = [{"type": "mrkdwn", "text": "a"}] * 11


@pytest.mark.parametrize(
    ("blocks", "error"),
    [
        ([{"type": "divider"}] * 51, "invalid_blocks"),
        ([_section("a" * 3_001)], "invalid_blocks"),
        ([{"type": "header", "text": {"type": "plain_text", "text": "a" * 151}}], "invalid_blocks"),
        ([{"type": "context", "elements": _NOTES}], "invalid_blocks"),
        ([{"type": "actions", "elements": _BUTTONS}], "invalid_blocks"),
        ([{"type": "actions", "elements": [_button("a" * 76)]}], "invalid_blocks"),
        ([{"type": "markdown", "text": "a" * 12_001}], "invalid_blocks"),
        ([{"type": "markdown", "text": "a" * 6_500}] * 2, "msg_blocks_too_long"),
        ([_section("a" * 3_000) for _ in range(5)], "msg_blocks_too_long"),
        ([_TABLE, _TABLE], "invalid_attachments"),
        ([{"type": "marquee"}], "invalid_blocks"),
        ("not json", "invalid_blocks_format"),
    ],
)
def test_blocks_beyond_slacks_limits_are_refused(
    slack_judge: Judge, room: str, blocks: list[dict[str, Any]], error: str
) -> None:
    args = {"channel": room, "text": "a", "blocks": blocks}

    assert slack_judge.ask("call", method="chat.postMessage", args=args)["problem"]["slack"] == error


def test_blocks_at_slacks_limits_are_taken(slack_judge: Judge, room: str) -> None:
    blocks = [_section("a" * 3_000) for _ in range(4)] + [{"type": "actions", "elements": _BUTTONS[:25]}, _TABLE]
    blocks += [{"type": "divider"}] * 44
    args = {"channel": room, "text": "a", "blocks": blocks}

    assert "result" in slack_judge.ask("call", method="chat.postMessage", args=args)


def test_a_text_of_41_000_characters_is_cut_with_a_warning(
    slack_server: SlackServer, slack_judge: Judge, room: str
) -> None:
    posted = slack_judge.ask("call", method="chat.postMessage", args={"channel": room, "text": "a" * 41_000})["result"]

    assert posted["warning"] == "message_truncated"
    assert len(slack_server.message(room, posted["ts"]).text) == 40_000

    args = {"channel": room, "ts": posted["ts"], "text": "a" * 4_001}
    assert slack_judge.ask("call", method="chat.update", args=args)["problem"]["slack"] == "msg_too_long"


def test_a_missing_scope_is_named(slack_server: SlackServer, slack_judge: Judge, ana: str) -> None:
    slack_server.scopes.discard("users:read")

    refused = slack_judge.ask("call", method="users.info", args={"user": ana})["problem"]

    assert (refused["slack"], refused["needed"]) == ("missing_scope", "users:read")


# The JavaScript SDK: Socket Mode.


def test_the_sdk_gets_a_mention_and_its_twin(
    slack_server: SlackServer, slack_judge: Judge, ana: str, room: str
) -> None:
    slack_judge.ask("connect")

    asked = slack_server.say(ana, room, f"{slack_server.mention} where?")
    mention, twin = slack_judge.hears(), slack_judge.hears()
    slack_server.settle()

    events = [mention["body"]["event"], twin["body"]["event"]]
    assert [event["type"] for event in events] == ["app_mention", "message"]
    assert {event["ts"] for event in events} == {asked.ts}
    assert [event.get("channel_type") for event in events] == [None, "channel"]
    assert mention["body"]["event_id"] != twin["body"]["event_id"]
    assert {delivery.attempts[-1].status for delivery in slack_server.deliveries} == {"ack"}


def test_an_event_that_is_not_acknowledged_comes_again(slack_server: SlackServer, slack_judge: Judge, ana: str) -> None:
    slack_server.set(patience=0.3)
    slack_judge.ask("connect")
    slack_judge.ask("deaf", times=1)

    asked = slack_server.say(ana, slack_server.im(ana), "hello?")
    first, second = slack_judge.hears(), slack_judge.hears()
    slack_server.settle()

    assert first["body"]["event_id"] == second["body"]["event_id"] == asked.events[0]
    assert (first["retry_num"], second["retry_num"], second["retry_reason"]) == (0, 1, "timeout")
    assert slack_server.delivery(asked.events[0]).state == "done"


def test_the_sdk_comes_again_after_a_refresh(slack_server: SlackServer, slack_judge: Judge, ana: str) -> None:
    slack_judge.ask("connect")
    slack_server.refresh()
    slack_server.wait_until(lambda: slack_server.opened == 2 and slack_server.connections == 1)

    slack_server.say(ana, slack_server.im(ana), "still there?")

    assert slack_judge.hears()["body"]["event"]["text"] == "still there?"


def test_the_sdk_comes_again_after_the_connection_broke(
    slack_server: SlackServer, slack_judge: Judge, ana: str
) -> None:
    slack_judge.ask("connect")
    slack_server.cut()
    slack_server.wait_until(lambda: slack_server.opened == 2 and slack_server.connections == 1, timeout=20)

    slack_server.say(ana, slack_server.im(ana), "back?")

    assert slack_judge.hears()["body"]["event"]["text"] == "back?"


def test_a_click_and_a_command_reach_the_sdk(
    slack_server: SlackServer, slack_judge: Judge, ana: str, room: str
) -> None:
    slack_judge.ask("connect")
    args = {"channel": room, "text": "a", "blocks": [{"type": "actions", "elements": [_button("good")]}]}
    ts = slack_judge.ask("call", method="chat.postMessage", args=args)["result"]["ts"]

    assert slack_server.click(ana, ts, "good").status == "ack"
    assert slack_judge.hears("interactive")["body"]["actions"][0]["action_id"] == "good"
    assert slack_server.command(ana, "help me").status == "ack"
    assert slack_judge.hears("slash_commands")["body"]["text"] == "help me"


# Bolt for Python.


class Heard:
    """What a Bolt app was given."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.retries: list[str | None] = []
        self.failures = 0


def bolt(slack: SlackServer, heard: Heard) -> AsyncApp:
    """An app that answers mentions, one button and one command."""
    client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
    app = AsyncApp(client=client, signing_secret=slack.signing_secret)

    @app.middleware
    async def record(body: dict[str, Any], req: Any, next: Any) -> None:
        if heard.failures:
            heard.failures -= 1
            raise RuntimeError("not recorded")
        if body.get("type") == "event_callback":
            heard.events.append(body)
            heard.retries.append((req.headers.get("x-slack-retry-num") or [None])[0])
        await next()

    @app.event("app_mention")
    async def mention(event: dict[str, Any], say: Any) -> None:
        await say("it is here", thread_ts=event["ts"])

    @app.event("message")
    async def message() -> None: ...

    @app.action("good")
    async def good(ack: Any, respond: Any) -> None:
        await ack()
        await respond("thank you")

    @app.command("/deskhand")
    async def command(ack: Any, command: dict[str, Any]) -> None:
        await ack(f"you said {command['text']}")

    return app


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
async def over_http(slack_server: SlackServer, heard: Heard) -> AsyncIterator[str]:
    """A Bolt app behind HTTP; gives its address."""
    runner = web.AppRunner(bolt(slack_server, heard).web_app("/slack/events"), shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    slack_server.subscribe(url)
    yield url
    await runner.cleanup()


@pytest.fixture
async def over_socket(slack_server: SlackServer, heard: Heard) -> AsyncIterator[None]:
    handler = AsyncSocketModeHandler(bolt(slack_server, heard), slack_server.app_token)
    await handler.connect_async()
    await asyncio.to_thread(slack_server.wait_connected)
    yield
    await handler.close_async()


async def a_whole_talk(slack: SlackServer, ana: str, room: str) -> None:
    """Mention, answer, click, command: each as a person would see it."""
    asked = slack.say(ana, room, f"{slack.mention} where?")
    [answer] = await asyncio.to_thread(slack.wait_until, lambda: slack.replies(room, asked.ts))
    assert answer.text == "it is here"

    buttons = [{"type": "actions", "elements": [_button("good")]}]
    ts = slack.put(slack.bot_user, room, "was it good?", asked.ts, blocks=buttons).ts
    await asyncio.to_thread(slack.click, ana, ts, "good")
    [thanks] = await asyncio.to_thread(slack.wait_until, lambda: slack.ephemerals)
    assert (thanks.text, thanks.seen_by) == ("thank you", ana)

    said = await asyncio.to_thread(slack.command, ana, "hello")
    assert "you said hello" in said.body
    await asyncio.to_thread(slack.settle)


async def test_bolt_holds_a_talk_over_http(
    slack_server: SlackServer, heard: Heard, over_http: str, ana: str, room: str
) -> None:
    assert (await asyncio.to_thread(slack_server.challenge)).body == '{"challenge": "a-challenge"}'

    await a_whole_talk(slack_server, ana, room)

    # Bolt keeps the app's own message, which came back too, from what listens.
    assert sorted(body["event"]["type"] for body in heard.events) == ["app_mention", "message"]
    events = [delivery.payload["event"] for delivery in slack_server.deliveries if delivery.kind == "events_api"]
    assert [event.get("bot_id", "") for event in events] == ["", "", slack_server.bot]


async def test_bolt_holds_a_talk_over_socket_mode(
    slack_server: SlackServer, over_socket: None, ana: str, room: str
) -> None:
    await a_whole_talk(slack_server, ana, room)


async def test_an_event_that_got_a_500_comes_again_over_http(
    slack_server: SlackServer, heard: Heard, over_http: str, ana: str
) -> None:
    heard.failures = 2

    said = slack_server.say(ana, slack_server.im(ana), "hello?")
    await asyncio.to_thread(slack_server.settle)

    attempts = slack_server.delivery(said.events[0]).attempts
    assert [(attempt.status, attempt.number, attempt.reason) for attempt in attempts] == [
        (500, 0, ""),
        (500, 1, "http_error"),
        (200, 2, "http_error"),
    ]
    assert heard.retries == ["2"]


@pytest.fixture
async def app_of(slack_server: SlackServer) -> AsyncIterator[Callable[[Any], Awaitable[None]]]:
    """Makes a bare handler the app behind the events."""
    runners = []

    async def start(handler: Any) -> None:
        site = web.Application()
        site.router.add_post("/", handler)
        runners.append(web.AppRunner(site, shutdown_timeout=0.2))
        await runners[-1].setup()
        await web.TCPSite(runners[-1], "127.0.0.1", 0).start()
        slack_server.subscribe(f"http://127.0.0.1:{runners[-1].addresses[0][1]}/")

    yield start
    for runner in runners:
        await runner.cleanup()


async def test_an_event_that_is_answered_too_late_comes_again(
    slack_server: SlackServer, app_of: Callable[[Any], Awaitable[None]], ana: str
) -> None:
    """The first request is answered only when the second has come."""
    second, reasons = asyncio.Event(), []

    async def handler(request: web.Request) -> web.Response:
        reasons.append(request.headers.get("x-slack-retry-reason"))
        if len(reasons) == 2:
            second.set()
        await second.wait()
        return web.Response()

    await app_of(handler)
    slack_server.set(patience=0.3)
    said = slack_server.say(ana, slack_server.im(ana), "hello?")
    await asyncio.to_thread(slack_server.settle)

    assert reasons == [None, "http_timeout"]
    assert [attempt.status for attempt in slack_server.delivery(said.events[0]).attempts] == ["timeout", 200]


async def test_an_app_can_ask_for_no_retry(
    slack_server: SlackServer, app_of: Callable[[Any], Awaitable[None]], ana: str
) -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(status=503, headers={"x-slack-no-retry": "1"})

    await app_of(handler)
    said = slack_server.say(ana, slack_server.im(ana), "hello?")
    await asyncio.to_thread(slack_server.settle)

    assert [attempt.status for attempt in slack_server.delivery(said.events[0]).attempts] == [503]


async def test_an_event_for_an_app_that_is_away_is_lost_after_the_retries(
    slack_server: SlackServer, ana: str, unused_tcp_port: int
) -> None:
    slack_server.subscribe(f"http://127.0.0.1:{unused_tcp_port}/slack/events")

    said = slack_server.say(ana, slack_server.im(ana), "hello?")
    await asyncio.to_thread(slack_server.settle)

    delivery = slack_server.delivery(said.events[0])
    assert delivery.state == "lost"
    assert [attempt.status for attempt in delivery.attempts] == ["connection_failed"] * 4


@pytest.mark.parametrize(("age", "secret", "status"), [(0, None, 200), (301, None, 401), (0, "another", 401)])
async def test_a_signature_must_be_right_and_fresh(
    slack_server: SlackServer, over_http: str, age: float, secret: str | None, status: int
) -> None:
    """Bolt, not we, says what a good signature is."""
    body = b'{"type":"url_verification","challenge":"c","token":"t"}'
    if secret:
        slack_server._options.secret = secret
    headers = slack_server.signed(body, at=time.time() - age) | {"content-type": "application/json"}

    async with aiohttp.ClientSession() as client, client.post(over_http, data=body, headers=headers) as answer:
        assert answer.status == status


async def test_paced_events_all_arrive_at_their_rate(slack_server: SlackServer, heard: Heard, over_http: str) -> None:
    sent = await asyncio.to_thread(slack_server.pace, 200, 40)

    assert len({body["event_id"] for body in heard.events}) == 40
    assert {delivery.state for delivery in sent} == {"done"}
    assert sent[-1].due - sent[0].due == pytest.approx(39 / 200)


# Faults.


@pytest.fixture
async def client(slack_server: SlackServer) -> AsyncIterator[AsyncWebClient]:
    async with aiohttp.ClientSession() as session:
        made = AsyncWebClient(slack_server.bot_token, slack_server.api_url, session=session, retry_handlers=[])
        yield made


async def test_a_connection_that_breaks_after_acting_has_acted(
    slack_server: SlackServer, client: AsyncWebClient, room: str
) -> None:
    slack_server.drop("chat.postMessage")

    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel=room, text="was it sent?")

    assert [message.text for message in slack_server.messages(room)] == ["was it sent?"]


async def test_a_500_before_acting_has_not_acted(slack_server: SlackServer, client: AsyncWebClient, room: str) -> None:
    slack_server.crash("chat.postMessage")

    with pytest.raises(SlackApiError):
        await client.chat_postMessage(channel=room, text="was it sent?")

    assert slack_server.messages(room) == []


async def test_a_held_call_has_acted_and_waits(slack_server: SlackServer, client: AsyncWebClient, room: str) -> None:
    gate = slack_server.hold("chat.postMessage")

    sending = asyncio.create_task(client.chat_postMessage(channel=room, text="held"))
    assert await asyncio.to_thread(gate.reached)
    assert [message.text for message in slack_server.messages(room)] == ["held"]
    assert not sending.done()

    gate.release()
    assert (await sending)["ok"]


async def test_faults_can_be_for_one_channel_alone(
    slack_server: SlackServer, client: AsyncWebClient, ana: str, room: str
) -> None:
    other = slack_server.channel("other", [ana])
    slack_server.fail("chat.postMessage", "is_archived", channel=room)
    slack_server.lack("chat.startStream")

    assert (await client.chat_postMessage(channel=other, text="a"))["ok"]
    with pytest.raises(SlackApiError, match="is_archived"):
        await client.chat_postMessage(channel=room, text="a")
    with pytest.raises(SlackApiError, match="unknown_method"):
        await client.chat_startStream(channel=room, thread_ts="1.0")


async def test_metadata_is_shown_only_when_asked_for(
    slack_server: SlackServer, client: AsyncWebClient, ana: str, room: str
) -> None:
    parent = slack_server.put(ana, room, "a question")
    metadata = {"event_type": "deskhand", "event_payload": {"key": "one"}}
    posted = await client.chat_postMessage(channel=room, thread_ts=parent.ts, text="a", metadata=metadata)
    await client.chat_update(channel=room, ts=posted["ts"], text="b")

    plain = await client.conversations_replies(channel=room, ts=parent.ts)
    full = await client.conversations_replies(channel=room, ts=parent.ts, include_all_metadata=True)

    assert "metadata" not in plain["messages"][1]
    assert full["messages"][1]["metadata"] == metadata


async def test_a_file_is_given_only_to_the_bearer_of_the_token(
    slack_server: SlackServer, client: AsyncWebClient, ana: str
) -> None:
    file = slack_server.file("notes.txt", b"secret notes", "text/plain", user=ana)
    url = (await client.files_info(file=file))["file"]["url_private"]

    async with aiohttp.ClientSession() as session:
        async with session.get(url, headers={"authorization": f"Bearer {slack_server.bot_token}"}) as answer:
            assert await answer.read() == b"secret notes"
        async with session.get(url) as answer:
            # As at Slack: a page to sign in, with status 200.
            assert (answer.status, answer.content_type) == (200, "text/html")


async def test_a_private_channel_without_the_bot_is_not_found(
    slack_server: SlackServer, client: AsyncWebClient, ana: str
) -> None:
    board = slack_server.group("board", [ana], bot=False)

    with pytest.raises(SlackApiError, match="channel_not_found"):
        await client.conversations_members(channel=board)


def test_the_server_in_a_process_of_its_own_answers_the_same_calls() -> None:
    from slack_process import SlackProcess

    with SlackProcess(retry_delays=(), patience=0.5) as slack:
        ana = slack.user("ana")
        slack.say(ana, slack.im(ana), "hello?")
        slack.settle()

        [delivery] = slack.deliveries
        assert (delivery.state, delivery.attempts[0].status) == ("lost", "connection_failed")
        with pytest.raises(KeyError):
            slack.messages("C404")


async def test_faults_of_one_method_happen_in_the_order_of_the_script(
    slack_server: SlackServer, client: AsyncWebClient, room: str
) -> None:
    slack_server.fail("chat.postMessage", "fatal_error")
    slack_server.limit("chat.postMessage", retry_after=1)

    with pytest.raises(SlackApiError, match="fatal_error"):
        await client.chat_postMessage(channel=room, text="a")
    with pytest.raises(SlackApiError, match="ratelimited"):
        await client.chat_postMessage(channel=room, text="a")
    assert (await client.chat_postMessage(channel=room, text="a"))["ok"]
    assert [call.error for call in slack_server.impatient] == [""]


async def test_a_modal_opens_once_for_a_click_and_soon_after_it(
    slack_server: SlackServer, client: AsyncWebClient, over_http: str, ana: str, room: str
) -> None:
    buttons = [{"type": "actions", "elements": [_button("good")]}]
    ts = slack_server.put(slack_server.bot_user, room, "was it good?", blocks=buttons).ts
    click = await asyncio.to_thread(slack_server.click, ana, ts, "good")
    late = await asyncio.to_thread(slack_server.click, ana, ts, "good")
    modal = {"type": "modal", "title": {"type": "plain_text", "text": "Why?"}, "blocks": []}

    opened = await client.views_open(trigger_id=click.delivery.payload["trigger_id"], view=modal)
    with pytest.raises(SlackApiError, match="invalid_trigger_id"):
        await client.views_open(trigger_id=click.delivery.payload["trigger_id"], view=modal)
    slack_server.set(trigger_seconds=0.0)
    with pytest.raises(SlackApiError, match="expired_trigger_id"):
        await client.views_open(trigger_id=late.delivery.payload["trigger_id"], view=modal)

    assert list(slack_server.views) == [opened["view"]["id"]]


async def test_only_the_events_of_the_manifest_are_sent(
    slack_server: SlackServer, heard: Heard, over_http: str, ana: str, room: str
) -> None:
    slack_server.only({"app_mention"})

    slack_server.say(ana, room, f"{slack_server.mention} where?")
    await asyncio.to_thread(slack_server.settle)

    assert [body["event"]["type"] for body in heard.events] == ["app_mention"]
