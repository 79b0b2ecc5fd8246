"""Starting, asking and killing worker processes."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

WORKER = Path(__file__).with_name("engine_worker.py")


class Gone(Exception):
    """The worker was killed before it answered."""


class Worker:
    """One process that carries runs."""

    def __init__(self, url: str, data_dir: Path, outside: Path) -> None:
        (outside / "effects").mkdir(parents=True, exist_ok=True)
        self._process = subprocess.Popen(
            [sys.executable, str(WORKER), url, str(data_dir), str(outside)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.carries = False

    def ready(self) -> Worker:
        self.carries = self._answer()["carries"]
        return self

    def ask(self, **asked: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(asked) + "\n")
            self._process.stdin.flush()
        except OSError:
            raise Gone from None
        return self._answer()

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                # What was not written yet is lost with the process.
                with contextlib.suppress(OSError):
                    pipe.close()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise Gone
        answer: dict[str, Any] = json.loads(line)
        return answer


class Workers:
    """All workers of a test, killed at its end."""

    def __init__(self, url: str, data_dir: Path, outside: Path) -> None:
        self._made = (url, data_dir, outside)
        self.outside = outside
        self.all: list[Worker] = []

    def begin(self) -> Worker:
        """Start a worker without waiting until it is ready."""
        worker = Worker(*self._made)
        self.all.append(worker)
        return worker

    def start(self) -> Worker:
        return self.begin().ready()

    def kill(self, worker: Worker) -> None:
        self.all.remove(worker)
        worker.kill()

    def log(self) -> list[list[str]]:
        path = self.outside / "log"
        return [line.split() for line in path.read_text().splitlines()] if path.exists() else []

    def effects(self) -> list[str]:
        return sorted(path.name for path in (self.outside / "effects").iterdir())


@contextlib.contextmanager
def workers(url: str, folder: Path) -> Iterator[Workers]:
    made = Workers(url, folder / "data", folder / "outside")
    try:
        yield made
    finally:
        for worker in list(made.all):
            made.kill(worker)
