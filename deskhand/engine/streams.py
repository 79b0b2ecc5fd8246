"""The live events of runs: given to followers at once, kept for replay in batches.

An event costs a list append and a wake-up. What is not kept yet is written every 250 ms for all runs in one
transaction, and before a step is recorded. A follower reads from memory as long as memory reaches back far enough,
else from the store; so a slow one costs no memory, and one that comes back misses nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Protocol

from deskhand.engine.records import Batch
from deskhand.errors import BadInput
from deskhand.nouns import Json, StreamEvent

log = logging.getLogger("deskhand.engine")

Cursor = tuple[int, int]
"""(attempt, number) of the last event seen; (0, 0) before the first."""

Told = Callable[[dict[str, Json]], None]
"""Called with what another process said: `{"poke": true}` for new work, `{"cancel": RUN}` for a cancelled run."""

KEPT_IN_MEMORY = 2048
UNKEPT_AT_MOST = 2048


def cursor_of(event_id: str | None) -> Cursor:
    """The cursor of an event id. Raises `BadInput` when it is none."""
    if event_id is None:
        return (0, 0)
    attempt, dash, number = event_id.partition("-")
    if not (dash and attempt.isdecimal() and number.isdecimal() and len(event_id) < 24):
        raise BadInput(
            f"event id {event_id[:40]!r} is not of the form ATTEMPT-NUMBER; send back one that a stream gave"
        )
    return (int(attempt), int(number))


class Channel:
    """The events of one attempt of one run, as far as memory holds them: `events[0]` has the number `base`."""

    def __init__(self, run_id: str, attempt: int, watchers: set[asyncio.Event], base: int = 1) -> None:
        self.run_id = run_id
        self.attempt = attempt
        self.base = base
        self.events: list[StreamEvent] = []
        self.steps: list[int] = []
        self.kept = base - 1
        self.watchers = watchers
        self.remote = False
        """Whether another process carries the run, and this channel is what came in of it."""

    @property
    def last(self) -> int:
        return self.base + len(self.events) - 1

    def add(self, step: int, type: str, data: dict[str, Json]) -> StreamEvent:
        event = StreamEvent(f"{self.attempt}-{self.last + 1}", type, data)
        self.events.append(event)
        self.steps.append(step)
        return event

    def after(self, cursor: Cursor) -> list[StreamEvent] | None:
        """The events after `cursor`; None if memory does not reach back that far."""
        attempt, number = cursor
        if attempt > self.attempt:
            return []
        if attempt < self.attempt:
            return self.events[:] if self.base == 1 and self.attempt == 1 else None
        return self.events[number + 1 - self.base :] if number + 1 >= self.base else None

    def unkept(self) -> Iterator[Batch]:
        """What is not kept yet, in batches of one step each."""
        at = self.kept + 1 - self.base
        while at < len(self.events):
            end = at + 1
            while end < len(self.events) and self.steps[end] == self.steps[at]:
                end += 1
            yield Batch(self.run_id, self.attempt, self.base + at, self.steps[at], tuple(self.events[at:end]))
            at = end

    def trim(self) -> None:
        """Let go of old events that are kept."""
        spare = min(self.kept + 1 - self.base, len(self.events) - KEPT_IN_MEMORY // 2)
        if len(self.events) > KEPT_IN_MEMORY and spare > 0:
            del self.events[:spare], self.steps[:spare]
            self.base += spare


class Wire(Protocol):
    """The way to other processes."""

    def watch(self, run_id: str, cursor: Cursor) -> None:
        """Somebody here follows a run that is not carried here."""
        ...

    def unwatch(self, run_id: str) -> None: ...

    def push(self, channel: Channel, events: Sequence[StreamEvent]) -> None:
        """A run carried here has new events."""
        ...

    def ended(self, run_id: str) -> None:
        """A run carried here has ended."""
        ...


class Streams:
    """Every run's channel, its followers, and the clerk who keeps events for replay.

    `save` writes batches in one transaction, `load` gives a run's kept events after a cursor, `ended` says whether a
    run has ended and raises `NoSuchRun`.
    """

    def __init__(
        self,
        save: Callable[[list[Batch]], Awaitable[None]],
        load: Callable[[str, Cursor], Awaitable[list[Batch]]],
        ended: Callable[[str], Awaitable[bool]],
        *,
        every: float = 0.25,
        poll: float = 1.0,
    ) -> None:
        self._save, self._load, self._ended = save, load, ended
        self._every, self._poll = every, poll
        self._channels: dict[str, Channel] = {}
        self._watchers: dict[str, set[asyncio.Event]] = {}
        self._enders: dict[str, set[asyncio.Event]] = {}
        self._unkept: dict[str, Channel] = {}
        self._saving = asyncio.Lock()
        self._dirty = asyncio.Event()
        self._clerk: asyncio.Task[None] | None = None
        self.wire: Wire | None = None

    def launch(self) -> None:
        self._clerk = asyncio.create_task(self._keep_keeping(), name="engine events")

    async def close(self) -> None:
        """Keep what is not kept yet, and stop."""
        if self._clerk is not None:
            self._clerk.cancel()
            with suppress(asyncio.CancelledError):
                await self._clerk
            self._clerk = None
        await self.keep()

    def open(self, run_id: str, attempt: int) -> Channel:
        """The channel of an attempt that begins here."""
        channel = Channel(run_id, attempt, self._watchers.setdefault(run_id, set()))
        self._channels[run_id] = channel
        self.wake(run_id)
        return channel

    def emit(self, channel: Channel, step: int, type: str, data: dict[str, Json]) -> None:
        event = channel.add(step, type, data)
        self._unkept[channel.run_id] = channel
        if not self._dirty.is_set():
            self._dirty.set()
        for watcher in channel.watchers:
            watcher.set()
        if self.wire is not None:
            self.wire.push(channel, (event,))

    def full(self, channel: Channel) -> bool:
        """Whether so much is not kept yet that the run should wait for it."""
        return channel.last - channel.kept >= UNKEPT_AT_MOST

    async def keep(self, channel: Channel | None = None) -> None:
        """Write what is not kept yet, of all runs at once; returns when `channel` (or everything) is kept."""
        while self._unkept if channel is None else channel.kept < channel.last:
            async with self._saving:
                taken, self._unkept = self._unkept, {}
                batches = [batch for one in taken.values() for batch in one.unkept()]
                if not batches:
                    return
                try:
                    await self._save(batches)
                except BaseException:
                    self._unkept = {**taken, **self._unkept}
                    raise
                for batch in batches:
                    owner = taken[batch.run_id]
                    owner.kept = batch.first + len(batch.events) - 1
                for one in taken.values():
                    one.trim()

    def close_channel(self, channel: Channel) -> None:
        """An attempt has left this process without the end of its run."""
        if self._channels.get(channel.run_id) is channel:
            del self._channels[channel.run_id]
            self.wake(channel.run_id)

    def finish(self, run_id: str) -> None:
        """The run has ended, and the store says so."""
        self.arrived_end(run_id)
        if self.wire is not None:
            self.wire.ended(run_id)

    def arrived(self, run_id: str, events: Sequence[StreamEvent]) -> None:
        """Events came in from the process that carries the run."""
        watchers = self._watchers.get(run_id)
        if not watchers:
            return
        for event in events:
            attempt, number = cursor_of(event.id)
            channel = self._channels.get(run_id)
            if channel is None or channel.attempt < attempt or number > channel.last + 1:
                channel = self._channels[run_id] = Channel(run_id, attempt, watchers, base=number)
                channel.remote = True
            if channel.attempt == attempt and number == channel.last + 1:
                channel.add(0, event.type, dict(event.data))
                channel.kept = channel.last
                channel.trim()
        self.wake(run_id)

    def arrived_end(self, run_id: str) -> None:
        """Word came in that a run carried elsewhere has ended."""
        self._channels.pop(run_id, None)
        self.wake(run_id)
        if not self._watchers.get(run_id):
            self._watchers.pop(run_id, None)
        for ender in self._enders.get(run_id, ()):
            ender.set()

    def wake(self, run_id: str) -> None:
        for watcher in self._watchers.get(run_id, ()):
            watcher.set()

    def live(self, run_id: str) -> Channel | None:
        return self._channels.get(run_id)

    async def follow(self, run_id: str, after: str | None = None) -> AsyncIterator[StreamEvent]:
        """The run's events after the one with id `after`, kept ones first, until it has ended and all is given."""
        cursor = cursor_of(after)
        with self._watching(self._watchers, run_id) as woken:
            while True:
                woken.clear()
                channel = self._channels.get(run_id)
                events = channel.after(cursor) if channel is not None else None
                if events is None:
                    over = channel is None and await self._ended(run_id)
                    events = await self._kept_after(run_id, cursor)
                    if over and not events:
                        return
                    if not events and channel is not None:
                        events = self._bridged(channel, cursor)
                for event in events:
                    cursor = cursor_of(event.id)
                    yield event
                if not events and not woken.is_set():
                    await self._until(woken, cursor, run_id)
                    if channel is not None and channel.remote and not woken.is_set():
                        await self._look_for_end(run_id)

    async def _look_for_end(self, run_id: str) -> None:
        # Nothing has come in for a while: the word that the run ended may be lost, with the process that had to say it.
        channel = self._channels.get(run_id)
        if channel is not None and channel.remote and await self._ended(run_id):
            self.arrived_end(run_id)

    def _bridged(self, channel: Channel, cursor: Cursor) -> list[StreamEvent]:
        # Nothing kept lies between the cursor and a later attempt that memory has from its start.
        return channel.events[:] if cursor[0] < channel.attempt and channel.base == 1 else []

    async def _kept_after(self, run_id: str, cursor: Cursor) -> list[StreamEvent]:
        batches = await self._load(run_id, cursor)
        return [event for batch in batches for event in batch.events if cursor_of(event.id) > cursor]

    async def _until(self, woken: asyncio.Event, cursor: Cursor, run_id: str) -> None:
        channel = self._channels.get(run_id)
        gap = channel is not None and channel.after(cursor) is None
        if channel is not None and not channel.remote and not gap:
            await woken.wait()
            return
        if self.wire is not None and (channel is None or channel.remote):
            self.wire.watch(run_id, cursor)
        with suppress(TimeoutError):
            # A gap closes when the carrier keeps its events, which takes it 250 ms at most.
            async with asyncio.timeout(0.05 if gap else self._poll):
                await woken.wait()

    async def until_ended(self, run_id: str, seconds: float) -> None:
        """Wait for word that the run has ended, at most `seconds`."""
        with self._watching(self._enders, run_id) as ended:
            if self.wire is not None and run_id not in self._channels:
                self.wire.watch(run_id, (1 << 30, 0))
            if not await self._ended(run_id):
                with suppress(TimeoutError):
                    async with asyncio.timeout(seconds):
                        await ended.wait()

    @contextmanager
    def _watching(self, where: dict[str, set[asyncio.Event]], run_id: str) -> Iterator[asyncio.Event]:
        woken = asyncio.Event()
        watchers = where.setdefault(run_id, set())
        watchers.add(woken)
        try:
            yield woken
        finally:
            watchers.discard(woken)
            channel = self._channels.get(run_id)
            if channel is not None and channel.remote and not self._watchers.get(run_id):
                del self._channels[run_id]
                channel = None
            if not watchers and where.get(run_id) is watchers and (channel is None or where is self._enders):
                del where[run_id]
            if self.wire is not None and not self._watchers.get(run_id) and not self._enders.get(run_id):
                self.wire.unwatch(run_id)

    async def _keep_keeping(self) -> None:
        while True:
            await self._dirty.wait()
            await asyncio.sleep(self._every)
            self._dirty.clear()
            try:
                await self.keep()
            except Exception as error:
                log.warning("events could not be kept (%s); trying again", type(error).__name__)
                self._dirty.set()
