"""What a passage is filtered by, as plain terms: who may read it, its source, its document's metadata.

The words' index holds them as they are, the vectors' index as 64-bit numbers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from deskhand.knowledge.protocol import Filters
from deskhand.knowledge.rights import Sets
from deskhand.nouns import Json

__all__ = ["Groups", "document_key", "groups_of", "term_key", "terms_of"]

Groups = Sequence[Sequence[str]]
"""A passage is let through when it has at least one term of every group."""

_LONGEST = 200


def _term(kind: str, value: str) -> str:
    if len(value) > _LONGEST:
        value = "#" + hashlib.sha256(value.encode()).hexdigest()
    return f"{kind}:{value}"


def terms_of(access: Iterable[str], source: str, metadata: Mapping[str, Json]) -> list[str]:
    """The terms of a document's passages. Of metadata, single values and lists of them are kept."""
    found = [_term("a", entry) for entry in access]
    found.append(_term("s", source))
    for key, value in metadata.items():
        values = value if isinstance(value, list) else [value]
        found += [_term("m", f"{key}={_plain(one)}") for one in values if isinstance(one, str | int | float)]
    return found


def _plain(value: Json) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def groups_of(sets: Sets, filters: Filters | None) -> Groups:
    """What a passage must have to be shown: an entry of each of the reader's sets, and one of each filter's values."""
    groups = [[_term("a", entry) for entry in sorted(entries)] for entries in sets]
    if filters is not None:
        if filters.sources:
            groups.append([_term("s", source) for source in sorted(filters.sources)])
        groups += [[_term("m", f"{key}={one}") for one in sorted(values)] for key, values in filters.metadata.items()]
    return groups


def term_key(term: str) -> int:
    """A term as a number; two terms share one with a chance of 1 in 2^64, and rights are looked up again anyway."""
    return int.from_bytes(hashlib.blake2b(term.encode(), digest_size=8).digest(), "little")


def document_key(document_id: str) -> int:
    """A document's id as a number above 0 (0 marks a row that is gone)."""
    return term_key(document_id) or 1
