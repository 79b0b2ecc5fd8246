"""Whom an access list admits by name, and who may know what of a document, on SQLite and on PostgreSQL."""

from __future__ import annotations

import pytest

from deskhand.access import Directory
from deskhand.access.admitted_records import admitted_by, without_anybody
from deskhand.catalog import Catalog, document_id
from deskhand.catalog.records import put_document
from deskhand.catalog.standing_records import known_versions, owned
from deskhand.errors import NotFound
from deskhand.nouns import AccessList, Document, Principal, RedactedText, Source
from deskhand.store import Database, metadata

STAFF = frozenset({"staff"})


@pytest.fixture
async def house(database: Database) -> Database:
    """Ana and Ben are staff, Eve is in no group; the service "bot" is staff, "clock" is in none."""
    with database.writing() as connection:
        metadata.create_all(connection)
    directory = Directory(database)
    for who, groups in (("ana", ["staff", "legal"]), ("ben", ["staff"]), ("eve", [])):
        await directory.put_person(f"{who}@example.com", groups)
    await directory.put_service("bot", ["staff"])
    await directory.put_service("clock")
    return database


async def names(database: Database, *entries: str, **more: object) -> list[str]:
    found = await database.read(admitted_by, AccessList.of(entries), 9, **more)  # type: ignore[arg-type]
    assert found[0] == len(found[1])
    return [each.principal.id for each in found[1]]


async def test_members_and_those_who_are_named_are_admitted(house: Database) -> None:
    assert await names(house, "group:staff") == ["ana@example.com", "ben@example.com", "bot"]
    assert await names(house, "person:eve@example.com", "service:clock") == ["eve@example.com", "clock"]
    assert await names(house, "group:legal", "person:ana@example.com") == ["ana@example.com"]


async def test_an_empty_list_admits_nobody_and_everyone_admits_all(house: Database) -> None:
    assert await names(house) == []
    assert len(await names(house, "everyone")) == 5


async def test_each_is_told_with_the_entries_that_admit_them(house: Database) -> None:
    access = AccessList.of(["group:staff", "group:legal", "person:ana@example.com", "person:eve@example.com"])

    _, found = await house.read(admitted_by, access, 9)

    assert {each.principal.id: each.through for each in found} == {
        "ana@example.com": ("group:legal", "group:staff", "person:ana@example.com"),
        "ben@example.com": ("group:staff",),
        "bot": ("group:staff",),
        "eve@example.com": ("person:eve@example.com",),
    }


async def test_they_come_in_pages_that_hold_each_once(house: Database) -> None:
    seen: list[str] = []
    after = None
    while True:
        total, page = await house.read(admitted_by, AccessList.of(["everyone"]), 2, after)
        assert total == 5
        if not page:
            break
        last = page[-1].principal
        seen, after = [*seen, *(each.principal.id for each in page)], f"{last.kind}:{last.id}"

    assert seen == ["ana@example.com", "ben@example.com", "eve@example.com", "bot", "clock"]


async def test_one_is_found_by_a_part_of_the_address_in_any_case(house: Database) -> None:
    assert await names(house, "everyone", containing="BEN@") == ["ben@example.com"]
    assert await names(house, "everyone", containing="%") == []
    assert await names(house, "group:legal", containing="ben") == []


async def test_entries_that_admit_nobody_are_told(house: Database) -> None:
    access = AccessList.of(["everyone", "group:staff", "group:gone", "person:zoe@example.com", "service:clock"])

    assert await house.read(without_anybody, access) == ["group:gone", "person:zoe@example.com"]


async def test_who_leaves_a_group_is_admitted_no_more(house: Database) -> None:
    await Directory(house).put_person("ben@example.com", [])

    assert await names(house, "group:staff") == ["ana@example.com", "bot"]


async def test_a_document_is_known_to_its_owner_and_to_whom_it_admits(house: Database) -> None:
    """The owner need not be admitted, and who is admitted does not own it."""
    guide = document_id("files", "guide.md")
    catalog = Catalog(house)
    await catalog.add_source(Source("files", "person:eve@example.com", "/srv", AccessList.of(["group:staff"])))
    await catalog.mark("files", "guide.md", "new", content_hash="h")
    for version, title in ((1, "Layoffs"), (2, "Guide")):
        document = Document(
            guide,
            "files",
            "guide.md",
            version,
            RedactedText(title),
            None,
            AccessList.of(["group:staff"]),
            f"h{version}",
        )
        await house.write(put_document, document, passages=1, redactions={})
    owner, reader, stranger = Principal("eve@example.com"), Principal("ben@example.com", STAFF), Principal("zoe@x.org")

    standing, every = await house.read(known_versions, guide, owner, 9)
    _, present = await house.read(known_versions, guide, reader, 9)

    assert (standing.owned, standing.open, standing.own_access) == (True, False, False)
    assert [each.title for each in every] == ["Guide", "Layoffs"]
    assert [each.title for each in present] == ["Guide"]
    for who in (reader, stranger):
        with pytest.raises(NotFound):
            await house.read(owned, guide, who)
    with pytest.raises(NotFound):
        await house.read(known_versions, guide, stranger, 9)
