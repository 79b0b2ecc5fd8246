"""Sources as their owners see them, how each is kept up to date, and those that uploads make: more of the catalog's
SQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from deskhand.catalog.records import aware, documents, must_source, put_source, set_source_access, source_of, sources
from deskhand.catalog.views import UPLOADS, SourceRedactions, SourceReport, Upkeep
from deskhand.errors import Conflict, NotFound
from deskhand.nouns import AccessList, DocumentState, Json, Principal, Source
from deskhand.redaction.reporting import was_blocked
from deskhand.store import Connection

__all__ = ["note_reading", "note_run", "open_uploads", "set_own_access", "upkeep"]


def source_reports(connection: Connection, reader: Principal, id: str | None = None) -> list[SourceReport]:
    """The reader's own sources by id, or that one of them, with how many documents are in each state."""
    mine: sa.ColumnElement[bool] = sources.c.owner.in_(reader.entries)
    if id is not None:
        mine = sa.and_(mine, sources.c.id == id)
    found = {
        row["id"]: row for row in connection.execute(sa.select(sources).where(mine).order_by(sources.c.id)).mappings()
    }
    counts: dict[str, dict[DocumentState, int]] = {key: {} for key in found}
    changed = {key: aware(row["changed"]) for key, row in found.items()}
    statement = (
        sa.select(documents.c.source, documents.c.state, sa.func.count(), sa.func.max(documents.c.changed))
        .join(sources, sources.c.id == documents.c.source)
        .where(mine)
        .group_by(documents.c.source, documents.c.state)
    )
    for key, state, count, last in connection.execute(statement):
        counts[key][state] = count
        changed[key] = max(changed[key], aware(last))
    return [SourceReport(source_of(row), counts[key], changed[key], row["run"]) for key, row in found.items()]


def source_redactions(connection: Connection, reader: Principal, source: str) -> SourceRedactions:
    """What was replaced in the documents of a source that the reader owns. Raises `NotFound`."""
    owned = sa.select(sources.c.id).where(sources.c.id == source, sources.c.owner.in_(reader.entries))
    if connection.execute(owned).first() is None:
        raise NotFound(f"there is no source {source!r} of yours; `deskhand sources list` shows them.")
    statement = sa.select(documents.c.live, documents.c.state, documents.c.reason, documents.c.redactions)
    counts: Counter[str] = Counter()
    live = redacted = blocked = 0
    for row in connection.execute(statement.where(documents.c.source == source)):
        blocked += row.state == "failed" and was_blocked(row.reason)
        live += row.live
        if row.live and row.redactions:
            redacted += 1
            counts.update(row.redactions)
    return SourceRedactions(source, live, redacted, blocked, dict(counts))


def upkeep(connection: Connection, id: str, reader: Principal) -> Upkeep:
    """How a source that the reader owns is kept up to date. Raises `NotFound`."""
    owned = sa.select(sources).where(sources.c.id == id, sources.c.owner.in_(reader.entries))
    row = connection.execute(owned).mappings().first()
    if row is None:
        raise NotFound(f"there is no source {id[:200]!r} of yours; `deskhand sources list` shows them.")
    return Upkeep(source_of(row), row["whole"], row["mapping"], row["run"])


def owned_sources(connection: Connection, ids: list[str], reader: Principal) -> set[str]:
    """Which of these sources are the reader's."""
    owned = sa.select(sources.c.id).where(sources.c.id.in_(ids), sources.c.owner.in_(reader.entries))
    return set(connection.execute(owned).scalars())


def note_reading(connection: Connection, id: str, whole: bool, mapping: Mapping[str, Json] | None) -> None:
    """Say how a source is read: by `mapping`, and `whole` once all of its folder was."""
    if whole:
        values: dict[str, Any] = {"whole": True, "mapping": mapping}
    elif mapping is not None:
        values = {"mapping": mapping}
    else:
        return
    connection.execute(sa.update(sources).where(sources.c.id == id).values(**values))


def note_run(connection: Connection, id: str, run: str) -> None:
    """Say that `run` is a source's newest ingestion."""
    connection.execute(sa.update(sources).where(sources.c.id == id).values(run=run))


def open_uploads(connection: Connection, id: str, owner: str, access: AccessList | None) -> None:
    """Make a source that takes uploads, unless it is there. Raises `Conflict` when it is another owner's, a folder, or
    read by others than `access` says (None: as it is, at first its owner alone)."""
    wanted = AccessList.of([owner]) if access is None else access
    row = connection.execute(sa.select(sources).where(sources.c.id == id)).mappings().first()
    if row is None or row["owner"] != owner:
        put_source(connection, Source(id, owner, UPLOADS, wanted))
    elif row["location"] != UPLOADS:
        raise Conflict(
            f"source {id!r} is a folder and takes no uploads; put the file into the folder and synchronise the source, "
            "or choose another source id."
        )
    elif access is not None and AccessList.of(row["access"]) != access:
        raise Conflict(
            f"source {id!r} is there already and other readers may read it; leave `read` out, or change the source's "
            "access list first."
        )


def set_own_access(
    connection: Connection, id: str, access: AccessList, reader: Principal, was: AccessList | None = None
) -> None:
    """Give a source that the reader owns its default list. Raises `NotFound`, and `Conflict` where the list before is
    not what it `was` to whoever changes it."""
    upkeep(connection, id, reader)
    before = must_source(connection, id, alone=True).access
    if was is not None and was != before:
        raise Conflict(
            f"source {id!r} may be read by {_named(before)} now, not by {_named(was)}; somebody changed it meanwhile."
        )
    set_source_access(connection, id, access)


def _named(access: AccessList) -> str:
    return ", ".join(sorted(access.entries)) or "nobody"
