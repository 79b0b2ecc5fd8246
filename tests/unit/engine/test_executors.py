"""The file lock, the socket's address and what a notice can carry."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from deskhand.engine import records
from deskhand.engine.dbos import DbosEngine
from deskhand.engine.executors import Executors, FileLock, new_executor_id
from deskhand.engine.notices import LARGEST, _texts
from deskhand.engine.sockets import LONGEST_ADDRESS, socket_path
from deskhand.store import Database, metadata
from deskhand.store.database import unixepoch

HOLD = """
import sys
from pathlib import Path
from deskhand.engine.executors import FileLock
print(FileLock(Path(sys.argv[1])).acquire())
"""


def asked_elsewhere(path: Path) -> bool:
    said = subprocess.run([sys.executable, "-c", HOLD, str(path)], capture_output=True, text=True, check=True)
    return said.stdout.strip() == "True"


def test_a_file_is_locked_for_other_processes_until_it_is_given_back(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "deep" / "engine.lock")

    assert lock.acquire() is True
    assert asked_elsewhere(tmp_path / "deep" / "engine.lock") is False
    lock.release()
    assert asked_elsewhere(tmp_path / "deep" / "engine.lock") is True


def test_no_two_executors_have_the_same_id() -> None:
    assert len({new_executor_id() for _ in range(100)}) == 100


@pytest.mark.postgres
async def test_a_beat_that_comes_late_does_not_bring_back_who_has_signed_off(postgres_url: str) -> None:
    """Else its runs would wait until it is taken for dead."""
    database = Database(postgres_url)
    executors = Executors(database, "one", carriers=lambda _: [], recover=lambda _: 0, nudge=lambda: None, alone=False)
    await executors.sign_on()
    await executors.sign_off()

    await executors.round()

    with database.reading() as connection:
        assert connection.execute(sa.select(records.executors.c.id)).all() == []
    database.close()


def test_a_socket_in_a_deep_folder_gets_a_short_address(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 120)

    assert socket_path(Path("/srv/desk")) == Path("/srv/desk/engine.sock")
    assert len(str(socket_path(deep))) <= LONGEST_ADDRESS
    assert socket_path(deep) != socket_path(tmp_path / ("y" * 120))


def test_a_large_notice_is_cut_and_a_large_event_is_to_be_looked_up() -> None:
    events = [[f"1-{number}", "token", {"text": "x" * 300}] for number in range(100)]
    texts = _texts({"run": "r", "events": events})
    huge = _texts({"run": "r", "events": [["1-1", "token", {"text": "x" * 9000}]]})

    assert all(len(text) <= LARGEST for text in texts)
    assert [event for text in texts for event in json.loads(text)["events"]] == events
    assert [json.loads(text) for text in huge] == [{"look": "r"}]


def test_unixepoch_has_parts_of_a_second_when_asked() -> None:
    assert isinstance(unixepoch("subsec"), float)
    assert isinstance(unixepoch(), int)


async def test_a_client_that_cannot_take_over_lets_another_do_it(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'desk.db'}")
    with database.writing() as connection:
        metadata.create_all(connection)
    engine = DbosEngine(f"sqlite:///{tmp_path / 'desk.db'}", tmp_path, database)
    holder = subprocess.Popen(
        [sys.executable, "-c", f"{HOLD}\nsys.stdout.flush(); sys.stdin.read()", str(tmp_path / "engine.lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout
    assert holder.stdout.readline().strip() == b"True"
    tried = asyncio.Event()

    async def fail() -> None:
        tried.set()
        raise OSError

    await engine.launch(fail)
    assert not engine.carries
    holder.communicate()
    await tried.wait()
    await asyncio.to_thread(_until_free, tmp_path / "engine.lock")
    await engine.close()
    database.close()


def _until_free(path: Path) -> None:
    for _ in range(20):
        if asked_elsewhere(path):
            return
    raise AssertionError("the lock is still held")
