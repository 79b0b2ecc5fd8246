"""How somebody stands to a document: whether it is theirs, open to them, or not there as far as they may know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from deskhand.catalog import records, version_records
from deskhand.catalog.version_records import DocumentVersion
from deskhand.errors import NotFound
from deskhand.nouns import AccessList, Principal
from deskhand.store import Connection

__all__ = ["Standing", "known_versions", "owned", "standing_of"]


@dataclass(frozen=True, slots=True)
class Standing:
    """A document as a reader stands to it.

    `owned` is whether the reader owns its source, `open` whether the document is in the library (`live`) and admits the
    reader. `own_access` is whether `access` is the document's own list, or its source's.
    """

    document: str
    source: str
    version: int
    live: bool
    owned: bool
    open: bool
    access: AccessList
    own_access: bool


def standing_of(connection: Connection, id: str, reader: Principal) -> Standing:
    """How the reader stands to a document, which may be closed to him. Raises `NotFound` when there is none."""
    documents, sources = records.documents, records.sources
    query = (
        sa.select(documents.c.source, documents.c.version, documents.c.live, documents.c.own_access, sources.c.owner)
        .join(sources, sources.c.id == documents.c.source)
        .where(documents.c.id == id)
    )
    row = connection.execute(query).first()
    # Asked in any case: else the time that it takes would tell a document that is not there from one that is closed.
    access = records.access_of(connection, [id]).get(id, AccessList())
    if row is None:
        raise _no_document(id)
    return Standing(
        document=id,
        source=row.source,
        version=row.version,
        live=row.live,
        owned=row.owner in reader.entries,
        open=row.live and access.admits(reader),
        access=access,
        own_access=row.own_access,
    )


def _must(connection: Connection, id: str, reader: Principal, may: Callable[[Standing], bool]) -> Standing:
    standing = standing_of(connection, id, reader)
    if not may(standing):
        raise _no_document(id)
    return standing


def owned(connection: Connection, id: str, reader: Principal) -> Standing:
    """A document of a source that the reader owns. Raises `NotFound` for every other, as for one that is not there."""
    return _must(connection, id, reader, lambda standing: standing.owned)


def known_versions(
    connection: Connection, id: str, reader: Principal, limit: int, before: int | None = None
) -> tuple[Standing, list[DocumentVersion]]:
    """The versions that a document had, newest first: at most `limit`, with a number below `before` when given.

    Whoever may read it without owning its source sees the present one alone: what it was called before may have been
    closed to them. Raises `NotFound`.
    """
    standing = _must(connection, id, reader, lambda standing: standing.owned or standing.open)
    if standing.owned:
        return standing, version_records.versions_of(connection, id, limit, before)
    newest = version_records.versions_of(connection, id, 1)
    shown = [each for each in newest if each.version == standing.version and (before is None or each.version < before)]
    return standing, shown


def _no_document(id: str) -> NotFound:
    return NotFound(f"there is no document {id[:80]!r} of yours; `deskhand sources documents` lists them.")
