"""A folder, or single files of one: what is in it, in an order that a later run can go on from.

Hidden files are skipped and symbolic links never followed: what a link inside the folder points at is listed anyway,
and one that leaves the folder is refused, for it would pass off a foreign file under this folder's access list.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath

from deskhand.errors import NotFound
from deskhand.ingestion.parsing.child import unopened
from deskhand.ingestion.sources.access import NAME as ACCESS
from deskhand.nouns import Json

LINK = "a symbolic link that leaves the folder; copy the file into the folder, or ingest the other folder too"
BAD_NAME = "its name is not UTF-8; rename it"
BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Place:
    """A folder on disk that is (part of) a source: all of it, or the items in `only`."""

    source: str
    root: str
    only: tuple[str, ...] = ()

    @classmethod
    def of(cls, said: Json) -> Place:
        return cls(said["source"], said["root"], tuple(said["only"]))

    def path(self, item: str) -> Path:
        return Path(self.root) / item


@dataclass(frozen=True, slots=True)
class Listed:
    """An item of the folder: a file's relative path with "/" and its size, or why it is not to be read."""

    item: str
    size: int = 0
    reason: str = ""


def listing(place: Place, after: str | None = None) -> Iterator[Listed]:
    """The place's items after the item `after`, folder by folder, sorted by name. Raises `NotFound` without a folder.

    Access files are listed too, so that what is wrong with one can be told. Blocks.
    """
    if not Path(place.root).is_dir():
        raise NotFound(
            f"the folder {place.root!r} is gone; nothing of its source was changed. Bring it back and retry."
        )
    beyond = PurePosixPath(after).parts if after is not None else ()
    if place.only:
        items = sorted(place.only, key=lambda item: PurePosixPath(item).parts)
        for item in items:
            if PurePosixPath(item).parts > beyond:
                yield from _one(Path(place.root, item), item, Path(place.root))
    else:
        yield from _folder(Path(place.root), "", beyond, Path(place.root))


def take(place: Place, after: str | None, count: int) -> list[Listed]:
    """The first `count` items after `after`. Blocks."""
    return list(islice(listing(place, after), count))


def _folder(folder: Path, prefix: str, beyond: Sequence[str], root: Path) -> Iterator[Listed]:
    """Depth first. The names of one folder at a time are held, not those of the tree."""
    try:
        with os.scandir(folder) as found:
            entries = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in found)
    except OSError as error:
        yield Listed(prefix.rstrip("/") or ".", reason=unopened(error))
        return
    for name, is_folder in entries:
        hidden = name.startswith((".", "~$")) and name != ACCESS
        if hidden or (beyond and (name < beyond[0] or (name == beyond[0] and not is_folder))):
            continue
        if is_folder:
            yield from _folder(
                folder / name, f"{prefix}{name}/", beyond[1:] if beyond and name == beyond[0] else (), root
            )
        else:
            yield from _one(folder / name, prefix + name, root)


def _one(path: Path, item: str, root: Path) -> Iterator[Listed]:
    try:
        item.encode()
    except UnicodeEncodeError:
        yield Listed(item.encode("utf-8", "backslashreplace").decode(), reason=BAD_NAME)
        return
    try:
        found = path.lstat()
    except OSError as error:
        yield Listed(item, reason=unopened(error))
        return
    if stat.S_ISLNK(found.st_mode):
        if not _stays(path, root):
            yield Listed(item, reason=LINK)
    elif stat.S_ISREG(found.st_mode):
        yield Listed(item, found.st_size)


def _stays(link: Path, root: Path) -> bool:
    try:
        return link.resolve(strict=True).is_relative_to(root.resolve())
    except (OSError, RuntimeError):
        return True  # it leads nowhere, or in a circle: there is nothing to read and nothing to tell


def holds(place: Place, item: str) -> bool:
    """Whether the file that `item` came from is still there (a record's item is "FILE#ID"). Blocks."""
    names = [item] + [item[:place_] for place_, sign in enumerate(item) if sign == "#"]
    return any(_is_there(place.path(name)) for name in names)


def _is_there(path: Path) -> bool:
    try:
        # A folder stands for itself only while it is closed to us: then it was told as a failure.
        return not stat.S_ISDIR(path.lstat().st_mode) or not os.access(path, os.R_OK | os.X_OK)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError):
        return True  # not to be seen now is not the same as gone


def content_hash(path: Path) -> str:
    """SHA-256 of the file's bytes, in hexadecimal. Raises `OSError`. Blocks."""
    digest = hashlib.sha256()
    with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)), "rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()
