"""The workspace as a test sets it up: people, places, files and messages that are simply there."""

from __future__ import annotations

import time
from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from slack_core import Core
from slack_world import BOT_USER, TEAM, Channel, File, Message


class Rooms(Core):
    """People, channels and files."""

    @property
    def mention(self) -> str:
        return f"<@{BOT_USER}>"

    @property
    def scopes(self) -> set[str]:
        """What the bot's token may do; change it in place or set it."""
        return self._api.scopes

    @scopes.setter
    def scopes(self, scopes: Iterable[str]) -> None:
        self._api.scopes = set(scopes)

    def user(self, name: str, id: str | None = None, **about: Any) -> str:
        """A new person (or `bot=True`); see `World.add_user` for what can be said about them. Gives the id."""
        with self._lock:
            return self._world.add_user(name, id, **about)

    def about(self, user: str) -> dict[str, Any]:
        """A user as users.info shows it: a bot's ids are in its profile (`bot_id`, `api_app_id`)."""
        with self._lock:
            return deepcopy(self._world.users[user])

    def alter(self, user: str, **fields: Any) -> None:
        """Changes a user's fields; those of the profile (email, display_name, pronouns, ...) go there."""
        with self._lock:
            about = self._world.users[user]
            for name, value in fields.items():
                (about["profile"] if name in {"email", "display_name", "real_name", "pronouns"} else about)[name] = (
                    value
                )

    def channel(self, name: str, members: Iterable[str] = (), *, bot: bool = True, id: str | None = None) -> str:
        """A public channel."""
        return self._place("channel", name, members, bot, id)

    def group(self, name: str, members: Iterable[str] = (), *, bot: bool = True, id: str | None = None) -> str:
        """A private channel."""
        return self._place("group", name, members, bot, id)

    def mpim(self, *members: str) -> str:
        """A direct message to several people."""
        return self._place("mpim", "mpdm", members, True, None)

    def im(self, user: str) -> str:
        """The direct messages between a person and the bot."""
        with self._lock:
            return self._world.im(user).id

    def _place(self, kind: str, name: str, members: Iterable[str], bot: bool, id: str | None) -> str:
        with self._lock:
            return self._world.add_channel(kind, name, [*members, *([BOT_USER] if bot else [])], id).id

    def file(self, name: str, data: bytes, mimetype: str, *, user: str = BOT_USER, **more: Any) -> str:
        """A file that can be said with a message. `size` can be made to lie; `mode="tombstone"` is a deleted one."""
        with self._lock:
            file_id = self._world.id("F")
            self._world.files[file_id] = File(file_id, name, mimetype, data, user, created=int(time.time()), **more)
            return file_id

    def join(self, user: str, channel: str) -> None:
        """A person (or the bot) joins; the event member_joined_channel."""
        with self._lock:
            place = self._world.channels[channel]
            place.members.append(user)
            self._membership("member_joined_channel", user, place)

    def leave(self, user: str, channel: str) -> None:
        with self._lock:
            place = self._world.channels[channel]
            place.members.remove(user)
            self._membership("member_left_channel", user, place)

    def _membership(self, kind: str, user: str, place: Channel) -> None:
        letter = {"channel": "C", "group": "G", "im": "D", "mpim": "G"}[place.kind]
        event = {"type": kind, "user": user, "channel": place.id, "channel_type": letter, "team": TEAM}
        self._send(event | {"event_ts": self._world.ts()})

    def put(self, user: str, channel: str, text: str, thread_ts: str | None = None, **more: Any) -> Message:
        """A message that is simply there, without events; `files` are ids, `bot=True` marks another app's."""
        with self._lock:
            return deepcopy(self._add(user, channel, text, thread_ts, **more))

    def _add(self, user: str, channel: str, text: str, thread_ts: str | None = None, **more: Any) -> Message:
        place, about = self._world.channels[channel], self._world.users[user]
        if about["is_bot"]:
            more = {"bot": about["profile"]["bot_id"], "app": about["profile"]["api_app_id"]} | more
        if more.get("files") and "subtype" not in more:
            more["subtype"] = "file_share"
        message = Message(channel, self._world.ts(), user, text, thread_ts, at=time.time(), **more)
        place.messages[message.ts] = message
        self._lock.notify_all()
        return message
