"""The catalog's tables and all its SQL. The library calls `put_document` and the like inside its own transactions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from deskhand.catalog.changes import log_changes
from deskhand.catalog.version_records import drop as drop_versions
from deskhand.catalog.version_records import put_version
from deskhand.catalog.views import DocumentRecord, Known, document_id
from deskhand.errors import Conflict, NotFound
from deskhand.nouns import EVERYONE, AccessList, Document, DocumentState, Principal, RedactedText, Source
from deskhand.redaction.vault_records import drop_values
from deskhand.store import Connection, metadata, utc_now

__all__ = ["admitted", "document_access", "documents", "drop_documents", "put_document", "set_access", "sources"]

CHUNK = 500
"""Ids in one statement: SQLite takes at most 999 values in older builds."""

OUTDATED: tuple[DocumentState, ...] = ("new", "failed")
"""States of an item whose searched version, where it has one, is not its present content."""

sources = sa.Table(
    "sources",
    metadata,
    sa.Column("id", sa.String(200), primary_key=True),
    sa.Column("owner", sa.String(400), nullable=False),
    sa.Column("location", sa.Text, nullable=False),
    sa.Column("access", sa.JSON, nullable=False),
    sa.Column("changed", sa.DateTime(timezone=True), nullable=False),
    sa.Column("whole", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("mapping", sa.JSON(none_as_null=True)),
    sa.Column("run", sa.String(64)),
)
"""`location` is a folder, or `views.UPLOADS`; for what `whole`, `mapping` and `run` are see `views.Upkeep`."""

documents = sa.Table(
    "documents",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("source", sa.String(200), sa.ForeignKey("sources.id"), nullable=False),
    sa.Column("item", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False, default=0),
    sa.Column("live", sa.Boolean, nullable=False, default=False),
    sa.Column("title", sa.Text, nullable=False, default=""),
    sa.Column("url", sa.Text),
    sa.Column("content_hash", sa.String(128), nullable=False, default=""),
    sa.Column("metadata", sa.JSON, nullable=False, default=dict),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("reason", sa.Text, nullable=False, default=""),
    sa.Column("size", sa.BigInteger, nullable=False, default=0),
    sa.Column("passages", sa.Integer, nullable=False, default=0),
    sa.Column("redactions", sa.JSON, nullable=False, default=dict),
    sa.Column("own_access", sa.Boolean, nullable=False, default=False),
    sa.Column("changed", sa.DateTime(timezone=True), nullable=False),
    sa.Index("documents_by_item", "source", "item"),
    sa.Index("documents_by_state", "source", "state"),
)

document_access = sa.Table(
    "document_access",
    metadata,
    sa.Column("document_id", sa.String(32), sa.ForeignKey("documents.id"), primary_key=True),
    sa.Column("entry", sa.String(400), primary_key=True),
    sa.Index("document_access_by_entry", "entry"),
)


# Sources


def put_source(connection: Connection, source: Source) -> None:
    """Insert or update; raises `Conflict` when the source belongs to another owner."""
    if get_source(connection, source.id) is None:
        values = {"owner": source.owner, "location": source.location, "access": sorted(source.access.entries)}
        insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(sources)
        # Somebody else may put it there at the same moment.
        connection.execute(insert.values(id=source.id, changed=utc_now(), **values).on_conflict_do_nothing())
    if must_source(connection, source.id, alone=True).owner != source.owner:
        raise Conflict(
            f"source {source.id!r} belongs to another owner; its owner can ingest into it, or choose another source id."
        )
    connection.execute(sa.update(sources).where(sources.c.id == source.id).values(location=source.location))
    set_source_access(connection, source.id, source.access)


def get_source(connection: Connection, id: str) -> Source | None:
    return _source(connection, sa.select(sources).where(sources.c.id == id))


def _source(connection: Connection, query: sa.Select[Any]) -> Source | None:
    row = connection.execute(query).mappings().first()
    return None if row is None else source_of(row)


def source_of(row: Mapping[Any, Any]) -> Source:
    return Source(row["id"], row["owner"], row["location"], AccessList.of(row["access"]))


def must_source(connection: Connection, id: str, *, alone: bool = False) -> Source:
    """The source, which nobody else changes until this transaction ends; `alone`: nor takes a document's list from."""
    # A document that is put there while the source is closed to somebody would else keep the list from before.
    query = sa.select(sources).where(sources.c.id == id).with_for_update(read=not alone, key_share=alone)
    source = _source(connection, query)
    if source is None:
        raise NotFound(f"there is no source {id!r}; add it to the catalog (with its owner) before its documents.")
    return source


def set_source_access(connection: Connection, id: str, access: AccessList) -> None:
    """Give a source's default list; its documents without a list of their own follow, and the change log is told.

    What is still searched of an item whose new content is not indexed yet is only closed by it, as in `mark_item`.
    """
    if must_source(connection, id, alone=True).access == access:
        return
    connection.execute(
        sa.update(sources).where(sources.c.id == id).values(access=sorted(access.entries), changed=utc_now())
    )
    following = sa.select(documents.c.id, documents.c.live, documents.c.state).where(
        documents.c.source == id, sa.not_(documents.c.own_access)
    )
    outdated = {key: live and state in OUTDATED for key, live, state in connection.execute(following)}
    _put_access(connection, [key for key, old in outdated.items() if not old], access)
    _narrow_access(connection, [key for key, old in outdated.items() if old], access)
    log_changes(connection, outdated)


# Documents, as ingestion sees them


def known_items(connection: Connection, source_id: str, items: Collection[str] | None = None) -> dict[str, Known]:
    if items is None:
        return _known(connection, documents.c.source == source_id)
    found: dict[str, Known] = {}
    for ids in chunks(document_id(source_id, item) for item in items):
        found |= _known(connection, documents.c.id.in_(ids))
    return found


def _known(connection: Connection, which: sa.ColumnElement[bool]) -> dict[str, Known]:
    access: dict[str, set[str]] = {}
    entries = sa.select(document_access).join(documents, documents.c.id == document_access.c.document_id).where(which)
    for key, entry in connection.execute(entries):
        access.setdefault(key, set()).add(entry)
    columns = (documents.c.item, documents.c.id, documents.c.version, documents.c.content_hash, documents.c.state)
    rows = connection.execute(sa.select(*columns, documents.c.own_access, documents.c.reason).where(which))
    return {
        item: Known(key, version, content_hash, state, own, AccessList.of(access.get(key, ())), reason)
        for item, key, version, content_hash, state, own, reason in rows
    }


def live_items(
    connection: Connection, source_id: str, prefix: str, after: str, limit: int
) -> list[tuple[str, str, str]]:
    statement = sa.select(documents.c.item, documents.c.id, documents.c.content_hash, documents.c.state).where(
        documents.c.source == source_id, documents.c.state != "deleted", documents.c.id > after
    )
    if prefix:
        # Compared by code points: LIKE forgets case on SQLite.
        statement = statement.where(sa.func.substr(documents.c.item, 1, len(prefix)) == prefix)
    rows = connection.execute(statement.order_by(documents.c.id).limit(limit))
    return [(item, key, seen if state in ("indexed", "unchanged") else "") for item, key, seen, state in rows]


def mark_item(
    connection: Connection,
    source_id: str,
    item: str,
    state: DocumentState,
    *,
    content_hash: str,
    reason: str,
    size: int,
    title: str,
    access: AccessList | None,
) -> None:
    """Set an item's state. What was indexed of it before stays searchable. An empty hash, size or title keeps what
    is on record; `access` None means that the item follows its source.

    While an item is new or failed, the list that it has now is that of a content which is not indexed: what is still
    searched of it is shown to those alone whom the list before admits as well.
    """
    source, key = must_source(connection, source_id), document_id(source_id, item)
    own, entries = access is not None, source.access if access is None else access
    values: dict[str, Any] = {"state": state, "reason": reason, "own_access": own, "changed": utc_now()}
    values |= {
        name: value for name, value in (("content_hash", content_hash), ("size", size), ("title", title)) if value
    }
    live = connection.execute(sa.select(documents.c.live).where(documents.c.id == key)).scalar_one_or_none()
    if live is None:
        connection.execute(sa.insert(documents).values(id=key, source=source_id, item=item, **values))
    else:
        connection.execute(sa.update(documents).where(documents.c.id == key).values(**values))
    before = access_of(connection, [key]).get(key, AccessList())
    if live and state in OUTDATED:
        entries = _both(before, entries)
    if before != entries:
        _put_access(connection, [key], entries)
        log_changes(connection, [key] if live else [])


def retry_failed(connection: Connection, reader: Principal, source: str | None, document_ids: Collection[str]) -> int:
    owned = sa.select(sources.c.id).where(sources.c.owner.in_(reader.entries))
    statement = sa.update(documents).where(documents.c.state == "failed", documents.c.source.in_(owned))
    if source is not None:
        statement = statement.where(documents.c.source == source)
    values = {"state": "new", "content_hash": "", "reason": "", "changed": utc_now()}
    if not document_ids:
        return connection.execute(statement.values(**values)).rowcount
    return sum(
        connection.execute(statement.where(documents.c.id.in_(ids)).values(**values)).rowcount
        for ids in chunks(document_ids)
    )


# Documents, as the library changes them


def put_document(
    connection: Connection,
    document: Document,
    *,
    passages: int,
    redactions: Mapping[str, int],
    size: int | None = None,
) -> None:
    """Record a document's new version as indexed. Whose its access list is, was said by `mark_item`; without that, a
    list that differs from the source's is its own. Raises `NotFound` for an unknown source, `Conflict` when the
    version is not newer, or the item follows its source and the source's list is another by now."""
    source = must_source(connection, document.source)
    row = connection.execute(sa.select(documents).where(documents.c.id == document.id)).mappings().first()
    own = _whose_access(document, source, row)
    values: dict[str, Any] = {
        "version": document.version,
        "live": True,
        "title": document.title,
        "url": document.url,
        "content_hash": document.content_hash,
        "metadata": dict(document.metadata),
        "state": "indexed",
        "reason": "",
        "passages": passages,
        "redactions": dict(redactions),
        "own_access": own,
        "changed": utc_now(),
    } | ({} if size is None else {"size": size})
    if row is None:
        connection.execute(
            sa.insert(documents).values(id=document.id, source=document.source, item=document.item, **values)
        )
    else:
        connection.execute(sa.update(documents).where(documents.c.id == document.id).values(**values))
    put_version(
        connection,
        document.id,
        document.version,
        title=document.title,
        content_hash=document.content_hash,
        size=values.get("size", row["size"] if row else 0),
        passages=passages,
        redactions=redactions,
        at=values["changed"],
    )
    _put_access(connection, [document.id], document.access)


def _whose_access(document: Document, source: Source, row: Mapping[Any, Any] | None) -> bool:
    if row is None or row["state"] == "deleted":
        own = document.access != source.access
    else:
        own = row["own_access"]
        if not own and document.access != source.access:
            raise Conflict(
                f"document {document.id} follows source {source.id!r}, whose access list is another by now; mark the "
                "item with a list of its own, or take the source's list and try again."
            )
    # The same version of the same content again is a step that a crash cut off: it is done once more.
    again = row is not None and (document.version, document.content_hash) == (row["version"], row["content_hash"])
    if row is not None and document.version <= row["version"] and not again:
        raise Conflict(
            f"document {document.id} has version {row['version']} already, so version {document.version} is not "
            f"newer; read what is known of it and try with version {row['version'] + 1}."
        )
    return own


def drop_documents(connection: Connection, document_ids: Collection[str]) -> None:
    """Mark documents as deleted and closed to everybody; their version stays on record, so it is never used again."""
    gone = {
        "state": "deleted",
        "live": False,
        "passages": 0,
        "content_hash": "",
        "reason": "",
        "title": "",
        "url": None,
    }
    gone |= {"metadata": {}, "redactions": {}, "own_access": False, "changed": utc_now()}
    for ids in chunks(document_ids):
        connection.execute(sa.update(documents).where(documents.c.id.in_(ids)).values(**gone))
    _put_access(connection, document_ids, AccessList())
    drop_versions(connection, document_ids)
    drop_values(connection, document_ids)


def set_access(connection: Connection, document_ids: Collection[str], access: AccessList) -> None:
    """Give documents a list of their own."""
    for ids in chunks(document_ids):
        own = {"own_access": True, "changed": utc_now()}
        connection.execute(sa.update(documents).where(documents.c.id.in_(ids)).values(**own))
    _put_access(connection, document_ids, access)


def _narrow_access(connection: Connection, document_ids: Collection[str], access: AccessList) -> None:
    """Close documents to whom `access` does not admit; it opens none."""
    before = access_of(connection, document_ids)
    for key in document_ids:
        _put_access(connection, [key], _both(before.get(key, AccessList()), access))


def _both(one: AccessList, other: AccessList) -> AccessList:
    """A list that admits nobody whom not both admit; somebody whom each admits by another entry is left out too."""
    if EVERYONE in one.entries:
        return other
    return one if EVERYONE in other.entries else AccessList(one.entries & other.entries)


def _put_access(connection: Connection, document_ids: Collection[str], access: AccessList) -> None:
    for ids in chunks(document_ids):
        known = list(connection.execute(sa.select(documents.c.id).where(documents.c.id.in_(ids))).scalars())
        connection.execute(sa.delete(document_access).where(document_access.c.document_id.in_(ids)))
        rows = [{"document_id": key, "entry": entry} for key in known for entry in sorted(access.entries)]
        if rows:
            connection.execute(sa.insert(document_access), rows)


# Documents, as a reader sees them


def admitted(connection: Connection, document_ids: Collection[str], reader: Principal) -> dict[str, int]:
    """The version of each of these documents that is in the library and admits the reader."""
    found: dict[str, int] = {}
    for ids in chunks(document_ids):
        statement = sa.select(documents.c.id, documents.c.version).where(
            documents.c.id.in_(ids), documents.c.live, _admits(reader)
        )
        found.update((key, version) for key, version in connection.execute(statement))
    return found


def access_of(connection: Connection, document_ids: Collection[str]) -> dict[str, AccessList]:
    """The access list of each document that has one."""
    entries: dict[str, set[str]] = {}
    for ids in chunks(document_ids):
        statement = sa.select(document_access).where(document_access.c.document_id.in_(ids))
        for key, entry in connection.execute(statement):
            entries.setdefault(key, set()).add(entry)
    return {key: AccessList.of(found) for key, found in entries.items()}


def find_documents(
    connection: Connection,
    reader: Principal,
    *,
    ids: Sequence[str] | None = None,
    source: str | None = None,
    state: DocumentState | None = None,
    text: str = "",
    limit: int = 50,
    after: str | None = None,
) -> list[DocumentRecord]:
    """Documents in the order of source and item: the reader's own in every state, others' when they are open to it."""
    owned = sources.c.owner.in_(reader.entries)
    open_ = sa.and_(documents.c.live, _admits(reader))
    statement = sa.select(documents, owned.label("owned")).join(sources, sources.c.id == documents.c.source)
    visible = sa.or_(owned, open_)
    if state is not None:
        # To who does not own the source, whatever is searched is "indexed": a failed update is the owner's affair.
        mine = sa.and_(owned, documents.c.state == state)
        statement = statement.where(sa.or_(mine, sa.and_(open_, sa.not_(owned))) if state == "indexed" else mine)
    else:
        statement = statement.where(visible)
    if ids is not None:
        statement = statement.where(documents.c.id.in_(ids))
    if source is not None:
        statement = statement.where(documents.c.source == source)
    if text:
        statement = statement.where(sa.or_(_contains(documents.c.title, text), _contains(documents.c.item, text)))
    if after is not None:
        # A place that the reader may not know of would tell by what follows it that it is there.
        place = sa.select(documents.c.source, documents.c.item).join(sources, sources.c.id == documents.c.source)
        last = place.where(documents.c.id == after, visible).subquery()
        statement = statement.join(last, sa.true()).where(
            sa.tuple_(documents.c.source, documents.c.item) > sa.tuple_(last.c.source, last.c.item)
        )
    rows = connection.execute(statement.order_by(documents.c.source, documents.c.item).limit(limit)).mappings().all()
    access = access_of(connection, [row["id"] for row in rows])
    return [_record(row, access.get(row["id"], AccessList())) for row in rows]


def _contains(column: sa.ColumnElement[str], text: str) -> sa.ColumnElement[bool]:
    """Whether the column has the text in it, whatever its case. SQLite knows the case of A to Z only, so the likely
    spellings are asked for too."""
    spellings = dict.fromkeys((text, text.lower(), text.upper(), text.capitalize(), text.title()))
    lower = sa.func.lower(column)
    return sa.or_(
        lower.contains(text.lower(), autoescape=True), *(column.contains(each, autoescape=True) for each in spellings)
    )


def document_ids(connection: Connection, source: str) -> list[str]:
    """The ids of a source's documents that are in the library."""
    statement = sa.select(documents.c.id).where(documents.c.source == source, documents.c.live)
    return list(connection.execute(statement.order_by(documents.c.id)).scalars())


def count_states(connection: Connection) -> dict[str, int]:
    """How many documents of all sources are in each state."""
    rows = connection.execute(sa.select(documents.c.state, sa.func.count()).group_by(documents.c.state))
    return {str(state): int(count) for state, count in rows}


def _admits(reader: Principal) -> sa.ColumnElement[bool]:
    open_to = sa.select(document_access.c.document_id).where(
        document_access.c.document_id == documents.c.id, document_access.c.entry.in_(reader.entries)
    )
    return open_to.exists()


def _record(row: Mapping[Any, Any], access: AccessList) -> DocumentRecord:
    document = Document(
        id=row["id"],
        source=row["source"],
        item=row["item"],
        version=row["version"],
        title=RedactedText(row["title"]),
        url=row["url"],
        access=access,
        content_hash=row["content_hash"],
        metadata=row["metadata"],
    )
    state: DocumentState = row["state"] if row["owned"] else "indexed"
    reason = row["reason"] if row["owned"] else ""
    return DocumentRecord(
        document,
        state,
        reason,
        row["size"],
        row["passages"],
        row["redactions"],
        aware(row["changed"]),
        row["owned"],
        row["own_access"],
    )


def aware(moment: datetime) -> datetime:
    """The moment with its time zone."""
    # SQLite keeps no time zone; what went in was UTC.
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def chunks(ids: Iterable[str], size: int = CHUNK) -> Iterable[list[str]]:
    """The ids, each once, in lists of at most `size`."""
    every = list(dict.fromkeys(ids))
    return (every[start : start + size] for start in range(0, len(every), size))
