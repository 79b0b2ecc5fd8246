"""What every request passes: room for it, bounds on its body, an access log without query strings, tokens, people or
names of files, and a last net for errors that nobody foresaw."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException

from deskhand.channels.api.limits import AT_ONCE, UnderWay
from deskhand.channels.api.problems import not_text, of_error, record, too_large, unforeseen
from deskhand.channels.headers import EVERYWHERE, NO_PAGE
from deskhand.errors import Busy

if TYPE_CHECKING:
    from starlette.responses import JSONResponse
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

access = logging.getLogger("deskhand.access_log")

BODY_SECONDS = 60.0
"""How long a body may take to come."""

FILE_SECONDS = 900.0
"""How long a file may."""

_PERSONAL = re.compile(r"[^/]*@[^/]*|(?<=/files/).+", re.DOTALL)
"""What of a path names somebody: addresses of people, and files, whose names say what is in them."""

_COOKIE = re.compile(rb"(?:__Host-deskhand|deskhand-\d+)=[^;]+")
_FILE = re.compile(r"/v1/sources/[^/]+/files/[^/]+")

HEADERS = [
    (name.lower().encode(), value.encode())
    for name, value in {**EVERYWHERE, "Content-Security-Policy": NO_PAGE, "Cache-Control": "no-store"}.items()
]


class Gate:
    """ASGI middleware around the whole application; `body_bytes` bounds every body but those sent to the paths in
    `other_bytes`, which have their own bound, and files that are uploaded, which `file_bytes` bounds."""

    def __init__(
        self,
        app: ASGIApp,
        body_bytes: int,
        other_bytes: Mapping[str, int] = MappingProxyType({}),
        file_bytes: int = 0,
    ) -> None:
        self._app = app
        self._body_bytes = body_bytes
        self._other_bytes = other_bytes
        self._file_bytes = file_bytes
        self._under_way = UnderWay()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        passage = _Passing(send)
        began = time.perf_counter()
        try:
            with self._under_way.call(self._caller(scope)) as room:
                if room:
                    await self._guarded(scope, receive, passage)
                else:
                    await _too_many()(scope, receive, passage.send)
        finally:
            access.info(
                "%s %s %s %.1f ms",
                scope["method"],
                # A path may be percent-decoded to anything; a line break in it would forge a second entry.
                _PERSONAL.sub("*", scope["path"]).encode("unicode_escape").decode(),
                passage.status or "aborted",
                (time.perf_counter() - began) * 1000,
            )

    def _caller(self, scope: Scope) -> int | None:
        """Whose call it is, as far as can be told without looking it up; what it shows of itself is not kept. None
        where that says nothing: at another door one token stands for everybody who is on the phone."""
        if scope["path"] in self._other_bytes:
            return None
        given = {name: value for name, value in scope["headers"] if name in (b"authorization", b"cookie")}
        token = given.get(b"authorization", b"").split()
        cookie = _COOKIE.search(given.get(b"cookie", b""))
        return hash(token[-1]) if token else hash(cookie[0]) if cookie else None

    async def _guarded(self, scope: Scope, receive: Receive, passing: _Passing) -> None:
        if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
            # Only some databases can hold it, so that what one of them does not find would break the other.
            await not_text()(scope, receive, passing.send)
            return
        bound, seconds = self._other_bytes.get(scope["path"], self._body_bytes), BODY_SECONDS
        if scope["method"] == "PUT" and _FILE.fullmatch(scope["path"]):
            bound, seconds = self._file_bytes, FILE_SECONDS
        # Clients of AWS's know AWS's errors only, and those the route makes, once it has read that it is too much.
        if announced(scope) > bound and not scope["path"].startswith("/guardrail/"):
            await too_large(bound)(scope, receive, passing.send)
            return
        bounded = _Bounded(receive, bound, seconds)
        try:
            await self._app(scope, bounded.receive, passing.send)
        except Exception as error:
            if passing.status:  # the head is out; cutting the connection is all that is left
                record(error)
                raise ConnectionAbortedError from None
            await unforeseen(error)(scope, receive, passing.send)


class _Passing:
    """Sends on, adds our headers, and remembers the status."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            known = {name for name, _ in message["headers"]}
            message["headers"] = [*message["headers"], *(h for h in HEADERS if h[0] not in known)]
        await self._send(message)


class _Bounded:
    """Receives on, and stops when more came than is allowed (a chunked body announces no length), or it took longer."""

    def __init__(self, receive: Receive, bound: int, seconds: float) -> None:
        self._receive = receive
        self._left = bound
        self._bound = bound
        self._seconds = seconds
        self._until = asyncio.get_running_loop().time() + seconds
        self._whole = False

    async def receive(self) -> Message:
        if self._whole:
            # What comes now is that the caller has gone, whenever that is.
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            raise HTTPException(408, f"The body did not come within {self._seconds:g} seconds.") from None
        self._whole = not message.get("more_body", False)
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise HTTPException(413, f"The body is longer than {self._bound} bytes.")
        return message


def _too_many() -> JSONResponse:
    return of_error(
        Busy(f"more than {AT_ONCE} calls with this token, or of this browser, are under way.", retry_after=1)
    )


def announced(scope: Scope) -> int:
    """How many bytes the body is said to have; 0 where nothing is said."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0
