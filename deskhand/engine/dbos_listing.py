"""The one list of runs, over DBOS's tables: by whose they are, where they came in, how long they took.

DBOS keeps no index by whose a run is, so the engine adds one of its own; the rest is a walk along the time they began.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from deskhand.store import Connection

if TYPE_CHECKING:
    from dbos._sys_db import SystemDatabase

INDEX = "deskhand_runs_by"
INDEX_LOCK = 0x6465736B696E6478
"""The PostgreSQL advisory lock under which the index is made: "deskindx" in ASCII."""
COARSE_MS = 1000
"""How far off the times in DBOS's columns may be: on SQLite they have whole seconds."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which runs; None, or no states, stands for any. `longer_ms` is coarse, and is counted to `now_ms` of a run that
    goes on; `before` is the id of a run that was started after those wanted."""

    workflows: Sequence[str] | None = None
    without: Sequence[str] = ()
    states: Sequence[str] = ()
    ids: Sequence[str] | None = None
    by: str | None = None
    door: str | None = None
    longer_ms: int | None = None
    now_ms: int = 0
    before: str | None = None


def statuses(
    tables: SystemDatabase, connection: Connection, wanted: Wanted = Wanted(), *, limit: int = 1, offset: int = 0
) -> list[dict[str, Any]]:
    """Runs with input and output, newest first; none before a run that is not there, or not `by` the same."""
    ws = tables.tables.workflow_status
    dialect = connection.dialect.name
    query = status_query(tables, dialect).where(*_conditions(ws, wanted)).limit(limit).offset(offset)
    if wanted.before is not None:
        place = _place(connection, ws, dialect, wanted)
        if place is None:
            return []
        query = query.where(
            ws.c.created_at <= place[0], sa.or_(ws.c.created_at < place[0], _rank(ws, dialect) < place[1])
        )
    return [dict(row) for row in connection.execute(query).mappings()]


def standings(
    tables: SystemDatabase, connection: Connection, wanted: Wanted, since: int | None, limit: int
) -> list[sa.Row[Any]]:
    """Id, status, attempts, number of ended steps and time of the runs `wanted.ids` and of those that began at `since`
    (None: when the newest did) or later, newest first; `wanted` says of which workflows they are and whose."""
    ws, steps = tables.tables.workflow_status, tables.tables.operation_outputs
    theirs = _conditions(ws, replace(wanted, ids=None))
    if since is None:
        since = connection.execute(
            sa.select(ws.c.created_at).where(*theirs).order_by(ws.c.created_at.desc()).limit(1)
        ).scalar()
    number = sa.select(sa.func.count()).where(steps.c.workflow_uuid == ws.c.workflow_uuid).scalar_subquery()
    either: list[sa.ColumnElement[bool]] = [ws.c.workflow_uuid.in_(wanted.ids)] if wanted.ids else []
    if since is not None:
        either.append(ws.c.created_at >= since)
    query = sa.select(ws.c.workflow_uuid, ws.c.status, ws.c.recovery_attempts, number, ws.c.created_at)
    newest = (ws.c.created_at.desc(), _rank(ws, connection.dialect.name).desc())
    query = query.where(*theirs, sa.or_(sa.false(), *either)).order_by(*newest).limit(limit)
    return list(connection.execute(query))


def _conditions(ws: sa.Table, wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if wanted.workflows is not None:
        found.append(ws.c.name.in_(wanted.workflows))
    if wanted.without:
        found.append(ws.c.name.not_in(wanted.without))
    if wanted.states:
        found.append(ws.c.status.in_(wanted.states))
    if wanted.ids is not None:
        found.append(ws.c.workflow_uuid.in_(wanted.ids))
    if wanted.by is not None:
        found.append(_whose(ws, wanted.by))
    if wanted.door is not None:
        found.append(ws.c.assumed_role == wanted.door if wanted.door else ws.c.assumed_role.is_(None))
    if wanted.longer_ms is not None:
        until = sa.func.coalesce(ws.c.completed_at, wanted.now_ms)
        found.append(until - ws.c.created_at >= wanted.longer_ms - COARSE_MS)
    return found


def _whose(ws: sa.Table, by: str) -> sa.ColumnElement[bool]:
    return ws.c.authenticated_user == by if by else ws.c.authenticated_user.is_(None)


def _place(connection: Connection, ws: sa.Table, dialect: str, wanted: Wanted) -> tuple[int, Any] | None:
    query = sa.select(ws.c.created_at, _rank(ws, dialect)).where(ws.c.workflow_uuid == wanted.before)
    if wanted.by is not None:
        query = query.where(_whose(ws, wanted.by))
    found = connection.execute(query).first()
    return None if found is None else (found[0], found[1])


def _rank(ws: sa.Table, dialect: str) -> sa.ColumnElement[Any]:
    """What orders runs that began in one tick of the clock: on SQLite, where that is a second, the order of starts."""
    return sa.literal_column("workflow_status.rowid", sa.Integer) if dialect == "sqlite" else ws.c.workflow_uuid


@functools.lru_cache(maxsize=4)
def status_query(tables: SystemDatabase, dialect: str) -> sa.Select[Any]:
    """All that a run is made of but its steps, newest first."""
    ws, wi, wo = tables.tables.workflow_status, tables.tables.workflow_input, tables.tables.workflow_output
    query = sa.select(
        *(ws.c[name] for name in ("workflow_uuid", "status", "name", "executor_id", "queue_partition_key")),
        *(ws.c[name] for name in ("authenticated_user", "assumed_role")),
        *(ws.c[name] for name in ("recovery_attempts", "created_at", "updated_at", "completed_at")),
        sa.func.coalesce(wi.c.inputs, ws.c.inputs).label("inputs"),
        sa.func.coalesce(wo.c.output, ws.c.output).label("output"),
        sa.func.coalesce(wo.c.error, ws.c.error).label("error"),
    ).select_from(
        ws.outerjoin(wi, wi.c.workflow_uuid == ws.c.workflow_uuid).outerjoin(
            wo, wo.c.workflow_uuid == ws.c.workflow_uuid
        )
    )
    return query.order_by(ws.c.created_at.desc(), _rank(ws, dialect).desc())


def add_index(tables: SystemDatabase) -> None:
    """Have the index by whose a run is, if it is not there yet. Blocks."""
    sqlite = tables.engine.dialect.name == "sqlite"
    known = (
        "SELECT 1 FROM sqlite_master WHERE name = :name"
        if sqlite
        else "SELECT 1 FROM pg_indexes WHERE indexname = :name"
    )
    table = "workflow_status" if sqlite else "dbos.workflow_status"
    with tables.engine.begin() as connection:
        if connection.execute(sa.text(known), {"name": INDEX}).first() is not None:
            return
        if not sqlite:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(INDEX_LOCK)))
        connection.execute(
            sa.text(
                f"CREATE INDEX IF NOT EXISTS {INDEX} ON {table} (authenticated_user, created_at) "
                "WHERE authenticated_user IS NOT NULL"
            )
        )
