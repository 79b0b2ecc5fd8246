"""What is on record of documents' versions, and of the answers that cite them, on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from deskhand.answering import records, used_records
from deskhand.catalog import document_id, version_records
from deskhand.catalog.records import documents, put_source
from deskhand.nouns import RedactedText, Source, Verdict
from deskhand.store import Database, metadata

GUIDE, TERMS = document_id("files", "guide.md"), document_id("files", "terms.md")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def house(database: Database) -> Database:
    """Two documents on record."""
    with database.writing() as connection:
        metadata.create_all(connection)
        put_source(connection, Source("files", "person:olga@example.com", "/srv"))
        for item in ("guide.md", "terms.md"):
            row = {"id": document_id("files", item), "source": "files", "item": item, "state": "indexed"}
            connection.execute(sa.insert(documents).values(**row, changed=NOON))
    return database


async def put(database: Database, document: str, version: int, **more: Any) -> None:
    values: dict[str, Any] = {
        "title": f"Guide {version}",
        "content_hash": f"h{version}",
        "size": 100 * version,
        "passages": version,
    }
    values |= {"redactions": {"Email": version}, "at": NOON + timedelta(days=version), **more}
    await database.write(version_records.put_version, document, version, **values)


async def ask(database: Database, run: str, *cited: tuple[str, int], asked: datetime = NOON) -> None:
    """A question of Ana's, answered with these citations, asked at this time."""
    text, runs = RedactedText(f"Why {run}?"), [(run, "fast")]
    new = records.NewQuestion(f"c-{run}", runs, "person:ana@example.com", "api", None, text, "en", begins=True)
    await database.write(records.put_question, new)
    await database.write(
        used_records.put_used, run, [{"document": each, "version": version} for each, version in cited]
    )
    with database.writing() as connection:
        connection.execute(records.questions.update().where(records.questions.c.run == run).values(asked=asked))


async def used(database: Database, document: str, limit: int = 9, after: str | None = None) -> list[str]:
    return [each.run for each in await database.read(used_records.used_by, document, limit, after)]


async def test_versions_come_newest_first_and_whole(house: Database) -> None:
    for version in (1, 2, 3):
        await put(house, GUIDE, version)
    await put(house, TERMS, 1)

    newest, *older = await house.read(version_records.versions_of, GUIDE)

    at = NOON + timedelta(days=3)
    assert newest == version_records.DocumentVersion(3, RedactedText("Guide 3"), "h3", 300, 3, {"Email": 3}, at)
    assert [each.version for each in older] == [2, 1]


async def test_versions_come_in_pages(house: Database) -> None:
    for version in range(1, 6):
        await put(house, GUIDE, version)

    assert [each.version for each in await house.read(version_records.versions_of, GUIDE, 2)] == [5, 4]
    assert [each.version for each in await house.read(version_records.versions_of, GUIDE, 2, 4)] == [3, 2]


async def test_a_step_done_once_more_puts_its_version_once(house: Database) -> None:
    await put(house, GUIDE, 1)
    await put(house, GUIDE, 1, passages=7)

    (only,) = await house.read(version_records.versions_of, GUIDE)

    assert only.passages == 7


async def test_dropped_documents_have_no_versions_and_others_keep_theirs(house: Database) -> None:
    for document in (GUIDE, TERMS):
        await put(house, document, 1)

    await house.write(version_records.drop, [GUIDE, "d-unknown"])

    assert await house.read(version_records.versions_of, GUIDE) == []
    assert len(await house.read(version_records.versions_of, TERMS)) == 1


async def test_the_answers_that_cite_a_document_come_newest_first(house: Database) -> None:
    await ask(house, "early", (GUIDE, 1), asked=NOON - timedelta(days=1))
    await ask(house, "late", (GUIDE, 2), (TERMS, 4))
    await ask(house, "elsewhere", (TERMS, 4))

    newest, oldest = await house.read(used_records.used_by, GUIDE, 9, None)

    assert (newest.run, newest.version, newest.asked, newest.asker) == ("late", 2, NOON, "person:ana@example.com")
    assert (newest.conversation, newest.door, newest.label, newest.text) == ("c-late", "api", "fast", "Why late?")
    assert (oldest.run, oldest.version) == ("early", 1)


async def test_answers_of_one_moment_are_each_on_one_page(house: Database) -> None:
    runs = [f"r{number}" for number in range(7)]
    for run in runs:
        await ask(house, run, (GUIDE, 1))

    pages: list[str] = []
    while page := await used(house, GUIDE, 2, pages[-1] if pages else None):
        pages += page

    assert sorted(pages) == runs
    assert len(pages) == len(runs)


async def test_a_document_cited_twice_counts_once_and_in_its_last_version(house: Database) -> None:
    await ask(house, "r1", (GUIDE, 1), (GUIDE, 1))
    await house.write(used_records.put_used, "r1", [{"document": TERMS, "version": 2}])

    assert await used(house, GUIDE) == []
    assert await used(house, TERMS) == ["r1"]


async def test_what_people_said_of_each_answer_is_counted(house: Database) -> None:
    await ask(house, "r1", (GUIDE, 1))
    await ask(house, "r2", (GUIDE, 1), asked=NOON - timedelta(hours=1))
    for who, good in (("ana", True), ("ben", False), ("eve", False)):
        await house.write(records.put_verdict, Verdict("r1", f"person:{who}@example.com", good))

    first, second = await house.read(used_records.used_by, GUIDE, 9, None)

    assert (first.good, first.bad) == (1, 2)
    assert (second.good, second.bad) == (0, 0)

    await house.write(records.drop_verdict, "r1", "person:eve@example.com")
    [first, _] = await house.read(used_records.used_by, GUIDE, 9, None)
    assert (first.good, first.bad) == (1, 1)


async def test_dropped_runs_cite_nothing(house: Database) -> None:
    await ask(house, "r1", (GUIDE, 1))
    await ask(house, "r2", (GUIDE, 1))

    await house.write(used_records.drop, ["r1"])

    assert await used(house, GUIDE) == ["r2"]
