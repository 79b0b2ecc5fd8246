"""The bell wakes who waits, keeps a ring for who comes later, and never swallows a cancellation."""

from __future__ import annotations

import asyncio

import pytest

from deskhand.knowledge import Wake


async def test_a_ring_before_the_wait_is_not_lost() -> None:
    wake = Wake()
    wake.bind()
    wake.ring()
    await asyncio.sleep(0)

    await asyncio.wait_for(wake.wait(60), 5)


async def test_a_wait_ends_by_itself() -> None:
    wake = Wake()
    wake.bind()

    await asyncio.wait_for(wake.wait(0.001), 5)


async def test_a_ring_from_another_thread_wakes() -> None:
    wake = Wake()
    wake.bind()
    waiting = asyncio.create_task(wake.wait(60))

    await asyncio.to_thread(wake.ring)

    await asyncio.wait_for(waiting, 5)


@pytest.mark.parametrize("turns", range(5))
async def test_a_cancellation_that_comes_with_the_bell_still_cancels(turns: int) -> None:
    """The index's follower would otherwise go on for ever, and closing would wait for it."""
    wake = Wake()
    wake.bind()

    async def follow() -> None:
        while True:
            await wake.wait(60)

    following = asyncio.create_task(follow())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    wake._event.set()
    for _ in range(turns):
        await asyncio.sleep(0)
    following.cancel()

    done, _ = await asyncio.wait([following], timeout=1)
    following.cancel()
    assert done
