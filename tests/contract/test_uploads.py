"""Sources that files are uploaded to, and what an owner does with sources, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import errno
import os
import stat
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from deskhand.access import Directory
from deskhand.catalog import Catalog, DocumentRecord, document_id
from deskhand.catalog.version_records import versions_of
from deskhand.engine.memory import MemoryEngine
from deskhand.errors import BadInput, Busy, Conflict, NotFound, RunFailed, Unreadable
from deskhand.ingestion import Ingestion, IngestReport
from deskhand.ingestion.spool import Spool
from deskhand.ingestion.uploads import LEFT_BEHIND
from deskhand.knowledge import Library, open_library
from deskhand.knowledge.text_records import text_of
from deskhand.nouns import AccessList, Principal
from deskhand.redaction import Redactor
from deskhand.store import Database, metadata

OLGA = Principal("olga@example.com")
ANA = Principal("ana@example.com", frozenset({"staff"}))
STAFF = AccessList.of(["group:staff"])


@dataclass
class House:
    """A desk that takes uploads: `put` sends a file and waits for its run, as Olga."""

    ingestion: Ingestion
    catalog: Catalog
    library: Library
    engine: MemoryEngine
    database: Database
    folder: Path
    spool: Path

    async def send(
        self, name: str, text: str | bytes, source: str = "sent", owner: str = OLGA.id, **more: object
    ) -> str:
        async def content() -> AsyncIterator[bytes]:
            data = text.encode() if isinstance(text, str) else text
            for start in range(0, len(data), 70_001):
                yield data[start : start + 70_001]

        access = more.get("access", STAFF if source == "sent" else None)
        taken = await self.ingestion.upload(source, name, content(), owner=f"person:{owner}", access=access)  # type: ignore[arg-type]
        return taken.run

    async def put(self, name: str, text: str | bytes, source: str = "sent") -> IngestReport:
        return await self.ingestion.result(await self.send(name, text, source), timeout=60)

    async def documents(self, reader: Principal = OLGA) -> dict[str, DocumentRecord]:
        return {each.document.item: each for each in await self.catalog.documents(reader, limit=100)}

    async def texts(self, item: str, reader: Principal = ANA, source: str = "sent") -> list[str] | None:
        text = await self.database.read(text_of, document_id(source, item), reader, -1, 10)
        return None if text is None else [str(passage.text) for passage in text.passages]

    def kept(self) -> list[str]:
        return sorted(path.name for path in self.spool.rglob("*") if path.is_file())


@pytest.fixture
async def house(database: Database, tmp_path: Path) -> AsyncIterator[House]:
    with database.writing() as connection:
        metadata.create_all(connection)
    library = open_library(database, tmp_path / "index", embedder=None)
    engine, catalog, spool = MemoryEngine(), Catalog(database), tmp_path / "home" / "spool"
    ingestion = Ingestion(
        engine, catalog, library, Directory(database), redactor=Redactor(), spool=spool, max_file_mb=1
    )
    (tmp_path / "files").mkdir()
    await library.launch()
    await engine.launch()
    yield House(ingestion, catalog, library, engine, database, tmp_path / "files", spool)
    await engine.close()
    await library.close()


async def test_an_uploaded_file_becomes_a_document_and_is_not_kept(house: House) -> None:
    report = await house.put("guide.md", "# Paper\n\nFill the lower tray.")

    assert report.counts["indexed"] == 1
    assert await house.texts("guide.md") == ["Fill the lower tray."]
    assert house.kept() == []
    assert list(house.spool.iterdir()) == []


async def test_a_file_that_waits_is_closed_to_other_users_of_the_machine(house: House) -> None:
    await house.engine.close()
    house.engine._open = True  # runs are taken and none is carried
    house.engine._take_up = lambda: None  # type: ignore[method-assign]

    run = await house.send("guide.md", "Fill the lower tray.")

    file = house.spool / run / "guide.md"
    assert file.read_text() == "Fill the lower tray."
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in (house.spool, file.parent)} == {0o700}


async def test_a_file_of_the_same_name_takes_the_place_of_the_one_before(house: House) -> None:
    await house.put("guide.md", "Fill the lower tray.")
    await house.put("other.md", "Press Start.")

    again = await house.put("guide.md", "Fill the lower tray.")
    changed = await house.put("guide.md", "Fill the upper tray.")

    assert (again.counts["unchanged"], changed.counts["indexed"]) == (1, 1)
    assert await house.texts("guide.md") == ["Fill the upper tray."]
    assert sorted(await house.documents()) == ["guide.md", "other.md"]
    found = await house.database.read(versions_of, document_id("sent", "guide.md"))
    assert [(each.version, each.size, each.passages) for each in found] == [(2, 20, 1), (1, 20, 1)]


async def test_a_table_of_cases_becomes_a_document_for_each(house: House) -> None:
    table = "id,subject,body\n1,Paper,Fill the tray.\n2,Ink,Change the ink.\n"

    async def content() -> AsyncIterator[bytes]:
        yield table.encode()

    taken = await house.ingestion.upload("cases", "cases.csv", content(), owner="person:olga@example.com")
    await house.ingestion.result(taken.run, timeout=60)

    assert taken.document is None
    assert sorted(await house.documents()) == ["cases.csv#1", "cases.csv#2"]


async def test_a_file_that_cannot_be_read_fails_alone_and_says_why(house: House) -> None:
    report = await house.put("broken.pdf", b"%PDF-1.7 nothing of the kind")

    record = (await house.documents())["broken.pdf"]
    assert (report.counts["failed"], record.state) == (1, "failed")
    assert record.reason
    assert house.kept() == []


async def test_names_in_other_scripts_are_taken_as_they_are(house: House) -> None:
    await house.put("Benutzer-Übersicht (alt) №2 #1.md", "Alles über den Drucker.")

    assert list(await house.documents()) == ["Benutzer-Übersicht (alt) №2 #1.md"]


async def test_a_format_without_a_reader_and_an_empty_file_are_refused_at_once(house: House) -> None:
    with pytest.raises(Unreadable, match=r"unsupported format '\.exe'"):
        await house.send("setup.exe", "MZ")
    with pytest.raises(BadInput, match="empty"):
        await house.send("guide.md", "")

    assert house.kept() == []


async def test_an_upload_that_breaks_off_leaves_nothing(house: House) -> None:
    async def content() -> AsyncIterator[bytes]:
        yield b"x" * 300_000
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await house.ingestion.upload("sent", "guide.md", content(), owner="person:olga@example.com")

    assert list(house.spool.iterdir()) == []
    assert await house.engine.runs() == []


async def test_a_file_has_a_bound_that_its_announced_length_does_not_move(house: House) -> None:
    with pytest.raises(Unreadable, match="too large: the ceiling is 1 MB"):
        await house.send("guide.md", "x" * (2**20 + 1))

    assert house.kept() == []


async def test_a_disk_without_room_is_told_and_leaves_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(Busy, match="No space left"):
        await house.send("guide.md", "Fill the lower tray.")
    monkeypatch.undo()

    assert list(house.spool.iterdir()) == []


async def test_files_that_wait_have_a_bound_together(house: House) -> None:
    (house.spool / "ingest-before").mkdir(parents=True)
    with (house.spool / "ingest-before" / "big.md").open("wb") as file:
        file.truncate(20 * 2**20 - 10)

    with pytest.raises(Busy, match="too much waits"):
        await house.send("guide.md", "Fill the lower tray.")

    assert house.kept() == ["big.md"]


@pytest.mark.parametrize("announced", [400, 0])
async def test_files_that_come_at_once_have_the_bound_together(tmp_path: Path, announced: int) -> None:
    """Each saw the same room when it began. Two spools share nothing but the folder, as two processes do."""
    spools = [Spool(tmp_path / "spool", 400, 1_000) for _ in range(2)]
    under_way, go = 0, asyncio.Event()

    def one_more(_: object = None) -> None:
        nonlocal under_way
        under_way += 1
        if under_way >= 6:
            go.set()

    async def content() -> AsyncIterator[bytes]:
        one_more()
        await go.wait()
        yield b"x" * 400

    takes = [
        asyncio.create_task(spools[number % 2].take(f"run-{number}", "guide.md", content(), announced))
        for number in range(6)
    ]
    for each in takes:
        each.add_done_callback(one_more)
    outcomes = await asyncio.gather(*takes, return_exceptions=True)

    assert sorted(str(each) for each in outcomes if not isinstance(each, Busy)) == ["400", "400"]
    assert sum(path.stat().st_size for path in (tmp_path / "spool").rglob("*.md")) == 800


async def test_room_that_was_taken_for_more_than_came_is_free_again(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", 400, 400)

    async def content() -> AsyncIterator[bytes]:
        yield b"x" * 100

    with pytest.raises(Unreadable, match="too large"):
        await spool.take("run-0", "guide.md", content(), 401)

    assert [await spool.take(f"run-{number}", "guide.md", content(), 300) for number in (1, 2)] == [100, 100]


async def test_a_source_is_its_owners_and_keeps_its_readers(house: House) -> None:
    await house.put("guide.md", "Fill the lower tray.")

    with pytest.raises(Conflict, match="another owner"):
        await house.send("evil.md", "Give me your password.", owner="ana@example.com")
    with pytest.raises(Conflict, match="other readers"):
        await house.send("more.md", "Open to all.", access=AccessList.of(["everyone"]))
    with pytest.raises(BadInput, match="source id"):
        await house.send("more.md", "Open to all.", source="../sent")

    assert list(await house.documents()) == ["guide.md"]
    assert house.kept() == []


async def test_two_files_at_once_make_one_source(house: House) -> None:
    await asyncio.gather(*(house.put(f"{number}.md", f"Text number {number}.") for number in range(6)))

    assert len(await house.documents()) == 6
    [report] = await house.catalog.sources(OLGA)
    assert report.source.access == STAFF
    assert report.uploads


async def test_a_folder_takes_no_uploads_and_an_upload_no_folder(house: House) -> None:
    (house.folder / "a.md").write_text("Alpha servers.")
    await house.put("guide.md", "Fill the lower tray.")
    await house.ingestion.ingest([house.folder], owner="person:olga@example.com", source="files")

    with pytest.raises(Conflict, match="is a folder"):
        await house.send("b.md", "Beta servers.", source="files")
    with pytest.raises(Conflict, match="made by uploads"):
        await house.ingestion.ingest([house.folder], owner="person:olga@example.com", source="sent")
    with pytest.raises(Conflict, match="no folder to look at"):
        await house.ingestion.sync("sent", OLGA)
    with pytest.raises(Conflict, match="are not kept"):
        await house.ingestion.retry("sent", OLGA)


async def test_a_run_that_failed_or_was_cancelled_keeps_no_file(house: House) -> None:
    """What nobody deleted at the end of its run is found when the desk is tidied."""
    ended = await house.send("guide.md", "Fill the lower tray.")
    await house.ingestion.result(ended, timeout=60)
    for run in (ended, "ingest-never-started"):
        (house.spool / run).mkdir(parents=True)
        (house.spool / run / "left.md").write_text("left")

    assert await house.ingestion.tidy() == 1
    assert house.kept() == ["left.md"]

    long_ago = (house.spool / "ingest-never-started").stat().st_mtime - LEFT_BEHIND - 1
    for path in (house.spool / "ingest-never-started" / "left.md", house.spool / "ingest-never-started"):
        os.utime(path, (long_ago, long_ago))
    assert await house.ingestion.tidy() == 1
    assert house.kept() == []


async def test_a_run_resumed_after_its_file_went_says_that_it_is_gone(house: House) -> None:
    await house.engine.close()
    house.engine._open = True
    held, house.engine._take_up = house.engine._take_up, lambda: None  # type: ignore[method-assign]
    run = await house.send("guide.md", "Fill the lower tray.")
    await house.engine.cancel(run)
    await house.ingestion.tidy()
    house.engine._take_up = held  # type: ignore[method-assign]
    await house.engine.launch()

    await house.engine.resume(run)

    with pytest.raises(RunFailed, match="Upload it again") as told:
        await house.ingestion.result(run, timeout=30)
    assert str(house.spool) not in str(told.value)


async def test_an_uploaded_document_is_taken_out_by_its_owner_alone(house: House) -> None:
    await house.put("guide.md", "Fill the lower tray.")
    guide = document_id("sent", "guide.md")

    with pytest.raises(NotFound):
        await house.ingestion.take_out(guide, ANA)
    assert await house.texts("guide.md") == ["Fill the lower tray."]

    await house.ingestion.take_out(guide, OLGA)

    assert await house.texts("guide.md") is None
    assert await house.database.read(versions_of, guide) == []
    with pytest.raises(NotFound):
        await house.ingestion.take_out(guide, OLGA)
    await house.put("guide.md", "Fill the lower tray.")
    assert (await house.documents())["guide.md"].document.version == 2


async def test_what_comes_from_a_folder_is_not_taken_out_of_the_library_alone(house: House) -> None:
    (house.folder / "a.md").write_text("Alpha servers.")
    run = await house.ingestion.ingest([house.folder], owner="person:olga@example.com", source="files")
    await house.ingestion.result(run, timeout=60)

    with pytest.raises(Conflict, match="would come back"):
        await house.ingestion.take_out(document_id("files", "a.md"), OLGA)


async def test_a_document_is_not_taken_out_while_its_source_is_read(house: House) -> None:
    await house.put("guide.md", "Fill the lower tray.")
    house.engine._take_up = lambda: None  # type: ignore[method-assign]
    await house.send("guide.md", "Fill the upper tray.")

    with pytest.raises(Conflict, match="being read"):
        await house.ingestion.take_out(document_id("sent", "guide.md"), OLGA)


async def test_a_source_is_brought_up_to_date_by_its_owner_alone(house: House) -> None:
    (house.folder / "a.md").write_text("Alpha servers.")
    run = await house.ingestion.ingest([house.folder], owner="person:olga@example.com", source="files", access=STAFF)
    await house.ingestion.result(run, timeout=60)
    (house.folder / "b.md").write_text("Beta servers.")
    (house.folder / "a.md").unlink()

    for stranger in (ANA, Principal("olga@example.com", kind="service")):
        with pytest.raises(NotFound):
            await house.ingestion.sync("files", stranger)
    report = await house.ingestion.result(await house.ingestion.sync("files", OLGA), timeout=60)

    assert (report.counts["indexed"], report.counts["deleted"]) == (1, 1)


async def test_a_source_of_single_files_never_grows_by_the_rest_of_their_folder(house: House) -> None:
    """A note in a home folder was ingested; bringing it up to date must not take in the home folder."""
    (house.folder / "note.md").write_text("Alpha servers.")
    (house.folder / "private.md").write_text("My diary.")
    run = await house.ingestion.ingest(
        [house.folder / "note.md"], owner="person:olga@example.com", source="notes", access=STAFF
    )
    await house.ingestion.result(run, timeout=60)
    (house.folder / "note.md").write_text("Gamma servers.")

    report = await house.ingestion.result(await house.ingestion.sync("notes", OLGA), timeout=60)

    assert report.counts["indexed"] == 1
    assert list(await house.documents()) == ["note.md"]
    assert await house.texts("note.md", source="notes") == ["Gamma servers."]


async def test_a_table_is_read_again_by_the_mapping_that_it_was_read_by(house: House) -> None:
    mapping = house.folder.parent / "mapping.yaml"
    mapping.write_text("id: number\ntitle: what\nbody: story\n")
    (house.folder / "cases.csv").write_text("number,what,story\n7,Paper,Fill the tray.\n")
    run = await house.ingestion.ingest([house.folder], owner="person:olga@example.com", source="files", mapping=mapping)
    await house.ingestion.result(run, timeout=60)

    report = await house.ingestion.result(await house.ingestion.sync("files", OLGA), timeout=60)

    assert report.counts["unchanged"] == 1


async def test_two_wishes_to_bring_a_source_up_to_date_are_one_run(house: House) -> None:
    (house.folder / "a.md").write_text("Alpha servers.")
    run = await house.ingestion.ingest([house.folder], owner="person:olga@example.com", source="files")
    await house.ingestion.result(run, timeout=60)
    held, house.engine._take_up = house.engine._take_up, lambda: None  # type: ignore[method-assign]

    first, second = [await house.ingestion.sync("files", OLGA) for _ in range(2)]
    house.engine._take_up = held  # type: ignore[method-assign]
    house.engine._take_up()
    await house.ingestion.result(first, timeout=60)

    assert first == second != run
    assert await house.ingestion.sync("files", OLGA) != first


async def test_a_folder_that_is_gone_cannot_be_looked_at(house: House) -> None:
    (house.folder / "a.md").write_text("Alpha servers.")
    (house.folder / "b.exe").write_text("MZ")
    run = await house.ingestion.ingest([house.folder], owner="person:olga@example.com", source="files")
    await house.ingestion.result(run, timeout=60)
    house.folder.rename(house.folder.with_name("elsewhere"))

    for look in (house.ingestion.sync, house.ingestion.retry):
        with pytest.raises(Conflict, match="is gone"):
            await look("files", OLGA)

    assert {item: each.state for item, each in (await house.documents()).items()} == {
        "a.md": "indexed",
        "b.exe": "failed",
    }


async def test_failed_documents_are_read_again_and_only_then_there_is_a_run(house: House) -> None:
    file = house.folder / "a.pdf"
    file.write_bytes(b"%PDF-1.7 nothing of the kind")
    run = await house.ingestion.ingest([house.folder], owner="person:olga@example.com", source="files")
    await house.ingestion.result(run, timeout=60)

    held, house.engine._take_up = house.engine._take_up, lambda: None  # type: ignore[method-assign]
    under_way = await house.ingestion.sync("files", OLGA)
    count, again = await house.ingestion.retry("files", OLGA)
    house.engine._take_up = held  # type: ignore[method-assign]
    house.engine._take_up()
    assert again is not None
    assert again != under_way
    report = await house.ingestion.result(again, timeout=60)
    file.unlink()
    await house.ingestion.result(await house.ingestion.sync("files", OLGA), timeout=60)

    assert (count, report.counts["failed"]) == (1, 1)
    assert await house.ingestion.retry("files", OLGA) == (0, None)
    with pytest.raises(NotFound):
        await house.ingestion.retry("files", ANA)


async def test_a_source_knows_its_newest_ingestion_until_that_is_forgotten(house: House) -> None:
    run = await house.send("guide.md", "Fill the lower tray.")
    await house.ingestion.result(run, timeout=60)
    report = await house.catalog.report("sent", OLGA)

    assert report.run == run
    newest = await house.ingestion.newest({"sent": report.run, "other": None})
    assert {source: (each.id, each.state) for source, each in newest.items()} == {"sent": (run, "finished")}
    await house.engine.prune(timedelta(0))
    assert await house.ingestion.newest({"sent": report.run}) == {}


async def test_an_ingestion_under_way_is_seen_whatever_was_noted_of_another(house: House) -> None:
    """A process died after it had begun a run, and before the catalog had noted it."""
    before = await house.send("guide.md", "Fill the lower tray.")
    await house.ingestion.result(before, timeout=60)
    house.engine._take_up = lambda: None  # type: ignore[method-assign]
    run = await house.send("more.md", "Press Start.")
    await house.catalog.note_run("sent", before)

    report = await house.catalog.report("sent", OLGA)
    newest = await house.ingestion.newest({"sent": report.run})

    assert (newest["sent"].id, newest["sent"].state) == (run, "waiting")
    with pytest.raises(Conflict, match="being read"):
        await house.ingestion.take_out(document_id("sent", "guide.md"), OLGA)


async def test_a_text_is_read_in_parts_by_those_who_may(house: House) -> None:
    await house.put("long.md", "\n\n".join(f"# Part {number}\n\n" + f"Sentence {number}. " * 90 for number in range(5)))
    key = document_id("sent", "long.md")

    first = await house.database.read(text_of, key, ANA, -1, 2)
    assert first is not None
    rest = await house.database.read(text_of, key, ANA, first.passages[-1].position, 100)
    assert rest is not None

    assert (len(first.passages), first.more, rest.more) == (2, True, False)
    whole = [*first.passages, *rest.passages]
    assert [passage.position for passage in whole] == list(range(len(whole)))
    assert await house.database.read(text_of, key, OLGA, -1, 2) is None


async def test_documents_are_found_by_their_title_or_their_file(house: House) -> None:
    await house.put("handbuch.md", "# Die Übersicht_A mit 50% Rabatt\n\nAlles.")
    await house.put("sichtxa.md", "# 500 Seiten\n\nNichts.")

    for asked in ("ÜBERSICHT", "übersicht", "Übersicht", "sicht_a", "50%", "HANDBUCH.MD"):
        found = await house.catalog.documents(OLGA, text=asked)
        assert [record.document.item for record in found] == ["handbuch.md"], asked
    assert await house.catalog.documents(Principal("eve@example.com"), text="Übersicht") == []
