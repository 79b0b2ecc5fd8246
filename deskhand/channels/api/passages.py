"""What a document says, to those who may read it: its passages in their order."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from deskhand.channels.api.library import Limit
from deskhand.channels.api.models import MOST, Out
from deskhand.channels.api.rooms import Door
from deskhand.channels.api.signing import Asker
from deskhand.errors import BadInput

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
    before: int | None
    """What to give as `before` for the part before this one; none at the beginning."""
    after: int | None
    """What to give as `after` for the part behind this one; none at the end."""
    place: int | None
    """The position of the passage that you gave as `around`; none where it is not in this version (any more), and
    where you gave none."""


@router.get("/passages")
async def passages(
    id: str,
    door: Door,
    reader: Asker,
    limit: Limit = 50,
    after: Annotated[int | None, Query(ge=-1, le=MOST, description="Begin after the passage at this position.")] = None,
    before: Annotated[int | None, Query(ge=0, le=MOST, description="End before the passage at this position.")] = None,
    around: Annotated[
        int | None,
        Query(
            ge=0,
            le=2**63 - 1,
            description="The id of a passage, as citations name it: it stands in the middle of this part. `place` says "
            "where; where it is not in this version (any more), the text begins at its beginning.",
        ),
    ] = None,
) -> TextOut:
    """What a document says now, as its reader may read it, from its beginning, or the part that one of `after`,
    `before` and `around` names. Who may not know of the document is told that it is not there; who only owns its
    source is told that it is not theirs to read."""
    from deskhand.knowledge.text_records import text_of

    if sum(given is not None for given in (after, before, around)) > 1:
        raise BadInput("`after`, `before` and `around` name different parts of the text; give one of them.")
    record = await door.rooms.catalog.document(id, reader)
    start = -1 if after is None else after
    text = await door.rooms.database.read(text_of, id, reader, start, limit, before=before, around=around)
    shown = text.passages if text else ()
    return TextOut(
        document=id,
        version=text.version if text else record.document.version,
        readable=text is not None,
        passages=[PassageOut.model_validate(passage) for passage in shown],
        before=shown[0].position if text and text.earlier else None,
        after=shown[-1].position if text and text.more else None,
        place=text.place if text else None,
    )
