"""What people do with a ticket: each change is of the version that they saw, and is refused when there is a newer one.

A change to a ticket that the agent still works on stops that run at its next step, so another round is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from deskhand.errors import Conflict
from deskhand.nouns import Json, Principal, RedactedText, Ticket, TicketState
from deskhand.store import Connection, utc_now
from deskhand.ticketing import approval_records, audit_records, records, seeing
from deskhand.ticketing.options import Options
from deskhand.ticketing.seeing import Onlooker, Part

__all__ = ["Act", "Changed", "Did", "Outside", "change", "open_to", "outside", "retry", "subscribe", "unsubscribe"]

Did = Literal["edited", "commented", "assigned", "resolved", "reopened"]
Act = Literal["edit", "comment", "assign", "resolve", "reopen", "retry", "subscribe"]
"""What somebody can do with a ticket, as the calls are named; to "subscribe" others, that is."""

EVERYBODY: tuple[Part, ...] = ("requester", "assignee", "subscriber", "approver", "handler")

MAY: dict[str, tuple[str, tuple[Part, ...]]] = {
    "edited": ("edit", ("requester", "handler")),
    "commented": ("comment on", EVERYBODY),
    "assigned": ("assign", ("assignee", "handler")),
    "resolved": ("resolve", ("requester", "assignee", "handler")),
    "reopened": ("reopen", ("requester", "assignee", "handler")),
    "retried": ("retry", ("assignee", "handler")),
    "subscribed": ("subscribe others to", ("requester", "assignee", "handler")),
}
"""Who may do what, and the verb for it."""
ACTS: dict[Act, str] = {
    "edit": "edited",
    "comment": "commented",
    "assign": "assigned",
    "resolve": "resolved",
    "reopen": "reopened",
    "retry": "retried",
    "subscribe": "subscribed",
}


@dataclass(frozen=True, slots=True)
class Changed:
    """The ticket after a change, and whether a new round of the agent is to be started."""

    ticket: Ticket
    again: bool = False


def change(
    connection: Connection,
    id: str,
    by: Principal,
    version: int,
    did: Did,
    values: Mapping[str, Json],
    reason: str = "",
    *,
    options: Options,
) -> Changed:
    """Change the ticket as a person. Raises `NotFound`, `NotAllowed`, `Conflict`."""
    who, ticket = _may(connection, id, by, did, options)
    _fits(ticket, did)
    chosen = dict(values)
    if did == "reopened":
        # Who had it keeps it; what the agent settled goes to a person.
        chosen["assignee"] = ticket.assignee or options.person
    if did == "edited" and ticket.state == "waiting":
        # What was asked was about another text.
        chosen |= {"state": "reopened", "assignee": None}
    if did != "commented":
        _void(connection, ticket, who.id)
    changed = records.change(connection, id, version, did, who.id, chosen, channels=options.channels, reason=reason)
    return Changed(changed, _again(connection, changed))


def retry(connection: Connection, id: str, by: Principal, *, dropped: bool = False, options: Options) -> Changed:
    """Give the ticket to the agent once more: it is nobody's, and to be taken up. Raises as `change`, and `Conflict`
    while the agent has it, unless its run `dropped` it.

    An assignee who does that is a subscriber from then on, and sees what becomes of it.
    """
    who, ticket = _may(connection, id, by, "retried", options)
    if at_work(ticket) and not dropped:
        raise Conflict(f"the agent is at work on ticket {id!r}; wait for what becomes of it.")
    values = {"state": "reopened", "assignee": None}
    _void(connection, ticket, who.id)
    if not who.handles:
        records.subscribe(connection, id, who.id)
    changed = records.change(
        connection, id, ticket.version, "reopened", who.id, values, channels=options.channels, reason="Tried again."
    )
    return Changed(changed, _again(connection, changed))


@dataclass(frozen=True, slots=True)
class Outside:
    """What somebody made of a ticket where it came from: what it says there now. None leaves a thing as it is."""

    state: TicketState
    assignee: str | None
    communication: RedactedText | None = None
    text: RedactedText | None = None

    @property
    def did(self) -> records.ChangeKind:
        """The kind of change that leads to such a state."""
        match self.state:
            case "unassigned" | "reopened":
                return "reopened"
            case "auto-resolved":
                return "resolved"
            case state:
                return state


def outside(connection: Connection, id: str, by: str, now: Outside, once: str | None, *, options: Options) -> Changed:
    """Have it on record; it was done, so it holds whatever the ticket's version is here. `once` names the change: it is
    put on record once. What is so here already is no change. Raises `NotFound`."""
    records.lock(connection, id)
    ticket = records.find(connection, id)
    if ticket is None:
        raise records.no_ticket(id)
    if once is not None and records.effect(connection, once) is not None:
        return Changed(ticket)
    wanted = {"state": now.state, "assignee": now.assignee, "communication": now.communication, "text": now.text}
    values = {name: value for name, value in wanted.items() if value is not None or name == "assignee"}
    if now.state in ("resolved", "auto-resolved", "waiting"):
        values.pop("assignee")
    if ticket.text != values.get("text", ticket.text) and ticket.state == now.state == "waiting":
        # What was asked was about another text.
        values |= {"state": "reopened", "assignee": None}
    differs = [name for name, value in values.items() if getattr(ticket, name) != value]
    if differs:
        if differs != ["communication"]:
            _void(connection, ticket, by)
        kind = now.did if {"state", "assignee"} & set(differs) else "edited" if "text" in differs else "commented"
        ticket = records.change(connection, id, ticket.version, kind, by, values, channels=options.channels)
    if once is not None:
        records.put_effect(connection, once, id, {"version": ticket.version})
    return Changed(ticket, bool(differs) and _again(connection, ticket))


def subscribe(connection: Connection, id: str, by: Principal, subscriber: str | None, *, options: Options) -> bool:
    """Subscribe oneself (None), or another, who then sees the ticket; whether that is new. Raises as `change`."""
    return records.subscribe(connection, id, _subscriber(connection, id, by, subscriber, options))


def unsubscribe(connection: Connection, id: str, by: Principal, subscriber: str | None, *, options: Options) -> bool:
    """Whether there was such a subscriber. Raises as `change`."""
    return records.unsubscribe(connection, id, _subscriber(connection, id, by, subscriber, options))


def _subscriber(connection: Connection, id: str, by: Principal, subscriber: str | None, options: Options) -> str:
    who = seeing.onlooker(connection, by, options.group)
    _, parts = seeing.seen(connection, id, who)
    if subscriber is not None and subscriber != who.id:
        verb, admitted = MAY["subscribed"]
        seeing.needs(parts, admitted, verb, who)
    return subscriber or who.id


def open_to(ticket: Ticket, found: Iterable[Part], *, dropped: bool = False) -> tuple[Act, ...]:
    """What somebody with these parts may do with the ticket as it is now; `dropped`: the run that had it broke off."""
    parts = set(found)
    return tuple(
        act
        for act, did in ACTS.items()
        if not parts.isdisjoint(MAY[did][1])
        and _has_room(ticket, did)
        and (act != "retry" or dropped or not at_work(ticket))
    )


def at_work(ticket: Ticket) -> bool:
    """Whether the agent has the ticket, or is to have it."""
    return ticket.state in ("unassigned", "reopened") and ticket.assignee is None


def _may(connection: Connection, id: str, by: Principal, did: str, options: Options) -> tuple[Onlooker, Ticket]:
    records.lock(connection, id)
    who = seeing.onlooker(connection, by, options.group)
    ticket, parts = seeing.seen(connection, id, who)
    verb, admitted = MAY[did]
    seeing.needs(parts, admitted, verb, who)
    return who, ticket


def _fits(ticket: Ticket, did: Did) -> None:
    """Raises `Conflict` for a change that the ticket's state leaves no room for."""
    if _has_room(ticket, did):
        return
    if did == "reopened":
        raise Conflict(f"ticket {ticket.id!r} is {ticket.status}, so there is nothing to reopen.")
    raise Conflict(f"ticket {ticket.id!r} is {ticket.status}; reopen it first.")


def _has_room(ticket: Ticket, did: str) -> bool:
    over = ticket.state in ("resolved", "auto-resolved")
    return over if did == "reopened" else not (over and did in ("edited", "assigned", "resolved"))


def _void(connection: Connection, ticket: Ticket, by: str) -> None:
    """What waits for somebody's approval can be given no more."""
    for each in approval_records.of(connection, ticket.id):
        if each.state == "waiting" and approval_records.end(connection, each.id, "void", by, "", utc_now()):
            body = {"approval": each.id, "state": "void", "asks": each.asks, "rule": each.rule}
            audit_records.append(connection, ticket=ticket.id, run=each.run, by=by, kind="approval", body=body)


def _again(connection: Connection, ticket: Ticket) -> bool:
    """Ask for another round where the agent has the ticket, or goes on after an approval; whether it was."""
    if not (at_work(ticket) or approval_records.goes_on(connection, ticket)):
        return False
    records.put_back(connection, ticket.id)
    return True
