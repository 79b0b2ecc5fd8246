"""Who there is and in which groups, for those with the scope "admin"."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from deskhand.access import caution
from deskhand.channels.api.models import Out
from deskhand.channels.api.rooms import Door
from deskhand.channels.api.signing import Administrator

if TYPE_CHECKING:
    from deskhand.access import GroupSize, Listed

router = APIRouter(prefix="/v1", tags=["people"])

Text = Annotated[str, Query(max_length=200, description="Only those with this in their name.")]
Limit = Annotated[int, Query(ge=1, le=200, description="At most this many.")]
After = Annotated[str | None, Query(max_length=400, description="Begin after the one with this id.")]
Sure = Annotated[bool, Query(description="Do it also where it takes away what the caller is let in by.")]


class PersonOut(Out):
    """A person or a service, with the groups it is in now."""

    id: str
    """An e-mail address for a person, a plain name for a service."""
    kind: Literal["person", "service"]
    groups: list[str]
    created: datetime
    tokens: int
    """Tokens that hold now."""

    @classmethod
    def of(cls, listed: Listed) -> PersonOut:
        who = listed.principal
        groups = sorted(who.groups)
        return cls(id=who.id, kind=who.kind, groups=groups, created=listed.created, tokens=listed.tokens)


class PersonIn(BaseModel):
    """The groups that somebody is to be in."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    groups: list[str] = Field(max_length=1_000)
    """They replace the ones before."""
    was: list[str] | None = Field(None, max_length=1_000)
    """The groups before, as the caller knows them; when they are others by now, nothing is changed (409)."""
    sure: bool = False
    """Do it also where the caller leaves a group."""


class GroupOut(Out):
    """A group that somebody is in."""

    name: str
    people: int
    services: int

    @classmethod
    def of(cls, size: GroupSize) -> GroupOut:
        return cls(name=size.name, people=size.people, services=size.services)


@router.get("/people")
async def people(
    door: Door,
    who: Administrator,
    q: Text = "",
    kind: Annotated[Literal["person", "service"] | None, Query(description="Only these.")] = None,
    group: Annotated[str | None, Query(max_length=64, description="Only those in this group.")] = None,
    limit: Limit = 50,
    after: After = None,
) -> list[PersonOut]:
    """People and services with their groups, by id. Scope `admin`."""
    found = await door.rooms.directory.found(q, kind=kind, group=group, limit=limit, after=after)
    return [PersonOut.of(each) for each in found]


@router.put("/people/{id}")
async def put(id: str, given: PersonIn, door: Door, who: Administrator) -> PersonOut:
    """Add a person (an e-mail address) or a service (a plain name), or change its groups. Scope `admin`."""
    directory = door.rooms.directory
    if not given.sure:
        caution.keep_groups(who, await directory.principal(id), (name.strip().casefold() for name in given.groups))
    return PersonOut.of(await directory.put(id, given.groups, given.was))


@router.delete("/people/{id}", status_code=204)
async def remove(id: str, door: Door, who: Administrator, sure: Sure = False) -> None:
    """Take a person or service out: no groups any more, and every token revoked. Scope `admin`."""
    directory = door.rooms.directory
    if not sure:
        caution.keep_oneself(who, await directory.principal(id))
    await directory.remove(id)


@router.get("/groups")
async def groups(
    door: Door, who: Administrator, q: Text = "", limit: Limit = 50, after: After = None
) -> list[GroupOut]:
    """Groups that somebody is in, by name, with how many. Scope `admin`."""
    found = await door.rooms.directory.groups(q, limit=limit, after=after)
    return [GroupOut.of(each) for each in found]
