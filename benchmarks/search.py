"""Search: how good (SciFact, XQuAD), how fast (16k, 200k, 1M passages), how closed, how fresh, how quickly built.

    python benchmarks/search.py quality [--data DIR] [--cache FILE]
    python benchmarks/search.py speed --passages 16000 200000 1000000
    python benchmarks/search.py freshness

Times are of the search's own thread (CPU) and of the clock (wall), the query's embedding apart. The peer in the same
run is the physical limit: reading the visible rows of the int8 matrix once.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import math
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa

from deskhand.catalog import Catalog, document_id
from deskhand.catalog import records as catalog_records
from deskhand.catalog.changes import changes
from deskhand.knowledge import SqlLibrary, open_library, records
from deskhand.knowledge.searching import rank
from deskhand.knowledge.terms import groups_of
from deskhand.nouns import AccessList, Document, Piece, Principal, RedactedText, Source
from deskhand.store import Database, metadata, utc_now

READER = Principal("reader@example.com")
GROUPS, MINE, DIMENSIONS = 400, 20, 384


class Cached:
    """The embedded embedder, with its vectors kept in a file between runs of this benchmark."""

    def __init__(self, path: Path | None) -> None:
        from deskhand.llm.embedded import embedded_embedder

        found = embedded_embedder()
        if found is None:
            raise SystemExit("the embedder's weights are not installed; run `deskhand models install`.")
        self._embedder, self._path = found, path
        self.name, self.dimensions = found.name, found.dimensions
        self._known: dict[str, np.ndarray] = {}
        if path is not None and path.exists():
            stored = np.load(path)
            self._known = dict(zip(stored["keys"].tolist(), stored["vecs"], strict=True))

    async def embed(self, texts: Sequence[str], *, kind: str) -> np.ndarray:
        keys = [records.text_hash(f"{kind[0]}:{text}").hex() for text in texts]
        wanted = [(key, text) for key, text in zip(keys, texts, strict=True) if key not in self._known]
        if wanted:
            made = await self._embedder.embed([text for _, text in wanted], kind=kind)  # type: ignore[arg-type]
            self._known |= {key: vector for (key, _), vector in zip(wanted, made, strict=True)}
        return np.stack([self._known[key] for key in keys])

    def save(self) -> None:
        if self._path is not None:
            np.savez(self._path, keys=np.array(list(self._known)), vecs=np.stack(list(self._known.values())))


# Quality


def ndcg(ranked: Sequence[str], relevant: dict[str, int], k: int = 10) -> float:
    """Normalised discounted cumulative gain of the first `k`, 0..1 (Järvelin and Kekäläinen 2002)."""
    gain = sum(relevant.get(item, 0) / math.log2(place + 2) for place, item in enumerate(ranked[:k]))
    best = sum(value / math.log2(place + 2) for place, value in enumerate(sorted(relevant.values(), reverse=True)[:k]))
    return gain / best


def recall(ranked: Sequence[str], relevant: dict[str, int], k: int = 20) -> float:
    """Share of the relevant items (of `k` at most) among the first `k`."""
    return sum(item in relevant for item in ranked[:k]) / min(len(relevant), k)


def scifact(data: Path) -> tuple[list[tuple[str, str, str]], list[tuple[str, dict[str, int]]]]:
    place = data / "retrieval" / "scifact"
    with gzip.open(place / "corpus.jsonl.gz", "rt") as file:
        corpus = [(row["_id"], row["title"], row["text"]) for row in map(json.loads, file)]
    judged: dict[str, dict[str, int]] = {}
    for line in (place / "qrels.tsv").read_text().splitlines():
        query, passage, score = line.split("\t")[:3]
        if score.isdigit() and int(score):
            judged.setdefault(query, {})[passage] = int(score)
    queries = map(json.loads, (place / "queries.jsonl").read_text().splitlines())
    return corpus, [(row["text"], judged[row["_id"]]) for row in queries if row["_id"] in judged]


def xquad(data: Path) -> tuple[list[tuple[str, str, str]], list[tuple[str, dict[str, int]]]]:
    passages = map(json.loads, (data / "qa" / "xquad-en-passages.jsonl").read_text().splitlines())
    questions = map(json.loads, (data / "qa" / "xquad-en-questions.jsonl").read_text().splitlines())
    return (
        [(row["id"], "", row["text"]) for row in passages],
        [(row["question"], {row["passage"]: 1}) for row in questions],
    )


async def quality(data: Path, cache: Path | None) -> None:
    embedder = Cached(cache)
    print("| set | method | nDCG@10 | recall@20 |\n|---|---|---|---|")
    for name, read in (("SciFact", scifact), ("XQuAD English", xquad)):
        corpus, queries = read(data)
        with tempfile.TemporaryDirectory() as folder:
            library, database = await opened(Path(folder), embedder)
            for item, title, text in corpus:
                await library.replace(page(item, title), [Piece(0, RedactedText(text), RedactedText(""))], {})
            await library.catch_up()
            await measure(name, library, database, embedder, queries)
            await library.close()
            database.close()
        embedder.save()


async def measure(
    name: str, library: SqlLibrary, database: Database, embedder: Cached, queries: list[tuple[str, dict[str, int]]]
) -> None:
    vectors = await embedder.embed([text for text, _ in queries], kind="query")
    items = sa.select(records.passages.c.id, catalog_records.documents.c.item).join(catalog_records.documents)
    with database.reading() as connection:
        item_of = dict(connection.execute(items).all())
    view, groups = library._opened.view, groups_of(READER.entry_sets, None)
    runs: dict[str, Callable[[str, Any], list[str]]] = {
        "lexical": lambda text, _: [item_of[n] for n in rank(view, text, None, groups).passages.tolist()],
        "semantic": lambda _, vector: [item_of[n] for n in view.vectors.search(vector, groups, 100)[0].tolist()],  # type: ignore[union-attr]
        "fused": lambda text, vector: [item_of[n] for n in rank(view, text, vector, groups).passages.tolist()],
        "fused, as shown": lambda text, vector: [
            item_of[hit.passage.id] for hit in library.search_now(text, vector, READER, 20)
        ],
    }
    best = 0.0
    for method, run in runs.items():
        lists = [(run(text, vector), judged) for (text, judged), vector in zip(queries, vectors, strict=True)]
        score = statistics.mean(ndcg(ranked, judged) for ranked, judged in lists)
        found = statistics.mean(recall(ranked, judged) for ranked, judged in lists)
        share = f" ({score / best:.1%} of the better)" if method.startswith("fused") else ""
        best = best if method.startswith("fused") else max(best, score)
        print(f"| {name} | {method} | {score:.4f}{share} | {found:.4f} |", flush=True)


# Speed


def sentences(data: Path) -> list[str]:
    if (data / "retrieval" / "scifact" / "corpus.jsonl.gz").exists():
        corpus, _ = scifact(data)
        return [part for _, _, text in corpus for part in text.split(". ") if 5 < len(part.split()) < 40]
    draw = random.Random(5)
    words = [f"w{int(draw.paretovariate(0.6)) % 50_000}" for _ in range(200_000)]
    return [" ".join(words[start : start + 20]) for start in range(0, len(words), 20)]


def fill(database: Database, count: int, data: Path, embedder: str) -> tuple[np.ndarray, np.ndarray]:
    """`count` passages of about 87 words, four to a document, each document open to 1 to 3 of 400 groups."""
    draw, numbers = random.Random(1), np.random.default_rng(1)
    pool = sentences(data)
    centres = numbers.standard_normal((2000, DIMENSIONS), np.float32)
    exact = np.empty((count, DIMENSIONS), np.float16)
    open_to_me = np.zeros(count, np.bool_)
    for first in range(0, count, 20_000):
        size = min(20_000, count - first)
        made = centres[numbers.integers(0, len(centres), size)] + numbers.standard_normal(
            (size, DIMENSIONS), np.float32
        )
        made /= np.linalg.norm(made, axis=1, keepdims=True)
        exact[first : first + size] = made
        with database.writing() as connection:
            open_to_me[first : first + size] = _fill_part(connection, first, size, made, pool, draw, embedder)
    return exact, open_to_me


def _fill_part(
    connection: sa.Connection,
    first: int,
    size: int,
    vectors: np.ndarray,
    pool: list[str],
    draw: random.Random,
    embedder: str,
) -> list[bool]:
    from deskhand.knowledge.library import _blobs

    documents, access, passages, open_to_me = [], [], [], []
    for number in range(first, first + size, 4):
        key = document_id("files", str(number))
        groups = draw.sample(range(GROUPS), draw.choice((1, 2, 2, 3)))
        documents.append(
            {"id": key, "source": "files", "item": str(number), "version": 1, "live": True, "title": f"Case {number}"}
            | {"state": "indexed", "changed": utc_now(), "passages": 4}
        )
        access += [{"document_id": key, "entry": f"group:g{group}"} for group in groups]
        for position in range(min(4, first + size - number)):
            text = ". ".join(draw.choices(pool, k=4))
            passages.append(
                {"document_id": key, "version": 1, "position": position, "text": text, "heading": "", "language": "en"}
                | {"text_hash": (number + position).to_bytes(16, "big")}
            )
            open_to_me.append(any(group < MINE for group in groups))
    connection.execute(sa.insert(catalog_records.documents), documents)
    connection.execute(sa.insert(catalog_records.document_access), access)
    connection.execute(sa.insert(records.passages), passages)
    blobs = _blobs(vectors)
    rows = [
        {"text_hash": row["text_hash"], "embedder": embedder, "vector": blob}
        for row, blob in zip(passages, blobs, strict=True)
    ]
    connection.execute(sa.insert(records.vectors), rows)
    connection.execute(sa.insert(changes), [{"document_id": row["id"]} for row in documents])
    return open_to_me


class Made:
    """An embedder for passages whose vectors are made up."""

    name, dimensions = "all-MiniLM-made-up", DIMENSIONS

    async def embed(self, texts: Sequence[str], *, kind: str) -> np.ndarray:
        raise AssertionError("every passage has its vector")


async def speed(sizes: Sequence[int], data: Path, queries: int) -> None:
    print(
        "| passages | build, passages/s (CPU, wall) | p50 / p99 CPU ms | p50 / p99 wall ms | visible | read once, ms |"
    )
    print("|---|---|---|---|---|---|")
    for size in sizes:
        folder = Path(tempfile.mkdtemp())
        try:
            await _speed_at(size, data, queries, folder)
        finally:
            shutil.rmtree(folder)


async def _speed_at(size: int, data: Path, queries: int, folder: Path) -> None:
    database = prepared(folder)
    await Catalog(database).add_source(Source("files", "person:owner@example.com", "/", AccessList()))
    exact, open_to_me = fill(database, size, data, Made.name)
    library = open_library(database, folder / "index", embedder=Made())  # type: ignore[arg-type]
    await library.launch()
    await library.catch_up()
    cpu, wall = time.process_time(), time.perf_counter()
    await library.rebuild()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    reader = Principal("reader@example.com", frozenset(f"g{number}" for number in range(MINE)))
    questions = list(_questions(data, queries, exact))
    found = [_timed(library, text, vector, reader) for text, vector in questions[:50]] and [
        _timed(library, text, vector, reader) for text, vector in questions
    ]
    limit = _read_once(library, reader, questions[0][1])
    cpus, walls = [row[0] * 1e3 for row in found], [row[1] * 1e3 for row in found]
    print(
        f"| {size:,} | {size / cpu:,.0f}, {size / wall:,.0f} | {_spread(cpus)} | {_spread(walls)} "
        f"| {open_to_me.mean():.1%} | {limit:.2f} |",
        flush=True,
    )
    leaks = sum(not open_to_me[number - 1] for row in found for number in row[2])
    print(f"leaks: {leaks} of {sum(len(row[2]) for row in found)} passages shown", flush=True)
    print(f"recall@10 of the vectors: {_recall(library, reader, questions, exact, open_to_me):.4f}", flush=True)
    await library.close()
    database.close()


def _timed(library: SqlLibrary, text: str, vector: np.ndarray, reader: Principal) -> tuple[float, float, list[int]]:
    cpu, wall = time.thread_time(), time.perf_counter()
    hits = library.search_now(text, vector, reader)
    return time.thread_time() - cpu, time.perf_counter() - wall, [hit.passage.id for hit in hits]


def _questions(data: Path, count: int, exact: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    draw, numbers = random.Random(2), np.random.default_rng(2)
    texts = [text for text, _ in scifact(data)[1]] if (data / "retrieval").exists() else sentences(data)
    for _ in range(count):
        near = exact[draw.randrange(len(exact))].astype(np.float32)
        vector = near + 0.05 * numbers.standard_normal(DIMENSIONS).astype(np.float32)
        yield draw.choice(texts), vector / np.linalg.norm(vector)


def _read_once(library: SqlLibrary, reader: Principal, vector: np.ndarray) -> float:
    """Milliseconds to gather and multiply the visible rows, and nothing else: the floor under any exact search."""
    from deskhand.knowledge.scan import quantize

    view = library._opened.view.vectors
    assert view is not None
    rows = view._visible(groups_of(reader.entry_sets, None))
    assert rows is not None
    _, (small,) = quantize(vector[None, :])
    times = []
    for _ in range(20):
        began = time.thread_time()
        view._gathered(small, rows)
        times.append(time.thread_time() - began)
    return min(times) * 1e3


def _recall(
    library: SqlLibrary,
    reader: Principal,
    questions: Sequence[tuple[str, np.ndarray]],
    exact: np.ndarray,
    open_to_me: np.ndarray,
) -> float:
    view, visible = library._opened.view.vectors, np.flatnonzero(open_to_me)
    assert view is not None
    mine = exact[visible].astype(np.float32)
    shares = []
    for _, vector in questions[:100]:
        truth = visible[np.argsort(-(mine @ vector))[:10]] + 1
        shares.append(len(np.intersect1d(truth, view.search(vector, groups_of(reader.entry_sets, None), 10)[0])) / 10)
    return statistics.mean(shares)


# Freshness


async def freshness(times: int = 50) -> None:
    with tempfile.TemporaryDirectory() as folder:
        library, database = await opened(Path(folder), Cached(None))
        for number in range(500):
            await library.replace(page(f"{number}.md", ""), [piece(f"filler text number {number}")], {})
        await library.catch_up()
        shown, gone, revoked = [], [], []
        for number in range(times):
            document = page(f"fresh-{number}.md", "")
            await library.replace(document, [piece(f"zebra{number} crossing")], {})
            shown.append(await _until(library, f"zebra{number}", document.id, present=True))
            if number % 2:
                await library.delete([document.id])
                gone.append(await _until(library, f"zebra{number}", document.id, present=False))
            else:
                await library.set_access([document.id], AccessList())
                revoked.append(await _until(library, f"zebra{number}", document.id, present=False))
        print("| after | p50 / worst ms |\n|---|---|")
        for name, values in (("added", shown), ("deleted", gone), ("right revoked", revoked)):
            print(f"| {name} | {statistics.median(values):.0f} / {max(values):.0f} |")
        await library.close()
        database.close()


async def _until(library: SqlLibrary, query: str, document: str, *, present: bool) -> float:
    began = time.perf_counter()
    vector = np.full(DIMENSIONS, DIMENSIONS**-0.5, np.float32)
    while True:
        hits = await asyncio.to_thread(library.search_now, query, vector, READER, 20)
        if any(hit.passage.document == document for hit in hits) == present:
            return (time.perf_counter() - began) * 1e3
        await asyncio.sleep(0.005)


# Furniture


def prepared(folder: Path) -> Database:
    database = Database(f"sqlite:///{folder / 'desk.db'}")
    with database.writing() as connection:
        metadata.create_all(connection)
    return database


async def opened(folder: Path, embedder: Cached) -> tuple[SqlLibrary, Database]:
    database = prepared(folder)
    await Catalog(database).add_source(Source("files", "person:owner@example.com", "/", AccessList.of(["everyone"])))
    library = open_library(database, folder / "index", embedder=embedder)  # type: ignore[arg-type]
    await library.launch()
    return library, database


def page(item: str, title: str) -> Document:
    everyone = AccessList.of(["everyone"])
    return Document(document_id("files", item), "files", item, 1, RedactedText(title), None, everyone, item)


def piece(text: str) -> Piece:
    return Piece(0, RedactedText(text), RedactedText(""))


def _spread(values: Sequence[float]) -> str:
    return f"{np.percentile(values, 50):.1f} / {np.percentile(values, 99):.1f}"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("part", choices=["quality", "speed", "freshness"])
    arguments.add_argument("--data", type=Path, default=Path("../shared/data"))
    arguments.add_argument("--cache", type=Path, help="keep vectors in this .npz file between runs")
    arguments.add_argument("--passages", type=int, nargs="+", default=[16_000, 200_000])
    arguments.add_argument("--queries", type=int, default=300)
    given = arguments.parse_args()
    if given.part == "quality":
        if not (given.data / "retrieval" / "scifact").exists():
            raise SystemExit(f"no test sets under {given.data}; name their folder with --data.")
        asyncio.run(quality(given.data, given.cache))
    elif given.part == "speed":
        asyncio.run(speed(given.passages, given.data, given.queries))
    else:
        asyncio.run(freshness())


if __name__ == "__main__":
    main()
