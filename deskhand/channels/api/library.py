"""Sources and documents with their states, as far as the reader may know them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query

from deskhand.channels.api.models import DocumentOut, SourceOut
from deskhand.channels.api.rooms import Door
from deskhand.channels.api.signing import Asker
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
