"""What the house asks of a durable engine: about fifteen verbs, the same on every backend.

A workflow is an async function `(context, payload) -> Json` that does its work in steps. A finished step is never
run again for the same run; a step cut off by a crash is run again (at least once), so what acts outside goes
through `effect`, which lends it a key that stays the same over every try.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from deskhand.nouns import Json, Run, RunState, StreamEvent
from deskhand.store.bell import Wait

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Retry:
    """How often a step is tried (1 = once), and how long between: `wait` seconds, doubled each time up to `longest`,
    each with up to 25 % jitter. An error with a `retry_after` attribute waits at least that long.
    Only errors of the types `on` are tried again."""

    tries: int = 1
    wait: float = 0.5
    longest: float = 30.0
    on: tuple[type[BaseException], ...] = (Exception,)


ONCE = Retry()


class Context(Protocol):
    """What a workflow is lent for one run."""

    @property
    def run_id(self) -> str: ...

    @property
    def attempt(self) -> int:
        """1 for the first process that carried this run, 2 after the first recovery, and so on."""
        ...

    async def step(self, name: str, fn: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn(*args, **kwargs)` once for this run; a later attempt gets the recorded result back.

        The result is recorded as JSON and rebuilt by `fn`'s return annotation (pydantic rules), so a step may return
        a noun. Positional arguments that are nouns or JSON are recorded as the step's input for the trace; keyword
        arguments are tools and are not recorded. Names must be the same, in the same order, on every attempt.
        """
        ...

    async def step_with(
        self, retry: Retry, name: str, fn: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """As `step`, tried again by `retry`."""
        ...

    async def effect(
        self, name: str, fn: Callable[Concatenate[str, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """As `step`, for what acts outside: `fn(key, *args)`, where `key` is "RUN:STEP", the same on every try."""
        ...

    async def emit(self, type: str, data: Mapping[str, Json]) -> None:
        """Send an event to all who follow this run, in any process. Persisted at least every 250 ms, and before the
        current step is recorded. On a later attempt followers first get a "restarted" event: what they heard before
        is void, and they hear everything again, what finished steps emitted too (without running them)."""
        ...


Workflow = Callable[[Context, Json], Awaitable[Json]]


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on the runs of one workflow: `concurrency` at once in this process (None: no bound)."""

    concurrency: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a run stands: `state`, `attempts` and `steps` (how many have ended) grow or change with whatever happens in
    it. `began` is a time of the store's, in ms, good to be given back as `since` and for nothing else."""

    id: str
    state: RunState
    attempts: int
    steps: int
    began: int


class Engine(Protocol):
    """Durable runs. `register` before `launch`; the rest after."""

    def register(self, name: str, workflow: Workflow, limits: Limits = Limits()) -> None: ...

    async def launch(self, prepare: Callable[[], Awaitable[None]] | None = None) -> None:
        """Start to carry runs, first those that a dead process left behind.

        `prepare` is awaited before the first run is carried here; in a process that is only a client of the one that
        carries them, not before it takes over.
        """
        ...

    async def close(self, grace: float = 3.0) -> None:
        """Stop taking up runs, give those under way `grace` seconds, then leave them for the next launch."""
        ...

    async def start(
        self,
        workflow: str,
        run_id: str,
        payload: Json,
        *,
        key: str | None = None,
        by: str = "",
        door: str = "",
    ) -> bool:
        """Record a run under `run_id` and carry it; True if it is new, False if it is on record already.

        When this returns the run is on disk. Runs of one workflow with the same `key` are carried one after another,
        in the order of their start (FIFO per conversation); without a key at once, within the workflow's limits.
        `by` (an access-list entry) and `door` stay on record with it: whose event it is and where it came in.
        Raises `Conflict` when the id is on record for another workflow, `BadInput` when the payload is not JSON.
        """
        ...

    async def result(self, run_id: str, *, timeout: float | None = None) -> Json:
        """The run's output, waited for up to `timeout` seconds (None: until it ends).

        Raises `NoSuchRun`, `StillRunning`, `RunFailed` (with the error's message), `RunCancelled`.
        """
        ...

    async def run(self, run_id: str) -> Run:
        """The run with its steps. Raises `NoSuchRun`."""
        ...

    async def runs(
        self,
        *,
        workflow: str | tuple[str, ...] | None = None,
        without: tuple[str, ...] = (),
        state: RunState | None = None,
        ids: tuple[str, ...] | None = None,
        by: str | None = None,
        door: str | None = None,
        longer: timedelta | None = None,
        before: str | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> list[Run]:
        """Runs, newest first, without steps: those that all that is given applies to, but none of a workflow in
        `without`.

        `longer`: that took, or have taken so far, at least as long. `before`: started before the run of this id, which
        must be `by` the same where that is given; none where there is no such run. As few as a thousandth of a hundred
        thousand runs are found in well under a second.
        """
        ...

    async def standing(
        self,
        *,
        workflow: tuple[str, ...] | None = None,
        by: str | None = None,
        ids: tuple[str, ...] = (),
        since: int | None = None,
        limit: int = 50,
    ) -> list[Standing]:
        """How those of the runs `ids` stand that there are, and those that began at `since` or later (None: the newest
        one), the newest `limit` of all; of these workflows, and `by` somebody, where that is given.

        Cheap, so that whoever follows runs can look often; what they hold is not read.
        """
        ...

    def listening(self, run_id: str | None = None) -> AbstractContextManager[Wait]:
        """Gives `wait(seconds)`, which returns once something has happened in the run (None: once any run began, was
        taken up or ended) since it was entered or last waited for, or sooner. What other processes carry may not be
        heard, so look for yourself whenever it returns; and enter it before you look for the first time."""
        ...

    async def cancel(self, run_id: str) -> None:
        """Stop the run before its next step (a waiting one at once)."""
        ...

    async def resume(self, run_id: str) -> None:
        """Carry on a cancelled or failed run after its last finished step."""
        ...

    def follow(self, run_id: str, *, after: str | None = None) -> AsyncIterator[StreamEvent]:
        """The run's events after the one with id `after` (None: from the first), then live ones as they are sent,
        from whatever process carries the run; ends when the run has ended and all is delivered."""
        ...

    async def schedule(self, name: str, cron: str, workflow: str, payload: Json) -> None:
        """Start `workflow` at each time of `cron` (five fields, UTC), once per time over all processes."""
        ...

    async def unschedule(self, name: str) -> None: ...

    async def prune(self, older_than: timedelta) -> int:
        """Delete ended runs, with their steps and events, that ended longer ago; how many."""
        ...

    async def check(self) -> None:
        """A real round trip through the engine's store; raises `EngineError`."""
        ...
