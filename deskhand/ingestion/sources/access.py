"""The `.access.yaml` beside files: who may read what lies in its folder and below. The nearest one that speaks wins.

A file that cannot be understood closes what it stands for, to everybody: a slip must never open anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

import yaml

from deskhand.access import parse_access
from deskhand.errors import BadInput
from deskhand.ingestion.parsing.child import unopened
from deskhand.nouns import AccessList, Json

NAME = ".access.yaml"
LONGEST = 64 * 1024
SEE = "See docs/how-to/ingest.md#who-may-read."


@dataclass(frozen=True, slots=True)
class Rules:
    """What one access file says. `bad` says why it cannot be understood, and then it closes everything."""

    read: AccessList | None = None
    files: tuple[tuple[str, AccessList], ...] = ()
    bad: str = ""

    def of(self, path: str) -> AccessList | None:
        """The list for the file at `path` (seen from this access file), or None when nothing is said of it."""
        if self.bad:
            return AccessList()
        for pattern, access in self.files:
            if fnmatchcase(path if "/" in pattern else PurePosixPath(path).name, pattern):
                return access
        return self.read


class AccessFiles:
    """The access files of one folder tree, each read once. Its methods block."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._seen: dict[str, Rules | None] = {}

    def own(self, item: str) -> AccessList | None:
        """The access list that the files give to `item`; None when they say nothing and the source's holds."""
        for folder in PurePosixPath(item).parents:
            rules = self.rules(str(folder))
            access = rules.of(str(PurePosixPath(item).relative_to(folder))) if rules else None
            if access is not None:
                return access
        return None

    def rules(self, folder: str) -> Rules | None:
        """What the access file in `folder` ("." is the root) says; None when there is none."""
        if folder not in self._seen:
            self._seen[folder] = _read(self._root / folder / NAME)
        return self._seen[folder]


def _read(path: Path) -> Rules | None:
    try:
        if path.is_symlink():
            return Rules(bad=f"{NAME} is a symbolic link; write a file in its place. {SEE}")
        with path.open("rb") as file:
            data = file.read(LONGEST + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        return Rules(bad=f"{NAME} is closed to this process ({unopened(error)}). {SEE}")
    if len(data) > LONGEST:
        return Rules(bad=f"{NAME} is longer than {LONGEST} bytes. {SEE}")
    try:
        return _rules(yaml.safe_load(data))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        return Rules(bad=f"{NAME} is no YAML{f' (line {mark.line + 1})' if mark else ''}. {SEE}")
    except (BadInput, ValueError, RecursionError) as error:
        return Rules(bad=f"{NAME}: {error}" if isinstance(error, BadInput) else f"{NAME} is no YAML. {SEE}")


def _rules(said: Json) -> Rules:
    if not isinstance(said, dict) or not said or set(said) - {"read", "files"}:
        raise BadInput(f"it takes the keys `read` and `files` and no others. {SEE}")
    files = said.get("files") or {}
    if not isinstance(files, dict) or not all(isinstance(pattern, str) for pattern in files):
        raise BadInput(f'`files` must map patterns such as "*.pdf" to lists such as [group:staff]. {SEE}')
    each = tuple((pattern, _list(entries)) for pattern, entries in files.items())
    return Rules(_list(said["read"]) if "read" in said else None, each)


def _list(entries: Json) -> AccessList:
    if isinstance(entries, str):
        entries = [entries]
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        raise BadInput(f"who may read must be a list such as [group:staff]; [] admits nobody. {SEE}")
    return parse_access(entries)
