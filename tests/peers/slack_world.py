"""What a Slack workspace is made of: people, channels, messages, streams, files, and how Slack shows each as JSON."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

TEAM, ENTERPRISE, APP, BOT, BOT_USER = "T0DESKHND", None, "A0DESKHND", "B0DESKHND", "U0DESKHND"


@dataclass
class Edit:
    """How a message looked before it was changed."""

    at: float
    text: str
    blocks: list[dict[str, Any]]


@dataclass
class Stream:
    """A message while it is being streamed; `state` is in_progress, completed or errored (died of old age)."""

    started: float
    state: str = "in_progress"
    appends: int = 0
    cards: dict[str, dict[str, Any]] = field(default_factory=dict)
    plan: str | None = None


@dataclass
class Message:
    """One message, with what became of it. `seen_by` is set on ephemeral ones; `events` are the ids of its events."""

    channel: str
    ts: str
    user: str
    text: str
    thread_ts: str | None = None
    blocks: list[dict[str, Any]] = field(default_factory=list)
    attachments: list[dict[str, Any]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    reactions: list[str] = field(default_factory=list)
    metadata: dict[str, Any] | None = None
    subtype: str | None = None
    bot: str | None = None
    app: str | None = None
    broadcast: bool = False
    seen_by: str | None = None
    at: float = 0.0
    edits: list[Edit] = field(default_factory=list)
    stream: Stream | None = None
    deleted: bool = False
    arguments: dict[str, Any] = field(default_factory=dict)
    events: list[str] = field(default_factory=list)

    @property
    def everything(self) -> str:
        """Every text a reader sees: the text when there are no blocks, else all texts of the blocks."""
        return "\n".join(texts(self.blocks)) if self.blocks else self.text

    @property
    def actions(self) -> dict[str, dict[str, Any]]:
        """The interactive elements by action id."""
        return {element["action_id"]: element for element in elements(self.blocks) if "action_id" in element}


def texts(node: Any) -> Iterable[str]:
    """Every string under a `text` key, and every alt text, in order."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key in {"text", "alt_text"} and isinstance(value, str):
                yield value
            else:
                yield from texts(value)
    elif isinstance(node, list):
        for item in node:
            yield from texts(item)


def elements(node: Any) -> Iterable[dict[str, Any]]:
    """Every object inside the blocks."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from elements(value)
    elif isinstance(node, list):
        for item in node:
            yield from elements(item)


@dataclass
class Channel:
    id: str
    kind: str  # im | mpim | channel | group
    name: str = ""
    members: list[str] = field(default_factory=list)
    archived: bool = False
    shared: bool = False
    created: int = 0
    messages: dict[str, Message] = field(default_factory=dict)

    def as_slack(self, bot: str, *, count: bool = False) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "id": self.id,
            "created": self.created,
            "is_archived": self.archived,
            "is_im": self.kind == "im",
            "is_org_shared": False,
            "context_team_id": TEAM,
            "updated": self.created * 1000,
        }
        if self.kind == "im":
            return shown | {"user": next((m for m in self.members if m != bot), bot), "is_user_deleted": False}
        shown |= {
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": self.kind == "channel",
            "is_group": self.kind == "group",
            "is_mpim": self.kind == "mpim",
            "is_private": self.kind != "channel",
            "is_general": False,
            "is_shared": self.shared,
            "is_ext_shared": self.shared,
            "is_member": bot in self.members,
            "creator": self.members[0] if self.members else bot,
            "topic": {"value": "", "creator": "", "last_set": 0},
            "purpose": {"value": "", "creator": "", "last_set": 0},
            "previous_names": [],
        }
        return shown | ({"num_members": len(self.members)} if count else {})


@dataclass
class File:
    id: str
    name: str
    mimetype: str
    data: bytes
    user: str
    title: str = ""
    mode: str = "hosted"
    size: int | None = None
    created: int = 0

    def as_slack(self, base: str) -> dict[str, Any]:
        kind = self.name.rsplit(".", 1)[-1].lower() if "." in self.name else "binary"
        place = f"{base}/files-pri/{TEAM}-{self.id}"
        return {
            "id": self.id,
            "created": self.created,
            "timestamp": self.created,
            "name": self.name,
            "title": self.title or self.name,
            "mimetype": self.mimetype,
            "filetype": kind,
            "pretty_type": kind.upper(),
            "user": self.user,
            "user_team": TEAM,
            "editable": False,
            "size": len(self.data) if self.size is None else self.size,
            "mode": self.mode,
            "is_external": False,
            "is_public": False,
            "url_private": f"{place}/{self.name}",
            "url_private_download": f"{place}/download/{self.name}",
            "permalink": f"{base}/files/{self.user}/{self.id}/{self.name}",
            "has_rich_preview": False,
            "file_access": "visible",
        }


class World:
    """Everything in the workspace. Not thread-safe: the server holds its lock around every use."""

    def __init__(self, base: str = "") -> None:
        self.base = base
        self.users: dict[str, dict[str, Any]] = {}
        self.channels: dict[str, Channel] = {}
        self.files: dict[str, File] = {}
        self.ephemerals: list[Message] = []
        self.homes: dict[str, dict[str, Any]] = {}
        self.views: dict[str, dict[str, Any]] = {}
        self.titles: dict[tuple[str, str], str] = {}
        self.prompts: dict[tuple[str, str], list[dict[str, str]]] = {}
        self._ids: dict[str, itertools.count[int]] = {}
        self._last = (0, 0)
        self.add_user("deskhand", BOT_USER, bot=True)

    def id(self, prefix: str) -> str:
        number = next(self._ids.setdefault(prefix, itertools.count(1)))
        return f"{prefix}{number:08d}"

    def ts(self) -> str:
        """A new timestamp, above every earlier one."""
        second, number = max(int(time.time()), self._last[0]), self._last[1] + 1
        if number > 999_999:
            second, number = second + 1, 0
        self._last = (second, number)
        return f"{second}.{number:06d}"

    def add_user(
        self,
        name: str,
        id: str | None = None,
        *,
        email: str | None = None,
        confirmed: bool = True,
        stranger: bool = False,
        team: str = TEAM,
        enterprise: str | None = None,
        pronouns: str = "",
        bot: bool = False,
        deleted: bool = False,
        display_name: str | None = None,
        locale: str = "en-US",
    ) -> str:
        user_id = id or self.id("U")
        profile: dict[str, Any] = {
            "real_name": name.replace("_", " ").title(),
            "display_name": name if display_name is None else display_name,
            "pronouns": pronouns,
            "team": team,
        }
        user: dict[str, Any] = {
            "id": user_id,
            "team_id": team,
            "name": re.sub(r"\W+", "_", name.lower()),
            "deleted": deleted,
            "real_name": profile["real_name"],
            "tz": "Europe/Berlin",
            "profile": profile,
            "is_bot": bot,
            "is_app_user": False,
            "updated": 1_700_000_000,
        }
        if email is not None:
            profile["email"] = email
        if not bot:
            user |= {"is_email_confirmed": confirmed, "locale": locale}
        else:
            profile |= {"api_app_id": APP if user_id == BOT_USER else self.id("A"), "bot_id": BOT}
            if user_id != BOT_USER:
                profile["bot_id"] = self.id("B")
        if stranger:
            user["is_stranger"] = True
        if enterprise is not None:
            user["enterprise_user"] = {"id": user_id, "enterprise_id": enterprise, "teams": [team]}
        self.users[user_id] = user
        return user_id

    def add_channel(self, kind: str, name: str, members: Iterable[str], id: str | None = None) -> Channel:
        prefix = {"im": "D", "mpim": "G", "channel": "C", "group": "C"}[kind]
        channel = Channel(id or self.id(prefix), kind, name, list(dict.fromkeys(members)), created=int(time.time()))
        self.channels[channel.id] = channel
        return channel

    def im(self, user: str) -> Channel:
        """The direct messages between a user and the bot."""
        for channel in self.channels.values():
            if channel.kind == "im" and user in channel.members:
                return channel
        return self.add_channel("im", "", [user, BOT_USER])

    def thread(self, channel: Channel, ts: str) -> list[Message]:
        """A thread's parent and its replies, oldest first."""
        return [m for m in channel.messages.values() if not m.deleted and (m.ts == ts or m.thread_ts == ts)]

    def find(self, ts: str, channel: str | None = None) -> Message:
        """A message by its timestamp; ephemeral ones too."""
        places = [self.channels[channel]] if channel else list(self.channels.values())
        for place in places:
            if ts in place.messages:
                return place.messages[ts]
        for message in self.ephemerals:
            if message.ts == ts:
                return message
        raise KeyError(f"no message {ts} in {channel or 'any channel'}")

    def as_slack(self, message: Message, *, metadata: bool = False) -> dict[str, Any]:
        """The message as conversations.replies shows it; its metadata only when asked for."""
        shown: dict[str, Any] = {"type": "message", "user": message.user, "text": message.text, "ts": message.ts}
        shown |= {"team": self.users[message.user]["team_id"] if message.user in self.users else TEAM}
        if message.bot:
            name = self.users[message.user]["name"]
            profile = {"id": message.bot, "app_id": message.app, "name": name, "team_id": TEAM, "deleted": False}
            shown |= {"bot_id": message.bot, "app_id": message.app, "bot_profile": profile}
        for key in ("subtype", "blocks", "attachments"):
            if value := getattr(message, key):
                shown[key] = value
        if message.files:
            shown["files"] = [self.files[name].as_slack(self.base) for name in message.files if name in self.files]
            shown["upload"] = False
        if message.edits and message.stream is None:
            shown["edited"] = {"user": message.user, "ts": f"{int(message.edits[-1].at)}.000000"}
        if message.stream is not None:
            shown["streaming_state"] = message.stream.state
        if metadata and message.metadata:
            shown["metadata"] = message.metadata
        return shown | self._in_thread(message)

    def _in_thread(self, message: Message) -> dict[str, Any]:
        if message.seen_by is not None or message.channel not in self.channels:
            return {"thread_ts": message.thread_ts} if message.thread_ts else {}
        channel = self.channels[message.channel]
        if message.thread_ts:
            parent = channel.messages.get(message.thread_ts)
            return {"thread_ts": message.thread_ts} | ({"parent_user_id": parent.user} if parent else {})
        replies = [m for m in self.thread(channel, message.ts) if m is not message]
        if not replies:
            return {}
        users = list(dict.fromkeys(m.user for m in replies))
        return {
            "thread_ts": message.ts,
            "reply_count": len(replies),
            "reply_users": users,
            "reply_users_count": len(users),
            "latest_reply": replies[-1].ts,
            "is_locked": False,
            "subscribed": True,
        }
