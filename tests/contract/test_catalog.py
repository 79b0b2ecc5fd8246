"""The catalog promises the same on SQLite and on PostgreSQL: whose, how open, in what state; told to the change log."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
import sqlalchemy as sa

from deskhand.catalog import Catalog, document_id, records
from deskhand.catalog.changes import latest_change, log_changes, read_changes
from deskhand.errors import Conflict, NotFound
from deskhand.nouns import AccessList, Document, DocumentState, Principal, RedactedText, Source
from deskhand.store import Database, metadata

ANA = Principal("ana@example.com", frozenset({"staff"}))
BOB = Principal("bob@example.com", frozenset({"staff"}))
EVE = Principal("eve@example.com")
STAFF = AccessList.of(["group:staff"])
FILES = Source("files", "person:ana@example.com", "/srv/files", STAFF)


@pytest.fixture
async def catalog(database: Database) -> Catalog:
    with database.writing() as connection:
        metadata.create_all(connection)
    opened = Catalog(database)
    await opened.add_source(FILES)
    return opened


def page(item: str, version: int = 1, access: AccessList = STAFF, title: str = "A page") -> Document:
    return Document(
        id=document_id("files", item),
        source="files",
        item=item,
        version=version,
        title=RedactedText(title),
        url=f"https://example.com/{item}",
        access=access,
        content_hash=f"hash-{item}-{version}",
        metadata={"team": "support"},
    )


async def put(database: Database, *documents: Document) -> None:
    for document in documents:
        await database.write(records.put_document, document, passages=3, redactions={"Email": 2})


async def titles(catalog: Catalog, reader: Principal) -> list[str]:
    return [record.document.item for record in await catalog.documents(reader)]


async def test_a_document_is_seen_by_those_whom_its_list_admits(catalog: Catalog, database: Database) -> None:
    await put(database, page("a.md"), page("b.md", access=AccessList.of(["person:eve@example.com"])))

    assert await titles(catalog, BOB) == ["a.md"]
    assert await titles(catalog, EVE) == ["b.md"]
    record = await catalog.document(document_id("files", "b.md"), EVE)
    assert (record.state, record.passages, record.redactions) == ("indexed", 3, {"Email": 2})
    assert record.document.metadata == {"team": "support"}
    with pytest.raises(NotFound):
        await catalog.document(document_id("files", "b.md"), BOB)


async def test_the_owner_sees_every_state_and_others_no_failures(catalog: Catalog) -> None:
    await catalog.mark("files", "bad.pdf", "failed", content_hash="h", reason="it is encrypted", size=9, access=STAFF)

    (record,) = await catalog.documents(ANA, state="failed")

    assert (record.state, record.reason, record.size) == ("failed", "it is encrypted", 9)
    assert await catalog.documents(BOB) == []
    assert await catalog.documents(BOB, state="failed") == []


async def test_a_failed_update_stays_the_owners_affair(catalog: Catalog, database: Database) -> None:
    """The version before is still searched, so other readers see it as indexed."""
    await put(database, page("a.md"))
    await catalog.mark("files", "a.md", "failed", reason="it is malformed")

    (seen,) = await catalog.documents(BOB)
    (own,) = await catalog.documents(ANA)

    assert (seen.state, seen.reason) == ("indexed", "")
    assert (own.state, own.reason) == ("failed", "it is malformed")
    assert [found.state for found in await catalog.documents(BOB, state="indexed")] == ["indexed"]


async def test_documents_follow_their_source_unless_they_have_a_list_of_their_own(
    catalog: Catalog, database: Database
) -> None:
    await put(database, page("a.md"), page("own.md", access=AccessList.of(["person:bob@example.com"])))
    before = await database.read(latest_change)

    await catalog.set_source_access("files", AccessList.of(["person:eve@example.com"]))

    assert await titles(catalog, EVE) == ["a.md"]
    assert await titles(catalog, BOB) == ["own.md"]
    changed = [document for _, document in await database.read(read_changes, before, 10)]
    assert changed == [document_id("files", "a.md")]


async def test_a_list_of_its_own_given_by_mark_holds(catalog: Catalog, database: Database) -> None:
    """The item's list happens to be the source's, and stays when the source opens up."""
    await catalog.mark("files", "a.md", "new", content_hash="h", access=STAFF)
    await put(database, page("a.md"))

    await catalog.add_source(replace(FILES, access=AccessList.of(["everyone"])))

    assert await titles(catalog, EVE) == []
    assert (await catalog.known("files"))["a.md"].own_access


async def test_a_changed_list_of_an_unchanged_item_is_told(catalog: Catalog, database: Database) -> None:
    await put(database, page("a.md"))
    before = await database.read(latest_change)

    await catalog.mark("files", "a.md", "unchanged", access=AccessList.of(["person:eve@example.com"]))

    assert await titles(catalog, BOB) == []
    assert await titles(catalog, EVE) == ["a.md"]
    assert len(await database.read(read_changes, before, 10)) == 1


async def test_a_document_read_before_its_source_was_closed_is_not_put_back_open(
    catalog: Catalog, database: Database
) -> None:
    await catalog.mark("files", "a.md", "new")
    await catalog.set_source_access("files", AccessList())

    with pytest.raises(Conflict, match="follows source"):
        await put(database, page("a.md", access=STAFF))


async def test_a_document_that_comes_while_its_source_is_closed_is_not_open(
    catalog: Catalog, database: Database
) -> None:
    """One is marked at the moment that its source is closed, many times: whichever is first, the list holds."""
    for n in range(20):
        await catalog.set_source_access("files", STAFF)
        item = f"{n}.md"
        marked = [catalog.mark("files", item, "unchanged"), catalog.mark("files", f"b{item}", "unchanged")]
        await asyncio.gather(marked[0], catalog.set_source_access("files", AccessList()), marked[1])

        ids = [document_id("files", item), document_id("files", f"b{item}")]
        assert await database.read(records.access_of, ids) == {}


async def test_of_two_who_change_a_sources_list_at_once_one_is_told(catalog: Catalog, database: Database) -> None:
    wanted = [AccessList.of([f"group:g{n}"]) for n in range(8)]

    ends = await asyncio.gather(
        *(catalog.open_to("files", each, ANA, was=STAFF) for each in wanted), return_exceptions=True
    )

    assert [type(each) for each in ends if each is not None] == [Conflict] * 7
    source = await catalog.source("files")
    assert source == replace(FILES, access=wanted[ends.index(None)])


async def test_an_older_version_never_takes_the_place_of_a_newer_one(catalog: Catalog, database: Database) -> None:
    await put(database, page("a.md", version=2))
    await put(database, page("a.md", version=2))

    with pytest.raises(Conflict, match="version 3"):
        await put(database, page("a.md", version=1))


async def test_another_owner_cannot_take_a_source_over(catalog: Catalog) -> None:
    with pytest.raises(Conflict, match="another owner"):
        await catalog.add_source(replace(FILES, owner="person:bob@example.com"))


async def test_a_document_without_a_source_stops_here(catalog: Catalog, database: Database) -> None:
    with pytest.raises(NotFound, match="no source 'elsewhere'"):
        await put(database, replace(page("a.md"), source="elsewhere"))


async def test_what_was_deleted_is_seen_by_nobody_and_its_version_is_kept(catalog: Catalog, database: Database) -> None:
    await put(database, page("a.md", version=4))

    await database.write(records.drop_documents, [document_id("files", "a.md")])

    assert await titles(catalog, BOB) == []
    (own,) = await catalog.documents(ANA)
    assert (own.state, own.passages, own.document.title) == ("deleted", 0, "")
    known = (await catalog.known("files"))["a.md"]
    assert (known.version, known.content_hash, known.access) == (4, "", AccessList())


async def test_only_the_owner_retries_failures(catalog: Catalog) -> None:
    await catalog.mark("files", "a.md", "failed", content_hash="h", reason="no")
    await catalog.mark("files", "b.md", "failed", content_hash="h", reason="no")

    assert await catalog.retry(BOB) == 0
    assert await catalog.retry(ANA, documents=[document_id("files", "a.md")]) == 1
    known = await catalog.known("files")
    assert (known["a.md"].state, known["a.md"].content_hash) == ("new", "")
    assert (known["b.md"].state, known["b.md"].content_hash) == ("failed", "h")
    assert await catalog.retry(ANA, source="other") == 0
    assert await catalog.retry(ANA, source="files") == 1


async def test_sources_are_reported_to_their_owner_alone(catalog: Catalog, database: Database) -> None:
    await put(database, page("a.md"), page("b.md"))
    await catalog.mark("files", "c.md", "failed", reason="no")

    (report,) = await catalog.sources(ANA)

    assert report.source == FILES
    assert report.counts == {"indexed": 2, "failed": 1}
    assert report.changed.tzinfo is not None
    assert await catalog.sources(BOB) == []


async def test_pages_of_a_listing_miss_and_repeat_nothing(catalog: Catalog, database: Database) -> None:
    items = [f"{number:02}.md" for number in range(7)]
    await put(database, *(page(item) for item in items))

    seen: list[str] = []
    after = None
    while rows := await catalog.documents(BOB, limit=3, after=after):
        seen += [row.document.item for row in rows]
        after = rows[-1].document.id

    assert seen == items


async def test_admission_tells_the_version_that_is_searched(catalog: Catalog, database: Database) -> None:
    await put(database, page("a.md", version=3), page("b.md", access=AccessList()))
    ids = [document_id("files", item) for item in ("a.md", "b.md", "c.md")]

    assert await database.read(records.admitted, ids, BOB) == {ids[0]: 3}


async def test_a_reader_of_the_change_log_skips_no_number(catalog: Catalog, database: Database) -> None:
    """Ten writers at once, and a reader that goes on from the last number it saw, as the index does."""
    ids = [f"d{number}" for number in range(60)]

    async def write(part: list[str]) -> None:
        for key in part:
            await database.write(log_changes, [key])

    async def follow() -> list[str]:
        seen: list[str] = []
        after = 0
        while len(seen) < len(ids):
            found = await database.read(read_changes, after, 7)
            seen += [key for _, key in found]
            after = found[-1][0] if found else after
        return seen

    writers = [write(ids[start::10]) for start in range(10)]
    seen, *_ = await asyncio.wait_for(asyncio.gather(follow(), *writers), 60)

    assert sorted(seen) == sorted(ids)


@pytest.mark.postgres
def test_a_change_is_numbered_only_when_those_before_it_are_committed(postgres_url: str) -> None:
    """Without the lock the second would take number 2 and be committed before number 1 is."""
    database = Database(postgres_url)
    with database.writing() as connection:
        metadata.create_all(connection)
    with database.writing() as first:
        log_changes(first, ["d1"])
        with database.reading() as second:
            second.execute(sa.text("SET LOCAL lock_timeout = '50ms'"))
            with pytest.raises(sa.exc.OperationalError, match="lock timeout"):
                log_changes(second, ["d2"])
    with database.reading() as connection:
        assert [key for _, key in read_changes(connection, 0, 9)] == ["d1"]
    database.close()


async def test_the_change_log_does_not_grow_with_time(catalog: Catalog, database: Database) -> None:
    for _ in range(5):
        await database.write(log_changes, ["d1", "d2"])

    assert [key for _, key in await database.read(read_changes, 0, 100)] == ["d1", "d2"]
    assert await database.read(latest_change) == 10


HR = AccessList.of(["group:hr"])
EVERYONE = AccessList.of(["everyone"])


@pytest.mark.parametrize("state", ["new", "failed"])
async def test_the_list_of_a_content_that_is_not_indexed_opens_nothing_of_the_one_before(
    catalog: Catalog, database: Database, state: DocumentState
) -> None:
    """The file was cleaned up and opened to all; what is searched is still its old content."""
    await put(database, page("a.md", access=HR))
    await catalog.mark("files", "a.md", state, access=EVERYONE)

    assert await titles(catalog, EVE) == []
    await put(database, page("a.md", version=2, access=EVERYONE))
    assert await titles(catalog, EVE) == ["a.md"]


async def test_the_list_of_a_content_that_is_not_indexed_closes_the_one_before(
    catalog: Catalog, database: Database
) -> None:
    await put(database, page("a.md"))
    before = await database.read(latest_change)

    await catalog.mark("files", "a.md", "failed", access=HR)

    assert await titles(catalog, BOB) == []
    assert len(await database.read(read_changes, before, 10)) == 1


async def test_a_source_that_opens_does_not_open_a_content_that_was_replaced(
    catalog: Catalog, database: Database
) -> None:
    await put(database, page("a.md"), page("b.md"))
    await catalog.mark("files", "a.md", "failed")

    await catalog.set_source_access("files", EVERYONE)

    assert await titles(catalog, EVE) == ["b.md"]
    assert await titles(catalog, BOB) == ["a.md", "b.md"]


async def test_a_page_after_a_hidden_document_does_not_tell_that_it_is_there(
    catalog: Catalog, database: Database
) -> None:
    await put(database, page("bonus.md", access=HR), page("z.md"))

    hidden = await catalog.documents(BOB, after=document_id("files", "bonus.md"))
    absent = await catalog.documents(BOB, after=document_id("files", "absent.md"))

    assert hidden == absent
