"""Tickets: submitted, looked at and changed by the people whom they concern; another's is not found.

Each change names the version of the ticket that its sender saw, and is a conflict when there is a newer one.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from deskhand.channels.api.asking import Key
from deskhand.channels.api.audit import EntryOut
from deskhand.channels.api.library import Limit
from deskhand.channels.api.rooms import Door, Lent
from deskhand.channels.api.signing import CameBy, StillSigned, TicketHolder
from deskhand.channels.api.ticket_models import (
    Assign,
    Comment,
    CountsOut,
    Edit,
    Reopen,
    Resolve,
    SeenOut,
    Submitted,
    Subscriber,
    TicketChanges,
    TicketIn,
    TicketOut,
    YouOut,
)
from deskhand.channels.api.waiting import Seconds, Since, news
from deskhand.errors import EngineError, NotFound, StillRunning
from deskhand.nouns import Principal, TicketState
from deskhand.ticketing.listing_records import Place, Wanted

if TYPE_CHECKING:
    from deskhand.ticketing.changes import Changes
    from deskhand.ticketing.listing import Seen

router = APIRouter(prefix="/v1/tickets", tags=["tickets"])

Name = Annotated[str | None, Query(max_length=400, description="Only those of this employee, by id.")]


ACCEPTED: dict[int | str, dict[str, Any]] = {202: {"model": Submitted, "description": "On record; its run goes on."}}


@router.post("", status_code=201, responses=ACCEPTED)
async def submit(
    body: TicketIn, door: Door, who: TicketHolder, came: CameBy, reply: Response, key: Key = None
) -> Submitted:
    """Put a ticket on record, which starts its run. Sent again under the same Idempotency-Key, it gives the same
    ticket."""
    ticketing = door.rooms.ticketing
    ticket = await ticketing.submit(
        body.text, submitter=who, requester=body.requester, event_id=key, id=body.id, source=came
    )
    try:
        seen = await _waited(door, ticket.id, who, body.wait) if body.wait else await ticketing.ticket(ticket.id, who)
    except NotFound:
        return Submitted(id=ticket.id, ticket=None)
    except EngineError as error:
        reply.status_code = 202 if isinstance(error, StillRunning) else 201
        seen = await ticketing.ticket(ticket.id, who)
    return Submitted(id=ticket.id, ticket=TicketOut.of(seen.ticket))


async def _waited(door: Lent, id: str, who: Principal, seconds: float) -> Seen:
    """The ticket once its run has ended. Raises `StillRunning`, also when the server closes."""
    ended = asyncio.ensure_future(door.rooms.ticketing.wait(id, who, timeout=seconds))
    closing = asyncio.ensure_future(door.streams.closing.wait())
    try:
        await asyncio.wait({ended, closing}, return_when=asyncio.FIRST_COMPLETED)
        if not ended.done():
            raise StillRunning("the server closes; the ticket's run is carried on by the next one.")
        return ended.result()
    finally:
        ended.cancel()
        closing.cancel()


async def _wanted(
    state: Annotated[list[TicketState], Query(description="Only those in this state. Repeat for several.")] = [],  # noqa: B006
    assignee: Name = None,
    requester: Name = None,
    source: Annotated[str | None, Query(max_length=200, description="Only those that came in by this door.")] = None,
    q: Annotated[
        str, Query(max_length=200, description="Stands in the ticket, in what was last told, or in its id.")
    ] = "",
    mine: Annotated[bool, Query(description="Only those that concern you yourself.")] = False,
    before: Annotated[datetime | None, Query(description="Only those that were last changed before.")] = None,
) -> Wanted:
    return Wanted(tuple(state), assignee, requester, source, q, before, mine)


Cut = Annotated[int | None, Query(ge=1, description="Tell at most so many characters of each text.")]
Which = Annotated[Wanted, Depends(_wanted)]
"""In a call's signature: which tickets are wanted."""


@router.get("")
async def tickets(
    door: Door,
    who: TicketHolder,
    which: Which,
    limit: Limit = 50,
    after: Annotated[str | None, Query(max_length=100, description="Begin after the ticket with this `place`.")] = None,
    cut: Cut = None,
) -> list[TicketOut]:
    """Tickets that you may see, the last changed first: your own, those assigned to you, those you subscribed to, those
    you are asked about; as a member of the group that handles tickets, all of them."""
    place = Place.read(after) if after is not None else None
    found = await door.rooms.ticketing.tickets(who, which, limit=limit, after=place)
    return [TicketOut.of(ticket, cut) for ticket in found]


@router.get("/counts")
async def counts(door: Door, who: TicketHolder, which: Which) -> CountsOut:
    """How many tickets there are that you may see, by state, assignee, requester and source."""
    ticketing = door.rooms.ticketing
    found = await ticketing.counted(who, which)
    you = YouOut.model_validate(await ticketing.looks_as(who))
    return CountsOut(
        states=dict(found.states),
        assignees=dict(found.assignees),
        requesters=dict(found.requesters),
        sources=dict(found.sources),
        you=you,
        longest=ticketing.options.longest,
    )


@router.get("/changes")
async def changes(
    door: Door,
    who: TicketHolder,
    still: StillSigned,
    which: Which,
    since: Since = None,
    wait: Seconds = 0.0,
    cut: Cut = None,
) -> TicketChanges:
    """What changed since the `mark` of the last answer among the tickets that you may see; waited for where nothing
    did yet. Take the list first, then go on with this."""
    ticketing = door.rooms.ticketing

    async def look() -> Changes | None:
        reader = await door.rooms.directory.principal(f"{who.kind}:{who.id}")
        return await ticketing.changes(reader, which, since)

    found = await news(look, ticketing.listening(), wait, still=still, closing=door.streams.closing)
    if found is None:
        return TicketChanges(tickets=[], others=[], mark=since or "", whole=True)
    told, others = ([TicketOut.of(ticket, cut) for ticket in some] for some in (found.wanted, found.others))
    return TicketChanges(tickets=told, others=others, mark=found.mark, whole=found.whole)


@router.get("/{id}")
async def ticket(
    id: str,
    door: Door,
    who: TicketHolder,
    wait: Annotated[float, Query(ge=0, le=300, description="Seconds to wait for its run's end.")] = 0.0,
) -> SeenOut:
    """One ticket with its history."""
    if wait:
        with suppress(EngineError):
            await _waited(door, id, who, wait)
    return SeenOut.seen(await door.rooms.ticketing.ticket(id, who))


@router.patch("/{id}")
async def edit(id: str, body: Edit, door: Door, who: TicketHolder) -> TicketOut:
    """Put another text in place of the ticket's: its requester may. While the agent has it, it looks anew."""
    return TicketOut.of(await door.rooms.ticketing.edit(id, who, body.version, body.text))


@router.post("/{id}/comments")
async def comment(id: str, body: Comment, door: Door, who: TicketHolder) -> TicketOut:
    """Tell all whom the ticket concerns something."""
    return TicketOut.of(await door.rooms.ticketing.comment(id, who, body.version, body.text))


@router.post("/{id}/assign")
async def assign(id: str, body: Assign, door: Door, who: TicketHolder) -> TicketOut:
    """Give the ticket to somebody: its assignee may."""
    return TicketOut.of(await door.rooms.ticketing.assign(id, who, body.version, body.to, body.instructions))


@router.post("/{id}/resolve")
async def resolve(id: str, body: Resolve, door: Door, who: TicketHolder) -> TicketOut:
    """Settle the ticket: its requester and its assignee may."""
    return TicketOut.of(await door.rooms.ticketing.resolve(id, who, body.version, body.communication))


@router.post("/{id}/reopen")
async def reopen(id: str, body: Reopen, door: Door, who: TicketHolder) -> TicketOut:
    """Open a settled ticket again. It goes to who had it, or to the person who gets what is nobody's."""
    return TicketOut.of(await door.rooms.ticketing.reopen(id, who, body.version, body.reason))


@router.post("/{id}/retry", status_code=202)
async def retry(id: str, door: Door, who: TicketHolder) -> TicketOut:
    """Have the agent look at the ticket anew: its assignee may."""
    return TicketOut.of(await door.rooms.ticketing.retry(id, who))


@router.post("/{id}/subscribers", status_code=204)
async def subscribe(id: str, body: Subscriber, door: Door, who: TicketHolder) -> None:
    """Be told of every change of the ticket, or have somebody else told."""
    await door.rooms.ticketing.subscribe(id, who, body.employee)


@router.delete("/{id}/subscribers", status_code=204)
async def unsubscribe(
    id: str,
    door: Door,
    who: TicketHolder,
    employee: Annotated[str | None, Query(max_length=400, description="By id; without one, you.")] = None,
) -> None:
    """Be told no more."""
    await door.rooms.ticketing.unsubscribe(id, who, employee)


@router.get("/{id}/trace")
async def trace(id: str, door: Door, who: TicketHolder) -> list[EntryOut]:
    """All that was read, decided and done for the ticket, in its order: each decision with its facts and its rule."""
    return [EntryOut.model_validate(entry) for entry in await door.rooms.ticketing.trace(id, who)]
