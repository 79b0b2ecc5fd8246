"""Who calls: a bearer token, or the cookie of a browser that is signed in, becomes a principal with scopes, or the call
ends here. Where both come, the token counts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from deskhand.access import Scope, Session, Signed
from deskhand.channels.api.browsers import check_session_use, cookie
from deskhand.channels.api.rooms import Door
from deskhand.errors import NotSignedIn
from deskhand.nouns import Principal

bearer = HTTPBearer(auto_error=False, scheme_name="token", description="A token of `deskhand tokens create`.")
"""Reads the token from a request, and documents it in OpenAPI."""

Given = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
"""In a call's signature: the token that came along."""

Kept = Annotated[str | None, Depends(cookie)]
"""In a call's signature: the cookie that came along."""


async def session_of(request: Request, door: Door, kept: Kept) -> Session:
    """The session of the browser that calls. Raises `NotSignedIn`, `NotFromHere`, `Busy`."""
    if kept is None:
        raise NotSignedIn("nobody is signed in here; sign in first.")
    door.limits.call(kept)
    session = await door.rooms.sessions.verify(kept)
    check_session_use(request, door.options, session)
    return session


async def signed(request: Request, door: Door, given: Given, kept: Kept) -> Signed:
    """Who sent the request, and what it may do. Raises `NotSignedIn`, `NotFromHere`, `Busy`."""
    if given is not None and given.credentials:
        return await door.rooms.directory.verify(given.credentials)
    if kept is None:
        raise NotSignedIn("this call needs a token.")
    return (await session_of(request, door, kept)).signed


async def _still(door: Door, given: Given, kept: Kept) -> Callable[[], Awaitable[object]]:
    if given is not None and given.credentials:
        return partial(door.rooms.directory.verify, given.credentials)
    return partial(door.rooms.sessions.verify, kept or "")


StillSigned = Annotated[Callable[[], Awaitable[object]], Depends(_still)]
"""In a call's signature: raises `NotSignedIn` once the caller is signed in no longer, for calls that go on."""


async def _door(given: Given, kept: Kept) -> str:
    return "api" if kept is None or (given is not None and given.credentials) else "console"


CameBy = Annotated[str, Depends(_door)]
"""In a call's signature: the name of the door that it came in by: "console" for a browser that is signed in."""


def _with(scope: Scope) -> Callable[..., Awaitable[Principal]]:
    async def principal(who: Annotated[Signed, Depends(signed)]) -> Principal:
        who.require(scope)
        return who.principal

    return principal


Asker = Annotated[Principal, Depends(_with("ask"))]
"""In a call's signature: the principal of a token with the scope "ask"."""

Ingester = Annotated[Principal, Depends(_with("ingest"))]
"""In a call's signature: the principal of a token with the scope "ingest"."""

TicketHolder = Annotated[Principal, Depends(_with("tickets"))]
"""In a call's signature: the principal of a token with the scope "tickets"."""


async def _administrator(who: Annotated[Signed, Depends(signed)]) -> Signed:
    who.require("admin")
    return who


SignedIn = Annotated[Signed, Depends(signed)]
"""In a call's signature: whoever is signed in, whatever for."""

Administrator = Annotated[Signed, Depends(_administrator)]
"""In a call's signature: who is signed in with the scope "admin"."""


async def _from_aws(
    request: Request,
    door: Door,
    given: Given,
    kept: Kept,
    session: Annotated[str | None, Header(alias="x-amz-security-token")] = None,
) -> Principal:
    by_session = session is not None and given is None
    who = await door.rooms.directory.verify(session or "") if by_session else await signed(request, door, given, kept)
    who.require("guardrails")
    return who.principal


GuardrailUser = Annotated[Principal, Depends(_from_aws)]
"""In a call's signature: the principal of a token with the scope "guardrails", which may come as AWS's session token:
clients of AWS send bearer tokens over TLS only."""
