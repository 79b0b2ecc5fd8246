"""Text on its way from the task that reads a model's stream to the caller; what comes close together leaves joined."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any


class Pipe:
    """Put text in at one end, iterate at the other. The first text leaves at once, the next ones at least `gather`
    seconds apart, and the last at once again, so that joining costs the whole answer nothing."""

    def __init__(self, gather: float) -> None:
        self.length = 0
        self._gather = gather
        self._texts: list[str] = []
        self._more = asyncio.Event()
        self._ended = False
        self._timer: asyncio.TimerHandle | None = None

    def put(self, text: str) -> None:
        self.length += len(text)
        self._texts.append(text)
        if self._timer is None:
            self._more.set()

    def end(self, task: asyncio.Task[Any]) -> None:
        """No more will come: a done-callback for the task that fills the pipe. The task's error stays with the task."""
        self._ended = True
        self._more.set()
        if not task.cancelled():
            task.exception()

    async def __aiter__(self) -> AsyncIterator[str]:
        try:
            while not self._ended or self._texts:
                await self._more.wait()
                self._more.clear()
                if self._texts:
                    text = "".join(self._texts)
                    self._texts.clear()
                    if not self._ended:
                        self._timer = asyncio.get_running_loop().call_later(self._gather, self._due)
                    yield text
        finally:
            if self._timer is not None:
                self._timer.cancel()

    def _due(self) -> None:
        self._timer = None
        if self._texts:
            self._more.set()
