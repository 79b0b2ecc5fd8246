"""What ingestion costs beyond embedding, and whether its memory stays flat.

    python benchmarks/ingest.py rate   [--passages 300] [--rounds 3] [--length 25]
    python benchmarks/ingest.py memory [--passages 1000,10000,100000] [--length 25] [--index]

`rate` sets documents of `--length` passages through the whole of ingestion, then their texts through the bare embedder,
round by round: `share` is of passages per second, `share_cpu` of processor time (which other work on the machine does
not change), `fed` of the time for which the embedder had a passage for each core. `memory` ingests so many passages,
each size in a process of its own, with an embedder that costs nothing; `--index` keeps the search index in the same
process, as `deskhand ingest` does. Each prints JSON lines, then a table.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import numpy as np
import psutil

from deskhand.access import Directory
from deskhand.catalog import Catalog
from deskhand.cli.thrift import give_memory_back
from deskhand.engine import open_engine
from deskhand.ingestion import Ingestion
from deskhand.knowledge import open_library
from deskhand.llm.protocol import Embedder, Vectors
from deskhand.redaction import Redactor
from deskhand.store import Database, metadata

WORDS_PER_PASSAGE = 175
PASSAGES_PER_FILE = 25
CORES = len(os.sched_getaffinity(0))
VOCABULARY = sorted(
    {
        word
        for path in (Path(__file__).parents[1] / "examples" / "library").rglob("*.md")
        for word in path.read_text(encoding="utf-8").lower().split()
        if word.isalpha()
    }
)


class Noting:
    """The embedded embedder's network, which notes what it is asked, and how long as many threads as cores had it."""

    def __init__(self, embed: Callable[[str], Any]) -> None:
        self._embed = embed
        self._lock = threading.Lock()
        self._busy, self._since = 0, 0.0
        self.texts: list[str] = []
        self.fed = 0.0

    def __call__(self, text: str) -> Any:
        self._moved(1)
        self.texts.append(text)
        try:
            return self._embed(text)
        finally:
            self._moved(-1)

    def _moved(self, by: int) -> None:
        with self._lock:
            now = time.perf_counter()
            self.fed += (now - self._since) * min(self._busy, CORES) / CORES
            self._busy, self._since = self._busy + by, now


class Free:
    """Vectors by hash: cost next to nothing, and the same text gives the same one. Named as the default embedder is,
    whose spread of cosines is known and need not be measured."""

    name, dimensions = "free:all-MiniLM", 384

    async def embed(self, texts: Sequence[str], *, kind: Literal["passage", "query"]) -> Vectors:
        rows = [np.frombuffer(hashlib.shake_128(text.encode()).digest(self.dimensions), np.int8) for text in texts]
        vectors = np.array(rows, dtype=np.float32).reshape(len(texts), self.dimensions)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors


def write_files(folder: Path, passages: int, seed: int, length: int = PASSAGES_PER_FILE) -> None:
    """Markdown files of `length` passages that split into about so many, with something to redact in each."""
    chance = random.Random(seed)
    folder.mkdir(parents=True)
    for number in range(-(-passages // length)):
        lines = [f"# Document {seed}-{number}"]
        for section in range(min(length, passages - number * length)):
            lines += [f"\n## Section {section}\n", f"Written by user{section}@example.com on node {number}."]
            for _ in range(WORDS_PER_PASSAGE // 14):
                lines.append(" ".join(chance.choices(VOCABULARY, k=14)).capitalize() + ".")
        (folder / f"{number:06}.md").write_text("\n".join(lines), encoding="utf-8")


@asynccontextmanager
async def opened(home: Path, embedder: Embedder, index: bool) -> AsyncIterator[Ingestion]:
    """Ingestion on SQLite with the durable engine; `index`: with the search index in this process."""
    url = f"sqlite:///{home / 'desk.db'}"
    database = Database(url)
    engine = open_engine(url, home, database)
    library = open_library(database, home / "index", embedder=embedder)
    ingestion = Ingestion(engine, Catalog(database), library, Directory(database), redactor=Redactor())
    with database.writing() as connection:
        metadata.create_all(connection)
    if index:
        await library.launch()
    await engine.launch()
    yield ingestion
    await engine.close()
    await library.close()
    database.close()


async def ingested(ingestion: Ingestion, folder: Path) -> int:
    """The folder's passages, taken in."""
    return (await ingestion.result(await ingestion.ingest([folder], owner="service:benchmark"))).passages


async def rate(passages: int, rounds: int, length: int) -> list[dict[str, Any]]:
    """One row a round, of ingestion and then the bare embedder on the same texts; a first round is not counted."""
    from deskhand.llm.embedded import EmbeddedEmbedder, weights_directory
    from deskhand.llm.minilm import MiniLM

    weights = weights_directory()
    if weights is None:
        sys.exit("the embedded embedder's weights are not installed; run `deskhand models install`")
    noting = Noting(MiniLM(weights).embed)
    embedder = EmbeddedEmbedder(noting, "noting")
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        async with opened(home, embedder, index=True) as ingestion:
            for number in range(rounds + 1):
                folder = home / f"files{number}"
                write_files(folder, passages // rounds if number else 2 * length, number, length)
                noting.texts, noting.fed = [], 0.0
                ingest = await timed(ingested(ingestion, folder))
                fed, texts = noting.fed, list(noting.texts)
                raw = await timed(embedder.embed(texts, kind="passage"))
                rows.append(
                    {
                        "benchmark": "ingest rate",
                        "passages": len(texts),
                        "ingest_per_second": len(texts) / ingest[0],
                        "raw_per_second": len(texts) / raw[0],
                        "share": raw[0] / ingest[0],
                        "share_cpu": raw[1] / ingest[1],
                        "fed": fed / ingest[0],
                    }
                )
    middle = {key: statistics.median(row[key] for row in rows[1:]) for key in rows[0] if key != "benchmark"}
    return [*rows[1:], {"benchmark": "ingest rate, median", **middle}]


async def timed(work: Awaitable[Any]) -> tuple[float, float]:
    """Seconds of the clock and of the processors, children that ended included."""
    begin, before = time.perf_counter(), sum(os.times()[:4])
    await work
    return time.perf_counter() - begin, sum(os.times()[:4]) - before


def memory(passages: int, index: bool, length: int) -> dict[str, Any]:
    """Ingest in this process; the highest resident memory of it, and of its parsers, in MB."""

    async def ingest(home: Path) -> int:
        async with opened(home, Free(), index) as ingestion:
            return await ingested(ingestion, home / "files")

    me, done, own, parsers = psutil.Process(), threading.Event(), [0], [0]

    def watch() -> None:
        while not done.wait(0.05):
            own.append(me.memory_info().rss)
            children = 0
            for child in me.children():
                try:
                    children += child.memory_info().rss
                except psutil.Error:
                    continue
            parsers.append(children)

    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        write_files(home / "files", passages, 0, length)
        begin = time.perf_counter()
        watcher = threading.Thread(target=watch)
        watcher.start()
        count = asyncio.run(ingest(home))
        done.set()
        watcher.join()
    return {
        "benchmark": "ingest memory",
        "index": index,
        "passages": count,
        "seconds": round(time.perf_counter() - begin, 1),
        "peak_mb": round(max(own) / 2**20, 1),
        "parsers_peak_mb": round(max(parsers) / 2**20, 1),
    }


def table(rows: Sequence[dict[str, Any]]) -> None:
    names = [name for name in rows[0] if name != "benchmark"]
    print("| " + " | ".join(names) + " |\n|" + "---|" * len(names))
    for row in rows:
        print("| " + " | ".join(f"{row[n]:,.2f}" if isinstance(row[n], float) else str(row[n]) for n in names) + " |")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("what", choices=["rate", "memory"])
    arguments.add_argument("--passages", default=None)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--length", type=int, default=PASSAGES_PER_FILE)
    arguments.add_argument("--index", action="store_true")
    given = arguments.parse_args()
    give_memory_back()
    if given.what == "rate":
        rows = asyncio.run(rate(int(given.passages or 300), given.rounds, given.length))
    elif given.passages and "," not in given.passages:
        rows = [memory(int(given.passages), given.index, given.length)]
    else:
        rows = []
        for size in (given.passages or "1000,10000,100000").split(","):
            command = [sys.executable, __file__, "memory", "--passages", size, "--length", str(given.length)]
            command += ["--index"] if given.index else []
            rows.append(json.loads(subprocess.run(command, check=True, capture_output=True).stdout.splitlines()[0]))
        first = rows[0]["peak_mb"]
        rows = [{**row, "against_first": round(row["peak_mb"] / first, 3)} for row in rows]
    for row in rows:
        print(json.dumps(row))
    table(rows)


if __name__ == "__main__":
    main()
