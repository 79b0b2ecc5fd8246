"""Processes that answer in Slack are killed with SIGKILL at random moments, many of them in the middle of a call, while
Slack delivers some events twice: every question gets exactly one final answer, and nothing else is left behind."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from slack_server import SlackServer

from deskhand.store import Database

WORKER = Path(__file__).parents[1] / "peers" / "slack_worker.py"
KILLS = int(os.environ.get("DESKHAND_TEST_KILLS", "4"))
QUESTIONS = int(os.environ.get("DESKHAND_TEST_QUESTIONS", str(2 * KILLS)))
HELD = (
    "assistant.threads.setStatus", "chat.startStream", "chat.appendStream", "chat.stopStream", "chat.update",
    "chat.postMessage", "conversations.replies", "conversations.members",
)  # fmt: skip
"""Calls in the middle of which a process is killed, before Slack carries them out or after."""


class Crowd:
    """The processes, each with a home of its own where they share a database server."""

    def __init__(self, url: str, folder: Path, slack: SlackServer) -> None:
        self._url, self._folder, self._slack = url, folder, slack
        self._shared = url.startswith("sqlite")
        self.size = 1 if self._shared else 2
        self.running: dict[int, subprocess.Popen[str]] = {}

    def _command(self, number: int, *more: str) -> list[str]:
        home = self._folder / ("home" if self._shared else f"home{number}")
        tokens = (self._slack.api_url, self._slack.bot_token, self._slack.app_token)
        return [sys.executable, str(WORKER), self._url, str(home), *tokens, *more]

    def fill(self) -> None:
        subprocess.run(self._command(0, "fill"), check=True, timeout=60)

    def start(self, number: int) -> None:
        """Start one, and wait until it listens."""
        with (self._folder / "log").open("a") as log:
            process = subprocess.Popen(
                self._command(number), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
            )
        self.running[number] = process
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n", (self._folder / "log").read_text()[-3_000:]

    def kill(self, number: int) -> None:
        process = self.running.pop(number)
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            pipe.close()

    def __enter__(self) -> Crowd:
        for number in range(self.size):
            self.start(number)
        return self

    def __exit__(self, *_: object) -> None:
        for number in list(self.running):
            self.kill(number)


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    """It brings an event again each second until it is acknowledged, for ten minutes."""
    with SlackServer(retry_delays=[0.2, *[1.0] * 600], patience=2.0) as server:
        yield server


class Askers:
    """People in a channel each, and in direct messages, who ask in new threads and in old ones."""

    def __init__(self, slack: SlackServer, chance: random.Random) -> None:
        self._slack, self._chance = slack, chance
        self._people = [slack.user(f"user{number}", email=f"user{number}@example.com") for number in range(8)]
        self._rooms = [slack.channel(f"room{number}", members=[who]) for number, who in enumerate(self._people)]
        self.asked: list[Any] = []

    def refuse_streams(self) -> None:
        """In some rooms answers are posted, and edited, since Slack takes no streams there."""
        for room in self._rooms[:3]:
            self._slack.fail("chat.startStream", "channel_type_not_supported", None, channel=room)

    def ask(self) -> None:
        slack, number = self._slack, self._chance.randrange(8)
        who, text = self._people[number], f"{slack.mention} how do I reset my password, please?"
        room = self._rooms[number] if self._chance.random() < 0.8 else slack.im(who)
        before = [each for each in self.asked if each.channel == room]
        thread = None
        if before and self._chance.random() < 0.3:
            earlier = self._chance.choice(before)
            thread = earlier.thread_ts or earlier.ts
        self.asked.append(slack.say(who, room, text, thread))
        if self._chance.random() < 0.3:
            slack.redeliver(self._chance.choice(self._chance.choice(self.asked).events))


def test_killed_at_random_moments_every_question_is_answered_once(
    slack: SlackServer, empty: None, database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On SQLite one process is killed and started again; on PostgreSQL one of two, and the other takes over."""
    seed = int(os.environ.get("DESKHAND_TEST_SEED", str(random.SystemRandom().randrange(1_000_000))))
    chance = random.Random(seed)
    with capsys.disabled():
        sys.stdout.write(f"\n{database_url.split(':')[0]}: {KILLS} kills, {QUESTIONS} questions, seed {seed} ")
    crowd, askers, database = Crowd(database_url, tmp_path, slack), Askers(slack, chance), Database(database_url)
    crowd.fill()
    askers.refuse_streams()
    with crowd:
        for kill in range(KILLS):
            while len(askers.asked) < QUESTIONS * (kill + 1) // KILLS:
                askers.ask()
            kill_one(crowd, slack, chance)
            askers.refuse_streams()
        slack.wait_until(lambda: not unanswered(slack, askers), 240)
        slack.wait_until(lambda: settled(database) == {"done": QUESTIONS}, 60)
    database.close()

    assert problems(slack, askers) == {}
    assert slack.statuses == {}
    assert slack.impatient == []


def kill_one(crowd: Crowd, slack: SlackServer, chance: random.Random) -> None:
    """Kill a process at some moment, or in the middle of the next call of some method, and start it again."""
    number = chance.randrange(crowd.size)
    if chance.random() < 0.6:
        gate = slack.hold(chance.choice(HELD), after=chance.random() < 0.6)
        gate.reached(1.5)
        crowd.kill(number)
        slack.heal()
    else:
        time.sleep(chance.uniform(0.0, 1.0))
        crowd.kill(number)
    crowd.start(number)


def answers(slack: SlackServer, asked: Any) -> dict[str, list[Any]]:
    """What is in the thread of a question from us, by the event that it answers."""
    found: dict[str, list[Any]] = {}
    for reply in slack.replies(asked.channel, asked.thread_ts or asked.ts):
        told = (reply.metadata or {}).get("event_payload") or {}
        found.setdefault(str(told.get("key")).rpartition(":")[0], []).append(reply)
    return found


def run_of(slack: SlackServer, asked: Any) -> str:
    """A mention comes as two events; the one that counts is on record."""
    found = answers(slack, asked)
    return next((f"slack-{event}" for event in asked.events if f"slack-{event}" in found), "")


def unanswered(slack: SlackServer, askers: Askers) -> list[str]:
    return [
        asked.ts
        for asked in askers.asked
        if not any(is_final(reply) for reply in answers(slack, asked).get(run_of(slack, asked), ()))
    ]


def is_final(reply: Any) -> bool:
    return bool(((reply.metadata or {}).get("event_payload") or {}).get("final"))


def problems(slack: SlackServer, askers: Askers) -> dict[str, list[str]]:
    """What is wrong with what stands in the threads; {} when nothing is."""
    wrong: dict[str, list[str]] = {}
    for asked in askers.asked:
        found = answers(slack, asked)
        told = found.get(run_of(slack, asked), [])
        if len(told) != 1 or not is_final(told[0]) or "Forgot password" not in told[0].everything:
            wrong[asked.ts] = [f"{reply.text[:50]!r} final={is_final(reply)}" for reply in told] or ["no answer"]
    threads = {(asked.channel, asked.thread_ts or asked.ts) for asked in askers.asked}
    expected = len(askers.asked)
    said = [reply for place in threads for reply in slack.replies(*place)]
    if len(said) != expected:
        wrong["all"] = [f"{len(said)} messages of ours for {expected} questions"]
    left = [reply.ts for reply in said if reply.stream is not None and reply.stream.state == "in_progress"]
    return wrong | ({"streams": left} if left else {})


def settled(database: Database) -> dict[str, int]:
    with database.reading() as connection:
        rows = connection.execute(sa.text("SELECT state, count(*) FROM slack_inbox GROUP BY state"))
        return {row[0]: row[1] for row in rows}
