"""How often a request to a model is tried, and how long between: the server's word first, else longer each time."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from deskhand.errors import ModelThrottled
from deskhand.llm.faults import Fault

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Patience:
    """`tries` at most (1 = once); before another, the server's Retry-After, else `wait` seconds doubled each time up
    to `longest`, with up to half of it taken off at random, so that callers refused together do not return together."""

    tries: int = 5
    wait: float = 0.5
    longest: float = 20.0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Callable[[], float] = random.random

    def pause(self, fault: Fault, tried: int, left: float) -> float | None:
        """Seconds until another try after `tried` ones, or None: not worth it, or more than the `left` seconds."""
        if not fault.passing or tried >= self.tries:
            return None
        asked = fault.error.retry_after if isinstance(fault.error, ModelThrottled) else None
        if asked is None:
            asked = min(self.longest, self.wait * 2 ** (tried - 1)) * (1 - self.chance() / 2)
        return asked if asked < left else None

    async def __call__(self, ask: Callable[[], Awaitable[T | Fault]], seconds: float) -> T:
        """What `ask` gives, tried again while it gives a passing fault, within `seconds`; else raises the error."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        tried = 0
        while True:
            outcome = await ask()
            tried += 1
            if not isinstance(outcome, Fault):
                return outcome
            pause = self.pause(outcome, tried, end - loop.time())
            if pause is None:
                raise outcome.error
            await self.sleep(pause)
