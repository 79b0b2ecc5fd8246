"""What engines do for each other across processes: a client on SQLite, several processes on PostgreSQL."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from deskhand.engine import Context, open_engine
from deskhand.engine.dbos import DbosEngine
from deskhand.errors import EngineError, RunCancelled, StillRunning
from deskhand.nouns import Json, StreamEvent
from deskhand.store import Database, metadata


def _peers() -> ModuleType:
    path = Path(__file__).parents[1] / "peers" / "engine_workers.py"
    spec = importlib.util.spec_from_file_location("engine_workers", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def workers(database: Database, database_url: str, tmp_path: Path) -> Iterator[Any]:
    with database.writing() as connection:
        metadata.create_all(connection)
    with _peers().workers(database_url, tmp_path) as workers:
        yield workers


async def deed(context: Context, payload: Json) -> Json:
    return {"run": context.run_id, "attempt": context.attempt}


async def talk(context: Context, payload: Json) -> Json:
    async def speak() -> None:
        await context.emit("token", {"text": "taken over"})

    await context.step("speak", speak)
    return "said here"


def make(database_url: str, database: Database, tmp_path: Path) -> DbosEngine:
    engine = DbosEngine(database_url, tmp_path / "data", database, heartbeat=0.2, dead_after=1.0)
    engine.register("deed", deed)
    engine.register("talk", talk)
    return engine


@pytest.fixture
async def engine(workers: Any, database_url: str, database: Database, tmp_path: Path) -> AsyncIterator[DbosEngine]:
    """An engine in this process, not launched yet, beside the workers."""
    made = make(database_url, database, tmp_path)
    yield made
    await made.close(grace=0)


async def heard(engine: DbosEngine, run_id: str, outside: Path) -> list[StreamEvent]:
    """The run's events; its carrier goes on after the first only when that has arrived here."""
    events = []
    async with asyncio.timeout(20):
        async for event in engine.follow(run_id):
            events.append(event)
            (outside / "go").touch()
    return events


async def test_events_are_heard_in_another_process_while_the_run_goes_on(engine: DbosEngine, workers: Any) -> None:
    """Also one that is too large for a notice."""
    worker = await asyncio.to_thread(workers.start)
    await asyncio.to_thread(lambda: worker.ask(workflow="talk", start="r"))
    await engine.launch()
    events = await heard(engine, "r", workers.outside)

    assert [(event.id, event.data["text"]) for event in events] == [("1-1", "one"), ("1-2", "two"), ("1-3", "three")]
    assert len(events[1].data["long"]) == 20_000
    assert await engine.result("r", timeout=20) == "said"


async def test_a_client_on_sqlite_starts_looks_and_cancels_through_the_executor(
    sqlite_url: str, tmp_path: Path
) -> None:
    database = Database(sqlite_url)
    with database.writing() as connection:
        metadata.create_all(connection)
    with _peers().workers(sqlite_url, tmp_path) as workers:
        await asyncio.to_thread(workers.start)
        engine = make(sqlite_url, database, tmp_path)
        await engine.launch()

        assert engine.carries is False
        assert await engine.start("deed", "d", {"seconds": 0}) is True
        assert await engine.start("deed", "d", {"seconds": 0}) is False
        # The worker's own "deed" answers without an attempt: it ran there.
        assert await engine.result("d", timeout=20) == {"run": "d"}
        assert [event.type for event in [e async for e in engine.follow("d")]] == ["progress"] * 4
        assert (await engine.run("d")).state == "finished"
        await engine.start("talk", "t1", {}, key="k")
        await engine.start("talk", "t2", {}, key="k")
        await engine.cancel("t2")
        with pytest.raises(RunCancelled):
            await engine.result("t2", timeout=20)
        with pytest.raises(StillRunning):
            await engine.result("t1", timeout=0.1)
        await engine.close(grace=0)
    database.close()


async def test_a_run_of_a_killed_process_is_taken_over_and_its_followers_hear_so(
    engine: DbosEngine, workers: Any
) -> None:
    """On SQLite the client becomes the one that carries; on PostgreSQL another process notices the silence."""
    worker = await asyncio.to_thread(workers.start)
    await asyncio.to_thread(lambda: worker.ask(workflow="talk", start="r"))
    await engine.launch()
    events = []
    async with asyncio.timeout(30):
        async for event in engine.follow("r"):
            events.append(event)
            if event.id == "1-1":
                await asyncio.to_thread(workers.kill, worker)

    assert [(event.type, event.data.get("text")) for event in events] == [
        ("token", "one"),
        ("restarted", None),
        ("token", "taken over"),
    ]
    assert await engine.result("r", timeout=20) == "said here"
    assert engine.carries is True
    run = await engine.run("r")
    assert run.executor == engine.executor_id
    assert [step.name for step in run.steps] == ["speak"]


async def test_two_engines_in_one_process_are_refused(
    engine: DbosEngine, database_url: str, database: Database, tmp_path: Path
) -> None:
    await engine.launch()
    second = DbosEngine(database_url, tmp_path / "other", database)

    with pytest.raises(EngineError, match="another engine is launched in this process"):
        await second.launch()


async def test_an_engine_is_opened_again_after_it_was_closed(
    workers: Any, database_url: str, database: Database, tmp_path: Path
) -> None:
    """Threads of the event loop work in between, though DBOS had lent the loop its own."""
    for number in range(3):
        engine = make(database_url, database, tmp_path)
        await engine.launch()
        await engine.start("deed", f"r{number}", None)
        assert await engine.result(f"r{number}", timeout=20) == {"run": f"r{number}", "attempt": 1}
        await engine.close(grace=1)
        assert await asyncio.to_thread(lambda: 7) == 7


async def test_runs_of_another_application_version_are_told_of_at_start(
    workers: Any, database_url: str, database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def wait(context: Context, payload: Json) -> Json:
        await asyncio.Event().wait()
        return None

    old = DbosEngine(database_url, tmp_path / "data", database, application_version="1")
    old.register("wait", wait)
    await old.launch()
    await old.start("wait", "r", None)
    await old.close(grace=0)
    new = open_engine(database_url, tmp_path / "data", database, application_version="2")
    new.register("wait", wait)
    await new.launch()
    await new.close(grace=0)

    assert "1 unfinished runs belong to application version '1'" in caplog.text


async def test_what_is_recorded_is_json_and_no_pickle(engine: DbosEngine, database: Database) -> None:
    import sqlalchemy as sa

    async def fail(context: Context, payload: Json) -> Json:
        raise KeyError("a name that must not be kept")

    engine.register("fail", fail)
    await engine.launch()
    await engine.start("deed", "d", {"a": 1})
    await engine.start("fail", "f", None, key="k")
    await engine.result("d", timeout=20)
    with pytest.raises(EngineError):
        await engine.result("f", timeout=20)
    schema = None if database.is_sqlite else "dbos"
    texts: list[str] = []
    with database.reading() as connection:
        found = sa.MetaData()
        found.reflect(connection, schema=schema)
        for table in found.tables.values():
            for row in connection.execute(sa.select(table)).mappings():
                texts += [str(value) for value in row.values()]
                assert row.get("serialization") in (None, "deskhand_json")

    assert '{"args":[{"payload":{"a":1},' in " ".join(texts)
    assert not any("a name that must not be kept" in text for text in texts)
