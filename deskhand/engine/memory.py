"""Runs in memory, for tests: everything the durable engine does but outlive its process.

`close` and `launch` again stand for a process that died and came back: what was under way is carried on.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from deskhand.engine.codec import Failure, Raw, payload_text, step_of
from deskhand.engine.context import RunContext, Sleep
from deskhand.engine.protocol import Limits, Standing, Workflow
from deskhand.engine.records import Batch, Schedule
from deskhand.engine.schedules import SCHEDULE, Clock, next_time
from deskhand.engine.states import ANY, time_of
from deskhand.engine.streams import Cursor, Streams
from deskhand.engine.tracing import span
from deskhand.errors import Conflict, EngineError, NoSuchRun, RunCancelled, RunFailed, StillRunning
from deskhand.nouns import Json, Run, RunState, StreamEvent
from deskhand.store import Bell, utc_now
from deskhand.store.bell import Wait

_ENDED = ("finished", "failed", "cancelled")


class _Cancelled(BaseException):
    """Thrown into a workflow at its next step after its run was cancelled."""


@dataclass(frozen=True, slots=True)
class _Record:
    name: str
    began: datetime
    ended: datetime
    value: Any


@dataclass(slots=True)
class _Entry:
    run: Run
    records: dict[int, _Record] = field(default_factory=dict)
    attempts: int = 0
    task: asyncio.Task[None] | None = None


class MemoryEngine:
    """An `Engine` whose runs are gone with the object."""

    def __init__(
        self, *, sleep: Sleep = asyncio.sleep, now: Callable[[], datetime] = utc_now, keep_every: float = 0.25
    ) -> None:
        self._sleep, self._now = sleep, now
        self._workflows: dict[str, tuple[Workflow, Limits]] = {}
        self._entries: dict[str, _Entry] = {}
        self._batches: dict[str, list[Batch]] = {}
        self._schedules: dict[str, Schedule] = {}
        self._waiting: deque[str] = deque()
        self._open = False
        self._streams = Streams(self._save, self._load, self._ended, every=keep_every)
        self._bell = Bell()
        self._clock = Clock(self._all_schedules, self._start_due, now)
        self._ticking: asyncio.Task[None] | None = None

    def register(self, name: str, workflow: Workflow, limits: Limits = Limits()) -> None:
        self._workflows[name] = (workflow, limits)

    async def launch(self, prepare: Callable[[], Awaitable[None]] | None = None) -> None:
        if prepare is not None:
            await prepare()
        self._open = True
        self._streams.launch()
        self._ticking = asyncio.create_task(self._clock.run(), name="engine clock")
        self._take_up()

    async def close(self, grace: float = 3.0) -> None:
        self._open = False
        if self._ticking is not None:
            self._ticking.cancel()
            with suppress(asyncio.CancelledError):
                await self._ticking
            self._ticking = None
        tasks = {entry.task for entry in self._entries.values() if entry.task is not None}
        if tasks:
            _, left = await asyncio.wait(tasks, timeout=grace)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
        await self._streams.close()

    async def start(
        self, workflow: str, run_id: str, payload: Json, *, key: str | None = None, by: str = "", door: str = ""
    ) -> bool:
        if not self._open:
            raise EngineError("the engine is not launched, so it takes no runs; call launch() first")
        if workflow not in self._workflows:
            raise EngineError(f"no workflow {workflow!r} is registered; there are {sorted(self._workflows)}")
        recorded = json.loads(payload_text(payload))
        if run_id in self._entries:
            if self._entries[run_id].run.workflow != workflow:
                raise Conflict(f"run {run_id!r} is on record for another workflow; give this one another id")
            return False
        run = Run(run_id, workflow, "waiting", self._now(), key=key, input=recorded, by=by, door=door, attempts=0)
        self._entries[run_id] = _Entry(run)
        self._bell.ring(run_id, ANY)
        self._waiting.append(run_id)
        self._take_up()
        return True

    async def result(self, run_id: str, *, timeout: float | None = None) -> Json:
        end = None if timeout is None else asyncio.get_running_loop().time() + timeout
        while (run := self._entry(run_id).run).state not in _ENDED:
            left = 3600.0 if end is None else end - asyncio.get_running_loop().time()
            if left <= 0:
                raise StillRunning(f"run {run_id!r} did not end within {timeout} s; it goes on")
            await self._streams.until_ended(run_id, left)
        if run.state == "cancelled":
            raise RunCancelled(f"run {run_id!r} was cancelled; resume it to carry it on")
        if run.state == "failed":
            raise RunFailed(f"run {run_id!r} failed: {run.error}")
        return run.output

    async def run(self, run_id: str) -> Run:
        entry = self._entry(run_id)
        records = [entry.records[number] for number in sorted(entry.records)]
        return replace(entry.run, steps=tuple(step_of(at.name, at.began, at.ended, at.value) for at in records))

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
        now, names = self._now(), (workflow,) if isinstance(workflow, str) else workflow
        runs = [entry.run for entry in reversed(self._entries.values())]
        if before is not None:
            place = next((at for at, run in enumerate(runs) if run.id == before and by in (None, run.by)), len(runs))
            runs = runs[place + 1 :]
        found = [
            run
            for run in runs
            if (names is None or run.workflow in names)
            and run.workflow not in without
            and (state is None or run.state == state)
            and (ids is None or run.id in ids)
            and (by is None or run.by == by)
            and (door is None or run.door == door)
            and (longer is None or (run.ended or now) - run.began >= longer)
        ]
        return found[offset : offset + limit]

    async def standing(
        self,
        *,
        workflow: tuple[str, ...] | None = None,
        by: str | None = None,
        ids: tuple[str, ...] = (),
        since: int | None = None,
        limit: int = 50,
    ) -> list[Standing]:
        theirs = await self.runs(workflow=workflow, by=by, limit=len(self._entries))
        if since is None:
            since = max((time_of(run.began) for run in theirs), default=0)
        found = [run for run in theirs if run.id in ids or time_of(run.began) >= since]
        return [
            Standing(run.id, run.state, run.attempts, len(self._entries[run.id].records), time_of(run.began))
            for run in found[:limit]
        ]

    def listening(self, run_id: str | None = None) -> AbstractContextManager[Wait]:
        return self._bell.listening(run_id or ANY)

    async def cancel(self, run_id: str) -> None:
        entry = self._entry(run_id)
        if entry.run.state not in _ENDED:
            self._set(entry, state="cancelled", ended=self._now())
            self._streams.finish(run_id)
            self._take_up()

    async def resume(self, run_id: str) -> None:
        entry = self._entry(run_id)
        if entry.run.state == "finished":
            raise Conflict(f"run {run_id!r} is finished; there is nothing to resume")
        if entry.run.state in ("failed", "cancelled"):
            while entry.records and isinstance(entry.records[last := max(entry.records)].value, Failure):
                del entry.records[last]
            self._set(entry, state="waiting", ended=None, error=None)
            self._waiting.append(run_id)
            self._take_up()

    def follow(self, run_id: str, *, after: str | None = None) -> AsyncIterator[StreamEvent]:
        return self._streams.follow(run_id, after)

    async def schedule(self, name: str, cron: str, workflow: str, payload: Json) -> None:
        next_time(cron, self._now())
        payload_text(payload)
        self._schedules[name] = Schedule(name, cron, workflow, payload)
        self._clock.changed()

    async def unschedule(self, name: str) -> None:
        self._schedules.pop(name, None)

    async def prune(self, older_than: timedelta) -> int:
        before = self._now() - older_than
        ends = {run_id: entry.run.ended for run_id, entry in self._entries.items()}
        old = [run_id for run_id, ended in ends.items() if ended is not None and ended < before]
        for run_id in old:
            del self._entries[run_id]
            self._batches.pop(run_id, None)
        return len(old)

    async def check(self) -> None:
        if not self._open:
            raise EngineError("the engine is closed")

    def _entry(self, run_id: str) -> _Entry:
        if run_id not in self._entries:
            raise NoSuchRun(f"there is no run {run_id!r}")
        return self._entries[run_id]

    def _set(self, entry: _Entry, **changes: Any) -> None:
        entry.run = replace(entry.run, **changes)
        self._bell.ring(entry.run.id, ANY)

    def _take_up(self) -> None:
        """Carry every waiting run whose key and workflow have room, first come first."""
        waiting, self._waiting = self._waiting, deque()
        under_way = [entry.run for entry in self._entries.values() if entry.task is not None]
        busy: set[tuple[str, str | None]] = {(run.workflow, run.key) for run in under_way if run.key is not None}
        for run_id in waiting:
            entry = self._entries.get(run_id)
            if entry is None or entry.run.state != "waiting":
                continue
            name, key = entry.run.workflow, entry.run.key
            bound = self._workflows[name][1].concurrency
            full = bound is not None and sum(run.workflow == name for run in under_way) >= bound
            if not self._open or full or entry.task is not None or (key is not None and (name, key) in busy):
                self._waiting.append(run_id)
                busy.add((name, key))
                continue
            under_way.append(entry.run)
            busy.add((name, key))
            self._set(entry, state="running", executor="memory")
            entry.task = asyncio.create_task(self._carry(entry), name=f"run {run_id}")
            entry.task.add_done_callback(lambda _, entry=entry: self._left(entry))  # type: ignore[misc]

    def _left(self, entry: _Entry) -> None:
        entry.task = None
        if entry.run.state == "running":
            self._set(entry, state="waiting")
            self._waiting.appendleft(entry.run.id)
        self._take_up()

    async def _carry(self, entry: _Entry) -> None:
        run = entry.run
        workflow, _ = self._workflows[run.workflow]
        entry.attempts += 1
        attempt = entry.attempts
        self._set(entry, attempts=attempt)
        channel = self._streams.open(run.id, attempt)
        earlier = self._batches.get(run.id, [])
        context = RunContext(run.id, channel, self._streams, self._journal(entry, attempt), self._sleep, earlier)
        try:
            with span(f"run {run.workflow}", run=run.id, workflow=run.workflow, attempt=attempt):
                output = json.loads(payload_text(await workflow(context, run.input)))
            await self._end(entry, attempt, state="finished", output=output)
        except Exception as error:
            await self._end(entry, attempt, state="failed", error=Failure.of(error).text)
        except _Cancelled:
            pass
        finally:
            self._streams.close_channel(channel)

    async def _end(self, entry: _Entry, attempt: int, **changes: Any) -> None:
        await self._streams.keep()
        if entry.run.state == "running" and entry.attempts == attempt:
            self._set(entry, ended=self._now(), **changes)
            self._streams.finish(entry.run.id)

    def _journal(self, entry: _Entry, attempt: int) -> Callable[[str, Callable[[], Awaitable[Raw]]], Awaitable[Any]]:
        number = 0

        async def journal(name: str, body: Callable[[], Awaitable[Raw]]) -> Any:
            nonlocal number
            if entry.run.state == "cancelled" or entry.attempts != attempt:
                raise _Cancelled
            number += 1
            mine = number
            if mine in entry.records:
                return _replayed(entry.run.id, entry.records[mine], name)
            began = self._now()
            value: Any
            try:
                value = json.loads(await body())
            except Failure as failure:
                value = failure
            if entry.attempts != attempt:
                raise _Cancelled
            entry.records[mine] = _Record(name, began, self._now(), value)
            self._bell.ring(entry.run.id)
            return _replayed(entry.run.id, entry.records[mine], name)

        return journal

    async def _save(self, batches: list[Batch]) -> None:
        for batch in batches:
            self._batches.setdefault(batch.run_id, []).append(batch)

    async def _load(self, run_id: str, cursor: Cursor) -> list[Batch]:
        return list(self._batches.get(run_id, ()))

    async def _ended(self, run_id: str) -> bool:
        return self._entry(run_id).run.state in _ENDED

    async def _all_schedules(self) -> list[Schedule]:
        return list(self._schedules.values())

    async def _start_due(self, schedule: Schedule, run_id: str) -> None:
        await self.start(schedule.workflow, run_id, schedule.payload, door=SCHEDULE)


def _replayed(run_id: str, record: _Record, name: str) -> Any:
    if record.name != name:
        raise EngineError(
            f"run {run_id!r} recorded step {record.name!r} where its workflow now calls {name!r}; "
            "a workflow must call the same steps in the same order on every attempt"
        )
    if isinstance(record.value, Failure):
        raise record.value
    return record.value
