"""A server that takes uploads is killed several times: what it accepted is read, or its failure told; nothing stays."""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest
from household import Household, Served, variables

from deskhand.ingestion.uploads import LEFT_BEHIND

KILLS, FILES = 2, 24


@pytest.fixture
def household(empty: None, database_url: str, tmp_path: Path) -> Iterator[Household]:
    opened = Household(tmp_path, {**variables(tmp_path), "DESKHAND_DATABASE_URL": database_url})
    opened.run("people", "add", "ana@example.com")
    yield opened
    opened.close()


class Sender:
    """Sends files and notes which were accepted; kills the server in the middle of it when `left` more were."""

    def __init__(self, served: Served, client: httpx2.Client, left: int) -> None:
        self._served, self._client, self._left = served, client, left
        self._lock = threading.Lock()
        self.accepted: dict[str, str] = {}

    def __call__(self, name: str, content: bytes) -> None:
        try:
            reply = self._client.put(f"/v1/sources/sent/files/{name}", content=content)
        except httpx2.TransportError:
            return
        assert reply.status_code == 202, reply.text
        with self._lock:
            self.accepted[name] = reply.json()["run"]
            self._left -= 1
            if not self._left:
                self._served.process.kill()


def send(household: Household, token: str, left: int, files: dict[str, bytes]) -> dict[str, str]:
    """The runs of the files that were accepted, by name, until the server was killed."""
    served = household.serve()
    sender = Sender(served, served.client(token), left)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda file: sender(*file), files.items()))
    served.process.kill()
    served.process.wait(10)
    return sender.accepted


def contents(turn: int) -> dict[str, bytes]:
    files = {f"{turn}-{number:02}.md": f"Server {turn}-{number} stands in Bergen.".encode() for number in range(FILES)}
    # One that cannot be read, and one that is sent anew in each turn.
    return {f"{turn}-broken.pdf": b"%PDF-1.7 nothing", "same.md": f"This is of turn {turn}.".encode()} | files


def age(spool: Path) -> None:
    """Make what waits as old as if it had been left behind."""
    for folder in spool.iterdir():
        for path in (*folder.iterdir(), folder):
            long_ago = path.stat().st_mtime - LEFT_BEHIND - 1
            os.utime(path, (long_ago, long_ago))


def ended(client: httpx2.Client, run: str) -> dict[str, Any]:
    """What came of a run, followed to its end."""
    with client.stream("GET", f"/v1/ingest/{run}/events") as stream:
        for _ in stream.iter_lines():
            pass
    report: dict[str, Any] = client.get(f"/v1/ingest/{run}").json()
    return report


def test_what_a_killed_server_accepted_is_read_or_its_failure_told(household: Household, tmp_path: Path) -> None:
    """However old it is by then; what was still coming when the server died was never accepted, and goes."""
    chance = random.Random(int(os.environ.get("DESKHAND_TEST_SEED", "7")))
    token, spool = household.token("ana@example.com", "ask", "ingest"), tmp_path / "desk" / "spool"
    turns = [send(household, token, chance.randrange(4, FILES), contents(turn)) for turn in range(KILLS)]
    (spool / "ingest-half").mkdir()
    (spool / "ingest-half" / "half.md").write_text("Server 0-0 stan")
    age(spool)

    client = household.serve().client(token)
    reports = {name: ended(client, run) for accepted in turns for name, run in accepted.items()}
    ended(client, client.get("/v1/sources/sent").json()["run"]["run"])
    found = {each["item"]: each for each in client.get("/v1/documents", params={"limit": 200}).json()}

    assert {report["state"] for report in reports.values()} == {"finished"}
    for name, report in reports.items():
        broken = name.endswith(".pdf")
        assert found[name]["state"] == ("failed" if broken else "indexed")
        assert bool(found[name]["reason"]) == broken
        assert len(report["failures"]) == broken
    assert "half.md" not in found
    assert list(spool.iterdir()) == []
    [text] = client.get(f"/v1/documents/{found['same.md']['id']}/passages").json()["passages"]
    newest = max(turn for turn, accepted in enumerate(turns) if "same.md" in accepted)
    # It may have been taken once more, without the reply getting through.
    assert text["text"] in {f"This is of turn {turn}." for turn in range(newest, KILLS)}
