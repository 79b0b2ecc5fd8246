"""How often somebody may knock: tries to sign in that fail, by address, calls of a browser, and calls at once.

Each process counts for itself, in memory. What is guarded cannot be guessed; the limits keep it from costing much.
There is no bound for all addresses together: whoever has many could keep everybody out by it.
"""

from __future__ import annotations

import ipaddress
import re
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from deskhand.errors import Busy

KNOWN = 10_000
"""Addresses (or sessions) that are remembered; whoever was not seen for longest is forgotten."""

_PORT = re.compile(r"^(?:\[(.+)\]|([\d.]+))(?::\d+)?$")


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` at once, and `per_second` more of them as time goes by."""

    burst: float
    per_second: float


TRIES_BY_ADDRESS = Rate(10, 10 / 60)
"""Tries to sign in that may fail from one address."""
CALLS = Rate(300, 30)
"""Calls that one browser may make."""
AT_ONCE = 256
"""Calls of one token, or of one browser, that may be under way at once; a stream is one as long as it lasts. Each holds
a connection, and there are only so many for all."""


class Buckets:
    """One bucket of a rate for each key, filled by time and emptied by use. `clock` gives seconds."""

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._levels: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._levels)

    def take(self, key: Hashable) -> float:
        """Use one up: 0, or the seconds after which there is one again."""
        level, now = self._level(key)
        if level < 1:
            return (1 - level) / self._rate.per_second
        self._keep(key, level - 1, now)
        return 0.0

    def give_back(self, key: Hashable) -> None:
        """Undo a `take`."""
        level, now = self._level(key)
        self._keep(key, min(self._rate.burst, level + 1), now)

    def _level(self, key: Hashable) -> tuple[float, float]:
        now = self._clock()
        level, then = self._levels.get(key, (self._rate.burst, now))
        return min(self._rate.burst, level + (now - then) * self._rate.per_second), now

    def _keep(self, key: Hashable, level: float, now: float) -> None:
        self._levels[key] = (level, now)
        self._levels.move_to_end(key)
        while len(self._levels) > KNOWN:
            self._levels.popitem(last=False)


class UnderWay:
    """The calls that are under way, by who makes them."""

    def __init__(self) -> None:
        self._calls: Counter[Hashable] = Counter()

    def __len__(self) -> int:
        return len(self._calls)

    @contextmanager
    def call(self, caller: Hashable | None) -> Iterator[bool]:
        """Whether there is room for one more of this caller's (None: of nobody's we could tell); it holds it until it
        ends."""
        if caller is None or self._calls.get(caller, 0) >= AT_ONCE:
            yield caller is None
            return
        self._calls[caller] += 1
        try:
            yield True
        finally:
            self._calls[caller] -= 1
            if not self._calls[caller]:
                del self._calls[caller]


class Limits:
    """What one process has counted."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._by_address = Buckets(TRIES_BY_ADDRESS, clock)
        self._calls = Buckets(CALLS, clock)

    def try_to_sign_in(self, address: str) -> None:
        """Count a try; `succeeded` takes it back. Raises `Busy`."""
        if wait := self._by_address.take(_network(address)):
            raise Busy("too many tries to sign in from your address have failed.", retry_after=wait)

    def succeeded(self, address: str) -> None:
        """The try that was just counted was none to worry about."""
        self._by_address.give_back(_network(address))

    def call(self, cookie: str) -> None:
        """Count a call of the browser with this cookie, which is not kept. Raises `Busy`."""
        if wait := self._calls.take(hash(cookie)):
            raise Busy(f"this browser made more than {CALLS.burst:g} calls in a short time.", retry_after=wait)


def _network(address: str) -> str:
    """What one subscriber has: an IPv4 address, or a /64 of IPv6; the port that some proxies add is not looked at."""
    host = _PORT.sub(r"\1\2", address.partition("%")[0])
    try:
        parsed = ipaddress.ip_address(host)
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv6Address):
        mapped = parsed.ipv4_mapped
        return str(mapped or ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
