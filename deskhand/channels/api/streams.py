"""Server-sent events: one or several runs followed into one stream that can be taken up again where it broke.

The id of an event is the place reached in each run ("2-17", or "2-17,1-4" for two), so Last-Event-ID alone says
what is still to be sent. Events that are ready together leave in one write.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import Any, cast

from fastapi.responses import StreamingResponse

from deskhand.channels.api.events import LAST, of_run, wire
from deskhand.channels.api.problems import record
from deskhand.errors import BadInput, DeskhandError
from deskhand.nouns import StreamEvent

log = logging.getLogger("deskhand.api")

Follow = Callable[[str, str | None], AsyncIterator[StreamEvent]]
"""`follow(run, after)`: the run's events after the one with that id."""

Settle = Callable[[str], Awaitable[object]]
"""`settle(run)`: raises the error that ended the run, when one did."""

Still = Callable[[], Awaitable[object]]
"""Raises where the follower may follow no longer: signed out, its token revoked, a source its own no more."""

_PLACE = re.compile(r"(?:\d{1,9}-\d{1,9})?")
_AHEAD = 2_000
RETRY_MS = 1_000
LOOK_SECONDS = 5.0
"""How often it is looked whether the follower may still follow: who is signed out hears no more after that."""


class Streams:
    """The streams that are open in this process; `close` ends them all, which the runs do not notice."""

    def __init__(self, ping_seconds: float, look_seconds: float = LOOK_SECONDS) -> None:
        self._ping_seconds = ping_seconds
        self._look_seconds = look_seconds
        self._open: set[_Stream] = set()
        self.closing = asyncio.Event()

    def __len__(self) -> int:
        return len(self._open)

    def close(self) -> None:
        self.closing.set()
        for stream in self._open:
            stream.wake.set()

    def respond(
        self, runs: Sequence[str], follow: Follow, last_event_id: str | None, *, settle: Settle, still: Still
    ) -> StreamingResponse:
        """The events of `runs` after `last_event_id`, as text/event-stream, until `still` raises. A run that ended
        without a last event of its own (a cancelled one) gets a "failed" one.

        Raises `BadInput` when `last_event_id` is not one of this stream's ids.
        """
        stream = _Stream(runs, places(last_event_id, len(runs)), follow, settle, self._ping_seconds, self.closing)
        return StreamingResponse(
            self._counted(stream, still),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no", "Deskhand-Runs": ",".join(runs)},
        )

    async def _counted(self, stream: _Stream, still: Still) -> AsyncGenerator[bytes, None]:
        self._open.add(stream)
        looking = asyncio.create_task(self._look(stream, still))
        try:
            async with aclosing(stream.chunks()) as chunks:
                async for chunk in chunks:
                    yield chunk
        finally:
            self._open.discard(stream)
            looking.cancel()

    async def _look(self, stream: _Stream, still: Still) -> None:
        """End the stream once its follower may follow no longer, or nobody can tell: it then calls again, and is told
        why as for any other call."""
        try:
            while True:
                await asyncio.sleep(self._look_seconds)
                await still()
        except Exception as error:
            if not isinstance(error, DeskhandError):
                record(error)
            stream.end()


def places(last_event_id: str | None, runs: int) -> list[str | None]:
    """The place reached in each of `runs` runs, read from an event's id. Raises `BadInput`."""
    if not last_event_id:
        return [None] * runs
    parts = last_event_id.split(",")
    if len(parts) != runs or not all(_PLACE.fullmatch(part) for part in parts):
        raise BadInput(
            f"Last-Event-ID is {last_event_id[:80]!r}, which is no id of this stream; leave it out to start over."
        )
    return [part or None for part in parts]


class _Stream:
    """Runs followed at the same time, their events in order of arrival."""

    def __init__(
        self,
        runs: Sequence[str],
        places: list[str | None],
        follow: Follow,
        settle: Settle,
        ping_seconds: float,
        closing: asyncio.Event,
    ) -> None:
        self._runs = runs
        self._places = places
        self._follow = follow
        self._settle = settle
        self._ping_seconds = ping_seconds
        self._closing = closing
        self._ready: list[bytes] = []
        self._room = asyncio.Event()
        self._room.set()
        self._over = False
        self.wake = asyncio.Event()

    def end(self) -> None:
        self._over = True
        self.wake.set()

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        yield f"retry: {RETRY_MS}\n\n".encode()
        pumps = [asyncio.create_task(self._pump(index)) for index in range(len(self._runs))]
        try:
            while not self._closing.is_set():
                if self._over:
                    yield b": you may follow this no longer\n\n"
                    return
                if self._ready:
                    yield self._take()
                elif all(pump.done() for pump in pumps):
                    return
                elif not await self._woken():
                    yield b": still here\n\n"
            yield b": the server is going down; take up again with Last-Event-ID\n\n"
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)

    def _take(self) -> bytes:
        chunk = b"".join(self._ready)
        self._ready.clear()
        self._room.set()
        return chunk

    async def _woken(self) -> bool:
        """Whether something happened before the silence grew long."""
        try:
            async with asyncio.timeout(self._ping_seconds):
                await self.wake.wait()
        except TimeoutError:
            return False
        self.wake.clear()
        return True

    async def _pump(self, index: int) -> None:
        run = self._runs[index]
        last = ""
        try:
            followed = cast("AsyncGenerator[StreamEvent, None]", self._follow(run, self._places[index]))
            async with aclosing(followed) as events:
                async for event in events:
                    self._places[index] = event.id
                    last = event.type
                    self._put(last, of_run(run, event))
                    if len(self._ready) >= _AHEAD:  # a slow client: wait for it rather than grow
                        self._room.clear()
                        await self._room.wait()
            if last not in LAST:
                await self._settle(run)
        except DeskhandError as error:
            self._put("failed", {"run": run, "code": error.code, "message": str(error)})
        except Exception as error:
            message = f"Something went wrong in here; tell an operator the reference {record(error)}."
            self._put("failed", {"run": run, "code": DeskhandError.code, "message": message})
        finally:
            self.wake.set()

    def _put(self, type: str, data: dict[str, Any]) -> None:
        self._ready.append(wire(",".join(place or "" for place in self._places), type, data))
        self.wake.set()
