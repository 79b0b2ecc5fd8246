"""Notices as direct messages in Slack, each there once: before one is sent again it is looked for by its key.

Only somebody whom Slack knows by a confirmed address of our own workspace or enterprise is written to.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from deskhand.channels.notices import wording
from deskhand.channels.slack.delivering import QUIET, fitting
from deskhand.channels.slack.packing import Message, message_of
from deskhand.channels.slack.people import person_of
from deskhand.channels.slack.richtext import Part, clean, section, shorten, text_of
from deskhand.channels.slack.trail import find, keyed
from deskhand.errors import NoticeRefused, SlackError, SlackUnavailable, SlackUnsure

if TYPE_CHECKING:
    from deskhand.channels.slack.calls import Calls
    from deskhand.ticketing.notices import Notice

__all__ = ["SlackSender", "notice_message"]

LONGEST: Final = 1_500
"""Characters of each text; what is longer stands in the ticket."""
SKEW: Final = timedelta(hours=1)
"""How far Slack's clock may be behind ours where a notice is looked for."""
FRESH_SECONDS: Final = 600.0
"""How long what Slack says of a person is believed."""
MOST_KNOWN: Final = 10_000
NOBODY: Final = frozenset(
    {"cannot_dm_bot", "user_disabled", "user_not_found", "user_not_visible", "users_not_found", "messages_tab_disabled"}
)
"""Slack's words for somebody to whom nobody can write."""


class SlackSender:
    """Writes to people as the bot whose `calls` these are, and closes them at its end."""

    def __init__(self, calls: Calls, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._calls, self._clock = calls, clock
        self._known: dict[str, tuple[float, str]] = {}

    async def send(self, notice: Notice) -> None:
        """Raises `NoticeRefused` where Slack knows nobody of this address, else as `Calls.must`."""
        try:
            await self._send(notice)
        except (SlackUnavailable, SlackUnsure):
            raise
        except SlackError as error:
            if error.slack not in NOBODY:
                raise
            raise NoticeRefused(f"Slack knows nobody of this address who can be written to ({error.slack}).") from None

    async def check(self) -> str:
        """Ask Slack who the bot is; what was found. Raises `SlackError`."""
        me = await self._calls.me()
        return f"Slack knows the bot ({me.user})"

    async def close(self) -> None:
        await self._calls.close()

    async def _send(self, notice: Notice) -> None:
        channel = await self._channel(notice.address or "")
        if notice.tries > 1:
            since = f"{(notice.made - SKEW).timestamp():.6f}"
            if await find(self._calls, key=notice.key, channel=channel, thread=None, since=since) is not None:
                return
        metadata = keyed(notice.key, final=True)
        message = notice_message(notice)
        await fitting(self._calls, "chat.postMessage", message, channel=channel, metadata=metadata, **QUIET)

    async def _channel(self, address: str) -> str:
        """The direct messages with whoever has the address."""
        now = self._clock()
        kept = self._known.get(address)
        if kept is not None and now - kept[0] < FRESH_SECONDS:
            return kept[1]
        told = (await self._calls.must("users.lookupByEmail", email=address)).get("user") or {}
        person = person_of(told, await self._calls.me())
        if person.bot or person.address != address.strip().casefold():
            raise SlackError("the address is not confirmed, or of another workspace", "user_not_found")
        opened = await self._calls.must("conversations.open", users=person.id)
        channel = str((opened.get("channel") or {}).get("id") or "")
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known[address] = (now, channel)
        return channel


def notice_message(notice: Notice) -> Message:
    """The notice as one message of literal text."""
    said, text = shorten(clean(notice.communication).strip(), LONGEST), shorten(clean(notice.text).strip(), LONGEST)
    parts = [
        Part(section([text_of(wording.happened(notice), bold=True)])),
        Part(section([text_of(wording.line(f"Status: {notice.status}"))])),
        *([Part(section([text_of(said)]))] if said else []),
        Part({"type": "rich_text_quote", "elements": [text_of(text or "…")]}),
    ]
    return message_of(parts)
