"""One of a thing for each event loop, made once however many ask."""

from __future__ import annotations

import asyncio
import threading

import pytest

from deskhand.llm.per_loop import PerLoop


async def test_it_is_made_once_however_many_ask_at_the_same_time() -> None:
    made: list[object] = []

    def make() -> object:
        made.append(object())
        return made[-1]

    things = PerLoop(make)

    got = await asyncio.gather(*(things.get() for _ in range(20)))

    assert len(made) == 1
    assert set(map(id, got)) == {id(made[0])}


async def test_a_caller_that_gives_up_does_not_take_it_from_the_others() -> None:
    go = threading.Event()
    things = PerLoop(lambda: go.wait(30))
    impatient = asyncio.create_task(things.get())
    patient = asyncio.create_task(things.get())
    await asyncio.sleep(0)

    impatient.cancel()
    await asyncio.wait([impatient])
    go.set()

    assert await patient is True


async def test_what_could_not_be_made_is_tried_again() -> None:
    outcomes: list[Exception | str] = [OSError("not now"), "made"]

    def make() -> str:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    things = PerLoop(make)
    with pytest.raises(OSError, match="not now"):
        await things.get()

    assert await things.get() == "made"


def test_each_loop_has_its_own() -> None:
    things = PerLoop(object)

    assert asyncio.run(things.get()) is not asyncio.run(things.get())


async def test_what_was_taken_is_made_anew() -> None:
    things = PerLoop(object)
    first = await things.get()

    assert await things.take() is first
    assert await things.get() is not first
