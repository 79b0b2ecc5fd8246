"""Progress is told at most four times a second, with the rate of late and the time that is left."""

from __future__ import annotations

from itertools import pairwise

from deskhand.ingestion.progress import Failure, Meter, Tally


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_events_are_at_least_a_quarter_second_apart():
    clock, told = Clock(), []

    async def tell(type: str, data: dict) -> None:
        told.append((clock.now, data["done"]))

    meter = Meter(tell, clock)
    meter.expect(100)
    for _ in range(100):
        await meter.count(Tally(indexed=1))
        clock.now += 0.0625

    gaps = [after[0] - before[0] for before, after in pairwise(told)]
    assert min(gaps) >= 0.25
    assert 24 <= len(told) <= 26


async def test_the_rate_and_the_time_left_follow_what_was_done():
    clock, told = Clock(), []

    async def tell(type: str, data: dict) -> None:
        told.append(data)

    meter = Meter(tell, clock)
    meter.expect(100)
    for _ in range(40):
        await meter.count(Tally(indexed=1, passages=3))
        clock.now += 0.5

    assert 1.9 < told[-1]["rate"] < 2.1
    assert 29 < told[-1]["seconds_left"] < 32
    assert told[-1]["passages"] == 3 * told[-1]["done"]


def test_tallies_add_up_and_keep_a_thousand_failures():
    tally = Tally(failed=1, redactions={"email": 2}, failures=(Failure("a", "b"),) * 900)

    both = tally + tally

    assert (both.failed, both.done, both.redactions, len(both.failures)) == (2, 2, {"email": 4}, 1000)
