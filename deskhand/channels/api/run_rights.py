"""Who may know of a run, look into it, stop it: the room whose run it is says who may see what it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Path

from deskhand.channels.api.rooms import Door, Rooms
from deskhand.channels.api.signing import SignedIn
from deskhand.errors import NoSuchRun, NotAllowed, NotFound
from deskhand.knowledge.steps import CHECK, REBUILD
from deskhand.nouns import Principal, Run, Step
from deskhand.ticketing.approvals import EXPIRING
from deskhand.ticketing.rounds import ticket_of_run

if TYPE_CHECKING:
    from deskhand.access import Scope

SCOPES: dict[str, Scope] = {"answer": "ask", "ingest": "ingest", "ticket": "tickets"}
"""What a token must be for to show the runs of a kind; those of all other kinds are an administrator's."""

ABOUT = 200
"""Characters of what a run is about."""

HOUSE = frozenset({"prune", "tidy", REBUILD, CHECK, EXPIRING})
"""Kinds of the house's own runs: they hold counts, and nothing that anybody wrote."""


@dataclass(frozen=True, slots=True)
class LookedAt:
    """A run, and what whoever looks at it may see and do."""

    run: Run
    open: bool
    """Whether what it was given and made may be seen."""
    may_act: bool
    """Whether it may be stopped and carried on."""
    question: bool
    """Whether its answer's own trace may be seen."""
    ticket: str | None
    """The ticket it carries, where that may be seen."""

    def step(self, number: int) -> Step:
        """The step at a place from 1. Raises `NotFound`."""
        if not 1 <= number <= len(self.run.steps):
            raise NotFound(f"the run has no step {number} on record; it has {len(self.run.steps)}.")
        return self.run.steps[number - 1]

    def must_act(self) -> None:
        """Raises `NotAllowed`."""
        if not self.may_act:
            raise NotAllowed(
                "only the person whose run it is, or a token with the scope 'admin', may stop it or carry it on."
            )


def kinds_of(who: SignedIn) -> tuple[str, ...] | None:
    """The kinds of runs that a token shows; None for all."""
    if "admin" in who.scopes:
        return None
    return tuple(kind for kind, scope in SCOPES.items() if scope in who.scopes)


async def looked_at(
    id: Annotated[str, Path(max_length=400, description="The run's id.")], door: Door, who: SignedIn
) -> LookedAt:
    """The run as far as it is the caller's to see. Raises `NoSuchRun`, in the same words whether there is none."""
    missing = NoSuchRun(f"there is no run {id[:80]!r} that you may see.")
    try:
        run = await door.rooms.engine.run(id)
    except NoSuchRun:
        raise missing from None
    admin, covered = "admin" in who.scopes, SCOPES.get(run.workflow) in who.scopes
    own = covered and run.by == f"{who.principal.kind}:{who.principal.id}"
    inside = await _inside(door.rooms, run, who, covered=covered)
    if not (admin or own or inside):
        raise missing
    return LookedAt(
        run,
        open=inside,
        may_act=admin or own,
        question=run.workflow == "answer" and covered and await _asked(door.rooms, run, who.principal),
        ticket=await _ticket(door.rooms, run, who.principal) if covered else None,
    )


async def _inside(rooms: Rooms, run: Run, who: SignedIn, *, covered: bool) -> bool:
    """Whether the caller may see what the run holds."""
    if run.workflow in HOUSE:
        return "admin" in who.scopes
    if not covered:
        return False
    match run.workflow:
        case "answer":
            return await rooms.asking.may_look(run, who.principal)
        case "ticket":
            return await rooms.ticketing.may_look(run, who.principal)
        case _:
            return await rooms.ingestion.may_look(run, who.principal)


async def about_runs(rooms: Rooms, runs: Sequence[Run], who: SignedIn) -> dict[str, str]:
    """What runs are about, by run, of those whose question or sources are the caller's own."""
    own = f"{who.principal.kind}:{who.principal.id}"
    told: dict[str, str] = {}
    asked = [run.id for run in runs if run.workflow == "answer" and run.by == own]
    if asked and "ask" in who.scopes:
        told = await rooms.asking.questions(asked, who.principal)
    places = {run.id: _sources(run) for run in runs if run.workflow == "ingest"}
    if places and "ingest" in who.scopes:
        owned = set(await rooms.catalog.owned({each for names in places.values() for each in names}, who.principal))
        told |= {run: ", ".join(names) for run, names in places.items() if set(names) <= owned}
    return {run: text[:ABOUT] for run, text in told.items()}


def _sources(run: Run) -> list[str]:
    return [place["source"] for place in run.input["places"]]


async def _asked(rooms: Rooms, run: Run, principal: Principal) -> bool:
    try:
        await rooms.asking.recorded.row(run.id, principal)
    except NotFound:
        return False
    return True


async def _ticket(rooms: Rooms, run: Run, principal: Principal) -> str | None:
    if run.workflow != "ticket":
        return None
    try:
        return (await rooms.ticketing.ticket(ticket_of_run(run.id), principal)).ticket.id
    except NotFound:
        return None


Looker = Annotated[LookedAt, Depends(looked_at)]
"""In a call's signature: the run of the path, as far as the caller may see it."""
