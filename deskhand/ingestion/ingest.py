"""Ingestion as the house sees it: start a run over folders and files, follow it, ask what came of it."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from deskhand.access import Directory
from deskhand.catalog import UPLOADS, Catalog, Upkeep, document_id
from deskhand.engine.protocol import Engine, Limits
from deskhand.errors import Conflict, NotFound
from deskhand.ingestion import steps
from deskhand.ingestion.carrying import Carrying
from deskhand.ingestion.filetext import FileText, FileTexts
from deskhand.ingestion.parsing.ceilings import MB, Ceilings
from deskhand.ingestion.places import owner_entry, places_of, read_mapping, source_name
from deskhand.ingestion.progress import Failure, IngestReport, Progress
from deskhand.ingestion.readers import is_export
from deskhand.ingestion.sources.folder import Place
from deskhand.ingestion.uploads import UNDER_WAY, Uploads
from deskhand.knowledge.protocol import Library
from deskhand.llm.protocol import Seer
from deskhand.nouns import AccessList, Json, Principal, Run, Source
from deskhand.redaction import Redactor
from deskhand.redaction.vault import Vault

AT_ONCE = 2
"""Attached files that are read at once, at most."""

MOST_UNDER_WAY = 200
"""Ingestions under way that are looked through, of each state."""

AGAIN = "upload again what changed"


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file that was taken in: the run that reads it, and the id of the document that it becomes (None for a file that
    may hold several records)."""

    run: str
    document: str | None


def new_run() -> str:
    """The id of an ingestion to be."""
    return f"ingest-{uuid.uuid4().hex[:20]}"


class Ingestion:
    """Registers the workflow "ingest" at the engine, before its launch.

    `workers` child processes parse files, each file within `memory_mb`, `seconds` and `max_file_mb`; `seer` reads
    scans and pictures, which fail without it; `vault` keeps what redaction seals. Uploaded files wait in the folder
    `spool` (None: none are taken). `clock` gives seconds, for the rate.
    """

    def __init__(
        self,
        engine: Engine,
        catalog: Catalog,
        library: Library,
        directory: Directory,
        *,
        redactor: Redactor,
        vault: Vault | None = None,
        workers: int = 1,
        memory_mb: int = 1024,
        seconds: float = 60.0,
        max_file_mb: int = 200,
        seer: Seer | None = None,
        spool: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine, self._catalog, self._library, self._directory = engine, catalog, library, directory
        ceilings = Ceilings(seconds, memory_mb, max_file_mb)
        self._uploads = Uploads(catalog, spool, max_file_mb * MB, sees=seer is not None)
        self._texts = FileTexts(redactor, ceilings, seer, min(workers, AT_ONCE))
        carrying = Carrying(catalog, library, redactor, self._uploads, ceilings, workers, seer, vault, clock)
        engine.register("ingest", carrying.carry, Limits(concurrency=2))

    async def ingest(
        self,
        paths: Sequence[Path],
        *,
        owner: str,
        source: str | None = None,
        access: AccessList | None = None,
        mapping: Path | None = None,
        door: str = "",
    ) -> str:
        """Start a run that brings folders and files up to date in the library; the run's id.

        Each folder is a source of its own, owned by the entry `owner`; files belong to the source of their folder.
        `source` names it when there is one. `access` is the default list of new documents without an `.access.yaml`
        (None: as it was, at first nobody but the owner). `mapping` is a YAML file for ticket exports. `door` is where
        the wish came in.
        Raises `BadInput`, `NotFound` for a path that is not there, `Conflict` for another owner's source.
        """
        whose = owner_entry(owner)
        fields = None if mapping is None else await asyncio.to_thread(read_mapping, mapping)
        places = await asyncio.to_thread(places_of, paths, source)
        for place in places:
            await self._own(place, whose, access)
        return await self._start(new_run(), places, fields, by=whose, door=door)

    async def _start(
        self, run: str, places: Sequence[Place], mapping: Mapping[str, Json] | None, *, by: str, door: str
    ) -> str:
        for place in places:
            await self._catalog.note_reading(place.source, whole=not place.only, mapping=mapping)
        payload = {"places": [asdict(place) for place in places], "mapping": mapping}
        await self._engine.start("ingest", run, payload, key=places[0].source, by=by, door=door)
        for place in places:
            await self._catalog.note_run(place.source, run)
        return run

    async def upload(
        self,
        source: str,
        name: str,
        content: AsyncIterator[bytes],
        *,
        owner: str,
        access: AccessList | None = None,
        door: str = "",
        announced: int = 0,
    ) -> Uploaded:
        """Take one file into a source that uploads make, and start the run that reads it. The file itself is kept until
        that run has ended, whatever came of it.

        A new source is owned by the entry `owner`; `access` is its default list (None: its owner alone). A file of the
        same name is replaced. `announced` is how many bytes it has, where that is known: room is taken for them at
        once. Raises `BadInput` for a name or an id that cannot be, `Unreadable` for a format without a
        reader, `Conflict` for another's source or a folder, `Busy` when there is no room.
        """
        whose, run = owner_entry(owner), new_run()
        place = await self._uploads.take(
            run, source_name(source), name, content, owner=whose, access=access, announced=announced
        )
        payload = {"places": [asdict(place)], "mapping": None, "uploaded": True}
        try:
            await self._engine.start("ingest", run, payload, key=source, by=whose, door=door)
        except BaseException:
            await asyncio.shield(self._uploads.drop(run))
            raise
        await self._catalog.note_run(source, run)
        [item] = place.only
        return Uploaded(run, None if is_export(item) else document_id(source, item))

    async def sync(self, source: str, reader: Principal, *, door: str = "") -> str:
        """Start a run that brings a source of the reader's up to date with its folder, or with those files of it that
        were named; the run's id. One that is under way already is enough.

        Raises `NotFound`, `Conflict` when there is no such folder (any more).
        """
        upkeep = await self._catalog.upkeep(source, reader)
        if upkeep.source.location == UPLOADS:
            raise Conflict(f"source {source!r} was made by uploads, so there is no folder to look at; {AGAIN}.")
        if (newest := (await self.newest({source: upkeep.run})).get(source)) and newest.state in UNDER_WAY:
            return newest.id
        place = await self._place(upkeep)
        return await self._start(new_run(), [place], upkeep.mapping, by=upkeep.source.owner, door=door)

    async def _place(self, upkeep: Upkeep) -> Place:
        """What is to be looked at of a source. Raises `Conflict` when there is nothing."""
        source, location = upkeep.source.id, upkeep.source.location
        if not await asyncio.to_thread(Path(location).is_dir):
            raise Conflict(
                f"the folder of source {source!r} is gone; nothing was changed. Bring it back and try again."
            )
        only = () if upkeep.whole else await self._files(source)
        if not (only or upkeep.whole):
            raise Conflict(f"source {source!r} holds nothing that could be read again; ingest its folder, or a file.")
        return Place(source, location, only)

    async def _files(self, source: str) -> tuple[str, ...]:
        """The files that a source's items came from."""
        after, found = "", set[str]()
        while page := await self._catalog.items(source, after=after):
            found.update(steps.file_of(item) for item, _, _ in page)
            after = page[-1][1]
        return tuple(sorted(found))

    async def retry(self, source: str, reader: Principal, *, door: str = "") -> tuple[int, str | None]:
        """Have the failed documents of a source of the reader's read again: how many, and the run that does it, after
        those that are under way (None: there are none). Raises as `sync` does."""
        upkeep = await self._catalog.upkeep(source, reader)
        if upkeep.source.location == UPLOADS:
            raise Conflict(f"uploaded files are not kept, so those of source {source!r} cannot be read again; {AGAIN}.")
        place = await self._place(upkeep)
        count = await self._catalog.retry(reader, source=source)
        if not count:
            return 0, None
        # Another than the one that may be under way: that may be past them.
        return count, await self._start(new_run(), [place], upkeep.mapping, by=upkeep.source.owner, door=door)

    async def take_out(self, document: str, reader: Principal) -> None:
        """Take an uploaded document of the reader's out of the library. Raises `NotFound`, `Conflict` for one of a
        folder, or while files of its source are being read."""
        record = await self._catalog.document(document, reader)
        if not record.owned or record.state == "deleted":
            raise NotFound(f"there is no document {document[:40]!r} of yours; list yours, and take an id from there.")
        upkeep = await self._catalog.upkeep(record.document.source, reader)
        if upkeep.source.location != UPLOADS:
            raise Conflict(
                f"document {document!r} comes from a folder and would come back with it; take its file out of the "
                "folder and synchronise the source."
            )
        source = upkeep.source.id
        if (newest := (await self.newest({source: upkeep.run})).get(source)) and newest.state in UNDER_WAY:
            raise Conflict("files of its source are being read, maybe this one; wait until they are, then delete it.")
        await self._library.delete([document])

    async def newest(self, noted: Mapping[str, str | None]) -> dict[str, Run]:
        """The newest ingestion of each of these sources that is still on record, or one that is under way; `noted` is
        what the catalog has for it, by source."""
        runs = await self.on_record([run for run in noted.values() if run is not None])
        found = {source: runs[run] for source, run in noted.items() if run in runs}
        if all(run.state in UNDER_WAY for run in found.values()) and found.keys() == noted.keys():
            return found
        # The process that began one may have died before the catalog had noted it.
        for state in UNDER_WAY:
            for run in await self._engine.runs(workflow="ingest", state=state, limit=MOST_UNDER_WAY):
                for source in {place["source"] for place in run.input["places"]} & noted.keys():
                    if source not in found or found[source].state not in UNDER_WAY:
                        found[source] = run
        return found

    async def on_record(self, runs: Sequence[str]) -> dict[str, Run]:
        """Those of these ingestions that are on record, by id."""
        found = await self._engine.runs(workflow="ingest", ids=tuple(runs), limit=len(runs)) if runs else []
        return {run.id: run for run in found}

    async def tidy(self) -> int:
        """Delete uploaded files whose run has ended, or was never started; how many."""
        return await self._uploads.tidy(self.on_record)

    async def _own(self, place: Place, owner: str, access: AccessList | None) -> None:
        before = await self._catalog.source(place.source)
        mine = before is not None and before.owner == owner  # another owner's folder is not told; the catalog refuses
        if before and mine and before.location == UPLOADS:
            raise Conflict(f"source {place.source!r} was made by uploads; give {place.root!r} another source id.")
        if before and mine and before.location != place.root and await asyncio.to_thread(Path(before.location).is_dir):
            raise Conflict(
                f"source {place.source!r} is the folder {before.location!r}, which is still there; "
                f"give {place.root!r} another source id."
            )
        kept = before.access if before else AccessList.of([owner])
        await self._catalog.add_source(Source(place.source, owner, place.root, kept if access is None else access))

    async def progress(self, run_id: str) -> AsyncIterator[Progress]:
        """How far the run is, as it goes, at most four times a second; ends when the run has ended."""
        async for event in self._engine.follow(run_id):
            if event.type == "progress":
                yield Progress(**event.data)

    async def result(self, run_id: str, *, timeout: float | None = None) -> IngestReport:
        """What came of the run, waited for up to `timeout` seconds. Raises as `Engine.result` does."""
        said = await self._engine.result(run_id, timeout=timeout)
        failures = tuple(Failure(**failure) for failure in said["failures"])
        return IngestReport(run_id, said["counts"], said["passages"], said["redactions"], failures)

    async def may_look(self, run: Run, reader: Principal) -> bool:
        """Whether the reader may see what a run took in, and what came of it: all its sources are the reader's."""
        sources = {place["source"] for place in run.input["places"]}
        return sources == set(await self._catalog.owned(sources, reader))

    async def text_of(self, file: Path | bytes, name: str, *, limit: int) -> FileText:
        """The first `limit` characters of what one file says, redacted; nothing of it is kept.

        `file` is its path or its bytes; the end of `name` tells its format (".pdf"). It is parsed under the same
        ceilings as any other. Raises `Unreadable`, `RedactionFailed`, and what the seeing model raises on a picture.
        """
        return await self._texts.of(file, name, limit=limit)

    async def close(self) -> None:
        """End the processes that `text_of` was lent; runs end theirs themselves."""
        await self._texts.close()
