"""Who there is, page by page and searched: people and services with their tokens, groups with how many are in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import sqlalchemy as sa

from deskhand.access.entries import Kind
from deskhand.access.records import memberships, people, services, token_of, tokens
from deskhand.access.tokens import Token
from deskhand.nouns import Principal
from deskhand.store import Connection

TokenState = Literal["good", "expired", "revoked"]


@dataclass(frozen=True, slots=True)
class Listed:
    """A person or service in the directory, since when, and how many tokens of theirs hold now."""

    principal: Principal
    created: datetime
    tokens: int


@dataclass(frozen=True, slots=True)
class GroupSize:
    """A group that somebody is in, and how many are."""

    name: str
    people: int
    services: int


def find(
    connection: Connection,
    now: datetime,
    text: str = "",
    kind: Kind | None = None,
    group: str | None = None,
    limit: int = 50,
    after: str | None = None,
) -> list[Listed]:
    """People and services by id, those after the id `after`; `text` stands in their ids, `group` is one of theirs."""
    both = _both()
    query = sa.select(both).order_by(both.c.id).limit(limit)
    if text:
        query = query.where(both.c.id.contains(text.casefold(), autoescape=True))
    if kind is not None:
        query = query.where(both.c.kind == kind)
    if group is not None:
        of_group = (
            memberships.c.group_name == group,
            memberships.c.kind == both.c.kind,
            memberships.c.principal == both.c.id,
        )
        query = query.where(sa.exists().where(*of_group))
    if after is not None:
        query = query.where(both.c.id > after)
    return _listed(connection, now, connection.execute(query).all())


def one(connection: Connection, now: datetime, kind: Kind, id: str) -> Listed | None:
    """One of them; None for somebody unknown."""
    both = _both()
    found = connection.execute(sa.select(both).where(both.c.kind == kind, both.c.id == id)).all()
    return next(iter(_listed(connection, now, found)), None)


def sizes(connection: Connection, text: str = "", limit: int = 50, after: str | None = None) -> list[GroupSize]:
    """Groups by name, those after the name `after`; `text` stands in their names."""
    persons = sa.func.sum(sa.case((memberships.c.kind == "person", 1), else_=0))
    query = (
        sa.select(memberships.c.group_name, persons, sa.func.count())
        .group_by(memberships.c.group_name)
        .order_by(memberships.c.group_name)
        .limit(limit)
    )
    if text:
        query = query.where(memberships.c.group_name.contains(text.casefold(), autoescape=True))
    if after is not None:
        query = query.where(memberships.c.group_name > after)
    return [GroupSize(name, int(some), int(every) - int(some)) for name, some, every in connection.execute(query)]


def find_tokens(
    connection: Connection,
    now: datetime,
    text: str = "",
    principal: str | None = None,
    state: TokenState | None = None,
    limit: int = 50,
    after: str | None = None,
) -> list[Token]:
    """Tokens, newest first, those after the one with the id `after`; `text` stands in the label, the id or whose it is,
    in any case."""
    whose = [] if principal is None else [tokens.c.principal == principal]
    query = sa.select(tokens).where(*whose).order_by(tokens.c.created.desc(), tokens.c.id).limit(limit)
    if text:
        wanted = text.casefold()
        columns = (tokens.c.label, tokens.c.id, tokens.c.principal)
        query = query.where(sa.or_(*(sa.func.lower(each).contains(wanted, autoescape=True) for each in columns)))
    if state is not None:
        query = query.where(_of_state(state, now))
    if after is not None:
        # Of another's token nothing is told, not even when it was made.
        place = sa.select(tokens.c.created).where(tokens.c.id == after, *whose)
        last = connection.execute(place).scalar()
        if last is None:
            return []
        together = sa.and_(tokens.c.created == last, tokens.c.id > after)
        query = query.where(sa.or_(tokens.c.created < last, together))
    return [token_of(row) for row in connection.execute(query)]


def _of_state(state: TokenState, now: datetime) -> sa.ColumnElement[bool]:
    in_time = sa.or_(tokens.c.expires.is_(None), tokens.c.expires > now)
    match state:
        case "revoked":
            return tokens.c.revoked.is_not(None)
        case "expired":
            return sa.and_(tokens.c.revoked.is_(None), sa.not_(in_time))
        case "good":
            return sa.and_(tokens.c.revoked.is_(None), in_time)


def _both() -> sa.Subquery:
    rows = [
        sa.select(sa.literal(kind).label("kind"), table.c.id, table.c.created)
        for kind, table in (("person", people), ("service", services))
    ]
    return sa.union_all(*rows).subquery()


def _listed(connection: Connection, now: datetime, rows: Iterable[sa.Row[tuple[object, ...]]]) -> list[Listed]:
    found = list(rows)
    ids = [row.id for row in found]
    groups: dict[tuple[str, str], set[str]] = {}
    in_groups = sa.select(memberships.c.kind, memberships.c.principal, memberships.c.group_name)
    # Their key begins with the kind: without it, all memberships there are would be read.
    theirs = memberships.c.kind.in_(("person", "service")) & memberships.c.principal.in_(ids)
    for kind, who, group in connection.execute(in_groups.where(theirs)):
        groups.setdefault((kind, who), set()).add(group)
    holding = (
        sa.select(tokens.c.kind, tokens.c.principal, sa.func.count())
        .where(tokens.c.principal.in_(ids), _of_state("good", now))
        .group_by(tokens.c.kind, tokens.c.principal)
    )
    counts = {(kind, who): int(count) for kind, who, count in connection.execute(holding)}
    return [
        Listed(
            Principal(row.id, frozenset(groups.get((row.kind, row.id), ())), row.kind),
            # SQLite gives times back without their zone.
            row.created.replace(tzinfo=UTC) if row.created.tzinfo is None else row.created,
            counts.get((row.kind, row.id), 0),
        )
        for row in found
    ]
