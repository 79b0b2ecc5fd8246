"""Actions that wait for a person: who may approve one, and what goes on when somebody did, or nobody in time.

Nothing runs while an approval waits. What was decided is put on record together with the wish for another round of the
ticket, so that whichever process comes next carries it on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from deskhand.errors import Conflict, NotAllowed, NotFound
from deskhand.nouns import Action, Decision, Json, Principal, RedactedText, Ticket
from deskhand.store import Connection, utc_now
from deskhand.ticketing import approval_records, audit_records, notice_records, records, seeing
from deskhand.ticketing.approval_records import Approval, ApprovalState
from deskhand.ticketing.options import Options
from deskhand.ticketing.rounds import next_round, start_round
from deskhand.ticketing.wording import waits_for

if TYPE_CHECKING:
    from deskhand.engine.protocol import Context, Engine
    from deskhand.store import Bell, Database
    from deskhand.ticketing.sparing import Sparing
    from deskhand.ticketing.tools.protocol import Session

__all__ = ["Approval", "Approvals", "about", "ask", "may_decide", "watch"]

EXPIRING = "ticket-approvals"
"""The workflow, and the schedule, that looks for approvals that nobody gave in time; there is none when none waits."""
EVERY_MINUTE = "* * * * *"


class Approvals:
    """What people are asked and say. Make it before the engine is launched; it registers the workflow that lets
    approvals expire."""

    def __init__(
        self,
        database: Database,
        engine: Engine,
        options: Options,
        bell: Bell,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database, self._engine, self._options, self._bell, self._clock = database, engine, options, bell, clock
        engine.register(EXPIRING, self._expiring)

    async def _expiring(self, context: Context, _payload: Json) -> Json:
        return {"expired": await context.step("expire", self.expire)}

    async def pending(self, ids: Sequence[str] | None) -> list[Approval]:
        """What waits for one of the employees `ids` (None: for anybody), what expires first first."""
        return await self._database.read(approval_records.waiting, ids)

    async def of(self, ticket: str) -> list[Approval]:
        """All approvals of a ticket, the first one first; whoever sees the ticket may see them."""
        return await self._database.read(approval_records.of, ticket)

    async def approve(self, id: str, by: Principal, note: RedactedText | None = None) -> Approval:
        """Let the action happen, if the policy still does not deny it. Raises `NotFound` for what `by` may not see,
        `NotAllowed` for who is neither asked nor of the group that handles tickets, and for the requester, and
        `Conflict` when it was decided before, or the ticket was changed since."""
        return await self._end(id, by, "approved", note)

    async def deny(self, id: str, by: Principal, note: RedactedText | None = None) -> Approval:
        """Have the action not happen; the ticket goes to its owner. Raises as `approve`."""
        return await self._end(id, by, "denied", note)

    async def _end(self, id: str, by: Principal, state: ApprovalState, note: RedactedText | None) -> Approval:
        now = self._clock()
        ended = await self._database.write(_end_by, id, by, state, note or "", now, self._options)
        self._bell.ring(notice_records.BELL)
        await self._go_on(ended.ticket)
        if ended.state == "expired":
            raise Conflict(
                f"approval {id!r} expired at {ended.expires:%Y-%m-%d %H:%M} UTC; its ticket goes to its owner."
            )
        if ended.state == "void":
            raise Conflict(
                f"the ticket {ended.ticket!r} was changed since approval {id!r} was asked for, so it cannot be decided "
                "any more; look at the ticket as it is now."
            )
        return ended

    async def expire(self) -> int:
        """Deny what nobody approved in time; how many. Rounds that a process wished for and did not live to start are
        started. The schedule ends with the last one that waits."""
        ended = 0
        for each in await self._database.read(approval_records.over, self._clock()):
            found = await self._database.write(_expire, each, self._clock())
            if found is not None:
                ended += 1
                await self._go_on(found.ticket)
        left = await self._database.read(records.to_be_carried)
        for ticket in left:
            await self._go_on(ticket.id)
        if not left and not await self._database.read(approval_records.any_waiting):
            await self._engine.unschedule(EXPIRING)
            # One may have been asked for since; it must not wait without end.
            if await self._database.read(approval_records.any_waiting):
                await watch(self._engine)
        return ended

    async def recover(self) -> int:
        """What is to be done once the engine is launched: let expire what expired while nothing ran; how many."""
        if not await self._database.read(approval_records.any_waiting):
            return 0
        # Before they are watched: what the schedule lets expire is not counted here.
        ended = await self.expire()
        if await self._database.read(approval_records.any_waiting):
            await watch(self._engine)
        return ended

    async def _go_on(self, ticket: str) -> None:
        """Start the round that is wished for, if there is one."""
        found = await self._database.read(records.find, ticket)
        if found is not None and (wished := await self._database.read(next_round, ticket)).number > found.round:
            await start_round(self._engine, ticket, wished)


async def watch(engine: Engine) -> None:
    """Have approvals looked at each minute, by whichever process."""
    await engine.schedule(EXPIRING, EVERY_MINUTE, EXPIRING, {})


def about(ticket: Ticket) -> str:
    """A hash of the ticket's text: an approval is for the text that was read, and no other."""
    return hashlib.sha256(ticket.text.encode()).hexdigest()


def ask(
    connection: Connection,
    key: str,
    action: Action,
    decision: Decision,
    session: Session,
    going_on: Mapping[str, Json] | None,
    *,
    sparing: Sparing,
    options: Options,
    now: datetime,
) -> tuple[Approval, Ticket]:
    """Put an approval on record and have the ticket wait for it, in the transaction that decided to ask."""
    asks = decision.asks or options.person
    until = now + timedelta(seconds=options.approval_seconds)
    values: dict[str, Json] = {"state": "waiting", "assignee": asks}
    values["communication"] = sparing.text(waits_for(asks, action, decision.reason, until))
    ticket = records.change(
        connection,
        session.ticket,
        session.version,
        "waiting",
        "agent",
        values,
        channels=options.channels,
        reason=decision.reason,
        run=session.run,
    )
    approval = Approval(
        id=f"ap-{hashlib.blake2b(key.encode(), digest_size=10).hexdigest()}",
        ticket=session.ticket,
        run=session.run,
        action=action,
        rule=decision.rule,
        reason=decision.reason,
        facts=decision.facts,
        asks=asks,
        state="waiting",
        asked=now,
        expires=until,
        about=about(ticket),
        going_on={**(going_on or {}), "fields": dict(session.fields)},
    )
    approval_records.put(connection, approval)
    return approval, ticket


def _end_by(
    connection: Connection, id: str, by: Principal, state: ApprovalState, note: str, now: datetime, options: Options
) -> Approval:
    approval = approval_records.find(connection, id)
    who = seeing.onlooker(connection, by, options.group)
    if approval is None:
        raise _no_approval(id)
    records.lock(connection, approval.ticket)
    ticket = records.find(connection, approval.ticket)
    if ticket is None or (approval.asks != who.id and not seeing.parts(connection, ticket, who)):
        raise _no_approval(id)
    _may(approval, ticket, by, who, options)
    if approval.state == "waiting" and approval.expires <= now:
        state, who_said, note = "expired", "system", ""
    else:
        who_said = who.id
    ended = _ended(connection, approval, state, who_said, note, now)
    if ended is None:
        known = approval_records.find(connection, approval.id) or approval
        raise Conflict(f"approval {approval.id!r} is {known.state} by {known.by} already; nothing was changed.")
    return ended


def may_decide(approval: Approval, ticket: Ticket, by: Principal, who: seeing.Onlooker, options: Options) -> bool:
    """Whether the approval waits, and for `by`."""
    if approval.state != "waiting" or ticket.state != "waiting":
        return False
    try:
        _may(approval, ticket, by, who, options)
    except NotAllowed:
        return False
    return True


def _may(approval: Approval, ticket: Ticket, by: Principal, who: seeing.Onlooker, options: Options) -> None:
    if by.kind != "person":
        raise NotAllowed("an approval is a person's to give, and this is a service; sign in as a person.")
    if who.id == ticket.requester or by.id == ticket.requester:
        raise NotAllowed("this is about your own ticket, so somebody else must decide it.")
    if who.id != approval.asks and not who.handles:
        raise NotAllowed(
            f"{approval.asks} was asked for this approval; only {approval.asks} and members of the group "
            f"{options.group!r} may decide it."
        )


def _expire(connection: Connection, id: str, now: datetime) -> Approval | None:
    approval = approval_records.find(connection, id)
    if approval is None or approval.state != "waiting" or approval.expires > now:
        return None
    records.lock(connection, approval.ticket)
    return _ended(connection, approval, "expired", "system", "", now)


def _ended(
    connection: Connection, approval: Approval, state: ApprovalState, by: str, note: str, now: datetime
) -> Approval | None:
    """End a waiting approval; one about a ticket that was changed since is void. None for one that ended before."""
    ticket = records.find(connection, approval.ticket)
    waits = ticket is not None and ticket.state == "waiting"
    if not waits or ticket is None or ticket.assignee != approval.asks or about(ticket) != approval.about:
        state = "void"
    if not approval_records.end(connection, approval.id, state, by, note, now):
        return None
    if waits:
        # Before the audit log is held: whoever changes a ticket holds first the ticket, then the log.
        records.put_back(connection, approval.ticket)
    body = {"approval": approval.id, "state": state, "note": note, "asks": approval.asks, "rule": approval.rule}
    action = {"tool": approval.action.tool, "arguments": dict(approval.action.arguments)}
    audit_records.append(
        connection, ticket=approval.ticket, run=approval.run, by=by, kind="approval", body={**body, "action": action}
    )
    return replace(approval, state=state, by=by, note=note, ended=now)


def _no_approval(id: str) -> NotFound:
    return NotFound(f"there is no approval {id[:80]!r} that you may see; list yours, and take an id from there.")
