"""The audit log, for members of the group that handles tickets."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query

from deskhand.channels.api.models import Out
from deskhand.channels.api.rooms import Door
from deskhand.channels.api.signing import TicketHolder

router = APIRouter(prefix="/v1/audit", tags=["tickets"])


class EntryOut(Out):
    """One row of the log: who did what, with the hash that chains it to the one before."""

    seq: int
    at: datetime
    ticket: str
    run: str
    by: str
    """"policy", "agent", "system" or a person's id."""
    kind: str
    """"change", "read", "decision", "act", "approval" or "note"."""
    body: Any
    """What was done: of a decision its verdict, rule, reason and facts; of a change what was before and after."""
    before: str
    """The hash of the row before."""
    hash: str


@router.get("")
async def audit(
    door: Door,
    who: TicketHolder,
    after: Annotated[int, Query(ge=0, le=2**63 - 1, description="Begin after the row with this number.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1_000, description="At most this many.")] = 200,
) -> list[EntryOut]:
    """Rows of the log in their order, for members of the group that handles tickets."""
    return [EntryOut.model_validate(entry) for entry in await door.rooms.ticketing.audit(after, limit, who)]
