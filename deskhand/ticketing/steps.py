"""What a run of "ticket" does: open, then one action after another, each proposed, decided and done, until the ticket
is settled, waits for a person, or is handed to one.

Without a model what comes next is planned from what the steps before found out, so a later attempt plans the same; the
first step records by which policy and with which tools, and a run that finds others begins anew as another round.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from deskhand.engine.protocol import Context
from deskhand.errors import DeskhandError, EngineError, StepFailed

# The engine rebuilds a step's result by its type hints, so their names must be there at run time.
from deskhand.nouns import Json, Ticket
from deskhand.store import Connection, utc_now
from deskhand.ticketing import approval_records, guarding, records, registry_records
from deskhand.ticketing.approval_records import Approval
from deskhand.ticketing.approvals import about
from deskhand.ticketing.reading import read_fields
from deskhand.ticketing.rounds import next_round, run_of, start_round
from deskhand.ticketing.tools.protocol import Session
from deskhand.ticketing.walking import Walk

if TYPE_CHECKING:
    from deskhand.access import Directory
    from deskhand.engine.protocol import Engine
    from deskhand.guardrails.guard import Guard
    from deskhand.redaction import Redactor
    from deskhand.store import Bell, Database
    from deskhand.ticketing.agent import Agent
    from deskhand.ticketing.options import Options
    from deskhand.ticketing.policy import Policy
    from deskhand.ticketing.proposals import Proposals
    from deskhand.ticketing.tools.toolbox import Toolbox

__all__ = ["Lent", "carry"]

INLINE = 4_000
"""Characters of a ticket that are read without a thread."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Lent:
    """What the steps are lent. Without an `agent` actions are planned from the policy; without `proposals` a question
    is a ticket like any other. `clock` gives the time, aware of its zone; `away` are groups whose tools are not there,
    though they should be."""

    database: Database
    engine: Engine
    directory: Directory
    redactor: Redactor
    policy: Policy
    tools: Toolbox
    agent: Agent | None
    proposals: Proposals | None
    options: Options
    bell: Bell
    clock: Callable[[], datetime] = utc_now
    away: tuple[str, ...] = ()
    guard: Guard | None = None

    @property
    def by(self) -> str:
        """Who proposes actions: a model's name, or "planner"."""
        return "planner" if self.agent is None else self.agent.name

    @property
    def lacking(self) -> tuple[str, ...]:
        """The groups that are away, where the policy names a tool that is not there."""
        named = {source.tool for source in self.policy.facts.values()} | {rule.action for rule in self.policy.rules}
        return self.away if named - set(self.tools) else ()

    @property
    def setup(self) -> str:
        """What a run's course depends on besides what its steps record, as a hash."""
        tools = {name: tool.parameters for name, tool in self.tools.items()}
        rest = (self.by == "planner", self.proposals is not None, self.options.most_actions)
        told = repr((self.policy.identity, json.dumps(tools, sort_keys=True), *rest))
        return hashlib.blake2b(told.encode(), digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True)
class Opened:
    """A ticket as a run takes it up; without a `session` there is nothing to be done. `approval` is what a person was
    asked about it and said; a ticket that is not `labelled` is a question. `stopped` says why it is a person's, where a
    guardrail stopped its text."""

    state: str
    setup: str
    session: Session | None = None
    labelled: bool = True
    approval: Approval | None = None
    stopped: str = ""


async def carry(context: Context, payload: Json, *, lent: Lent) -> Json:
    """The workflow: from a ticket on record to one that is settled, waits, or is a person's.

    The payload is {"ticket", "round"}. Gives {"state", "calls", "denied"}: the ticket's state at the end ("stopped"
    where somebody else changed the ticket meanwhile), the tools that were called in their order, and those of them that
    were denied.
    """
    ticket, number = payload["ticket"], payload["round"]
    opened = await context.step("open", open_ticket, ticket, number, lent=lent)
    if opened.session is None:
        return {"state": opened.state, "calls": [], "denied": []}
    if opened.setup != lent.setup:
        await _begin_anew(ticket, number, lent)
        return {"state": "begun anew", "calls": [], "denied": []}
    walk = Walk(context, opened.session, lent)
    try:
        if opened.stopped:
            await walk.hand_over([opened.stopped])
            return walk.told()
        await walk.go(labelled=opened.labelled, approval=opened.approval)
    except Exception as error:
        if isinstance(error, EngineError) and not isinstance(error, StepFailed):
            raise
        code = error.code if isinstance(error, DeskhandError) else type(error).__name__
        log.error("run %s could not go on (%s); its ticket goes to a person", context.run_id, code)
        await walk.hand_over([f"the run could not go on ({code})"])
    return walk.told()


async def open_ticket(ticket: str, round: int, *, lent: Lent) -> Opened:
    """Take the ticket up, and read from its text what the policy says is read."""
    taken = await lent.database.write(_take_up, ticket, round)
    if not taken.to_do:
        return Opened(taken.ticket.state, lent.setup)
    text, stopped = await guarding.taken_up(taken.ticket.text, lent.guard)
    if len(text) <= INLINE:
        fields = read_fields(text, lent.policy)
    else:
        fields = await asyncio.to_thread(read_fields, text, lent.policy)
    session = Session(
        ticket=ticket,
        employee=taken.ticket.requester,
        version=taken.ticket.version,
        round=round,
        run=run_of(ticket, round),
        text=text,
        fields=dict(fields.values),
        problems=fields.problems,
        address=taken.address,
    )
    return Opened(taken.ticket.state, lent.setup, session, fields.labelled, taken.approval, stopped)


@dataclass(frozen=True, slots=True)
class _Taken:
    ticket: Ticket
    to_do: bool
    address: str | None = None
    approval: Approval | None = None


def _take_up(connection: Connection, id: str, round: int) -> _Taken:
    ticket = records.take_up(connection, id, round)
    if ticket.round > round:
        return _Taken(ticket, to_do=False)
    employee = registry_records.employee(connection, ticket.requester)
    address = employee.address if employee is not None else _address(ticket.requester)
    if ticket.state == "waiting":
        approval = approval_records.last(connection, id)
        if approval is not None and approval.state == "waiting" and about(ticket) == approval.about:
            return _Taken(ticket, to_do=False)
        return _Taken(ticket, to_do=True, address=address, approval=_still(approval, ticket))
    open_yet = ticket.state in ("unassigned", "reopened") and ticket.assignee is None
    return _Taken(ticket, open_yet, address)


def _still(approval: Approval | None, ticket: Ticket) -> Approval | None:
    """The approval, if it was decided, about the ticket as it is now."""
    if approval is None or approval.state in ("waiting", "void"):
        return None
    return approval if about(ticket) == approval.about and ticket.assignee == approval.asks else None


def _address(id: str) -> str | None:
    """Who is no employee is known by an address, or is a service."""
    return id if "@" in id[1:] or id.startswith("service:") else None


async def _begin_anew(ticket: str, round: int, lent: Lent) -> None:
    """Another round for a ticket whose run met other rules or tools than it began with."""
    log.warning("ticket %s: policy or tools were changed during round %d, so another one begins", ticket, round)
    await lent.database.write(records.put_back, ticket)
    begun = await lent.database.read(next_round, ticket)
    await start_round(lent.engine, ticket, replace(begun, number=round + 1))
