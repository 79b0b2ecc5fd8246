"""Signs of life for one question: a status at once, then the answer as it is written. All of it is only shown.

One task brings Slack up to what is to be shown, one call at a time, as fast as Slack takes them; what is new in the
meantime is shown by the next call. Whatever goes wrong in here, the answer is delivered all the same.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deskhand.channels.slack.messages import status_message
from deskhand.channels.slack.trail import Ours, StoodDown, Trail
from deskhand.channels.slack.writing import IDLE, Writing
from deskhand.errors import SlackError, SlackUnavailable

if TYPE_CHECKING:
    from types import TracebackType

    from deskhand.channels.slack.abilities import Abilities
    from deskhand.channels.slack.calls import Calls

STATUS_SECONDS = 0.5
REFRESH_SECONDS = 90.0
"""Slack takes a status away after two minutes."""
STATUS = "assistant.threads.setStatus"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Clock:
    """Seconds that only go up, and how to let them pass."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep


class Showing:
    """What is shown of one question while it is answered. Inside it, as a context, Slack is kept up to date.

    `ephemeral`: only the asker may see anything, so there is the status, or else one early message, and no text.
    """

    def __init__(
        self, trail: Trail, *, calls: Calls, abilities: Abilities, clock: Clock = Clock(), ephemeral: bool = False
    ) -> None:
        self._trail, self._calls, self._abilities, self._clock = trail, calls, abilities, clock
        self._ephemeral = ephemeral
        self._writing = Writing(trail, calls=calls, abilities=abilities, clock=clock.now)
        self._state = ""
        self._shown = ""
        self._shown_at = 0.0
        self._status_next = 0.0
        self._by_status = abilities.has(STATUS, trail.heard.channel)
        self._failures = 0
        self._changed = asyncio.Event()
        self._closing = False
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Showing:
        self._task = asyncio.create_task(self._keep_up(), name="slack shows")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop; a call that is under way is waited for, since what it posts must be known."""
        self._closing = True
        self._changed.set()
        if self._task is not None:
            if error is not None and not isinstance(error, Exception):
                self._task.cancel()
            await asyncio.wait({self._task})

    # What is to be shown

    def say(self, state: str) -> None:
        """What is going on: "searching…"."""
        self._state = state
        self._writing.say(state)
        self._changed.set()

    def add(self, text: str) -> None:
        """A further piece of the answer."""
        self._writing.add(text)
        self._changed.set()

    def void(self) -> None:
        """What was shown of the answer is void; it begins anew."""
        self._writing.void()
        self._shown = ""
        self._changed.set()

    # Showing it

    async def _keep_up(self) -> None:
        while not self._closing:
            self._changed.clear()
            try:
                pause = await self.step()
            except StoodDown:
                return
            except Exception as error:
                log.warning("run %s: nothing more is shown until it ends (%s)", self._trail.run, type(error).__name__)
                return
            if not self._closing:
                await self._rest(pause)

    async def step(self) -> float:
        """Do what is due, at most a call or two; how many seconds nothing more is, unless something changes."""
        if self._trail.done or any(ours.final and ours.part for ours in self._trail.parts.values()):
            # An earlier attempt was cut off while it delivered; what is final is not taken back.
            return IDLE
        try:
            pause = min(await self._status(), await self._write())
        except SlackUnavailable:
            self._failures += 1
            return min(30.0, 2.0**self._failures)
        self._failures = 0
        return pause

    async def _status(self) -> float:
        now = self._clock.now()
        kept = self._trail.status and self._state == self._shown
        due = self._shown_at + REFRESH_SECONDS if kept else now
        if not self._state or (self._writing.text and not self._ephemeral):
            # A text that grows is sign enough; a status beside it would come and go.
            return IDLE
        if max(due, self._status_next) > now:
            return max(due, self._status_next) - now
        if self._by_status:
            self._status_next = now + STATUS_SECONDS
            return await self._set_status()
        return await self._say_once() if self._ephemeral else IDLE

    async def _set_status(self) -> float:
        heard, state = self._trail.heard, self._state
        try:
            answer = await self._calls.may(STATUS, channel_id=heard.channel, thread_ts=heard.thread, status=state)
        except SlackUnavailable:
            self._trail.status = True  # its answer may be all that was lost
            raise
        except SlackError as error:
            self._abilities.lost(STATUS, heard.channel, error)
            self._by_status, self._status_next = False, 0.0
            return 0.0
        if answer is None:
            self._status_next = self._clock.now() + 1.0
            return 1.0
        self._shown, self._shown_at, self._trail.status = state, self._clock.now(), True
        return REFRESH_SECONDS

    async def _say_once(self) -> float:
        """The first sign of life for the asker alone: it cannot be changed or taken away, so there is only one."""
        trail, heard = self._trail, self._trail.heard
        if 0 not in trail.parts:
            await trail.check()
            # On record first: a second one would be worse than none.
            await trail.note(Ours(0, "ephemeral:0", "ephemeral", final=True))
            message = status_message(self._state)
            place = {"channel": heard.channel, "thread_ts": heard.thread, "user": heard.user}
            with suppress(SlackError):
                await self._calls.may("chat.postEphemeral", **place, text=message.text, blocks=message.blocks)
        return IDLE

    async def _write(self) -> float:
        if self._ephemeral or (not self._writing.text and self._by_status and not self._writing.begun):
            return IDLE
        return await self._writing.step()

    async def _rest(self, seconds: float) -> None:
        """Until something changes, or `seconds` are over."""
        waits = [asyncio.ensure_future(self._changed.wait()), asyncio.ensure_future(self._clock.sleep(seconds))]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
