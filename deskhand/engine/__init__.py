"""Durable runs: start once, steps, wait, stream, schedule. Owns the runs, their steps and their events."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from deskhand.engine.protocol import ONCE, Context, Engine, Limits, Retry, Standing, Workflow

if TYPE_CHECKING:
    from deskhand.store import Database

__all__ = ["ONCE", "Context", "Engine", "Limits", "Retry", "Standing", "Workflow", "open_engine"]

APPLICATION_VERSION = "1"
"""Goes up when the steps of a workflow change so that a run begun before cannot be carried on after."""


def open_engine(
    database_url: str,
    data_dir: Path,
    database: Database,
    *,
    application_version: str = APPLICATION_VERSION,
    synchronous: Literal["FULL", "NORMAL"] = "FULL",
    heartbeat: float = 5.0,
    dead_after: float = 20.0,
) -> Engine:
    """The durable engine on the database at `database_url`, which `database` is open on; not launched yet.

    `data_dir` holds the lock and the socket of the process that carries runs on SQLite. A process says that it lives
    every `heartbeat` seconds, and after `dead_after` seconds of silence others take its runs over (PostgreSQL).
    """
    from deskhand.engine.dbos import DbosEngine

    return DbosEngine(
        database_url,
        data_dir,
        database,
        application_version=application_version,
        synchronous=synchronous,
        heartbeat=heartbeat,
        dead_after=dead_after,
    )
