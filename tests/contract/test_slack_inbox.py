"""The Slack inbox, over every database: on disk once, answered once, in order within a thread."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest
import sqlalchemy as sa

from deskhand.channels.slack import records
from deskhand.channels.slack.heard import Heard
from deskhand.channels.slack.inbox import WORKFLOW, Inbox, run_id
from deskhand.engine.memory import MemoryEngine
from deskhand.nouns import RedactedText
from deskhand.store import Database, metadata

pytestmark = pytest.mark.timeout(60)


def heard(number: int, thread: int | None = None, *, event: str | None = None) -> Heard:
    """The message of minute `number`, in the thread that began at minute `thread` (its own)."""
    ts = f"{1_700_000_000 + number}.000100"
    return Heard(
        event=event or f"Ev{number}",
        team="T1",
        channel="C1",
        place="channel",
        ts=ts,
        thread=ts if thread is None else f"{1_700_000_000 + thread}.000100",
        user="UANA",
        text=RedactedText(f"question {number}"),
    )


class Answering:
    """The runs: each waits until it is let go, and says what happened to it."""

    def __init__(self) -> None:
        self.began: list[str] = []
        self.under_way: set[str] = set()
        self.most = 0
        self.free = asyncio.Event()
        self.inbox: Inbox | None = None
        self.settles: Literal["done", "failed"] | None = "done"
        self.breaks = False

    async def __call__(self, context: Any, payload: Any) -> None:
        event = Heard(**payload)
        self.began.append(event.event)
        self.under_way.add(event.key)
        self.most = max(self.most, len(self.under_way))
        await self.free.wait()
        self.under_way.remove(event.key)
        await context.step("say", _said)
        if self.breaks:
            raise RuntimeError("the model is down")
        if self.inbox is not None and self.settles is not None:
            await self.inbox.settle(event.event, self.settles, "" if self.settles == "done" else "model")


async def _said() -> None:
    """What a cancelled run stops before."""


@pytest.fixture
def tables(database: Database) -> Database:
    with database.writing() as connection:
        metadata.create_all(connection)
    return database


@pytest.fixture
def answering() -> Answering:
    return Answering()


@pytest.fixture
async def engine(answering: Answering) -> AsyncIterator[MemoryEngine]:
    made = MemoryEngine()
    made.register(WORKFLOW, answering)
    await made.launch()
    yield made
    await made.close(grace=0)


@asynccontextmanager
async def opened(inbox: Inbox) -> AsyncIterator[Inbox]:
    await inbox.open()
    try:
        yield inbox
    finally:
        await inbox.close()


@pytest.fixture
async def inbox(tables: Database, engine: MemoryEngine, answering: Answering) -> AsyncIterator[Inbox]:
    """Open, and looking for new rows without pause."""
    made = Inbox(tables, engine, look_seconds=0.01)
    answering.inbox = made
    async with opened(made):
        yield made


async def until(true: Callable[[], bool]) -> None:
    while not true():
        await asyncio.sleep(0.005)


async def states(database: Database) -> dict[str, int]:
    return await database.read(records.count_by_state)


async def until_states(database: Database, **expected: int) -> None:
    while await states(database) != expected:
        await asyncio.sleep(0.005)


async def row(database: Database, event: str) -> records.InboxRow:
    found = await database.read(records.inbox_row, event)
    assert found is not None
    return found


# On record


async def test_a_message_is_on_disk_when_put_returns(tables, engine):
    await Inbox(tables, engine).put(heard(1))

    assert (await row(tables, "Ev1")).state == "waiting"
    assert (await row(tables, "Ev1")).text == "question 1"


async def test_a_redelivery_is_no_second_row(tables, engine):
    inbox = Inbox(tables, engine)

    for _ in range(3):
        await inbox.put(heard(1))

    assert await states(tables) == {"waiting": 1}


async def test_the_same_message_under_another_event_is_no_second_row(tables, engine):
    """Slack may send a group message as a message and as a mention."""
    inbox = Inbox(tables, engine)

    await inbox.put(heard(1))
    await inbox.put(heard(1, event="EvTwin"))

    assert await states(tables) == {"waiting": 1}


async def test_the_same_message_twice_at_once_is_one_row(tables, engine):
    inbox = Inbox(tables, engine)

    await asyncio.gather(*(inbox.put(heard(1, event=f"Ev{n % 2}")) for n in range(20)))

    assert await states(tables) == {"waiting": 1}


async def test_whoever_waits_shares_a_transaction(tables, engine, monkeypatch):
    commits = Counter()
    write = tables.write_first

    async def counted(fn: Any, *arguments: Any) -> Any:
        commits[fn.__name__] += 1
        return await write(fn, *arguments)

    monkeypatch.setattr(tables, "write_first", counted)
    inbox = Inbox(tables, engine)

    await asyncio.gather(*(inbox.put(heard(n)) for n in range(500)))

    assert await states(tables) == {"waiting": 500}
    assert commits["put_heard"] <= 3


async def test_a_message_that_cannot_be_written_keeps_no_other_out(tables, engine):
    inbox = Inbox(tables, engine)
    bad = replace(heard(2), team=None)  # type: ignore[arg-type]

    results = await asyncio.gather(*(inbox.put(each) for each in (heard(1), bad, heard(3))), return_exceptions=True)

    assert [type(result) for result in results][::2] == [type(None)] * 2
    assert isinstance(results[1], sa.exc.IntegrityError)
    assert await states(tables) == {"waiting": 2}


async def test_a_database_that_fails_is_told_to_all_who_wait_and_nothing_is_lost(tables, engine):
    """Slack hears of it and delivers again."""
    inbox = Inbox(tables, engine)
    with tables.writing() as connection:
        records.slack_inbox.drop(connection)

    results = await asyncio.gather(*(inbox.put(heard(n)) for n in range(3)), return_exceptions=True)
    with tables.writing() as connection:
        records.slack_inbox.create(connection)
    await asyncio.gather(*(inbox.put(heard(n)) for n in range(3)))

    assert all(isinstance(result, sa.exc.SQLAlchemyError) for result in results)
    assert await states(tables) == {"waiting": 3}


async def test_a_thread_is_known_by_what_was_asked_in_it(tables, engine):
    """Also by a process that was not there."""
    await Inbox(tables, engine).put(heard(2, thread=1))

    other = Inbox(tables, engine)

    assert await other.knows("T1", "C1", heard(1).ts)
    assert not await other.knows("T1", "C2", heard(1).ts)
    assert not await other.knows("T1", "C1", heard(2).ts)


# Answered


async def test_a_message_is_answered_and_leaves_no_text(tables, inbox, answering, engine):
    answering.free.set()

    await inbox.put(heard(1))
    await until_states(tables, done=1)

    assert (await row(tables, "Ev1")).text is None
    assert (await engine.run(run_id("Ev1"))).key == heard(1).key
    assert answering.began == ["Ev1"]


async def test_a_thread_is_answered_in_order_and_threads_at_once(tables, inbox, answering):
    await asyncio.gather(*(inbox.put(heard(n, thread=n % 3)) for n in reversed(range(12))))
    await until(lambda: len(answering.under_way) == 3)
    answering.free.set()
    await until_states(tables, done=12)

    assert answering.most == 3
    for thread in range(3):
        order = [event for event in answering.began if int(event[2:]) % 3 == thread]
        assert order == sorted(order, key=lambda event: int(event[2:]))


async def test_a_process_has_no_more_under_way_than_it_may(tables, engine, answering):
    async with opened(Inbox(tables, engine, at_once=4, look_seconds=0.01)) as inbox:
        await asyncio.gather(*(inbox.put(heard(n)) for n in range(10)))
        await until(lambda: len(answering.under_way) == 4)
        assert await states(tables) == {"started": 4, "waiting": 6}

        answering.free.set()
        await until_states(tables, done=10)

    assert answering.most == 4


async def test_a_run_that_says_it_failed_is_believed(tables, inbox, answering):
    answering.settles = "failed"
    answering.free.set()

    await inbox.put(heard(1))
    await until_states(tables, failed=1)

    assert (await row(tables, "Ev1")).code == "model"


async def test_a_run_that_breaks_without_a_word_is_noticed(tables, inbox, answering):
    answering.breaks = True
    answering.free.set()

    await inbox.put(heard(1))
    await until_states(tables, failed=1)

    assert await row(tables, "Ev1") == replace(await row(tables, "Ev1"), code="run-failed", text=None)


async def test_a_run_that_is_cancelled_is_noticed(tables, inbox, answering, engine):
    await inbox.put(heard(1))
    await until(lambda: answering.began == ["Ev1"])

    await engine.cancel(run_id("Ev1"))
    answering.free.set()
    await until_states(tables, failed=1)

    assert (await row(tables, "Ev1")).code == "run-cancelled"


async def test_the_next_in_a_thread_waits_for_a_failure_no_longer(tables, inbox, answering):
    answering.breaks = True
    answering.free.set()

    await asyncio.gather(inbox.put(heard(1)), inbox.put(heard(2, thread=1)))
    await until_states(tables, failed=2)

    assert answering.began == ["Ev1", "Ev2"]


# Left behind


async def test_what_waited_when_a_process_died_is_answered_by_the_next(tables, engine, answering):
    await Inbox(tables, engine).put(heard(1))
    answering.free.set()

    async with opened(Inbox(tables, engine)):
        await until_states(tables, done=1)


async def test_what_was_claimed_but_not_started_is_started(tables, engine, answering):
    """The process died between the two."""
    await Inbox(tables, engine).put(heard(1))
    await tables.write(records.claim, 5)
    answering.free.set()

    async with opened(Inbox(tables, engine)):
        await until_states(tables, done=1)

    assert answering.began == ["Ev1"]


async def test_what_ended_without_being_settled_is_settled(tables, engine, answering):
    """The process died after the run's last step."""
    await Inbox(tables, engine).put(heard(1))
    [claimed] = await tables.write(records.claim, 5)
    answering.free.set()
    await engine.start(WORKFLOW, run_id("Ev1"), {name: getattr(claimed, name) for name in Heard.__slots__})
    await engine.result(run_id("Ev1"))

    async with opened(Inbox(tables, engine)):
        await until_states(tables, done=1)

    assert answering.began == ["Ev1"]


async def test_what_another_process_has_under_way_is_left_to_it(tables, engine, answering):
    await Inbox(tables, engine).put(heard(1))
    [claimed] = await tables.write(records.claim, 5)
    await engine.start(WORKFLOW, run_id("Ev1"), {name: getattr(claimed, name) for name in Heard.__slots__})

    async with opened(Inbox(tables, engine, look_seconds=0.01, left=timedelta(0))) as inbox:
        await inbox.put(heard(2))
        await until(lambda: len(answering.began) == 2)
        assert await states(tables) == {"started": 2}
        assert list(inbox._under_way) == ["Ev2"]


async def test_what_another_process_put_on_record_is_taken_up_too(tables, inbox, engine, answering):
    answering.free.set()

    await Inbox(tables, engine).put(heard(1))

    await until_states(tables, done=1)


async def test_two_processes_answer_each_message_once(tables, engine, answering):
    answering.free.set()
    async with (
        opened(Inbox(tables, engine, look_seconds=0.01)) as one,
        opened(Inbox(tables, engine, look_seconds=0.01)) as two,
    ):
        await asyncio.gather(*(inbox.put(heard(n, thread=n % 7)) for n in range(60) for inbox in (one, two)))
        await until_states(tables, done=60)

    assert sorted(answering.began, key=lambda event: int(event[2:])) == [f"Ev{n}" for n in range(60)]


async def test_a_claim_takes_a_thread_once(tables, engine):
    """A second claim finds the thread busy, whoever makes it."""
    inbox = Inbox(tables, engine)
    await asyncio.gather(inbox.put(heard(1)), inbox.put(heard(2, thread=1)), inbox.put(heard(3)))

    claims = await asyncio.gather(*(tables.write(records.claim, 5) for _ in range(4)))

    assert sorted(each.event for claim in claims for each in claim) == ["Ev1", "Ev3"]


async def test_old_messages_are_forgotten_and_with_them_their_threads(tables, engine, inbox, answering):
    answering.free.set()
    await inbox.put(heard(1))
    await until_states(tables, done=1)
    answering.free.clear()
    await inbox.put(heard(2))

    assert await inbox.forget(timedelta(days=90)) == 0
    later = Inbox(tables, engine, now=lambda: datetime.now(UTC) + timedelta(days=91))
    assert await later.forget(timedelta(days=90)) == 1

    assert not await later.knows("T1", "C1", heard(1).ts)
    assert await later.knows("T1", "C1", heard(2).ts)
