"""Where an uploaded file waits for its run: a folder for each, closed to others, gone when the run has ended.

Room is taken before it is filled: a file that comes in has the size on disk that it will need, so that all who take
files, in other processes too, see it in what is left.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import time
import unicodedata
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import ParamSpec, TypeVar

from deskhand.errors import BadInput, Busy, Unreadable
from deskhand.ingestion.parsing.ceilings import MB
from deskhand.ingestion.readers import is_export

P = ParamSpec("P")
T = TypeVar("T")

BLOCK = 1 << 20
"""Bytes that are written at once."""

LONGEST_NAME = 255
"""Bytes of a file's name."""

FULL = "the server has no room for the file now"


def file_name(given: str) -> str:
    """The name that an uploaded file is known by. Raises `BadInput` for what could be no file's name, or another's."""
    name = unicodedata.normalize("NFC", given)
    if not name or name != name.strip() or name.startswith((".", "~$")):
        raise BadInput("the file's name is empty, hidden, or begins or ends with a space; give it another name.")
    if "/" in name or "\\" in name or not name.isprintable() or len(name.encode("utf-8", "replace")) > LONGEST_NAME:
        raise BadInput(
            f"the file's name has a path or control characters in it, or more than {LONGEST_NAME} bytes; give it "
            "another name."
        )
    # "cases.csv#7" is what the record 7 of cases.csv is known by.
    if any(is_export(name[:place]) for place, sign in enumerate(name) if sign == "#"):
        raise BadInput("the file's name reads like a record of a table ('#' after its ending); give it another name.")
    return name


class Spool:
    """Uploaded files in `folder`, each under its run's id: one at most `largest` bytes, all together `most`."""

    def __init__(self, folder: Path, largest: int, most: int) -> None:
        self._folder, self._largest, self._most = folder.absolute(), largest, most

    def of(self, run: str) -> Path:
        """The folder of a run's file."""
        return self._folder / run

    async def take(self, run: str, name: str, content: AsyncIterator[bytes], announced: int = 0) -> int:
        """Write what comes to a file that only this user may read; how many bytes. When it breaks off, nothing stays.

        Room is taken for the bytes that are `announced`, and for more as they come. Raises `BadInput` when nothing
        came, `Unreadable` when it is too large, `Busy` when there is no room.
        """
        try:
            file = await _on_disk(self._open, run, name)
            try:
                size, room = 0, await _on_disk(self._reserve, file, 0, announced)
                async for block in _blocks(content):
                    size += len(block)
                    if size > room:
                        room = await _on_disk(self._reserve, file, room, size, 2 * size)
                    await _on_disk(_write, file, block)
                await _on_disk(os.ftruncate, file, size)
                await _on_disk(os.fsync, file)
            finally:
                await _on_disk(os.close, file)
            if not size:
                raise BadInput("the file is empty; there is nothing to read in it.")
        except BaseException:
            await asyncio.shield(self.drop(run))
            raise
        return size

    def _reserve(self, file: int, has: int, needs: int, likes: int = 0) -> int:
        """Make room for a file that `has` some: for what it `needs`, and up to what it `likes` where there is as much;
        how much it has now."""
        if needs > self._largest:
            raise Unreadable(f"too large: the ceiling is {self._largest / MB:g} MB; split it, or raise "
                             "ingestion.max_file_mb")  # fmt: skip
        with self._alone():
            left = self._most - self._held() + has
            if needs > left:
                raise Busy(f"{FULL}: too much waits to be read. Send it again later.", retry_after=30)
            room = max(needs, min(likes, left, self._largest))
            os.ftruncate(file, room)
        return room

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """While nobody else measures and takes room, in this process or another on this folder."""
        try:
            import fcntl
        except ImportError:  # Windows: two that take room in one moment may go over the bound
            yield
            return
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            # Some file systems that are shared by machines have no locks.
            with suppress(OSError):
                fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            # Closing is not enough where a child was forked meanwhile, which has the lock as well.
            with suppress(OSError):
                fcntl.flock(folder, fcntl.LOCK_UN)
            os.close(folder)

    def _open(self, run: str, name: str) -> int:
        self.of(run).mkdir(mode=0o700, parents=True)
        self._folder.chmod(0o700)
        return os.open(self.of(run) / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)

    def _held(self) -> int:
        held = 0
        for folder in self._folder.glob("*"):
            # Others come and go while this looks.
            with suppress(FileNotFoundError, NotADirectoryError):
                held += sum(path.stat().st_size for path in folder.iterdir())
        return held

    async def drop(self, run: str) -> None:
        """Delete a run's file, when it is there."""
        await asyncio.to_thread(shutil.rmtree, self.of(run), ignore_errors=True)

    async def waiting(self) -> dict[str, float]:
        """The runs that files are kept for, and how many seconds ago each was written to."""
        return await asyncio.to_thread(self._waiting)

    def _waiting(self) -> dict[str, float]:
        now, found = time.time(), {}
        for folder in self._folder.glob("*"):
            try:
                times = [path.stat().st_mtime for path in (folder, *folder.iterdir())]
            except OSError:
                continue  # it was dropped meanwhile
            found[folder.name] = now - max(times)
        return found


async def _on_disk(do: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """In a thread; raises `Busy` for what the disk refuses."""
    try:
        return await asyncio.to_thread(do, *args, **kwargs)
    except OSError as error:
        raise Busy(f"{FULL} ({error.strerror}); an operator can make some.", retry_after=60) from None


async def _blocks(content: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in larger blocks."""
    held = bytearray()
    async for part in content:
        held += part
        if len(held) >= BLOCK:
            yield bytes(held)
            held.clear()
    if held:
        yield bytes(held)


def _write(file: int, block: bytes) -> None:
    left = memoryview(block)
    while left:
        left = left[os.write(file, left) :]
