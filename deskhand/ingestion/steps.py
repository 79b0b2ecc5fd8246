"""What an ingestion run may call: count a folder, look which items changed, read those, take out what is gone.

The documents table is the checkpoint: a step that a crash cut off is done again and finds there what it had finished.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from deskhand.catalog import Catalog, Known
from deskhand.errors import Unreadable
from deskhand.ingestion.parsing.ceilings import MB, Ceilings
from deskhand.ingestion.parsing.child import unopened
from deskhand.ingestion.parsing.pool import Parsers
from deskhand.ingestion.progress import Failure, Tally
from deskhand.ingestion.readers import DOCUMENTS, PICTURES, ending, is_export, unsupported
from deskhand.ingestion.sources import folder
from deskhand.ingestion.sources.access import NAME as ACCESS
from deskhand.ingestion.sources.access import AccessFiles
from deskhand.ingestion.sources.folder import Listed, Place
from deskhand.knowledge.protocol import Library
from deskhand.nouns import AccessList, Json
from deskhand.redaction.vault import Vault

AT_ONCE = 200
"""Items in one step: so many may be looked at again after a crash, none of them read again."""

PAGE = 500


@dataclass(frozen=True, slots=True)
class Task:
    """A file to be read. For a record file `records` counts what it holds and `unchanged` what of it is indexed."""

    item: str
    hash: str = ""
    size: int = 0
    own: tuple[str, ...] | None = None
    records: int | None = None
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class Look:
    """What there is to do for some items after `last` of the step before; `last` is None at the end of the folder."""

    tasks: tuple[Task, ...]
    tally: Tally
    last: str | None
    more: int = 0
    """Documents beyond one per item: the records of record files."""


@dataclass(frozen=True, slots=True)
class Room:
    """The tools that a run's steps are lent."""

    catalog: Catalog
    library: Library
    parsers: Parsers
    ceilings: Ceilings
    mapping: Mapping[str, Json] | None = None
    sees: bool = False
    vault: Vault | None = None
    redaction: str = ""
    """The fingerprint of the redaction that documents go through."""

    def content(self, digest: str) -> str:
        """What a document's content is known by: its bytes, and what is taken out of them. So what was let in before a
        kind or a name was looked for is read anew."""
        return hashlib.sha256(f"{self.redaction} {digest}".encode()).hexdigest() if digest else ""


def is_read(name: str, *, sees: bool) -> bool:
    """Whether there is a reader for a file of this name; `sees`: with a model that sees."""
    end = ending(name)
    return end in DOCUMENTS or (sees and end in PICTURES) or is_export(name)


def file_of(item: str) -> str:
    """The file that an item came from: of a record, "FILE#ID", its file."""
    for place, sign in enumerate(item):
        if sign == "#" and is_export(item[:place]):
            return item[:place]
    return item


async def count(place: Json, *, room: Room) -> int:
    """How many items there are. Raises `NotFound` when the folder is gone."""
    listing = folder.listing(Place.of(place))
    return await asyncio.to_thread(lambda: sum(1 for listed in listing if listed.reason or not _is_access(listed.item)))


async def look(place: Json, after: str | None, *, room: Room) -> Look:
    """The next items: which are to be read, marked as new; what of them is unchanged, was refused, or closed anew."""
    return await _Looking(Place.of(place), room).look(after)


def _is_access(item: str) -> bool:
    return PurePosixPath(item).name == ACCESS


class _Looking:
    def __init__(self, place: Place, room: Room) -> None:
        self._place, self._room = place, room
        self._access = AccessFiles(Path(place.root))
        self._tasks: list[Task] = []
        self._tally = Tally()
        self._more = 0

    async def look(self, after: str | None) -> Look:
        listed = await asyncio.to_thread(folder.take, self._place, after, AT_ONCE)
        known = await self._room.catalog.known(self._place.source, [each.item for each in listed])
        for each in listed:
            before = known.get(each.item)
            if _is_access(each.item) and not each.reason:
                await self._access_file(each, before)
            elif each.reason:
                await self._refused(each, before)
            elif is_export(each.item):
                await self._export(each, before)
            else:
                await self._file(each, before)
        last = listed[-1].item if len(listed) == AT_ONCE else None
        return Look(tuple(self._tasks), self._tally, last, self._more)

    async def _access_file(self, listed: Listed, before: Known | None) -> None:
        """A bad one is told like a document that failed, a mended one is told of no more."""
        rules = await asyncio.to_thread(self._access.rules, str(PurePosixPath(listed.item).parent))
        if rules and rules.bad:
            self._more += 1
            await self._failed(listed.item, rules.bad, listed.size, own=())
        elif before and before.state != "deleted":
            await self._room.library.delete([before.document_id])

    async def _refused(self, listed: Listed, before: Known | None) -> None:
        if before and before.version and before.state != "deleted" and listed.reason == folder.LINK:
            await self._room.library.delete([before.document_id])
        await self._failed(listed.item, listed.reason, listed.size, own=())

    async def _failed(
        self, item: str, reason: str, size: int, own: tuple[str, ...] | None, content_hash: str = ""
    ) -> None:
        access = None if own is None else AccessList.of(own)
        await self._room.catalog.mark(
            self._place.source, item, "failed", reason=reason, size=size, access=access, content_hash=content_hash
        )
        self._tally += Tally(failed=1, failures=(Failure(item, reason),))

    async def _file(self, listed: Listed, before: Known | None) -> None:
        own = await self._own(listed.item)
        reason = self._unread(listed)
        digest = ""
        if not reason:
            try:
                digest = self._room.content(await asyncio.to_thread(folder.content_hash, self._place.path(listed.item)))
            except OSError as error:
                reason = unopened(error)
        if reason:
            await self._failed(listed.item, reason, listed.size, own)
        elif not await self._settled(listed.item, before, digest, own):
            access = None if own is None else AccessList.of(own)
            source, item = self._place.source, listed.item
            await self._room.catalog.mark(source, item, "new", size=listed.size, access=access)
            self._tasks.append(Task(item, digest, listed.size, own))

    def _unread(self, listed: Listed) -> str:
        """Why the file is not even opened, or ""."""
        if not is_read(listed.item, sees=self._room.sees):
            return str(unsupported(listed.item))
        if listed.size > self._room.ceilings.file_mb * MB:
            limit = self._room.ceilings.file_mb
            size = f"too large: {listed.size / MB:.0f} MB, the ceiling is {limit} MB"
            return f"{size}; split it, or raise ingestion.max_file_mb"
        return ""

    async def _own(self, item: str) -> tuple[str, ...] | None:
        access = await asyncio.to_thread(self._access.own, item)
        return None if access is None else tuple(sorted(access.entries))

    async def _settled(self, item: str, before: Known | None, digest: str, own: tuple[str, ...] | None) -> bool:
        """Whether nothing is to be read: the content is as it was indexed, or failed as it is. Rights are set anew."""
        if before is None or before.content_hash != digest or before.state not in ("indexed", "unchanged", "failed"):
            return False
        await set_access(before, own, item, self._place.source, room=self._room)
        if before.state == "failed":
            self._tally += Tally(failed=1, failures=(Failure(item, before.reason),))
        else:
            self._tally += Tally(unchanged=1)
        return True

    async def _export(self, listed: Listed, before: Known | None) -> None:
        """Compare the records with what is known of them; the file is read again only if one changed or is gone."""
        if self._unread(listed):
            await self._file(listed, before)
            return
        own = await self._own(listed.item)
        total = unchanged = 0
        whole = False
        try:
            async for page in _pages(self._place, listed.item, room=self._room):
                whole = whole or (bool(page) and page[0][0] is None)
                if not whole:
                    total += len(page)
                    unchanged += await self._same(listed.item, page, own)
        except Unreadable as error:
            await self._failed(listed.item, str(error), listed.size, own)
            return
        if whole:
            await self._file(listed, before)
            return
        if before and before.state != "deleted":  # it was one document, or failed, before it was read as records
            await self._room.library.delete([before.document_id])
        self._more += total - 1
        gone = await self._surplus(listed.item, total)
        if unchanged < total or gone:
            self._tasks.append(Task(listed.item, "", listed.size, own, total, unchanged))
        else:
            self._tally += Tally(unchanged=unchanged)

    async def _same(self, file: str, page: list[list[str]], own: tuple[str, ...] | None) -> int:
        """How many of these records are indexed as they are."""
        items = {f"{file}#{record}": self._room.content(digest) for record, digest in page}
        known = await self._room.catalog.known(self._place.source, list(items))
        same = 0
        for item, digest in items.items():
            before = known.get(item)
            if before and before.content_hash == digest and before.state in ("indexed", "unchanged"):
                await set_access(before, own, item, self._place.source, room=self._room)
                same += 1
        return same

    async def _surplus(self, file: str, total: int) -> bool:
        """Whether the catalog knows more records of the file than there are."""
        known = 0
        async for page in known_pages(self._place.source, f"{file}#", room=self._room):
            known += len(page)
        return known > total


async def set_access(known: Known, own: tuple[str, ...] | None, item: str, source: str, *, room: Room) -> None:
    """Give a document the list that holds for it now, if that is another than before."""
    access = None if own is None else AccessList.of(own)
    if known.own_access == (own is not None) and access in (None, known.access):
        return
    if access is None or known.state == "failed":
        # Of a failed item an older content may still be searched, which the list of the new one must not open.
        await room.catalog.mark(source, item, known.state, reason=known.reason, access=access)
    else:
        await room.library.set_access([known.document_id], access)


async def sweep(place: Json, *, room: Room) -> Tally:
    """Take out the documents whose files are gone. Raises `NotFound` when the folder is."""
    where = Place.of(place)
    await asyncio.to_thread(folder.take, where, None, 1)
    deleted = 0
    async for page in known_pages(where.source, "", room=room):
        gone = await asyncio.to_thread(_gone, where, page)
        if gone:
            await room.library.delete(gone)
            deleted += len(gone)
    return Tally(deleted=deleted)


def _gone(place: Place, page: list[tuple[str, str, str]]) -> list[str]:
    return [key for item, key, _ in page if not folder.holds(place, item)]


async def known_pages(source: str, prefix: str, *, room: Room) -> AsyncIterator[list[tuple[str, str, str]]]:
    """The catalog's items that begin with `prefix`, page by page: item, document id, hash of what is indexed."""
    after = ""
    while page := await room.catalog.items(source, prefix=prefix, after=after, limit=PAGE):
        yield page
        after = page[-1][1]


async def _pages(place: Place, item: str, *, room: Room) -> AsyncIterator[list[list[str]]]:
    """The ids and hashes of a record file's records, page by page; an id of None says that it is one document."""
    messages = room.parsers.messages(str(place.path(item)), item, mapping=room.mapping, listing=True)

    def page(found: Iterator[dict[str, Any]]) -> list[list[str]] | None:
        for message in found:
            if "failed" in message:
                raise Unreadable(message["failed"])
            return list(message["items"])
        return None

    try:
        while (found := await asyncio.to_thread(page, messages)) is not None:
            yield found
    finally:
        await asyncio.to_thread(messages.close)
