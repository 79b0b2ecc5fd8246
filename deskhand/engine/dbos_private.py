"""Every private name of DBOS 3.4 that the engine uses, each with a test of its own; nothing else may use one.

DBOS has no public way to enqueue inside a caller's transaction, to claim at once instead of after its 1 s poll, to
recover another executor's runs, or to resume a failed run.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from deskhand.engine import dbos_listing
from deskhand.engine.codec import Failure, Raw, dumps
from deskhand.engine.dbos_listing import Wanted, status_query
from deskhand.store import Connection

if TYPE_CHECKING:
    from dbos import DBOS
    from dbos._queue import Queue
    from dbos._serialization import Serializer
    from dbos._sys_db import SystemDatabase

APP_NAME = "deskhand"
ENDED = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")


def open_tables(url: str, engine: sa.Engine, serializer: Serializer) -> SystemDatabase:
    """DBOS's tables without a running DBOS, brought up to date."""
    from dbos._sys_db import SystemDatabase

    tables = SystemDatabase.create(
        system_database_url=url,
        engine_kwargs={},
        engine=engine,
        schema="dbos",
        serializer=serializer,
        executor_id=None,
        use_listen_notify=False,
        app_name=APP_NAME,
    )
    tables.run_migrations()
    return tables


def tables_of(dbos: DBOS) -> SystemDatabase:
    """The tables of a launched DBOS."""
    return dbos._sys_db


def adopt_loop(dbos: DBOS, loop: asyncio.AbstractEventLoop) -> None:
    """Let runs be carried on `loop`, so that `launch` itself may run in a thread."""
    background = dbos._background_event_loop
    background._main_loop = loop
    # DBOS has a loop of its own for while this one stands still, as it may before it is closed; a run there is out of
    # reach, and could not be ended.
    background.target_loop = lambda: background._loop if loop.is_closed() else loop  # type: ignore[method-assign]


def stop_claiming(dbos: DBOS) -> None:
    """Stop the pollers, so that no run is taken up any more."""
    for event in dbos.background_thread_stop_events:
        event.set()


def started_by(by: str, door: str) -> None:
    """Have the next run that is started in this task's context on record as `by` somebody, come in at a door."""
    from dbos._context import DBOSContext, _set_local_dbos_context

    context = DBOSContext()
    context.authenticated_user, context.assumed_role = by or None, door or None
    _set_local_dbos_context(context)


def is_launched() -> bool:
    """Whether this process has a DBOS already."""
    module = sys.modules.get("dbos._dbos")
    return module is not None and module._dbos_global_instance is not None


def enqueue(
    tables: SystemDatabase,
    connection: Connection,
    *,
    workflow: str,
    run_id: str,
    envelope: Any,
    queue: str,
    key: str,
    priority: int,
    version: str,
    by: str = "",
    door: str = "",
) -> bool:
    """Put a run on a queue inside the caller's transaction; False if it is on record already."""
    from dbos._enqueue_options import EnqueueOptions, build_enqueue_status
    from dbos._error import DBOSConflictingWorkflowError

    from deskhand.errors import Conflict

    options = EnqueueOptions(
        workflow_name=workflow,
        queue_name=queue,
        workflow_id=run_id,
        app_version=version,
        priority=priority,
        queue_partition_key=key,
        application_name=APP_NAME,
    )
    _, status = build_enqueue_status(options, tables.serializer, (envelope,), {})
    status["authenticated_user"], status["assumed_role"] = by or None, door or None
    try:
        _, new = tables.init_workflow_with_connection(status, connection, creator_xid=str(uuid.uuid4()))
    except DBOSConflictingWorkflowError:
        raise Conflict(f"run {run_id!r} is on record for another workflow; give this one another id") from None
    return new


def claim(dbos: DBOS, queue_name: str, executor_id: str, version: str) -> int:
    """Take up what waits on a queue now, as the poller does once a second; how many. Not on the event loop."""
    from dbos._core import execute_dequeued_workflow

    tables = dbos._sys_db
    if not waits(tables, queue_name):
        return 0
    internal = dbos._registry.internal_queues()
    queue = next((one for one in internal if one.name == queue_name), None) or _queue_of(tables, queue_name)
    if queue is None:
        return 0
    owner = str(uuid.uuid4())
    running = dbos._active_workflows_set.count_for_queue(queue_name)
    ids = _claimed(tables, queue, executor_id, version, running, owner)
    if not ids:
        return 0
    for status in tables.get_workflow_statuses(list(ids)):
        execute_dequeued_workflow(dbos, status, owner)
    return len(ids)


def waits(tables: SystemDatabase, queue_name: str) -> bool:
    """Whether any run waits on a queue: what a look finds first, at a tenth of its price."""
    with tables.engine.connect() as connection:
        return connection.execute(_waiting_query(tables), {"queue": queue_name}).first() is not None


@functools.lru_cache(maxsize=4)
def _waiting_query(tables: SystemDatabase) -> sa.Select[Any]:
    at = tables.tables.workflow_status.c
    mine = (at.queue_name == sa.bindparam("queue"), at.status == "ENQUEUED", tables._in_flight_status_prover())
    return sa.select(sa.literal(1)).where(*mine).limit(1)


@functools.lru_cache(maxsize=32)
def _queue_of(tables: SystemDatabase, queue_name: str) -> Queue | None:
    """A queue as this process registered it at its launch."""
    return tables.get_queue(queue_name)


def spare_empty_polls(tables: SystemDatabase) -> None:
    """Let the pollers go on to their own look, which is long, only when something waits."""
    theirs = tables.dequeue_scopes

    def scopes(queue_name: str) -> list[Any]:
        return list(theirs(queue_name)) if waits(tables, queue_name) else []

    tables.dequeue_scopes = scopes  # type: ignore[method-assign]


def _claimed(
    tables: SystemDatabase, queue: Queue, executor_id: str, version: str, running: int, owner: str
) -> Sequence[str]:
    if not queue._has_partition_limits():
        found, _ = tables.start_queued_workflows(queue, executor_id, version, None, running, owner_xid=owner)
        return found
    bound = queue._worker_concurrency
    room = sys.maxsize if bound is None else bound - running
    if room <= 0:
        return ()
    # Every run of ours has its version, so which one is the latest need not be looked up.
    return tables.start_queued_partitioned_workflows(
        queue, executor_id, version, room, owner_xid=owner, is_latest_version=False
    )


async def record_first(dbos: DBOS, recorder: StepRecorder, name: str, body: Callable[[], Awaitable[Raw]]) -> Raw:
    """Run and record a step of a run's first attempt: nothing of it can be on record, so nothing is looked up.

    This halves what a step costs. The record is refused (`DBOSWorkflowConflictIDError`) once the run was cancelled or
    taken over.
    """
    from dbos._context import assert_current_dbos_context

    at = assert_current_dbos_context().snapshot_step_ctx()
    row: dict[str, Any] = {
        "workflow_uuid": at.workflow_id,
        "function_id": at.function_id,
        "function_name": name,
        "output": None,
        "error": None,
        "serialization": dbos._serializer.name(),
        "started_at_epoch_ms": int(time.time() * 1000),
        "application_name": APP_NAME,
    }
    try:
        made = row["output"] = await body()
    except Failure as failure:
        row["error"] = dumps(failure)
        await recorder.record(row, at.owner_xid)
        raise
    await recorder.record(row, at.owner_xid)
    return made


class StepRecorder:
    """Writes ended steps. On SQLite those that end at about the same time share a transaction, and its wait for the
    disk; PostgreSQL shares that wait between connections itself."""

    def __init__(self, tables: SystemDatabase) -> None:
        self._tables = tables
        self._waiting: list[tuple[dict[str, Any], str | None, asyncio.Future[None]]] = []
        self._writing = False

    async def record(self, row: dict[str, Any], owner: str | None) -> None:
        """Record a step; returns when it is on disk. Raises `DBOSWorkflowConflictIDError` to who lost the run."""
        row["completed_at_epoch_ms"] = row["retention_timestamp"] = int(time.time() * 1000)
        row["output"] = None if row["output"] is None else str(row["output"])
        if self._tables.engine.dialect.name != "sqlite":
            if await asyncio.to_thread(self._write, [(row, owner)]):
                raise _lost(row)
            return
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((row, owner, done))
        if not self._writing:
            self._writing = True
            task = asyncio.create_task(self._write_all(), context=contextvars.Context())
            _writers.add(task)
            task.add_done_callback(_writers.discard)
        await done

    async def _write_all(self) -> None:
        while self._waiting:
            taken, self._waiting = self._waiting, []
            try:
                lost = await asyncio.to_thread(self._write, [(row, owner) for row, owner, _ in taken])
            except Exception as error:
                for _, _, done in taken:
                    if not done.done():
                        done.set_exception(error)
                continue
            for number, (row, _, done) in enumerate(taken):
                if done.done():
                    continue
                if number in lost:
                    done.set_exception(_lost(row))
                else:
                    done.set_result(None)
        self._writing = False

    def _write(self, rows: list[tuple[dict[str, Any], str | None]]) -> set[int]:
        """Record each row whose run its owner still has; the numbers of the others."""
        from dbos._sys_db import db_retry

        owned, insert = _step_statements(self._tables)

        @db_retry(sys_db=self._tables)
        def write() -> set[int]:
            lost = set()
            with self._tables.engine.begin() as connection:
                for number, (row, owner) in enumerate(rows):
                    if connection.execute(owned, {"run_id": row["workflow_uuid"]}).scalar() != owner:
                        lost.add(number)
                    else:
                        connection.execute(insert, row)
            return lost

        return write()


_writers: set[asyncio.Task[None]] = set()


def _lost(row: dict[str, Any]) -> BaseException:
    from dbos._error import DBOSWorkflowConflictIDError

    return DBOSWorkflowConflictIDError(row["workflow_uuid"])


@functools.lru_cache(maxsize=4)
def _step_statements(tables: SystemDatabase) -> tuple[sa.Executable, sa.Executable]:
    """As DBOS's own, made once: the owner's check, which holds the run's row until the commit, and the insert."""
    ws = tables.tables.workflow_status
    mine = ws.c.workflow_uuid == sa.bindparam("run_id")
    owned: sa.Executable = sa.select(ws.c.owner_xid).where(mine).with_for_update(key_share=True)
    if tables.engine.dialect.name == "sqlite":
        # A write, so that the transaction holds the file's write lock from here.
        owned = sa.update(ws).where(mine).values(owner_xid=ws.c.owner_xid).returning(ws.c.owner_xid)
    # A retry after a commit whose answer was lost finds its own row.
    insert = tables.dialect.insert(tables.tables.operation_outputs).on_conflict_do_nothing()
    return owned, insert


def cancelled(run_id: str) -> BaseException:
    """What DBOS throws into a workflow at its next step after its run was cancelled."""
    from dbos._error import DBOSWorkflowCancelledError

    return DBOSWorkflowCancelledError(f"run {run_id} was cancelled")


def internal_queue() -> str:
    """The queue on which recovered and resumed runs without a key wait."""
    from dbos._utils import INTERNAL_QUEUE_NAME

    return INTERNAL_QUEUE_NAME


def recover(dbos: DBOS, executor_ids: Sequence[str]) -> int:
    """Put the runs that dead executors were carrying back on their queues; how many."""
    from dbos._dbos import DBOS as Dbos

    return len(Dbos._recover_pending_workflows(list(executor_ids))) if dbos._launched else 0


def carriers(tables: SystemDatabase, connection: Connection, version: str) -> list[str]:
    """Executors that runs of `version` are recorded as carried by."""
    tables._apply_caller_schema(connection)
    at = tables.tables.workflow_status.c
    query = sa.select(at.executor_id).distinct().where(at.status == "PENDING", at.application_version == version)
    return [one for one in connection.execute(query).scalars() if one]


def strangers(tables: SystemDatabase, connection: Connection, version: str) -> dict[str, int]:
    """How many unfinished runs there are of each other application version."""
    tables._apply_caller_schema(connection)
    at = tables.tables.workflow_status.c
    query = (
        sa.select(at.application_version, sa.func.count())
        .where(at.status.in_(["PENDING", "ENQUEUED", "DELAYED"]), at.application_version != version)
        .group_by(at.application_version)
    )
    return {str(name): int(count) for name, count in connection.execute(query)}


def statuses(
    tables: SystemDatabase, connection: Connection, wanted: Wanted = Wanted(), *, limit: int = 1, offset: int = 0
) -> list[dict[str, Any]]:
    """Runs with input and output, newest first."""
    tables._apply_caller_schema(connection)
    return dbos_listing.statuses(tables, connection, wanted, limit=limit, offset=offset)


def standings(
    tables: SystemDatabase, connection: Connection, wanted: Wanted, since: int | None, limit: int
) -> list[sa.Row[Any]]:
    """How runs stand, newest first."""
    tables._apply_caller_schema(connection)
    return dbos_listing.standings(tables, connection, wanted, since, limit)


def status(tables: SystemDatabase, connection: Connection, run_id: str) -> dict[str, Any] | None:
    """One run with input and output."""
    tables._apply_caller_schema(connection)
    found = connection.execute(_one_query(tables, connection.dialect.name), {"run_id": run_id}).mappings().first()
    return None if found is None else dict(found)


def state(tables: SystemDatabase, connection: Connection, run_id: str) -> str | None:
    """One run's status only."""
    tables._apply_caller_schema(connection)
    found: str | None = connection.execute(_state_query(tables), {"run_id": run_id}).scalar()
    return found


@functools.lru_cache(maxsize=4)
def _one_query(tables: SystemDatabase, dialect: str) -> sa.Select[Any]:
    return status_query(tables, dialect).where(tables.tables.workflow_status.c.workflow_uuid == sa.bindparam("run_id"))


@functools.lru_cache(maxsize=4)
def _state_query(tables: SystemDatabase) -> sa.Select[Any]:
    at = tables.tables.workflow_status.c
    return sa.select(at.status).where(at.workflow_uuid == sa.bindparam("run_id"))


def attempts(tables: SystemDatabase, connection: Connection, run_id: str) -> int:
    """How often a run was taken up, this time included."""
    tables._apply_caller_schema(connection)
    at = tables.tables.workflow_status.c
    found = connection.execute(sa.select(at.recovery_attempts).where(at.workflow_uuid == run_id)).scalar()
    return int(found or 1)


def steps(tables: SystemDatabase, connection: Connection, run_id: str) -> list[dict[str, Any]]:
    """A run's recorded steps, in order."""
    tables._apply_caller_schema(connection)
    oo = tables.tables.operation_outputs
    query = sa.select(oo).where(oo.c.workflow_uuid == run_id).order_by(oo.c.function_id)
    return [dict(row) for row in connection.execute(query).mappings()]


def cancel(tables: SystemDatabase, connection: Connection, run_id: str, now_ms: int) -> None:
    """Mark a run that has not ended as cancelled."""
    tables._apply_caller_schema(connection)
    ws = tables.tables.workflow_status
    connection.execute(
        sa.update(ws)
        .where(ws.c.workflow_uuid == run_id, ws.c.status.not_in(ENDED))
        .values(
            status="CANCELLED",
            owner_xid=None,
            queue_name=None,
            started_at_epoch_ms=None,
            updated_at=now_ms,
            completed_at=now_ms,
        )
    )


def resume(tables: SystemDatabase, connection: Connection, run_id: str, queue: str, now_ms: int) -> bool:
    """Put a cancelled or failed run back on `queue`, without the failed steps at its end; False if it was neither."""
    tables._apply_caller_schema(connection)
    ws, wo, oo = tables.tables.workflow_status, tables.tables.workflow_output, tables.tables.operation_outputs
    # The count of attempts goes on: events of each attempt have their own ids.
    moved = connection.execute(
        sa.update(ws)
        .where(ws.c.workflow_uuid == run_id, ws.c.status.in_(("ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")))
        .values(
            status="ENQUEUED",
            owner_xid=None,
            queue_name=queue,
            started_at_epoch_ms=None,
            completed_at=None,
            output=None,
            error=None,
            updated_at=now_ms,
        )
    )
    if moved.rowcount == 0:
        return False
    connection.execute(sa.delete(wo).where(wo.c.workflow_uuid == run_id))
    good = sa.select(sa.func.coalesce(sa.func.max(oo.c.function_id), -1)).where(
        oo.c.workflow_uuid == run_id, oo.c.error.is_(None)
    )
    connection.execute(sa.delete(oo).where(oo.c.workflow_uuid == run_id, oo.c.function_id > good.scalar_subquery()))
    return True


def ended_before(tables: SystemDatabase, connection: Connection, before_ms: int, limit: int = 1000) -> list[str]:
    """Runs that ended before a time in ms, oldest first."""
    tables._apply_caller_schema(connection)
    at = tables.tables.workflow_status.c
    ended = sa.func.coalesce(at.completed_at, at.updated_at)
    query = sa.select(at.workflow_uuid).where(at.status.in_(ENDED), ended < before_ms).order_by(ended).limit(limit)
    return list(connection.execute(query).scalars())


def delete(tables: SystemDatabase, connection: Connection, run_ids: Iterable[str]) -> None:
    """Delete runs with their input, output and steps."""
    tables._apply_caller_schema(connection)
    ids = list(run_ids)
    its = tables.tables
    for table in (its.workflow_input, its.workflow_output, its.operation_outputs, its.workflow_status):
        for start in range(0, len(ids), 400):
            column = table.c.workflow_uuid
            connection.execute(sa.delete(table).where(column.in_(ids[start : start + 400])))
