"""The vectors' side of the index: files that only grow, mapped into memory to be read.

A row that is gone gets the document key 0 in its place; a rebuild leaves such rows out.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from deskhand.knowledge import scan
from deskhand.knowledge.pairs import Keys, Pairs
from deskhand.knowledge.scan import Bytes, Floats
from deskhand.knowledge.terms import Groups, term_key

__all__ = ["Matrix", "MatrixView"]

_PAIR = np.dtype([("key", "<u8"), ("row", "<u4")])
_FEW = 0.5
"""Below this visible share the visible rows are gathered; above, all are read in a row and the others left out."""


@dataclass(frozen=True, slots=True)
class MatrixView:
    """What is committed, to be searched from any thread while the matrix goes on growing."""

    rows: Bytes
    scales: Floats
    passages: npt.NDArray[np.int64]
    alive: npt.NDArray[np.bool_]
    terms: Pairs
    places: Pairs

    def search(self, query: Floats, groups: Groups, limit: int) -> tuple[npt.NDArray[np.int64], Floats]:
        """The passages let through by `groups` that are nearest to `query` (of length 1), and their cosines."""
        visible = self._visible(groups)
        if visible is None or not len(visible):
            return np.empty(0, np.int64), np.empty(0, np.float32)
        cosines = self._cosines(query, visible)
        best = scan.top(cosines, limit)
        return self.passages[visible[best]], cosines[best]

    def cosines_of(self, query: Floats, passages: npt.NDArray[np.int64]) -> Floats:
        """The cosine of each passage, NaN where it has no vector here."""
        rows = self.places.row_of(passages.astype(np.uint64))
        found = np.full(len(passages), np.nan, np.float32)
        known = rows >= 0
        known[known] = self.alive[rows[known]]
        if known.any():
            found[known] = self._cosines(query, rows[known])
        return found

    def sample(self, count: int) -> npt.NDArray[np.int64]:
        """Up to `count` live rows, evenly spread."""
        alive = np.flatnonzero(self.alive)
        return alive[np.linspace(0, len(alive) - 1, min(count, len(alive))).astype(np.int64)] if len(alive) else alive

    def cosines_at(self, query: Floats, rows: npt.NDArray[np.int64]) -> Floats:
        return self._cosines(query, rows)

    def _visible(self, groups: Groups) -> npt.NDArray[np.int64] | None:
        mask: npt.NDArray[np.bool_] | None = None
        for group in groups:
            member = np.zeros(len(self.alive), np.bool_)
            for term in group:
                for rows in self.terms.rows(term_key(term)):
                    member[rows] = True
            mask = member if mask is None else mask & member
        return None if mask is None else np.flatnonzero(mask & self.alive)

    def _cosines(self, query: Floats, rows: npt.NDArray[np.int64]) -> Floats:
        (scale,), (small,) = scan.quantize(query[None, :])
        dense = len(rows) > _FEW * len(self.rows)
        products = self._all(small)[rows] if dense else self._gathered(small, rows)
        cosines: Floats = products.astype(np.float32) * (self.scales[rows] * scale)
        return np.clip(cosines, -1, 1, out=cosines)  # rounding may reach a little beyond 1

    def _all(self, query: Bytes) -> npt.NDArray[np.int32]:
        found = np.empty(len(self.rows), np.int32)
        for start in range(0, len(self.rows), scan.CHUNK):
            found[start : start + scan.CHUNK] = scan.inner(self.rows[start : start + scan.CHUNK], query)
        return found

    def _gathered(self, query: Bytes, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
        found = np.empty(len(rows), np.int32)
        for start in range(0, len(rows), scan.CHUNK):
            part = self.rows.take(rows[start : start + scan.CHUNK], axis=0)
            found[start : start + scan.CHUNK] = scan.inner(part, query)
        return found


class Matrix:
    """The files, written by one thread: `add` and `remove`, then `commit`, which makes them last and gives a view."""

    def __init__(self, directory: Path, dimensions: int, rows: int = 0, pairs: int = 0) -> None:
        """Open at a committed size; what a crash left behind it is cut off."""
        directory.mkdir(parents=True, exist_ok=True)
        sizes = {"rows.i8": rows * dimensions, "scales.f32": rows * 4, "passages.i64": rows * 8}
        sizes |= {"documents.u64": rows * 8, "terms.pairs": pairs * _PAIR.itemsize}
        for name, size in sizes.items():
            _must_have(directory / name, size)
        self.dimensions = dimensions
        self._files = {name.partition(".")[0]: _open(directory / name, size) for name, size in sizes.items()}
        self._directory = directory
        self.count, self.pairs, self.dead = rows, pairs, 0
        stored = np.fromfile(directory / "terms.pairs", _PAIR)
        self._terms = Pairs().plus(stored["key"].astype(np.uint64), stored["row"].astype(np.uint32))
        self._places, self._documents = Pairs(), Pairs()
        self._note(0, np.fromfile(directory / "passages.i64", "<i8"), np.fromfile(directory / "documents.u64", "<u8"))
        self._alive = np.fromfile(directory / "documents.u64", "<u8") != 0
        self.dead = int(rows - self._alive.sum())

    def add(
        self,
        blobs: Sequence[bytes],
        passages: Sequence[int],
        documents: Sequence[int],
        terms: Sequence[tuple[int, Sequence[int]]],
    ) -> None:
        """Append one row a blob (float32 scale, then the bytes). `documents` has each row's key, `terms` for runs of
        rows (as many as said, in order) the keys that they carry."""
        if not blobs:
            return
        joined = np.frombuffer(b"".join(blobs), np.uint8).reshape(len(blobs), 4 + self.dimensions)
        self._files["scales"].write(joined[:, :4].tobytes())
        self._files["rows"].write(joined[:, 4:].tobytes())
        numbers, keys = np.array(passages, "<i8"), np.array(documents, "<u8")
        self._files["passages"].write(numbers.tobytes())
        self._files["documents"].write(keys.tobytes())
        pairs = _pairs(self.count, terms)
        self._files["terms"].write(pairs.tobytes())
        self._terms = self._terms.plus(pairs["key"].astype(np.uint64), pairs["row"].astype(np.uint32))
        self._note(self.count, numbers, keys)
        self._alive = np.concatenate([self._alive, np.ones(len(blobs), np.bool_)])
        self.count += len(blobs)
        self.pairs += len(pairs)

    def remove(self, documents: Sequence[int]) -> None:
        """Mark every row of these documents as gone, in place: views that are open stop showing them."""
        gone = [rows for key in documents for rows in self._documents.rows(key)]
        if not gone:
            return
        rows = np.concatenate(gone)
        rows = rows[self._alive[rows]]
        self._alive[rows] = False
        self.dead += len(rows)
        self._files["documents"].flush()
        for row in rows.tolist():
            os.pwrite(self._files["documents"].fileno(), b"\0" * 8, row * 8)

    def commit(self) -> MatrixView:
        """Everything to disk, and a view of it."""
        for file in self._files.values():
            file.flush()
            os.fsync(file.fileno())
        return MatrixView(
            rows=self._map("rows.i8", np.int8).reshape(self.count, self.dimensions),
            scales=self._map("scales.f32", "<f4"),
            passages=self._map("passages.i64", "<i8"),
            alive=self._alive,
            terms=self._terms,
            places=self._places,
        )

    def close(self) -> None:
        for file in self._files.values():
            file.close()

    def _note(self, first: int, passages: npt.NDArray[np.int64], documents: Keys) -> None:
        rows = np.arange(first, first + len(passages), dtype=np.uint32)
        live = documents != 0
        order = np.argsort(passages, kind="stable")
        order = order[live[order]]
        self._places = self._places.plus(passages.astype(np.uint64)[order], rows[order])
        order = np.argsort(documents, kind="stable")
        order = order[live[order]]
        self._documents = self._documents.plus(documents.astype(np.uint64)[order], rows[order])

    def _map(self, name: str, kind: Any) -> Any:
        if not self.count:
            return np.empty(0, kind)
        return np.asarray(np.memmap(self._directory / name, kind, mode="r"))


def _must_have(path: Path, size: int) -> None:
    if size and (not path.exists() or path.stat().st_size < size):
        raise ValueError(f"{path.name} is shorter than it was when it was committed")


def _open(path: Path, size: int) -> BinaryIO:
    file = path.open("r+b" if path.exists() else "w+b")
    file.truncate(size)
    file.seek(size)
    return file


def _pairs(first: int, terms: Sequence[tuple[int, Sequence[int]]]) -> npt.NDArray[Any]:
    counts = np.array([count for count, _ in terms], np.int64)
    widths = np.array([len(keys) for _, keys in terms], np.int64)
    found = np.empty(int((counts * widths).sum()), _PAIR)
    place, row = 0, first
    for (count, keys), width in zip(terms, widths.tolist(), strict=True):
        block = found[place : place + count * width]
        block["row"] = np.repeat(np.arange(row, row + count, dtype=np.uint32), width)
        block["key"] = np.tile(np.array(keys, "<u8"), count)
        place, row = place + count * width, row + count
    order = np.argsort(found["key"], kind="stable")
    return found[order]
