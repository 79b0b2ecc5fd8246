"""What else there is to know of a document: the versions it had, who can read it, which answers used it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from deskhand.access import Signed
from deskhand.channels.api.library import After, Limit
from deskhand.channels.api.models import MOST, Out
from deskhand.channels.api.rooms import Door
from deskhand.channels.api.signing import Asker, signed
from deskhand.nouns import EVERYONE, Principal
from deskhand.store import Connection

router = APIRouter(prefix="/v1/documents/{id}", tags=["library"])


class VersionOut(Out):
    """A version of a document as it was put into the library; its text is there for the present one only."""

    version: int
    title: str
    size: int
    """In bytes."""
    passages: int
    redactions: dict[str, int]
    """What was taken out of it, counted by kind."""
    at: datetime
    """When it was put into the library."""
    present: bool
    """Whether this is the version that is searched."""


class ReaderOut(Out):
    """Somebody who can read a document."""

    id: str
    kind: Literal["person", "service"]
    through: list[str]
    """The entries of the access list that say so."""


class ReadersOut(Out):
    """Who can read a document now."""

    entries: list[str]
    """Its access list."""
    own: bool
    """Whether the list is the document's own; else it is its source's."""
    searched: bool
    """Whether it is in the library; while it is not, nobody can read it."""
    everyone: bool
    """Whether everybody who is identified can read it, also who is not in the directory."""
    total: int
    """How many people and services the list admits (with `q`: of those)."""
    people: list[ReaderOut]
    """People before services, each by id."""
    nobody: list[str]
    """Entries that admit nobody in the directory: groups without members, people who are not in it."""


class UseOut(Out):
    """An answer that cites a document."""

    run: str
    asked: datetime
    door: str
    label: str
    version: int
    """The document's version that it cites."""
    kept: bool
    """Whether the answer was kept from an earlier question."""
    good: int
    """How many people called it good."""
    bad: int
    mine: bool
    """Whether you asked it; only then are there its conversation and its question."""
    conversation: str | None
    question: str | None


@router.get("/versions")
async def versions(
    id: str,
    door: Door,
    reader: Asker,
    limit: Limit = 50,
    before: Annotated[int | None, Query(ge=1, le=MOST, description="Those with a smaller number alone.")] = None,
) -> list[VersionOut]:
    """The versions that a document had, newest first. Who does not own its source sees the present one alone."""
    from deskhand.catalog.standing_records import known_versions

    standing, found = await door.rooms.database.read(known_versions, id, reader, limit, before)
    return [
        VersionOut(
            version=each.version,
            title=each.title,
            size=each.size,
            passages=each.passages,
            redactions=dict(each.redactions),
            at=each.at,
            present=standing.live and each.version == standing.version,
        )
        for each in found
    ]


@router.get("/readers")
async def readers(
    id: str,
    door: Door,
    who: Annotated[Signed, Depends(signed)],
    q: Annotated[str, Query(max_length=200, description="Those alone whose address or name has this in it.")] = "",
    limit: Limit = 50,
    after: Annotated[
        str | None, Query(max_length=420, description="Begin after this one: `person:ana@example.com`.")
    ] = None,
) -> ReadersOut:
    """Who can read a document now, and through which entries of its access list: for the owner of its source, and for
    tokens with the scope "admin"."""
    admin = "admin" in who.scopes
    if not admin:
        who.require("ask")
    return await door.rooms.database.read(_readers, id, who.principal, admin, q.strip(), limit, after)


def _readers(
    connection: Connection, id: str, reader: Principal, admin: bool, q: str, limit: int, after: str | None
) -> ReadersOut:
    from deskhand.access.admitted_records import admitted_by, without_anybody
    from deskhand.catalog.standing_records import owned, standing_of

    standing = (standing_of if admin else owned)(connection, id, reader)
    total, found = admitted_by(connection, standing.access, limit, after, q)
    return ReadersOut(
        entries=sorted(standing.access.entries),
        own=standing.own_access,
        searched=standing.live,
        everyone=EVERYONE in standing.access.entries,
        total=total,
        people=[
            ReaderOut(id=each.principal.id, kind=each.principal.kind, through=list(each.through)) for each in found
        ],
        nobody=without_anybody(connection, standing.access),
    )


@router.get("/answers")
async def answers(id: str, door: Door, reader: Asker, limit: Limit = 50, after: After = None) -> list[UseOut]:
    """The answers that cite a document, the last asked first, `after` the one of that run: for the owner of its source.
    What was asked is told to whoever asked it alone."""
    from deskhand.answering.used import uses

    found = await door.rooms.database.read(uses, id, reader, limit, after)
    return [UseOut.model_validate(each) for each in found]
