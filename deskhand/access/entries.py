"""How people, services and groups are written in access lists: `person:ana@example.com`, `group:staff`, `everyone`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from deskhand.errors import BadInput
from deskhand.nouns import EVERYONE, AccessList

Kind = Literal["person", "service"]
"""What a principal is."""

_ADDRESS = re.compile(r"[^\s@:]{1,64}@[^\s@:]{1,255}")
_NAME = re.compile(r"\w[\w.-]{0,63}")
_SEE = "See docs/how-to/access.md."


def person_id(address: str) -> str:
    """An e-mail address as the directory keeps it: no spaces around, case folded. Raises `BadInput`."""
    address = address.strip().casefold()
    if not _ADDRESS.fullmatch(address):
        raise BadInput(f"{address!r} is not a person; write an e-mail address such as ana@example.com. {_SEE}")
    return address


def service_id(name: str) -> str:
    """A service's name as the directory keeps it. Raises `BadInput`."""
    return _name(name, "service")


def group_name(name: str) -> str:
    """A group's name as the directory keeps it. Raises `BadInput`."""
    return _name(name, "group")


def parse_access(entries: Iterable[str]) -> AccessList:
    """The access list that `entries` write down; no entries admit nobody. Raises `BadInput` naming the bad entry.

    An entry is `person:ADDRESS` (or the address alone), `group:NAME`, `service:NAME` or `everyone`.
    """
    if isinstance(entries, str):
        raise BadInput(f"access is the text {entries!r}; it must be a list such as [group:staff]. {_SEE}")
    return AccessList.of(_entry(entry) for entry in entries)


def _entry(entry: str) -> str:
    if not isinstance(entry, str):
        raise BadInput(f"access entry {entry!r} is not text; write group:NAME, person:ADDRESS or everyone. {_SEE}")
    kind, colon, rest = entry.strip().partition(":")
    if not colon:
        if kind.casefold() == EVERYONE:
            return EVERYONE
        if "@" in kind:
            return f"person:{person_id(kind)}"
    elif kind == "person":
        return f"person:{person_id(rest)}"
    elif kind in ("group", "service"):
        return f"{kind}:{_name(rest, kind)}"
    raise BadInput(
        f"access entry {entry!r} names nobody; write group:NAME, person:ADDRESS, service:NAME or everyone. {_SEE}"
    )


def _name(name: str, kind: str) -> str:
    name = name.strip().casefold()
    if not _NAME.fullmatch(name):
        raise BadInput(
            f"{name!r} is not a {kind}'s name; use up to 64 letters, digits, dots, dashes and underscores. {_SEE}"
        )
    return name
