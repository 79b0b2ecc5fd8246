"""Ingestion over HTTP: from the server's own folders, by path; followed and reported to who owns the sources."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from deskhand.access import parse_access
from deskhand.channels.api.asking import LastEventId
from deskhand.channels.api.events import INGEST_STREAM
from deskhand.channels.api.models import Out
from deskhand.channels.api.rooms import Door, Lent
from deskhand.channels.api.signing import CameBy, Ingester, StillSigned
from deskhand.errors import BadInput, NoSuchRun, NotAllowed, StillRunning
from deskhand.nouns import Principal, Run, RunState

router = APIRouter(prefix="/v1/ingest", tags=["library"])


class Ingest(BaseModel):
    """What to ingest from the server's own folders."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    paths: list[str] = Field(min_length=1, max_length=100)
    """Files or folders under one of the settings' `ingestion.roots`."""
    source: str | None = Field(None, max_length=200)
    """The source's id; without it, one is made of the path."""
    read: list[str] = Field([], max_length=100)
    """Who may read it, as access-list entries ("group:support"); none means its owner alone."""


class Ingesting(BaseModel):
    """An ingestion that has begun."""

    run: str
    events: str


@router.post("", status_code=202)
async def ingest(body: Ingest, door: Door, owner: Ingester, came: CameBy) -> Ingesting:
    """Begin to ingest; the token's principal becomes the owner of a new source. Needs the scope "ingest"."""
    roots = door.options.ingest_roots
    if not roots:
        raise NotAllowed("This server ingests nothing over HTTP; an operator can name folders in `ingestion.roots`.")
    paths = [_under(Path(given), roots) for given in body.paths]
    run = await door.rooms.ingestion.ingest(
        paths,
        owner=f"{owner.kind}:{owner.id}",
        source=body.source,
        access=parse_access(body.read) if body.read else None,
        mapping=None,
        door=came,
    )
    return Ingesting(run=run, events=f"/v1/ingest/{run}/events")


def _under(given: Path, roots: tuple[Path, ...]) -> Path:
    """The path, links followed, when it stands under one of the roots. What is elsewhere, and what is not there at
    all, get the same reply."""
    for root in roots:
        home = root.resolve()
        # What can be no path at all (a NUL in it) is nowhere either.
        with suppress(ValueError, OSError):
            path = (home / given).resolve()
            if path.is_relative_to(home) and path.exists():
                return path
    raise BadInput(f"{str(given)[:200]!r} is not in a folder that this server ingests from.")


class FailureOut(Out):
    """An item that could not be taken in, and why."""

    item: str
    reason: str


class Report(Out):
    """What came of an ingestion; the fields after `state` are empty until it has finished."""

    run: str
    state: RunState
    counts: dict[str, int] = Field({})
    """Documents by state."""
    passages: int = 0
    redactions: dict[str, int] = Field({})
    """What was taken out before anything was stored, counted by kind."""
    failures: list[FailureOut] = Field([])
    error: str = ""
    """Why it failed as a whole, when it did."""


@router.get("/{run}")
async def report(run: str, door: Door, owner: Ingester) -> Report:
    """What came of an ingestion of one's own sources."""
    found = await _own(door, run, owner)
    if found.state != "finished":
        return Report(run=run, state=found.state, error=found.error or "")
    try:
        done = await door.rooms.ingestion.result(run, timeout=0)
    except StillRunning:
        return Report(run=run, state="running")
    return Report(
        run=run,
        state="finished",
        counts=dict(done.counts),
        passages=done.passages,
        redactions=dict(done.redactions),
        failures=[FailureOut.model_validate(failure) for failure in done.failures],
    )


@router.get("/{run}/events", response_class=StreamingResponse, responses=INGEST_STREAM)
async def events(run: str, door: Door, owner: Ingester, signed: StillSigned, last_event_id: LastEventId = None) -> Any:
    """The progress of an ingestion of one's own sources, until it has ended."""
    await _own(door, run, owner)
    engine = door.rooms.engine

    async def settle(run: str) -> None:
        await engine.result(run, timeout=0)

    async def still() -> None:
        await signed()
        await _own(door, run, await door.rooms.directory.principal(f"{owner.kind}:{owner.id}"))

    return door.streams.respond(
        [run], lambda run, after: engine.follow(run, after=after), last_event_id, settle=settle, still=still
    )


async def _own(door: Lent, run: str, owner: Principal) -> Run:
    """The run, when all its sources are the owner's. Raises `NoSuchRun`, whoever else's it is."""
    missing = NoSuchRun(f"there is no ingestion {run[:80]!r} of yours.")
    try:
        found = await door.rooms.engine.run(run)
    except NoSuchRun:
        raise missing from None
    if found.workflow != "ingest":
        raise missing
    places = {place["source"] for place in found.input["places"]}
    if places != await door.rooms.catalog.owned(places, owner):
        raise missing
    return found
