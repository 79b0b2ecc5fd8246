"""Processes that carry tickets are killed with SIGKILL, by themselves between two writes or from outside at any moment:
nothing is granted or ordered twice, no ticket is lost, and every change is told once."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from ticket_scene import request
from ticket_worker import EMPLOYEES, PEOPLE, PLACES

import deskhand.engine.records  # noqa: F401 - its tables
from deskhand.store import Database, metadata
from deskhand.ticketing import (
    approval_records,
    audit_records,
    notice_records,
    proposal_records,  # noqa: F401 - its tables
    records,
    registry_records,
)

WORKER = Path(__file__).parents[1] / "peers" / "ticket_worker.py"
KILLS = int(os.environ.get("DESKHAND_TEST_KILLS", "4"))
TICKETS_PER_KILL = 6
MOMENTS = 44
"""About as many moments as the tickets of one kill have: before and after each write."""

GIVE = ["giveAccess", "autoResolveTicket"]
KINDS: dict[str, tuple[str, list[str], list[list[str]]]] = {
    "given": (request("1", 8, "Read"), ["opened", "auto-resolved"], [GIVE]),
    "twice": (request("1", 9, "Write"), ["opened", "auto-resolved"], [GIVE, ["autoResolveTicket"]]),
    "owner": (request("4", 24, "Admin"), ["opened", "assigned"], [["assignTicketToEnvironmentOwner"]]),
    "asked": (request("1", 5, "DevOps"), ["opened", "waiting", "auto-resolved"], [GIVE]),
    "card": (request("1", 5, "Developer"), ["opened", "auto-resolved"], [["orderCard", "autoResolveTicket"]]),
    "house": (request("77", 5, "Read"), ["opened", "assigned"], [[]]),
}
"""Tickets by kind: their text, the changes they must have, and the acts that may be done for them."""


class Gone(Exception):
    """The process died before it answered."""


@dataclass
class Desk:
    """The processes of one database: one on SQLite, two on a database server."""

    url: str
    folder: Path
    database: Database
    running: list[subprocess.Popen[str]] = field(default_factory=list)
    sent: dict[str, str] = field(default_factory=dict)
    deaths: Counter[bool] = field(default_factory=Counter)
    """How many died of themselves (False), and by our hand."""

    @property
    def size(self) -> int:
        return 1 if self.database.is_sqlite else 2

    def begin(self, death: int = 0) -> subprocess.Popen[str]:
        with (self.folder / "log").open("a") as log:
            command = [sys.executable, str(WORKER), self.url, str(self.folder), str(death)]
            return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)

    def start(self, death: int = 0) -> None:
        """As many as there are to be; one that died unseen, or dies while it starts, is started again."""
        for process in [each for each in self.running if each.poll() is not None]:
            self.bury(process)
        while len(self.running) < self.size:
            begun = self.begin(death)
            self.running.append(begun)
            try:
                _heard(begun)
            except Gone:
                assert death, (self.folder / "log").read_text()[-3_000:]
                self.bury(begun)
                death = 0

    def ask(self, process: subprocess.Popen[str], **asked: Any) -> dict[str, Any]:
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps(asked) + "\n")
            process.stdin.flush()
        except OSError:
            raise Gone from None
        return _heard(process)

    def bury(self, process: subprocess.Popen[str]) -> None:
        self.deaths[process.poll() is None] += 1
        process.kill()
        process.wait()
        self.running.remove(process)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                # What was not written yet is lost with the process.
                with suppress(OSError):
                    pipe.close()

    def submit(self, event: str, kind: str, requester: str, chance: random.Random) -> None:
        """Send a ticket to one of the processes, until one has taken it."""
        while True:
            process = chance.choice(self.running)
            try:
                said = self.ask(process, submit=KINDS[kind][0], requester=requester, event=event)
            except Gone:
                self.bury(process)
                self.start()
                continue
            assert said == {"accepted": event}
            self.sent[event] = kind
            return

    def approve_all(self) -> None:
        with self.database.reading() as connection:
            waiting = [each.id for each in approval_records.waiting(connection, None)]
        for approval in waiting:
            process = self.running[0]
            try:
                self.ask(process, approve=approval)
            except Gone:
                self.bury(process)
                self.start()

    def unsettled(self) -> list[str]:
        with self.database.reading() as connection:
            found = {event: records.find(connection, event) for event in self.sent}
        return [event for event, at in found.items() if at is None or at.state not in ("auto-resolved", "assigned")]


def _heard(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise Gone
    heard: dict[str, Any] = json.loads(line)
    return heard


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    database = Database(database_url, synchronous="NORMAL")
    with database.writing() as connection:
        metadata.create_all(connection)
        registry_records.put_employees(connection, PEOPLE)
        registry_records.put_environments(connection, PLACES)
    (tmp_path / "cards").mkdir()
    made = Desk(database_url, tmp_path, database)
    yield made
    for process in list(made.running):
        made.bury(process)
    database.close()


@pytest.fixture
def seed() -> int:
    return int(os.environ.get("DESKHAND_TEST_SEED", str(random.SystemRandom().randrange(1_000_000))))


def killed(desk: Desk, kill: int, chance: random.Random) -> None:
    """Tickets of all kinds are sent, and a process dies: of itself before or after some write, or by our hand."""
    victim = chance.choice(desk.running)
    by_itself = kill % 4 != 3
    if by_itself:
        with suppress(Gone):
            desk.ask(victim, die=chance.randrange(1, MOMENTS // desk.size))
    number = kill * TICKETS_PER_KILL
    for at, kind in enumerate(KINDS):
        # Two tickets of one employee ask for the same at the same time.
        requester = f"e{number + (0 if kind == 'twice' else at)}"
        desk.submit(f"t{number + at}", kind, requester, chance)
    desk.approve_all()
    if by_itself:
        end = time.monotonic() + 2.0
        while victim.poll() is None and time.monotonic() < end:
            time.sleep(0.01)
    else:
        time.sleep(chance.uniform(0.0, 0.3))
    if victim in desk.running:
        desk.bury(victim)
    desk.start(death=chance.randrange(1, 40) if chance.random() < 0.3 else 0)


@pytest.mark.timeout(120 + 6 * KILLS)
def test_killed_between_any_two_steps_every_ticket_is_carried_once(
    desk: Desk, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        sys.stdout.write(f"\n{desk.url.split(':')[0]}: {KILLS} kills, DESKHAND_TEST_SEED={seed} ")
    chance = random.Random(seed)
    assert KILLS * TICKETS_PER_KILL <= EMPLOYEES
    desk.start()
    for kill in range(KILLS):
        killed(desk, kill, chance)
    end = time.monotonic() + 30 + KILLS
    while unsettled := desk.unsettled():
        assert time.monotonic() < end, f"{unsettled}: {(desk.folder / 'log').read_text()[-3_000:]}"
        desk.start()
        desk.approve_all()
        time.sleep(0.1)
    with capsys.disabled():
        sys.stdout.write(f"({desk.deaths[False]} of themselves) ")

    assert len(desk.sent) == KILLS * TICKETS_PER_KILL
    with desk.database.reading() as connection:
        assert problems(connection, desk.sent) == []
        assert grants(connection) == expected_grants(desk.sent)
        assert list(audit_records.verify(connection)) == []
    cards = Counter(path.name.split()[0] for path in (desk.folder / "cards").iterdir())
    assert cards == Counter(event for event, kind in desk.sent.items() if kind == "card")


def problems(connection: Any, sent: dict[str, str]) -> list[str]:
    """What is not as it must be: each change once, told once to each who is concerned, each act done once."""
    found = []
    for event, kind in sent.items():
        _, changes, may = KINDS[kind]
        history = records.history(connection, event)
        if [change.kind for change in history] != changes:
            found.append(f"{event} ({kind}): changes are {[change.kind for change in history]}")
        done = [each.body["tool"] for each in audit_records.entries(connection, ticket=event) if each.kind == "act"]
        if done not in [*may, ["autoResolveTicket"]][: len(may) + (kind == "given")]:
            found.append(f"{event} ({kind}): acts are {done}")
        table = notice_records.notices
        rows = connection.execute(sa.select(table.c.version, table.c.channel).where(table.c.ticket == event))
        shared = sorted(row.version for row in rows if row.channel == "webhook:audit")
        if shared != [change.version for change in history]:
            found.append(f"{event} ({kind}): notices of {shared}")
    return found


def grants(connection: Any) -> Counter[tuple[str, str]]:
    """How often access was given, by employee and environment, as the audit log has it."""
    acts = [each for each in audit_records.entries(connection, limit=1_000_000) if each.kind == "act"]
    requesters = {row.id: row.requester for row in connection.execute(sa.select(records.tickets))}
    return Counter(
        (requesters[each.ticket], each.body["arguments"]["environmentId"])
        for each in acts
        if each.body["tool"] == "giveAccess"
    )


def expected_grants(sent: dict[str, str]) -> Counter[tuple[str, str]]:
    """One for each employee whose tickets ask for what may be given, however many do."""
    wanted: set[tuple[str, str]] = set()
    for event, kind in sent.items():
        at = int(event[1:])
        if kind in ("given", "asked"):
            wanted.add((f"e{at}", "1"))
    return Counter(wanted)
