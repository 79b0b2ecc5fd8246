"""Sessions promise the same on SQLite and on PostgreSQL: what opens one, for how long, and all that ends it."""

from __future__ import annotations

import asyncio
import hashlib
import re
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from deskhand.access import Directory, Listing, Session, Sessions
from deskhand.access.session_records import sessions as sessions_table
from deskhand.access.session_records import sign_in_links
from deskhand.access.sessions import LINK_LIFE, MOST
from deskhand.errors import BadInput, NotFound, NotSignedIn, SignInFailed
from deskhand.nouns import Principal
from deskhand.store import Database, metadata

HOUR = timedelta(hours=1)
MOMENT = timedelta(seconds=1)


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
async def directory(database: Database, clock: Clock) -> Directory:
    """Ana is in finance."""
    with database.writing() as connection:
        metadata.create_all(connection)
    directory = Directory(database, clock=clock)
    await directory.put_person("ana@example.com", ["finance"])
    return directory


@pytest.fixture
def sessions(database: Database, clock: Clock, directory: Directory) -> Sessions:
    return Sessions(database, life=12 * HOUR, clock=clock)


async def opened(sessions: Sessions, *scopes: str) -> tuple[str, Session]:
    """Ana's browser, signed in by a link."""
    return await sessions.open_by_code(await sessions.link("ana@example.com", scopes or ["ask"]))


async def is_dead(sessions: Sessions, cookie: str) -> bool:
    with pytest.raises(NotSignedIn):
        await sessions.verify(cookie)
    return True


async def test_a_link_signs_its_person_in_for_its_scopes_and_hours(sessions: Sessions, clock: Clock) -> None:
    code = await sessions.link(" Ana@example.com ", ["ask", "tickets"])

    cookie, session = await sessions.open_by_code(code)

    assert session == await sessions.verify(cookie)
    assert session.signed.principal == Principal("ana@example.com", frozenset({"finance"}))
    assert session.signed.scopes == {"ask", "tickets"}
    assert session.expires == clock.now + 12 * HOUR


async def test_a_link_works_once(sessions: Sessions) -> None:
    code = await sessions.link("ana@example.com", ["ask"])
    await sessions.open_by_code(code)

    with pytest.raises(SignInFailed, match="used before"):
        await sessions.open_by_code(code)


async def test_of_many_who_use_a_link_at_once_one_is_let_in(sessions: Sessions, database: Database) -> None:
    code = await sessions.link("ana@example.com", ["ask"])

    tries = await asyncio.gather(*(sessions.open_by_code(code) for _ in range(8)), return_exceptions=True)

    assert [type(each) for each in tries].count(tuple) == 1
    assert all(isinstance(each, tuple | SignInFailed) for each in tries)
    with database.reading() as connection:
        assert len(connection.execute(sa.select(sessions_table)).all()) == 1


async def test_a_link_that_is_too_old_is_worth_nothing_and_says_no_more_than_one_that_never_was(
    sessions: Sessions, clock: Clock
) -> None:
    old, new = [await sessions.link("ana@example.com", ["ask"]) for _ in range(2)]

    clock.now += LINK_LIFE - MOMENT
    assert await sessions.open_by_code(new)
    clock.now += MOMENT

    said = []
    for code in (old, "x" * 43, "", "no code", "é" * 43):
        with pytest.raises(SignInFailed) as raised:
            await sessions.open_by_code(code)
        said.append(str(raised.value))
    assert len(set(said)) == 1


async def test_a_link_is_made_for_who_is_known_and_for_the_operator_alone_of_others(sessions: Sessions) -> None:
    with pytest.raises(NotFound, match=r"people add zoe@example\.com"):
        await sessions.link("zoe@example.com", ["ask"])
    with pytest.raises(BadInput, match="scopes"):
        await sessions.link("ana@example.com", ["rule"])

    _, session = await sessions.open_by_code(await sessions.link("op@localhost", ["admin"], stranger=True))

    assert session.signed.principal == Principal("op@localhost")


async def test_a_token_opens_a_session_for_its_own_scopes_that_lives_no_longer_than_it(
    sessions: Sessions, directory: Directory, clock: Clock
) -> None:
    text, token = await directory.issue_token("ana@example.com", ["ask", "ingest"], expires=2 * HOUR)

    cookie, session = await sessions.open_by_token(text)

    assert (session.signed.scopes, session.signed.token_id) == ({"ask", "ingest"}, token.id)
    assert session.expires == clock.now + 2 * HOUR
    clock.now += 2 * HOUR
    assert await is_dead(sessions, cookie)


async def test_a_session_ends_with_its_token(sessions: Sessions, directory: Directory) -> None:
    text, token = await directory.issue_token("ana@example.com", ["ask"])
    cookie, _ = await sessions.open_by_token(text)
    by_link, _ = await opened(sessions)

    await directory.revoke(token.id)

    assert await is_dead(sessions, cookie)
    assert await sessions.verify(by_link)
    with pytest.raises(SignInFailed):
        await sessions.open_by_token(text)


@pytest.mark.parametrize("token", ["", "dh_", "dh_" + "x" * 43, "nonsense", "dh_" + "é" * 43])
async def test_a_token_that_does_not_hold_opens_nothing(sessions: Sessions, token: str) -> None:
    with pytest.raises(SignInFailed, match="unknown, expired or revoked"):
        await sessions.open_by_token(token)


async def test_a_session_ends_with_its_person_who_comes_back_as_somebody_new(
    sessions: Sessions, directory: Directory
) -> None:
    cookie, _ = await opened(sessions)
    unused = await sessions.link("ana@example.com", ["admin"])

    await directory.remove("ana@example.com")
    await directory.put_person("ana@example.com", ["finance"])

    assert await is_dead(sessions, cookie)
    with pytest.raises(SignInFailed):
        await sessions.open_by_code(unused)


async def test_who_is_not_in_the_people_file_is_signed_out(sessions: Sessions, directory: Directory) -> None:
    cookie, _ = await opened(sessions)

    await directory.sync(Listing(people={"ben@example.com": frozenset()}))

    assert await is_dead(sessions, cookie)


async def test_a_service_of_the_same_name_is_not_signed_out_with_a_person(
    sessions: Sessions, directory: Directory
) -> None:
    await directory.put_service("robot")
    cookie, session = await sessions.open_by_code(await sessions.link("service:robot", ["ask"]))
    await directory.put_person("robot@example.com")

    await directory.remove("robot@example.com")

    assert (await sessions.verify(cookie)).signed.principal == Principal("robot", kind="service")
    assert session.signed.token_id == ""


async def test_leaving_a_group_holds_for_the_next_call(sessions: Sessions, directory: Directory) -> None:
    cookie, _ = await opened(sessions)

    await directory.put_person("ana@example.com", [])

    assert (await sessions.verify(cookie)).signed.principal.groups == frozenset()


async def test_a_session_ends_after_its_hours_however_much_it_is_used(sessions: Sessions, clock: Clock) -> None:
    cookie, _ = await opened(sessions)

    for _ in range(11):
        clock.now += HOUR
        await sessions.verify(cookie)
    clock.now += HOUR

    assert await is_dead(sessions, cookie)


async def test_signing_out_ends_one_session_and_signing_out_everywhere_all_of_them(sessions: Sessions) -> None:
    (first, _), (second, _), (third, _) = [await opened(sessions) for _ in range(3)]
    unused = await sessions.link("ana@example.com", ["ask"])

    await sessions.end(first)
    assert await is_dead(sessions, first)
    assert await sessions.verify(second)

    await sessions.end_all("ana@example.com")
    assert await is_dead(sessions, second)
    assert await is_dead(sessions, third)
    with pytest.raises(SignInFailed):
        await sessions.open_by_code(unused)


@pytest.mark.parametrize("cookie", ["", "x", "x" * 43, "x" * 5_000, "é" * 43, "' OR 1=1 --"])
async def test_a_cookie_that_was_made_up_opens_nothing(sessions: Sessions, cookie: str) -> None:
    await opened(sessions)

    assert await is_dead(sessions, cookie)


async def test_neither_cookies_nor_codes_are_kept(sessions: Sessions, database: Database) -> None:
    cookie, _ = await opened(sessions)
    code = await sessions.link("ana@example.com", ["ask"])

    with database.reading() as connection:
        kept = str([connection.execute(sa.select(table)).all() for table in (sessions_table, sign_in_links)])

    assert cookie not in kept
    assert code not in kept
    for hashed in re.findall(r"[0-9a-f]{64}", kept):
        assert await is_dead(sessions, hashed)
    assert hashlib.sha256(cookie.encode()).hexdigest() in kept


async def test_cookies_codes_and_words_are_all_different(sessions: Sessions) -> None:
    made = [await opened(sessions) for _ in range(5)]

    secrets = [secret for cookie, session in made for secret in (cookie, session.csrf)]
    assert len(set(secrets)) == 10
    assert all(len(secret) == 43 for secret in secrets)


async def test_the_oldest_of_very_many_browsers_is_signed_out(
    sessions: Sessions, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MOST >= 10
    monkeypatch.setattr("deskhand.access.sessions.MOST", 3)
    cookies = []
    for _ in range(4):
        cookies.append((await opened(sessions))[0])
        clock.now += MOMENT

    assert await is_dead(sessions, cookies[0])
    assert all([await sessions.verify(cookie) for cookie in cookies[1:]])


async def test_what_is_past_its_time_is_forgotten(sessions: Sessions, database: Database, clock: Clock) -> None:
    await opened(sessions)
    await sessions.link("ana@example.com", ["ask"])
    assert await sessions.forget() == 0

    clock.now += LINK_LIFE
    fresh, _ = await opened(sessions)
    assert await sessions.forget() == 1
    clock.now += 12 * HOUR - LINK_LIFE
    assert await sessions.forget() == 1

    assert await sessions.verify(fresh)


async def test_the_time_of_last_use_is_written_once_a_minute(
    sessions: Sessions, database: Database, clock: Clock
) -> None:
    cookie, session = await opened(sessions)

    def used() -> datetime:
        from deskhand.access import session_records

        with database.reading() as connection:
            row = session_records.session(connection, session.key)
        assert row
        return row.used

    began = used()
    clock.now += timedelta(seconds=59)
    await sessions.verify(cookie)
    assert used() == began
    clock.now += timedelta(seconds=2)
    await sessions.verify(cookie)
    assert used() == clock.now
