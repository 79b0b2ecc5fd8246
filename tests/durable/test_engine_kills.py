"""Real processes are killed with SIGKILL at random moments, and everything that was accepted is counted afterwards."""

from __future__ import annotations

import os
import random
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from deskhand.store import Database

KILLS = int(os.environ.get("DESKHAND_TEST_KILLS", "10"))
RUNS_PER_KILL = 12
KEYS = 5


class Door:
    """Sends runs to whichever worker answers; what no worker acknowledged is sent again under the same id."""

    def __init__(self, workers: Any, random: random.Random) -> None:
        self._workers, self._random = workers, random
        self.accepted: list[tuple[str, str | None]] = []
        self._unacknowledged: tuple[str, str | None] | None = None
        self._sent = 0

    def send(self) -> None:
        """Send one run, keyed or not, to a worker by chance."""
        run = self._unacknowledged or self._next()
        self._unacknowledged = run
        worker = self._random.choice(self._workers.all)
        said = worker.ask(workflow="deed", start=run[0], key=run[1], payload={"seconds": 0.02})
        assert said["accepted"] == run[0]
        self.accepted.append(run)
        self._unacknowledged = None

    def _next(self) -> tuple[str, str | None]:
        self._sent += 1
        key = f"key{self._random.randrange(KEYS)}" if self._random.random() < 0.6 else None
        return f"run{self._sent}", key


def recorded_steps(database: Database) -> set[tuple[str, str]]:
    table = "operation_outputs" if database.is_sqlite else "dbos.operation_outputs"
    query = f"SELECT workflow_uuid, function_name FROM {table} WHERE output IS NOT NULL"
    with database.reading() as connection:
        return {(row[0], row[1]) for row in connection.execute(sa.text(query))}


@pytest.fixture
def seed() -> int:
    return int(os.environ.get("DESKHAND_TEST_SEED", str(random.SystemRandom().randrange(1_000_000))))


def test_killed_at_random_moments_every_run_is_carried_once(
    engine_workers: Any, database_url: str, seed: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On SQLite one process is killed and started again; on PostgreSQL one of three, and the others take over."""
    with capsys.disabled():
        sys.stdout.write(f"\n{database_url.split(':')[0]}: {KILLS} kills, DESKHAND_TEST_SEED={seed} ")
    chance = random.Random(seed)
    database = Database(database_url)
    crowd = 1 if database.is_sqlite else 3
    for _ in range(crowd):
        engine_workers.start()
    door = Door(engine_workers, chance)
    finished_before: list[tuple[set[tuple[str, str]], int]] = []
    for _ in range(KILLS):
        for _ in range(RUNS_PER_KILL):
            door.send()
        time.sleep(chance.uniform(0.0, 0.5))
        victim = chance.choice(engine_workers.all)
        engine_workers.kill(victim)
        done = recorded_steps(database)
        finished_before.append((done, len(engine_workers.log())))
        starting = engine_workers.begin()
        if crowd > 1:
            # The others go on, and are sent work, while a new one starts.
            engine_workers.all.remove(starting)
            door.send()
            engine_workers.all.append(starting)
        starting.ready()
    for run_id, _ in door.accepted:
        assert engine_workers.all[0].ask(result=run_id) == {"result": {"run": run_id}}
    log = engine_workers.log()
    runs = [run_id for run_id, _ in door.accepted]

    assert len(runs) >= KILLS * (RUNS_PER_KILL - 1)
    assert states(database) == Counter({("finished", run_id): 1 for run_id in runs})
    assert repeated(finished_before, log) == []
    assert engine_workers.effects() == sorted(f"{run_id}:3" for run_id in runs)
    assert order_of_keys(log, door.accepted) == order_of_starts(door.accepted)
    database.close()


def states(database: Database) -> Counter[tuple[str, str]]:
    table = "workflow_status" if database.is_sqlite else "dbos.workflow_status"
    with database.reading() as connection:
        rows = connection.execute(sa.text(f"SELECT status, workflow_uuid FROM {table}")).all()
    return Counter(("finished" if row[0] == "SUCCESS" else row[0], row[1]) for row in rows)


def repeated(finished_before: list[tuple[set[tuple[str, str]], int]], log: list[list[str]]) -> list[tuple[str, str]]:
    """Steps that were on record at a kill and began once more after it."""
    return [
        (run_id, step) for done, length in finished_before for _, run_id, step in log[length:] if (run_id, step) in done
    ]


def order_of_keys(log: list[list[str]], accepted: list[tuple[str, str | None]]) -> dict[str, list[str]]:
    """The runs of each key in the order in which they first began."""
    keys, order = dict(accepted), {}
    for _, run_id, step in log:
        key = keys[run_id]
        if key is not None and step == "step-0" and run_id not in order.setdefault(key, []):
            order[key].append(run_id)
    return order


def order_of_starts(accepted: list[tuple[str, str | None]]) -> dict[str, list[str]]:
    order: dict[str, list[str]] = {}
    for run_id, key in accepted:
        if key is not None:
            order.setdefault(key, []).append(run_id)
    return order
