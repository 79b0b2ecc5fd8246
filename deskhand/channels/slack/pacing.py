"""When each of Slack's methods may be called next, shared by all that call: what one caller is told to wait, all wait.

Slots are given out in the order they are asked for. `chat.postMessage` has slots for each channel, a second apart.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

PER_CHANNEL = {"chat.postMessage": 1.1}
"""Methods that are limited in each channel, and the seconds between two calls there: Slack's second, and what two calls
may differ in on their way."""

CAREFUL = 0.05
"""Seconds between two calls of a method that was limited, for `CAREFUL_FOR` seconds: those that waited for it must not
all come at once."""

CAREFUL_FOR = 60.0
MOST = 10_000


class Pacing:
    """Slots in time, by method (and channel). Times are seconds of `clock`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._next: dict[str, float] = {}
        self._shut: dict[str, float] = {}

    @staticmethod
    def key(method: str, arguments: Mapping[str, Any]) -> str:
        """What is limited together: "users.info", "chat.postMessage C1"."""
        return f"{method} {arguments.get('channel', '')}" if method in PER_CHANNEL else method

    def now(self) -> float:
        return self._clock()

    def wait(self, key: str) -> float:
        """Seconds until a call could be made: 0.0 means now."""
        return max(0.0, self._next.get(key, 0.0) - self._clock())

    def take(self, key: str) -> float:
        """The next free slot, which is the caller's from now on; it asks `shut` again when the time has come."""
        now = self._clock()
        slot = max(now, self._next.get(key, 0.0))
        self._forget(now)
        self._next[key] = slot + self._gap(key, slot)
        return slot

    def shut(self, key: str) -> bool:
        """Whether Slack has said "later" about a time that is not yet over."""
        return self._shut.get(key, 0.0) > self._clock()

    def limit(self, key: str, seconds: float) -> None:
        """Slack said "later": no slot before `seconds` are over."""
        until = self._clock() + seconds
        self._shut[key] = max(self._shut.get(key, 0.0), until)
        self._next[key] = self._shut[key]

    def _gap(self, key: str, slot: float) -> float:
        own = PER_CHANNEL.get(key.partition(" ")[0], 0.0)
        shut = self._shut.get(key)
        careful = CAREFUL if shut is not None and slot < shut + CAREFUL_FOR else 0.0
        return max(own, careful)

    def _forget(self, now: float) -> None:
        if len(self._next) > MOST:
            self._next = {key: until for key, until in self._next.items() if until > now}
            self._shut = {key: until for key, until in self._shut.items() if until > now - CAREFUL_FOR}
