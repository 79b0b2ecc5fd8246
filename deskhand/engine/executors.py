"""Who carries runs: one process per SQLite file, any number on PostgreSQL, where the living take over from the dead.

Every process has an executor id of its own; a shared one would have a starting process restart what another is
carrying.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import socket
import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from deskhand.engine import records
from deskhand.store import Connection, Database

log = logging.getLogger("deskhand.engine")


def new_executor_id() -> str:
    """An id that no other process has or had: "host-pid-random"."""
    return f"{socket.gethostname()[:40]}-{os.getpid()}-{uuid.uuid4().hex[:8]}"


class FileLock:
    """An exclusive lock on a file, given back by the operating system when the process dies.

    A record lock, not `flock`: a forked child must not hold it on after its parent has died.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def acquire(self) -> bool:
        """Take the lock; False if another process has it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(file)
            return False
        self._file = file
        return True

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


class Executors:
    """This process's heartbeat, and the take-over of runs whose executor is dead.

    `carriers` lists the executors that unfinished runs are recorded with, `recover` puts the runs of some back on
    their queues, `nudge` has the queues looked at. `alone` says that no other process can be alive (SQLite, where a
    file lock sees to it), so that every other executor is dead. A wrong verdict is safe for what is recorded, for an
    executor that was replaced records nothing more; an effect that it has under way may still reach the outside.
    """

    def __init__(
        self,
        database: Database,
        executor_id: str,
        *,
        carriers: Callable[[Connection], list[str]],
        recover: Callable[[list[str]], int],
        nudge: Callable[[], None],
        alone: bool,
        heartbeat: float = 5.0,
        dead_after: float = 20.0,
    ) -> None:
        self._database, self.id = database, executor_id
        self._carriers, self._recover, self._nudge = carriers, recover, nudge
        self._alone = alone
        self._heartbeat, self._dead_after = heartbeat, timedelta(seconds=dead_after)
        self._turn, self._off = threading.Lock(), False

    async def sign_on(self) -> None:
        await self._database.write(records.beat, self.id)

    async def sign_off(self) -> None:
        """Say that this executor carries nothing any more; what it left is taken over at once."""
        await self._database.write(self._end)

    def _end(self, connection: Connection) -> None:
        with self._turn:
            self._off = True
            records.sign_off(connection, [self.id])

    def _beat(self, connection: Connection) -> None:
        # A beat whose task was cancelled is still in its thread, and must not come after the end.
        with self._turn:
            if not self._off:
                records.beat(connection, self.id)

    async def run(self) -> None:
        """Beat and take over, for ever."""
        while True:
            try:
                await self.round()
            except Exception as error:
                log.warning("heartbeat or take-over failed (%s); trying again", type(error).__name__)
            await asyncio.sleep(self._heartbeat)

    async def round(self) -> int:
        """One beat and one look for runs of the dead; how many were taken over.

        What could not be recovered this time (the database was away) is still recorded with the dead executor, so
        the next round finds it again, until none is left.
        """
        if not self._alone:
            await self._database.write(self._beat)
        taken = await asyncio.to_thread(self._take_over)
        if taken:
            log.warning("took over %d runs whose process is gone", taken)
            self._nudge()
        return taken

    def _take_over(self) -> int:
        if self._alone:
            with self._database.reading() as connection:
                dead = [one for one in self._carriers(connection) if one != self.id]
            return self._recover(dead) if dead else 0
        # The lock is held until the runs are back on their queues: one process does this, the others go on.
        with self._database.writing() as connection:
            if not records.lock_take_over(connection):
                return 0
            records.forget_dead(connection, self._dead_after)
            alive = {self.id, *records.living(connection, self._dead_after)}
            dead = [one for one in self._carriers(connection) if one not in alive]
            return self._recover(dead) if dead else 0
