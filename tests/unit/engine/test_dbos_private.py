"""Every private name of DBOS that is used, tried on a real DBOS: a new version of it that changes one fails here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from deskhand.engine import Context, Limits
from deskhand.engine import dbos_private as private
from deskhand.engine.dbos import DbosEngine
from deskhand.engine.launching import open_dbos_tables
from deskhand.engine.states import envelope_of
from deskhand.errors import Conflict
from deskhand.nouns import Json
from deskhand.store import Database, metadata, utc_now


class Desk:
    def __init__(self, engine: DbosEngine, database: Database) -> None:
        self.engine, self.database = engine, database
        self.begun = asyncio.Event()
        self.let_go = asyncio.Event()

    @property
    def dbos(self) -> Any:
        return self.engine._dbos

    @property
    def tables(self) -> Any:
        return private.tables_of(self.dbos)

    def enqueue(self, run_id: str, workflow: str = "work", key: str = "key:k", priority: int = 1) -> bool:
        with self.database.writing() as connection:
            return private.enqueue(
                self.tables,
                connection,
                workflow=workflow,
                run_id=run_id,
                envelope=envelope_of(None, utc_now()),
                queue=f"run-{workflow}",
                key=key,
                priority=priority,
                version="1",
            )

    def claim(self) -> int:
        return private.claim(self.dbos, "run-work", self.engine.executor_id, "1")


@pytest.fixture
async def desk(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    database = Database(sqlite_url)
    with database.writing() as connection:
        metadata.create_all(connection)
    engine = DbosEngine(sqlite_url, tmp_path, database)
    desk = Desk(engine, database)

    async def work(context: Context, payload: Json) -> Json:
        async def step() -> str:
            desk.begun.set()
            await desk.let_go.wait()
            return "done"

        return await context.step("step", step)

    async def other(context: Context, payload: Json) -> Json:
        raise ValueError

    engine.register("work", work, Limits(concurrency=2))
    engine.register("other", other)
    await engine.launch()
    # Nothing is taken up by the pollers: the tests claim themselves.
    private.stop_claiming(engine._dbos)  # type: ignore[arg-type]
    async with asyncio.timeout(10):
        while engine._claiming:
            await asyncio.sleep(0.001)
    yield desk
    await engine.close(grace=0)
    database.close()


async def test_a_run_is_enqueued_once_inside_a_transaction_of_ours(desk: Desk) -> None:
    assert desk.enqueue("r") is True
    assert desk.enqueue("r") is False
    with pytest.raises(Conflict):
        desk.enqueue("r", workflow="other")


async def test_a_claim_takes_one_run_per_key_by_priority_and_no_more_than_the_bound(desk: Desk) -> None:
    desk.enqueue("late", priority=2)
    desk.enqueue("early", priority=1)
    desk.enqueue("b", key="key:b")
    desk.enqueue("c", key="key:c")

    assert await asyncio.to_thread(desk.claim) == 2
    running = [run.id for run in await desk.engine.runs(state="running")]
    assert len(running) == 2
    assert "late" not in running
    desk.let_go.set()


async def test_runs_are_carried_on_the_loop_that_was_adopted(desk: Desk) -> None:
    loops = []

    async def noting(context: Context, payload: Json) -> Json:
        loops.append(asyncio.get_running_loop())
        return None

    desk.engine._workflows["work"] = (noting, Limits())
    desk.enqueue("r")
    await asyncio.to_thread(desk.claim)
    await desk.engine.result("r", timeout=10)

    assert loops == [asyncio.get_running_loop()]


async def test_whether_dbos_is_launched_is_known(desk: Desk) -> None:
    assert private.is_launched() is True
    await desk.engine.close(grace=0)
    assert private.is_launched() is False


async def test_runs_of_a_dead_executor_go_back_to_their_queue(desk: Desk) -> None:
    desk.enqueue("r")
    await asyncio.to_thread(private.claim, desk.dbos, "run-work", "dead-one", "1")
    with desk.database.reading() as connection:
        carriers = private.carriers(desk.tables, connection, "1")
    recovered = await asyncio.to_thread(private.recover, desk.dbos, ["dead-one"])

    assert (carriers, recovered) == (["dead-one"], 1)
    assert (await desk.engine.run("r")).state == "waiting"
    with desk.database.reading() as connection:
        assert private.carriers(desk.tables, connection, "1") == []


async def test_attempts_are_counted_over_recovery_and_resume(desk: Desk) -> None:
    desk.enqueue("r")
    counted = []
    for _ in range(2):
        await asyncio.to_thread(desk.claim)
        with desk.database.reading() as connection:
            counted.append(private.attempts(desk.tables, connection, "r"))
        with desk.database.writing() as connection:
            private.cancel(desk.tables, connection, "r", 1)
            assert private.resume(desk.tables, connection, "r", "run-work", 2) is True

    assert counted == [1, 2]


async def test_only_a_cancelled_or_failed_run_is_resumed(desk: Desk) -> None:
    desk.enqueue("r")
    with desk.database.writing() as connection:
        assert private.resume(desk.tables, connection, "r", "run-work", 2) is False


async def test_runs_of_other_versions_are_counted(desk: Desk) -> None:
    desk.enqueue("r")
    with desk.database.reading() as connection:
        assert private.strangers(desk.tables, connection, "2") == {"1": 1}
        assert private.strangers(desk.tables, connection, "1") == {}


async def test_a_run_and_its_steps_are_read_and_deleted(desk: Desk) -> None:
    desk.let_go.set()
    await desk.engine.start("work", "r", None, key="k")
    await asyncio.to_thread(desk.claim)
    await desk.engine.result("r", timeout=10)
    with desk.database.writing() as connection:
        assert private.state(desk.tables, connection, "r") == "SUCCESS"
        assert [step["function_name"] for step in private.steps(desk.tables, connection, "r")] == ["step"]
        assert private.ended_before(desk.tables, connection, 1 << 60) == ["r"]
        assert private.ended_before(desk.tables, connection, 1) == []
        private.delete(desk.tables, connection, ["r"])
        assert private.status(desk.tables, connection, "r") is None
        assert private.steps(desk.tables, connection, "r") == []


async def test_a_step_of_an_execution_that_lost_its_run_is_not_recorded(desk: Desk) -> None:
    """The run was handed to another owner while its step was under way."""
    desk.enqueue("r")
    await asyncio.to_thread(desk.claim)
    await desk.begun.wait()
    with desk.database.writing() as connection:
        connection.exec_driver_sql("UPDATE workflow_status SET owner_xid = 'another' WHERE workflow_uuid = 'r'")
    desk.let_go.set()
    tasks = list(desk.engine._under_way)
    await asyncio.wait(tasks, timeout=0.5)

    with desk.database.reading() as connection:
        assert private.steps(desk.tables, connection, "r") == []


async def test_tables_are_opened_without_a_running_dbos(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    tables = await asyncio.to_thread(open_dbos_tables, sqlite_url, "FULL")
    with database.writing() as connection:
        new = private.enqueue(
            tables,
            connection,
            workflow="w",
            run_id="r",
            envelope=envelope_of(1, utc_now()),
            queue="run-w",
            key="run:r",
            priority=1,
            version="1",
        )

    assert new is True
    assert private.is_launched() is False
    tables.engine.dispose()
    database.close()


async def test_a_poller_looks_only_where_something_waits(desk: Desk) -> None:
    private.spare_empty_polls(desk.tables)
    nothing = await asyncio.to_thread(desk.tables.dequeue_scopes, "run-work")
    desk.enqueue("r")
    something = await asyncio.to_thread(desk.tables.dequeue_scopes, "run-work")
    elsewhere = await asyncio.to_thread(desk.tables.dequeue_scopes, "run-other")

    assert (nothing, something, elsewhere) == ([], [None], [])


def test_runs_are_carried_on_our_loop_also_when_they_are_taken_up_while_it_stands_still(
    sqlite_url: str, tmp_path: Path
) -> None:
    """As between a test and what comes after it. On DBOS's own loop they could not be ended."""
    database = Database(sqlite_url)
    engine = DbosEngine(sqlite_url, tmp_path, database)
    with asyncio.Runner() as runner:
        runner.run(engine.launch())
        dbos: Any = engine._dbos
        chosen = dbos._background_event_loop.target_loop()
        runner.run(engine.close(grace=0))
        assert chosen is runner.get_loop()
    database.close()
