"""Drafted replies to tickets that are questions: looked at, edited, approved, sent or rejected by who handles the
ticket; to all others there are none."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from deskhand.channels.api.library import Limit
from deskhand.channels.api.models import MOST, CitationOut, Out
from deskhand.channels.api.rooms import Door, Lent
from deskhand.channels.api.signing import TicketHolder
from deskhand.errors import NotFound
from deskhand.ticketing.proposal_records import ProposalState

if TYPE_CHECKING:
    from deskhand.ticketing.proposals import Proposal, Proposals

router = APIRouter(prefix="/v1/proposals", tags=["tickets"])

WAITING: tuple[ProposalState, ...] = ("ready", "approved")


class ProposalOut(Out):
    """A drafted reply."""

    ticket: str
    round: int
    state: ProposalState
    """"drafting", "ready" for review, "approved", "sent" or "rejected"."""
    version: int
    question: str
    """The ticket's text as it was when the reply was drafted."""
    drafted: str
    """What was drafted, with marks such as [1] for its sources."""
    text: str
    """What a colleague made of it."""
    refused: bool
    """Whether the documents had no answer, or none could be drafted: write one, or reject it."""
    sources: list[CitationOut]
    """What it rests on, as far as you may read it."""
    reason: str
    """Why it was rejected; or why there is no draft, in a word."""
    by: str
    """Who edited or decided it last: `person:ana@example.com`; empty for nobody."""
    edited: bool
    withheld: bool
    """Whether it rests on what you may not read: then its texts are left out, and you cannot send it."""
    made: datetime
    changed: datetime

    @classmethod
    def of(cls, proposal: Proposal) -> ProposalOut:
        return cls.model_validate(proposal)


class Decided(BaseModel):
    """Which version of a reply is meant."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    version: int = Field(ge=1, le=MOST)
    """The reply's version as you saw it."""


class NewText(Decided):
    """Another text for a reply."""

    text: str = Field(min_length=1, max_length=20_000)


class Sent(Decided):
    """A reply to send."""

    ticket_version: int | None = Field(None, ge=1, le=MOST)
    """The ticket's version as you saw it. Without it, a ticket whose text was changed since the draft is a conflict."""


class Rejected(Decided):
    """Why a reply is not to be sent, and who gets the ticket."""

    reason: str = Field(min_length=1, max_length=2_000)
    """What is wrong with it, in your words; sensitive data is redacted."""
    to: str | None = Field(None, max_length=400)
    """Who gets the ticket, by employee id; without one, you."""


def _proposals(door: Lent) -> Proposals:
    found = door.rooms.ticketing.proposals
    if found is None:
        raise NotFound("no replies are drafted here.")
    return found


@router.get("")
async def proposals(
    door: Door,
    who: TicketHolder,
    state: Annotated[list[ProposalState], Query(description="Only those in this state. Repeat for several.")] = [],  # noqa: B006
    limit: Limit = 50,
) -> list[ProposalOut]:
    """Drafted replies that wait for your review, the last changed first."""
    found = await _proposals(door).proposals(who, tuple(state) or WAITING, limit)
    return [ProposalOut.of(each) for each in found]


@router.get("/{ticket}")
async def proposal(ticket: str, door: Door, who: TicketHolder) -> ProposalOut:
    """The drafted reply to a ticket."""
    return ProposalOut.of(await _proposals(door).proposal(ticket, who))


@router.patch("/{ticket}")
async def edit(ticket: str, body: NewText, door: Door, who: TicketHolder) -> ProposalOut:
    """Put another text in the place of the reply's."""
    return ProposalOut.of(await _proposals(door).edit(ticket, who, body.version, body.text))


@router.post("/{ticket}/approve")
async def approve(ticket: str, body: Decided, door: Door, who: TicketHolder) -> ProposalOut:
    """Say that the reply may be sent as it stands."""
    return ProposalOut.of(await _proposals(door).approve(ticket, who, body.version))


@router.post("/{ticket}/send")
async def send(ticket: str, body: Sent, door: Door, who: TicketHolder) -> ProposalOut:
    """Send the reply to the requester, which resolves the ticket."""
    return ProposalOut.of(await _proposals(door).send(ticket, who, body.version, body.ticket_version))


@router.post("/{ticket}/reject")
async def reject(ticket: str, body: Rejected, door: Door, who: TicketHolder) -> ProposalOut:
    """Throw the reply away, and give the ticket to somebody who answers it."""
    return ProposalOut.of(await _proposals(door).reject(ticket, who, body.version, body.reason, body.to))
