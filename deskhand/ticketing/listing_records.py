"""Tickets found by what they are like, page by page, and counted; all as somebody may see them.

A page begins after a ticket's place (when it was last changed, and its id), so tickets that were changed at the same
moment are neither left out nor given twice, and what changes meanwhile moves to the front only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, get_args

import sqlalchemy as sa

from deskhand.errors import BadInput
from deskhand.nouns import Ticket, TicketState
from deskhand.store import Connection
from deskhand.ticketing import approval_records
from deskhand.ticketing.records import ticket_of, ticket_subscribers, tickets

__all__ = ["Counted", "Place", "Wanted", "chosen", "counted", "listed", "versions"]

MOST_NAMES = 50
"""So many assignees, requesters and sources are counted, those with the most tickets first."""
_WRITTEN = "%Y%m%dT%H%M%S%f"
_ORDER = (tickets.c.changed.desc(), tickets.c.id)
_PLACE = re.compile(r"(\d{8}T\d{12})_(\S{1,64})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a ticket stands in the list: tickets changed later stand before it, and at the same moment by their ids."""

    changed: datetime
    id: str

    @classmethod
    def of(cls, ticket: Ticket) -> Place:
        return cls(ticket.changed, ticket.id)

    @classmethod
    def read(cls, written: str) -> Place:
        """What `str` wrote. Raises `BadInput`."""
        try:
            found = _PLACE.fullmatch(written)
            if found is not None:
                return cls(datetime.strptime(found[1], _WRITTEN).replace(tzinfo=UTC), found[2])
        except ValueError:
            pass
        raise BadInput(f"the place is {written[:80]!r}, which no ticket has; take `place` of a ticket that was listed.")

    def __str__(self) -> str:
        return f"{_utc(self.changed).strftime(_WRITTEN)}_{self.id}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tickets: everything that is said here must hold of them.

    `assignee` and `requester` are employees' ids ("" for nobody's), `text` stands in the ticket's text, in what was
    last told, or in its id, in any case; `before` is when they were last changed at the latest. `mine`: only those that
    concern oneself, for who sees more.
    """

    states: tuple[TicketState, ...] = ()
    assignee: str | None = None
    requester: str | None = None
    source: str | None = None
    text: str = ""
    before: datetime | None = None
    mine: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """How many tickets there are in each state (0 where none is), of each assignee ("" for nobody's), requester and
    source. Each is counted among the tickets that are wanted otherwise, so that another choice can be offered."""

    states: Mapping[TicketState, int]
    assignees: Mapping[str, int]
    requesters: Mapping[str, int]
    sources: Mapping[str, int]


def listed(
    connection: Connection,
    concerned: str | None,
    wanted: Wanted = Wanted(),
    *,
    limit: int = 50,
    after: Place | None = None,
) -> list[Ticket]:
    """Tickets, the last changed first, those after the place `after`; `concerned` is the id of whom they must concern
    (None: all there are)."""
    query = sa.select(tickets).where(*_holds(concerned, wanted))
    if after is not None:
        moment = _utc(after.changed)
        # In this form the index by change is used, which an "or" alone would forbid.
        same = (tickets.c.changed < moment) | (tickets.c.id > after.id)
        query = query.where(tickets.c.changed <= moment, same)
    rows = connection.execute(query.order_by(*_ORDER).limit(limit))
    return [ticket_of(row) for row in rows]


def counted(connection: Connection, concerned: str | None, wanted: Wanted = Wanted()) -> Counted:
    """How many there are, by what they are like."""

    def by(column: sa.Column[Any], without: Wanted, most: int | None = MOST_NAMES) -> dict[str, int]:
        number = sa.func.count()
        chosen = sa.select(column, number).where(*_holds(concerned, without)).group_by(column)
        rows = connection.execute(chosen.order_by(number.desc(), column).limit(most))
        return {row[0] or "": int(row[1]) for row in rows}

    states = by(tickets.c.state, replace(wanted, states=()), None)
    return Counted(
        {state: states.get(state, 0) for state in get_args(TicketState)},
        by(tickets.c.assignee, replace(wanted, assignee=None)),
        by(tickets.c.requester, replace(wanted, requester=None)),
        by(tickets.c.source, replace(wanted, source=None)),
    )


def chosen(connection: Connection, concerned: str | None, wanted: Wanted, ids: Sequence[str]) -> list[Ticket]:
    """Those with one of the ids that are wanted, in the list's order."""
    where = (tickets.c.id.in_(ids), *_holds(concerned, wanted))
    rows = connection.execute(sa.select(tickets).where(*where).order_by(*_ORDER))
    return [ticket_of(row) for row in rows]


def versions(
    connection: Connection, concerned: str | None, wanted: Wanted, since: datetime | None, limit: int
) -> list[tuple[datetime, str, int]]:
    """When the tickets were changed, their ids and versions, in the list's order; those from `since` on."""
    columns = (tickets.c.changed, tickets.c.id, tickets.c.version)
    query = sa.select(*columns).where(*_holds(concerned, wanted)).order_by(*_ORDER).limit(limit)
    if since is not None:
        query = query.where(tickets.c.changed >= _utc(since))
    return [(_utc(row.changed), row.id, row.version) for row in connection.execute(query)]


def _holds(concerned: str | None, wanted: Wanted) -> Iterable[sa.ColumnElement[bool]]:
    if concerned is not None:
        yield _concerns(concerned)
    if wanted.states:
        yield tickets.c.state.in_(wanted.states)
    if wanted.assignee is not None:
        yield tickets.c.assignee == wanted.assignee if wanted.assignee else tickets.c.assignee.is_(None)
    if wanted.requester is not None:
        yield tickets.c.requester == wanted.requester
    if wanted.source is not None:
        yield tickets.c.source == wanted.source
    if wanted.before is not None:
        yield tickets.c.changed < _utc(wanted.before)
    if wanted.text.strip():
        yield _says(wanted.text.strip())


def _concerns(who: str) -> sa.ColumnElement[bool]:
    """Requester, assignee, subscriber, or asked for an approval."""
    subscribed = sa.select(ticket_subscribers.c.ticket).where(ticket_subscribers.c.subscriber == who)
    theirs = (tickets.c.requester == who) | (tickets.c.assignee == who)
    return theirs | tickets.c.id.in_(subscribed) | tickets.c.id.in_(approval_records.asked_for(who))


def _says(text: str) -> sa.ColumnElement[bool]:
    # SQLite knows the case of ASCII's letters only, so the other ways to write a word are looked for too.
    ways: Sequence[str] = (
        [text] if text.isascii() else list(dict.fromkeys([text, text.lower(), text.upper(), text.title()]))
    )
    columns = (tickets.c.text, tickets.c.communication, tickets.c.id)
    return sa.or_(*(column.icontains(way, autoescape=True) for way in ways for column in columns))


def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:
        raise BadInput(f"the time {moment.isoformat()} is before or after all times there are.") from None
