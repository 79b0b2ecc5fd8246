"""Reads a safetensors file: named arrays that stay on disk until they are touched.

The file is 8 bytes (header length, little-endian), a JSON header, then the arrays one after another.
"""

from __future__ import annotations

import json
import os
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from deskhand.errors import Unreadable

_LONGEST_HEADER = 1 << 24


def read_arrays(path: Path) -> Mapping[str, npt.NDArray[np.float32]]:
    """The float32 arrays of the file by name, as read-only views on the mapped file; others are left out.

    Raises `Unreadable` when the file is cut short or is no safetensors file.
    """
    data = np.memmap(path, np.uint8, "r")
    return {
        name: np.asarray(data[begin:end]).view(np.float32).reshape(shape)
        for name, (shape, begin, end) in _places(path).items()
    }


class Rows:
    """A matrix that stays in its file: the rows asked for are read and nothing is kept.

    Of a mapped matrix the system also maps what lies around a row that is touched, and that soon is all of it.
    """

    def __init__(self, path: Path, name: str) -> None:
        (_, self._width), self._begin, _ = _places(path)[name]
        self._file = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)

    def take(self, rows: Sequence[int]) -> npt.NDArray[np.float32]:
        """Shape (rows asked for, width); safe to call from several threads at once."""
        taken = np.empty((len(rows), self._width), np.float32)
        for place, row in enumerate(rows):
            os.preadv(self._file, [taken[place]], self._begin + row * taken.strides[0])
        return taken


def _places(path: Path) -> dict[str, tuple[list[int], int, int]]:
    """Shape, first byte and end of each float32 array in the file."""
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 2 <= length <= min(size - 8, _LONGEST_HEADER):
            raise Unreadable(_not_safetensors(path, f"its header would be {length} bytes long"))
        try:
            header = json.loads(file.read(length))
        except ValueError:
            raise Unreadable(_not_safetensors(path, "its header is not JSON")) from None
    places = {}
    for name, entry in header.items():
        if name == "__metadata__" or entry["dtype"] != "F32":
            continue
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        if end > size:
            raise Unreadable(_not_safetensors(path, f"{name!r} should end at byte {end} of {size}"))
        places[name] = (entry["shape"], begin, end)
    return places


def _not_safetensors(path: Path, reason: str) -> str:
    return f"{path.name} is no whole safetensors file: {reason}. Run `deskhand models install` again."
