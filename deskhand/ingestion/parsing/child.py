"""The parsing process: reads requests from stdin, writes what the readers find to stdout, under its own ceilings.

Messages out, for each document of the file: `{"begin": id or null, "hash": …}` (the hash of a record), `{"facts": …}`,
`{"blocks": […]}`, `{"image": …}`, `{"end": hash}` or `{"failed": reason}`; `{"items": […]}` when only listing; last
`{"done": true}`.
"""

from __future__ import annotations

import base64
import errno
import hashlib
import os
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

from deskhand.errors import Unreadable
from deskhand.ingestion.blocks import Block, Facts, Image, Part, bounded, cleaned
from deskhand.ingestion.parsing.ceilings import MB
from deskhand.ingestion.parsing.frames import Broken, receive, send
from deskhand.ingestion.readers import document_parts, is_export
from deskhand.nouns import Json

FULL = 64_000
"""Characters of blocks that are gathered before they are sent."""


def main() -> None:
    """Answer requests until stdin ends."""
    inward, outward = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get between the messages
    sys.setrecursionlimit(3000)
    threading.Thread(target=_leave_with_parent, args=(os.getppid(),), daemon=True).start()
    while True:
        try:
            request = receive(inward)
        except Broken:
            return
        _bound(request["seconds"], request["memory_mb"])
        for message in answered(request):
            send(outward, message)
        send(outward, {"done": True})


def answered(request: dict[str, Any]) -> Iterator[Json]:
    """The messages that answer one request, without the last."""
    try:
        yield from _messages(request)
    except Unreadable as error:
        yield {"failed": str(error)}
    except MemoryError:
        yield {"failed": too_much_memory(request["memory_mb"])}
    except RecursionError:
        yield {"failed": "malformed: it is nested too deeply"}
    except Exception as error:
        # A library's own words may quote the file, so only the kind of error is told.
        yield {"failed": f"malformed: its reader stopped with {type(error).__name__}; open it and save it again"}


def too_much_memory(memory_mb: int) -> str:
    return f"too much memory: reading it takes more than {memory_mb} MB; split it, or raise ingestion.memory_mb"


def _messages(request: dict[str, Any]) -> Iterator[Json]:
    data = _data(request["path"], request["file_mb"])
    name = request["name"]
    if is_export(name):
        from deskhand.ingestion.readers import exports

        fields = exports.Fields.of(request["mapping"]) if request["mapping"] else None
        found = exports.records(data, name, fields)
        if found is not None:
            del data
            yield from _listed(found) if request["listing"] else _records(found)
            return
    digest = hashlib.sha256(data).hexdigest()
    if request["listing"]:
        yield {"items": [[None, digest]]}
        return
    yield {"begin": None}
    yield from _parts(document_parts(data, name, images=request["images"]))
    yield {"end": digest}


def _data(path: str, file_mb: int) -> bytes:
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)), "rb") as file:
            data = file.read(file_mb * MB + 1)
    except OSError as error:
        raise Unreadable(unopened(error)) from None
    if len(data) > file_mb * MB:
        raise Unreadable(f"too large: more than {file_mb} MB; split it, or raise ingestion.max_file_mb")
    if not data.strip():
        raise Unreadable("empty: there is nothing in the file")
    return data


def unopened(error: OSError) -> str:
    """Why a file cannot be opened, in words that name no path."""
    if isinstance(error, FileNotFoundError):
        return "gone: the file vanished after it was listed"
    if isinstance(error, PermissionError):
        return "not permitted: this process may not read the file; give it the right and retry"
    if error.errno == errno.ELOOP:
        return "a symbolic link: it became one after it was listed"
    return f"not readable: the system says {errno.errorcode.get(error.errno or 0, 'error')}; retry later"


def _listed(found: Iterator[Any]) -> Iterator[Json]:
    items: list[list[str]] = []
    for record in found:
        items.append([record.id, getattr(record, "hash", "")])
        if len(items) == 500:
            yield {"items": items}
            items = []
    yield {"items": items}


def _records(found: Iterator[Any]) -> Iterator[Json]:
    for record in found:
        yield {"begin": record.id, "hash": getattr(record, "hash", "")}
        if hasattr(record, "reason"):
            yield {"failed": record.reason}
            continue
        yield from _parts(iter((record.facts, *record.blocks)))
        yield {"end": record.hash}


def _parts(parts: Iterator[Part]) -> Iterator[Json]:
    blocks: list[Json] = []
    size = 0
    for part in parts:
        if isinstance(part, Facts):
            title = cleaned(part.title or "")
            yield {"facts": {"title": title or None, "url": part.url, "metadata": dict(part.metadata)}}
        elif isinstance(part, Image):
            data = base64.b64encode(part.data).decode("ascii")
            yield {"image": {"data": data, "media_type": part.media_type, "page": part.page}}
        else:
            for block in bounded(part):
                blocks.append(_sent(block))
                size += len(block.text)
        if size > FULL:
            yield {"blocks": blocks}
            blocks, size = [], 0
    if blocks:
        yield {"blocks": blocks}


def _sent(block: Block) -> Json:
    return [block.kind, block.text, block.level, block.page]


def _bound(seconds: float, memory_mb: int) -> None:
    """Let the kernel hold this process to its ceilings; the parent watches too, for systems where it does not."""
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu = int(used.ru_utime + used.ru_stime + seconds * 1.5) + 2
    for what, bound in ((resource.RLIMIT_DATA, memory_mb * MB), (resource.RLIMIT_CPU, cpu)):
        try:
            resource.setrlimit(what, (bound, resource.getrlimit(what)[1]))
        except (ValueError, OSError):
            continue
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def _leave_with_parent(parent: int) -> None:
    """End when the parent was killed, also in the middle of a file."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)


if __name__ == "__main__":
    main()
