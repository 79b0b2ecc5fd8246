"""Signing in and out with a browser: a token, or the code of a link, becomes a cookie."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

import deskhand
from deskhand.access import Session
from deskhand.channels.api import browsers
from deskhand.channels.api.rooms import Door
from deskhand.channels.api.signing import Kept, session_of
from deskhand.errors import NotFound
from deskhand.store import utc_now

if TYPE_CHECKING:
    from deskhand.channels.api.rooms import Lent

router = APIRouter(prefix="/v1/session", tags=["session"])


class SignIn(BaseModel):
    """What a browser signs in with: one of the two."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True)

    token: SecretStr | None = Field(None, max_length=200)
    """A token of `deskhand tokens create`; the session can do what it can, and ends with it."""
    code: SecretStr | None = Field(None, max_length=200)
    """The code of a link, which works once."""

    @model_validator(mode="after")
    def _one(self) -> SignIn:
        if (self.token is None) == (self.code is None):
            raise ValueError("give either a token or the code of a link")
        return self


class Who(BaseModel):
    """A person or a service."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    id: str
    """A person's e-mail address, or a service's name."""
    kind: Literal["person", "service"]
    groups: list[str]
    """The groups it is in now."""


class Me(BaseModel):
    """Who is signed in with this browser."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    principal: Who
    scopes: list[str]
    """What the session may do."""
    csrf: str
    """What each call that changes something carries as `X-CSRF-Token`."""
    expires: datetime
    """When the browser is signed out, whatever it does until then."""
    version: str
    """The release of Deskhand that answers."""


Everywhere = Annotated[bool, Query(description="Sign out every browser of yours, and not this one only.")]

SignedIn = Annotated[Session, Depends(session_of)]
"""In a call's signature: the session of the browser that calls."""


@router.post("")
async def sign_in(body: SignIn, request: Request, reply: Response, door: Door, kept: Kept) -> Me:
    """Sign a browser in: its cookie is set in the reply. Who was signed in with it before is signed out.

    Tries that fail are limited by address. Over plain HTTP it works on the server's own machine only.
    """
    options = door.options
    _is_on(door)
    browsers.check_place(request, options)
    browsers.check_origin(request, options)
    address = browsers.address_of(request, options)
    door.limits.try_to_sign_in(address)
    value, session = await _opened(door, body)
    door.limits.succeeded(address)
    if kept:
        await door.rooms.sessions.end(kept)
    browsers.set_cookie(request, reply, options, value, session.expires - utc_now())
    return _me(session)


async def _opened(door: Lent, body: SignIn) -> tuple[str, Session]:
    sessions = door.rooms.sessions
    if body.code is not None:
        return await sessions.open_by_code(body.code.get_secret_value())
    assert body.token is not None
    return await sessions.open_by_token(body.token.get_secret_value().strip())


@router.get("")
async def session(mine: SignedIn) -> Me:
    """Who is signed in with this browser, with the groups of now."""
    return _me(mine)


@router.delete("", status_code=204)
async def sign_out(
    mine: SignedIn, kept: Kept, request: Request, reply: Response, door: Door, everywhere: Everywhere = False
) -> None:
    """Sign this browser out; its cookie is worth nothing from now on."""
    if everywhere:
        principal = mine.signed.principal
        await door.rooms.sessions.end_all(f"{principal.kind}:{principal.id}")
    else:
        await door.rooms.sessions.end(kept or "")
    options = door.options
    reply.delete_cookie(
        browsers.cookie_name(request, options), path="/", secure=options.secure, httponly=True, samesite="strict"
    )


def _is_on(door: Lent) -> None:
    if not door.options.console:
        raise NotFound("browsers cannot sign in here; the setting `console.enabled` is false.")


def _me(session: Session) -> Me:
    principal = session.signed.principal
    return Me(
        principal=Who(id=principal.id, kind=principal.kind, groups=sorted(principal.groups)),
        scopes=sorted(session.signed.scopes),
        csrf=session.csrf,
        expires=session.expires,
        version=deskhand.__version__,
    )
