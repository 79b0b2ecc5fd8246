"""What can go wrong at Slack, by script: rate limits, errors, broken connections, delays, gates that hold a call."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

PER_MINUTE = {"1": 1, "2": 20, "3": 50, "4": 100, "special": 300}


@dataclass
class Fault:
    """`kind` is limit, error, status, drop, delay or hold; `after` means that the call is carried out first. `times`
    None is for ever; `only` are arguments that a call must have."""

    kind: str
    times: int | None = 1
    after: bool = False
    only: dict[str, Any] = field(default_factory=dict)
    retry_after: int = 1
    error: str = ""
    status: int = 500
    seconds: float = 0.0
    gate: Gate | None = None

    def takes(self, arguments: dict[str, Any]) -> bool:
        """Whether it happens to this call; uses it up by one."""
        if self.times == 0 or any(arguments.get(name) != value for name, value in self.only.items()):
            return False
        if self.times is not None:
            self.times -= 1
        return True


class Gate:
    """Holds a call inside the server until it is released."""

    def __init__(self) -> None:
        self._reached, self._released = threading.Event(), threading.Event()

    def reached(self, timeout: float = 10.0) -> bool:
        """Waits for a call to be held; False when none came in time."""
        return self._reached.wait(timeout)

    def release(self) -> None:
        self._released.set()

    async def hold(self) -> None:
        self._reached.set()
        while not self._released.is_set():
            await asyncio.sleep(0.005)


class Faults:
    """The script, and the buckets of Slack's tiers when these are on. Not thread-safe."""

    def __init__(self) -> None:
        self.script: dict[str, list[Fault]] = defaultdict(list)
        self.lacking: set[str] = set()
        self.tiered = False
        self.minute = 60.0
        self.per_post = 1.0
        self._calls: dict[tuple[str, str], list[float]] = defaultdict(list)
        self._until: dict[tuple[str, str], float] = {}

    def of(self, method: str, arguments: dict[str, Any]) -> list[Fault]:
        """What happens to this call: the first outcome in the script (the next one is for the next call), and with it
        at most one delay and one gate."""
        taken: dict[str, Fault] = {}
        for fault in self.script[method] + self.script["*"]:
            slot = fault.kind if fault.kind in {"delay", "hold"} else "outcome"
            if slot not in taken and fault.takes(arguments):
                taken[slot] = fault
        return list(taken.values())

    def heal(self) -> None:
        for faults in self.script.values():
            for fault in faults:
                if fault.gate is not None:
                    fault.gate.release()
        self.script.clear()
        self.lacking.clear()

    def wait(self, method: str, tier: str, channel: str) -> int:
        """Seconds that the caller must wait by the tiers, 0 when the call may go ahead (which it then counts)."""
        if not self.tiered:
            return 0
        now = time.time()
        name, most, window = (method, channel), 1, self.per_post
        if tier != "post":
            name, most, window = (method, ""), PER_MINUTE[tier], self.minute
        calls = self._calls[name] = [at for at in self._calls[name] if now - at < window]
        if len(calls) < most:
            calls.append(now)
            return 0
        return max(1, math.ceil(calls[0] + window - now))

    def refused(self, method: str, channel: str, seconds: int) -> None:
        self._until[method, channel] = time.time() + seconds

    def early(self, method: str, channel: str) -> bool:
        """Whether this call comes before the Retry-After of an earlier 429 was over."""
        return time.time() < self._until.get((method, channel), 0.0) - 0.02
