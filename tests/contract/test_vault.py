"""The vault on every database: who may have a value turned back, from what, and that it is on record."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from deskhand.errors import BadInput, BadSettings, Conflict, NotAllowed, NotFound
from deskhand.nouns import Principal
from deskhand.redaction.placeholders import Sealed
from deskhand.redaction.pseudonyms import Key
from deskhand.redaction.vault import Safe, Vault, word_of
from deskhand.redaction.vault_records import drop_values, redaction_vault
from deskhand.store import Database, metadata

NOW = datetime(2024, 5, 6, 12, 0, tzinfo=UTC)
OLD, NEW = Key.of("o" * 40), Key.of("n" * 40)
ANA = Principal("ana@example.com", frozenset({"privacy", "staff"}))
BEN = Principal("ben@example.com", frozenset({"staff"}))
EMAIL, CARD = Sealed("bcdfghjkmnpqrstv", "email", "zoë@example.com"), Sealed("cccccccccccccccc", "card", "4111 1111")


async def staff_reads_all_but_secret(documents: Collection[str], reader: Principal) -> Collection[str]:
    return {each for each in documents if "staff" in reader.groups and each != "secret"}


@pytest.fixture
def store(database: Database) -> Database:
    with database.writing() as connection:
        metadata.create_all(connection)
    return database


def vault(store: Database, safe: Safe | None = None, group: str | None = "privacy") -> Vault:
    return Vault(store, safe or Safe(OLD), group, readable=staff_reads_all_but_secret, now=lambda: NOW)


async def test_a_member_has_a_value_of_a_document_they_may_read(store: Database) -> None:
    room = vault(store)
    await room.keep("d1", [EMAIL, CARD])

    revealed = await room.reveal("[Email_sealed_bcdfghjkmnpqrstv]", ANA)

    assert (revealed.value, revealed.kind, revealed.document) == ("zoë@example.com", "email", "d1")
    assert [(each.person, each.outcome, each.document, each.moment) for each in await room.reveals()] == [
        ("person:ana@example.com", "revealed", "d1", NOW)
    ]


async def test_what_is_sealed_is_listed_for_who_may_have_it_revealed(store: Database) -> None:
    room = vault(store)
    await room.keep("d1", [EMAIL, CARD, Sealed("dddddddddddddddd", "email", "amy@example.com")])
    await room.keep("secret", [Sealed("ffffffffffffffff", "email", "kim@example.com")])

    every = await room.sealed("d1", ANA)

    assert every == [(CARD.token, "card"), (EMAIL.token, "email"), ("dddddddddddddddd", "email")]
    assert await room.sealed("d1", ANA, limit=1, after=CARD.token) == every[1:2]
    assert await room.sealed("d1", ANA, after=EMAIL.token) == every[2:]
    assert await room.sealed("d1", ANA, after="gggggggggggggggg") == []
    assert [await room.sealed("secret", ANA), await room.sealed("d1", BEN)] == [[], []]
    assert await vault(store, group=None).sealed("d1", ANA) == []
    assert await room.reveals() == []


async def test_who_is_not_in_the_group_is_refused_on_record(store: Database) -> None:
    room = vault(store)
    await room.keep("d1", [EMAIL])

    with pytest.raises(NotAllowed, match="'privacy'"):
        await room.reveal(EMAIL.token, BEN)
    with pytest.raises(NotAllowed, match="reveal_group is not set"):
        await vault(store, group=None).reveal(EMAIL.token, ANA)

    assert [each.outcome for each in await room.reveals()] == ["refused", "refused"]


async def test_a_closed_document_and_no_document_say_the_same(store: Database) -> None:
    room = vault(store)
    await room.keep("secret", [EMAIL])

    with pytest.raises(NotFound) as closed:
        await room.reveal(EMAIL.token, ANA)
    with pytest.raises(NotFound) as nowhere:
        await room.reveal(CARD.token, ANA)

    assert str(closed.value) == str(nowhere.value)
    assert [each.outcome for each in await room.reveals()] == ["refused", "refused"]


async def test_nothing_in_the_database_shows_a_value(store: Database) -> None:
    room = vault(store)
    await room.keep("d1", [EMAIL])
    await room.reveal(EMAIL.token, ANA)

    tables = [metadata.tables[name] for name in ("redaction_vault", "redaction_reveals")]
    with store.reading() as connection:
        rows = [repr(row) for table in tables for row in connection.execute(sa.select(table))]

    assert len(rows) == 2
    assert "zoë" not in "".join(rows)
    assert "xample.com" not in rows[0]


async def test_a_row_that_was_moved_to_another_document_does_not_open(store: Database) -> None:
    room = vault(store)
    await room.keep("secret", [EMAIL])
    with store.writing() as connection:
        connection.execute(sa.update(redaction_vault).values(document="d1"))

    with pytest.raises(Conflict):
        await room.reveal(EMAIL.token, ANA)

    assert [each.outcome for each in await room.reveals()] == ["not opened"]


async def test_a_former_key_opens_and_without_it_the_way_back_is_told(store: Database) -> None:
    await vault(store).keep("d1", [EMAIL])

    with pytest.raises(Conflict, match="former_keys"):
        await vault(store, Safe(NEW)).reveal(EMAIL.token, ANA)
    revealed = await vault(store, Safe(NEW, [OLD])).reveal(EMAIL.token, ANA)

    assert revealed.value == "zoë@example.com"


async def test_a_document_that_is_kept_again_forgets_what_it_has_not_any_more(store: Database) -> None:
    room = vault(store)
    await room.keep("d1", [EMAIL, CARD])
    await room.keep("d1", [CARD])
    assert (await room.reveal(EMAIL.token, ANA)).value  # until the new version is in its place

    await room.settle("d1", [CARD])

    assert (await room.reveal(CARD.token, ANA)).value == "4111 1111"
    with pytest.raises(NotFound):
        await room.reveal(EMAIL.token, ANA)


async def test_values_of_a_document_that_is_gone_are_gone(store: Database) -> None:
    room = vault(store)
    await room.keep("d1", [EMAIL])
    await room.keep("d2", [CARD])
    with store.writing() as connection:
        drop_values(connection, ["d1"])

    with pytest.raises(NotFound):
        await room.reveal(EMAIL.token, ANA)
    assert (await room.reveal(CARD.token, ANA)).value


async def test_samples_are_few_for_each_kind_and_on_record(store: Database) -> None:
    room = vault(store)
    many = [Sealed("b" * 15 + letter, "email", f"{letter}@example.com") for letter in "bcdfg"]
    await room.keep("d1", [*many, CARD])
    await room.keep("secret", [EMAIL])

    samples = await room.samples(["d1", "secret"], ANA, per_kind=2)

    assert [(each.kind, each.value) for each in samples] == [
        ("card", "4111 1111"),
        ("email", "b@example.com"),
        ("email", "c@example.com"),
    ]
    assert len(await room.reveals()) == 3
    with pytest.raises(NotAllowed):
        await room.samples(["d1"], BEN)
    assert (await room.reveals())[0].outcome == "refused"


async def test_many_values_are_kept_and_forgotten(store: Database) -> None:
    """More than a statement of SQLite takes."""
    room = vault(store)
    letters = "bcdfghjkmn"
    many = [Sealed("b" * 12 + f"{a}{b}{c}d", "email", "x") for a in letters for b in letters for c in letters]
    await room.keep("d1", many)
    await room.keep("d1", many)

    await room.settle("d1", many[:1])

    with store.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(redaction_vault)).scalar() == 1


async def test_without_a_key_nothing_is_sealed_and_it_is_said(store: Database) -> None:
    room = Vault(store, None, "privacy", readable=staff_reads_all_but_secret)
    await room.keep("d1", [])

    with pytest.raises(BadSettings, match=r"redaction\.key is not set"):
        await room.keep("d1", [EMAIL])


@pytest.mark.parametrize("token", ["", "[Email]", "[Email_2]", "bcdfghjkmnpqrst", "aaaaaaaaaaaaaaaa", "x" * 5000])
def test_what_is_no_token_is_said_to_be_none(token: str) -> None:
    with pytest.raises(BadInput, match="no placeholder of the vault"):
        word_of(token)
