"""Which of Slack's events are questions. Pure: what it is told of an event decides, nothing is looked up.

Slack itself cuts a message at 40,000 characters; what is heard keeps it whole, and whoever answers says when a question
is too long.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from deskhand.channels.slack.heard import Heard, Place
from deskhand.nouns import RedactedText

if TYPE_CHECKING:
    from deskhand.channels.slack.calls import Me
    from deskhand.channels.slack.options import Options

Reason = Literal[
    "another kind of event",
    "malformed",
    "own message",
    "edited",
    "deleted",
    "subtype",
    "another bot",
    "twin of a mention",
    "not asked",
    "to somebody else",
    "empty",
]

READABLE: Final = frozenset({None, "file_share", "thread_broadcast", "me_message", "bot_message"})
"""Subtypes of messages that somebody wrote; all others are notices of Slack's."""

PLACES: Final[Mapping[str, Place]] = {"im": "im", "mpim": "mpim", "channel": "channel", "group": "group"}
BY_LETTER: Final[Mapping[str, Place]] = {"D": "im", "G": "group"}

SLACKBOT = "USLACKBOT"

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_TS = re.compile(r"\d{1,12}\.\d{1,8}")
_LINK = re.compile(r"<([^<>\s|][^<>|]*)(?:\|([^<>]*))?>")
EMOJI: Final = r":[a-z0-9_+'-]+(?:::skin-tone-\d)?:"
"""An emoji as Slack writes it: ":tada:"."""

_TO_SOMEBODY = re.compile(r"\s*<(?:@|!subteam\^|!here|!channel|!everyone)")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Dropped:
    """An event that is not answered, and why; it is acknowledged all the same."""

    reason: Reason


def thread_asked_about(body: Mapping[str, Any], me: Me) -> tuple[str, str, str] | None:
    """Team, channel and thread of a reply that is a question only if the bot is in that thread; None for all others,
    so that nothing is looked up for them."""
    event = body.get("event")
    if not isinstance(event, Mapping) or event.get("type") != "message":
        return None
    channel, ts, thread = event.get("channel"), event.get("ts"), event.get("thread_ts")
    if not (_is_id(channel) and _is_ts(thread)) or thread == ts or _word(event, "subtype") not in READABLE:
        return None
    if _place(event) == "im" or _is_own(event, me):
        return None
    return _team(body, me), str(channel), str(thread)


def hear(
    body: Mapping[str, Any],
    me: Me,
    options: Options,
    known_thread: bool,
    redact: Callable[[str], RedactedText],
) -> Heard | Dropped:
    """What was asked, if this is a question: a direct message, a mention, or a reply in a thread the bot is in.

    `known_thread` says whether the bot is in the message's thread. `redact` sees the text before anything keeps it;
    what it raises is passed on.
    """
    event = body.get("event")
    if body.get("type") != "event_callback" or not isinstance(event, Mapping):
        return Dropped("another kind of event")
    if event.get("type") not in ("message", "app_mention"):
        return Dropped("another kind of event")
    refused = _unwelcome(event, me, options)
    if refused is not None:
        return Dropped(refused)
    channel, ts, thread = event.get("channel"), event.get("ts"), event.get("thread_ts")
    user = event.get("user") or event.get("bot_id")
    named = (body.get("event_id"), channel, user)
    if not all(map(_is_id, named)) or not _is_ts(ts) or not (thread is None or _is_ts(thread)):
        return Dropped("malformed")
    place, written = _place(event), _written(event)
    replies = thread is not None and thread != ts
    unasked = _unasked(event, place, written, replies and known_thread, me)
    if unasked is not None:
        return Dropped(unasked)
    text, files = plain_text(written, me.user), bool(event.get("files"))
    if not text and not files and event["type"] != "app_mention":
        # Who calls the bot by its name alone is told how to ask; a message without words is Slack's own affair.
        return Dropped("empty")
    return Heard(
        event=str(body["event_id"]),
        team=_team(body, me),
        channel=str(channel),
        place=place,
        ts=str(ts),
        thread=str(thread or ts),
        user=str(user),
        text=redact(text),
        replies=replies,
        files=files,
    )


def plain_text(written: str, own: str) -> str:
    """A message as its writer saw it: the mentions of the user `own` taken out, links and Slack's escapes resolved.
    A mention of somebody else stays as it is ("<@U2>") unless Slack gave the name."""
    mention = rf"<@{re.escape(own)}(?:\|[^<>]*)?>"
    # "@deskhand: how?" loses its colon, "@deskhand :tada: how?" does not.
    text = re.sub(rf"\A\s*(?:{mention}\s*(?:(?!{EMOJI})[:,]\s*)?)+", "", written)
    text = re.sub(rf"[ \t]*{mention}(?=[\s.,:;!?)]|$)|<@{re.escape(own)}>", "", text)
    return _CONTROLS.sub("", _unescaped(_LINK.sub(_resolved, text))).strip()


def _unescaped(text: str) -> str:
    # "&amp;" last, or what somebody wrote as "&lt;" would become "<".
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _resolved(link: re.Match[str]) -> str:
    target, label = link[1], (link[2] or "").strip()
    if target.startswith("@"):
        return f"@{label}" if label else link[0]
    if target.startswith("#"):
        return f"#{label or target[1:]}"
    if target.startswith("!"):
        return label if label else f"@{target[1:].partition('^')[0]}"
    bare = target.removeprefix("mailto:").removeprefix("tel:")
    if not label or label in (target, bare) or bare.split("://", 1)[-1].rstrip("/") == label.rstrip("/"):
        return label or bare
    return f"{label} ({bare})"


def _unwelcome(event: Mapping[str, Any], me: Me, options: Options) -> Reason | None:
    """Why a message is none of ours to answer, whatever it says."""
    subtype = _word(event, "subtype")
    if subtype == "message_changed" or event.get("edited"):
        return "edited"
    if subtype in ("message_deleted", "tombstone"):
        return "deleted"
    if _is_own(event, me):
        return "own message"
    if event.get("hidden") or subtype not in READABLE:
        return "subtype"
    bot, app = _word(event, "bot_id"), _app(event)
    from_bot = bot or subtype == "bot_message" or event.get("user") == SLACKBOT
    if from_bot and options.bots.isdisjoint({bot, app}):
        return "another bot"
    return None


def _unasked(event: Mapping[str, Any], place: Place, written: str, in_our_thread: bool, me: Me) -> Reason | None:
    """Why a message is not for the bot: where several people talk, it must be spoken to."""
    mention = event["type"] == "app_mention"
    if place == "im":
        return "twin of a mention" if mention else None
    if mention:
        return None
    if _mentions(written, me.user):
        # In a group message, or with a file, Slack may send either of the two; they share a timestamp, so one is
        # recorded.
        either = place == "mpim" or event.get("subtype") == "file_share"
        return None if either else "twin of a mention"
    if not in_our_thread:
        return "not asked"
    return "to somebody else" if _TO_SOMEBODY.match(written) else None


def _written(event: Mapping[str, Any]) -> str:
    """What a message says: its text, or that of the message it passes on."""
    text = event.get("text")
    if isinstance(text, str) and text.strip():
        return text
    attached = event.get("attachments")
    parts = [part.get("text") for part in attached if isinstance(part, Mapping)] if isinstance(attached, list) else []
    return "\n".join(part for part in parts if isinstance(part, str))


def _mentions(written: str, user: str) -> bool:
    return f"<@{user}>" in written or f"<@{user}|" in written


def _is_own(event: Mapping[str, Any], me: Me) -> bool:
    named = ((event.get("user"), me.user), (event.get("bot_id"), me.bot), (_app(event), me.app))
    return any(bool(own) and given == own for given, own in named)


def _app(event: Mapping[str, Any]) -> str | None:
    profile = event.get("bot_profile")
    return _word(event, "app_id") or (_word(profile, "app_id") if isinstance(profile, Mapping) else None)


def _word(event: Mapping[str, Any], name: str) -> str | None:
    """A field that is text, if it is there; one of another type says that it is no subtype, bot or app of ours."""
    value = event.get(name)
    return value if value is None or isinstance(value, str) else "?"


def _place(event: Mapping[str, Any]) -> Place:
    known = PLACES.get(str(event.get("channel_type")))
    return known or BY_LETTER.get(str(event.get("channel"))[:1], "channel")


def _team(body: Mapping[str, Any], me: Me) -> str:
    """Our workspace as Slack names it here; in a channel shared with another one, that of the event may be theirs."""
    authorized = body.get("authorizations")
    first = authorized[0] if isinstance(authorized, list) and authorized else None
    ours = first.get("team_id") if isinstance(first, Mapping) else None
    for team in (body.get("context_team_id"), ours, body.get("team_id")):
        if _is_id(team):
            return str(team)
    return me.team


def _is_id(value: object) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _is_ts(value: object) -> bool:
    return isinstance(value, str) and _TS.fullmatch(value) is not None
