"""What somebody sees of tickets: a list with its counts, and one ticket with what may be done with it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from deskhand.nouns import Principal, RunState, Ticket
from deskhand.store import Connection
from deskhand.ticketing import approval_records, approvals, changing, listing_records, records, seeing
from deskhand.ticketing.approval_records import Approval
from deskhand.ticketing.changing import Act
from deskhand.ticketing.listing_records import Counted, Place, Wanted
from deskhand.ticketing.options import Options
from deskhand.ticketing.rounds import run_of
from deskhand.ticketing.seeing import Part

if TYPE_CHECKING:
    from deskhand.ticketing.proposals import Proposal

__all__ = ["Counted", "Place", "Seen", "Wanted", "concerned", "counted", "listed", "seen"]


@dataclass(frozen=True, slots=True)
class Seen:
    """A ticket as its onlooker sees it, with every change of it, the first one first.

    `you` is the onlooker's id among employees, `parts` what he has to do with the ticket, `may` what he may do with it
    as it is now, `decides` the approvals that wait and that he may decide. `run` is the newest one, which may be over;
    `working` while it goes on, or is to.
    """

    ticket: Ticket
    history: tuple[records.Change, ...] = ()
    subscribers: tuple[str, ...] = ()
    approvals: tuple[Approval, ...] = ()
    proposal: Proposal | None = None
    you: str = ""
    parts: frozenset[Part] = frozenset()
    may: tuple[Act, ...] = ()
    decides: tuple[str, ...] = ()
    run: str = ""
    working: bool = False

    def with_run(self, state: RunState | None) -> Seen:
        """As it is where the run is in this state; None where there is no such run, as before it was started."""
        if state is None:
            return replace(self, working=self.run != run_of(self.ticket.id, self.ticket.round))
        dropped = state in ("failed", "cancelled")
        may = changing.open_to(self.ticket, self.parts, dropped=dropped)
        return replace(self, working=state in ("waiting", "running"), may=may)


def seen(connection: Connection, id: str, reader: Principal, options: Options) -> Seen:
    """The ticket as the reader sees it. Raises `NotFound`, also for one that he may not see."""
    who = seeing.onlooker(connection, reader, options.group)
    ticket, parts = seeing.seen(connection, id, who)
    asked = approval_records.of(connection, id)
    return Seen(
        ticket,
        tuple(records.history(connection, id)),
        tuple(records.subscribers(connection, id)),
        tuple(asked),
        you=who.id,
        parts=parts,
        may=changing.open_to(ticket, parts),
        decides=tuple(each.id for each in asked if approvals.may_decide(each, ticket, reader, who, options)),
        run=run_of(id, records.last_round(connection, id)),
    )


def listed(
    connection: Connection, reader: Principal, wanted: Wanted, limit: int, after: Place | None, options: Options
) -> list[Ticket]:
    """Tickets that the reader may see, the last changed first."""
    whom = concerned(connection, reader, wanted, options)
    return listing_records.listed(connection, whom, wanted, limit=limit, after=after)


def counted(connection: Connection, reader: Principal, wanted: Wanted, options: Options) -> Counted:
    """How many there are of them."""
    return listing_records.counted(connection, concerned(connection, reader, wanted, options), wanted)


def concerned(connection: Connection, reader: Principal, wanted: Wanted, options: Options) -> str | None:
    """Whom the tickets must concern; None for who sees all, and wants to."""
    who = seeing.onlooker(connection, reader, options.group)
    return None if who.handles and not wanted.mine else who.id
