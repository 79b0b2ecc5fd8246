"""Opening and closing the DBOS of this process: its settings, its connections, its silence.

What its log would say of a failing run may hold contents, so such lines are kept out of it; the engine logs the code.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from dbos import DBOS
from dbos import Serializer as DbosSerializer

from deskhand.engine import dbos_private as private
from deskhand.engine.codec import dumps, loads
from deskhand.store.database import prepare_sqlite

if TYPE_CHECKING:
    from dbos._sys_db import SystemDatabase

THREADS = 64


class DeskSerializer(DbosSerializer):
    """JSON for everything that DBOS records; errors as code and message."""

    def serialize(self, data: Any) -> str:
        return dumps(data)

    def deserialize(self, serialized_data: str) -> Any:
        return loads(serialized_data)

    def name(self) -> str:
        return "deskhand_json"


class _Discreet(logging.Filter):
    """Lets no exception of a run into the log: its message may hold contents."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not record.getMessage().startswith(("Exception encountered in", "Workflow "))


def sqlite_engine(url: str, synchronous: str) -> sa.Engine:
    """DBOS's own connections to the SQLite file: WAL, and `unixepoch` where SQLite is older than 3.42."""
    engine = sa.create_engine(
        url, hide_parameters=True, pool_size=16, max_overflow=THREADS, connect_args={"check_same_thread": False}
    )

    @sa.event.listens_for(engine, "connect")
    def prepare(dbapi: Any, _record: Any) -> None:
        dbapi.isolation_level = "IMMEDIATE"
        prepare_sqlite(dbapi, synchronous)

    _queue_writers(engine)
    return engine


def _queue_writers(engine: sa.Engine) -> None:
    """Let this process's writers wait for each other in a row: SQLite's own waiting is a sleep of up to 100 ms."""
    turn = threading.Lock()

    @sa.event.listens_for(engine, "before_cursor_execute")
    def take(connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not connection.info.get("turn") and statement.lstrip()[:6].upper() in ("INSERT", "UPDATE", "DELETE"):
            turn.acquire()
            connection.info["turn"] = True

    @sa.event.listens_for(engine, "checkin")
    def give_back(_dbapi: Any, record: Any) -> None:
        if record.info.pop("turn", False):
            turn.release()


def open_dbos_tables(url: str, synchronous: str) -> SystemDatabase:
    """DBOS's tables for a process that carries no runs."""
    quieten()
    return private.open_tables(url, sqlite_engine(url, synchronous), DeskSerializer())


async def launch_dbos(
    url: str,
    *,
    synchronous: str,
    version: str,
    executor_id: str,
    loop: asyncio.AbstractEventLoop,
    register: Callable[[], None],
) -> DBOS:
    """Launch the DBOS of this process, with what `register` registers; its runs are carried on `loop`."""

    def launch() -> DBOS:
        quieten()
        config: dict[str, Any] = {
            "name": private.APP_NAME,
            "system_database_url": url,
            "application_version": version,
            "executor_id": executor_id,
            "serializer": DeskSerializer(),
            "log_level": "WARNING",
            "enable_otlp": False,
            "use_listen_notify": False,
            "max_executor_threads": THREADS,
            "notification_listener_polling_interval_sec": 0.25,
        }
        if url.startswith("sqlite"):
            config["system_database_engine"] = sqlite_engine(url, synchronous)
        else:
            config["db_engine_kwargs"] = {"hide_parameters": True, "pool_pre_ping": False}
        dbos = DBOS(config=config)  # type: ignore[arg-type]
        try:
            register()
            private.adopt_loop(dbos, loop)
            DBOS.launch()
        except BaseException:
            DBOS.destroy(destroy_registry=True)
            raise
        return dbos

    return await asyncio.to_thread(launch)


async def stop_dbos() -> None:
    """Stop the DBOS of this process and forget what was registered, so that another may be launched."""
    loop = asyncio.get_running_loop()
    # DBOS made its own threads the loop's default ones; they are gone with it.
    loop.set_default_executor(ThreadPoolExecutor(thread_name_prefix="asyncio"))
    await asyncio.to_thread(DBOS.destroy, destroy_registry=True)


def quieten() -> None:
    """Keep DBOS's log off the console, and contents out of it."""
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        # Without a handler DBOS would add one that writes to the console.
        logger.addHandler(logging.NullHandler())
    if not any(isinstance(one, _Discreet) for one in logger.filters):
        logger.addFilter(_Discreet())
    logger.setLevel(logging.WARNING)
