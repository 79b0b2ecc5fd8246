"""Servers are killed with SIGKILL while runs make answers and others wait for them: all askers are answered, the
model is asked once more at most, and nothing is left behind that others would wait for."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import sqlalchemy as sa
from cache_worker import fill, settings
from model_server import Gate, ModelServer, Script

from deskhand.store import Database

WORKER = Path(__file__).parents[1] / "peers" / "cache_worker.py"
KILLS = int(os.environ.get("DESKHAND_TEST_KILLS", "1"))
"""There are posts for six."""
SAM, SID, EVE = range(3)
"""Readers; Sam and Sid may read the same, Eve nothing."""
FOLLOWERS = 3


class Servers:
    """One on SQLite; two on a database server, each with a home of its own."""

    def __init__(self, url: str, folder: Path, model: ModelServer) -> None:
        self._url, self._folder, self._model = url, folder, model
        self.shared = url.startswith("sqlite")
        self.size = 1 if self.shared else 2
        self.running: dict[int, subprocess.Popen[str]] = {}
        self.urls: dict[int, str] = {}
        self.tokens: list[str] = []

    def _place(self, number: int) -> list[str]:
        """The worker's arguments: where its database, its home and its model are."""
        home = self._folder / ("home" if self.shared else f"home{number}")
        return [self._url, str(home), self._model.url]

    def start(self, *numbers: int) -> None:
        """Start some at once, and wait until each answers."""
        for number in numbers:
            with (self._folder / "log").open("a") as log:
                command = [sys.executable, str(WORKER), *self._place(number)]
                self.running[number] = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        for number in numbers:
            told = self.running[number].stdout
            assert told is not None
            self.urls[number] = told.readline().strip()
            assert self.urls[number], (self._folder / "log").read_text()[-3_000:]

    def kill(self, number: int) -> None:
        process = self.running.pop(number)
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()

    def __enter__(self) -> Servers:
        self.tokens = asyncio.run(fill(settings(*self._place(0))))
        self.start(*range(self.size))
        return self

    def __exit__(self, *_: object) -> None:
        for number in list(self.running):
            self.kill(number)

    def call(self, method: str, reader: int, path: str, number: int | None = None, **more: Any) -> httpx2.Response:
        """At server `number`, else at any that is there."""
        address = self.urls[next(iter(self.running)) if number is None else number]
        headers = {"Authorization": f"Bearer {self.tokens[reader]}"}
        return httpx2.request(method, f"{address}{path}", headers=headers, timeout=60, **more)

    def ask(self, number: int, reader: int, question: str) -> str:
        asked = self.call("POST", reader, "/v1/ask", number, json={"question": question, "wait": 0})
        return str(asked.json()["runs"][0]["run"])

    def waits(self, reader: int, run: str) -> None:
        """Until the run's search is over, so that it makes its answer, or waits for another's."""

        def searched() -> bool:
            steps = self.call("GET", reader, f"/v1/runs/{run}").json()["steps"]
            return any(step["name"] == "retrieve" and step["seconds"] is not None for step in steps)

        until(searched)


def until(done: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.1)


@dataclass
class Post:
    """A question that a server's run is answering, its model standing still, while others wait for that answer."""

    number: int
    gate: Gate
    runs: list[tuple[str, int]]

    @property
    def question(self) -> str:
        return f"who keeps post {self.number}"


def begun(servers: Servers, script: Script, number: int, server: int, after: int) -> Post:
    """Sam asks `server`, and the model stands still after some words; Sid asks every server."""
    post = Post(number, script.stands(after), [])
    post.runs.append((servers.ask(server, SAM, post.question), SAM))
    assert post.gate.reached.wait(20)
    post.runs += [(servers.ask(each % servers.size, SID, post.question), SID) for each in range(FOLLOWERS)]
    for run, reader in post.runs[1:]:
        servers.waits(reader, run)
    return post


def test_killed_while_others_wait_every_asker_is_answered(
    model_server: ModelServer, empty: None, database_url: str, tmp_path: Path
) -> None:
    """Two answers are under way, one before its first word and one after some, by a server each where there are two."""
    chance, script = random.Random(7), model_server.script
    script.says = lambda prompt: f"The keeper of that post is: {prompt.partition('kept by ')[2].split('.')[0]} [1]."
    with Servers(database_url, tmp_path, model_server) as servers:
        for kill in range(KILLS):
            posts = [begun(servers, script, 2 * kill + each, each % servers.size, (0, 4)[each]) for each in range(2)]
            stranger = servers.ask(0, EVE, posts[0].question)

            killed = chance.randrange(servers.size)
            servers.kill(killed)
            for post in posts:
                post.gate.open.set()
            # Where there is another server, it takes over in the end.
            if servers.shared or kill + 1 < KILLS:
                servers.start(killed)

            for post in posts:
                for run, reader in post.runs:
                    told = servers.call("GET", reader, f"/v1/runs/{run}/events").text
                    before, _, answer = told.partition("event: answer")
                    assert f"zirconfish {post.number}" in answer
                    assert "event: answer" not in before + answer
                assert len([each for each in script.requests if post.question in each.prompt]) <= 2
            assert "zirconfish" not in servers.call("GET", EVE, f"/v1/runs/{stranger}/events").text
            assert flights(database_url) == 0


def flights(url: str) -> int:
    """How many claims are held."""
    database = Database(url)
    try:
        with database.reading() as connection:
            return int(connection.execute(sa.text("SELECT count(*) FROM answer_flights")).scalar_one())
    finally:
        database.close()
