"""Where the console stands: its pages under /console/, the way there from /, and the address that signs somebody in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import Response

from deskhand.channels.console.pages import WEB, Pages

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request

PLACE = "/console/"


def add_console(app: Starlette, folder: Path = WEB) -> None:
    """Have `app` serve the pages that were built into `folder`."""
    for path in ("/", PLACE.rstrip("/")):
        app.add_route(path, _there, methods=["GET"], include_in_schema=False)
    app.mount(PLACE.rstrip("/"), Pages(folder))


def sign_in_address(base: str, code: str) -> str:
    """The link that signs somebody in once. The code stands after "#", so that it is in no log of a server or proxy."""
    return f"{base.rstrip('/')}{PLACE}sign-in#code={code}"


async def _there(_request: Request) -> Response:
    # Without a host: a proxy in front may be known by another name, and over TLS.
    return Response(None, 307, {"Location": PLACE, "Cache-Control": "no-cache"})
