"""Worker processes for the tests that kill them."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from deskhand.store import Database, metadata


def _peers() -> ModuleType:
    path = Path(__file__).parents[1] / "peers" / "engine_workers.py"
    spec = importlib.util.spec_from_file_location("engine_workers", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def engine_workers(database_url: str, tmp_path: Path) -> Iterator[Any]:
    """Workers on each kind of database in turn."""
    import deskhand.engine.records  # noqa: F401 - its tables

    database = Database(database_url)
    with database.writing() as connection:
        metadata.create_all(connection)
    database.close()
    with _peers().workers(database_url, tmp_path) as workers:
        yield workers
