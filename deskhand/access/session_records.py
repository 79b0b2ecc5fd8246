"""Who is signed in in a browser, and the links that sign somebody in once: their tables and all their SQL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from deskhand.access.entries import Kind
from deskhand.store import Connection, metadata

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("hash", sa.String(64), primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("principal", sa.String(400), nullable=False),
    sa.Column("scopes", sa.JSON, nullable=False),
    sa.Column("csrf", sa.String(64), nullable=False),
    sa.Column("token", sa.String(16)),
    sa.Column("created", sa.DateTime(timezone=True), nullable=False),
    sa.Column("used", sa.DateTime(timezone=True), nullable=False),
    sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
    sa.Index("sessions_by_principal", "principal"),
    sa.Index("sessions_by_expiry", "expires"),
)
"""A row is a browser that is signed in: the SHA-256 of its cookie, and the public id of the token that it was opened
with (none: a link opened it)."""

sign_in_links = sa.Table(
    "sign_in_links",
    metadata,
    sa.Column("hash", sa.String(64), primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("principal", sa.String(400), nullable=False),
    sa.Column("scopes", sa.JSON, nullable=False),
    sa.Column("created", sa.DateTime(timezone=True), nullable=False),
    sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
)
"""A row is a link that was not used yet: the SHA-256 of the code in it."""


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link that was not used yet: whose it is, and what it opens."""

    kind: Kind
    principal: str
    scopes: frozenset[str]
    expires: datetime


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A browser that is signed in; `token` is the public id of the token that opened it, if one did."""

    kind: Kind
    principal: str
    scopes: frozenset[str]
    csrf: str
    token: str | None
    created: datetime
    used: datetime
    expires: datetime


def put_link(connection: Connection, hash: str, link: LinkRow, now: datetime) -> None:
    values = {"kind": link.kind, "principal": link.principal, "scopes": sorted(link.scopes), "expires": link.expires}
    connection.execute(sign_in_links.insert().values(hash=hash, created=now, **values))


def has_link(connection: Connection, hash: str) -> bool:
    """Whether there is a link of this code, in time or not."""
    return connection.execute(sa.select(sign_in_links.c.hash).where(sign_in_links.c.hash == hash)).first() is not None


def take_link(connection: Connection, hash: str, now: datetime) -> LinkRow | None:
    """The link of this code, which is gone with that; None for one that is not there, was used, or is too old."""
    row = connection.execute(sa.select(sign_in_links).where(sign_in_links.c.hash == hash)).first()
    # Of two that come at once, the one that deletes it has it.
    if row is None or not connection.execute(sign_in_links.delete().where(sign_in_links.c.hash == hash)).rowcount:
        return None
    link = LinkRow(row.kind, row.principal, frozenset(row.scopes), _utc(row.expires))
    return link if link.expires > now else None


def put_session(connection: Connection, hash: str, session: SessionRow) -> None:
    connection.execute(
        sessions.insert().values(
            hash=hash,
            kind=session.kind,
            principal=session.principal,
            scopes=sorted(session.scopes),
            csrf=session.csrf,
            token=session.token,
            created=session.created,
            used=session.used,
            expires=session.expires,
        )
    )


def session(connection: Connection, hash: str) -> SessionRow | None:
    row = connection.execute(sa.select(sessions).where(sessions.c.hash == hash)).first()
    if row is None:
        return None
    return SessionRow(
        row.kind,
        row.principal,
        frozenset(row.scopes),
        row.csrf,
        row.token,
        _utc(row.created),
        _utc(row.used),
        _utc(row.expires),
    )


def session_used(connection: Connection, hash: str, now: datetime) -> None:
    connection.execute(sessions.update().where(sessions.c.hash == hash).values(used=now))


def end_session(connection: Connection, hash: str) -> bool:
    """End a session; whether there was one."""
    return connection.execute(sessions.delete().where(sessions.c.hash == hash)).rowcount > 0


def keep_newest(connection: Connection, kind: Kind, principal: str, most: int) -> None:
    """End all of somebody's sessions but the `most` newest."""
    theirs = sa.and_(sessions.c.kind == kind, sessions.c.principal == principal)
    query = sa.select(sessions.c.hash).where(theirs).order_by(sessions.c.created.desc(), sessions.c.hash)
    for oldest in connection.execute(query.offset(most)).scalars().all():
        end_session(connection, oldest)


def leave(connection: Connection, kind: Kind, principal: str) -> None:
    """Sign somebody out everywhere, and make their links worthless."""
    # Links first: whoever is about to use one is waited for, and the session is then seen here.
    for table in (sign_in_links, sessions):
        connection.execute(table.delete().where(table.c.kind == kind, table.c.principal == principal))


def forget(connection: Connection, now: datetime) -> int:
    """Delete sessions and links that are past their time; how many."""
    return sum(
        connection.execute(table.delete().where(table.c.expires <= now)).rowcount for table in (sign_in_links, sessions)
    )


def _utc(moment: datetime) -> datetime:
    # SQLite gives times back without their zone; PostgreSQL in the zone of the connection.
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
