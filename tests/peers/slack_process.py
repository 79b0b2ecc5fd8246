"""Our Slack in a process of its own, for benchmarks: what it costs is not on the app's account, nor behind its lock.

Calls go through the child's pipes, one at a time, as pickles. `hold` and `pace(say=...)` stay with `SlackServer`.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, TypeVar

T = TypeVar("T")


class SlackProcess:
    """Has the calls and properties of `SlackServer`."""

    def __init__(self, **options: Any) -> None:
        self._options, self._one = options, threading.Lock()

    def __enter__(self) -> Self:
        self._child = subprocess.Popen(
            [sys.executable, str(Path(__file__))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parent,
        )
        self._request(self._options)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.close()
        try:
            self._child.wait(10)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait(10)
        self._child.stdout.close()

    @property
    def pid(self) -> int:
        return self._child.pid

    def _request(self, request: Any) -> Any:
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        with self._one:
            pickle.dump(request, self._child.stdin)
            self._child.stdin.flush()
            ok, value = pickle.load(self._child.stdout)
        if not ok:
            raise value
        return value

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        from slack_server import SlackServer

        if callable(getattr(SlackServer, name, None)):
            return lambda *args, **kwargs: self._request((name, args, kwargs))
        return self._request((name, None, None))

    def wait_until(self, predicate: Callable[[], T], timeout: float = 10.0) -> T:
        """As `SlackServer.wait_until`; asks again every 20 ms."""
        end = time.monotonic() + timeout
        while not (value := predicate()):
            if time.monotonic() > end:
                raise TimeoutError(f"not within {timeout} s; the last value was {value!r}")
            time.sleep(0.02)
        return value


def _serve() -> None:
    from slack_server import SlackServer

    into, out = sys.stdin.buffer, sys.stdout.buffer
    with SlackServer(**pickle.load(into)) as server:
        pickle.dump((True, None), out)
        out.flush()
        while True:
            try:
                name, args, kwargs = pickle.load(into)
            except EOFError:
                return
            try:
                found = getattr(server, name)
                answer = (True, found if args is None else found(*args, **kwargs))
            except Exception as error:  # it is the caller's
                answer = (False, error)
            pickle.dump(answer, out)
            out.flush()


if __name__ == "__main__":
    _serve()
