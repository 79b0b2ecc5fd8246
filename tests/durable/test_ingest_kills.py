"""A process that ingests a folder is killed several times: every document comes in exactly once, none is read again."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa

from deskhand.ingestion.reading import AHEAD
from deskhand.store import Database

WORKER = Path(__file__).parents[1] / "peers" / "ingest_worker.py"
FILES, RECORDS, KILLS = 230, 40, 4
IN_FLIGHT = AHEAD + 4
"""Documents that one kill can cost: in a parser's hands, waiting, being written; and one just committed."""


def _worker(url: str, home: Path) -> subprocess.Popen[str]:
    with (home / "errors.txt").open("a") as errors:
        command = [sys.executable, str(WORKER), url, str(home)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)


def test_a_killed_ingestion_goes_on_and_does_nothing_twice(database_url: str, tmp_path: Path) -> None:
    import deskhand.catalog
    import deskhand.engine.records
    import deskhand.knowledge.records  # noqa: F401 - the tables
    from deskhand.store import metadata

    chance = random.Random(int(os.environ.get("DESKHAND_TEST_SEED", "7")))
    files = tmp_path / "files"
    files.mkdir()
    for number in range(FILES):
        (files / f"{number:03}.md").write_text(f"# File {number}\n\nServer number {number} stands in Frankfurt.\n")
    (files / "100.jsonl").write_text(
        "\n".join(json.dumps({"id": n, "subject": f"T{n}", "body": f"Ticket {n} is solved."}) for n in range(RECORDS))
    )
    database = Database(database_url)
    with database.writing() as connection:
        metadata.create_all(connection)

    for _ in range(KILLS):
        process = _worker(database_url, tmp_path)
        assert process.stdout is not None
        wait = chance.randrange(5, 45)
        while wait and (line := process.stdout.readline()):
            wait -= line.startswith("embed")
        process.kill()
        process.wait()
        process.stdout.close()
    process = _worker(database_url, tmp_path)
    said, _ = process.communicate(timeout=120)

    assert process.returncode == 0, (tmp_path / "errors.txt").read_text()[-3000:]
    report = json.loads(said.splitlines()[-1])
    assert report["counts"] == {"indexed": FILES + RECORDS, "unchanged": 0, "failed": 0, "deleted": 0}
    with database.reading() as connection:
        rows = connection.execute(sa.text("SELECT item, version, state, passages FROM documents")).all()
        passages = connection.execute(sa.text("SELECT count(*), count(DISTINCT document_id) FROM passages")).one()
    database.close()
    assert len(rows) == len({row[0] for row in rows}) == FILES + RECORDS
    assert {tuple(row[1:]) for row in rows} == {(1, "indexed", 1)}
    assert tuple(passages) == (FILES + RECORDS, FILES + RECORDS)
    read = len((tmp_path / "read.txt").read_text())
    assert FILES + RECORDS <= read <= FILES + RECORDS + KILLS * IN_FLIGHT
