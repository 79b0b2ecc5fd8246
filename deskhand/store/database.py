"""One way to the database: functions that take a connection first, run in a thread, inside one transaction.

On SQLite the file is in WAL mode; "FULL" makes a commit survive a power cut (what was accepted is on disk), and a
writing transaction takes the write lock when it begins, so it never fails half-way for want of it.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from deskhand.errors import BadSettings

__all__ = ["Connection", "Database", "metadata", "utc_now"]

P = ParamSpec("P")
T = TypeVar("T")

metadata = sa.MetaData()
"""Every table of the house; `records.py` of each room adds its own."""

BUSY_TIMEOUT_MS = 30_000
ALIVE = {
    "connect_timeout": "10",
    "keepalives_idle": "15",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
"""When PostgreSQL's server is taken for gone (seconds; milliseconds): without these a thread that asked it something
waits for hours once its machine is away. A slow query is not affected. What an address says itself counts."""
CACHE_KIB = 256


def utc_now() -> datetime:
    """Now, as a time zone aware datetime in UTC."""
    return datetime.now(UTC)


class Database:
    """A pool of connections to one database, and threads to use them from async code.

    `url` is an SQLAlchemy address: `sqlite:///path/to/desk.db` or `postgresql+psycopg://user:secret@host/name`.
    """

    def __init__(
        self, url: str, *, synchronous: Literal["FULL", "NORMAL"] = "FULL", threads: int = 8, echo: bool = False
    ) -> None:
        self.url = sa.make_url(url)
        if self.url.get_backend_name() not in ("sqlite", "postgresql"):
            raise BadSettings(
                f"database_url has the driver {self.url.drivername!r}; it must be sqlite:///FILE or "
                "postgresql+psycopg://USER@HOST/NAME. See docs/reference/settings.md#database_url."
            )
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if not self.is_sqlite:
            self.url = self.url.set(query={**ALIVE, **self.url.query})
        self._engine = _sqlite(self.url, synchronous, echo) if self.is_sqlite else _postgres(self.url, threads, echo)
        # Who waits for SQLite's lock looks for it ever more rarely, at last ten times a second; a thread is woken at
        # once. And writes that wait for each other must not keep the threads from reading.
        self._turn: AbstractContextManager[Any] = threading.Lock() if self.is_sqlite else nullcontext()
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="store")
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="store-writes") if self.is_sqlite else self._threads
        self._first = ThreadPoolExecutor(1, thread_name_prefix="store-first")

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection with one consistent view of the data; what is written through it is rolled back."""
        with self._engine.connect() as connection:
            if self.is_sqlite:
                # Past SQLAlchemy, which takes as long for it as for a query; this cannot fail.
                connection.connection.cursor().execute("BEGIN").close()
            yield connection
            connection.rollback()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection in a writing transaction: committed at the end, rolled back on an error."""
        with self._turn, self._engine.connect() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    async def read(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`fn(connection, *args)` in a thread, in a reading transaction."""

        def call() -> T:
            with self.reading() as connection:
                return fn(connection, *args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    async def write(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`fn(connection, *args)` in a thread, in a writing transaction."""
        return await self._written(self._writer, fn, *args, **kwargs)

    async def write_first(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As `write`, before all that waits to be written by this process: for short ones that somebody outside waits
        for."""
        return await self._written(self._first, fn, *args, **kwargs)

    async def _written(
        self,
        threads: ThreadPoolExecutor,
        fn: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        def call() -> T:
            with self.writing() as connection:
                return fn(connection, *args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(threads, call)

    def close(self) -> None:
        for threads in (self._first, self._writer, self._threads):
            threads.shutdown(wait=True)
        self._engine.dispose()


def _sqlite(url: sa.URL, synchronous: str, echo: bool) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(url, echo=echo, hide_parameters=True, connect_args={"check_same_thread": False})

    @sa.event.listens_for(engine, "connect")
    def prepare(dbapi: Any, _record: Any) -> None:
        # The driver's own transaction control would open a deferred one; ours begins by hand.
        dbapi.isolation_level = None
        prepare_sqlite(dbapi, synchronous)

    return engine


def prepare_sqlite(dbapi: Any, synchronous: str) -> None:
    """Set up a connection to an SQLite file, and give it what the tables of the durable engine call and SQLite has only
    since 3.42."""
    dbapi.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    dbapi.execute("PRAGMA journal_mode=WAL")
    dbapi.execute(f"PRAGMA synchronous={synchronous}")
    dbapi.execute("PRAGMA foreign_keys=ON")
    # Each of some twenty connections has a cache of its own; the system's cache, which all share, is as good.
    dbapi.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
    if sqlite3.sqlite_version_info < (3, 42):
        dbapi.create_function("unixepoch", -1, unixepoch)


def unixepoch(*arguments: str) -> float:
    """SQLite 3.42's `unixepoch('subsec')`, which the engine's tables call on Python 3.12 and later."""
    return time.time() if "subsec" in arguments else int(time.time())


def _postgres(url: sa.URL, threads: int, echo: bool) -> Engine:
    engine = sa.create_engine(
        url.set(drivername="postgresql+psycopg"),
        echo=echo,
        hide_parameters=True,
        pool_size=threads,
        max_overflow=4,
        pool_pre_ping=True,
    )

    @sa.event.listens_for(engine, "connect")
    def prepare(dbapi: Any, _record: Any) -> None:
        # Times come back in the zone of the connection, which is the server's where nobody says another.
        dbapi.autocommit = True
        dbapi.execute("SET TIME ZONE 'UTC'")
        dbapi.autocommit = False

    return engine
