"""Where an index lives: the first free of index-0, index-1, … by a file lock, since no two processes share one.

Inside it are generations; the file `current` names the one that serves, so a rebuilt one takes over in one step.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import BinaryIO

from deskhand.errors import Busy

__all__ = ["Home"]

_MOST = 64
"""Processes that may have an index under one directory."""


class Home:
    """A process's own directory under `directory`, held until `close`."""

    def __init__(self, directory: Path) -> None:
        self.directory, self._lock = _first_free(directory)

    def current(self) -> Path | None:
        """The generation that serves; None when there is none yet."""
        name = self.directory / "current"
        if not name.exists():
            return None
        found = self.directory / name.read_text().strip()
        return found if found.is_dir() else None

    def new(self) -> Path:
        """An empty directory for another generation."""
        numbers = [int(path.name[1:]) for path in self.directory.glob("g*") if path.name[1:].isdigit()]
        made = self.directory / f"g{max(numbers, default=0) + 1}"
        made.mkdir()
        return made

    def switch(self, generation: Path) -> None:
        """Let this generation serve from now on."""
        write_whole(self.directory / "current", generation.name)

    def clear(self, keep: Path | None) -> None:
        """Delete every generation but `keep`."""
        for path in self.directory.glob("g*"):
            if path != keep:
                shutil.rmtree(path, ignore_errors=True)

    def close(self) -> None:
        self._lock.close()


def write_whole(path: Path, text: str) -> None:
    """Write a small file so that it is either the old or the new one after a crash, never half of it."""
    aside = path.with_name(path.name + ".new")
    with aside.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


def _first_free(directory: Path) -> tuple[Path, BinaryIO]:
    for number in range(_MOST):
        place = directory / f"index-{number}"
        place.mkdir(parents=True, exist_ok=True)
        lock = (place / "lock").open("wb")
        if _locked(lock):
            return place, lock
        lock.close()
    raise Busy(f"all {_MOST} index directories under {directory} are in use; stop a process, or give it another.", 30)


def _locked(file: BinaryIO) -> bool:
    try:
        import fcntl
    except ImportError:
        import msvcrt

        lock = getattr(msvcrt, "locking")  # noqa: B009 - only Windows has it
        try:
            lock(file.fileno(), getattr(msvcrt, "LK_NBLCK"), 1)  # noqa: B009
        except OSError:
            return False
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
