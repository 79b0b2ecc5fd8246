"""The directory: people and services with their groups, and sign-in by token."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from deskhand.access import people_records, records
from deskhand.access.entries import Kind, group_name, person_id, service_id
from deskhand.access.listing import Listing
from deskhand.access.people_records import GroupSize, Listed, TokenState
from deskhand.access.tokens import Signed, Token, checked_scopes, hash_of, id_of, new_token, same
from deskhand.errors import BadInput, Conflict, NotFound, NotSignedIn
from deskhand.nouns import Audience, Principal
from deskhand.store import Connection, Database, utc_now

USED_EVERY = timedelta(minutes=1)
"""A token's time of last use is written at most this often, so that reading stays reading."""

_NOBODY = hash_of("")
_NOT_SIGNED_IN = (
    "the token is not valid here; send a current one as `Authorization: Bearer dh_…` (an operator makes one with "
    "`deskhand tokens create`)."
)


@dataclass(frozen=True, slots=True)
class Synced:
    """How many people and services a listing added, changed and removed."""

    added: int
    changed: int
    removed: int


class Directory:
    """Who there is. People are named by e-mail address, services by a name without "@", both in any case.

    `clock` gives the time, aware of its zone.
    """

    def __init__(self, database: Database, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._clock = clock

    async def principal(self, id: str) -> Principal:
        """The person or service with its groups as they are now; somebody unknown is in none. Raises `BadInput`."""
        kind, who = identify(id)
        return Principal(who, await self._database.read(records.groups_of, kind, who), kind)

    async def put_person(self, address: str, groups: Iterable[str] = ()) -> None:
        """Make or change a person; `groups` replace the ones before. Raises `BadInput`."""
        names = frozenset(map(group_name, groups))
        await self._database.write(records.put, "person", person_id(address), names, self._clock())

    async def put_service(self, name: str, groups: Iterable[str] = ()) -> None:
        """Make or change a service; `groups` replace the ones before. Raises `BadInput`."""
        names = frozenset(map(group_name, groups))
        await self._database.write(records.put, "service", service_id(name), names, self._clock())

    async def people(self) -> list[Principal]:
        """All people with their groups, by address."""
        found = await self._database.read(records.everybody, "person")
        return [Principal(who, groups, "person") for who, groups in found.items()]

    async def services(self) -> list[Principal]:
        """All services with their groups, by name."""
        found = await self._database.read(records.everybody, "service")
        return [Principal(who, groups, "service") for who, groups in found.items()]

    async def put(self, id: str, groups: Iterable[str], was: Iterable[str] | None = None) -> Listed:
        """Make or change a person or service; `groups` replace the ones before. Where `was` says which groups those are
        thought to be, they must be these. Raises `BadInput`, and `Conflict` when somebody changed them meanwhile."""
        kind, who = identify(id)
        names = frozenset(map(group_name, groups))
        before = None if was is None else frozenset(map(group_name, was))
        return await self._database.write(_put, kind, who, names, before, self._clock())

    async def found(
        self,
        text: str = "",
        *,
        kind: Kind | None = None,
        group: str | None = None,
        limit: int = 50,
        after: str | None = None,
    ) -> list[Listed]:
        """People and services by id, `limit` of them after the id `after`: those with `text` in their ids, of a `kind`,
        in a `group`."""
        of_group = group.strip().casefold() if group is not None else None
        return await self._database.read(people_records.find, self._clock(), text.strip(), kind, of_group, limit, after)

    async def groups(self, text: str = "", *, limit: int = 50, after: str | None = None) -> list[GroupSize]:
        """Groups that somebody is in, by name, with how many; `limit` of them after the name `after`."""
        return await self._database.read(people_records.sizes, text.strip(), limit, after)

    async def put_audience(
        self, id: str, members: Collection[str], *, open: bool = False, unknown: int = 0
    ) -> Audience:
        """Make or change an audience as of now; the addresses `members` replace the ones before.

        `open`: there are more members than can be listed. `unknown` counts those who could not be identified; a member
        whose address cannot be one is counted with them, so that nothing is shown to somebody nobody knows.
        """
        addresses = list(map(_address, members))
        unknown += addresses.count(None)
        known = frozenset(address for address in addresses if address is not None)
        return await self._database.write(_put_audience, id, known, open, unknown, self._clock())

    async def age_audience(self, id: str) -> None:
        """Somebody came or went: its members are no longer as they were looked up, in whichever process."""
        await self._database.write(records.age_audience, id)

    async def audience(self, id: str) -> Audience:
        """The audience with its members' groups as they are now. Raises `NotFound`."""
        found = await self._database.read(records.audience, id)
        if found is None:
            raise NotFound(f"there is no audience {id[:80]!r}; whoever reads along must be put on record first.")
        return found

    async def remove(self, id: str) -> None:
        """Take a person or service out: no groups any more, every token revoked for good, signed out everywhere.

        Raises `NotFound`.
        """
        kind, who = identify(id)
        if not await self._database.write(records.remove, kind, who, self._clock()):
            raise NotFound(f"there is no {kind} {who!r} in the directory.")

    async def sync(self, listing: Listing) -> Synced:
        """Make the directory what `listing` says, in one transaction: who is not on it is removed, as by `remove`.

        Raises `BadInput` for a listing of nobody, which is more likely a broken file than a wish.
        """
        if not listing.people and not listing.services:
            raise BadInput("the people file lists nobody; remove people one by one if that is meant.")
        return await self._database.write(_sync, listing, self._clock())

    async def issue_token(
        self,
        principal_id: str,
        scopes: Iterable[str],
        *,
        expires: timedelta | None = None,
        label: str = "",
        made_by: str = "",
    ) -> tuple[str, Token]:
        """A new token for a known person or service: its text, which is never shown again, and its record.

        `expires` is how long it lives from now (None: until revoked), `made_by` the id of who makes it for them.
        Raises `NotFound`, `BadInput`.
        """
        kind, who = identify(principal_id)
        wanted = checked_scopes(scopes)
        if expires is not None and expires <= timedelta(0):
            raise BadInput(f"a token's life is {expires}; it must be longer than nothing.")
        now = self._clock()
        text, token_id, hashed = new_token()
        until = now + expires if expires else None
        token = Token(token_id, who, label.strip(), wanted, now, until, None, None, made_by)
        if not await self._database.write(records.put_token, token, kind, hashed):
            raise NotFound(f"there is no {kind} {who!r} in the directory; `deskhand people add {who}` puts it there.")
        return text, token

    async def verify(self, token: str) -> Signed:
        """Who sent this token. Raises `NotSignedIn`, with one message for unknown, expired and revoked."""
        token_id = id_of(token)
        found = await self._database.read(records.token_by_id, token_id) if token_id else None
        genuine = same(token if token_id else "", found[2] if found else _NOBODY)
        now = self._clock()
        if not found or not genuine or not found[0].good(now):
            raise NotSignedIn(_NOT_SIGNED_IN)
        record, principal, _ = found
        if record.used is None or now - record.used >= USED_EVERY:
            await self._database.write(records.token_used, record.id, now)
        return Signed(principal, record.scopes, record.id)

    async def tokens(self, principal_id: str | None = None) -> list[Token]:
        """Tokens, newest first, also expired and revoked ones; one principal's, or everybody's."""
        who = identify(principal_id)[1] if principal_id is not None else None
        return await self._database.read(records.all_tokens, who)

    async def found_tokens(
        self,
        text: str = "",
        *,
        principal: str | None = None,
        state: TokenState | None = None,
        limit: int = 50,
        after: str | None = None,
    ) -> list[Token]:
        """Tokens, newest first, `limit` of them after the one with the id `after`: those with `text` in label, id or
        whose they are, of a `principal`, in a `state`."""
        who = identify(principal)[1] if principal is not None else None
        return await self._database.read(
            people_records.find_tokens, self._clock(), text.strip(), who, state, limit, after
        )

    async def revoke(self, token_id: str, *, of: Principal | None = None) -> None:
        """Revoke the token with this public id, at once and for good; `of` whom it must be, else it is not found.
        Raises `NotFound`."""
        who = of.id if of is not None else None
        if not await self._database.write(records.revoke_token, token_id, self._clock(), who):
            raise NotFound(f"there is no token {token_id[:11]!r}; `deskhand tokens list` shows them.")


def identify(id: str) -> tuple[Kind, str]:
    """Which kind an id is of, and the id as it is kept: an address is a person's, a plain name a service's."""
    kind, colon, rest = id.strip().partition(":")
    who = rest if colon and kind in ("person", "service") else id
    return ("person", person_id(who)) if "@" in who else ("service", service_id(who))


def _address(written: str) -> str | None:
    try:
        return person_id(written)
    except BadInput:
        return None


def _put(
    connection: Connection,
    kind: Kind,
    who: str,
    groups: frozenset[str],
    was: frozenset[str] | None,
    now: datetime,
) -> Listed:
    records.hold(connection, kind, who, now)
    before = records.groups_of(connection, kind, who)
    if was is not None and was != before:
        raise Conflict(f"{who!r} is in {_named(before)} now, not in {_named(was)}; somebody changed it meanwhile.")
    records.put(connection, kind, who, groups, now)
    found = people_records.one(connection, now, kind, who)
    assert found is not None
    return found


def _named(groups: frozenset[str]) -> str:
    return ", ".join(sorted(groups)) or "no group"


def _put_audience(
    connection: Connection, id: str, members: frozenset[str], open: bool, unknown: int, now: datetime
) -> Audience:
    records.put_audience(connection, id, members, open, unknown, now)
    found = records.audience(connection, id)
    assert found is not None
    return found


def _sync(connection: Connection, listing: Listing, now: datetime) -> Synced:
    counts = (
        records.replace_all(connection, "person", listing.people, now),
        records.replace_all(connection, "service", listing.services, now),
    )
    return Synced(*(sum(each) for each in zip(*counts, strict=True)))
