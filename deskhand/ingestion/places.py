"""What a wish to ingest names: whose it is, which folders, by which mapping."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from deskhand.access import parse_access
from deskhand.errors import BadInput, NotFound
from deskhand.ingestion.readers.exports import Fields
from deskhand.ingestion.sources.folder import Place
from deskhand.nouns import EVERYONE, Json

_NAME = re.compile(r"\w[\w.-]{0,99}")


def source_name(source: str) -> str:
    """The id of a source as somebody chose it. Raises `BadInput`."""
    if not _NAME.fullmatch(source):
        raise BadInput(
            f"the source id {source[:100]!r} cannot be used: it has letters, digits, dots, dashes and underscores, at "
            "most 100."
        )
    return source


def owner_entry(owner: str) -> str:
    """The owner's access-list entry. Raises `BadInput`: a file nobody owns stops here."""
    entries = parse_access([owner]).entries if owner.strip() else frozenset()
    if not entries or EVERYONE in entries:
        raise BadInput(
            f"the owner is {owner!r}; every source needs one who answers for it. Name a person, group or service, "
            "e.g. --owner ana@example.com."
        )
    return next(iter(entries))


def read_mapping(path: Path) -> Mapping[str, Json]:
    """The mapping in a YAML file, checked. Raises `BadInput`. Blocks."""
    try:
        said = yaml.safe_load(path.read_bytes())
    except (OSError, yaml.YAMLError):
        said = None
    if not isinstance(said, dict):
        raise BadInput(f"the mapping {path.name!r} is no YAML of `field: name` lines. See docs/how-to/ingest.md.")
    Fields.of(said)
    return said


def places_of(paths: Sequence[Path], source: str | None) -> list[Place]:
    """The folders to go through, files gathered by the folder they lie in. Raises `BadInput`, `NotFound`. Blocks."""
    folders: dict[str, list[str]] = {}
    for path in paths:
        found = path.absolute()
        if not found.exists():
            raise NotFound(f"there is no file or folder {str(path)!r}; nothing was ingested.")
        if found.is_dir():
            folders[str(found.resolve())] = []
        elif (root := str(found.parent.resolve())) not in folders:
            folders[root] = [found.name]
        elif folders[root]:
            folders[root].append(found.name)
    if not folders:
        raise BadInput("no path was given; name a folder or a file to ingest.")
    if source is not None and len(folders) > 1:
        raise BadInput(f"the source id {source!r} cannot be used: it is for one folder ({len(folders)} were given).")
    if source is not None:
        source_name(source)
    return [Place(source or source_id(root), root, tuple(sorted(set(only)))) for root, only in folders.items()]


def source_id(root: str) -> str:
    """The id of a folder's source: its name and a few digits of its whole path."""
    name = re.sub(r"[^\w.-]+", "-", Path(root).name).strip("-.") or "folder"
    return f"{name[:60].lower()}-{hashlib.sha256(root.encode('utf-8', 'surrogateescape')).hexdigest()[:6]}"
