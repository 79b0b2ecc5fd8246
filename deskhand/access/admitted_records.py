"""Whom an access list admits, by name: the people and services of the directory, with the groups of this moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from deskhand.access.records import memberships, people, services
from deskhand.nouns import EVERYONE, AccessList, Principal
from deskhand.store import Connection

__all__ = ["Admitted", "admitted_by", "without_anybody"]


@dataclass(frozen=True, slots=True)
class Admitted:
    """Somebody whom an access list admits: `through` are the entries of the list that do."""

    principal: Principal
    through: tuple[str, ...]


def admitted_by(
    connection: Connection, access: AccessList, limit: int, after: str | None = None, containing: str = ""
) -> tuple[int, list[Admitted]]:
    """How many the list admits, and some of them, people before services, each by id: at most `limit`, after the one
    with the entry `after` ("person:ana@example.com"), those alone whose id has `containing` in it."""
    everybody = sa.union_all(_admitted("person", people, access), _admitted("service", services, access)).subquery()
    found = sa.select(everybody.c.kind, everybody.c.id)
    if containing:
        found = found.where(everybody.c.id.contains(containing.casefold(), autoescape=True))
    total = connection.execute(sa.select(sa.func.count()).select_from(found.subquery())).scalar_one()
    if after is not None:
        kind, _, who = after.partition(":")
        found = found.where(sa.tuple_(everybody.c.kind, everybody.c.id) > sa.tuple_(kind, who))
    page = connection.execute(found.order_by(everybody.c.kind, everybody.c.id).limit(limit)).all()
    groups = _groups(connection, [row.id for row in page])
    principals = [Principal(row.id, frozenset(groups.get((row.kind, row.id), ())), row.kind) for row in page]
    return total, [Admitted(each, tuple(sorted(access.entries & each.entries))) for each in principals]


def _admitted(kind: str, table: sa.Table, access: AccessList) -> sa.Select[tuple[str, str]]:
    query = sa.select(sa.literal_column(f"'{kind}'", sa.Text).label("kind"), table.c.id)
    if EVERYONE in access.entries:
        return query
    by_group = sa.select(memberships.c.principal).where(
        memberships.c.kind == kind, memberships.c.group_name.in_(_named(access, "group"))
    )
    return query.where(sa.or_(table.c.id.in_(_named(access, kind)), table.c.id.in_(by_group)))


def _named(access: AccessList, kind: str) -> list[str]:
    """The names of the list's entries of one kind."""
    found = (entry.partition(":") for entry in access.entries)
    return sorted(name for each, _, name in found if each == kind)


def _groups(connection: Connection, ids: Sequence[str]) -> dict[tuple[str, str], set[str]]:
    groups: dict[tuple[str, str], set[str]] = {}
    query = sa.select(memberships.c.kind, memberships.c.principal, memberships.c.group_name)
    # Their key begins with the kind: without it, all memberships there are would be read.
    theirs = memberships.c.kind.in_(("person", "service")) & memberships.c.principal.in_(ids)
    for kind, principal, name in connection.execute(query.where(theirs)):
        groups.setdefault((kind, principal), set()).add(name)
    return groups


def without_anybody(connection: Connection, access: AccessList) -> list[str]:
    """The entries of a list that admit nobody in the directory: groups without members, people and services that are
    not in it."""
    known = {EVERYONE}
    for kind, table in (("person", people), ("service", services)):
        ids = connection.execute(sa.select(table.c.id).where(table.c.id.in_(_named(access, kind)))).scalars()
        known.update(f"{kind}:{who}" for who in ids)
    names = sa.select(memberships.c.group_name).where(memberships.c.group_name.in_(_named(access, "group")))
    known.update(f"group:{name}" for name in connection.execute(names.distinct()).scalars())
    return sorted(access.entries - known)
