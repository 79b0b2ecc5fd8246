"""The engine's own tables (events for replay, executors, schedules, the order of starts) and all SQL on them.

The runs and their steps themselves are in DBOS's tables, in the same database.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from deskhand.nouns import Json, StreamEvent
from deskhand.store import Connection, metadata

run_events = sa.Table(
    "run_events",
    metadata,
    sa.Column("run_id", sa.Text, primary_key=True),
    sa.Column("attempt", sa.Integer, primary_key=True),
    sa.Column("first", sa.Integer, primary_key=True),
    sa.Column("last", sa.Integer, nullable=False),
    sa.Column("step", sa.Integer, nullable=False),
    sa.Column("events", sa.Text, nullable=False),
)
"""A row is a batch: events `first` to `last` of one attempt of a run, as JSON `[[type, data], …]`, all emitted in one
step (0: between steps)."""

run_order = sa.Table(
    "run_order",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sqlite_autoincrement=True,
)
"""Numbers for runs with a key, in the order of their start. Always empty: only its counter is used."""

executors = sa.Table(
    "executors",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("beat", sa.DateTime(timezone=True), nullable=False),
)

schedules = sa.Table(
    "schedules",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("cron", sa.Text, nullable=False),
    sa.Column("workflow", sa.Text, nullable=False),
    sa.Column("payload", sa.Text, nullable=False),
)

TAKE_OVER_LOCK = 0x6465736B68616E64
"""The PostgreSQL advisory lock of take-over: "deskhand" in ASCII."""

_CHUNK = 400


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive events of one attempt, emitted in one step."""

    run_id: str
    attempt: int
    first: int
    step: int
    events: tuple[StreamEvent, ...]


@dataclass(frozen=True, slots=True)
class Schedule:
    """A workflow to start at each time of `cron` (five fields, UTC)."""

    name: str
    cron: str
    workflow: str
    payload: Json


def add_batches(connection: Connection, batches: Sequence[Batch]) -> None:
    """Keep batches of events for replay. What was kept before, though its writer could not hear of it, is kept once:
    the same events come again, maybe with more behind them."""
    rows = [
        {
            "run_id": batch.run_id,
            "attempt": batch.attempt,
            "first": batch.first,
            "last": batch.first + len(batch.events) - 1,
            "step": batch.step,
            "events": json.dumps([[event.type, event.data] for event in batch.events], separators=(",", ":")),
        }
        for batch in batches
    ]
    statement = _insert(connection)
    again = statement.on_conflict_do_update(
        index_elements=["run_id", "attempt", "first"],
        set_={name: statement.excluded[name] for name in ("last", "step", "events")},
    )
    connection.execute(again, rows)


def _insert(connection: Connection) -> Any:
    from sqlalchemy.dialects import postgresql, sqlite

    return (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(run_events)


def batches_after(connection: Connection, run_id: str, attempt: int, number: int) -> list[Batch]:
    """A run's kept batches that hold anything after event `number` of `attempt`, in order."""
    at = run_events.c
    query = (
        sa.select(run_events)
        .where(at.run_id == run_id)
        .where(sa.or_(at.attempt > attempt, sa.and_(at.attempt == attempt, at.last > number)))
        .order_by(at.attempt, at.first)
    )
    return [_batch(row) for row in connection.execute(query)]


def drop_events(connection: Connection, run_ids: Sequence[str]) -> None:
    """Forget the events of runs."""
    for start in range(0, len(run_ids), _CHUNK):
        connection.execute(sa.delete(run_events).where(run_events.c.run_id.in_(run_ids[start : start + _CHUNK])))


def next_number(connection: Connection) -> int:
    """The next number in the order of starts; never given twice, not even after all rows are gone."""
    number = int(connection.execute(sa.insert(run_order).values({}).returning(run_order.c.number)).scalar_one())
    connection.execute(sa.delete(run_order).where(run_order.c.number == number))
    return number


def beat(connection: Connection, executor_id: str) -> None:
    """Say that an executor lives, by the database's clock."""
    changed = connection.execute(sa.update(executors).where(executors.c.id == executor_id).values(beat=sa.func.now()))
    if changed.rowcount == 0:
        connection.execute(sa.insert(executors).values(id=executor_id, beat=sa.func.now()))


def sign_off(connection: Connection, executor_ids: Iterable[str]) -> None:
    """Forget executors."""
    connection.execute(sa.delete(executors).where(executors.c.id.in_(list(executor_ids))))


def living(connection: Connection, dead_after: timedelta) -> list[str]:
    """Executors whose last beat is younger than `dead_after` (PostgreSQL, by its clock)."""
    young = executors.c.beat > sa.func.now() - sa.literal(dead_after, sa.Interval)
    return list(connection.execute(sa.select(executors.c.id).where(young)).scalars())


def forget_dead(connection: Connection, dead_after: timedelta) -> None:
    """Delete the rows of executors that have been dead for long (PostgreSQL)."""
    old = executors.c.beat < sa.func.now() - sa.literal(dead_after * 10, sa.Interval)
    connection.execute(sa.delete(executors).where(old))


def lock_take_over(connection: Connection) -> bool:
    """Take the take-over lock until the transaction ends; False if another process has it (PostgreSQL)."""
    return bool(connection.execute(sa.select(sa.func.pg_try_advisory_xact_lock(TAKE_OVER_LOCK))).scalar_one())


def put_schedule(connection: Connection, schedule: Schedule) -> None:
    """Add a schedule or replace the one of that name."""
    drop_schedule(connection, schedule.name)
    connection.execute(
        sa.insert(schedules).values(
            name=schedule.name,
            cron=schedule.cron,
            workflow=schedule.workflow,
            payload=json.dumps(schedule.payload),
        )
    )


def drop_schedule(connection: Connection, name: str) -> None:
    connection.execute(sa.delete(schedules).where(schedules.c.name == name))


def all_schedules(connection: Connection) -> list[Schedule]:
    rows = connection.execute(sa.select(schedules).order_by(schedules.c.name))
    return [Schedule(row.name, row.cron, row.workflow, json.loads(row.payload)) for row in rows]


def _batch(row: sa.Row[tuple[object, ...]]) -> Batch:
    at = row._mapping
    events = tuple(
        StreamEvent(f"{at['attempt']}-{number}", *event)
        for number, event in enumerate(json.loads(at["events"]), start=at["first"])
    )
    return Batch(at["run_id"], at["attempt"], at["first"], at["step"], events)
