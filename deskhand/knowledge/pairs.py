"""Keys and the rows that carry them, as two sorted arrays: twelve bytes a pair, and no Python object for any.

A `Pairs` never changes; adding gives another one, so who searches keeps what was there when it began.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

__all__ = ["Keys", "Pairs", "Rows"]

Keys = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.uint32]

_SMALL = 1 << 16
"""Pairs that the young tier may hold before it is merged into the old one."""


def _no_keys() -> Keys:
    return np.empty(0, np.uint64)


def _no_rows() -> Rows:
    return np.empty(0, np.uint32)


@dataclass(frozen=True, slots=True)
class Tier:
    keys: Keys = field(default_factory=_no_keys)
    rows: Rows = field(default_factory=_no_rows)

    def merged(self, keys: Keys, rows: Rows) -> Tier:
        keys, rows = np.concatenate([self.keys, keys]), np.concatenate([self.rows, rows])
        # A stable sort of two sorted runs is one merge.
        order = np.argsort(keys, kind="stable")
        return Tier(keys[order], rows[order])

    def of(self, key: int) -> Rows:
        wanted = np.uint64(key)
        first, last = np.searchsorted(self.keys, wanted, "left"), np.searchsorted(self.keys, wanted, "right")
        return self.rows[first:last]

    def last_of(self, keys: Keys) -> npt.NDArray[np.int64]:
        if not len(self.keys):
            return np.full(len(keys), -1, np.int64)
        places = np.maximum(np.searchsorted(self.keys, keys, "right") - 1, 0)
        return np.where(self.keys[places] == keys, self.rows[places].astype(np.int64), -1)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Sorted pairs of a 64-bit key and a row, in an old and a young tier."""

    old: Tier = field(default_factory=Tier)
    young: Tier = field(default_factory=Tier)

    def __len__(self) -> int:
        return len(self.old.keys) + len(self.young.keys)

    def plus(self, keys: Keys, rows: Rows) -> Pairs:
        """These pairs and those; equal keys keep the order in which they came."""
        young = self.young.merged(keys, rows)
        if len(young.keys) <= max(_SMALL, len(self.old.keys) // 8):
            return Pairs(self.old, young)
        return Pairs(self.old.merged(young.keys, young.rows), Tier())

    def rows(self, key: int) -> list[Rows]:
        """The rows of a key, in one or two arrays."""
        return [found for tier in (self.old, self.young) if len(found := tier.of(key))]

    def row_of(self, keys: Keys) -> npt.NDArray[np.int64]:
        """For each key the row that was added last, or -1."""
        young = self.young.last_of(keys)
        return np.where(young >= 0, young, self.old.last_of(keys))
