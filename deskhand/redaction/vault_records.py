"""The vault's tables and all its SQL: sealed values by token, and who had which of them revealed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from deskhand.store import Connection, metadata

CHUNK = 500
"""Values in one statement: SQLite takes at most 999 in older builds."""

redaction_vault = sa.Table(
    "redaction_vault",
    metadata,
    sa.Column("token", sa.String(32), primary_key=True),
    sa.Column("document", sa.String(200), nullable=False),
    sa.Column("kind", sa.String(64), nullable=False),
    sa.Column("key", sa.String(16), nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("made", sa.DateTime(timezone=True), nullable=False),
    sa.Index("redaction_vault_by_document", "document", "kind"),
)

redaction_reveals = sa.Table(
    "redaction_reveals",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("token", sa.String(32), nullable=False),
    sa.Column("document", sa.String(200), nullable=False),
    sa.Column("kind", sa.String(64), nullable=False),
    sa.Column("person", sa.String(400), nullable=False),
    sa.Column("outcome", sa.String(16), nullable=False),
    sa.Column("moment", sa.DateTime(timezone=True), nullable=False),
    sa.Index("redaction_reveals_by_moment", "moment"),
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A sealed value; `key` is the fingerprint of the key that opens it."""

    token: str
    document: str
    kind: str
    key: str
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Reveal:
    """Somebody asked for a value: what came of it is "revealed", "refused" or "not opened" (its key is gone)."""

    token: str
    document: str
    kind: str
    person: str
    outcome: str
    moment: datetime


def put_sealed(connection: Connection, kept: Sequence[Kept], moment: datetime) -> None:
    """Keep values under their tokens; one that is there stays, but for one that another key had sealed."""
    for start in range(0, len(kept), CHUNK):
        chunk = {each.token: each for each in kept[start : start + CHUNK]}
        known = sa.select(redaction_vault.c.token, redaction_vault.c.key).where(redaction_vault.c.token.in_(chunk))
        there = {row.token: row.key for row in connection.execute(known)}
        outdated = [token for token, key in there.items() if key != chunk[token].key]
        if outdated:
            connection.execute(sa.delete(redaction_vault).where(redaction_vault.c.token.in_(outdated)))
        rows = [_row(each, moment) for each in chunk.values() if there.get(each.token) != each.key]
        if rows:
            connection.execute(sa.insert(redaction_vault), rows)


def _row(kept: Kept, moment: datetime) -> dict[str, object]:
    return {
        "token": kept.token,
        "document": kept.document,
        "kind": kept.kind,
        "key": kept.key,
        "sealed": kept.sealed,
        "made": moment,
    }


def tokens_of(connection: Connection, document: str) -> set[str]:
    """All that is kept of a document."""
    statement = sa.select(redaction_vault.c.token).where(redaction_vault.c.document == document)
    return set(connection.execute(statement).scalars())


def keep_only(connection: Connection, document: str, tokens: Collection[str]) -> int:
    """Drop what a document's text has no token for any more; how many."""
    gone = sorted(tokens_of(connection, document) - set(tokens))
    return sum(
        connection.execute(
            sa.delete(redaction_vault).where(redaction_vault.c.token.in_(gone[at : at + CHUNK]))
        ).rowcount
        for at in range(0, len(gone), CHUNK)
    )


def drop_values(connection: Connection, documents: Iterable[str]) -> None:
    """Forget the values of documents that are gone."""
    every = list(documents)
    for start in range(0, len(every), CHUNK):
        of_these = redaction_vault.c.document.in_(every[start : start + CHUNK])
        connection.execute(sa.delete(redaction_vault).where(of_these))


def find_sealed(connection: Connection, token: str) -> Kept | None:
    statement = sa.select(redaction_vault).where(redaction_vault.c.token == token)
    return next((_kept(row) for row in connection.execute(statement)), None)


def some_sealed(connection: Connection, documents: Sequence[str], per_kind: int) -> list[Kept]:
    """The first values of each kind in these documents."""
    taken: dict[str, list[Kept]] = {}
    for start in range(0, len(documents), CHUNK):
        of_these = redaction_vault.c.document.in_(documents[start : start + CHUNK])
        place = sa.func.row_number().over(partition_by=redaction_vault.c.kind, order_by=redaction_vault.c.token)
        numbered = sa.select(redaction_vault, place.label("place")).where(of_these).subquery()
        for row in connection.execute(sa.select(numbered).where(numbered.c.place <= per_kind)):
            of_kind = taken.setdefault(row.kind, [])
            if len(of_kind) < per_kind:
                of_kind.append(_kept(row))
    return [kept for kind in sorted(taken) for kept in taken[kind]]


def sealed_of(connection: Connection, document: str, limit: int, after: str | None) -> list[tuple[str, str]]:
    """The tokens and kinds of a document's values, by kind; those after the token `after` when given."""
    of = redaction_vault.c
    query = sa.select(of.token, of.kind).where(of.document == document).order_by(of.kind, of.token).limit(limit)
    if after is not None:
        kind = connection.execute(sa.select(of.kind).where(of.token == after, of.document == document)).scalar()
        if kind is None:
            return []
        query = query.where(sa.or_(of.kind > kind, sa.and_(of.kind == kind, of.token > after)))
    return [(token, kind) for token, kind in connection.execute(query)]


def _kept(row: sa.Row[tuple[object, ...]]) -> Kept:
    return Kept(row.token, row.document, row.kind, row.key, bytes(row.sealed))


def put_reveals(connection: Connection, reveals: Sequence[Reveal]) -> None:
    rows = [
        {
            "token": each.token,
            "document": each.document,
            "kind": each.kind,
            "person": each.person,
            "outcome": each.outcome,
            "moment": each.moment,
        }
        for each in reveals
    ]
    if rows:
        connection.execute(sa.insert(redaction_reveals), rows)


def latest_reveals(connection: Connection, limit: int) -> list[Reveal]:
    """The latest first."""
    statement = sa.select(redaction_reveals).order_by(redaction_reveals.c.id.desc()).limit(limit)
    return [
        Reveal(row.token, row.document, row.kind, row.person, row.outcome, _aware(row.moment))
        for row in connection.execute(statement)
    ]


def _aware(moment: datetime) -> datetime:
    # SQLite keeps no time zone; what went in was UTC.
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
