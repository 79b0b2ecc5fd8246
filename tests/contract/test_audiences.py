"""What several people read together is what each of them may read: the library on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deskhand.access import Directory
from deskhand.catalog import Catalog, document_id
from deskhand.knowledge import Filters, SqlLibrary, open_library, records
from deskhand.knowledge.rights import MOST
from deskhand.nouns import AccessList, Audience, Document, Piece, Principal, Reader, RedactedText, Source
from deskhand.store import Database, metadata

ITEMS = [f"page-{number}" for number in range(6)]
GROUPS = ["staff", "hr", "guests"]
PEOPLE = ["ana@example.com", "bob@example.com", "cyd@example.com"]
ENTRIES = ["everyone", *(f"group:{name}" for name in GROUPS), *(f"person:{who}" for who in PEOPLE)]


@pytest.fixture
async def library(database: Database, tmp_path: Path) -> AsyncIterator[SqlLibrary]:
    with database.writing() as connection:
        metadata.create_all(connection)
    for source in ("files", "wiki"):
        await Catalog(database).add_source(
            Source(source, "person:owner@example.com", "/srv", AccessList.of(["group:owners"]))
        )
    opened = open_library(database, tmp_path, embedder=None)
    await opened.launch()
    yield opened
    await opened.close()


async def put(library: SqlLibrary, item: str, access: Iterable[str], source: str = "files") -> str:
    document = document_id(source, item)
    text = RedactedText(f"The lantern of {item} is green.")
    await library.replace(
        Document(document, source, item, 1, RedactedText(item), None, AccessList.of(access), item),
        [Piece(0, text, RedactedText(""))],
        {},
    )
    return document


async def shown(library: SqlLibrary, reader: Reader) -> set[str]:
    found = await library.search("lantern", reader, limit=100)
    return {hit.passage.document for hit in found.hits}


def audience(*members: Principal, open: bool = False, unknown: int = 0) -> Audience:
    return Audience("slack:T1:C1", members, datetime(2026, 1, 1, tzinfo=UTC), open, unknown)


lists = st.lists(st.frozensets(st.sampled_from(ENTRIES), max_size=4), min_size=len(ITEMS), max_size=len(ITEMS))
people = st.builds(Principal, st.sampled_from(PEOPLE), st.frozensets(st.sampled_from(GROUPS)))
readers = st.lists(
    st.builds(
        lambda members, public, unknown: audience(*members, open=public, unknown=unknown),
        st.lists(people, max_size=6),
        st.sampled_from([False, False, False, True]),
        st.sampled_from([0, 0, 0, 1]),
    ),
    min_size=1,
    max_size=5,
)


@given(access=lists, audiences=readers)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_an_audience_finds_and_reads_exactly_what_each_of_its_members_may(
    library: SqlLibrary, access: list[Collection[str]], audiences: list[Audience]
) -> None:
    put_there = {await put(library, item, entries): AccessList.of(entries)
                 for item, entries in zip(ITEMS, access, strict=True)}  # fmt: skip
    await library.catch_up()
    with library._database.reading() as connection:
        numbers = dict(connection.execute(records.passages.select().with_only_columns(
            records.passages.c.document_id, records.passages.c.id)).all())  # fmt: skip

    for reader in audiences:
        expected = {document for document, entries in put_there.items() if entries.admits(reader)}
        by_id = {passage.document for passage in await library.read(list(numbers.values()), reader)}
        assert (await shown(library, reader), by_id) == (expected, expected)
        assert await library.sources(reader) == (1 if expected else 0)


async def test_a_thousand_with_entries_of_their_own_find_what_all_of_them_may(library: SqlLibrary) -> None:
    members = [Principal(f"p{number}@example.com") for number in range(1000)]
    each = [f"person:{member.id}" for member in members]
    among = {await put(library, "each is named", each), await put(library, "everyone", ["everyone"])}
    await put(library, "all but the last", each[:-1])
    await put(library, "all but the first", each[1:])
    await put(library, "one", each[:1])
    await library.catch_up()
    assert len(members) > MOST

    assert await shown(library, audience(*members)) == among


async def test_who_joins_with_fewer_groups_closes_what_was_read_at_the_next_look(
    library: SqlLibrary, database: Database
) -> None:
    directory = Directory(database)
    await directory.put_person("ana@example.com", ["staff", "hr"])
    await directory.put_person("bob@example.com", ["staff", "hr"])
    pay = await put(library, "pay", ["group:hr"])
    open_to_staff = await put(library, "lunch", ["group:staff"])
    await library.catch_up()
    before = await directory.put_audience("slack:T1:C1", ["ana@example.com", "bob@example.com"])
    ids = [hit.passage.id for hit in (await library.search("lantern", before)).hits]
    assert await shown(library, before) == {pay, open_to_staff}

    await directory.put_person("cyd@example.com", ["staff"])
    await directory.put_audience("slack:T1:C1", ["ana@example.com", "bob@example.com", "cyd@example.com"])

    now = await directory.audience("slack:T1:C1")
    assert await shown(library, now) == {open_to_staff}
    assert {passage.document for passage in await library.read(ids, now)} == {open_to_staff}


async def test_somebody_unknown_closes_everything_even_what_everyone_may_read(library: SqlLibrary) -> None:
    await put(library, "lunch", ["everyone"])
    await library.catch_up()
    ana = Principal("ana@example.com", frozenset({"staff"}))

    assert await shown(library, audience(ana, unknown=1)) == set()
    assert await shown(library, audience()) == set()
    assert len(await shown(library, audience(open=True, unknown=1))) == 1


async def test_a_search_goes_over_the_sources_that_hold_something_for_the_reader(library: SqlLibrary) -> None:
    await put(library, "lunch", ["group:staff"])
    await put(library, "pay", ["group:hr"], source="wiki")
    await library.catch_up()
    staff, both = Principal("a", frozenset({"staff"})), Principal("b", frozenset({"staff", "hr"}))

    assert [await library.sources(reader) for reader in (staff, both, audience(staff, both))] == [1, 2, 1]
    assert await library.sources(both, Filters(frozenset({"wiki", "elsewhere"}))) == 1
    assert await library.sources(staff, Filters(metadata={"team": frozenset({"it"})})) == 0


async def test_a_library_is_empty_until_the_first_passage(library: SqlLibrary) -> None:
    assert await library.empty()

    await put(library, "pay", ["group:hr"])

    assert not await library.empty()
