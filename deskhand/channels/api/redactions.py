"""What redaction took out of a source's documents, and, for those with the right, what stood there."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from deskhand.channels.api.library import Limit
from deskhand.channels.api.models import Out
from deskhand.channels.api.rooms import Door
from deskhand.channels.api.signing import Asker

router = APIRouter(prefix="/v1", tags=["library"])


class RevealedOut(Out):
    """A value as its document had it."""

    token: str
    document: str
    kind: str
    value: str


class UncheckedOut(Out):
    """Something that was not looked for, as that takes a recogniser and none is set."""

    kind: str
    what: str


class RedactionsOut(Out):
    """What was replaced in a source's documents."""

    source: str
    documents: int
    """How many are in the library."""
    redacted: int
    """In how many of them something was replaced."""
    blocked: int
    """How many were kept out for what they hold."""
    counts: dict[str, int]
    """How much was replaced, by kind."""
    unchecked: list[UncheckedOut]
    """What is not looked for, so that nothing of it is counted."""
    samples: list[RevealedOut]
    """Some of what was sealed, where it was asked for."""


class SealedOut(Out):
    """A value that the vault keeps of a document, without the value."""

    token: str
    """The last word of its placeholder in the text, `[Email_sealed_…]`; `POST /v1/redactions/reveal` takes it."""
    kind: str


class RevealIn(BaseModel):
    """A placeholder of the vault to be turned back."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    placeholder: str = Field(min_length=1, max_length=200)
    """As it stands in the text, `[Email_sealed_…]`, or its last word alone."""


@router.get("/sources/{id}/redactions")
async def redactions(
    id: str,
    door: Door,
    reader: Asker,
    samples: Annotated[
        int, Query(ge=0, le=20, description="Reveal at most this many sealed values of each kind, on record.")
    ] = 0,
) -> RedactionsOut:
    """What was replaced in the documents of a source that the token's principal owns, and what was not looked for.

    Samples are for members of the group of `redaction.reveal_group`, from documents that they may read.
    """
    from deskhand.redaction import NEEDS_A_MODEL

    rooms = door.rooms
    report = await rooms.catalog.redactions(id, reader)
    found = []
    if samples:
        found = await rooms.vault.samples(await rooms.catalog.document_ids(id), reader, per_kind=samples)
    return RedactionsOut(
        source=report.source,
        documents=report.documents,
        redacted=report.redacted,
        blocked=report.blocked,
        counts=dict(report.counts),
        unchecked=[UncheckedOut(kind=kind, what=NEEDS_A_MODEL[kind]) for kind in rooms.redactor.unchecked],
        samples=[RevealedOut.model_validate(each) for each in found],
    )


@router.get("/documents/{id}/sealed")
async def sealed(
    id: str,
    door: Door,
    reader: Asker,
    limit: Limit = 50,
    after: Annotated[str | None, Query(max_length=32, description="Begin after the value of this token.")] = None,
) -> list[SealedOut]:
    """What a document has sealed that you may have revealed, by kind: nothing for who is not in the group of
    `redaction.reveal_group`, or may not read the document. The values are not in it."""
    await door.rooms.catalog.document(id, reader)
    found = await door.rooms.vault.sealed(id, reader, limit=limit, after=after)
    return [SealedOut(token=token, kind=kind) for token, kind in found]


@router.post("/redactions/reveal")
async def reveal(given: RevealIn, door: Door, reader: Asker) -> RevealedOut:
    """What a placeholder of the vault stands for, for members of the group of `redaction.reveal_group` who may read
    its document. Every call is recorded."""
    return RevealedOut.model_validate(await door.rooms.vault.reveal(given.placeholder, reader))
