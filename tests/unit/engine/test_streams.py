"""Followers, memory and the clerk who keeps events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from deskhand.engine import streams as module
from deskhand.engine.records import Batch
from deskhand.engine.streams import Cursor, Streams
from deskhand.nouns import StreamEvent


class Store:
    def __init__(self) -> None:
        self.saves: list[list[Batch]] = []
        self.over = False
        self.broken = 0

    async def save(self, batches: list[Batch]) -> None:
        if self.broken:
            self.broken -= 1
            raise OSError
        self.saves.append(batches)

    async def load(self, run_id: str, cursor: Cursor) -> list[Batch]:
        return [batch for batches in self.saves for batch in batches if batch.run_id == run_id]

    async def ended(self, run_id: str) -> bool:
        return self.over


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
async def streams(store: Store) -> AsyncIterator[Streams]:
    made = Streams(store.save, store.load, store.ended, every=0.01, poll=0.01)
    yield made
    await made.close()


async def test_one_write_keeps_the_events_of_all_runs(streams: Streams, store: Store) -> None:
    one, two = streams.open("one", 1), streams.open("two", 1)
    for number in range(3):
        streams.emit(one, 1, "token", {"n": number})
        streams.emit(two, 1, "token", {"n": number})
    await asyncio.gather(streams.keep(one), streams.keep(two))

    assert [[(batch.run_id, len(batch.events)) for batch in batches] for batches in store.saves] == [
        [("one", 3), ("two", 3)]
    ]


async def test_a_batch_holds_the_events_of_one_step(streams: Streams, store: Store) -> None:
    channel = streams.open("r", 1)
    for step in (0, 1, 1, 2):
        streams.emit(channel, step, "e", {})
    await streams.keep(channel)

    assert [(batch.first, batch.step, len(batch.events)) for batch in store.saves[0]] == [
        (1, 0, 1),
        (2, 1, 2),
        (4, 2, 1),
    ]


async def test_events_are_kept_by_and_by_without_a_step_ending(streams: Streams, store: Store) -> None:
    streams.launch()
    store.broken = 1
    streams.emit(streams.open("r", 1), 1, "e", {})
    async with asyncio.timeout(5):
        while not store.saves:
            await asyncio.sleep(0.001)

    assert len(store.saves[0][0].events) == 1


async def test_what_could_not_be_kept_stays_to_be_kept(streams: Streams, store: Store) -> None:
    channel = streams.open("r", 1)
    streams.emit(channel, 1, "e", {})
    store.broken = 1
    with pytest.raises(OSError):
        await streams.keep(channel)
    streams.emit(channel, 1, "e", {})
    await streams.keep(channel)

    assert [event.id for event in store.saves[0][0].events] == ["1-1", "1-2"]


async def test_a_slow_follower_reads_from_the_store_what_memory_let_go(
    streams: Streams, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEPT_IN_MEMORY", 4)
    channel = streams.open("r", 1)
    following = streams.follow("r")
    streams.emit(channel, 1, "e", {})
    first = await anext(following)
    for _ in range(20):
        streams.emit(channel, 1, "e", {})
        await streams.keep(channel)
    store.over = True
    streams.finish("r")
    rest = [event.id async for event in following]

    assert len(channel.events) <= 4
    assert [first.id, *rest] == [f"1-{number}" for number in range(1, 22)]


async def test_events_from_elsewhere_that_come_twice_or_late_are_given_once(streams: Streams, store: Store) -> None:
    following = streams.follow("r")
    waiting = asyncio.ensure_future(anext(following))
    await asyncio.sleep(0.02)
    streams.arrived("r", [StreamEvent("2-1", "e", {})])
    heard = [(await waiting).id]
    streams.arrived("r", [StreamEvent("2-1", "e", {}), StreamEvent("1-9", "e", {}), StreamEvent("2-2", "e", {})])
    heard.append((await anext(following)).id)
    store.over = True
    streams.arrived_end("r")

    assert heard == ["2-1", "2-2"]
    assert [event async for event in following] == []


async def test_nothing_is_left_of_a_run_that_has_ended(streams: Streams, store: Store) -> None:
    channel = streams.open("r", 1)
    streams.emit(channel, 1, "e", {})
    await streams.keep(channel)
    store.over = True
    streams.finish("r")
    assert [event.id async for event in streams.follow("r")] == ["1-1"]

    assert (streams._channels, streams._watchers, streams._enders, streams._unkept) == ({}, {}, {}, {})


async def test_a_follower_ends_although_the_word_of_the_end_was_lost(streams: Streams, store: Store) -> None:
    """The process that carried the run told of its first event and died; another finished the run."""
    first, second = StreamEvent("1-1", "token", {}), StreamEvent("1-2", "answer", {})
    seen = []

    async def follow() -> None:
        async for event in streams.follow("r"):
            seen.append(event.type)
            store.saves.append([Batch("r", 1, 1, 0, (first, second))])
            store.over = True

    task = asyncio.create_task(follow())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    streams.arrived("r", [first])
    async with asyncio.timeout(5):
        await task

    assert seen == ["token", "answer"]
