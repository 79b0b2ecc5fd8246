"""The tables of access and all their SQL. Ids come in as `entries` made them: case folded and checked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from deskhand.access.entries import Kind
from deskhand.access.session_records import leave
from deskhand.access.tokens import Token
from deskhand.nouns import Audience, Principal, Reader
from deskhand.store import Connection, metadata

people = sa.Table(
    "people",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("created", sa.DateTime(timezone=True), nullable=False),
)

services = sa.Table(
    "services",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("created", sa.DateTime(timezone=True), nullable=False),
)

memberships = sa.Table(
    "memberships",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("principal", sa.Text, primary_key=True),
    sa.Column("group_name", sa.Text, primary_key=True, index=True),
)

tokens = sa.Table(
    "tokens",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("principal", sa.Text, nullable=False, index=True),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("scopes", sa.JSON, nullable=False),
    sa.Column("created", sa.DateTime(timezone=True), nullable=False),
    sa.Column("expires", sa.DateTime(timezone=True)),
    sa.Column("used", sa.DateTime(timezone=True)),
    sa.Column("revoked", sa.DateTime(timezone=True)),
    sa.Column("made_by", sa.String(400), nullable=False, server_default=""),
)

audiences = sa.Table(
    "audiences",
    metadata,
    sa.Column("id", sa.String(200), primary_key=True),
    sa.Column("open", sa.Boolean, nullable=False),
    sa.Column("unknown", sa.Integer, nullable=False),
    sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
)

audience_members = sa.Table(
    "audience_members",
    metadata,
    sa.Column("audience", sa.String(200), sa.ForeignKey("audiences.id"), primary_key=True),
    sa.Column("member", sa.Text, primary_key=True),
)

_TABLES = {"person": people, "service": services}


def put(connection: Connection, kind: Kind, id: str, groups: frozenset[str], now: datetime) -> None:
    """Make or change a person or service; `groups` replace the ones before."""
    hold(connection, kind, id, now)
    _leave_groups(connection, kind, id)
    if groups:
        connection.execute(
            memberships.insert(), [{"kind": kind, "principal": id, "group_name": name} for name in sorted(groups)]
        )


def hold(connection: Connection, kind: Kind, id: str, now: datetime) -> None:
    """Make a person or service unless it is there. Whoever else would change it waits until this transaction ends."""
    if not known(connection, kind, id):
        insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(_TABLES[kind])
        # Somebody else may put it there at the same moment.
        connection.execute(insert.values(id=id, created=now).on_conflict_do_nothing())
        known(connection, kind, id)


def known(connection: Connection, kind: Kind, id: str) -> bool:
    """Whether there is such a person or service; in a writing transaction, it stays so until that ends."""
    table = _TABLES[kind]
    return connection.execute(sa.select(table.c.id).where(table.c.id == id).with_for_update()).first() is not None


def principal(connection: Connection, kind: Kind, id: str) -> Principal:
    """A person or service with the groups of now."""
    return Principal(id, groups_of(connection, kind, id), kind)


def groups_of(connection: Connection, kind: Kind, id: str) -> frozenset[str]:
    """The groups of a person or service; nobody's when it is unknown."""
    query = sa.select(memberships.c.group_name).where(memberships.c.kind == kind, memberships.c.principal == id)
    return frozenset(connection.execute(query).scalars())


def everybody(connection: Connection, kind: Kind) -> dict[str, frozenset[str]]:
    """All people (or services), by id in order, with their groups."""
    table = _TABLES[kind]
    found: dict[str, set[str]] = {
        who: set() for who in connection.execute(sa.select(table.c.id).order_by(table.c.id)).scalars()
    }
    query = sa.select(memberships.c.principal, memberships.c.group_name).where(memberships.c.kind == kind)
    for principal, group in connection.execute(query):
        found[principal].add(group)
    return {who: frozenset(groups) for who, groups in found.items()}


def remove(connection: Connection, kind: Kind, id: str, now: datetime) -> bool:
    """Take a person or service out with its groups, revoke its tokens and sign it out; whether it was there."""
    table = _TABLES[kind]
    gone = connection.execute(table.delete().where(table.c.id == id)).rowcount
    _leave_groups(connection, kind, id)
    connection.execute(
        tokens.update()
        .where(tokens.c.kind == kind, tokens.c.principal == id, tokens.c.revoked.is_(None))
        .values(revoked=now)
    )
    leave(connection, kind, id)
    return gone > 0


def replace_all(
    connection: Connection, kind: Kind, listed: Mapping[str, frozenset[str]], now: datetime
) -> tuple[int, int, int]:
    """Make `listed` all that there is of a kind; how many were added, changed and removed."""
    before = everybody(connection, kind)
    removed = [who for who in before if who not in listed]
    for who in removed:
        remove(connection, kind, who, now)
    added = [who for who in listed if who not in before]
    changed = [who for who, groups in listed.items() if who in before and before[who] != groups]
    for who in [*added, *changed]:
        put(connection, kind, who, listed[who], now)
    return len(added), len(changed), len(removed)


def _leave_groups(connection: Connection, kind: Kind, id: str) -> None:
    connection.execute(memberships.delete().where(memberships.c.kind == kind, memberships.c.principal == id))


def put_audience(
    connection: Connection, id: str, members: Collection[str], open: bool, unknown: int, now: datetime
) -> None:
    """Make or change an audience; `members` (ids of people) replace the ones before."""
    values = {"open": open, "unknown": unknown, "as_of": now}
    # The row is written first: whoever changes the same audience meanwhile waits for it.
    if not connection.execute(audiences.update().where(audiences.c.id == id).values(**values)).rowcount:
        connection.execute(audiences.insert().values(id=id, **values))
    its_members = audience_members.c.audience == id
    before = set(connection.execute(sa.select(audience_members.c.member).where(its_members)).scalars())
    if gone := sorted(before.difference(members)):
        of_member = audience_members.c.member == sa.bindparam("gone")
        connection.execute(audience_members.delete().where(its_members, of_member), [{"gone": who} for who in gone])
    if new := sorted(set(members).difference(before)):
        connection.execute(audience_members.insert(), [{"audience": id, "member": who} for who in new])


def age_audience(connection: Connection, id: str) -> None:
    """Make an audience as old as can be, so that every process looks its members up again; unknown ones stay so."""
    connection.execute(audiences.update().where(audiences.c.id == id).values(as_of=datetime.fromtimestamp(0, UTC)))


def audience(connection: Connection, id: str) -> Audience | None:
    """An audience, its members by id with their groups of now."""
    row = connection.execute(sa.select(audiences).where(audiences.c.id == id)).first()
    if row is None:
        return None
    its_groups = sa.and_(memberships.c.kind == "person", memberships.c.principal == audience_members.c.member)
    query = (
        sa.select(audience_members.c.member, memberships.c.group_name)
        .outerjoin(memberships, its_groups)
        .where(audience_members.c.audience == id)
    )
    members: dict[str, set[str]] = {}
    for who, group in connection.execute(query):
        members.setdefault(who, set()).update([group] if group is not None else [])
    people = tuple(Principal(who, frozenset(members[who])) for who in sorted(members))
    return Audience(row.id, people, _utc(row.as_of) or row.as_of, row.open, row.unknown)


def as_now(connection: Connection, reader: Reader) -> Reader | None:
    """The reader with the members and groups of this transaction; None for an audience that is not on record."""
    if isinstance(reader, Audience):
        return audience(connection, reader.id)
    return Principal(reader.id, groups_of(connection, reader.kind, reader.id), reader.kind)


def put_token(connection: Connection, token: Token, kind: Kind, hash: str) -> bool:
    """Record a token of a known principal; False, and nothing recorded, when the principal is not there."""
    if not known(connection, kind, token.principal):
        return False
    connection.execute(
        tokens.insert().values(
            id=token.id,
            hash=hash,
            kind=kind,
            principal=token.principal,
            label=token.label,
            scopes=sorted(token.scopes),
            created=token.created,
            expires=token.expires,
            made_by=token.made_by,
        )
    )
    return True


def token_by_id(connection: Connection, id: str) -> tuple[Token, Principal, str] | None:
    """A token, whose it is with the groups of now, and its hash."""
    row = connection.execute(sa.select(tokens).where(tokens.c.id == id)).first()
    if row is None:
        return None
    principal = Principal(row.principal, groups_of(connection, row.kind, row.principal), row.kind)
    return token_of(row), principal, row.hash


def all_tokens(connection: Connection, principal: str | None = None) -> list[Token]:
    """Tokens, newest first; one principal's, or everybody's."""
    query = sa.select(tokens).order_by(tokens.c.created.desc(), tokens.c.id)
    if principal is not None:
        query = query.where(tokens.c.principal == principal)
    return [token_of(row) for row in connection.execute(query)]


def token_used(connection: Connection, id: str, now: datetime) -> None:
    connection.execute(tokens.update().where(tokens.c.id == id).values(used=now))


def revoke_token(connection: Connection, id: str, now: datetime, principal: str | None = None) -> bool:
    """Revoke a token (again: the first time stays); whether there is one, of this `principal` where one is named."""
    query = sa.select(tokens.c.id).where(tokens.c.id == id)
    if principal is not None:
        query = query.where(tokens.c.principal == principal)
    there = connection.execute(query).first() is not None
    if not there:
        return False
    connection.execute(tokens.update().where(tokens.c.id == id, tokens.c.revoked.is_(None)).values(revoked=now))
    return there


def token_of(row: sa.Row[tuple[object, ...]]) -> Token:
    """A row of `tokens` as it may be shown."""
    return Token(
        id=row.id,
        principal=row.principal,
        label=row.label,
        scopes=frozenset(row.scopes),
        created=_utc(row.created) or row.created,
        expires=_utc(row.expires),
        used=_utc(row.used),
        revoked=_utc(row.revoked),
        made_by=row.made_by,
    )


def _utc(moment: datetime | None) -> datetime | None:
    # SQLite gives times back without their zone; PostgreSQL in the zone of the connection.
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
