"""What a document says, to those who may read it: its passages in their order."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from deskhand.channels.api.library import Limit
from deskhand.channels.api.models import Out
from deskhand.channels.api.rooms import Door
from deskhand.channels.api.signing import Asker

router = APIRouter(prefix="/v1/documents/{id}", tags=["library"])


class PassageOut(Out):
    """A passage of a document: what search finds and answers quote."""

    id: int
    position: int
    """Its place in the document, from 0."""
    text: str
    heading: str
    """The path of headings above it ("Accounts › Reset")."""
    page: int | None
    """From 1; none where the format has no pages."""
    language: str


class TextOut(Out):
    """A document's text, or a part of it."""

    document: str
    version: int
    readable: bool
    """Whether you are on its access list: an owner need not be. While it is not in the library, nobody can read it."""
    passages: list[PassageOut]
    after: int | None
    """Where the next part begins; none at the end."""


@router.get("/passages")
async def passages(
    id: str,
    door: Door,
    reader: Asker,
    limit: Limit = 50,
    after: Annotated[int, Query(ge=-1, le=2**31 - 1, description="Begin after the passage at this position.")] = -1,
) -> TextOut:
    """What a document says now, as its reader may read it. Who may not know of the document is told that it is not
    there; who only owns its source is told that it is not theirs to read."""
    from deskhand.knowledge.text_records import text_of

    record = await door.rooms.catalog.document(id, reader)
    text = await door.rooms.database.read(text_of, id, reader, after, limit)
    if text is None:
        return TextOut(document=id, version=record.document.version, readable=False, passages=[], after=None)
    return TextOut(
        document=id,
        version=text.version,
        readable=True,
        passages=[PassageOut.model_validate(passage) for passage in text.passages],
        after=text.passages[-1].position if text.more else None,
    )
