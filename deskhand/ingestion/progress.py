"""How far an ingestion is, and what came of it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field

from deskhand.nouns import Json

EVERY = 0.25
"""Seconds between two progress events, at least."""

WINDOW = 30.0
"""Seconds over which the rate is measured."""

MOST_FAILURES = 1_000
"""Failures in a report; the catalog has them all."""


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` documents; `rate` is documents per second of late, `seconds_left` None while it is unknown."""

    done: int = 0
    total: int = 0
    indexed: int = 0
    unchanged: int = 0
    failed: int = 0
    passages: int = 0
    rate: float = 0.0
    seconds_left: float | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """An item that could not be taken in, and why, in words that hold nothing of its text."""

    item: str
    reason: str


@dataclass(frozen=True, slots=True)
class Tally:
    """What came of some documents: how many in each state, passages and redactions (by kind) of the indexed ones."""

    indexed: int = 0
    unchanged: int = 0
    failed: int = 0
    deleted: int = 0
    passages: int = 0
    redactions: Mapping[str, int] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()

    @property
    def done(self) -> int:
        return self.indexed + self.unchanged + self.failed

    def __add__(self, other: Tally) -> Tally:
        kinds = self.redactions.keys() | other.redactions.keys()
        return Tally(
            self.indexed + other.indexed,
            self.unchanged + other.unchanged,
            self.failed + other.failed,
            self.deleted + other.deleted,
            self.passages + other.passages,
            {kind: self.redactions.get(kind, 0) + other.redactions.get(kind, 0) for kind in sorted(kinds)},
            (self.failures + other.failures)[:MOST_FAILURES],
        )


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What came of a run: `counts` by document state, the first thousand `failures`, what was redacted by kind."""

    run: str
    counts: Mapping[str, int]
    passages: int
    redactions: Mapping[str, int]
    failures: tuple[Failure, ...]

    @classmethod
    def of(cls, run: str, tally: Tally) -> IngestReport:
        counts = {name: getattr(tally, name) for name in ("indexed", "unchanged", "failed", "deleted")}
        return cls(run, counts, tally.passages, dict(tally.redactions), tally.failures)


class Meter:
    """Counts documents as they are done and tells of it, at most every `EVERY` seconds."""

    def __init__(
        self, tell: Callable[[str, Mapping[str, Json]], Awaitable[None]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._tell, self._clock = tell, clock
        self._total = 0
        self._tally = Tally()
        self._told = float("-inf")
        self._samples: deque[tuple[float, int]] = deque()

    def expect(self, documents: int) -> None:
        """So many more documents are to be done."""
        self._total += documents

    async def count(self, tally: Tally) -> None:
        """So much more is done; tell if it is time to."""
        self._tally = self._tally + Tally(tally.indexed, tally.unchanged, tally.failed, passages=tally.passages)
        await self.tell_at_times()

    async def tell_at_times(self) -> None:
        """Send a progress event unless the last one is younger than `EVERY`."""
        if self._clock() - self._told >= EVERY:
            await self.tell()

    async def tell(self) -> None:
        """Send a progress event now."""
        self._told = now = self._clock()
        await self._tell("progress", asdict(self._progress(now)))

    def correct(self, tally: Tally) -> None:
        """`tally` is what is on record; what was counted beside it is forgotten (a step that is done again)."""
        self._tally = tally

    def _progress(self, now: float) -> Progress:
        done, samples = self._tally.done, self._samples
        samples.append((now, done))
        while len(samples) > 2 and now - samples[0][0] > WINDOW:
            samples.popleft()
        began, before = samples[0]
        rate = (done - before) / (now - began) if now > began else 0.0
        total = max(self._total, done)
        left = round((total - done) / rate, 1) if rate > 0 else None
        tally = self._tally
        counts = (tally.indexed, tally.unchanged, tally.failed, tally.passages)
        return Progress(done, total, *counts, round(rate, 2), left)
