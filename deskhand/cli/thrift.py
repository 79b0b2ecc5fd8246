"""How a process of ours treats memory: glibc keeps what threads freed in up to eight pools a core, and ours in two.

The index gives back what it leaves behind (`knowledge.thrift`). Nothing happens where there is no glibc.
"""

from __future__ import annotations

import contextlib
import sys

_ARENA_MAX = -8
"""The name of a setting in malloc.h. Those of thresholds must not be set: they end glibc's adapting to the sizes it is
asked for, and then the embedder takes 1.5 times as long, because each of its arrays is mapped in anew."""


def give_memory_back() -> None:
    """Share two pools between all threads."""
    if sys.platform != "linux":
        return
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 2)
