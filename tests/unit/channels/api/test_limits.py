"""How often somebody may knock, by a clock that stands until it is moved."""

from __future__ import annotations

import pytest

from deskhand.channels.api.limits import CALLS, KNOWN, TRIES_BY_ADDRESS, Buckets, Limits, Rate, UnderWay
from deskhand.errors import Busy


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limits(clock: Clock) -> Limits:
    return Limits(clock)


def tries(limits: Limits, address: str) -> int:
    """How many tries are let through before one is not."""
    for count in range(10_000):
        try:
            limits.try_to_sign_in(address)
        except Busy:
            return count
    raise AssertionError("there is no limit")


def test_tries_from_one_address_come_to_an_end_and_others_go_on(limits: Limits) -> None:
    assert tries(limits, "192.0.2.1") == TRIES_BY_ADDRESS.burst

    limits.try_to_sign_in("192.0.2.2")


def test_whoever_is_stopped_is_told_when_to_come_back_and_may_then(limits: Limits, clock: Clock) -> None:
    tries(limits, "192.0.2.1")

    with pytest.raises(Busy) as stopped:
        limits.try_to_sign_in("192.0.2.1")
    clock.now += stopped.value.retry_after - 0.01
    with pytest.raises(Busy):
        limits.try_to_sign_in("192.0.2.1")
    clock.now += 0.02

    assert tries(limits, "192.0.2.1") == 1


def test_whoever_has_a_million_addresses_keeps_nobody_else_out(limits: Limits) -> None:
    """And fills no memory: what is remembered is bounded (below)."""
    for n in range(2 * KNOWN):
        limits.try_to_sign_in(f"2001:db8:{n >> 16:x}:{n & 0xFFFF:x}::1")

    limits.try_to_sign_in("198.51.100.1")

    limits.succeeded("198.51.100.1")
    assert tries(limits, "198.51.100.1") == TRIES_BY_ADDRESS.burst


def test_a_try_that_succeeds_does_not_count(limits: Limits) -> None:
    for _ in range(500):
        limits.try_to_sign_in("192.0.2.1")
        limits.succeeded("192.0.2.1")

    assert tries(limits, "192.0.2.1") == TRIES_BY_ADDRESS.burst


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("192.0.2.1:50123", "192.0.2.1:50124", True),
        ("192.0.2.1:50123", "192.0.2.2:50123", False),
        ("[2001:db8::1]:443", "2001:db8::2", True),
        ("[2001:db8::1]", "[2001:db8:0:1::1]", False),
        ("nonsense", "more nonsense", True),
    ],
)
def test_an_address_is_what_one_subscriber_has(limits: Limits, one: str, other: str, same: bool) -> None:
    tries(limits, one)

    assert tries(limits, other) == (0 if same else TRIES_BY_ADDRESS.burst)


def test_a_browser_may_call_in_bursts_and_then_at_a_steady_rate(limits: Limits, clock: Clock) -> None:
    for _ in range(int(CALLS.burst)):
        limits.call("cookie")
    with pytest.raises(Busy, match="browser"):
        limits.call("cookie")
    limits.call("another")

    clock.now += 1
    for _ in range(int(CALLS.per_second)):
        limits.call("cookie")
    with pytest.raises(Busy):
        limits.call("cookie")


def test_what_is_remembered_is_bounded(clock: Clock) -> None:
    buckets = Buckets(Rate(1, 1), clock)

    for n in range(KNOWN + 10):
        assert buckets.take(n) == 0

    assert buckets.take(KNOWN + 9) > 0
    assert buckets.take(0) == 0
    assert len(buckets) == KNOWN


def test_of_calls_that_ended_nothing_is_kept() -> None:
    under_way = UnderWay()

    for caller in ("a", "b", "a", None):
        with under_way.call(caller) as room:
            assert room
            assert len(under_way) == (caller is not None)

    assert len(under_way) == 0


def test_a_bucket_never_holds_more_than_its_burst(clock: Clock) -> None:
    buckets = Buckets(Rate(2, 1), clock)
    buckets.take("a")
    clock.now += 1_000
    for _ in range(5):
        buckets.give_back("a")

    assert [buckets.take("a") for _ in range(3)] == [0, 0, 1]
