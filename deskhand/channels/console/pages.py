"""Serving the built pages: files by the list of what was built, and the one page of the application for all else.

Nothing outside the list can be asked for, however the path is written, since a path is only ever looked up in it.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.responses import Response

from deskhand.channels.console import headers
from deskhand.channels.console.asked import accepted_encodings, unchanged, wants_a_page

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

WEB = Path(__file__).with_name("web")
"""Where the build puts the pages."""

INDEX = "index.html"
HASHED = "assets/"
"""The folder of files whose names change with what is in them."""

_ENCODINGS = {"br": ".br", "gzip": ".gz"}
"""Encodings in the order in which they are liked, and what files in them end with."""

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}

NOT_BUILT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Deskhand</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><h1>The console is not built</h1>
<p>This copy of Deskhand was installed without its pages. In a checkout, <code>make console</code> builds them; then
load this page again. The HTTP API, the command line and all other doors work without them.</p></body></html>
"""


@dataclass(frozen=True, slots=True)
class Built:
    """A file of the build: where it is, the hash of what is in it, and the same in other encodings."""

    path: Path
    digest: str
    encoded: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Build:
    """All files of a build by path, its index as text (None: not built), and by what a newer build is told apart."""

    files: Mapping[str, Built] = field(default_factory=dict)
    index: str | None = None
    stamp: tuple[int, ...] = ()


class Pages:
    """An ASGI application that serves the pages built into `folder`, wherever it is mounted."""

    def __init__(self, folder: Path = WEB) -> None:
        self._folder = folder
        self._build = Build()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        reply = await self._reply(scope)
        await reply(scope, receive, send)

    async def _reply(self, scope: Scope) -> Response:
        if scope["method"] not in ("GET", "HEAD"):
            return _plain(405, "This page can only be looked at.", {"Allow": "GET, HEAD"})
        self._build = build = await asyncio.to_thread(_newest, self._folder, self._build)
        asked = Headers(scope=scope)
        name = scope["path"].removeprefix(scope.get("root_path", "")).removeprefix("/")
        file = build.files.get(name)
        if file is not None:
            return await _file(name, file, asked)
        if name.startswith(HASHED) or not wants_a_page(asked):
            return _plain(404, "There is no such file.")
        return _page(build.index)


def _newest(folder: Path, known: Build) -> Build:
    """The build as it is in `folder` now; `known` when nothing was built since."""
    try:
        # A folder's time changes when a file is put into it.
        stamp = tuple(path.stat().st_mtime_ns for path in (folder / INDEX, folder, folder / HASHED) if path.exists())
        return known if known.stamp == stamp else _read(folder, stamp)
    except (OSError, KeyError):  # not built, or just being replaced
        return Build()


def _read(folder: Path, stamp: tuple[int, ...]) -> Build:
    found = {
        path.relative_to(folder).as_posix(): path
        for place, _, names in os.walk(folder)
        for path in (Path(place) / name for name in names)
        if path.is_file() and not path.is_symlink() and not path.name.startswith(".")
    }
    index = found.pop(INDEX).read_text("utf-8")
    files = {
        name: Built(
            path,
            hashlib.sha256(path.read_bytes()).hexdigest()[:32],
            {kind: found[name + ending] for kind, ending in _ENCODINGS.items() if name + ending in found},
        )
        for name, path in found.items()
        if path.suffix in _TYPES
    }
    return Build(files, index, stamp)


def _page(index: str | None) -> Response:
    """The page of the application, under a nonce of its own; nobody keeps it, as the nonce is for once."""
    nonce = headers.new_nonce()
    given = {**headers.of_page(nonce), "Cache-Control": "no-store"}
    text = NOT_BUILT if index is None else index.replace("{{nonce}}", nonce)
    return Response(text, 200 if index is not None else 503, given, media_type="text/html")


async def _file(name: str, file: Built, asked: Headers) -> Response:
    encoding = next((kind for kind in accepted_encodings(asked) if kind in file.encoded), None)
    tag = f'"{file.digest}-{encoding}"' if encoding else f'"{file.digest}"'
    given = {
        **headers.of_page(),
        "Cache-Control": headers.FOR_EVER if name.startswith(HASHED) else "no-cache",
        "ETag": tag,
        "Vary": "Accept-Encoding",
    }
    if unchanged(asked, tag):
        return Response(None, 304, given)
    if encoding:
        given["Content-Encoding"] = encoding
    path = file.encoded[encoding] if encoding else file.path
    given["Content-Type"] = _TYPES[file.path.suffix]
    try:
        body = await asyncio.to_thread(path.read_bytes)
    except OSError:  # a build that is just being replaced
        return _plain(404, "There is no such file.")
    return Response(body, 200, given)


def _plain(status: int, text: str, more: Mapping[str, str] | None = None) -> Response:
    given = {**headers.of_page(), "Cache-Control": "no-store", **(more or {})}
    return Response(text + "\n", status, given, media_type="text/plain")
