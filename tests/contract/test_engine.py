"""What every engine does, in memory, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from deskhand.engine import Context, Engine, Limits, Retry, Workflow
from deskhand.engine.memory import MemoryEngine
from deskhand.errors import (
    BadInput,
    Conflict,
    EngineError,
    ModelThrottled,
    NoSuchRun,
    RunCancelled,
    RunFailed,
    StepFailed,
    StillRunning,
)
from deskhand.nouns import Json, StreamEvent, Usage
from deskhand.store import Database, metadata, utc_now

Work = Workflow | tuple[Workflow, Limits]


class House:
    """Engines on one store, one after the other."""

    def __init__(self, make: Callable[[dict[str, Any]], Engine]) -> None:
        self._make = make
        self._works: dict[str, Work] = {}
        self.engine: Engine | None = None
        self.slept: list[float] = []
        self.time = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)
        self.database: Database | None = None

    async def open(self, **works: Work) -> Engine:
        self._works = works
        self.engine = self._make({"sleep": self._sleep, "now": self._now})
        for name, work in works.items():
            self.engine.register(name, *(work if isinstance(work, tuple) else (work,)))
        await self.engine.launch()
        return self.engine

    async def again(self) -> Engine:
        """Close with no grace, as a process that is stopped, and open once more."""
        assert self.engine is not None
        await self.engine.close(grace=0)
        return await self.open(**self._works)

    async def lasted(self, run_id: str, seconds: float) -> None:
        """Have DBOS's clock, which is the machine's, tell of a run what ours does: to the second, as it may."""
        if self.database is None:
            return
        run = await self.engine.run(run_id)  # type: ignore[union-attr]
        table = "workflow_status" if self.database.is_sqlite else "dbos.workflow_status"
        began = int(run.began.timestamp()) * 1000
        ended = None if run.ended is None else int(run.ended.timestamp()) * 1000
        change = f"UPDATE {table} SET created_at = :began, completed_at = :ended WHERE workflow_uuid = :id"
        with self.database.writing() as connection:
            connection.execute(sa.text(change), {"began": began, "ended": ended, "id": run_id})

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def _now(self) -> datetime:
        self.time += timedelta(milliseconds=1)
        return self.time


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    database: Database | None = None
    if request.param == "memory":
        kept: list[MemoryEngine] = []

        def make(options: dict[str, Any]) -> Engine:
            kept[:] = kept or [MemoryEngine(**options)]
            return kept[0]
    else:
        from deskhand.engine.dbos import DbosEngine

        url = str(request.getfixturevalue(f"{request.param}_url"))
        opened = database = Database(url)
        with database.writing() as connection:
            metadata.create_all(connection)

        def make(options: dict[str, Any]) -> Engine:
            return DbosEngine(url, tmp_path, opened, heartbeat=0.1, dead_after=60, **options)

    one = House(make)
    one.database = database
    yield one
    if one.engine is not None:
        await one.engine.close(grace=0)
    if database is not None:
        database.close()


async def double(number: int) -> int:
    return number * 2


async def count_tokens(text: str) -> Usage:
    return Usage(input_tokens=len(text), output_tokens=1)


async def twice(context: Context, payload: Json) -> Json:
    return await context.step("double", double, payload)


async def events_of(engine: Engine, run_id: str, after: str | None = None) -> list[StreamEvent]:
    async with asyncio.timeout(20):
        return [event async for event in engine.follow(run_id, after=after)]


class Gate:
    """A step that waits until it is let through, and counts how often it was begun."""

    def __init__(self) -> None:
        self.begun = 0
        self.reached = asyncio.Event()
        self.opened = asyncio.Event()

    async def pass_through(self) -> str:
        self.begun += 1
        self.reached.set()
        await self.opened.wait()
        return "through"


async def test_a_run_gives_its_output(house: House) -> None:
    engine = await house.open(twice=twice)

    assert await engine.start("twice", "r1", 21) is True

    assert await engine.result("r1", timeout=20) == 42


async def test_a_run_starts_once_per_id_also_after_it_has_ended(house: House) -> None:
    calls: list[Json] = []

    async def work(context: Context, payload: Json) -> Json:
        calls.append(payload)
        return payload

    engine = await house.open(work=work)
    first = await engine.start("work", "event-1", 1)
    await engine.result("event-1", timeout=20)

    assert (first, await engine.start("work", "event-1", 2)) == (True, False)
    assert await engine.start("work", "event-1", 3, key="k") is False
    assert await engine.result("event-1", timeout=20) == 1
    assert calls == [1]


async def test_of_many_starts_at_once_under_one_id_one_is_new(house: House) -> None:
    engine = await house.open(twice=twice)

    plain = await asyncio.gather(*(engine.start("twice", "a", 1) for _ in range(8)))
    keyed = await asyncio.gather(*(engine.start("twice", "b", 1, key="k") for _ in range(8)))

    assert (sum(plain), sum(keyed)) == (1, 1)


async def test_an_id_on_record_for_another_workflow_is_a_conflict(house: House) -> None:
    engine = await house.open(twice=twice, other=twice)
    await engine.start("twice", "r", 1)

    with pytest.raises(Conflict, match="another workflow"):
        await engine.start("other", "r", 1)


async def test_what_is_not_json_is_no_payload(house: House) -> None:
    engine = await house.open(twice=twice)

    with pytest.raises(BadInput, match="must be JSON"):
        await engine.start("twice", "r", {"a": object()})


async def test_an_unknown_workflow_or_run_is_said_to_be_unknown(house: House) -> None:
    engine = await house.open(twice=twice)

    with pytest.raises(EngineError, match="no workflow 'thrice'"):
        await engine.start("thrice", "r", 1)
    for look in (engine.result("x"), engine.run("x"), engine.cancel("x"), engine.resume("x")):
        with pytest.raises(NoSuchRun):
            await look
    with pytest.raises(NoSuchRun):
        await events_of(engine, "x")


async def test_a_step_gives_back_the_noun_it_is_annotated_with(house: House) -> None:
    async def work(context: Context, payload: Json) -> Json:
        usage = await context.step("count", count_tokens, "abc")
        assert isinstance(usage, Usage)
        return usage.input_tokens

    engine = await house.open(work=work)
    await engine.start("work", "r", None)

    assert await engine.result("r", timeout=20) == 3


async def test_a_run_left_at_close_goes_on_after_its_last_finished_step(house: House) -> None:
    gate, counted = Gate(), []

    async def first(word: str) -> Usage:
        counted.append(word)
        return Usage(7, 7)

    async def work(context: Context, payload: Json) -> Json:
        usage = await context.step("first", first, "once")
        passed = await context.step("gate", gate.pass_through)
        return [usage.input_tokens, passed, context.attempt]

    engine = await house.open(work=work)
    await engine.start("work", "r", None)
    await gate.reached.wait()
    gate.reached.clear()
    engine = await house.again()
    await gate.reached.wait()
    gate.opened.set()

    assert await engine.result("r", timeout=20) == [7, "through", 2]
    assert counted == ["once"]
    assert gate.begun == 2


async def test_close_gives_a_run_time_to_end(house: House) -> None:
    gate = Gate()

    async def work(context: Context, payload: Json) -> Json:
        return await context.step("gate", gate.pass_through)

    engine = await house.open(work=work)
    await engine.start("work", "r", None)
    await gate.reached.wait()
    closing = asyncio.create_task(engine.close(grace=20))
    await asyncio.sleep(0)
    gate.opened.set()
    await closing
    engine = await house.again()

    assert await engine.result("r", timeout=20) == "through"
    assert gate.begun == 1


async def test_runs_of_a_key_are_carried_one_after_another_in_the_order_of_their_start(house: House) -> None:
    under_way: dict[str, int] = {}
    overlaps: list[str] = []
    order: dict[str, list[int]] = {}

    async def note(key: str, number: int) -> None:
        under_way[key] = under_way.get(key, 0) + 1
        if under_way[key] > 1:
            overlaps.append(key)
        order.setdefault(key, []).append(number)
        await asyncio.sleep(0)
        under_way[key] -= 1

    async def work(context: Context, payload: Json) -> Json:
        return await context.step("note", note, payload["key"], payload["number"])

    engine = await house.open(work=work)
    for number in range(16):
        for key in range(25):
            name = f"c{key}"
            await engine.start("work", f"{name}-{number}", {"key": name, "number": number}, key=name)
    for key in range(25):
        await engine.result(f"c{key}-15", timeout=60)

    assert order == {f"c{key}": list(range(16)) for key in range(25)}
    assert overlaps == []


async def test_a_failed_run_does_not_hold_up_its_key(house: House) -> None:
    async def work(context: Context, payload: Json) -> Json:
        if payload == "bad":
            raise ValueError("no")
        return payload

    engine = await house.open(work=work)
    await engine.start("work", "r1", "bad", key="k")
    await engine.start("work", "r2", "good", key="k")

    assert await engine.result("r2", timeout=20) == "good"


async def test_no_more_runs_than_the_bound_are_carried_at_once(house: House) -> None:
    at_once, most = 0, 0
    full, opened = asyncio.Event(), asyncio.Event()

    async def work(context: Context, payload: Json) -> Json:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        if at_once == 3:
            full.set()
        await opened.wait()
        await context.step("double", double, 1)
        at_once -= 1
        return None

    engine = await house.open(work=(work, Limits(concurrency=3)))
    for number in range(24):
        await engine.start("work", f"r{number}", None, key=f"k{number % 7}" if number % 2 else None)
    async with asyncio.timeout(20):
        await full.wait()
    opened.set()
    for number in range(24):
        await engine.result(f"r{number}", timeout=60)

    assert most == 3


async def test_a_step_is_tried_again_with_growing_pauses(house: House) -> None:
    tries = 0

    async def shaky() -> str:
        nonlocal tries
        tries += 1
        if tries < 4:
            raise ConnectionError("away")
        return "there"

    async def work(context: Context, payload: Json) -> Json:
        return await context.step_with(Retry(tries=4, wait=1.0, longest=3.0), "shaky", shaky)

    engine = await house.open(work=work)
    await engine.start("work", "r", None)

    assert await engine.result("r", timeout=20) == "there"
    first, second, third = house.slept
    assert 1.0 <= first <= 1.25
    assert 2.0 <= second <= 2.5
    assert 3.0 <= third <= 3.75
    [step] = (await engine.run("r")).steps
    assert (step.tries, step.failures) == (4, ("ConnectionError",) * 3), "what a stranger's error says is kept nowhere"


async def test_a_step_waits_as_long_as_the_error_asks(house: House) -> None:
    tries = 0

    async def throttled() -> str:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise ModelThrottled("later", retry_after=40)
        if tries == 2:
            raise ConnectionError("away")
        return "now"

    async def work(context: Context, payload: Json) -> Json:
        return await context.step_with(Retry(tries=3, wait=0.1, on=(ModelThrottled,)), "call", throttled)

    engine = await house.open(work=work)
    await engine.start("work", "r", None)

    with pytest.raises(RunFailed):
        await engine.result("r", timeout=20)
    assert house.slept == [40]
    [failed] = (await engine.run("r")).steps
    assert (failed.error, failed.tries, failed.failures) == ("ConnectionError", 2, ("model-throttled: later",))
    await engine.resume("r")
    assert await engine.result("r", timeout=20) == "now"
    [step] = (await engine.run("r")).steps
    assert (step.tries, step.failures) == (1, ()), "the attempt that made it needed one"


async def test_an_error_of_another_type_is_not_tried_again(house: House) -> None:
    tries = 0

    async def broken() -> str:
        nonlocal tries
        tries += 1
        raise ValueError("no")

    async def work(context: Context, payload: Json) -> Json:
        return await context.step_with(Retry(tries=5, on=(ConnectionError,)), "broken", broken)

    engine = await house.open(work=work)
    await engine.start("work", "r", None)
    with pytest.raises(RunFailed):
        await engine.result("r", timeout=20)

    assert tries == 1


async def test_who_follows_runs_is_woken_and_sees_how_they_stand_without_reading_them(house: House) -> None:
    gate = Gate()

    async def work(context: Context, payload: Json) -> Json:
        await context.step("first", gate.pass_through)
        return await context.step("second", gate.pass_through)

    engine = await house.open(work=work)
    await engine.start("work", "old", None, by="person:ana")
    await gate.reached.wait()
    [old] = await engine.standing()
    assert (old.id, old.state, old.attempts, old.steps) == ("old", "running", 1, 0)
    house.time += timedelta(seconds=2)
    with engine.listening() as any_rings, engine.listening("old") as rings:
        await engine.start("work", "new", None, by="person:ben")
        assert await any_rings(20)
        gate.opened.set()
        await engine.result("old", timeout=20)
        await engine.result("new", timeout=20)
        assert await rings(20)

    assert {each.id for each in await engine.standing(since=old.began)} == {"old", "new"}
    assert [each.id for each in await engine.standing(since=old.began, by="person:ben")] == ["new"]
    assert [each.id for each in await engine.standing(ids=("old", "none"), since=old.began + 100_000)] == ["old"]
    assert [(each.state, each.steps) for each in await engine.standing(ids=("old",), by="person:ana")] == [
        ("finished", 2)
    ]
    assert await engine.standing(workflow=("other",)) == []


async def test_a_result_is_awaited_no_longer_than_asked(house: House) -> None:
    gate = Gate()

    async def work(context: Context, payload: Json) -> Json:
        return await context.step("gate", gate.pass_through)

    engine = await house.open(work=work)
    await engine.start("work", "r", None)
    with pytest.raises(StillRunning, match=r"'r' did not end within 0\.05 s"):
        await engine.result("r", timeout=0.05)
    gate.opened.set()

    assert await engine.result("r", timeout=20) == "through"


async def test_a_failed_run_tells_code_and_message_of_an_error_of_ours(house: House) -> None:
    async def refuse() -> None:
        raise ModelThrottled("the model says later; ask again")

    async def work(context: Context, payload: Json) -> Json:
        return await context.step("ask", refuse)

    engine = await house.open(work=work)
    await engine.start("work", "r", None)
    with pytest.raises(RunFailed, match="model-throttled: the model says later; ask again"):
        await engine.result("r", timeout=20)
    run = await engine.run("r")

    assert run.error == "model-throttled: the model says later; ask again"
    assert [(step.name, step.error) for step in run.steps] == [("ask", run.error)]


async def test_of_an_error_that_is_not_ours_only_its_type_is_kept(house: House) -> None:
    async def leak(name: str) -> None:
        raise KeyError(f"no account for {name}")

    async def work(context: Context, payload: Json) -> Json:
        return await context.step("leak", leak, "someone")

    engine = await house.open(work=work)
    await engine.start("work", "r", None)
    with pytest.raises(RunFailed) as failed:
        await engine.result("r", timeout=20)
    run = await engine.run("r")

    assert (run.state, run.error) == ("failed", "KeyError")
    assert run.steps[0].error == "KeyError"
    assert "account" not in str(failed.value)


async def test_a_workflow_sees_the_same_error_when_the_step_is_read_back(house: House) -> None:
    gate, seen = Gate(), []

    async def throttled() -> None:
        raise ModelThrottled("later")

    async def broken() -> None:
        raise KeyError("x")

    async def work(context: Context, payload: Json) -> Json:
        for step in (throttled, broken):
            try:
                await context.step(step.__name__, step)
            except EngineError as error:
                seen.append((type(error), str(error)))
            except ModelThrottled as error:
                seen.append((type(error), str(error)))
        return await context.step("gate", gate.pass_through)

    engine = await house.open(work=work)
    await engine.start("work", "r", None)
    await gate.reached.wait()
    gate.reached.clear()
    engine = await house.again()
    await gate.reached.wait()
    gate.opened.set()
    await engine.result("r", timeout=20)

    assert seen[:2] == seen[2:]
    assert [kind for kind, _ in seen[:2]] == [ModelThrottled, StepFailed]


async def test_a_run_tells_its_steps_with_input_output_and_times(house: House) -> None:
    async def work(context: Context, payload: Json) -> Json:
        await context.step("count", count_tokens, payload["text"])
        return (await context.step("double", double, 4)) + 1

    engine = await house.open(work=work)
    await engine.start("work", "r", {"text": "abcd"}, key="c1")
    await engine.result("r", timeout=20)
    run = await engine.run("r")

    assert (run.workflow, run.state, run.key, run.input, run.output) == (
        "work",
        "finished",
        "c1",
        {"text": "abcd"},
        9,
    )
    assert [(step.name, step.input, step.output) for step in run.steps] == [
        ("count", ["abcd"], {"input_tokens": 4, "output_tokens": 1}),
        ("double", [4], 8),
    ]
    assert all(step.began and step.ended and step.began <= step.ended for step in run.steps)
    assert run.ended is not None
    assert run.began <= run.ended


async def test_an_effect_gets_a_key_that_is_the_same_on_every_try(house: House) -> None:
    gate, keys = Gate(), []

    async def act(key: str, what: str) -> str:
        keys.append(key)
        await gate.pass_through()
        return what

    async def work(context: Context, payload: Json) -> Json:
        await context.step("double", double, 1)
        return await context.effect("act", act, "sent")

    engine = await house.open(work=work)
    await engine.start("work", "r", None)
    await gate.reached.wait()
    gate.reached.clear()
    engine = await house.again()
    await gate.reached.wait()
    gate.opened.set()

    assert await engine.result("r", timeout=20) == "sent"
    assert keys == ["r:2", "r:2"]


async def test_a_step_inside_a_step_is_refused(house: House) -> None:
    async def outer(context: Context) -> int:
        return await context.step("inner", double, 1)

    async def work(context: Context, payload: Json) -> Json:
        return await context.step("outer", outer, context)

    engine = await house.open(work=work)
    await engine.start("work", "r", None)

    with pytest.raises(RunFailed, match="inside another step"):
        await engine.result("r", timeout=20)


async def test_steps_side_by_side_are_each_recorded_once(house: House) -> None:
    gate, counted = Gate(), []

    async def note(number: int) -> int:
        counted.append(number)
        return number

    async def work(context: Context, payload: Json) -> Json:
        numbers = await asyncio.gather(*(context.step("note", note, number) for number in range(5)))
        await context.step("gate", gate.pass_through)
        return numbers

    engine = await house.open(work=work)
    await engine.start("work", "r", None)
    await gate.reached.wait()
    gate.reached.clear()
    engine = await house.again()
    await gate.reached.wait()
    gate.opened.set()

    assert await engine.result("r", timeout=20) == [0, 1, 2, 3, 4]
    assert sorted(counted) == [0, 1, 2, 3, 4]


async def test_events_reach_a_follower_while_the_run_goes_on(house: House) -> None:
    gate = Gate()

    async def speak(context: Context) -> None:
        await context.emit("token", {"text": "one"})
        await gate.pass_through()
        await context.emit("token", {"text": "two"})

    async def work(context: Context, payload: Json) -> Json:
        await context.emit("begun", {})
        await context.step("speak", speak, context)
        return None

    engine = await house.open(work=work)
    await engine.start("work", "r", None)
    heard: list[StreamEvent] = []
    async for event in engine.follow("r"):
        heard.append(event)
        if event.data == {"text": "one"}:
            assert (await engine.run("r")).state == "running"
            gate.opened.set()

    assert [(event.id, event.type, event.data) for event in heard] == [
        ("1-1", "begun", {}),
        ("1-2", "token", {"text": "one"}),
        ("1-3", "token", {"text": "two"}),
    ]


async def test_events_are_replayed_after_the_run_has_ended_from_any_event(house: House) -> None:
    async def speak(context: Context) -> None:
        for number in range(30):
            await context.emit("token", {"number": number})

    async def work(context: Context, payload: Json) -> Json:
        await context.step("speak", speak, context)
        await context.emit("last", {})
        return None

    engine = await house.open(work=work)
    await engine.start("work", "r", None)
    await engine.result("r", timeout=20)
    engine = await house.again()

    assert [event.id for event in await events_of(engine, "r")] == [f"1-{number}" for number in range(1, 32)]
    assert [event.id for event in await events_of(engine, "r", after="1-29")] == ["1-30", "1-31"]
    assert await events_of(engine, "r", after="1-31") == []


async def test_two_followers_hear_the_same(house: House) -> None:
    gate = Gate()

    async def speak(context: Context) -> None:
        await gate.pass_through()
        for number in range(200):
            await context.emit("token", {"number": number})
            if number % 50 == 0:
                await asyncio.sleep(0)

    async def work(context: Context, payload: Json) -> Json:
        return await context.step("speak", speak, context)

    engine = await house.open(work=work)
    await engine.start("work", "r", None)
    following = [asyncio.create_task(events_of(engine, "r")) for _ in range(2)]
    await gate.reached.wait()
    gate.opened.set()
    first, second = await asyncio.gather(*following)

    assert first == second
    assert [event.data["number"] for event in first] == list(range(200))


async def test_a_follower_that_came_before_the_run_was_taken_up_hears_it(house: House) -> None:
    gate = Gate()

    async def work(context: Context, payload: Json) -> Json:
        await context.emit("begun", {"number": payload})
        return await context.step("gate", gate.pass_through)

    engine = await house.open(work=work)
    await engine.start("work", "r1", 1, key="k")
    await gate.reached.wait()
    await engine.start("work", "r2", 2, key="k")
    following = asyncio.create_task(events_of(engine, "r2"))
    await asyncio.sleep(0)
    gate.opened.set()

    assert [event.data for event in await following] == [{"number": 2}]


async def test_after_a_restart_followers_are_told_and_hear_everything_again(house: House) -> None:
    """What finished steps emitted is said again without running them; what was cut off is emitted anew."""
    gate, spoken = Gate(), []

    async def search(context: Context) -> None:
        spoken.append("search")
        await context.emit("searching", {"query": "q"})

    async def write(context: Context) -> None:
        await context.emit("token", {"text": f"try {len(spoken)}"})
        spoken.append("write")
        await gate.pass_through()

    async def work(context: Context, payload: Json) -> Json:
        await context.emit("accepted", {})
        await context.step("search", search, context)
        await context.step("write", write, context)
        return None

    engine = await house.open(work=work)
    await engine.start("work", "r", None)
    await gate.reached.wait()
    gate.reached.clear()
    engine = await house.again()
    await gate.reached.wait()
    gate.opened.set()
    await engine.result("r", timeout=20)
    heard = await events_of(engine, "r")

    assert [event.type for event in heard] == [
        *("accepted", "searching", "token"),
        *("restarted", "accepted", "searching", "token"),
    ]
    assert [event.id for event in heard[3:]] == ["2-1", "2-2", "2-3", "2-4"]
    assert [event.type for event in await events_of(engine, "r", after="1-2")][:2] == ["token", "restarted"]
    assert spoken == ["search", "write", "write"]


async def test_an_event_id_that_no_stream_gave_is_bad_input(house: House) -> None:
    engine = await house.open(twice=twice)
    await engine.start("twice", "r", 1)

    with pytest.raises(BadInput, match="'nonsense' is not of the form"):
        await events_of(engine, "r", after="nonsense")


async def test_a_cancelled_run_stops_before_its_next_step_and_is_resumed_after_its_last(house: House) -> None:
    gate, counted = Gate(), []

    async def note(word: str) -> None:
        counted.append(word)

    async def work(context: Context, payload: Json) -> Json:
        await context.step("before", note, "before")
        await context.step("gate", gate.pass_through)
        await context.step("after", note, "after")
        return "done"

    engine = await house.open(work=work)
    await engine.start("work", "r", None)
    await gate.reached.wait()
    await engine.cancel("r")
    with pytest.raises(RunCancelled):
        await engine.result("r", timeout=20)
    assert (await engine.run("r")).state == "cancelled"
    gate.opened.set()
    await engine.start("work", "other", None)
    await engine.result("other", timeout=20)
    assert counted == ["before", "before", "after"]
    await engine.resume("r")

    assert await engine.result("r", timeout=20) == "done"
    assert counted == ["before", "before", "after", "after"]


async def test_a_waiting_run_is_cancelled_at_once(house: House) -> None:
    gate, seen = Gate(), []

    async def work(context: Context, payload: Json) -> Json:
        seen.append(payload)
        return await context.step("gate", gate.pass_through)

    engine = await house.open(work=work)
    await engine.start("work", "r1", 1, key="k")
    await engine.start("work", "r2", 2, key="k")
    await engine.start("work", "r3", 3, key="k")
    await gate.reached.wait()
    await engine.cancel("r2")
    gate.opened.set()
    await engine.result("r3", timeout=20)

    assert seen == [1, 3]
    assert (await engine.run("r2")).state == "cancelled"


async def test_a_failed_run_is_resumed_at_the_step_that_failed(house: House) -> None:
    counted: list[str] = []
    broken = True

    async def note(word: str) -> str:
        counted.append(word)
        if word == "second" and broken:
            raise ConnectionError
        return word

    async def work(context: Context, payload: Json) -> Json:
        return [await context.step(word, note, word) for word in ("first", "second", "third")]

    engine = await house.open(work=work)
    await engine.start("work", "r", None)
    with pytest.raises(RunFailed):
        await engine.result("r", timeout=20)
    broken = False
    await engine.resume("r")

    assert await engine.result("r", timeout=20) == ["first", "second", "third"]
    assert counted == ["first", "second", "second", "third"]


async def test_a_finished_run_is_neither_cancelled_nor_resumed(house: House) -> None:
    engine = await house.open(twice=twice)
    await engine.start("twice", "r", 1)
    await engine.result("r", timeout=20)
    await engine.cancel("r")

    assert (await engine.run("r")).state == "finished"
    with pytest.raises(Conflict, match="nothing to resume"):
        await engine.resume("r")


async def test_runs_are_listed_newest_first_and_by_what_they_are(house: House) -> None:
    async def fail(context: Context, payload: Json) -> Json:
        raise ValueError

    engine = await house.open(twice=twice, fail=fail)
    for number in range(5):
        await engine.start("twice", f"r{number}", number)
        await engine.result(f"r{number}", timeout=20)
    await engine.start("fail", "f", None)
    with pytest.raises(RunFailed):
        await engine.result("f", timeout=20)

    async def listed(**narrowed: Any) -> list[str]:
        return [run.id for run in await engine.runs(**narrowed)]

    assert await listed() == ["f", "r4", "r3", "r2", "r1", "r0"]
    assert await listed(workflow="twice", limit=2, offset=1) == ["r3", "r2"]
    assert await listed(state="failed") == ["f"]
    assert await listed(ids=("r1", "r3", "none")) == ["r3", "r1"]
    assert [run.output for run in await engine.runs(ids=("r3",))] == [6]


async def test_a_run_keeps_whose_it_is_and_where_it_came_in_over_a_restart(house: House) -> None:
    gate = Gate()

    async def wait(context: Context, payload: Json) -> Json:
        return await context.step("wait", gate.pass_through)

    engine = await house.open(wait=wait)
    await engine.start("wait", "direct", None, by="person:ana@example.com", door="slack")
    await engine.start("wait", "keyed", None, key="k", by="service:bot", door="api")
    await engine.start("wait", "house's own", None)
    await gate.reached.wait()

    engine = await house.again()
    gate.opened.set()
    for run_id in ("direct", "keyed", "house's own"):
        await engine.result(run_id, timeout=20)

    runs = {run_id: await engine.run(run_id) for run_id in ("direct", "keyed", "house's own")}
    assert {name: (run.by, run.door) for name, run in runs.items()} == {
        "direct": ("person:ana@example.com", "slack"),
        "keyed": ("service:bot", "api"),
        "house's own": ("", ""),
    }
    assert (runs["direct"].attempts, runs["direct"].steps[0].attempt) == (2, 2)


async def test_a_run_that_a_run_starts_is_of_whom_it_says_and_of_nobody_else(house: House) -> None:
    async def outer(context: Context, payload: Json) -> Json:
        await house.engine.start("inner", "second", 1, door="slack")  # type: ignore[union-attr]
        return None

    engine = await house.open(outer=outer, inner=twice)
    await engine.start("outer", "first", None, by="person:ana@example.com", door="cli")
    await engine.result("first", timeout=20)
    await engine.result("second", timeout=20)

    second = await engine.run("second")

    assert (second.by, second.door) == ("", "slack")


async def test_runs_are_listed_by_whose_they_are_and_where_they_came_in(house: House) -> None:
    engine = await house.open(twice=twice, other=twice)
    people = ("person:ana@example.com", "person:ben@example.com", "")
    for number in range(6):
        workflow, door = ("twice", "other")[number % 2], ("api", "slack", "")[number // 2]
        await engine.start(workflow, f"r{number}", number, by=people[number % 3], door=door)
        await engine.result(f"r{number}", timeout=20)

    async def ids(**wanted: Any) -> list[str]:
        return [run.id for run in await engine.runs(**wanted)]

    assert await ids(by="person:ana@example.com") == ["r3", "r0"]
    assert await ids(by="person:an") == []
    assert await ids(by="") == ["r5", "r2"]
    assert await ids(door="slack") == ["r3", "r2"]
    assert await ids(door="") == ["r5", "r4"]
    assert await ids(door="api", workflow="other") == ["r1"]
    assert await ids(workflow=("twice", "other"), limit=2) == ["r5", "r4"]
    assert await ids(workflow=()) == []
    assert await ids(without=("twice",), limit=2) == ["r5", "r3"]
    assert await ids(by="person:ben@example.com", state="failed") == []


async def test_a_list_goes_on_before_a_run_whatever_was_started_since(house: House) -> None:
    engine = await house.open(twice=twice)
    ana = "person:ana@example.com"
    for number in range(7):
        await engine.start("twice", f"r{number}", number, by=ana if number != 3 else "")
        await engine.result(f"r{number}", timeout=20)

    first = await engine.runs(limit=3)
    await engine.start("twice", "newest", 1, by=ana)
    second = await engine.runs(limit=3, before=first[-1].id)
    rest = await engine.runs(limit=3, before=second[-1].id)

    assert [run.id for run in (*first, *second, *rest)] == ["r6", "r5", "r4", "r3", "r2", "r1", "r0"]
    assert [run.id for run in await engine.runs(by=ana, before="r4")] == ["r2", "r1", "r0"]
    assert await engine.runs(before="no such run") == []
    assert await engine.runs(by=ana, before="r3") == [], "a list of one's own goes on from one's own only"


async def test_runs_are_listed_by_how_long_they_took_or_have_taken(house: House) -> None:
    gate = Gate()

    async def work(context: Context, payload: Json) -> Json:
        house.time += timedelta(seconds=payload)
        return None

    async def wait(context: Context, payload: Json) -> Json:
        return await context.step("wait", gate.pass_through)

    engine = await house.open(work=work, wait=wait)
    for name, seconds in (("short", 0.2), ("near", 59.5), ("long", 61.0)):
        await engine.start("work", name, seconds)
        await engine.result(name, timeout=20)
        await house.lasted(name, seconds)
    await engine.start("wait", "goes on", None)
    await gate.reached.wait()
    await house.lasted("goes on", 0)

    async def ids(seconds: float) -> list[str]:
        return [run.id for run in await engine.runs(longer=timedelta(seconds=seconds), limit=2)]

    assert (await ids(60), await ids(0.3)) == (["long"], ["long", "near"])
    house.time += timedelta(minutes=2)
    assert await ids(60) == ["goes on", "long"]
    gate.opened.set()
    await engine.result("goes on", timeout=20)


async def test_old_runs_are_pruned_with_their_steps_and_events(house: House) -> None:
    async def work(context: Context, payload: Json) -> Json:
        await context.emit("token", {})
        return await context.step("double", double, 1)

    gate = Gate()

    async def wait(context: Context, payload: Json) -> Json:
        return await context.step("gate", gate.pass_through)

    house.time = utc_now()
    engine = await house.open(work=work, wait=wait)
    await engine.start("work", "old", None)
    await engine.start("wait", "old-and-running", None)
    await engine.result("old", timeout=20)
    too_young = await engine.prune(timedelta(days=30))
    house.time += timedelta(days=40)

    assert (too_young, await engine.prune(timedelta(days=30))) == (0, 1)
    assert {run.id for run in await engine.runs()} == {"old-and-running"}
    with pytest.raises(NoSuchRun):
        await events_of(engine, "old")
    assert await engine.start("work", "old", None) is True
    assert [event.id for event in await events_of(engine, "old")] == ["1-1"]
    gate.opened.set()


async def test_a_schedule_starts_its_workflow_once_per_time(house: House) -> None:
    async def work(context: Context, payload: Json) -> Json:
        return payload

    engine = await house.open(work=work)
    await engine.schedule("nightly", "*/5 * * * *", "work", {"a": 1})
    clock: Callable[[datetime], Awaitable[tuple[datetime, float]]] = engine._clock.tick  # type: ignore[attr-defined]
    since = house.time
    house.time += timedelta(minutes=11)
    # Two processes look at the same times.
    _, wait = await clock(since)
    await clock(since)
    runs = await engine.runs(workflow="work")

    assert [run.id for run in runs] == [
        "schedule:nightly:2026-03-01T12:10Z",
        "schedule:nightly:2026-03-01T12:05Z",
    ]
    assert await engine.result(runs[0].id, timeout=20) == {"a": 1}
    assert 0 < wait <= 30


async def test_a_schedule_taken_away_starts_nothing(house: House) -> None:
    engine = await house.open(twice=twice)
    await engine.schedule("often", "* * * * *", "twice", 1)
    await engine.unschedule("often")
    since = house.time
    house.time += timedelta(hours=1)
    await engine._clock.tick(since)  # type: ignore[attr-defined]

    assert await engine.runs() == []


async def test_a_line_that_is_no_cron_line_is_refused(house: House) -> None:
    engine = await house.open(twice=twice)

    for line in ("nightly", "* * * * * *", "61 * * * *"):
        with pytest.raises(BadInput, match="not a cron line of five fields"):
            await engine.schedule("s", line, "twice", None)


async def test_a_closed_engine_takes_no_runs(house: House) -> None:
    engine = await house.open(twice=twice)
    await engine.check()
    await engine.close(grace=0)

    with pytest.raises(EngineError, match="launch"):
        await engine.start("twice", "r", 1)
    with pytest.raises(EngineError):
        await engine.check()


async def test_a_run_started_by_a_run_stands_on_its_own(house: House) -> None:
    async def parent(context: Context, payload: Json) -> Json:
        async def start() -> bool:
            assert house.engine is not None
            return await house.engine.start("twice", "child", 4)

        return await context.step("start", start)

    engine = await house.open(parent=parent, twice=twice)
    await engine.start("parent", "p", None)

    assert await engine.result("p", timeout=20) is True
    assert await engine.result("child", timeout=20) == 8
    assert [step.name for step in (await engine.run("p")).steps] == ["start"]
