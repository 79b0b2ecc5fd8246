"""The parent's side of parsing: a few children, each lent to one thread for one file, killed when a ceiling breaks.

Everything here blocks, so it is called from threads.
"""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator, Iterator, Mapping
from typing import Any, BinaryIO, cast

import psutil

from deskhand.errors import Unreadable
from deskhand.ingestion.parsing.ceilings import MB, Ceilings
from deskhand.ingestion.parsing.child import too_much_memory
from deskhand.ingestion.parsing.frames import Broken, receive, send
from deskhand.nouns import Json

LOOK = 0.1
"""Seconds between two looks at the children's time and memory."""

FILES_PER_CHILD = 500
STOPPED = "stopped: the ingestion was stopped"
KEPT = ("PATH", "PYTHONPATH", "PYTHONHOME", "LANG", "LC_ALL", "TMPDIR", "HOME", "SYSTEMROOT", "LD_LIBRARY_PATH")
"""What a child keeps of the environment: it opens hostile files and needs no keys."""


class Parsers:
    """`workers` children; `messages` may be called from as many threads at once. Use as a context manager."""

    def __init__(self, workers: int, ceilings: Ceilings) -> None:
        self._ceilings = ceilings
        self._idle: queue.LifoQueue[_Child | None] = queue.LifoQueue()
        self._busy: set[_Child] = set()
        self._lock = threading.Lock()
        self._closed = threading.Event()
        for _ in range(workers):
            self._idle.put(None)
        self._watch = threading.Thread(target=self._watched, name="parsers", daemon=True)
        self._watch.start()

    def __enter__(self) -> Parsers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def messages(
        self,
        path: str,
        name: str,
        *,
        mapping: Mapping[str, Json] | None = None,
        listing: bool = False,
        images: bool = False,
    ) -> Generator[dict[str, Any], None, None]:
        """What a child finds in the file at `path` (see `parsing.child`), as it finds it.

        The time ceiling counts only while the child is waited for. Raises `Unreadable` when the child had to be
        killed or died. A caller that stops early costs a child.
        """
        child = self._idle.get()
        if self._closed.is_set():
            self._idle.put(child)
            raise Unreadable(STOPPED)
        if child is None or child.worn:
            if child is not None:
                child.end()
            child = _Child(self._ceilings)
        with self._lock:
            self._busy.add(child)
        try:
            yield from child.ask(path, name, mapping, listing, images)
        finally:
            with self._lock:
                self._busy.discard(child)
            if child.asked or self._closed.is_set():
                child.end()
            self._idle.put(None if child.asked else child)

    def close(self) -> None:
        """Kill the children, busy ones too."""
        self._closed.set()
        self._watch.join()
        with self._lock:
            for child in self._busy:
                child.kill(STOPPED)
        while not self._idle.empty():
            idle = self._idle.get()
            if idle is not None:
                idle.end()
        self._idle.put(None)  # for those that still wait for a child, who pass it on

    def _watched(self) -> None:
        while not self._closed.wait(LOOK):
            with self._lock:
                busy = list(self._busy)
            for child in busy:
                child.look()


class _Child:
    """One parsing process. `asked` is true between a request and the end of its answer."""

    def __init__(self, ceilings: Ceilings) -> None:
        self._ceilings = ceilings
        self.asked = False
        self._files = 0
        self._verdict = ""
        self._waiting = 0.0
        self._since: float | None = None
        self._complaint = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the process
        self._process = subprocess.Popen(
            [sys.executable, "-m", "deskhand.ingestion.parsing.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaint,
            env={key: value for key, value in os.environ.items() if key in KEPT} | {"MALLOC_ARENA_MAX": "2"},
            start_new_session=True,
        )
        self._into = cast(BinaryIO, self._process.stdin)
        self._out = cast(BinaryIO, self._process.stdout)
        self._seen = psutil.Process(self._process.pid)

    @property
    def worn(self) -> bool:
        """Whether a new child should take its place: dead, many files read, or half the memory kept."""
        if self._process.poll() is not None or self._files >= FILES_PER_CHILD:
            return True
        return self._memory() > self._ceilings.memory_mb * MB // 2

    def ask(
        self, path: str, name: str, mapping: Mapping[str, Json] | None, listing: bool, images: bool
    ) -> Iterator[dict[str, Any]]:
        ceilings = self._ceilings
        request: Json = {"path": path, "name": name, "mapping": mapping, "listing": listing, "images": images}
        request |= {"seconds": ceilings.seconds, "memory_mb": ceilings.memory_mb, "file_mb": ceilings.file_mb}
        self.asked, self._verdict, self._waiting = True, "", 0.0
        self._files += 1
        characters = 0
        try:
            send(self._into, request)
        except OSError:
            raise Unreadable(self._died()) from None
        while True:
            message = self._next()
            if "done" in message:
                self.asked = False
                return
            characters += sum(len(block[1]) for block in message.get("blocks", ()))
            if characters > ceilings.text_mb * MB and not listing:
                raise Unreadable(f"too large: more than {ceilings.text_mb} million characters of text; split it")
            if "begin" in message:
                characters = 0
            yield message

    def _next(self) -> dict[str, Any]:
        self._since = time.monotonic()
        try:
            return cast(dict[str, Any], receive(self._out))
        except (Broken, OSError):
            raise Unreadable(self._died()) from None
        finally:
            since, self._since = self._since, None
            self._waiting += time.monotonic() - (since or 0.0)

    def look(self) -> None:
        """Kill the process if it holds too much memory or has been waited for too long."""
        since = self._since
        waited = self._waiting + (time.monotonic() - since if since is not None else 0.0)
        if waited > self._ceilings.seconds:
            self.kill(f"too slow: no end after {self._ceilings.seconds:g} s; split it, or raise ingestion.seconds")
        elif self._memory() > self._ceilings.memory_mb * MB:
            self.kill(too_much_memory(self._ceilings.memory_mb))

    def _memory(self) -> int:
        try:
            return int(self._seen.memory_info().rss)
        except psutil.Error:
            return 0

    def kill(self, verdict: str) -> None:
        self._verdict = self._verdict or verdict
        self._process.kill()

    def _died(self) -> str:
        """Why the process is gone, in words for the person who owns the file."""
        code = self._process.wait()
        if self._verdict:
            return self._verdict
        self._complaint.seek(0)
        said = self._complaint.read()[-4000:].lower()
        if b"memory" in said or b"bad_alloc" in said or -code == signal.SIGKILL:
            return too_much_memory(self._ceilings.memory_mb)
        if -code == getattr(signal, "SIGXCPU", None):
            return f"too slow: no end after {self._ceilings.seconds:g} s; split it, or raise ingestion.seconds"
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        return f"malformed: it brought its reader down ({how}); open it and save it again"

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._into.close()
        self._out.close()
        self._complaint.close()
