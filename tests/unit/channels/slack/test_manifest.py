"""The manifest asks Slack for what the door uses, and for no more."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import deskhand.channels.slack as slack
from deskhand.channels.slack.manifest import EVENTS, OPTIONAL, SCOPES, manifest
from deskhand.errors import BadInput

HISTORY = {"channels:history", "groups:history", "im:history", "mpim:history"}
PLACES = {"channels:read", "groups:read", "im:read", "mpim:read"}

METHODS: dict[str, set[str]] = {
    "apps.connections.open": set(),
    "assistant.threads.setStatus": {"chat:write"},
    "assistant.threads.setSuggestedPrompts": {"assistant:write"},
    "auth.test": set(),
    "bots.info": {"users:read"},
    "chat.appendStream": {"chat:write"},
    "chat.delete": {"chat:write"},
    "chat.getPermalink": set(),
    "chat.postEphemeral": {"chat:write"},
    "chat.postMessage": {"chat:write"},
    "chat.startStream": {"chat:write"},
    "chat.stopStream": {"chat:write"},
    "chat.update": {"chat:write"},
    "conversations.history": HISTORY,
    "conversations.info": PLACES,
    "conversations.members": PLACES,
    "conversations.open": {"im:write"},
    "conversations.replies": HISTORY,
    "files.info": {"files:read"},
    "users.info": {"users:read", "users:read.email"},
    "users.list": {"users:read", "users:read.email"},
    "users.lookupByEmail": {"users:read.email"},
    "views.open": set(),
    "views.publish": set(),
}
"""What Slack's documentation asks for each method that the door calls, in every kind of place where it calls it."""

HEARD: dict[str, set[str]] = {
    "app_home_opened": set(),
    "app_mention": {"app_mentions:read"},
    "assistant_thread_started": {"assistant:write"},
    "member_joined_channel": {"channels:read", "groups:read"},
    "member_left_channel": {"channels:read", "groups:read"},
    "message.channels": {"channels:history"},
    "message.groups": {"groups:history"},
    "message.im": {"im:history"},
    "message.mpim": {"mpim:history"},
}
"""What Slack's documentation asks for each event."""

OTHERWISE = {"commands", "files:read"}
"""What is used without a method or an event: the command, and downloads of files."""

_METHOD = re.compile(
    r"(?:apps|assistant|auth|bots|chat|conversations|files|reactions|team|users|views)(?:\.[a-zA-Z]+)+"
)


def called() -> set[str]:
    """The methods of Slack's Web API that the door's code names: as a call's argument, or as a method of the SDK."""
    found = set()
    for path in Path(slack.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str) and _METHOD.fullmatch(first.value):
                found.add(first.value)
            if isinstance(node.func, ast.Attribute):
                found |= {name for name in METHODS if name.replace(".", "_") == node.func.attr}
    return found


def test_every_method_that_is_called_is_covered_by_the_scopes() -> None:
    assert called() >= {"auth.test", "apps.connections.open", "users.lookupByEmail"}
    assert called() <= set(METHODS), "a method without a line in METHODS: look up its scopes"

    needed = set().union(*(METHODS[name] for name in called()))

    assert needed <= set(SCOPES)


def test_every_scope_and_event_is_used() -> None:
    used = set().union(*(METHODS[name] for name in called()), *(HEARD[name] for name in EVENTS), OTHERWISE)

    assert set(SCOPES) == used
    assert set(SCOPES) > OPTIONAL


def test_without_an_address_events_come_by_socket_mode() -> None:
    made = manifest()

    assert made["settings"]["socket_mode_enabled"] is True
    assert "request_url" not in str(made)
    assert made["oauth_config"]["scopes"]["bot"] == list(SCOPES)
    assert made["settings"]["event_subscriptions"]["bot_events"] == list(EVENTS)


@pytest.mark.parametrize(
    "url", ["https://desk.example.com", "https://desk.example.com/", "https://desk.example.com/slack/events"]
)
def test_with_an_address_everything_comes_in_there(url: str) -> None:
    made = manifest(url=url, name="Ask us")

    address = "https://desk.example.com/slack/events"
    assert made["settings"]["event_subscriptions"]["request_url"] == address
    assert made["settings"]["interactivity"]["request_url"] == address
    assert made["features"]["slash_commands"][0]["url"] == address
    assert made["settings"]["socket_mode_enabled"] is False
    assert made["features"]["bot_user"]["display_name"] == "Ask us"


def test_the_assistant_pane_can_be_left_out() -> None:
    made = manifest(assistant=False)

    assert "assistant" not in str(made)


@pytest.mark.parametrize("url", ["http://desk.example.com", "desk.example.com", "https://", "https://a:b@x.example"])
def test_an_address_that_slack_cannot_use_is_refused(url: str) -> None:
    with pytest.raises(BadInput, match="https"):
        manifest(url=url)


@pytest.mark.parametrize("name", ["", " ", "x" * 36])
def test_a_name_that_slack_would_not_take_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match="35"):
        manifest(name=name)
