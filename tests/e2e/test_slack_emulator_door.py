"""The Slack door in front of npm's emulated Slack, which is not of our making: asked by a person's token, answered in
the thread."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

if TYPE_CHECKING:
    from node_peers import Emulator

BOUND_SECONDS = 20.0


class Web:
    """The emulated Web API as one token sees it."""

    def __init__(self, url: str, token: str) -> None:
        self._client = httpx2.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=10)

    def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        told: dict[str, Any] = self._client.post(method, data=arguments).json()
        assert told["ok"], told
        return told

    def close(self) -> None:
        self._client.close()


@pytest.fixture
def emulated(household: Any, slack_emulator: Emulator) -> Any:
    """The household behind the emulated Slack."""
    household.variables |= {
        "DESKHAND_SLACK__BOT_TOKEN": "xoxb-bot",
        "DESKHAND_SLACK__API_URL": slack_emulator.api_url,
        "DESKHAND_SLACK__SIGNING_SECRET": slack_emulator.signing_secret,
    }
    served = household.serve()
    slack_emulator.subscribe(f"{served.url}/slack/events")
    ana = Web(slack_emulator.api_url, "xoxp-ana")
    yield ana
    ana.close()


def answers(ana: Web, room: str, ts: str) -> list[dict[str, Any]]:
    """What stands in the thread beside the question, once one of it is final."""
    deadline = time.monotonic() + BOUND_SECONDS
    while time.monotonic() < deadline:
        found = [each for each in ana.call("conversations.replies", channel=room, ts=ts)["messages"] if each["ts"] > ts]
        if any(each.get("metadata", {}).get("event_payload", {}).get("final") for each in found):
            return found
        time.sleep(0.05)
    raise AssertionError("there was no final answer")


def test_a_direct_message_is_answered_in_its_thread_by_edits_where_there_are_no_streams(emulated: Web) -> None:
    """The emulator has neither statuses nor streams, so one message is edited until it is the answer."""
    ana = emulated
    bot = next(each["id"] for each in ana.call("users.list")["members"] if each["name"] == "deskhand")
    room = ana.call("conversations.open", users=bot)["channel"]["id"]
    asked = ana.call("chat.postMessage", channel=room, text="How do I reset my password?")

    [answer] = answers(ana, room, asked["ts"])

    assert "Forgotten password" in str(answer)
    assert answer["thread_ts"] == asked["ts"]


def test_what_nobody_asked_the_bot_is_not_answered(emulated: Web) -> None:
    ana = emulated
    rooms = ana.call("conversations.list")["channels"]
    room = next(each["id"] for each in rooms if each["name"] == "help")
    overheard = ana.call("chat.postMessage", channel=room, text="How do I reset my password?")
    bot = next(each["id"] for each in ana.call("users.list")["members"] if each["name"] == "deskhand")
    direct = ana.call("conversations.open", users=bot)["channel"]["id"]
    asked = ana.call("chat.postMessage", channel=direct, text="How do I reset my password?")
    answers(ana, direct, asked["ts"])

    said = ana.call("conversations.replies", channel=room, ts=overheard["ts"])["messages"]

    assert [each["ts"] for each in said] == [overheard["ts"]]
