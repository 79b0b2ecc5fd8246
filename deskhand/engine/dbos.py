"""The durable engine: runs and steps in DBOS's tables, in the same SQLite file or PostgreSQL database as all else.

DBOS lives once in a process, so at most one `DbosEngine` may be launched in it at a time.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from deskhand.engine import dbos_private as private
from deskhand.engine import records
from deskhand.engine.codec import Failure, Raw, payload_text
from deskhand.engine.context import RunContext, Sleep
from deskhand.engine.dbos_listing import add_index
from deskhand.engine.executors import Executors, FileLock, new_executor_id
from deskhand.engine.launching import launch_dbos, open_dbos_tables, stop_dbos
from deskhand.engine.ledger import QUEUE, Ledger
from deskhand.engine.notices import Notices
from deskhand.engine.protocol import Limits, Standing, Workflow
from deskhand.engine.records import Batch, Schedule
from deskhand.engine.schedules import SCHEDULE, Clock, next_time
from deskhand.engine.sockets import SocketClient, SocketServer, socket_path
from deskhand.engine.states import ANY, ended_output, envelope_of, time_of
from deskhand.engine.streams import Streams
from deskhand.engine.tracing import span
from deskhand.errors import BadInput, Conflict, EngineError
from deskhand.nouns import Json, Run, RunState, StreamEvent
from deskhand.store import Bell, Database, utc_now
from deskhand.store.bell import Wait

if TYPE_CHECKING:
    from dbos import DBOS

log = logging.getLogger("deskhand.engine")

POLL_SECONDS = 1.0
LONGEST_ID = 400

_direct: contextvars.ContextVar[bool] = contextvars.ContextVar("deskhand_direct", default=False)


class DbosEngine:
    """An `Engine` on DBOS. On SQLite one process carries runs and the others are its clients until it is gone.

    `heartbeat` and `dead_after` are seconds: how often a process says that it lives, and after what silence its runs
    are taken over. `keep_every` is how long an event may be in memory only.
    """

    def __init__(
        self,
        database_url: str,
        data_dir: Path,
        database: Database,
        *,
        application_version: str = "1",
        synchronous: Literal["FULL", "NORMAL"] = "FULL",
        heartbeat: float = 5.0,
        dead_after: float = 20.0,
        keep_every: float = 0.25,
        sleep: Sleep = asyncio.sleep,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._url, self._data_dir, self._database = database_url, Path(data_dir), database
        self._version, self._synchronous = application_version, synchronous
        self._heartbeat, self._dead_after = heartbeat, dead_after
        self._sleep, self._now = sleep, now
        self.executor_id = new_executor_id()
        self._workflows: dict[str, tuple[Workflow, Limits]] = {}
        self._carriers: dict[str, Callable[[Any], Awaitable[Any]]] = {}
        self._bounds: dict[str, asyncio.Semaphore] = {}
        self._ledger = Ledger(database, application_version, now)
        self._streams = Streams(
            self._ledger.save_events, self._ledger.load_events, self._ledger.ended, every=keep_every, poll=POLL_SECONDS
        )
        self._bell = Bell()
        self._clock = Clock(self._all_schedules, self._start_due, now)
        self._lock = FileLock(self._data_dir / "engine.lock")
        self._dbos: DBOS | None = None
        self._executors: Executors | None = None
        self._wire: Notices | SocketServer | SocketClient | None = None
        self._claimer: ThreadPoolExecutor | None = None
        self._claiming: dict[str, bool] = {}
        self._tasks: list[asyncio.Task[Any]] = []
        self._under_way: set[asyncio.Task[Any]] = set()
        self._stopped: set[str] = set()
        self._prepare: Callable[[], Awaitable[None]] | None = None
        self._state: Literal["new", "carrying", "client", "closing", "closed"] = "new"

    # Life

    def register(self, name: str, workflow: Workflow, limits: Limits = Limits()) -> None:
        if self._state != "new":
            raise EngineError(f"workflow {name!r} was registered after launch; register every workflow before it")
        self._workflows[name] = (workflow, limits)

    @property
    def carries(self) -> bool:
        """Whether this process carries runs; False for a client on SQLite."""
        return self._state == "carrying"

    async def launch(self, prepare: Callable[[], Awaitable[None]] | None = None) -> None:
        self._prepare = prepare
        if self._state != "new":
            raise EngineError(f"this engine is {self._state} already; make a new one to launch again")
        if self._database.is_sqlite and not self._lock.acquire():
            await self._launch_client()
        else:
            await self._launch_carrier()
        self._streams.launch()
        await self._warn_of_strangers()

    async def _launch_client(self) -> None:
        self._state = "client"
        self._ledger.tables = await asyncio.to_thread(open_dbos_tables, self._url, self._synchronous)
        self._wire = SocketClient(socket_path(self._data_dir), self._streams)
        self._streams.wire = self._wire
        self._tasks.append(asyncio.create_task(self._stand_by(), name="engine stands by"))

    async def _stand_by(self) -> None:
        """Wait until the file is free, then carry runs here."""
        while not self._lock.acquire():  # noqa: ASYNC110 - another process gives the lock back, nothing tells us
            await asyncio.sleep(min(self._heartbeat, POLL_SECONDS))
        if isinstance(self._wire, SocketClient):
            await self._wire.close()
        self._streams.wire = None
        self._tasks.clear()
        try:
            await self._launch_carrier()
        except Exception as error:
            # With the lock kept, nobody else could carry them either.
            self._lock.release()
            log.error("the runs could not be taken over here (%s); the next process may", type(error).__name__)
            return
        log.info("the process that carried runs is gone; this one carries them now")

    async def _launch_carrier(self) -> None:
        if private.is_launched():
            self._lock.release()
            raise EngineError(
                "another engine is launched in this process, and DBOS can be there only once; close that one first, "
                "or launch this one in a process of its own"
            )
        if self._prepare is not None:
            await self._prepare()
        loop = asyncio.get_running_loop()
        self._bounds = {
            name: asyncio.Semaphore(limits.concurrency)
            for name, (_, limits) in self._workflows.items()
            if limits.concurrency is not None
        }
        self._claimer = ThreadPoolExecutor(1, thread_name_prefix="engine-claim")
        self._executors = Executors(
            self._database,
            self.executor_id,
            carriers=self._ledger.carriers,
            recover=lambda ids: private.recover(self._dbos_now(), ids),
            nudge=self._nudge_all,
            alone=self._database.is_sqlite,
            heartbeat=self._heartbeat,
            dead_after=self._dead_after,
        )
        if not self._database.is_sqlite:
            await self._executors.sign_on()
        await self._open_wire()
        self._dbos = await launch_dbos(
            self._url,
            synchronous=self._synchronous,
            version=self._version,
            executor_id=self.executor_id,
            loop=loop,
            register=self._register_all,
        )
        self._ledger.tables = private.tables_of(self._dbos)
        private.spare_empty_polls(self._ledger.tables)
        self._recorder = private.StepRecorder(self._ledger.tables)
        await asyncio.to_thread(add_index, self._ledger.tables)
        await asyncio.to_thread(self._register_queues)
        self._state = "carrying"
        await self._executors.round()
        self._tasks.append(asyncio.create_task(self._executors.run(), name="engine heartbeat"))
        self._tasks.append(asyncio.create_task(self._clock.run(), name="engine clock"))
        self._nudge_all()

    async def _open_wire(self) -> None:
        if self._database.is_sqlite:
            self._wire = SocketServer(socket_path(self._data_dir), self._streams, self._told)
        else:
            address = self._database.url.set(drivername="postgresql").render_as_string(hide_password=False)
            self._wire = Notices(address, self.executor_id, self._streams, self._told)
            self._streams.wire = self._wire
        await self._wire.open()

    def _register_all(self) -> None:
        from dbos import DBOS

        for name in self._workflows:
            self._carriers[name] = DBOS.workflow(name=name, max_recovery_attempts=None)(self._carrier(name))

    def _register_queues(self) -> None:
        from dbos import DBOS

        for name, (_, limits) in self._workflows.items():
            DBOS.register_queue(
                QUEUE.format(name),
                worker_concurrency=limits.concurrency,
                partition_concurrency=1,
                polling_interval_sec=POLL_SECONDS,
                on_conflict="always_update",
            )

    async def _warn_of_strangers(self) -> None:
        for version, count in (await self._ledger.strangers()).items():
            log.warning(
                "%d unfinished runs belong to application version %r and wait for a process of that version; "
                "this one is %r",
                count,
                version,
                self._version,
            )

    async def close(self, grace: float = 3.0) -> None:
        if self._state in ("new", "closed"):
            self._state = "closed"
            return
        carried, self._state = self._state == "carrying", "closing"
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._dbos is not None and carried:
            private.stop_claiming(self._dbos)
            await self._leave_runs(grace)
        await self._streams.close()
        if self._executors is not None and not self._database.is_sqlite:
            await self._executors.sign_off()
        if self._wire is not None:
            await self._wire.close()
        if self._claimer is not None:
            self._claimer.shutdown(wait=False, cancel_futures=True)
        if self._dbos is not None:
            await stop_dbos()
        elif self._ledger.tables is not None:
            self._ledger.tables.engine.dispose()
        self._dbos = self._ledger.tables = None
        self._lock.release()
        self._state = "closed"

    async def _leave_runs(self, grace: float) -> None:
        """Give runs under way `grace` seconds; those that need longer stay on record as they are."""
        if self._under_way:
            _, left = await asyncio.wait(set(self._under_way), timeout=grace)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    # Starting and carrying

    async def start(
        self, workflow: str, run_id: str, payload: Json, *, key: str | None = None, by: str = "", door: str = ""
    ) -> bool:
        if self._state not in ("carrying", "client"):
            raise EngineError(f"the engine is {self._state}, so it takes no runs; launch it first")
        if not run_id.strip() or len(run_id) > LONGEST_ID:
            raise BadInput(f"a run id has {len(run_id)} characters; it must have 1 to {LONGEST_ID}, not only blanks")
        if workflow not in self._workflows:
            raise EngineError(f"no workflow {workflow!r} is registered; there are {sorted(self._workflows)}")
        envelope = envelope_of(json.loads(payload_text(payload)), self._now())
        if self._state == "carrying" and key is None and workflow not in self._bounds:
            # A context of its own: a run that another run starts is no child of it.
            starting = self._start_here(workflow, run_id, envelope, by, door)
            return await asyncio.shield(asyncio.create_task(starting, context=contextvars.Context()))
        new = await self._ledger.enqueue(workflow, run_id, envelope, key, by, door)
        if new:
            self._bell.ring(run_id, ANY)
            await self._announce(workflow)
        return new

    async def _start_here(self, workflow: str, run_id: str, envelope: Json, by: str, door: str) -> bool:
        from dbos import DBOS, SetWorkflowID
        from dbos._error import DBOSConflictingWorkflowError

        _direct.set(True)
        private.started_by(by, door)
        try:
            with SetWorkflowID(run_id):
                handle: Any = await DBOS.start_workflow_async(self._carriers[workflow], envelope)  # type: ignore[arg-type]
        except DBOSConflictingWorkflowError:
            raise Conflict(f"run {run_id!r} is on record for another workflow; give this one another id") from None
        # Only a run that is carried from here has a task; one that was on record is a handle to look it up.
        return hasattr(handle, "task")

    async def _announce(self, workflow: str) -> None:
        if isinstance(self._wire, SocketClient):
            await self._wire.tell({"poke": True})
        else:
            self._nudge(QUEUE.format(workflow))

    def _told(self, said: dict[str, Json]) -> None:
        """Another process has new work for us, or has cancelled a run."""
        self._bell.ring(said.get("cancel", ""), ANY)
        if "cancel" not in said:
            self._nudge_all()
        elif (channel := self._streams.live(said["cancel"])) is not None and not channel.remote:
            self._stopped.add(said["cancel"])

    def _nudge_all(self) -> None:
        if self._state == "carrying":
            for name in self._workflows:
                self._nudge(QUEUE.format(name))
            self._nudge(private.internal_queue())

    def _nudge(self, queue: str) -> None:
        """Have a queue looked at now instead of within a second."""
        if self._state != "carrying" or self._claimer is None:
            return
        if queue in self._claiming:
            self._claiming[queue] = True
            return
        self._claiming[queue] = False
        task = asyncio.get_running_loop().run_in_executor(
            self._claimer, private.claim, self._dbos_now(), queue, self.executor_id, self._version
        )
        task.add_done_callback(lambda done: self._claimed(queue, done))

    def _claimed(self, queue: str, done: asyncio.Future[int]) -> None:
        again = self._claiming.pop(queue, False)
        if done.cancelled():
            return
        if (error := done.exception()) is not None:
            log.warning("a queue could not be looked at (%s); the next look is within a second", type(error).__name__)
        elif again:
            self._nudge(queue)

    def _carrier(self, name: str) -> Callable[[Any], Awaitable[Any]]:
        async def carry(envelope: Any) -> Any:
            return await self._carry(name, envelope)

        return carry

    async def _carry(self, name: str, envelope: Any) -> Raw:
        from dbos import DBOS

        run_id = str(DBOS.workflow_id)
        task = asyncio.current_task()
        if task is not None:
            self._under_way.add(task)
            # DBOS records the outcome in this task after this function returns.
            task.add_done_callback(lambda done: self._left(run_id, name, done))
        bound = self._bounds.get(name)
        if bound is None:
            return await self._attempt(name, run_id, envelope)
        async with bound:
            return await self._attempt(name, run_id, envelope)

    async def _attempt(self, name: str, run_id: str, envelope: Any) -> Raw:
        attempt = 1
        earlier: list[Batch] = []
        if not _direct.get():
            attempt, earlier = await self._ledger.history(run_id)
        channel = self._streams.open(run_id, attempt)
        self._bell.ring(run_id, ANY)
        journal = functools.partial(self._journal_first if attempt == 1 else self._journal_again, run_id)
        context = RunContext(run_id, channel, self._streams, journal, self._sleep, earlier)
        try:
            with span(f"run {name}", run=run_id, workflow=name, attempt=attempt):
                output = payload_text(await self._workflows[name][0](context, envelope["payload"]))
        except Exception as error:
            await self._streams.keep(channel)
            failure = Failure.of(error, ended=time_of(self._now()))
            log.warning("run %s of workflow %s failed: %s", run_id, name, failure.code)
            raise failure from None
        await self._streams.keep(channel)
        return ended_output(output, self._now())

    def _left(self, run_id: str, name: str, task: asyncio.Task[Any]) -> None:
        self._under_way.discard(task)
        self._stopped.discard(run_id)
        channel = self._streams.live(run_id)
        if task.cancelled() or self._state != "carrying":
            if channel is not None:
                self._streams.close_channel(channel)
            return
        self._streams.finish(run_id)
        self._bell.ring(run_id, ANY)
        self._nudge(QUEUE.format(name))

    async def _journal_first(self, run_id: str, name: str, body: Callable[[], Awaitable[Raw]]) -> Any:
        if run_id in self._stopped:
            raise private.cancelled(run_id)
        try:
            return await private.record_first(self._dbos_now(), self._recorder, name, body)
        finally:
            self._bell.ring(run_id)

    async def _journal_again(self, run_id: str, name: str, body: Callable[[], Awaitable[Raw]]) -> Any:
        from dbos import DBOS

        try:
            return await DBOS.run_step_async({"name": name}, body)
        finally:
            self._bell.ring(run_id)

    # Looking, stopping, resuming

    async def result(self, run_id: str, *, timeout: float | None = None) -> Json:
        return await self._ledger.result(run_id, timeout, self._streams)

    async def run(self, run_id: str) -> Run:
        return await self._ledger.run(run_id)

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
        return await self._ledger.runs(workflow, without, state, ids, by, door, longer, before, limit, offset)

    async def standing(
        self,
        *,
        workflow: tuple[str, ...] | None = None,
        by: str | None = None,
        ids: tuple[str, ...] = (),
        since: int | None = None,
        limit: int = 50,
    ) -> list[Standing]:
        return await self._ledger.standing(workflow, by, ids, since, limit)

    def listening(self, run_id: str | None = None) -> AbstractContextManager[Wait]:
        return self._bell.listening(run_id or ANY)

    async def cancel(self, run_id: str) -> None:
        name = await self._ledger.cancel(run_id)
        self._told({"cancel": run_id})
        self._streams.finish(run_id)
        if isinstance(self._wire, SocketClient):
            await self._wire.tell({"cancel": run_id})
        elif isinstance(self._wire, Notices):
            self._wire.tell({"cancel": run_id})
        self._nudge(QUEUE.format(name))

    async def resume(self, run_id: str) -> None:
        name = await self._ledger.resume(run_id)
        self._bell.ring(run_id, ANY)
        if name is not None:
            await self._announce(name)
            self._nudge(private.internal_queue())

    def follow(self, run_id: str, *, after: str | None = None) -> AsyncIterator[StreamEvent]:
        return self._streams.follow(run_id, after)

    # Schedules, retention, health

    async def schedule(self, name: str, cron: str, workflow: str, payload: Json) -> None:
        next_time(cron, self._now())
        payload_text(payload)
        await self._database.write(records.put_schedule, Schedule(name, cron, workflow, payload))
        self._clock.changed()

    async def unschedule(self, name: str) -> None:
        await self._database.write(records.drop_schedule, name)

    async def prune(self, older_than: timedelta) -> int:
        return await self._ledger.prune(older_than)

    async def check(self) -> None:
        await self._ledger.check()

    async def _all_schedules(self) -> list[Schedule]:
        return await self._database.read(records.all_schedules)

    async def _start_due(self, schedule: Schedule, run_id: str) -> None:
        await self.start(schedule.workflow, run_id, schedule.payload, door=SCHEDULE)

    def _dbos_now(self) -> DBOS:
        if self._dbos is None:
            raise EngineError(f"the engine is {self._state}; launch it first")
        return self._dbos
