"""The app manifest: exactly the scopes, events and buttons that the door uses, each scope with what it is for."""

from __future__ import annotations

from collections.abc import Mapping

from deskhand.errors import BadInput
from deskhand.nouns import Json

EVENTS_PATH = "/slack/events"
"""Where events, buttons and commands come in over HTTP, all three by one address."""
COMMAND = "/deskhand"

SCOPES: Mapping[str, str] = {
    "app_mentions:read": "hear when somebody mentions it in a channel",
    "assistant:write": "suggest questions when somebody opens its assistant pane (it works without)",
    "channels:history": "read the threads of public channels that it answers in",
    "channels:read": "know who is in a public channel, since an answer there may use only what all of them may read",
    "chat:write": "answer, and show what it is doing",
    "commands": "be asked by /deskhand",
    "files:read": "read the files that are attached to a question",
    "groups:history": "read the threads of private channels that it was invited to",
    "groups:read": "know who is in a private channel that it was invited to",
    "im:history": "hear direct messages to it, and read their threads",
    "im:read": "know who is in a direct message",
    "im:write": "open a direct message: to answer /deskhand, and to hand a question over to a person",
    "mpim:history": "hear and read group messages that it is in",
    "mpim:read": "know who is in a group message",
    "users:read": "know people's names, pronouns and languages, and which of them are bots or have left",
    "users:read.email": "know who asks: people are matched with the directory by their verified e-mail address",
}
"""The scopes of the bot's token, each with what it is for."""

OPTIONAL = frozenset({"assistant:write"})
"""What the door can do without."""

APP_SCOPE = "connections:write"
"""The one scope of the app-level token, for Socket Mode."""

EVENTS: Mapping[str, str] = {
    "app_home_opened": "fill the home tab",
    "app_mention": "answer mentions",
    "assistant_thread_started": "suggest questions",
    "member_joined_channel": "look up who reads along before the next answer",
    "member_left_channel": "look up who reads along before the next answer",
    "message.channels": "answer replies in threads that it is in",
    "message.groups": "answer replies in threads that it is in",
    "message.im": "answer direct messages",
    "message.mpim": "answer group messages",
}
"""The events that Slack sends, each with what it is for."""

_DESCRIPTION = "Answers questions from your company's own documents, with checked sources."
_ASSISTANT = ("assistant:write", "assistant_thread_started")


def manifest(*, url: str | None = None, name: str = "Deskhand", assistant: bool = True) -> dict[str, Json]:
    """The manifest of an app called `name` (1 to 35 characters), as Slack takes it for a new app or a changed one.

    With `url`, the address under which Slack reaches the server ("https://desk.example.com"), events come in over
    HTTP; without it, by Socket Mode. `assistant` asks for Slack's assistant pane, which needs a paid plan. Raises
    `BadInput`.
    """
    if not 1 <= len(name.strip()) <= 35:
        raise BadInput(f"the app's name is {name!r}; it must have 1 to 35 characters.")
    request_url = _request_url(url) if url is not None else None
    left_out = () if assistant else _ASSISTANT
    return {
        "_metadata": {"major_version": 1, "minor_version": 1},
        "display_information": {"name": name.strip(), "description": _DESCRIPTION},
        "features": _features(name.strip(), request_url, assistant),
        "oauth_config": {"scopes": {"bot": [scope for scope in SCOPES if scope not in left_out]}},
        "settings": {
            "event_subscriptions": {
                **({"request_url": request_url} if request_url else {}),
                "bot_events": [event for event in EVENTS if event not in left_out],
            },
            "interactivity": {"is_enabled": True, **({"request_url": request_url} if request_url else {})},
            "org_deploy_enabled": False,
            "socket_mode_enabled": request_url is None,
            "token_rotation_enabled": False,
        },
    }


def _features(name: str, request_url: str | None, assistant: bool) -> dict[str, Json]:
    features: dict[str, Json] = {
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True, "messages_tab_read_only_enabled": False},
        "bot_user": {"display_name": name, "always_online": True},
        "slash_commands": [
            {
                "command": COMMAND,
                "description": "Ask in private, from your own documents",
                "usage_hint": "your question",
                "should_escape": False,
                **({"url": request_url} if request_url else {}),
            }
        ],
    }
    if assistant:
        features["assistant_view"] = {"assistant_description": _DESCRIPTION, "suggested_prompts": []}
    return features


def _request_url(url: str) -> str:
    from urllib.parse import urlsplit

    parts = urlsplit(url.strip())
    if parts.scheme != "https" or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise BadInput(
            f"the address is {url[:200]!r}; Slack sends events to an https:// address that the internet reaches, "
            "such as https://desk.example.com. Without one, use Socket Mode."
        )
    path = parts.path.rstrip("/")
    return f"https://{parts.netloc}{path if path.endswith(EVENTS_PATH) else path + EVENTS_PATH}"
