"""Reads a safetensors file: named arrays that stay on disk until they are touched.

The file is 8 bytes (header length, little-endian), a JSON header, then the arrays one after another.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from deskhand.errors import Unreadable

_LONGEST_HEADER = 1 << 24


def read_arrays(path: Path) -> Mapping[str, npt.NDArray[np.float32]]:
    """The float32 arrays of the file by name, as read-only views on the mapped file; others are left out.

    Raises `Unreadable` when the file is cut short or is no safetensors file.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 2 <= length <= min(size - 8, _LONGEST_HEADER):
            raise Unreadable(_not_safetensors(path, f"its header would be {length} bytes long"))
        try:
            header = json.loads(file.read(length))
        except ValueError:
            raise Unreadable(_not_safetensors(path, "its header is not JSON")) from None
    data = np.memmap(path, np.uint8, "r", offset=8 + length)
    arrays = {}
    for name, entry in header.items():
        if name == "__metadata__" or entry["dtype"] != "F32":
            continue
        begin, end = entry["data_offsets"]
        if end > data.size:
            raise Unreadable(_not_safetensors(path, f"{name!r} should end at byte {end} of {data.size}"))
        arrays[name] = np.asarray(data[begin:end]).view(np.float32).reshape(entry["shape"])
    return arrays


def _not_safetensors(path: Path, reason: str) -> str:
    return f"{path.name} is no whole safetensors file: {reason}. Run `deskhand models install` again."
