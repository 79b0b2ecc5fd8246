"""The runs of a ticket: one for each round in which it is taken up, one after another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from deskhand.store import Connection
from deskhand.ticketing import records, registry_records

if TYPE_CHECKING:
    from deskhand.engine.protocol import Engine

__all__ = ["WORKFLOW", "Round", "next_round", "run_of", "start_round", "ticket_of_run"]

WORKFLOW = "ticket"


@dataclass(frozen=True, slots=True)
class Round:
    """A round (`number` counts from 1) that has a ticket or is to have it; `by` is its requester as an access-list
    entry, `door` where it came in."""

    number: int
    by: str
    door: str


def run_of(ticket: str, round: int) -> str:
    """The id of the run that carries the ticket's round (from 1)."""
    return f"ticket-{ticket}-{round}"


def ticket_of_run(run: str) -> str:
    """The id of the ticket that the run of this id carries."""
    return run.removeprefix("ticket-").rpartition("-")[0]


def next_round(connection: Connection, id: str) -> Round:
    """The round that has the ticket, or is to have it next. Raises `NotFound`."""
    number, ticket = records.last_round(connection, id), records.find(connection, id)
    requester = ticket.requester if ticket is not None else ""
    employee = registry_records.employee(connection, requester)
    known = employee.address if employee is not None and employee.address else requester
    entry = known if known.startswith(("service:", "person:")) else f"person:{known}"
    return Round(number, entry, ticket.source if ticket is not None else "")


async def start_round(engine: Engine, ticket: str, round: Round) -> None:
    """Start the run of the ticket's round; once more changes nothing."""
    payload = {"ticket": ticket, "round": round.number}
    run = run_of(ticket, round.number)
    await engine.start(WORKFLOW, run, payload, key=f"ticket:{ticket}", by=round.by, door=round.door)
