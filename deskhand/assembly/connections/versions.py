"""The versions of what the desk is made of."""

from __future__ import annotations

import platform
import sqlite3
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

import deskhand

if TYPE_CHECKING:
    from deskhand.store import Database

PARTS = {
    "DBOS": "dbos",
    "Tantivy": "tantivy",
    "FastAPI": "fastapi",
    "SQLAlchemy": "sqlalchemy",
    "NumPy": "numpy",
    "Pydantic AI": "pydantic-ai-slim",
    "Slack Bolt": "slack-bolt",
}
"""By name, the package."""


def versions(database: Database) -> dict[str, str]:
    """By name, of those that are installed; a database server's own is told when it is tried."""
    found = {"Deskhand": deskhand.__version__, "Python": platform.python_version()}
    if database.is_sqlite:
        found["SQLite"] = sqlite3.sqlite_version
    for name, package in PARTS.items():
        try:
            found[name] = version(package)
        except PackageNotFoundError:
            continue
    return found
