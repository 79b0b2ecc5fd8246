"""What is on record of runs: every look and every change that needs no running DBOS, so a client can do it too."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from deskhand.engine import dbos_private as private
from deskhand.engine import records
from deskhand.engine.dbos_listing import Wanted
from deskhand.engine.protocol import Standing
from deskhand.engine.records import Batch
from deskhand.engine.states import ENDED, RUN_STATES, run_of, state_of, time_of
from deskhand.engine.streams import Cursor, Streams
from deskhand.errors import Conflict, EngineError, NoSuchRun, RunCancelled, RunFailed, StillRunning
from deskhand.nouns import Json, Run, RunState
from deskhand.store import Connection, Database

if TYPE_CHECKING:
    from dbos._sys_db import SystemDatabase

QUEUE = "run-{}"
LOOK_AGAIN_SECONDS = 1.0
NEAR = 200
"""Runs that are looked at together for how long they took."""
MOST_LOOKS = 50
"""How often at most, so that many that nearly took as long as was asked for cannot keep a look going."""


class Ledger:
    """The runs of one database, for one application version. `tables` is set at launch."""

    def __init__(self, database: Database, version: str, now: Callable[[], datetime]) -> None:
        self._database, self._version, self._now = database, version, now
        self.tables: SystemDatabase | None = None

    def known(self) -> SystemDatabase:
        """DBOS's tables. Raises `EngineError` before launch and after close."""
        if self.tables is None:
            raise EngineError("the engine is not launched, so its runs cannot be looked at; launch it first")
        return self.tables

    async def enqueue(
        self, workflow: str, run_id: str, envelope: Json, key: str | None, by: str = "", door: str = ""
    ) -> bool:
        """Put a run on its workflow's queue, behind all others of its key; False if it is on record already."""

        def write(connection: Connection) -> bool:
            return private.enqueue(
                self.known(),
                connection,
                workflow=workflow,
                run_id=run_id,
                envelope=envelope,
                queue=QUEUE.format(workflow),
                key=f"key:{key}" if key is not None else f"run:{run_id}",
                priority=records.next_number(connection),
                version=self._version,
                by=by,
                door=door,
            )

        return await self._database.write(write)

    async def history(self, run_id: str) -> tuple[int, list[Batch]]:
        """The number of the attempt that begins now, and the events of those before it."""

        def read(connection: Connection) -> tuple[int, list[Batch]]:
            attempt = private.attempts(self.known(), connection, run_id)
            return attempt, records.batches_after(connection, run_id, 0, 0) if attempt > 1 else []

        return await self._database.read(read)

    async def result(self, run_id: str, timeout: float | None, streams: Streams) -> Json:
        """As `Engine.result`."""
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            if await self.ended(run_id):
                return _outcome(await self._database.read(self._one, run_id))
            left = LOOK_AGAIN_SECONDS if end is None else min(LOOK_AGAIN_SECONDS, end - time.monotonic())
            if left <= 0:
                raise StillRunning(f"run {run_id!r} did not end within {timeout} s; it goes on")
            await streams.until_ended(run_id, left)

    async def run(self, run_id: str) -> Run:
        """As `Engine.run`."""

        def read(connection: Connection) -> Run:
            row = self._one(connection, run_id)
            return run_of(row, private.steps(self.known(), connection, run_id))

        return await self._database.read(read)

    async def runs(
        self,
        workflow: str | tuple[str, ...] | None,
        without: tuple[str, ...],
        state: RunState | None,
        ids: tuple[str, ...] | None,
        by: str | None,
        door: str | None,
        longer: timedelta | None,
        before: str | None,
        limit: int,
        offset: int,
    ) -> list[Run]:
        """As `Engine.runs`."""
        now = self._now()
        wanted = Wanted(
            workflows=(workflow,) if isinstance(workflow, str) else workflow,
            without=without,
            states=RUN_STATES[state] if state is not None else (),
            ids=ids,
            by=by,
            door=door,
            longer_ms=None if longer is None else int(longer.total_seconds() * 1000),
            now_ms=time_of(now),
            before=before,
        )
        if longer is None:
            return await self._listed(wanted, limit, offset)
        found: list[Run] = []
        for _ in range(MOST_LOOKS):
            # The times in DBOS's columns may be a second off; those in the envelopes are not.
            some = await self._listed(wanted, NEAR, 0)
            found += [run for run in some if (run.ended or now) - run.began >= longer]
            if len(found) >= offset + limit or len(some) < NEAR:
                break
            wanted = replace(wanted, before=some[-1].id)
        return found[offset : offset + limit]

    async def standing(
        self, workflow: tuple[str, ...] | None, by: str | None, ids: tuple[str, ...], since: int | None, limit: int
    ) -> list[Standing]:
        """As `Engine.standing`."""
        wanted = Wanted(workflows=workflow, by=by, ids=ids)
        rows = await self._database.read(
            lambda connection: private.standings(self.known(), connection, wanted, since, limit)
        )
        return [
            Standing(run, state_of(status), attempts or 0, steps, began)
            for run, status, attempts, steps, began in map(tuple, rows)
        ]

    async def _listed(self, wanted: Wanted, limit: int, offset: int) -> list[Run]:
        rows = await self._database.read(
            lambda connection: private.statuses(self.known(), connection, wanted, limit=limit, offset=offset)
        )
        return [run_of(row) for row in rows]

    async def cancel(self, run_id: str) -> str:
        """Mark a run as cancelled if it has not ended; its workflow."""

        def write(connection: Connection) -> str:
            row = self._one(connection, run_id)
            private.cancel(self.known(), connection, run_id, time_of(self._now()))
            return str(row["name"])

        return await self._database.write(write)

    async def resume(self, run_id: str) -> str | None:
        """Put a cancelled or failed run back on its queue; its workflow, None if it is under way."""

        def write(connection: Connection) -> str | None:
            row = self._one(connection, run_id)
            if row["status"] == "SUCCESS":
                raise Conflict(f"run {run_id!r} is finished; there is nothing to resume")
            queue = QUEUE.format(row["name"]) if row["queue_partition_key"] else private.internal_queue()
            resumed = private.resume(self.known(), connection, run_id, queue, time_of(self._now()))
            return str(row["name"]) if resumed else None

        return await self._database.write(write)

    async def prune(self, older_than: timedelta) -> int:
        """As `Engine.prune`."""
        before = time_of(self._now() - older_than)

        def delete(connection: Connection) -> int:
            ids = private.ended_before(self.known(), connection, before)
            private.delete(self.known(), connection, ids)
            records.drop_events(connection, ids)
            return len(ids)

        total = 0
        while deleted := await self._database.write(delete):
            total += deleted
        return total

    async def check(self) -> None:
        """As `Engine.check`."""
        try:
            await self._database.read(lambda connection: private.statuses(self.known(), connection))
        except EngineError:
            raise
        except Exception as error:
            raise EngineError(f"the engine's store does not answer ({type(error).__name__})") from error

    async def strangers(self) -> dict[str, int]:
        """How many unfinished runs there are of each other application version."""
        return await self._database.read(lambda connection: private.strangers(self.known(), connection, self._version))

    def carriers(self, connection: Connection) -> list[str]:
        """The executors that unfinished runs are recorded with."""
        return private.carriers(self.known(), connection, self._version)

    async def ended(self, run_id: str) -> bool:
        state = await self._database.read(lambda connection: private.state(self.known(), connection, run_id))
        if state is None:
            raise NoSuchRun(f"there is no run {run_id!r}")
        return state in ENDED

    async def save_events(self, batches: list[Batch]) -> None:
        await self._database.write(records.add_batches, batches)

    async def load_events(self, run_id: str, cursor: Cursor) -> list[Batch]:
        return await self._database.read(records.batches_after, run_id, *cursor)

    def _one(self, connection: Connection, run_id: str) -> dict[str, Any]:
        row = private.status(self.known(), connection, run_id)
        if row is None:
            raise NoSuchRun(f"there is no run {run_id!r}")
        return row


def _outcome(row: dict[str, Any]) -> Json:
    run_id, state = row["workflow_uuid"], state_of(row["status"])
    if state == "cancelled":
        raise RunCancelled(f"run {run_id!r} was cancelled; resume it to carry it on")
    run = run_of(row)
    if state == "failed":
        raise RunFailed(f"run {run_id!r} failed: {run.error}")
    return run.output
