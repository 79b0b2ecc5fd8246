"""Our own Slack speaks Slack's protocol: the official JavaScript SDK and Bolt for Python accept it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

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
        ([{"type": "markdown", "text": "a" * 7_000}] * 2, "msg_blocks_too_long"),
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
    assert "channel_type" not in events[0] or events[0]["channel_type"] == "channel"
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
