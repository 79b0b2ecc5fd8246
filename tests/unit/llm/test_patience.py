"""How often and how long a request is tried again."""

from __future__ import annotations

import pytest

from deskhand.errors import ModelError, ModelThrottled
from deskhand.llm.faults import Fault
from deskhand.llm.patience import Patience

THROTTLED = Fault(ModelThrottled("throttled"), passing=True)


def test_the_wait_doubles_up_to_the_longest() -> None:
    patience = Patience(tries=9, wait=1.0, longest=6.0, chance=lambda: 0.0)

    assert [patience.pause(THROTTLED, tried, 100.0) for tried in (1, 2, 3, 4, 5)] == [1.0, 2.0, 4.0, 6.0, 6.0]


def test_chance_takes_off_up_to_half() -> None:
    patience = Patience(wait=1.0, chance=lambda: 1.0)

    assert patience.pause(THROTTLED, 1, 100.0) == 0.5


def test_the_servers_word_goes_first() -> None:
    fault = Fault(ModelThrottled("throttled", retry_after=42.0), passing=True)

    assert Patience().pause(fault, 1, 100.0) == 42.0


@pytest.mark.parametrize(
    ("fault", "tried", "left"),
    [(THROTTLED, 5, 100.0), (THROTTLED, 1, 0.01), (Fault(ModelError("no"), passing=False), 1, 100.0)],
    ids=["tried often enough", "no time left", "will not pass"],
)
def test_when_it_is_not_worth_another_try(fault: Fault, tried: int, left: float) -> None:
    assert Patience().pause(fault, tried, left) is None


async def test_it_goes_on_until_it_goes_well() -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    outcomes: list[str | Fault] = [THROTTLED, THROTTLED, "well"]

    async def ask() -> str | Fault:
        return outcomes.pop(0)

    assert await Patience(sleep=sleep, chance=lambda: 0.0)(ask, 60.0) == "well"
    assert waited == [0.5, 1.0]
