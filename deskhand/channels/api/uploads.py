"""Files that are sent to the library: the body of the request is the file, as it is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.requests import ClientDisconnect

from deskhand.access import parse_access
from deskhand.channels.api.gate import announced
from deskhand.channels.api.library import events_of
from deskhand.channels.api.models import Out
from deskhand.channels.api.rooms import Door
from deskhand.channels.api.signing import CameBy, Ingester
from deskhand.errors import Malformed

router = APIRouter(prefix="/v1/sources", tags=["library"])

BODY = {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}, "required": True}


class Upload(Out):
    """A file that was taken in and will be read."""

    run: str
    events: str
    """Where its progress can be followed; `/v1/ingest/RUN` says what came of it."""
    document: str | None
    """The document that it becomes, once its run has come to it; none for a file that may hold several records."""


@router.put("/{id}/files/{name}", status_code=202, openapi_extra={"requestBody": BODY})
async def upload(
    id: str,
    name: str,
    request: Request,
    door: Door,
    owner: Ingester,
    came: CameBy,
    read: Annotated[
        list[str],
        Query(max_length=100, description="Who may read a new source: `group:support`; none means its owner alone."),
    ] = [],  # noqa: B006 - FastAPI copies it
) -> Upload:
    """Put a file into a source that uploads make, in the place of an earlier one of that name; the end of the name
    tells its format. When this returns, the file is on disk, and it is deleted when its run has ended. Needs the scope
    "ingest"."""
    taken = await door.rooms.ingestion.upload(
        id,
        name,
        _content(request),
        owner=f"{owner.kind}:{owner.id}",
        access=parse_access(read) if read else None,
        door=came,
        announced=announced(request.scope),
    )
    return Upload(run=taken.run, events=events_of(taken.run), document=taken.document)


async def _content(request: Request) -> AsyncIterator[bytes]:
    try:
        async for part in request.stream():
            yield part
    except ClientDisconnect:
        raise Malformed("the connection broke before the whole file had come; send it again.") from None
