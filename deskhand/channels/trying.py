"""Trying whether something is there: one call, with a bound on its time, and what is to be said of its failure."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from dataclasses import dataclass

from deskhand.errors import DeskhandError

__all__ = ["Attempt", "Tried", "attempt"]


@dataclass(frozen=True, slots=True)
class Tried:
    """One thing that was tried: whether it is as it should be, and what was found or is to be done."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """A call that was made: how long it took, in milliseconds, and what it gave or raised."""

    ms: float
    said: object = None
    error: Exception | None = None

    @property
    def why(self) -> str:
        """Why it failed, for an operator: one of our errors in its words, of any other its type alone, as its message
        may hold an address with a password."""
        match self.error:
            case None:
                return ""
            case DeskhandError():
                return str(self.error)
            case TimeoutError():
                return f"It did not answer within {self.ms / 1000:.0f} s."
            case _:
                return f"It fails ({type(self.error).__name__}); see the server's log."


async def attempt(work: Awaitable[object], seconds: float) -> Attempt:
    """Do the work for `seconds` at most; what it raises is told, not raised."""
    began = time.perf_counter()
    said: object = None
    failed: Exception | None = None
    try:
        async with asyncio.timeout(seconds):
            said = await work
    except Exception as error:
        failed = error
    return Attempt(round((time.perf_counter() - began) * 1000, 2), said, failed)
