"""A bell by name: whoever waits for something on record is woken when it is there, in this process and in others.

On PostgreSQL a ring goes out with the commit (NOTIFY) and reaches every process; on SQLite it reaches those who wait in
the process that wrote. Whoever waits elsewhere looks again from time to time, so a ring that is lost costs a moment.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

import sqlalchemy as sa

from deskhand.store.database import Connection, Database

__all__ = ["LOOK_SECONDS", "RAREST_LOOK", "Bell", "Wait", "ring_others"]

log = logging.getLogger(__name__)

CHANNEL = "deskhand_bell"
LOOK_SECONDS = 0.5
"""After how long without a ring whoever waits looks for himself: one may have been lost."""
RAREST_LOOK = 8.0
"""And after how long at most: a thousand who wait must not keep the database from the one they wait for."""

Wait = Callable[..., Awaitable[bool]]
"""`await wait(seconds)`: until the bell rings, for `seconds` at most; whether it rang."""
RETRY = 2.0


def ring_others(connection: Connection, name: str) -> None:
    """Ring in every process once the caller's transaction is committed; on SQLite there is no way to others."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_notify(:channel, :name)"), {"channel": CHANNEL, "name": name})


class Bell:
    """The bells of one database, as one process hears them; `ring` and waiting are for the loop's own thread. Without a
    database there are no other processes."""

    def __init__(self, database: Database | None = None) -> None:
        self._database = database
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._hearers = 0

    def ring(self, *names: str) -> None:
        """Wake whoever waits for one of the names in this process. Call it after the commit."""
        for name in names:
            for event in self._waiting.get(name, ()):
                event.set()

    @contextmanager
    def listening(self, name: str) -> Iterator[Wait]:
        """Gives `wait(seconds)`, which returns at the next ring of `name` since it was entered or last waited for;
        without one after `LOOK_SECONDS`, each time twice as long, up to `RAREST_LOOK`. Enter it before you look whether
        the thing is there."""
        event, pause = asyncio.Event(), LOOK_SECONDS
        self._waiting.setdefault(name, set()).add(event)

        async def wait(seconds: float = RAREST_LOOK) -> bool:
            nonlocal pause
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, min(seconds, pause))):
                    await event.wait()
            rung = event.is_set()
            event.clear()
            pause = LOOK_SECONDS if rung else min(2 * pause, RAREST_LOOK)
            return rung

        try:
            yield wait
        finally:
            listeners = self._waiting[name]
            listeners.discard(event)
            if not listeners:
                del self._waiting[name]

    @asynccontextmanager
    async def hearing(self) -> AsyncIterator[None]:
        """Hear other processes too, as long as this is open; it listens when this is entered. It may be open several
        times, and listens once."""
        self._hearers += 1
        try:
            if self._database is None or self._database.is_sqlite or self._hearers > 1:
                yield
                return
            async with self._listening(self._database):
                yield
        finally:
            self._hearers -= 1

    @asynccontextmanager
    async def _listening(self, database: Database) -> AsyncIterator[None]:
        listens = asyncio.Event()
        task = asyncio.create_task(self._listen(database, listens), name="bell listens")
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(5.0):
                    await listens.wait()
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _listen(self, database: Database, listens: asyncio.Event) -> None:
        import psycopg

        address = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    listens.set()
                    async for notice in connection.notifies():
                        self.ring(notice.payload)
            except psycopg.Error as error:
                log.warning("listening for rings stopped (%s); looking from time to time", type(error).__name__)
            await asyncio.sleep(RETRY)
