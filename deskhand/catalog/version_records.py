"""The versions that documents had: their table and all its SQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from deskhand.nouns import RedactedText
from deskhand.store import Connection, metadata

__all__ = ["DocumentVersion", "document_versions", "drop", "put_version", "versions_of"]

CHUNK = 500
"""Ids in one statement: SQLite takes at most 999 values in older builds."""

document_versions = sa.Table(
    "document_versions",
    metadata,
    sa.Column("document_id", sa.String(32), sa.ForeignKey("documents.id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("content_hash", sa.String(128), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("passages", sa.Integer, nullable=False),
    sa.Column("redactions", sa.JSON, nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
)
"""A row is a version as it was put into the library; its text is there for the present one only."""


@dataclass(frozen=True, slots=True)
class DocumentVersion:
    """A version of a document as it was put into the library at `at`: `size` in bytes, in `passages` pieces, with
    `redactions` counted by kind."""

    version: int
    title: RedactedText
    content_hash: str
    size: int
    passages: int
    redactions: Mapping[str, int]
    at: datetime


def put_version(
    connection: Connection,
    document_id: str,
    version: int,
    *,
    title: str,
    content_hash: str,
    size: int,
    passages: int,
    redactions: Mapping[str, int],
    at: datetime,
) -> None:
    """Put a version of a document that is on record beside the ones before; the same one again replaces itself."""
    values = {"title": title, "content_hash": content_hash, "size": size, "passages": passages}
    values |= {"redactions": dict(redactions), "at": at}
    insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(document_versions)
    put = insert.values(document_id=document_id, version=version, **values)
    connection.execute(put.on_conflict_do_update(index_elements=["document_id", "version"], set_=values))


def versions_of(
    connection: Connection, document_id: str, limit: int | None = None, before: int | None = None
) -> list[DocumentVersion]:
    """A document's versions, newest first: at most `limit`, and those with a number below `before` when given."""
    query = sa.select(document_versions).where(document_versions.c.document_id == document_id)
    if before is not None:
        query = query.where(document_versions.c.version < before)
    rows = connection.execute(query.order_by(document_versions.c.version.desc()).limit(limit)).mappings()
    return [
        DocumentVersion(
            row["version"],
            RedactedText(row["title"]),
            row["content_hash"],
            row["size"],
            row["passages"],
            row["redactions"],
            # SQLite keeps no time zone; what went in was UTC.
            row["at"] if row["at"].tzinfo else row["at"].replace(tzinfo=UTC),
        )
        for row in rows
    ]


def drop(connection: Connection, document_ids: Collection[str]) -> None:
    """Forget every version of these documents, with their titles."""
    ids = sorted(set(document_ids))
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        connection.execute(sa.delete(document_versions).where(document_versions.c.document_id.in_(part)))
