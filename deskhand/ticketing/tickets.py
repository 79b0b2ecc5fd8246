"""Tickets put on record, carried by the engine, and changed by the people whom they concern.

What a person changes is never overwritten by the agent nor the other way round; who may not see a ticket is told what
is told of one that is not there.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy.exc

from deskhand.errors import NoSuchRun, NotAllowed, ToolFailed
from deskhand.nouns import Json, Principal, RedactedText, Run, Ticket, TicketState
from deskhand.store import Bell, Connection, utc_now
from deskhand.store.bell import Wait
from deskhand.ticketing import (
    approval_records,
    audit_records,
    changing,
    listing,
    notice_records,
    records,
    seeing,
    steps,
)
from deskhand.ticketing.approvals import Approval, Approvals
from deskhand.ticketing.audit import Audit
from deskhand.ticketing.audit_records import Entry
from deskhand.ticketing.changes import Changes, changes
from deskhand.ticketing.changing import Changed, Did
from deskhand.ticketing.given import (
    NOTE_LONGEST,
    REASON_LONGEST,
    check_id,
    check_text,
    event_of,
    fits,
    hash_of,
    name_of,
)
from deskhand.ticketing.guarding import let_in
from deskhand.ticketing.listing import Counted, Place, Seen, Wanted
from deskhand.ticketing.looking import may_look
from deskhand.ticketing.options import Options
from deskhand.ticketing.registry import Registry
from deskhand.ticketing.rounds import WORKFLOW, next_round, run_of, start_round
from deskhand.ticketing.tools.toolbox import Toolbox

if TYPE_CHECKING:
    from deskhand.access import Directory
    from deskhand.engine.protocol import Context, Engine
    from deskhand.guardrails.guard import Guard
    from deskhand.redaction import Redactor
    from deskhand.store import Database
    from deskhand.ticketing.agent import Agent
    from deskhand.ticketing.policy import Policy
    from deskhand.ticketing.proposals import Proposals
    from deskhand.ticketing.tools.protocol import Tool

__all__ = ["Counted", "Place", "Seen", "Ticketing", "Wanted"]

TRACED = 10_000
"""Rows of a ticket's trace; one that has more is exported."""
INLINE = 4_000
"""Characters that are redacted without a thread."""


class Ticketing:
    """Takes tickets in and has them carried. Make it before the engine is launched; it registers the workflow "ticket".

    `tools` are those that the agent may call, by name; `agent` proposes actions (None: they are planned from the
    policy), `proposals` drafts replies to tickets that are questions. `clock` gives the time, aware of its zone. A
    ticket whose text `guard` stops goes to a person.
    """

    def __init__(
        self,
        database: Database,
        engine: Engine,
        directory: Directory,
        *,
        redactor: Redactor,
        policy: Policy,
        tools: Mapping[str, Tool],
        agent: Agent | None = None,
        proposals: Proposals | None = None,
        options: Options = Options(),
        bell: Bell | None = None,
        clock: Callable[[], datetime] = utc_now,
        guard: Guard | None = None,
    ) -> None:
        self._database, self._engine, self._redactor, self._options = database, engine, redactor, options
        self.bell = bell or Bell(database)
        self._lent = steps.Lent(
            database=database,
            engine=engine,
            directory=directory,
            redactor=redactor,
            policy=policy,
            tools=tools if isinstance(tools, Toolbox) else Toolbox(tools),
            agent=agent,
            proposals=proposals,
            options=options,
            bell=self.bell,
            clock=clock,
            guard=guard,
        )
        self.registry = Registry(database)
        self.approvals = Approvals(database, engine, options, self.bell, clock)
        self._log = Audit(database, options.group)
        self.proposals = proposals
        engine.register(WORKFLOW, self._carry)

    def equip(self, tools: Mapping[str, Tool], away: tuple[str, ...] = ()) -> None:
        """Lend the agent more tools; runs that are under way go on without them. `away` are the labels of groups whose
        tools are not there yet. Raises `BadSettings` for a name that is there already."""
        self._lent = replace(self._lent, tools=Toolbox(self._lent.tools, tools), away=away)

    @property
    def tools(self) -> Mapping[str, Tool]:
        """The tools that the agent may call now, by name."""
        return self._lent.tools

    @property
    def tools_away(self) -> tuple[str, ...]:
        """The labels of groups whose tools are not there yet."""
        return self._lent.away

    async def check_tools(self) -> None:
        """Raises `ToolFailed` while the tools of a group are not there."""
        if away := self._lent.away:
            raise ToolFailed(f"the tools of {' and '.join(away)} are not there; it is tried again.")

    async def _carry(self, context: Context, payload: Json) -> Json:
        return await steps.carry(context, payload, lent=self._lent)

    async def submit(
        self,
        text: str,
        *,
        submitter: Principal,
        requester: str | None = None,
        event_id: str | None = None,
        id: str | None = None,
        source: str = "desk",
    ) -> Ticket:
        """Put a ticket on record and start its run. When this returns, it is on disk, redacted, and else as written.

        It is the submitter's; only a service and a member of the group that handles tickets may name another
        `requester` (an employee's id), or choose its `id`. The same `event_id` of the same submitter and `source` gives
        the same ticket. Raises `BadInput`, `NotAllowed`, and `Conflict` when the `id` is taken.
        """
        check_text(text, "ticket", self._options.longest)
        if id is not None:
            check_id(id)
        who = await self._database.read(seeing.onlooker, submitter, self._options.group)
        if id is not None and not who.names_others:
            # Or it could be found out which ids are taken.
            raise NotAllowed(
                f"only services and members of the group {who.group!r} may choose a ticket's id; leave it out."
            )
        wanted = name_of(requester, "requester") if requester is not None else who.id
        if wanted != who.id and not who.names_others:
            raise NotAllowed(
                "the ticket names another requester, which only services and members of the group "
                f"{who.group!r} may; leave the requester out to submit it as yourself."
            )
        new = records.NewTicket(
            id=id or f"t{uuid.uuid4().hex[:20]}",
            requester=wanted,
            text=await self._redacted(text),
            source=source,
            event=event_of(submitter, event_id) if event_id is not None else None,
            by=who.id,
        )
        ticket = await self._put(new)
        await self._start(ticket.id)
        self.bell.ring(notice_records.BELL)
        return ticket

    async def _put(self, new: records.NewTicket) -> Ticket:
        try:
            ticket, _ = await self._database.write(records.put, new, self._options.channels)
        except sqlalchemy.exc.IntegrityError:
            # The same event, or the same id, came in twice at once; the other one is on record now.
            ticket, _ = await self._database.write(records.put, new, self._options.channels)
        return ticket

    async def _start(self, id: str) -> None:
        """Start the run that the ticket waits for; once more changes nothing."""
        await start_round(self._engine, id, await self._database.read(next_round, id))

    async def recover(self) -> int:
        """Start the runs of tickets that a process put on record and died before it started them, and those of tickets
        whose run broke off for good; how many. Call it once the engine is launched."""
        taken_up = await self._database.read(records.in_hand)
        taken_up += await self._database.read(approval_records.in_hand)
        for ticket in await self._dropped(taken_up):
            await self._database.write(records.put_back, ticket.id)
        left = await self._database.read(records.to_be_carried)
        for ticket in await self._dropped(left, ahead=1):
            await self._database.write(records.pass_over, ticket.id, ticket.round + 1)
        for ticket in left:
            await self._start(ticket.id)
        await self.approvals.recover()
        if self.proposals is not None:
            await self.proposals.recover()
        return len(left)

    async def _dropped(self, tickets: Sequence[Ticket], ahead: int = 0) -> list[Ticket]:
        """Those whose run (or the one `ahead` of it) has ended and left them where they were."""
        ids = {run_of(ticket.id, ticket.round + ahead): ticket for ticket in tickets}
        if not ids:
            return []
        runs = await self._engine.runs(ids=tuple(ids), limit=len(ids))
        return [ids[run.id] for run in runs if run.state in ("failed", "cancelled")]

    async def ticket(self, id: str, reader: Principal) -> Seen:
        """The ticket with its history. Raises `NotFound`, also for one that the reader may not see."""
        seen = await self._database.read(listing.seen, id, reader, self._options)
        runs = await self._engine.runs(ids=(seen.run,), limit=1)
        seen = seen.with_run(runs[0].state if runs else None)
        return seen if self.proposals is None else replace(seen, proposal=await self.proposals.of(id, reader))

    async def tickets(
        self,
        reader: Principal,
        wanted: Wanted = Wanted(),
        *,
        limit: int = 50,
        after: Place | None = None,
    ) -> list[Ticket]:
        """Tickets that the reader may see, the last changed first; those after the place `after`."""
        return await self._database.read(listing.listed, reader, wanted, limit, after, self._options)

    async def changes(self, reader: Principal, wanted: Wanted = Wanted(), mark: str | None = None) -> Changes | None:
        """What changed among the tickets that the reader may see since the mark, which an answer of this gave; None
        where nothing did. Without a mark, what changed last. Raises `BadInput`."""
        return await self._database.read(changes, reader, wanted, mark, self._options)

    def listening(self) -> AbstractContextManager[Wait]:
        """Gives `wait(seconds)`: until any ticket changed; see `Bell.listening`."""
        return self.bell.listening(notice_records.BELL)

    async def counted(self, reader: Principal, wanted: Wanted = Wanted()) -> Counted:
        """How many of these tickets there are, by what they are like, among those that the reader may see."""
        return await self._database.read(listing.counted, reader, wanted, self._options)

    @property
    def options(self) -> Options:
        """As an operator chose them."""
        return self._options

    async def looks_as(self, reader: Principal) -> seeing.Onlooker:
        """As whom the reader is known here, and whether he handles every ticket."""
        return await self._database.read(seeing.onlooker, reader, self._options.group)

    async def policy(self, reader: Principal, *, operator: bool = False) -> Policy:
        """The policy in force, for who handles tickets and, as it is a setting, for an `operator`. Raises
        `NotAllowed`."""
        who = await self.looks_as(reader)
        if not (operator or who.handles):
            raise NotAllowed(
                f"the policy is shown to members of the group {who.group!r} and to operators; a ticket's own trace "
                "shows the rule of each decision to everybody who may see the ticket."
            )
        return self._lent.policy

    async def counts(self) -> dict[TicketState, int]:
        """How many tickets are in each state."""
        return await self._database.read(records.counts)

    async def edit(self, id: str, by: Principal, version: int, text: str) -> Ticket:
        """Put another text in place of the ticket's. Raises `Conflict` unless it still is at `version`, `NotFound`,
        `NotAllowed`, `BadInput`; so do the other changes."""
        check_text(text, "ticket", self._options.longest)
        return await self._change(id, by, version, "edited", {"text": await self._redacted(text)})

    async def comment(self, id: str, by: Principal, version: int, text: str) -> Ticket:
        """Tell all whom the ticket concerns something."""
        check_text(text, "comment", NOTE_LONGEST)
        return await self._change(id, by, version, "commented", {"communication": await self._redacted(text)})

    async def assign(self, id: str, by: Principal, version: int, to: str, instructions: str = "") -> Ticket:
        """Give the ticket to the employee `to`, who sees it from then on."""
        values: dict[str, Json] = {"state": "assigned", "assignee": name_of(to, "assignee")}
        return await self._change(id, by, version, "assigned", await self._told(values, instructions))

    async def resolve(self, id: str, by: Principal, version: int, communication: str = "") -> Ticket:
        """Settle the ticket, and say how."""
        return await self._change(id, by, version, "resolved", await self._told({"state": "resolved"}, communication))

    async def reopen(self, id: str, by: Principal, version: int, reason: str = "") -> Ticket:
        """Open a ticket again that was settled. It goes to who had it, or to the person who gets what is nobody's."""
        return await self._change(id, by, version, "reopened", await self._told({"state": "reopened"}, reason))

    async def retry(self, id: str, by: Principal) -> Ticket:
        """Have the agent look at the ticket anew. Raises `Conflict` while it does."""
        ticket = (await self.ticket(id, by)).ticket
        left, ahead = await self._dropped([ticket]), await self._dropped([ticket], ahead=1)
        dropped = bool(left or ahead)
        changed = await self._database.write(changing.retry, id, by, dropped=dropped, options=self._options)
        if ahead:
            await self._database.write(records.pass_over, id, ticket.round + 1)
        return await self._after(changed)

    async def changed_outside(
        self,
        id: str,
        *,
        by: str,
        state: TicketState,
        assignee: str | None = None,
        communication: str | None = None,
        text: str | None = None,
        once: str | None = None,
    ) -> Ticket:
        """Have on record what a person made of a ticket where it came from, as it is there now; the ticket after it.

        `by` is that place. `once` names the change, which is put on record once; what is so here already is no change.
        For doors alone: whose change it is was checked there. Raises `NotFound`, `BadInput`.
        """
        for given in (communication, text):
            fits(given or "", "text", self._options.longest)
        said = await self._redacted(communication) if communication is not None else None
        written = await self._redacted(text) if text is not None else None
        name = name_of(assignee, "assignee") if assignee is not None else None
        key = hash_of("outside", by, once) if once is not None else None
        now = changing.Outside(state, name, said, written)
        return await self._after(await self._database.write(changing.outside, id, by, now, key, options=self._options))

    async def subscribe(self, id: str, by: Principal, subscriber: str | None = None) -> bool:
        """Tell oneself (or the employee `subscriber`, who then may see it) of every change; whether that is new."""
        name = name_of(subscriber, "subscriber") if subscriber is not None else None
        try:
            return await self._database.write(changing.subscribe, id, by, name, options=self._options)
        except sqlalchemy.exc.IntegrityError:
            return False  # somebody else did it at the same moment

    async def unsubscribe(self, id: str, by: Principal, subscriber: str | None = None) -> bool:
        """Whether there was such a subscriber."""
        return await self._database.write(changing.unsubscribe, id, by, subscriber, options=self._options)

    async def pending(self, reader: Principal) -> list[Approval]:
        """Actions that wait for the reader, the one that expires first first; for who handles every ticket, all."""
        who = await self._database.read(seeing.onlooker, reader, self._options.group)
        return await self.approvals.pending(None if who.handles else [who.id])

    async def approve(self, id: str, by: Principal, note: str = "") -> Approval:
        """Let an action happen. Raises `NotFound`, `NotAllowed`, and `Conflict` when it can be given no more."""
        return await self.approvals.approve(id, by, await self._note(note))

    async def deny(self, id: str, by: Principal, note: str = "") -> Approval:
        """Have an action not happen. Raises as `approve`."""
        return await self.approvals.deny(id, by, await self._note(note))

    async def _note(self, note: str) -> RedactedText | None:
        if not note.strip():
            return None
        check_text(note, "note", REASON_LONGEST)
        return await self._redacted(note)

    async def trace(self, id: str, reader: Principal) -> list[Entry]:
        """All that was read, decided and done for the ticket, in its order. Raises `NotFound`."""
        return await self._database.read(_traced, id, reader, self._options)

    async def may_look(self, run: Run, reader: Principal) -> bool:
        """Whether the reader may see what a ticket's run was given, read and did."""
        return await self._database.read(may_look, run, reader, self._options)

    async def audit(self, after: int, limit: int, reader: Principal) -> list[Entry]:
        """Rows of the audit log after the one with number `after`. Raises `NotAllowed`."""
        return await self._log.entries(reader, after=after, limit=limit)

    async def wait(self, id: str, reader: Principal, timeout: float | None = None) -> Seen:
        """The ticket once its run has ended, waited for up to `timeout` seconds (None: until then).

        Raises `NotFound`, `StillRunning`, `RunFailed`.
        """
        ended = 0
        while True:
            await self.ticket(id, reader)
            number = await self._database.read(records.last_round, id)
            if number <= ended:
                return await self.ticket(id, reader)
            # One that ended long ago may be deleted by now.
            with suppress(NoSuchRun):
                await self._engine.result(run_of(id, number), timeout=timeout)
            ended = number

    async def _change(self, id: str, by: Principal, version: int, did: Did, values: Mapping[str, Json]) -> Ticket:
        done = await self._database.write(changing.change, id, by, version, did, values, options=self._options)
        return await self._after(done)

    async def _after(self, changed: Changed) -> Ticket:
        if changed.again:
            await self._start(changed.ticket.id)
        self.bell.ring(notice_records.BELL)
        return changed.ticket

    async def _told(self, values: dict[str, Json], text: str) -> dict[str, Json]:
        """The values with what people are told, where something is said."""
        if not text.strip():
            return values
        check_text(text, "text", NOTE_LONGEST)
        return {**values, "communication": await self._redacted(text)}

    async def _redacted(self, text: str) -> RedactedText:
        if len(text) <= INLINE:
            redacted = self._redactor.redact(text).text
        else:
            redacted = (await asyncio.to_thread(self._redactor.redact, text)).text
        return await let_in(redacted, self._lent.guard)


def _traced(connection: Connection, id: str, reader: Principal, options: Options) -> list[Entry]:
    seeing.seen(connection, id, seeing.onlooker(connection, reader, options.group))
    return audit_records.entries(connection, ticket=id, limit=TRACED)
