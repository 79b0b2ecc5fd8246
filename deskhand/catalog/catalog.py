"""The catalog, for async callers: which sources there are, what is known of their items, who may see what of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from deskhand.catalog import records, source_records
from deskhand.catalog.views import DocumentRecord, Known, SourceRedactions, SourceReport, Upkeep
from deskhand.errors import NotFound
from deskhand.nouns import AccessList, DocumentState, Json, Principal, Source
from deskhand.store import Database

__all__ = ["Catalog"]


class Catalog:
    """Sources and documents in the database. Listings show a reader what it owns and what is open to it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add_source(self, source: Source) -> None:
        """Insert or update a source; documents that follow its access list follow the new one.

        Raises `Conflict` when it is another owner's.
        """
        await self._database.write(records.put_source, source)

    async def source(self, id: str) -> Source | None:
        return await self._database.read(records.get_source, id)

    async def sources(self, reader: Principal) -> list[SourceReport]:
        """The sources that the reader owns, by id."""
        return await self._database.read(source_records.source_reports, reader)

    async def report(self, id: str, reader: Principal) -> SourceReport:
        """One source that the reader owns. Raises `NotFound`."""
        found = await self._database.read(source_records.source_reports, reader, id)
        if not found:
            raise NotFound(f"there is no source {id[:200]!r} of yours; `deskhand sources list` shows them.")
        return found[0]

    async def owned(self, ids: Collection[str], reader: Principal) -> Collection[str]:
        """Which of these sources the reader owns."""
        return await self._database.read(source_records.owned_sources, list(ids), reader)

    async def upkeep(self, id: str, reader: Principal) -> Upkeep:
        """How a source that the reader owns is kept up to date. Raises `NotFound`."""
        return await self._database.read(source_records.upkeep, id, reader)

    async def note_reading(self, id: str, *, whole: bool, mapping: Mapping[str, Json] | None) -> None:
        """Say how a source is read: its ticket exports by `mapping`, and once it was, all of its folder."""
        await self._database.write(source_records.note_reading, id, whole, mapping)

    async def note_run(self, id: str, run: str) -> None:
        """Say that `run` is a source's newest ingestion."""
        await self._database.write(source_records.note_run, id, run)

    async def open_uploads(self, id: str, owner: str, access: AccessList | None = None) -> None:
        """Make a source that takes uploads, unless it is there; `access` (None: its owner alone) is for a new one.

        Raises `Conflict` when it is another owner's, or a folder, or its readers are others than `access`.
        """
        await self._database.write(source_records.open_uploads, id, owner, access)

    async def open_to(self, id: str, access: AccessList, reader: Principal, was: AccessList | None = None) -> None:
        """Change the default list of a source that the reader owns; documents without a list of their own follow. Where
        `was` says which list that is thought to be, it must be this. Raises `NotFound`, and `Conflict` when somebody
        changed it meanwhile."""
        await self._database.write(source_records.set_own_access, id, access, reader, was)

    async def set_source_access(self, id: str, access: AccessList) -> None:
        """Change a source's default list; documents without a list of their own follow. Raises `NotFound`."""
        await self._database.write(records.set_source_access, id, access)

    async def known(self, source_id: str, items: Collection[str] | None = None) -> dict[str, Known]:
        """What is on record of each item of a source (or of these), deleted ones too: their versions go on."""
        return await self._database.read(records.known_items, source_id, items)

    async def items(
        self, source_id: str, *, prefix: str = "", after: str = "", limit: int = 1000
    ) -> list[tuple[str, str, str]]:
        """Items of a source that are not deleted, beginning with `prefix`, each with its document's id and the hash of
        what is indexed of it ("" for others): in the order of the ids, after the one with the id `after`."""
        return await self._database.read(records.live_items, source_id, prefix, after, limit)

    async def mark(
        self,
        source_id: str,
        item: str,
        state: DocumentState,
        *,
        content_hash: str = "",
        reason: str = "",
        size: int = 0,
        title: str = "",
        access: AccessList | None = None,
    ) -> None:
        """Set an item's state before ("new") or without ("failed", "unchanged") indexing it.

        `access` is the item's own list; None means that it follows its source. An empty hash, size or title keeps
        what is on record. What was indexed of it before stays searchable. Raises `NotFound` for an unknown source.
        """
        await self._database.write(
            records.mark_item,
            source_id,
            item,
            state,
            content_hash=content_hash,
            reason=reason,
            size=size,
            title=title,
            access=access,
        )

    async def documents(
        self,
        reader: Principal,
        *,
        source: str | None = None,
        state: DocumentState | None = None,
        text: str = "",
        limit: int = 50,
        after: str | None = None,
    ) -> list[DocumentRecord]:
        """Documents by source and item, `after` the one with that id: the reader's own in every state, and indexed
        ones that admit it; with a `text`, those with it in their title or item."""
        return await self._database.read(
            records.find_documents, reader, source=source, state=state, text=text, limit=limit, after=after
        )

    async def document(self, id: str, reader: Principal) -> DocumentRecord:
        """Raises `NotFound` when there is none, or it is closed to the reader."""
        found = await self._database.read(records.find_documents, reader, ids=[id], limit=1)
        if not found:
            raise NotFound(f"there is no document {id!r} that you may read; `deskhand sources documents` lists them.")
        return found[0]

    async def retry(self, reader: Principal, *, source: str | None = None, documents: Collection[str] = ()) -> int:
        """Set the reader's failed documents (of one source, or these) back to "new"; how many."""
        return await self._database.write(records.retry_failed, reader, source, documents)

    async def readable(self, ids: Collection[str], reader: Principal) -> Collection[str]:
        """Which of these documents are in the library and admit the reader."""
        return set(await self._database.read(records.admitted, ids, reader))

    async def redactions(self, source: str, reader: Principal) -> SourceRedactions:
        """What was replaced in the documents of a source that the reader owns. Raises `NotFound`."""
        return await self._database.read(source_records.source_redactions, reader, source)

    async def document_ids(self, source: str) -> list[str]:
        """The documents of a source that are in the library, whoever may read them."""
        return await self._database.read(records.document_ids, source)

    async def counts(self) -> dict[str, int]:
        """How many documents of all sources are in each state; for metrics, as it names nothing and nobody."""
        return await self._database.read(records.count_states)
