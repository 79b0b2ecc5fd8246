"""The text of one file that somebody attached to a question: parsed in a child process, redacted, kept nowhere.

A small pool of parsing children is lent to it when the first file comes, apart from those of ingestion runs.
"""

from __future__ import annotations

import asyncio
import base64
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from deskhand.errors import DeskhandError, Unreadable
from deskhand.ingestion.parsing.ceilings import Ceilings
from deskhand.ingestion.parsing.pool import Parsers
from deskhand.ingestion.readers import PICTURES, ending
from deskhand.llm.protocol import Budget, Completion, Seer
from deskhand.nouns import RedactedText
from deskhand.redaction import Redactor

STOPPED = "stopped: the desk is closing; send the file again"


@dataclass(frozen=True, slots=True)
class FileText:
    """What a file says, redacted; `cut` when there is more than was asked for."""

    text: RedactedText
    cut: bool


class FileTexts:
    """At most `workers` files at once; the others wait. `close` it."""

    def __init__(self, redactor: Redactor, ceilings: Ceilings, seer: Seer | None = None, workers: int = 1) -> None:
        self._redactor, self._ceilings, self._seer, self._workers = redactor, ceilings, seer, workers
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="attached")
        self._lock = threading.Lock()
        self._parsers: Parsers | None = None
        self._closed = threading.Event()

    async def of(self, file: Path | bytes, name: str, *, limit: int) -> FileText:
        """The first `limit` characters of what the file says; the end of `name` tells its format.

        Raises `Unreadable`, `RedactionFailed`, and what the seeing model raises on a picture.
        """
        if ending(name) in PICTURES and self._seer is None:
            raise Unreadable("a picture: reading it needs a model that sees, and none is set (`seer`)")
        if self._closed.is_set():
            raise Unreadable(STOPPED)
        loop = asyncio.get_running_loop()
        gone = threading.Event()
        try:
            return await loop.run_in_executor(self._threads, self._of, file, name, limit, loop, gone)
        finally:
            gone.set()

    async def close(self) -> None:
        """End the children; files that are being read fail."""
        self._closed.set()
        with self._lock:
            parsers, self._parsers = self._parsers, None
        self._threads.shutdown(wait=False, cancel_futures=True)
        if parsers is not None:
            await asyncio.to_thread(parsers.close)

    # In threads

    def _of(
        self, file: Path | bytes, name: str, limit: int, loop: asyncio.AbstractEventLoop, gone: threading.Event
    ) -> FileText:
        describe = self._describer(loop, gone) if self._seer is not None else None
        if isinstance(file, Path):
            return self._text(file, name, limit, describe, gone)
        with tempfile.NamedTemporaryFile(prefix="deskhand-") as kept:
            kept.write(file)
            kept.flush()
            return self._text(Path(kept.name), name, limit, describe, gone)

    def _text(
        self, path: Path, name: str, limit: int, describe: Callable[[bytes, str], str] | None, gone: threading.Event
    ) -> FileText:
        messages = self._lent().messages(str(path), name, images=describe is not None)
        written = _Written(limit)
        redactor = self._redactor.document()
        try:
            for text, tight in _paragraphs(messages, describe):
                if gone.is_set() or self._closed.is_set():
                    raise Unreadable(STOPPED)
                if not written.add(redactor.redact(text).text, tight):
                    break
        finally:
            messages.close()
        return written.end()

    def _lent(self) -> Parsers:
        with self._lock:
            if self._closed.is_set():
                raise Unreadable(STOPPED)
            if self._parsers is None:
                self._parsers = Parsers(self._workers, self._ceilings)
            return self._parsers

    def _describer(self, loop: asyncio.AbstractEventLoop, gone: threading.Event) -> Callable[[bytes, str], str]:
        seer = self._seer
        assert seer is not None

        def describe(image: bytes, media_type: str) -> str:
            seen: Future[Completion] = asyncio.run_coroutine_threadsafe(
                seer.describe(image, media_type, budget=Budget()), loop
            )
            while True:
                try:
                    return seen.result(timeout=0.2).text
                except NotYet:
                    if seen.done():
                        raise
                    if gone.is_set() or self._closed.is_set():
                        seen.cancel()
                        raise Unreadable(STOPPED) from None

        return describe


class _Written:
    """Redacted paragraphs put together up to a limit."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._parts: list[str] = []
        self._length = 0

    def add(self, text: str, tight: bool) -> bool:
        """Whether there is room for more; `tight` text follows the one before on the next line."""
        if not text:
            return True
        if self._parts:
            self._parts.append("\n" if tight else "\n\n")
            self._length += len(self._parts[-1])
        self._parts.append(text)
        self._length += len(text)
        return self._length <= self._limit

    def end(self) -> FileText:
        """Raises `Unreadable` when there is nothing."""
        text = "".join(self._parts)
        if not text.strip():
            raise Unreadable("empty: there is no text in it")
        if len(text) <= self._limit:
            return FileText(cast(RedactedText, text), False)
        head, space, _ = text[: self._limit].rpartition(" ")
        return FileText(cast(RedactedText, head if space else text[: self._limit]), True)


def _paragraphs(
    messages: Iterator[dict[str, Any]], describe: Callable[[bytes, str], str] | None
) -> Iterator[tuple[str, bool]]:
    """Each text in a file's messages (see `parsing.child`), and whether it is a row that follows a row.

    A record that cannot be read is passed over while others can. Raises `Unreadable` when nothing could be read.
    """
    reason, before, last = "", "", ""
    for message in messages:
        if "failed" in message:
            reason = reason or message["failed"]
        for kind, text in _texts(message, describe):
            if not (kind == before == "heading" and text == last):  # a title that is its first heading too
                yield text, kind == before == "row"
            before, last = kind, text
    if reason and not before:
        raise Unreadable(reason)


def _texts(message: dict[str, Any], describe: Callable[[bytes, str], str] | None) -> Iterator[tuple[str, str]]:
    if title := (message.get("facts") or {}).get("title"):
        yield "heading", f"# {title}"
    for kind, text, level, _ in message.get("blocks", ()):
        yield kind, f"{'#' * min(level or 1, 6)} {text}" if kind == "heading" else text
    if "image" in message and describe is not None:
        image = message["image"]
        try:
            yield "paragraph", describe(base64.b64decode(image["data"]), image["media_type"])
        except DeskhandError:
            raise
        except Exception as error:
            # Its own words may quote the picture, so only the kind of error is told.
            raise Unreadable(
                f"not seen: the model that sees stopped with {type(error).__name__}; send it again"
            ) from None
