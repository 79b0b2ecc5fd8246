"""The shapes of what is sent and said about tickets."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

from deskhand.channels.api.approvals import ApprovalOut
from deskhand.channels.api.models import MOST, Out
from deskhand.nouns import Ticket, TicketState
from deskhand.ticketing.changing import Act
from deskhand.ticketing.listing_records import Place
from deskhand.ticketing.seeing import Part

if TYPE_CHECKING:
    from deskhand.ticketing.listing import Seen


class In(BaseModel):
    """What is sent."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class TicketIn(In):
    """A ticket to submit."""

    text: str = Field(min_length=1)
    """What it is about, as written; labelled lines such as "EnvironmentId: 1" are read by the policy."""
    requester: str | None = Field(None, max_length=400)
    """Whose ticket it is, by employee id: for services and members of the group that handles tickets. Else you."""
    id: str | None = Field(None, max_length=64)
    """Its id, where you may name another requester; without one, it gets one."""
    wait: float = Field(0.0, ge=0, le=300)
    """Seconds to wait for what becomes of it."""


class Change(In):
    """A change of a ticket."""

    version: int = Field(ge=1, le=MOST)
    """The ticket's version as you saw it."""


class Edit(Change):
    """Another text for a ticket."""

    text: str = Field(min_length=1)


class Comment(Change):
    """What all are told whom a ticket concerns."""

    text: str = Field(min_length=1)


class Assign(Change):
    """Who gets a ticket."""

    to: str = Field(min_length=1, max_length=400)
    """An employee's id; who it is sees the ticket from then on."""
    instructions: str = ""
    """What is to be done."""


class Resolve(Change):
    """How a ticket was settled."""

    communication: str = ""
    """What the requester is told."""


class Reopen(Change):
    """Why a ticket is not settled."""

    reason: str = ""


class Subscriber(In):
    """Who is told of every change of a ticket."""

    employee: str | None = Field(None, max_length=400)
    """By id; without one, you. Who it is may see the ticket from then on."""


class TicketOut(Out):
    """A ticket."""

    id: str
    requester: str
    text: str
    """As written, but for sensitive data."""
    state: TicketState
    status: str
    """The state in words: "assigned to @susi"."""
    assignee: str | None
    communication: str
    """What the requester or the assignee was last told."""
    version: int
    round: int
    """How often the agent took it up."""
    source: str
    opened: datetime
    changed: datetime
    place: str
    """Where it stands in the list: `after` this one the next page begins."""

    @classmethod
    def of(cls, ticket: Ticket, cut: int | None = None) -> TicketOut:
        """`cut` is how many characters of its texts are told."""
        values = {name: getattr(ticket, name) for name in cls.model_fields if name != "place"}
        texts = {name: shortened(values[name], cut) for name in ("text", "communication")}
        return cls(**values | texts, place=str(Place.of(ticket)))


def shortened(text: str, longest: int | None) -> str:
    """The text with at most so many characters, the last of them "…" where something is left out."""
    return text if longest is None or len(text) <= longest else f"{text[: longest - 1]}…"


class TicketChanges(Out):
    """What changed among the tickets that you may see."""

    tickets: list[TicketOut]
    """Those that are wanted, as they are now, in the list's order: new ones, changed ones, and some that were told
    before."""
    others: list[TicketOut]
    """Those that are not wanted, or not any more."""
    mark: str
    """What to go on with: the next call's `since`."""
    whole: bool
    """Whether that is all; where it is not, take the list anew."""


class YouOut(Out):
    """As whom you are known here."""

    id: str
    """Your id among employees."""
    handles: bool
    """Whether you see and handle every ticket."""
    names_others: bool
    """Whether you may submit tickets for somebody else."""


class CountsOut(Out):
    """How many tickets there are that you may see. Each count is among those that are wanted otherwise: the states
    without regard to `state`, the assignees without regard to `assignee`, and so on."""

    states: dict[TicketState, int]
    assignees: dict[str, int]
    """By employee id, "" for nobody's; the 50 with the most."""
    requesters: dict[str, int]
    sources: dict[str, int]
    you: YouOut
    longest: int
    """Characters that a ticket may have."""


class ChangeOut(Out):
    """A change of a ticket, as it is on record."""

    version: int
    at: datetime
    by: str
    """An employee's id, "agent" or "system"."""
    kind: str
    before: dict[str, Any] | None
    """What changed, as it was before."""
    after: dict[str, Any]
    reason: str


class SeenOut(TicketOut):
    """A ticket with all that belongs to it."""

    history: list[ChangeOut]
    """Every change, the first one first."""
    subscribers: list[str]
    approvals: list[ApprovalOut]
    """What was asked of people for it, the first one first."""
    proposed: bool
    """Whether there is a drafted reply that you may review."""
    you: str
    """Your own id among employees, as `requester` and `assignee` name them."""
    parts: list[Part]
    """What you have to do with the ticket."""
    may: list[Act]
    """What you may do with it as it is now, by the names of the calls; to "subscribe" somebody else, that is."""
    decides: list[str]
    """The approvals that wait and that you may give or deny."""
    run: str
    """The newest run of it, which may be over, or gone."""
    working: bool
    """Whether the agent has it: its run goes on, or is to be started."""

    @classmethod
    def seen(cls, seen: Seen) -> SeenOut:
        return cls(
            **TicketOut.of(seen.ticket).model_dump(),
            history=[ChangeOut.model_validate(change) for change in seen.history],
            subscribers=list(seen.subscribers),
            approvals=[ApprovalOut.model_validate(approval) for approval in seen.approvals],
            proposed=seen.proposal is not None,
            you=seen.you,
            parts=sorted(seen.parts),
            may=list(seen.may),
            decides=list(seen.decides),
            run=seen.run,
            working=seen.working,
        )


class Submitted(Out):
    """A ticket on record."""

    id: str
    ticket: TicketOut | None
    """None where you submitted it for somebody else and may not see it."""
