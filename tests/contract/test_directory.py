"""The directory promises the same on SQLite and on PostgreSQL: who is in which group now, and whose token holds."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from deskhand.access import Directory, Listing
from deskhand.access.records import tokens
from deskhand.errors import BadInput, Conflict, NotAllowed, NotFound, NotSignedIn
from deskhand.nouns import AccessList, Principal
from deskhand.store import Database, metadata

DAY = timedelta(days=1)


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def directory(database: Database, clock: Clock) -> Directory:
    with database.writing() as connection:
        metadata.create_all(connection)
    return Directory(database, clock=clock)


async def test_a_person_has_the_groups_put_last(directory: Directory) -> None:
    await directory.put_person("Ana@Example.com", ["Staff", "hr"])
    await directory.put_person("ana@example.com", ["staff"])

    assert await directory.principal(" ANA@example.com") == Principal("ana@example.com", frozenset({"staff"}))


async def test_leaving_a_group_holds_for_the_next_read(directory: Directory) -> None:
    secret = AccessList.of(["group:hr"])
    await directory.put_person("ana@example.com", ["hr"])
    assert secret.admits(await directory.principal("ana@example.com"))

    await directory.put_person("ana@example.com", [])

    assert not secret.admits(await directory.principal("ana@example.com"))


async def test_somebody_unknown_is_in_no_group(directory: Directory) -> None:
    assert await directory.principal("zoe@example.com") == Principal("zoe@example.com")
    assert await directory.principal("cron") == Principal("cron", kind="service")


async def test_a_service_is_not_the_person_of_the_same_groups(directory: Directory) -> None:
    await directory.put_service("Reporter", ["staff"])

    assert await directory.principal("service:reporter") == Principal("reporter", frozenset({"staff"}), "service")
    assert await directory.services() == [Principal("reporter", frozenset({"staff"}), "service")]
    assert await directory.people() == []


async def test_everybody_is_listed_by_id(directory: Directory) -> None:
    await directory.put_person("bob@example.com", ["staff"])
    await directory.put_person("ana@example.com")

    assert [person.id for person in await directory.people()] == ["ana@example.com", "bob@example.com"]


@pytest.mark.parametrize("groups", [["no group"], [""], ["group:x"]])
async def test_a_group_without_a_proper_name_is_refused(directory: Directory, groups: list[str]) -> None:
    with pytest.raises(BadInput, match="not a group's name"):
        await directory.put_person("ana@example.com", groups)


async def test_a_token_signs_in_its_person_with_the_groups_of_now(directory: Directory) -> None:
    await directory.put_person("ana@example.com", ["staff"])
    text, token = await directory.issue_token("Ana@example.com", {"ask"}, label="laptop")
    await directory.put_person("ana@example.com", ["hr"])

    signed = await directory.verify(text)

    assert signed.principal == Principal("ana@example.com", frozenset({"hr"}))
    assert (signed.scopes, signed.token_id) == ({"ask"}, token.id)
    assert text.startswith(token.id)
    assert text.startswith("dh_")
    assert len(text) == 46


async def test_a_token_is_kept_as_its_hash_only(directory: Directory, database: Database) -> None:
    await directory.put_person("ana@example.com")
    text, _ = await directory.issue_token("ana@example.com", {"ask"})

    with database.reading() as connection:
        stored = " ".join(map(str, connection.execute(sa.select(tokens)).one()))

    assert text not in stored
    assert text[11:] not in stored


async def test_a_service_signs_in_too(directory: Directory) -> None:
    await directory.put_service("reporter", ["staff"])
    text, _ = await directory.issue_token("reporter", {"ask", "ingest"})

    assert (await directory.verify(text)).principal == Principal("reporter", frozenset({"staff"}), "service")


async def test_unknown_expired_and_revoked_tokens_get_one_and_the_same_message(
    directory: Directory, clock: Clock
) -> None:
    await directory.put_person("ana@example.com")
    expired, _ = await directory.issue_token("ana@example.com", {"ask"}, expires=DAY)
    revoked, token = await directory.issue_token("ana@example.com", {"ask"})
    sound, _ = await directory.issue_token("ana@example.com", {"ask"})
    await directory.revoke(token.id)
    clock.now += DAY
    forged = sound[:11] + "A" * 35

    said = set()
    for text in (expired, revoked, forged, "dh_" + "x" * 43, "", "dh_", "x" * 10_000, "dh_é" + "x" * 42):
        with pytest.raises(NotSignedIn) as refused:
            await directory.verify(text)
        said.add(str(refused.value))

    assert len(said) == 1
    assert await directory.verify(sound)


async def test_a_token_holds_until_the_moment_it_expires(directory: Directory, clock: Clock) -> None:
    await directory.put_person("ana@example.com")
    text, token = await directory.issue_token("ana@example.com", {"ask"}, expires=DAY)
    assert token.expires == clock.now + DAY

    clock.now += DAY - timedelta(seconds=1)
    assert await directory.verify(text)

    clock.now += timedelta(seconds=1)
    with pytest.raises(NotSignedIn):
        await directory.verify(text)


async def test_the_last_use_is_written_at_most_once_a_minute(directory: Directory, clock: Clock) -> None:
    await directory.put_person("ana@example.com")
    text, _ = await directory.issue_token("ana@example.com", {"ask"})
    began = clock.now

    seen = []
    for seconds in (0, 59, 1):
        clock.now += timedelta(seconds=seconds)
        await directory.verify(text)
        seen.append((await directory.tokens())[0].used)

    assert seen == [began, began, began + timedelta(seconds=60)]


async def test_who_is_removed_has_no_groups_and_no_token_even_when_back(directory: Directory) -> None:
    await directory.put_person("ana@example.com", ["hr"])
    text, _ = await directory.issue_token("ana@example.com", {"ask"})

    await directory.remove("ana@example.com")

    assert (await directory.principal("ana@example.com")).groups == frozenset()
    with pytest.raises(NotSignedIn):
        await directory.verify(text)
    await directory.put_person("ana@example.com", ["hr"])
    with pytest.raises(NotSignedIn):
        await directory.verify(text)


async def test_removing_or_equipping_nobody_says_so(directory: Directory) -> None:
    with pytest.raises(NotFound, match=r"no person 'zoe@example\.com'"):
        await directory.remove("zoe@example.com")
    with pytest.raises(NotFound, match=r"people add zoe@example\.com"):
        await directory.issue_token("zoe@example.com", {"ask"})
    with pytest.raises(NotFound, match="no token"):
        await directory.revoke("dh_abcdefgh")


@pytest.mark.parametrize("scopes", [set(), {"ask", "root"}])
async def test_a_token_needs_scopes_that_exist(directory: Directory, scopes: set[str]) -> None:
    await directory.put_person("ana@example.com")

    with pytest.raises(BadInput, match="scopes"):
        await directory.issue_token("ana@example.com", scopes)


async def test_a_token_without_the_scope_is_not_allowed(directory: Directory) -> None:
    await directory.put_person("ana@example.com")
    text, _ = await directory.issue_token("ana@example.com", {"ask"})
    signed = await directory.verify(text)

    signed.require("ask")
    with pytest.raises(NotAllowed, match="'ingest'"):
        signed.require("ingest")


async def test_a_token_that_never_lives_is_refused(directory: Directory) -> None:
    await directory.put_person("ana@example.com")

    with pytest.raises(BadInput, match="longer than nothing"):
        await directory.issue_token("ana@example.com", {"ask"}, expires=timedelta(0))


async def test_tokens_are_listed_newest_first_with_those_that_ended(directory: Directory, clock: Clock) -> None:
    await directory.put_person("ana@example.com")
    await directory.put_person("bob@example.com")
    for label, who in (("old", "ana@example.com"), ("new", "ana@example.com"), ("other", "bob@example.com")):
        clock.now += DAY
        await directory.issue_token(who, {"ask"}, label=label)
    await directory.revoke((await directory.tokens("bob@example.com"))[0].id)

    assert [token.label for token in await directory.tokens()] == ["other", "new", "old"]
    assert [token.label for token in await directory.tokens("ana@example.com")] == ["new", "old"]
    assert (await directory.tokens())[0].revoked == clock.now


async def test_a_sync_makes_the_directory_what_the_file_says(directory: Directory) -> None:
    await directory.put_person("gone@example.com", ["hr"])
    await directory.put_person("ana@example.com", ["staff"])
    await directory.put_person("same@example.com", ["staff"])
    lost, _ = await directory.issue_token("gone@example.com", {"ask"})
    kept, _ = await directory.issue_token("ana@example.com", {"ask"})
    staff = frozenset({"staff"})

    synced = await directory.sync(
        Listing({"ana@example.com": frozenset({"hr"}), "same@example.com": staff}, {"reporter": staff})
    )

    assert (synced.added, synced.changed, synced.removed) == (1, 1, 1)
    assert (await directory.verify(kept)).principal.groups == {"hr"}
    with pytest.raises(NotSignedIn):
        await directory.verify(lost)
    assert (await directory.principal("gone@example.com")).groups == frozenset()


async def test_a_file_of_nobody_removes_nobody(directory: Directory) -> None:
    await directory.put_person("ana@example.com", ["staff"])

    with pytest.raises(BadInput, match="lists nobody"):
        await directory.sync(Listing())

    assert await directory.people()


async def test_an_audience_has_its_members_with_the_groups_of_now(directory: Directory, clock: Clock) -> None:
    await directory.put_person("ana@example.com", ["staff", "hr"])
    put = await directory.put_audience("slack:T1:C1", ["Ana@Example.com", "bob@example.com"])
    await directory.put_person("ana@example.com", ["staff"])

    audience = await directory.audience("slack:T1:C1")

    assert put.members == (
        Principal("ana@example.com", frozenset({"staff", "hr"})),
        Principal("bob@example.com"),
    )
    assert audience.members == (Principal("ana@example.com", frozenset({"staff"})), Principal("bob@example.com"))
    assert (audience.as_of, audience.open, audience.unknown) == (clock.now, False, 0)


async def test_an_audience_put_again_has_the_new_members_alone(directory: Directory) -> None:
    await directory.put_audience("slack:T1:C1", ["ana@example.com", "bob@example.com"], open=True)
    await directory.put_audience("slack:T1:C2", ["eve@example.com"])

    again = await directory.put_audience("slack:T1:C1", ["bob@example.com", "cyd@example.com"], unknown=1)

    assert [member.id for member in again.members] == ["bob@example.com", "cyd@example.com"]
    assert (again.open, again.unknown) == (False, 1)
    assert [member.id for member in (await directory.audience("slack:T1:C2")).members] == ["eve@example.com"]


async def test_an_audience_that_is_aged_keeps_its_members(directory: Directory, clock: Clock) -> None:
    put = await directory.put_audience("slack:T1:C1", ["ana@example.com"])
    other = await directory.put_audience("slack:T1:C2", ["ana@example.com"])

    await directory.age_audience("slack:T1:C1")

    aged = await directory.audience("slack:T1:C1")
    assert (clock.now - aged.as_of).days > 10_000
    assert aged.members == put.members
    assert await directory.audience("slack:T1:C2") == other


async def test_a_member_without_a_proper_address_is_somebody_unknown(directory: Directory) -> None:
    audience = await directory.put_audience("slack:T1:C1", ["ana@example.com", "nobody"])

    assert (len(audience.members), audience.unknown) == (1, 1)
    assert audience.entry_sets == (frozenset(),)


async def test_a_service_of_the_same_name_lends_a_member_no_groups(directory: Directory) -> None:
    await directory.put_service("reporter", ["hr"])
    await directory.put_person("ana@example.com", [])

    audience = await directory.put_audience("slack:T1:C1", ["ana@example.com"])

    assert audience.members == (Principal("ana@example.com"),)


async def test_an_audience_that_is_not_on_record_is_not_found(directory: Directory) -> None:
    with pytest.raises(NotFound, match="slack:T1:C9"):
        await directory.audience("slack:T1:C9")


async def test_a_thousand_members_are_read_in_two_queries(directory: Directory, database: Database) -> None:
    await directory.put_audience("slack:T1:C1", [f"p{number}@example.com" for number in range(1000)])
    statements: list[str] = []

    def note(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        audience = await directory.audience("slack:T1:C1")
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)

    assert len(audience.members) == 1000
    assert len([each for each in statements if "audience" in each]) == 2


async def test_people_and_services_are_found_page_by_page_each_once(directory: Directory) -> None:
    for number in range(7):
        await directory.put_person(f"p{number}@example.com", ["staff"])
    await directory.put_service("reporter", ["staff"])

    pages, after = [], None
    while page := await directory.found(limit=3, after=after):
        pages.append([each.principal.id for each in page])
        after = pages[-1][-1]

    assert [len(page) for page in pages] == [3, 3, 2]
    assert sorted(who for page in pages for who in page) == sorted(
        [*(f"p{number}@example.com" for number in range(7)), "reporter"]
    )


async def test_people_are_found_by_a_part_of_the_name_by_group_and_by_kind(directory: Directory) -> None:
    await directory.put_person("ana@example.com", ["hr", "staff"])
    await directory.put_person("ben_x@example.com", ["staff"])
    await directory.put_person("benax@example.com")
    await directory.put_service("hr", ["hr"])

    async def ids(*text: str, **given: str) -> list[str]:
        return [each.principal.id for each in await directory.found(*text, **given)]  # type: ignore[arg-type]

    assert await ids(" ANA@") == ["ana@example.com"]
    assert await ids("ben_x") == ["ben_x@example.com"], "the underscore is no wildcard"
    assert await ids(group="HR") == ["ana@example.com", "hr"]
    assert await ids(group="hr", kind="person") == ["ana@example.com"]
    assert await ids("nobody") == []
    [ana] = await directory.found("ana")
    assert ana.principal == Principal("ana@example.com", frozenset({"hr", "staff"}))


async def test_only_tokens_that_hold_are_counted(directory: Directory, clock: Clock) -> None:
    await directory.put_person("ana@example.com")
    await directory.issue_token("ana@example.com", ["ask"])
    _, revoked = await directory.issue_token("ana@example.com", ["ask"])
    await directory.revoke(revoked.id)
    await directory.issue_token("ana@example.com", ["ask"], expires=DAY)
    clock.now += DAY

    [ana] = await directory.found()

    assert ana.tokens == 1


async def test_groups_are_counted_by_people_and_services(directory: Directory) -> None:
    await directory.put_person("ana@example.com", ["hr", "staff"])
    await directory.put_person("bob@example.com", ["staff"])
    await directory.put_service("reporter", ["staff"])

    assert [(each.name, each.people, each.services) for each in await directory.groups()] == [
        ("hr", 1, 0),
        ("staff", 2, 1),
    ]
    assert [each.name for each in await directory.groups("ST")] == ["staff"]
    assert [each.name for each in await directory.groups(limit=1, after="hr")] == ["staff"]


async def test_groups_that_somebody_changed_meanwhile_are_not_given_back(directory: Directory) -> None:
    """Two administrators have the same person before them; one takes her out of finance, the other adds a group."""
    await directory.put("ana@example.com", ["finance", "staff"])
    await directory.put("ana@example.com", ["staff"], was=["finance", "staff"])

    with pytest.raises(Conflict, match="somebody changed it meanwhile"):
        await directory.put("ana@example.com", ["finance", "staff", "sales"], was=["finance", "staff"])

    assert (await directory.principal("ana@example.com")).groups == {"staff"}
    assert (await directory.put("ana@example.com", [])).principal.groups == frozenset()


async def test_of_many_who_change_a_person_at_once_one_is_done_and_the_others_are_told(directory: Directory) -> None:
    """Without waiting for each other they would leave the person in the groups of several."""
    await directory.put("ana@example.com", ["finance"])

    ends = await asyncio.gather(
        *(directory.put("ana@example.com", [f"g{n}"], was=["finance"]) for n in range(8)), return_exceptions=True
    )
    await asyncio.gather(*(directory.put("new@example.com", [f"g{n}"]) for n in range(8)))

    done = [each for each in ends if not isinstance(each, BaseException)]
    assert [type(each) for each in ends if isinstance(each, BaseException)] == [Conflict] * 7
    assert [each.principal.groups for each in done] == [(await directory.principal("ana@example.com")).groups]
    assert len((await directory.principal("new@example.com")).groups) == 1


async def test_a_token_that_is_made_while_its_person_is_removed_holds_no_longer_than_the_person(
    directory: Directory, clock: Clock
) -> None:
    for _ in range(20):
        await directory.put_person("ana@example.com", ["finance"])
        making = [directory.issue_token("ana@example.com", ["ask"]) for _ in range(3)]
        await asyncio.gather(*making, directory.remove("ana@example.com"), return_exceptions=True)

        assert not any(token.good(clock.now) for token in await directory.tokens("ana@example.com"))


async def test_tokens_are_found_newest_first_page_by_page_each_once(directory: Directory, clock: Clock) -> None:
    """Three of them are made at the same moment."""
    await directory.put_person("ana@example.com")
    made = []
    for number in range(6):
        if number % 3 == 0:
            clock.now += DAY
        made.append((await directory.issue_token("ana@example.com", ["ask"]))[1].id)

    seen, after = [], None
    while page := await directory.found_tokens(limit=2, after=after):
        seen += [token.id for token in page]
        after = seen[-1]

    assert seen == sorted(made[3:]) + sorted(made[:3])
    assert await directory.found_tokens(principal="bob@example.com", after=made[0]) == [], "another's is no place"


async def test_tokens_are_found_by_state_owner_and_text(directory: Directory, clock: Clock) -> None:
    await directory.put_person("ana@example.com")
    await directory.put_person("bob@example.com")
    await directory.issue_token("ana@example.com", ["ask"], label="Nightly Report")
    await directory.issue_token("bob@example.com", ["ask"], expires=DAY)
    _, gone = await directory.issue_token("bob@example.com", ["ask"], expires=DAY, made_by="ana@example.com")
    await directory.revoke(gone.id)
    clock.now += DAY

    async def found(*text: str, **given: str) -> list[tuple[str, str]]:
        tokens = await directory.found_tokens(*text, **given)  # type: ignore[arg-type]
        return [(token.principal, token.state(clock.now)) for token in tokens]

    assert await found("nightly") == [("ana@example.com", "good")]
    assert await found(state="good") == [("ana@example.com", "good")]
    assert await found(state="expired") == [("bob@example.com", "expired")]
    assert await found(state="revoked", principal="Bob@example.com") == [("bob@example.com", "revoked")]
    assert [token.made_by for token in await directory.found_tokens(state="revoked")] == ["ana@example.com"]


async def test_who_revokes_as_somebody_finds_their_own_tokens_only(directory: Directory) -> None:
    await directory.put_person("ana@example.com")
    await directory.put_person("bob@example.com")
    text, token = await directory.issue_token("bob@example.com", ["ask"])

    with pytest.raises(NotFound, match="there is no token"):
        await directory.revoke(token.id, of=Principal("ana@example.com"))
    assert (await directory.verify(text)).principal.id == "bob@example.com"

    await directory.revoke(token.id, of=Principal("bob@example.com"))
    with pytest.raises(NotSignedIn):
        await directory.verify(text)
