"""What only browsers need: the cookie, and that a change was asked for by a page of ours and no other.

Three things stand in the way of other pages, each enough by itself: the cookie is sent to nobody who comes from them
(SameSite), the word in `X-CSRF-Token` is known to our page only, and browsers say where a request comes from.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
from typing import TYPE_CHECKING

from fastapi.security import APIKeyCookie
from starlette.requests import HTTPConnection

from deskhand.errors import NotFromHere, NotSecure

if TYPE_CHECKING:
    from datetime import timedelta

    from fastapi import Request, Response

    from deskhand.access import Session
    from deskhand.channels.api.rooms import Options

CSRF_HEADER = "X-CSRF-Token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_PORT = re.compile(r":(\d{1,5})$", re.ASCII)


class SessionCookie(APIKeyCookie):
    """Reads the cookie of a browser that is signed in, under the name that it has where the console is."""

    async def __call__(self, request: HTTPConnection) -> str | None:
        options: Options = request.app.state.lent.options
        return request.cookies.get(cookie_name(request, options)) or None if options.console else None


cookie = SessionCookie(
    name="deskhand-8000",
    auto_error=False,
    scheme_name="session",
    description="The cookie of POST /v1/session (`__Host-deskhand` over TLS, else `deskhand-` and the port). Calls "
    f"that change something send the session's `csrf` as `{CSRF_HEADER}` as well.",
)


def cookie_name(request: HTTPConnection, options: Options) -> str:
    """What the cookie is called at the address that the browser asks."""
    # Browsers send a host's cookies to all its ports: without the port, two desks on a machine would take each other's.
    port = _PORT.search(request.headers.get("host", ""))
    return "__Host-deskhand" if options.secure else f"deskhand-{port[1] if port else 80}"


def set_cookie(request: Request, reply: Response, options: Options, value: str, life: timedelta) -> None:
    """Have the browser keep the cookie: for our own pages only, and out of reach of scripts."""
    reply.set_cookie(
        cookie_name(request, options),
        value,
        max_age=max(0, int(life.total_seconds())),
        path="/",
        secure=options.secure,
        httponly=True,
        samesite="strict",
    )


def check_session_use(request: Request, options: Options, session: Session) -> None:
    """That a call with a session's cookie came from a page of ours. Raises `NotFromHere`."""
    if request.method in SAFE:
        _check_site(request)
        return
    check_origin(request, options)
    sent = request.headers.getlist(CSRF_HEADER)
    if len(sent) != 1 or not hmac.compare_digest(sent[0].encode(), session.csrf.encode()):
        raise NotFromHere(f"the call changes something, and its `{CSRF_HEADER}` is not the one of this session.")


def check_origin(request: Request, options: Options) -> None:
    """That the page which sends this, where the browser tells, is one of ours. Raises `NotFromHere`."""
    _check_site(request)
    ours = options.origin or f"http://{request.headers.get('host', '')}"
    for origin in request.headers.getlist("origin"):
        if origin.casefold() != ours.casefold():
            raise NotFromHere(_elsewhere(ours, options))


def check_place(request: Request, options: Options) -> None:
    """That what is sent to this address cannot be read on the way. Raises `NotSecure`."""
    if options.origin is None and not is_this_machine(request.headers.get("host", "")):
        raise NotSecure("over plain HTTP a browser can sign in on the machine of the server only.")


def is_this_machine(host: str) -> bool:
    """Whether a host, with or without a port, is a name of the machine that asks for it."""
    name = host.strip().casefold()
    name = name[1 : name.index("]")] if name.startswith("[") and "]" in name else name.partition(":")[0]
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def address_of(request: Request, options: Options) -> str:
    """Who is at the other end: behind a proxy (there is one where `console.url` is set) whom the proxy names."""
    peer = request.client.host if request.client else ""
    if options.origin is None or is_this_machine(options.origin.partition("//")[2]):
        return peer
    # A proxy adds its own caller at the end; whatever stands before was claimed by that caller.
    return ",".join(request.headers.getlist("x-forwarded-for")).rpartition(",")[2].strip() or peer


def _check_site(request: Request) -> None:
    for site in request.headers.getlist("sec-fetch-site"):
        if site not in ("same-origin", "none"):
            raise NotFromHere("a page of another site asked for this.")


def _elsewhere(ours: str, options: Options) -> str:
    if options.origin:
        return f"a page of another address sent this; the console is at {ours}/console/."
    return (
        "a page of another address sent this; behind a proxy, set `console.url` to the address that people open "
        "(docs/how-to/console.md)."
    )
