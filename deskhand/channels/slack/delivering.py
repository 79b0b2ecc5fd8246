"""The final messages of a question, exactly once: put in the place of what was shown meanwhile, or posted.

Slack is looked at before anything is posted again. An ephemeral message cannot be found again, so a crash between
sending it and recording it sends it once more.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sqlalchemy.exc

from deskhand.channels.slack.trail import Ours, Trail, find, keyed
from deskhand.errors import SlackError, SlackUnavailable, SlackUnsure

if TYPE_CHECKING:
    from deskhand.channels.slack.calls import Calls
    from deskhand.channels.slack.messages import Message

Sleep = Callable[[float], Awaitable[object]]

UNFIT = frozenset(
    {
        "block_mismatch",
        "invalid_attachments",
        "invalid_blocks",
        "invalid_blocks_format",
        "markdown_text_conflict",
        "msg_blocks_too_long",
        "msg_too_long",
        "no_text",
    }
)
"""Slack's words for blocks that it does not take; the message's plain text is then sent without them."""
PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, *(60.0 for _ in range(60)))
"""Seconds between tries while Slack cannot be reached: for about an hour."""

log = logging.getLogger(__name__)


class Delivery:
    """Brings `messages` into the thread for a question, as its only ones; `surely` once, from one place."""

    def __init__(
        self, trail: Trail, messages: Sequence[Message], *, calls: Calls, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._trail, self._messages, self._calls, self._sleep = trail, messages, calls, sleep
        self._posted: set[int] = set()
        self._finished: set[int] = set()

    async def surely(self, *, ephemeral: bool = False) -> None:
        """Deliver, tried again for about an hour while Slack does not answer.

        Raises `StoodDown` when a later attempt has the question, `SlackError` when Slack refuses the message.
        """
        for pause in (*PAUSES, None):
            try:
                await (self._to_one() if ephemeral else self._to_all())
                return
            except (SlackUnavailable, SlackUnsure, sqlalchemy.exc.DBAPIError) as error:
                if pause is None:
                    raise
                log.warning("run %s: the answer is not delivered yet (%s)", self._trail.run, type(error).__name__)
                self._trail.doubtful = True
                await self._sleep(pause)

    async def _to_all(self) -> None:
        trail = self._trail
        if trail.done:
            return
        if trail.doubtful:
            await trail.look()
        await trail.arrange()
        for part, message in enumerate(self._messages, 1):
            if part not in self._finished:
                await self._finish(part, message)
                self._finished.add(part)
        for part in [part for part in trail.parts if part > len(self._messages)]:
            await trail.drop(part)
        await clear_status(trail, self._calls)
        await trail.finished()

    async def _finish(self, part: int, message: Message) -> None:
        ours = self._trail.parts.get(part)
        if ours is not None and part in self._posted and ours.final:
            # The post broke off and was found: it is the very message.
            return
        if ours is not None and await self._replaced(ours, message):
            return
        await self._post(part, message)

    async def _replaced(self, ours: Ours, message: Message) -> bool:
        """Whether a message that exists now is the final one; False when it cannot be changed."""
        await stop_stream(self._trail, ours.part, self._calls)
        await self._trail.check()
        try:
            await self._fitting("chat.update", message, ours.part, ts=ours.ts)
        except (SlackUnavailable, SlackUnsure):
            raise
        except SlackError as error:
            # It is gone, or cannot be changed any more.
            log.info("run %s: a message is posted anew (%s)", self._trail.run, error.slack)
            # Those behind it go too, or it would come after them.
            for part in sorted((each for each in self._trail.parts if each >= ours.part), reverse=True):
                await self._trail.drop(part)
            return False
        await self._trail.note(replace(ours, kind="draft", final=True, streaming=False))
        return True

    async def _post(self, part: int, message: Message) -> None:
        heard = self._trail.heard
        await self._trail.check()
        self._posted.add(part)
        answer = await self._fitting("chat.postMessage", message, part, thread_ts=heard.thread, **QUIET)
        self._trail.status = False
        await self._trail.note(Ours(part, str(answer["ts"]), "draft", final=True))

    async def _fitting(self, method: str, message: Message, part: int, **arguments: Any) -> dict[str, Any]:
        metadata = keyed(self._trail.key(part), final=True)
        return await fitting(
            self._calls, method, message, channel=self._trail.heard.channel, metadata=metadata, **arguments
        )

    async def _to_one(self) -> None:
        """As messages that only the asker sees; each is recorded before and after it is sent."""
        trail, heard = self._trail, self._trail.heard
        if trail.done:
            return
        for part, message in enumerate(self._messages, 1):
            ours = trail.parts.get(part)
            if ours is not None and ours.final:
                continue
            await trail.check()
            ours = Ours(part, f"ephemeral:{part}", "ephemeral")
            await trail.note(ours)
            place = {"channel": heard.channel, "thread_ts": heard.thread, "user": heard.user}
            await fitting(self._calls, "chat.postEphemeral", message, **place)
            await trail.note(replace(ours, final=True))
        await clear_status(trail, self._calls)
        await trail.finished()


QUIET = {"unfurl_links": False, "unfurl_media": False}


async def fitting(calls: Calls, method: str, message: Message, **arguments: Any) -> dict[str, Any]:
    """Send a message with its blocks, or with its text alone where Slack does not take them. Raises as `Calls.must`."""
    try:
        return await calls.must(method, text=message.text, blocks=message.blocks, **arguments)
    except SlackError as error:
        if error.slack not in UNFIT:
            raise
        log.warning("Slack did not take the blocks of a message (%s); it was sent as plain text", error)
        return await calls.must(method, text=message.text, **arguments)


async def stop_stream(trail: Trail, part: int, calls: Calls) -> None:
    """End a part's stream where it is still open. Raises `SlackUnavailable`, `SlackUnsure`."""
    ours = trail.parts[part]
    if not ours.streaming:
        return
    try:
        await calls.must("chat.stopStream", channel=trail.heard.channel, ts=ours.ts)
    except (SlackUnavailable, SlackUnsure):
        raise
    except SlackError:
        # It has ended by itself, or is gone; the update that follows tells.
        pass
    trail.stopped(part)


async def clear_status(trail: Trail, calls: Calls) -> None:
    """Take the status away where one may still be shown; what Slack refuses is of no consequence."""
    if not trail.status:
        return
    try:
        heard = trail.heard
        await calls.must("assistant.threads.setStatus", channel_id=heard.channel, thread_ts=heard.thread, status="")
    except (SlackUnavailable, SlackUnsure):
        raise
    except SlackError as error:
        log.debug("run %s: the status could not be cleared (%s)", trail.run, error.slack)
    trail.status = False


async def post_once(
    calls: Calls,
    message: Message,
    *,
    key: str,
    channel: str,
    thread: str | None,
    since: str,
    existing: str | None = None,
    sleep: Sleep = asyncio.sleep,
) -> str:
    """Post a message that carries `key`, unless it is there already; its timestamp.

    It is looked for in the thread (or the channel) after the moment `since`; `existing` is a message of ours that it
    takes the place of. Raises `SlackError`, and `SlackUnavailable` when Slack does not answer for a while.
    """
    metadata = keyed(key, final=True)
    if existing is not None:
        await fitting(calls, "chat.update", message, channel=channel, ts=existing, metadata=metadata)
        return existing
    for pause in (*PAUSES[:5], None):
        found = await find(calls, key=key, channel=channel, thread=thread, since=since)
        if found is not None:
            return found[0]
        try:
            given = {"channel": channel, "thread_ts": thread, "metadata": metadata, **QUIET}
            return str((await fitting(calls, "chat.postMessage", message, **given))["ts"])
        except SlackUnsure:
            if pause is None:
                raise
            await sleep(pause)
    raise AssertionError("unreachable")
