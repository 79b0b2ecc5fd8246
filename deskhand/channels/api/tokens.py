"""Tokens: everybody sees and revokes their own, those with the scope "admin" everybody's, and make new ones."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from deskhand.access import Scope, TokenState, caution
from deskhand.channels.api.models import Out
from deskhand.channels.api.people import After, Limit, Sure
from deskhand.channels.api.rooms import Door
from deskhand.channels.api.signing import Administrator, SignedIn
from deskhand.store import utc_now

if TYPE_CHECKING:
    from deskhand.access import Signed, Token

router = APIRouter(prefix="/v1/tokens", tags=["tokens"])


class TokenOut(Out):
    """A token as it may be shown; its text is not kept."""

    id: str
    """Its first characters, by which it is named."""
    principal: str
    label: str
    scopes: list[str]
    state: TokenState
    created: datetime
    expires: datetime | None
    """None: it holds until it is revoked."""
    used: datetime | None
    """When it was last used, to about a minute."""
    revoked: datetime | None
    made_by: str
    """Who made it over HTTP; empty for one that the command line made."""
    current: bool
    """Whether this call is signed in with it."""

    @classmethod
    def of(cls, token: Token, who: Signed) -> TokenOut:
        return cls(
            id=token.id,
            principal=token.principal,
            label=token.label,
            scopes=sorted(token.scopes),
            state=token.state(utc_now()),
            created=token.created,
            expires=token.expires,
            used=token.used,
            revoked=token.revoked,
            made_by=token.made_by,
            current=token.id == who.token_id,
        )


class NewTokenOut(TokenOut):
    """A token that was just made."""

    token: str
    """Its text, told this once."""


class TokenIn(BaseModel):
    """A token to be made."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    principal: str = Field(min_length=1, max_length=400)
    """Whose it is: a person or service of the directory."""
    scopes: list[Scope] = Field(min_length=1, max_length=20)
    """What it may do."""
    hours: float | None = Field(24 * 90, gt=0, le=24 * 3_660)
    """How long it holds from now; null until it is revoked."""
    label: str = Field("", max_length=200)
    """What it is for."""


@router.get("")
async def tokens(
    door: Door,
    who: SignedIn,
    q: Annotated[str, Query(max_length=200, description="Only those with this in label, id or owner.")] = "",
    principal: Annotated[str | None, Query(max_length=400, description="Only this person's or service's.")] = None,
    state: Annotated[TokenState | None, Query(description="Only those in this state.")] = None,
    limit: Limit = 50,
    after: After = None,
) -> list[TokenOut]:
    """Tokens, newest first: with the scope `admin` everybody's, else one's own."""
    directory = door.rooms.directory
    own = who.principal.id
    if principal is not None and (await directory.principal(principal)).id != own:
        who.require("admin")
    whose = principal if principal is not None or "admin" in who.scopes else own
    found = await directory.found_tokens(q, principal=whose, state=state, limit=limit, after=after)
    return [TokenOut.of(token, who) for token in found]


@router.post("", status_code=201)
async def create(given: TokenIn, door: Door, who: Administrator) -> NewTokenOut:
    """Make a token for a person or service. Its text is in this reply alone. Scope `admin`."""
    text, token = await door.rooms.directory.issue_token(
        given.principal,
        given.scopes,
        expires=timedelta(hours=given.hours) if given.hours is not None else None,
        label=given.label,
        made_by=who.principal.id,
    )
    return NewTokenOut(token=text, **TokenOut.of(token, who).model_dump())


@router.delete("/{id}", status_code=204)
async def revoke(id: str, door: Door, who: SignedIn, sure: Sure = False) -> None:
    """Revoke a token, at once and for good: with the scope `admin` anybody's, else one's own."""
    if not sure:
        caution.keep_token(who, id)
    await door.rooms.directory.revoke(id, of=None if "admin" in who.scopes else who.principal)
