"""The tables of tickets, of what happened to them, and of what was done for them; the one way to change a ticket.

A change, its history, its place in the audit log and the notices of it are one transaction. Texts in here have been
through redaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, get_args

import sqlalchemy as sa

from deskhand.errors import Conflict, NotFound
from deskhand.nouns import Json, RedactedText, Ticket, TicketState
from deskhand.store import Connection, metadata, utc_now
from deskhand.store.bell import ring_others
from deskhand.ticketing import audit_records, notice_records
from deskhand.ticketing.options import Channels

ID_LONGEST = 64
BELL = "tickets"
"""The bell that rings when there is a new ticket, or one that is to be taken up again."""

tickets = sa.Table(
    "tickets",
    metadata,
    sa.Column("id", sa.String(ID_LONGEST), primary_key=True),
    sa.Column("requester", sa.String(400), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("assignee", sa.String(400)),
    sa.Column("communication", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("source", sa.String(200), nullable=False),
    sa.Column("event", sa.String(400)),
    sa.Column("opened", sa.DateTime(timezone=True), nullable=False),
    sa.Column("changed", sa.DateTime(timezone=True), nullable=False),
    sa.Column("carried", sa.Boolean, nullable=False),
    sa.Index("tickets_by_event", "source", "event", unique=True),
    sa.Index("tickets_by_requester", "requester", "changed"),
    sa.Index("tickets_by_assignee", "assignee", "changed"),
    sa.Index("tickets_by_change", "changed"),
    sa.Index("tickets_by_need", "carried", "opened"),
)

ticket_changes = sa.Table(
    "ticket_changes",
    metadata,
    sa.Column("ticket", sa.String(ID_LONGEST), sa.ForeignKey("tickets.id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("by", sa.String(400), nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("before", sa.JSON(none_as_null=True)),
    sa.Column("after", sa.JSON, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
)

ticket_subscribers = sa.Table(
    "ticket_subscribers",
    metadata,
    sa.Column("ticket", sa.String(ID_LONGEST), sa.ForeignKey("tickets.id"), primary_key=True),
    sa.Column("subscriber", sa.String(400), primary_key=True),
)

ticket_effects = sa.Table(
    "ticket_effects",
    metadata,
    sa.Column("key", sa.String(120), primary_key=True),
    sa.Column("ticket", sa.String(ID_LONGEST), nullable=False),
    sa.Column("result", sa.JSON(none_as_null=True)),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Index("ticket_effects_by_ticket", "ticket"),
)

ChangeKind = Literal["opened", "edited", "commented", "assigned", "auto-resolved", "resolved", "reopened", "waiting"]


@dataclass(frozen=True, slots=True)
class NewTicket:
    """What is put on record. `event` is the id that the ticket has where it came from (`source`)."""

    id: str
    requester: str
    text: RedactedText
    source: str
    event: str | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One change as it is on record; `before` and `after` hold the fields that changed, `by` is who did it ("agent",
    "system" or an id)."""

    ticket: str
    version: int
    at: datetime
    by: str
    kind: ChangeKind
    before: Json
    after: Json
    reason: str


def put(connection: Connection, new: NewTicket, channels: Channels) -> tuple[Ticket, bool]:
    """Put a ticket on record, or give back the one that the same event of the same source put there before; and
    whether it is new. Raises `Conflict` when its id is taken by another one."""
    if new.event is not None and (known := by_event(connection, new.source, new.event)) is not None:
        return known, False
    if find(connection, new.id) is not None:
        raise Conflict(f"there is a ticket {new.id!r} already; leave the id out, or take another one.")
    now = utc_now()
    row: dict[str, Any] = {"id": new.id, "requester": new.requester, "text": new.text, "state": "unassigned"}
    row |= {"assignee": None, "communication": "", "version": 1, "round": 0, "source": new.source, "event": new.event}
    connection.execute(tickets.insert().values(**row, opened=now, changed=now, carried=False))
    ticket = _needed(connection, new.id)
    _note(connection, ticket, "opened", new.by or new.requester, "", None, {"state": "unassigned"}, "", channels)
    ring_others(connection, BELL)
    return ticket, True


def change(
    connection: Connection,
    id: str,
    version: int,
    kind: ChangeKind,
    by: str,
    values: Mapping[str, Json],
    *,
    channels: Channels,
    reason: str = "",
    run: str = "",
) -> Ticket:
    """Change the ticket's `values` (columns: text, state, assignee, communication), if it still is at `version`.

    The one way to change a ticket. Raises `Conflict` when somebody else changed it since, and `NotFound`.
    """
    before = _needed(connection, id)
    changed = {name: value for name, value in values.items() if getattr(before, name) != value}
    done = connection.execute(
        tickets.update()
        .where(tickets.c.id == id, tickets.c.version == version)
        .values(**changed, version=version + 1, changed=utc_now())
    )
    if done.rowcount != 1:
        raise Conflict(
            f"the ticket {id!r} is at version {before.version} now, and this change is of version {version}: somebody "
            "else changed it meanwhile. Nothing was changed; look at it as it is now."
        )
    ticket = _needed(connection, id)
    was = {name: getattr(before, name) for name in changed}
    _note(connection, ticket, kind, by, run, was, changed, reason, channels)
    return ticket


def _note(
    connection: Connection,
    ticket: Ticket,
    kind: ChangeKind,
    by: str,
    run: str,
    before: Json,
    after: Json,
    reason: str,
    channels: Channels,
) -> None:
    """The change's history, its place in the audit log, and the notices of it."""
    row = {"ticket": ticket.id, "version": ticket.version, "at": ticket.changed, "by": by, "kind": kind}
    connection.execute(ticket_changes.insert().values(**row, before=before, after=after, reason=reason))
    body = {"change": kind, "version": ticket.version, "before": before, "after": after, "reason": reason}
    audit_records.append(connection, ticket=ticket.id, run=run, by=by, kind="change", body=body)
    concerned = [ticket.requester, *([ticket.assignee] if ticket.assignee else []), *subscribers(connection, ticket.id)]
    notice_records.put(connection, ticket, kind, by, list(dict.fromkeys(concerned)), channels)


def hold(connection: Connection, id: str, version: int) -> Ticket:
    """The ticket, which nobody else changes until the caller's transaction ends. Raises `NotFound`, and `Conflict`
    unless it still is at `version`."""
    row = connection.execute(sa.select(tickets).where(tickets.c.id == id).with_for_update()).first()
    if row is None:
        raise no_ticket(id)
    if row.version != version:
        raise Conflict(
            f"the ticket {id!r} is at version {row.version} now, and this run knows version {version}: somebody else "
            "changed it meanwhile. Nothing was changed."
        )
    return ticket_of(row)


def lock(connection: Connection, id: str) -> None:
    """Let nobody else change the ticket until the caller's transaction ends. The ticket goes before whatever speaks of
    it, and before the audit log; in another order two changes would wait for each other."""
    connection.execute(sa.select(tickets.c.id).where(tickets.c.id == id).with_for_update())


def take_up(connection: Connection, id: str, round: int) -> Ticket:
    """Note that the run of this round (from 1) takes the ticket up; once more changes nothing. This is no change that
    anybody is told of. Raises `NotFound`."""
    before = (tickets.c.id == id) & (tickets.c.round < round)
    connection.execute(tickets.update().where(before).values(round=round, carried=True))
    return _needed(connection, id)


def put_back(connection: Connection, id: str) -> None:
    """Note that the ticket is to be taken up by another round."""
    connection.execute(tickets.update().where(tickets.c.id == id).values(carried=False))
    ring_others(connection, BELL)


def pass_over(connection: Connection, id: str, round: int) -> None:
    """Note that the run of this round ended before it took the ticket up, so another round is to do it."""
    take_up(connection, id, round)
    put_back(connection, id)


def last_round(connection: Connection, id: str) -> int:
    """The round (from 1) that has the ticket, or is to have it next. Raises `NotFound`."""
    row = connection.execute(sa.select(tickets.c.round, tickets.c.carried).where(tickets.c.id == id)).first()
    if row is None:
        raise no_ticket(id)
    return int(row.round) + (0 if row.carried else 1)


def to_be_carried(connection: Connection, limit: int = 500) -> list[Ticket]:
    """Tickets that no run has taken up yet, the oldest first."""
    chosen = sa.select(tickets).where(tickets.c.carried.is_(False)).order_by(tickets.c.opened).limit(limit)
    return [ticket_of(row) for row in connection.execute(chosen)]


def in_hand(connection: Connection, limit: int = 500) -> list[Ticket]:
    """Tickets that a run has taken up and that are still nobody's, the oldest first."""
    where = tickets.c.carried & tickets.c.state.in_(("unassigned", "reopened")) & tickets.c.assignee.is_(None)
    return chosen(connection, where, limit)


def chosen(connection: Connection, where: sa.ColumnElement[bool], limit: int) -> list[Ticket]:
    """Tickets of which something holds, the oldest first."""
    rows = connection.execute(sa.select(tickets).where(where).order_by(tickets.c.opened).limit(limit))
    return [ticket_of(row) for row in rows]


def find(connection: Connection, id: str) -> Ticket | None:
    row = connection.execute(sa.select(tickets).where(tickets.c.id == id)).first()
    return None if row is None else ticket_of(row)


def by_event(connection: Connection, source: str, event: str) -> Ticket | None:
    where = (tickets.c.source == source) & (tickets.c.event == event)
    row = connection.execute(sa.select(tickets).where(where)).first()
    return None if row is None else ticket_of(row)


def counts(connection: Connection) -> dict[TicketState, int]:
    """How many tickets are in each state (0 where none is)."""
    counted = sa.select(tickets.c.state, sa.func.count()).group_by(tickets.c.state)
    found = {row[0]: int(row[1]) for row in connection.execute(counted)}
    return {state: found.get(state, 0) for state in get_args(TicketState)}


def history(connection: Connection, id: str) -> list[Change]:
    """Every change of the ticket, the first one first."""
    chosen = sa.select(ticket_changes).where(ticket_changes.c.ticket == id).order_by(ticket_changes.c.version)
    return [
        Change(row.ticket, row.version, _utc(row.at), row.by, row.kind, row.before, row.after, row.reason)
        for row in connection.execute(chosen)
    ]


def subscribers(connection: Connection, id: str) -> list[str]:
    chosen = sa.select(ticket_subscribers.c.subscriber).where(ticket_subscribers.c.ticket == id)
    return list(connection.scalars(chosen.order_by(ticket_subscribers.c.subscriber)))


def subscribe(connection: Connection, id: str, subscriber: str) -> bool:
    """Whether that is new."""
    if subscriber in subscribers(connection, id):
        return False
    connection.execute(ticket_subscribers.insert().values(ticket=id, subscriber=subscriber))
    return True


def unsubscribe(connection: Connection, id: str, subscriber: str) -> bool:
    where = (ticket_subscribers.c.ticket == id) & (ticket_subscribers.c.subscriber == subscriber)
    return connection.execute(ticket_subscribers.delete().where(where)).rowcount == 1


def effect(connection: Connection, key: str) -> Json:
    """What an action with this idempotency key gave when it was done; None when it was not."""
    return connection.scalar(sa.select(ticket_effects.c.result).where(ticket_effects.c.key == key))


def put_effect(connection: Connection, key: str, ticket: str, result: Mapping[str, Json]) -> None:
    """Note what an action gave, in the transaction that does it."""
    connection.execute(ticket_effects.insert().values(key=key, ticket=ticket, result=dict(result), at=utc_now()))


def _needed(connection: Connection, id: str) -> Ticket:
    found = find(connection, id)
    if found is None:
        raise no_ticket(id)
    return found


def no_ticket(id: str) -> NotFound:
    return NotFound(f"there is no ticket {id[:80]!r} that you may see; list yours, and take an id from there.")


def ticket_of(row: sa.Row[tuple[object, ...]]) -> Ticket:
    """The ticket of a row of the table."""
    return Ticket(
        id=row.id,
        requester=row.requester,
        text=RedactedText(row.text),
        state=row.state,
        assignee=row.assignee,
        communication=RedactedText(row.communication),
        version=row.version,
        round=row.round,
        source=row.source,
        opened=_utc(row.opened),
        changed=_utc(row.changed),
    )


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
