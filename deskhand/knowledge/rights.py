"""What a reader's rights come to: the fewest sets of access-list entries that say the same.

An audience has a set for each member, and most of them say nothing new: entries on no list at all admit nobody, and who
has an entry of a set has one of every larger set.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set

__all__ = ["MOST", "Sets", "sets_of", "simplest"]

Sets = Sequence[Set[str]]
"""An access list admits the reader when it has an entry of each of these; an empty one among them closes everything."""

MOST = 40
"""Sets that the index is asked for: it only looks ahead, and what it lets through too much, the database does not."""


def sets_of(sets: Sets, present: Set[str]) -> list[frozenset[str]]:
    """The sets with only those entries that are `present`, each once, the smallest first."""
    found = {frozenset(entries & present) for entries in sets}
    return sorted(found, key=lambda entries: (len(entries), sorted(entries)))


def simplest(sets: Iterable[frozenset[str]], most: int = MOST) -> list[frozenset[str]]:
    """Of `sets`, the smallest first, those that no other one implies; at most `most`."""
    kept: list[frozenset[str]] = []
    for entries in sets:
        if len(kept) == most:
            break
        if not any(other <= entries for other in kept):
            kept.append(entries)
    return kept
