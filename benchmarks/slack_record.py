"""What it costs to put a message from Slack on record: in the inbox, or as a run of the engine.

    python benchmarks/slack_record.py [--rate 200] [--events 600]

Both on a new SQLite file, at a rate that does not wait (a latency counts from when an event was due); nothing is
answered. The run does nothing, and belongs to one key of fifty.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import deskhand.channels.slack.records  # noqa: F401 - its tables
from deskhand.channels.slack.heard import Heard
from deskhand.channels.slack.inbox import Inbox
from deskhand.engine import Context, open_engine
from deskhand.nouns import Json
from deskhand.redaction import Redactor
from deskhand.store import Database, metadata

KEYS = 50


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rate", type=float, default=200)
    arguments.add_argument("--events", type=int, default=600)
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = asyncio.run(measure(Path(folder), chosen.rate, chosen.events))
    print("| on record as | p50 | p99 | CPU each |\n|---|---|---|---|")
    for name, (median, worst, cpu) in rows.items():
        print(f"| {name} | {median:.1f} ms | {worst:.1f} ms | {cpu:.2f} ms |")


async def nothing(context: Context, payload: Json) -> Json:
    return None


async def measure(folder: Path, rate: float, events: int) -> dict[str, tuple[float, float, float]]:
    url = f"sqlite:///{folder / 'desk.db'}"
    database = Database(url)
    engine = open_engine(url, folder, database)
    with database.writing() as connection:
        metadata.create_all(connection)
    engine.register("nothing", nothing)
    await engine.launch()
    inbox = Inbox(database, engine)
    text = Redactor().redact("How do I reset my password?").text

    async def put(number: int) -> None:
        ts = f"17{number:08d}.000100"
        await inbox.put(Heard(f"Ev{number}", "T1", "D1", "im", ts, ts, "U1", text))

    async def start(number: int) -> None:
        await engine.start("nothing", f"run{number}", {"text": text}, key=f"key{number % KEYS}")

    rows = {"a row of the inbox": await paced(put, rate, events), "a run": await paced(start, rate, events)}
    await inbox.close()
    await engine.close()
    database.close()
    return rows


async def paced(fn: Callable[[int], Awaitable[None]], rate: float, events: int) -> tuple[float, float, float]:
    """Median and p99 latency, and CPU time for each, in ms."""
    latencies: list[float] = []
    began, cpu = time.perf_counter(), time.process_time()

    async def one(number: int) -> None:
        due = began + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        await fn(number)
        latencies.append(time.perf_counter() - due)

    await asyncio.gather(*(one(number) for number in range(events)))
    latencies.sort()
    spent = (time.process_time() - cpu) / events
    return latencies[events // 2] * 1e3, latencies[int(events * 0.99)] * 1e3, spent * 1e3


if __name__ == "__main__":
    main()
