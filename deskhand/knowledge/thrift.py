"""What the index leaves behind in memory goes back to the system; glibc would keep it for each thread that freed it."""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from typing import Any


def give_back() -> None:
    """Return free memory to the system. Takes about a millisecond; nothing happens where there is no glibc."""
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Any:
    # A threshold in glibc would do it at every free, and each array of the embedder would be mapped in anew.
    return getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
