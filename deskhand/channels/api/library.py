"""Sources and documents with their states, as far as the reader may know them; what an owner does with sources."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from deskhand.access import parse_access
from deskhand.channels.api.models import DocumentOut, Out, RunOfSource, SourceOut
from deskhand.channels.api.rooms import Door, Lent
from deskhand.channels.api.signing import Asker, CameBy, Ingester
from deskhand.nouns import DocumentState

if TYPE_CHECKING:
    from deskhand.catalog import DocumentRecord, SourceReport
    from deskhand.nouns import Run

router = APIRouter(prefix="/v1", tags=["library"])

Limit = Annotated[int, Query(ge=1, le=200, description="At most this many.")]
After = Annotated[str | None, Query(max_length=200, description="Begin after the one with this id.")]


class SourceChange(BaseModel):
    """What is to be changed of a source."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    access: list[str] = Field(max_length=100)
    """Who may read it, as access-list entries ("group:support"); an empty list admits nobody. Documents with a list of
    their own keep it."""
    was: list[str] | None = Field(None, max_length=100)
    """The list before, as the caller knows it; when it is another by now, nothing is changed (409)."""


class Syncing(Out):
    """A source that is being brought up to date."""

    run: str
    events: str
    """Where its progress can be followed."""


class Retrying(Out):
    """Failed documents that are read again."""

    retried: int
    """How many; with none, there is no run."""
    run: str | None
    events: str | None


@router.get("/sources")
async def sources(door: Door, reader: Asker) -> list[SourceOut]:
    """The sources that the token's principal owns, with how many documents are in each state."""
    return await _told(door, await door.rooms.catalog.sources(reader))


@router.get("/sources/{id}")
async def source(id: str, door: Door, reader: Asker) -> SourceOut:
    """One source that the token's principal owns."""
    [told] = await _told(door, [await door.rooms.catalog.report(id, reader)])
    return told


@router.patch("/sources/{id}")
async def change(id: str, body: SourceChange, door: Door, owner: Ingester) -> SourceOut:
    """Change who may read a source of one's own. It holds from the next search on. Needs the scope "ingest"."""
    was = parse_access(body.was) if body.was is not None else None
    await door.rooms.catalog.open_to(id, parse_access(body.access), owner, was)
    return await source(id, door, owner)


@router.post("/sources/{id}/sync", status_code=202)
async def sync(id: str, door: Door, owner: Ingester, came: CameBy) -> Syncing:
    """Bring a source of one's own up to date with its folder. While that is under way already, it is the same run.
    Needs the scope "ingest"."""
    run = await door.rooms.ingestion.sync(id, owner, door=came)
    return Syncing(run=run, events=events_of(run))


@router.post("/sources/{id}/retry", status_code=202)
async def retry(id: str, door: Door, owner: Ingester, came: CameBy) -> Retrying:
    """Have the failed documents of a source of one's own read again. Needs the scope "ingest"."""
    count, run = await door.rooms.ingestion.retry(id, owner, door=came)
    return Retrying(retried=count, run=run, events=events_of(run) if run else None)


@router.get("/documents")
async def documents(
    door: Door,
    reader: Asker,
    source: Annotated[str | None, Query(max_length=200, description="Only this source's.")] = None,
    state: Annotated[DocumentState | None, Query(description="Only those in this state.")] = None,
    q: Annotated[str, Query(max_length=200, description="Only those with this in their title or item.")] = "",
    limit: Limit = 50,
    after: After = None,
) -> list[DocumentOut]:
    """Documents that the reader may read; the owner of a source sees its documents in every state, with reasons."""
    found = await door.rooms.catalog.documents(
        reader, source=source, state=state, text=q.strip(), limit=limit, after=after
    )
    return [document_out(record) for record in found]


@router.get("/documents/{id}")
async def document(id: str, door: Door, reader: Asker) -> DocumentOut:
    """One document with its state."""
    return document_out(await door.rooms.catalog.document(id, reader))


@router.delete("/documents/{id}", status_code=204)
async def delete(id: str, door: Door, owner: Ingester) -> None:
    """Take an uploaded document of one's own out of the library; what comes from a folder goes with its file. Needs the
    scope "ingest"."""
    await door.rooms.ingestion.take_out(id, owner)


def events_of(run: str) -> str:
    """Where the progress of an ingestion can be followed."""
    return f"/v1/ingest/{run}/events"


async def _told(door: Lent, reports: Sequence[SourceReport]) -> list[SourceOut]:
    """Sources with how their newest ingestions stand."""
    runs = await door.rooms.ingestion.newest({report.source.id: report.run for report in reports})
    return [source_out(report, runs.get(report.source.id)) for report in reports]


def source_out(report: SourceReport, run: Run | None = None) -> SourceOut:
    """A source as its owner sees it; `run` is its newest ingestion."""
    source = report.source
    state = run.state if run else "finished"
    return SourceOut(
        id=source.id,
        owner=source.owner,
        location=source.location,
        access=sorted(source.access.entries),
        counts=dict(report.counts),
        changed=report.changed,
        uploads=report.uploads,
        state="syncing" if state in ("waiting", "running") else "failed" if state == "failed" else "idle",
        run=run
        and RunOfSource(run=run.id, state=run.state, began=run.began, ended=run.ended, events=events_of(run.id)),
    )


def document_out(record: DocumentRecord) -> DocumentOut:
    """A document as its record shows it to the reader it was found for."""
    document = record.document
    return DocumentOut(
        id=document.id,
        source=document.source,
        item=document.item,
        title=document.title,
        url=document.url,
        version=document.version,
        state=record.state,
        reason=record.reason,
        size=record.size,
        passages=record.passages,
        redactions=dict(record.redactions),
        metadata=dict(document.metadata),
        changed=record.changed,
        access=sorted(document.access.entries) if record.owned else None,
        own_access=record.own_access if record.owned else None,
    )
