"""One of a thing for each event loop: connections cannot be used from another loop than the one that made them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class PerLoop(Generic[T]):
    """`make` runs in a thread (it may import and block), once per loop however many ask for it at the same time."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: dict[asyncio.AbstractEventLoop, asyncio.Task[T]] = {}

    async def get(self) -> T:
        loop = asyncio.get_running_loop()
        if loop not in self._made:
            self._made = {known: task for known, task in self._made.items() if not known.is_closed()}
            self._made[loop] = loop.create_task(asyncio.to_thread(self._make))
        task = self._made[loop]
        try:
            # Shielded: one caller that gives up must not take it from the others.
            return await asyncio.shield(task)
        except BaseException:
            if task.done() and self._made.get(loop) is task:
                del self._made[loop]
            raise

    async def take(self) -> T | None:
        """What this loop has, for closing; None when nothing was made. The next `get` makes another."""
        task = self._made.pop(asyncio.get_running_loop(), None)
        return await task if task is not None else None
