"""What a workflow is lent for one run, the same for every backend.

A backend hands in its journal: a function that runs a step's body once and records what it returns or the `Failure`
it raises, or gives back what an earlier attempt recorded.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import ContextVar
from typing import Any, Concatenate, ParamSpec, TypeVar

from deskhand.engine.codec import Codec, Failure, Raw, codec_of, input_text
from deskhand.engine.protocol import ONCE, Retry
from deskhand.engine.records import Batch
from deskhand.engine.streams import Channel, Streams
from deskhand.engine.tracing import span
from deskhand.errors import EngineError
from deskhand.nouns import Json, StreamEvent

P = ParamSpec("P")
T = TypeVar("T")

Journal = Callable[[str, Callable[[], Awaitable[Raw]]], Awaitable[Any]]
"""`(name, body) -> recorded`: JSON text or its value `{"input", "output", "attempt"}`; raises `Failure`."""

Sleep = Callable[[float], Awaitable[None]]

_current_step: ContextVar[tuple[str, int]] = ContextVar("deskhand_step", default=("", 0))


FAILURES_KEPT = 20
"""Of how many tries it stays on record what they failed with: of the last ones."""


class _Tried:
    """How often a step was tried before, and what became of that."""

    def __init__(self) -> None:
        self._times = 0
        self._failures: deque[str] = deque(maxlen=FAILURES_KEPT)

    def failed(self, error: BaseException) -> None:
        self._times += 1
        self._failures.append(Failure.of(error).text)

    def notes(self) -> dict[str, Json]:
        """What goes on record with the step's end; nothing where the first try was the last."""
        return {"tries": self._times + 1, "failures": list(self._failures)} if self._times else {}


class RunContext:
    """The `Context` of one attempt of one run."""

    def __init__(
        self,
        run_id: str,
        channel: Channel,
        streams: Streams,
        journal: Journal,
        sleep: Sleep,
        earlier: Sequence[Batch] = (),
    ) -> None:
        self._run_id = run_id
        self._channel = channel
        self._streams = streams
        self._journal = journal
        self._sleep = sleep
        self._steps = 0
        self._earlier: dict[tuple[int, int], list[StreamEvent]] = {}
        for batch in earlier:
            self._earlier.setdefault((batch.attempt, batch.step), []).extend(batch.events)
        if channel.attempt > 1:
            # Also when nothing is kept: followers may have heard what died with the other process.
            streams.emit(channel, 0, "restarted", {"attempt": channel.attempt})

    @property
    def run_id(self) -> str:
        return self._run_id

    @property
    def attempt(self) -> int:
        return self._channel.attempt

    async def step(self, name: str, fn: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.step_with(ONCE, name, fn, *args, **kwargs)

    async def step_with(
        self, retry: Retry, name: str, fn: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        codec = codec_of(fn)
        result: T = await self._recorded(retry, name, self._next(name), codec, lambda: fn(*args, **kwargs), args)
        return result

    async def effect(
        self, name: str, fn: Callable[Concatenate[str, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        number = self._next(name)
        key = f"{self._run_id}:{number}"
        codec = codec_of(fn)
        given = (key, *args)
        result: T = await self._recorded(ONCE, name, number, codec, lambda: fn(key, *args, **kwargs), given)
        return result

    async def emit(self, type: str, data: Mapping[str, Json]) -> None:
        run_id, step = _current_step.get()
        self._streams.emit(self._channel, step if run_id == self._run_id else 0, type, dict(data))
        if self._streams.full(self._channel):
            await self._streams.keep(self._channel)

    def _next(self, name: str) -> int:
        if _current_step.get()[0] == self._run_id:
            raise EngineError(
                f"step {name!r} was called inside another step of run {self._run_id!r}; call steps from the workflow"
            )
        self._steps += 1
        return self._steps

    async def _recorded(
        self,
        retry: Retry,
        name: str,
        number: int,
        codec: Codec,
        call: Callable[[], Awaitable[Any]],
        args: Sequence[Any],
    ) -> Any:
        made: str | None = None
        ran = False
        tried = _Tried()

        def notes() -> dict[str, Json]:
            return {"attempt": self.attempt, **tried.notes()}

        async def body() -> Raw:
            nonlocal made, ran
            ran = True
            given = input_text(args)
            token = _current_step.set((self._run_id, number))
            try:
                with span(f"step {name}", run=self._run_id, step=name, attempt=self.attempt):
                    made = codec.encode(await self._tried(retry, call, tried))
            except Exception as error:
                await self._streams.keep(self._channel)
                raise Failure.of(error, input=json.loads(given), **notes()) from error
            finally:
                _current_step.reset(token)
            await self._streams.keep(self._channel)
            return Raw(f'{{"input":{given},"output":{made},{json.dumps(notes())[1:]}')

        try:
            recorded = await self._journal(name, body)
        except Failure as failure:
            if not ran:
                self._emit_again(failure.notes.get("attempt", 0), number)
            raise failure.rebuilt(name) from None
        if made is None:
            self._emit_again(recorded["attempt"], number)
            made = json.dumps(recorded["output"])
        return codec.decode(made)

    def _emit_again(self, attempt: int, number: int) -> None:
        # What an earlier attempt streamed is void for its followers, so a step that is not run again says it again.
        for event in self._earlier.get((attempt, number), ()):
            self._streams.emit(self._channel, number, event.type, dict(event.data))

    async def _tried(self, retry: Retry, call: Callable[[], Awaitable[Any]], tried: _Tried) -> Any:
        for number in range(1, retry.tries + 1):
            try:
                return await call()
            except retry.on as error:
                if number == retry.tries or isinstance(error, asyncio.CancelledError):
                    raise
                tried.failed(error)
                await self._sleep(_pause(retry, number, error))
        raise EngineError(f"a step may be tried {retry.tries} times; it must be at least once")


def _pause(retry: Retry, tried: int, error: BaseException) -> float:
    """Seconds before the next try: doubled each time, up to 25 % longer, and not less than the error asks for."""
    pause: float = min(retry.wait * 2 ** (tried - 1), retry.longest) * random.uniform(1.0, 1.25)  # noqa: S311 - only spreads
    asked = getattr(error, "retry_after", None)
    return max(pause, float(asked)) if isinstance(asked, int | float) else pause
