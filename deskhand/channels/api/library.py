"""Sources and documents with their states, as far as the reader may know them, and ingestion by path."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from deskhand.channels.api.models import DocumentOut, SourceOut
from deskhand.channels.api.rooms import Door
from deskhand.channels.api.signing import Asker, Ingester
from deskhand.errors import BadInput, NotAllowed
from deskhand.nouns import DocumentState

if TYPE_CHECKING:
    from deskhand.catalog import DocumentRecord, SourceReport

router = APIRouter(prefix="/v1", tags=["library"])

Limit = Annotated[int, Query(ge=1, le=200, description="At most this many.")]
After = Annotated[str | None, Query(max_length=200, description="Begin after the one with this id.")]


@router.get("/sources")
async def sources(door: Door, reader: Asker) -> list[SourceOut]:
    """The sources that the token's principal owns, with how many documents are in each state."""
    return [source_out(report) for report in await door.rooms.catalog.sources(reader)]


@router.get("/documents")
async def documents(
    door: Door,
    reader: Asker,
    source: Annotated[str | None, Query(max_length=200, description="Only this source's.")] = None,
    state: Annotated[DocumentState | None, Query(description="Only those in this state.")] = None,
    limit: Limit = 50,
    after: After = None,
) -> list[DocumentOut]:
    """Documents that the reader may read; the owner of a source sees its documents in every state, with reasons."""
    found = await door.rooms.catalog.documents(reader, source=source, state=state, limit=limit, after=after)
    return [document_out(record) for record in found]


@router.get("/documents/{id}")
async def document(id: str, door: Door, reader: Asker) -> DocumentOut:
    """One document with its state."""
    return document_out(await door.rooms.catalog.document(id, reader))


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


@router.post("/ingest", status_code=202)
async def ingest(body: Ingest, door: Door, owner: Ingester) -> Ingesting:
    """Begin to ingest; the token's principal becomes the owner of a new source. Needs the scope "ingest"."""
    from deskhand.access import parse_access

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
    )
    return Ingesting(run=run, events=f"/v1/runs/{run}/events")


def _under(given: Path, roots: tuple[Path, ...]) -> Path:
    """The path, links followed, when it stands under one of the roots. What is elsewhere, and what is not there at
    all, get the same reply."""
    for root in roots:
        home = root.resolve()
        path = (home / given).resolve()
        if path.is_relative_to(home) and path.exists():
            return path
    raise BadInput(f"{str(given)[:200]!r} is not in a folder that this server ingests from.")


def source_out(report: SourceReport) -> SourceOut:
    """A source as its owner sees it."""
    source = report.source
    return SourceOut(
        id=source.id,
        owner=source.owner,
        location=source.location,
        access=sorted(source.access.entries),
        counts=dict(report.counts),
        changed=report.changed,
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
    )
