"""Brings a database to this release's tables, one numbered migration after the other, in one transaction.

A database that is up to date costs one query; Alembic is imported only when there is something to do.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from deskhand.errors import BadSettings
from deskhand.store.database import Connection, Database

HEAD = "0006"
"""The newest migration; `tests/contract/test_migrations.py` compares it with the scripts."""

LOCK = 7_305_815_001
"""The advisory lock under which one process at a time migrates a PostgreSQL database."""


def migrate(database: Database) -> bool:
    """Migrate `database` to `HEAD`; True if there was something to do.

    Raises `BadSettings` when the database was written by a newer release.
    """
    with database.reading() as connection:
        if current(connection) == HEAD:
            return False
    with database.writing() as connection:
        if not database.is_sqlite:
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        at = current(connection)
        if at == HEAD:
            return False
        _upgrade(connection, at)
    return True


def require(database: Database) -> None:
    """Change nothing; raises `BadSettings` unless the database is at `HEAD`."""
    with database.reading() as connection:
        at = current(connection)
    if at != HEAD:
        raise BadSettings(
            f"the database is at migration {at!r} and this release needs {HEAD!r}; install the release that the desk "
            "runs, or start `deskhand serve` of this one, which migrates it. See docs/how-to/upgrade.md."
        )


def current(connection: Connection) -> str | None:
    """The migration the database is at; None for one that has no tables of ours."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def configuration() -> Any:
    """Alembic's configuration, pointing at the scripts beside this file."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def _upgrade(connection: Connection, at: str | None) -> None:
    from alembic import command
    from alembic.script import ScriptDirectory

    config = configuration()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if at is not None and at not in known:
        raise BadSettings(
            f"the database is at migration {at!r}, which this release does not know; it was written by a newer one. "
            "Install that release again, or restore the backup made before the upgrade. See docs/how-to/upgrade.md."
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
