"""What ingestion costs beyond embedding, and whether its memory stays flat.

    python benchmarks/ingest.py rate   [--passages 300] [--rounds 2]
    python benchmarks/ingest.py memory [--passages 1000,10000,100000] [--index]

`rate` sets documents through the whole of ingestion beside the bare embedder on the same texts, in turns. `memory`
ingests so many passages, each size in a process of its own, with an embedder that costs nothing; `--index` keeps the
search index in the same process. Each prints JSON lines, then a table.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import psutil

from deskhand.access import Directory
from deskhand.catalog import Catalog
from deskhand.engine import open_engine
from deskhand.ingestion import Ingestion
from deskhand.knowledge import open_library
from deskhand.llm.protocol import Embedder, Vectors
from deskhand.redaction import Redactor
from deskhand.store import Database, metadata

WORDS_PER_PASSAGE = 175
PASSAGES_PER_FILE = 25
VOCABULARY = sorted(
    {
        word
        for path in (Path(__file__).parents[1] / "examples" / "library").rglob("*.md")
        for word in path.read_text(encoding="utf-8").lower().split()
        if word.isalpha()
    }
)


class Noting:
    """An embedder that notes what it is asked, to be asked the same again without ingestion."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.name, self.dimensions = embedder.name, embedder.dimensions
        self.texts: list[str] = []

    async def embed(self, texts: Sequence[str], *, kind: Literal["passage", "query"]) -> Vectors:
        self.texts += texts
        return await self._embedder.embed(texts, kind=kind)


class Free:
    """Vectors by hash: costs next to nothing, the same text gives the same vector."""

    name, dimensions = "free", 384

    async def embed(self, texts: Sequence[str], *, kind: Literal["passage", "query"]) -> Vectors:
        rows = [np.frombuffer(hashlib.shake_128(text.encode()).digest(self.dimensions), np.int8) for text in texts]
        vectors = np.array(rows, dtype=np.float32).reshape(len(texts), self.dimensions)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def write_files(folder: Path, passages: int, seed: int) -> None:
    """Markdown files that split into about so many passages, with something to redact in each."""
    chance = random.Random(seed)
    folder.mkdir(parents=True)
    for number in range(-(-passages // PASSAGES_PER_FILE)):
        lines = [f"# Document {seed}-{number}"]
        for section in range(min(PASSAGES_PER_FILE, passages - number * PASSAGES_PER_FILE)):
            lines += [f"\n## Section {section}\n", f"Written by user{section}@example.com on node {number}."]
            for _ in range(WORDS_PER_PASSAGE // 14):
                lines.append(" ".join(chance.choices(VOCABULARY, k=14)).capitalize() + ".")
        (folder / f"{number:06}.md").write_text("\n".join(lines), encoding="utf-8")


async def ingested(home: Path, folders: Sequence[Path], embedder: Embedder, index: bool) -> list[tuple[int, float]]:
    """Passages and seconds of each folder, one after another, on SQLite with the durable engine."""
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
    taken = []
    for folder in folders:
        begin = time.perf_counter()
        report = await ingestion.result(await ingestion.ingest([folder], owner="service:benchmark"))
        taken.append((report.passages, time.perf_counter() - begin))
    await engine.close()
    await library.close()
    database.close()
    return taken


async def rate(passages: int, rounds: int) -> dict[str, Any]:
    from deskhand.llm import embedded_embedder

    embedder = embedded_embedder()
    if embedder is None:
        sys.exit("the embedded embedder's weights are not installed; run `deskhand models install`")
    await embedder.embed(["warm up"], kind="passage")
    found: dict[str, Any] = {"passages": 0}
    found |= dict.fromkeys(("ingest_seconds", "raw_seconds", "ingest_cpu", "raw_cpu"), 0.0)
    for number in range(rounds):
        with tempfile.TemporaryDirectory() as name:
            home, noting = Path(name), Noting(embedder)
            write_files(home / "files", passages // rounds, number)
            cpu = time.process_time()
            ((count, seconds),) = await ingested(home, [home / "files"], noting, index=True)
        found["ingest_cpu"] += time.process_time() - cpu
        begin, cpu = time.perf_counter(), time.process_time()
        for start in range(0, len(noting.texts), PASSAGES_PER_FILE):
            await embedder.embed(noting.texts[start : start + PASSAGES_PER_FILE], kind="passage")
        found["raw_seconds"] += time.perf_counter() - begin
        found["raw_cpu"] += time.process_time() - cpu
        found["ingest_seconds"] += seconds
        found["passages"] += count
        assert len(noting.texts) == count
    rates = {name: found["passages"] / found[f"{name}_seconds"] for name in ("ingest", "raw")}
    shares = {"share": rates["ingest"] / rates["raw"], "share_cpu": found["raw_cpu"] / found["ingest_cpu"]}
    return {"benchmark": "ingest rate", "embedder": embedder.name, **found, **rates, **shares}


def memory(passages: int, index: bool) -> dict[str, Any]:
    """Ingest in this process; the highest and the mean resident memory of it, and of its parsers, in MB."""
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
        write_files(home / "files", passages, 0)
        watcher = threading.Thread(target=watch)
        watcher.start()
        ((count, seconds),) = asyncio.run(ingested(home, [home / "files"], Free(), index))
        done.set()
        watcher.join()
    return {
        "benchmark": "ingest memory",
        "index": index,
        "passages": count,
        "seconds": round(seconds, 1),
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
    arguments.add_argument("--rounds", type=int, default=2)
    arguments.add_argument("--index", action="store_true")
    given = arguments.parse_args()
    if given.what == "rate":
        rows = [asyncio.run(rate(int(given.passages or 300), given.rounds))]
    elif given.passages and "," not in given.passages:
        rows = [memory(int(given.passages), given.index)]
    else:
        rows = []
        for size in (given.passages or "1000,10000,100000").split(","):
            command = [sys.executable, __file__, "memory", "--passages", size, *(["--index"] if given.index else [])]
            rows.append(json.loads(subprocess.run(command, check=True, capture_output=True).stdout.splitlines()[0]))
        first = rows[0]["peak_mb"]
        rows = [{**row, "against_first": round(row["peak_mb"] / first, 3)} for row in rows]
    for row in rows:
        print(json.dumps(row))
    table(rows)


if __name__ == "__main__":
    main()
