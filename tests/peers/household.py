"""A desk in a folder of its own, its commands and its server as real processes."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

ROOT = Path(__file__).parents[2]


def variables(folder: Path) -> dict[str, str]:
    return {"DESKHAND_HOME": str(folder / "desk"), "DESKHAND_EMBEDDER__PROVIDER": "none"}


@dataclass
class Household:
    """A desk's folder, and the processes that work in it."""

    folder: Path
    variables: dict[str, str]
    processes: list[subprocess.Popen[str]] = field(default_factory=list)
    clients: list[httpx2.Client] = field(default_factory=list)

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DESKHAND_")}
        return {**kept, "PYTHONPATH": str(ROOT), "COLUMNS": "120", "NO_COLOR": "1", **self.variables}

    def run(self, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        """A command, which must end with `code` and never with a traceback."""
        done = subprocess.run(
            [sys.executable, "-m", "deskhand", *arguments],
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode == code, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def json(self, *arguments: str, code: int = 0) -> Any:
        """What a command prints with `--json`."""
        return json.loads(self.run(*arguments, "--json", code=code).stdout)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """A command that goes on."""
        log = (self.folder / f"log-{len(self.processes)}.txt").open("w")
        process = subprocess.Popen(
            [sys.executable, "-m", "deskhand", *arguments],
            cwd=self.folder,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            # A shell that runs the suite in the background has its children ignore Ctrl-C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        log.close()
        self.processes.append(process)
        return process

    def serve(self) -> Served:
        """`deskhand serve` on a free port, ready."""
        process = self.start("serve", "--port", "0")
        assert process.stdout
        line = process.stdout.readline()
        found = re.search(r"http://[\d.]+:\d+", line)
        assert found, f"the server said {line!r}\n{self.log()}"
        return Served(process, found[0], self.clients, self)

    def token(self, who: str, *scopes: str) -> str:
        options = [option for scope in scopes or ("ask",) for option in ("--scope", scope)]
        return str(self.json("tokens", "create", who, *options)["token"])

    def log(self) -> str:
        """What the last process that goes on wrote to stderr."""
        return (self.folder / f"log-{len(self.processes) - 1}.txt").read_text()

    def close(self) -> None:
        for client in self.clients:
            client.close()
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait(10)
            if process.stdout:
                process.stdout.close()


@dataclass
class Served:
    """A server that answers."""

    process: subprocess.Popen[str]
    url: str
    clients: list[httpx2.Client]
    household: Household
    cookies: dict[tuple[str, ...], list[Any]] = field(default_factory=dict)
    """Of who is signed in already, by name and scopes."""

    def client(self, token: str | None = None) -> httpx2.Client:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        opened = httpx2.Client(base_url=self.url, headers=headers, timeout=30)
        self.clients.append(opened)
        return opened

    def stop(self, number: signal.Signals = signal.SIGTERM) -> float:
        """Send a signal; seconds until the process was gone."""
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(20)
        return time.monotonic() - began


def settle(template: Path, folder: Path, model: Any) -> Household:
    """A copy of the template, with `model` as its default."""
    shutil.copytree(template, folder)
    scripted = {"provider": "openai", "model": "scripted", "base_url": f"{model.url}/v1", "api_key": "none"}
    return Household(folder, {**variables(folder), "DESKHAND_MODELS": json.dumps({"scripted": scripted})})
