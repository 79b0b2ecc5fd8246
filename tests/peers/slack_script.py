"""How events travel to the app, and what goes wrong at Slack, as a test scripts it."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable
from typing import Any

from slack_core import Core
from slack_faults import Fault, Gate


class Script(Core):
    """Ways to the app, faults and limits."""

    def subscribe(self, *urls: str) -> None:
        """Events, interactions and commands go to these addresses, in turn; none: over Socket Mode."""
        with self._lock:
            self._options.urls = list(urls)

    def only(self, events: Iterable[str] | None) -> None:
        """The app is subscribed to these events alone, named as in its manifest ("message.im"); None: all."""
        with self._lock:
            self._subscribed = None if events is None else set(events)

    def signed(self, body: bytes, at: float | None = None) -> dict[str, str]:
        """Slack's signature headers for a body, as of `at` (wall-clock seconds)."""
        return self._courier.signed(body, at)

    @property
    def connections(self) -> int:
        """Socket Mode connections that are open."""
        return len(self._courier.links)

    @property
    def opened(self) -> int:
        """Socket Mode connections that were ever opened."""
        return self._courier.opened

    def wait_connected(self, count: int = 1, timeout: float = 15.0) -> None:
        """Waits until at least so many Socket Mode connections are open."""
        self.wait_until(lambda: self.connections >= count, timeout)

    def refresh(self, reason: str = "refresh_requested", grace: float = 0.2) -> None:
        """Asks all connections to come again (also `warning`, `link_disabled`), and closes them after `grace`."""
        asyncio.run_coroutine_threadsafe(self._courier.refresh(reason, grace), self._loop).result(30)

    def frame(self, text: str) -> None:
        """Sends any text over all Socket Mode connections, as Slack never would."""
        asyncio.run_coroutine_threadsafe(self._courier.frame(text), self._loop).result(10)

    def cut(self) -> None:
        """Breaks all Socket Mode connections without a word."""
        asyncio.run_coroutine_threadsafe(self._courier.cut(), self._loop).result(10)

    def limit(self, method: str, times: int | None = 1, retry_after: float = 1, **only: Any) -> None:
        """The next calls are answered 429 with Retry-After (whole seconds). `only`: arguments that a call must have."""
        self._script(method, Fault("limit", times, only=only, retry_after=math.ceil(retry_after)))

    def fail(self, method: str, error: str, times: int | None = 1, **only: Any) -> None:
        """The next calls are refused with Slack's error code."""
        self._script(method, Fault("error", times, only=only, error=error))

    def crash(self, method: str, times: int | None = 1, status: int = 500, *, after: bool = False, **only: Any) -> None:
        """HTTP 5xx, before acting or after."""
        self._script(method, Fault("status", times, after, only, status=status))

    def drop(self, method: str, times: int | None = 1, *, after: bool = True, **only: Any) -> None:
        """The connection breaks, after acting or before."""
        self._script(method, Fault("drop", times, after, only))

    def delay(self, method: str, seconds: float, times: int | None = 1, *, after: bool = False, **only: Any) -> None:
        """The answer comes late."""
        self._script(method, Fault("delay", times, after, only, seconds=seconds))

    def hold(self, method: str, *, after: bool = True, **only: Any) -> Gate:
        """The next call is held, after acting or before, until the gate is released; `gate.reached()` waits for it."""
        gate = Gate()
        self._script(method, Fault("hold", 1, after, only, gate=gate))
        return gate

    def _script(self, method: str, fault: Fault) -> None:
        with self._lock:
            self._faults.script[method].append(fault)

    def lack(self, *methods: str) -> None:
        """These methods do not exist: unknown_method."""
        with self._lock:
            self._faults.lacking.update(methods)

    def tiers(self, on: bool = True, *, minute: float = 60.0, per_post: float = 1.0) -> None:
        """Slack's rate limits: tiers 1 to 4 allow 1, 20, 50 and 100 calls a `minute` (seconds) per method,
        chat.postMessage one every `per_post` seconds per channel."""
        with self._lock:
            self._faults.tiered, self._faults.minute, self._faults.per_post = on, minute, per_post

    def set(self, *, retry_delays: Iterable[float] | None = None, patience: float | None = None, **limits: Any) -> None:
        """Changes limits by name (see `slack_methods.Limits`), or the retries of events."""
        with self._lock:
            for name, value in limits.items():
                if not hasattr(self._api.limits, name):
                    raise AttributeError(f"no limit {name!r}; there are {sorted(vars(self._api.limits))}")
                setattr(self._api.limits, name, value)
            if retry_delays is not None:
                self._options.retry_delays = tuple(retry_delays)
            if patience is not None:
                self._options.patience = patience

    def heal(self) -> None:
        """Forgets all scripted faults and opens the gates."""
        with self._lock:
            self._faults.heal()
