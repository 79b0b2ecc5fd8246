"""Browsers that are signed in: opened by a token or by a link that works once, and ended by whatever ends those.

Cookies and the codes in links are 32 random bytes, of which only the SHA-256 is kept; there is nothing to guess.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from deskhand.access import records, session_records
from deskhand.access.directory import USED_EVERY, Directory, identify
from deskhand.access.entries import Kind
from deskhand.access.session_records import LinkRow, SessionRow
from deskhand.access.tokens import Signed, checked_scopes, hash_of
from deskhand.errors import NotFound, NotSignedIn, SignInFailed
from deskhand.store import Connection, Database, utc_now

LINK_LIFE = timedelta(minutes=10)
"""How long a link may be used; once."""

MOST = 100
"""Browsers that one person may be signed in with; the oldest is signed out for the next."""

_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
_USED_UP = "this link was used before, is older than ten minutes, or never was one."
_DEAD = "this token is unknown, expired or revoked."
_ENDED = "nobody is signed in here, or no longer; sign in again."


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that is signed in: who, for what, until when. `csrf` is what it sends along with each change; `key`
    names it in here, and is no secret."""

    signed: Signed
    csrf: str
    expires: datetime
    key: str


class Sessions:
    """The browsers that are signed in to one desk, each for `life` at most."""

    def __init__(
        self,
        database: Database,
        *,
        life: timedelta = timedelta(hours=12),
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database = database
        self._life = life
        self._clock = clock
        self._directory = Directory(database, clock=clock)

    async def link(self, principal_id: str, scopes: Iterable[str], *, stranger: bool = False) -> str:
        """A code that signs a person or service in once, within `LINK_LIFE`; only its hash is kept.

        With `stranger` it need not be in the directory, as the operator need not. Raises `NotFound`, `BadInput`.
        """
        kind, who = identify(principal_id)
        code = secrets.token_urlsafe(32)
        now = self._clock()
        row = LinkRow(kind, who, checked_scopes(scopes), now + LINK_LIFE)
        if not await self._database.write(_put_link, hash_of(code), row, now, stranger):
            raise NotFound(f"there is no {kind} {who!r} in the directory; `deskhand people add {who}` puts it there.")
        return code

    async def open_by_code(self, code: str) -> tuple[str, Session]:
        """A new session by the code of a link, which is worth nothing afterwards: its cookie, and what it opens.

        Raises `SignInFailed`, with one message for unknown, used and too old.
        """
        cookie, link = secrets.token_urlsafe(32), hash_of(code)
        # Writes wait for each other on SQLite: what is no link is refused without one, however many try.
        there = _SECRET.fullmatch(code) is not None and await self._database.read(session_records.has_link, link)
        if not there or not await self._database.write(_open_by_link, link, hash_of(cookie), self._life, self._clock()):
            raise SignInFailed(_USED_UP)
        return cookie, await self.verify(cookie)

    async def open_by_token(self, token: str) -> tuple[str, Session]:
        """A new session by a token: for no more than the token is, and ended with it. Raises `SignInFailed`."""
        try:
            signed = await self._directory.verify(token)
        except NotSignedIn:
            raise SignInFailed(_DEAD) from None
        cookie = secrets.token_urlsafe(32)
        opened = await self._database.write(_open_by_token, signed.token_id, hash_of(cookie), self._life, self._clock())
        if not opened:
            raise SignInFailed(_DEAD)
        return cookie, await self.verify(cookie)

    async def verify(self, cookie: str) -> Session:
        """Who is signed in with this cookie, with the groups of now. Raises `NotSignedIn`."""
        if not _SECRET.fullmatch(cookie):
            raise NotSignedIn(_ENDED)
        key, now = hash_of(cookie), self._clock()
        found = await self._database.read(_found, key, now)
        if found is None:
            raise NotSignedIn(_ENDED)
        session, used = found
        if now - used >= USED_EVERY:
            await self._database.write(session_records.session_used, key, now)
        return session

    async def end(self, cookie: str) -> None:
        """Sign the browser with this cookie out, if it is signed in."""
        await self._database.write(session_records.end_session, hash_of(cookie))

    async def end_all(self, principal_id: str) -> None:
        """Sign somebody out in every browser, and make the links worthless that were not used. Raises `BadInput`."""
        await self._database.write(session_records.leave, *identify(principal_id))

    async def forget(self) -> int:
        """Delete what is past its time; how many sessions and links."""
        return await self._database.write(session_records.forget, self._clock())


def _put_link(connection: Connection, hash: str, link: LinkRow, now: datetime, stranger: bool) -> bool:
    if not stranger and not records.known(connection, link.kind, link.principal):
        return False
    session_records.put_link(connection, hash, link, now)
    return True


def _open_by_link(connection: Connection, code: str, hash: str, life: timedelta, now: datetime) -> bool:
    link = session_records.take_link(connection, code, now)
    if link is None:
        return False
    _open(connection, hash, link.kind, link.principal, link.scopes, None, now, now + life)
    return True


def _open_by_token(connection: Connection, token_id: str, hash: str, life: timedelta, now: datetime) -> bool:
    found = records.token_by_id(connection, token_id)
    if found is None or not found[0].good(now):
        return False
    token, principal, _ = found
    expires = min(now + life, token.expires) if token.expires else now + life
    _open(connection, hash, principal.kind, principal.id, token.scopes, token.id, now, expires)
    return True


def _open(
    connection: Connection,
    hash: str,
    kind: Kind,
    who: str,
    scopes: frozenset[str],
    token: str | None,
    now: datetime,
    expires: datetime,
) -> None:
    row = SessionRow(kind, who, scopes, secrets.token_urlsafe(32), token, now, now, expires)
    session_records.put_session(connection, hash, row)
    session_records.keep_newest(connection, kind, who, MOST)


def _found(connection: Connection, key: str, now: datetime) -> tuple[Session, datetime] | None:
    """The session that is open now, and when it was last used."""
    row = session_records.session(connection, key)
    if row is None or row.expires <= now:
        return None
    if row.token is None:
        signed = Signed(records.principal(connection, row.kind, row.principal), row.scopes, "")
    else:
        found = records.token_by_id(connection, row.token)
        if found is None or not found[0].good(now):
            return None
        token, principal, _ = found
        signed = Signed(principal, row.scopes & token.scopes, token.id)
    return Session(signed, row.csrf, row.expires, key), row.used
