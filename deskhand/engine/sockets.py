"""Between processes on one SQLite file: a unix socket beside it, on which the executor answers.

A line is a JSON message. A client says `{"poke": true}` (there is new work), `{"cancel": RUN}` (it is cancelled) or
`{"follow": RUN, "after": ID}`, and then gets `{"events": [[id, type, data], …]}` and at last `{"end": true}`.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from deskhand.engine.streams import Channel, Cursor, Streams, Told
from deskhand.errors import DeskhandError
from deskhand.nouns import Json, StreamEvent

log = logging.getLogger("deskhand.engine")

LONGEST_ADDRESS = 100
LINE_LIMIT = 1 << 24


def socket_path(data_dir: Path) -> Path:
    """Where the executor of a data folder listens: in it, or, as a socket's address is short, in a folder of ours."""
    path = data_dir.resolve() / "engine.sock"
    if len(os.fsencode(path)) <= LONGEST_ADDRESS:
        return path
    name = hashlib.sha256(os.fsencode(path)).hexdigest()[:24]
    return Path(tempfile.gettempdir()) / f"deskhand-{os.getuid()}" / f"{name}.sock"


class SocketServer:
    """The executor's end. It listens before this process's runs begin, and tells followers what they emit."""

    def __init__(self, path: Path, streams: Streams, told: Told) -> None:
        self._path, self._streams, self._told = path, streams, told
        self._server: asyncio.Server | None = None
        self._answering: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self._path.parent.stat().st_uid != os.getuid():
            raise DeskhandError(f"{self._path.parent} belongs to somebody else; the engine's socket cannot be in it")
        # Whoever holds the file lock owns the address; what is there is left from a dead executor.
        self._path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._accept, self._path, limit=LINE_LIMIT)
        self._path.chmod(0o600)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
            self._path.unlink(missing_ok=True)
        for task in list(self._answering):
            task.cancel()
        await asyncio.gather(*self._answering, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)
        try:
            while line := await reader.readline():
                asked = json.loads(line)
                if "follow" in asked:
                    await self._stream(asked["follow"], asked.get("after"), writer)
                else:
                    self._told(asked)
        except (OSError, ValueError, DeskhandError) as error:
            log.debug("a client of the engine's socket left (%s)", type(error).__name__)
        except asyncio.CancelledError:
            pass
        finally:
            writer.close()

    async def _stream(self, run_id: str, after: str | None, writer: asyncio.StreamWriter) -> None:
        async for event in self._streams.follow(run_id, after):
            writer.write(_line({"events": [[event.id, event.type, event.data]]}))
            await writer.drain()
        writer.write(_line({"end": True}))
        await writer.drain()


class SocketClient:
    """The end of a process that starts and follows runs which the executor carries. Implements `Wire`."""

    def __init__(self, path: Path, streams: Streams) -> None:
        self._path, self._streams = path, streams
        self._watching: dict[str, asyncio.Task[None]] = {}

    async def tell(self, message: dict[str, Json]) -> None:
        """Tell the executor of new work or a cancelled run; without one, it will find that on record when it comes."""
        with suppress(OSError):
            _, writer = await asyncio.open_unix_connection(self._path)
            writer.write(_line(message))
            await writer.drain()
            writer.close()

    async def close(self) -> None:
        tasks = list(self._watching.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def watch(self, run_id: str, cursor: Cursor) -> None:
        task = self._watching.get(run_id)
        if task is None or task.done():
            self._watching[run_id] = asyncio.create_task(self._follow(run_id, cursor), name=f"follow {run_id}")

    def unwatch(self, run_id: str) -> None:
        task = self._watching.pop(run_id, None)
        if task is not None:
            task.cancel()

    def push(self, channel: Channel, events: Sequence[StreamEvent]) -> None:
        """Nothing is carried here."""

    def ended(self, run_id: str) -> None:
        """Nothing is carried here."""

    async def _follow(self, run_id: str, cursor: Cursor) -> None:
        try:
            reader, writer = await asyncio.open_unix_connection(self._path, limit=LINE_LIMIT)
        except OSError:
            return
        try:
            writer.write(_line({"follow": run_id, "after": f"{cursor[0]}-{cursor[1]}"}))
            await writer.drain()
            while line := await reader.readline():
                said = json.loads(line)
                if "events" in said:
                    self._streams.arrived(run_id, [StreamEvent(*event) for event in said["events"]])
                if said.get("end"):
                    self._streams.arrived_end(run_id)
                    return
        except (OSError, ValueError):
            return
        finally:
            writer.close()


def _line(message: Json) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"
