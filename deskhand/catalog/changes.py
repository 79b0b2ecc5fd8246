"""The change log: the numbers of changed documents, in the order of their commits; what is derived follows it.

On PostgreSQL numbers are given out under a lock held until the commit, so a reader that has seen number 7 has seen
every number below it; listeners on the channel are told when the commit is done.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

import sqlalchemy as sa

from deskhand.store import Connection, metadata

__all__ = ["CHANNEL", "changes", "latest_change", "log_changes", "read_changes"]

CHANNEL = "deskhand_changes"
_LOCK = 0x6465736B  # "desk"
_CHUNK = 500

changes = sa.Table(
    "changes",
    metadata,
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("document_id", sa.String(32), nullable=False, index=True),
    sqlite_autoincrement=True,
)


def log_changes(connection: Connection, document_ids: Iterable[str]) -> None:
    """Note that documents changed, in the caller's transaction. Call it last: on PostgreSQL it holds others back.

    A document's older number is dropped (to follow the newest is to follow them all), so the log grows with the
    documents and not with time.
    """
    ids = list(dict.fromkeys(document_ids))
    if not ids:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    for start in range(0, len(ids), _CHUNK):
        part = ids[start : start + _CHUNK]
        connection.execute(sa.delete(changes).where(changes.c.document_id.in_(part)))
        connection.execute(sa.insert(changes), [{"document_id": changed} for changed in part])
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_notify(:channel, '')"), {"channel": CHANNEL})


def latest_change(connection: Connection) -> int:
    """The highest number given out and committed; 0 when nothing ever changed."""
    return cast(int, connection.execute(sa.select(sa.func.coalesce(sa.func.max(changes.c.seq), 0))).scalar_one())


def read_changes(connection: Connection, after: int, limit: int) -> Sequence[tuple[int, str]]:
    """Changes with a number above `after`, oldest first, at most `limit`."""
    statement = sa.select(changes.c.seq, changes.c.document_id).where(changes.c.seq > after)
    rows = connection.execute(statement.order_by(changes.c.seq).limit(limit))
    return [(seq, document_id) for seq, document_id in rows]
