"""Passages a second and a core of the embedded embedder, against its own matrix products alone, in the same run.

    python benchmarks/embedder.py [--passages 40] [--onnx] [--reference]

The physical limit is what numpy's BLAS needs for the same products of the same sizes with nothing in between.
`--onnx` measures the faster runtime too. `--reference` compares with sentence-transformers, where that is installed,
and writes the vectors that the tests compare with. Fails under half the limit, or when a cosine is too low.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from deskhand.llm import embedded_embedder, weights_directory
from deskhand.llm.minilm import DIMENSIONS, HEADS, LAYERS, MAX_TOKENS, read_tokenizer

REFERENCE = Path(__file__).parents[1] / "tests" / "unit" / "llm" / "minilm_reference.json"
TOKENS = 240
SENTENCE = "The refund of an order that was paid by card is booked back within five working days. "


def passage() -> str:
    """A passage of 240 tokens."""
    directory = weights_directory()
    if directory is None:
        sys.exit("the weights are not installed; run `deskhand models install`")
    tokenizer = read_tokenizer(directory)
    words = (SENTENCE * 20).split()
    while len(tokenizer.encode(" ".join(words)).ids) > TOKENS or len(words) > MAX_TOKENS:
        words.pop()
    return " ".join(words)


def a_second(work: Callable[[], object], times: int) -> float:
    """How often `work` is done in a second of one core's time."""
    work()
    began = time.process_time()
    for _ in range(times):
        work()
    return times / (time.process_time() - began)


def products() -> Callable[[], object]:
    """The matrix products of one passage, on random numbers."""
    chance = np.random.default_rng(7)

    def matrix(*shape: int) -> np.ndarray:
        return chance.standard_normal(shape, dtype=np.float32)

    rows, wide_rows = matrix(TOKENS, DIMENSIONS), matrix(TOKENS, 4 * DIMENSIONS)
    square, wide, narrow = (
        matrix(DIMENSIONS, DIMENSIONS),
        matrix(DIMENSIONS, 4 * DIMENSIONS),
        matrix(4 * DIMENSIONS, DIMENSIONS),
    )
    heads = matrix(HEADS, TOKENS, DIMENSIONS // HEADS)
    scores = matrix(HEADS, TOKENS, TOKENS)

    def work() -> None:
        for _ in range(LAYERS):
            for _ in range(4):
                rows @ square
            rows @ wide
            wide_rows @ narrow
            heads @ heads.transpose(0, 2, 1)
            scores @ heads

    return work


def write_reference() -> None:
    """Vectors of the original for the texts in the reference file."""
    import sentence_transformers

    model = sentence_transformers.SentenceTransformer(str(weights_directory()), device="cpu")
    texts = [case["text"] for case in json.loads(REFERENCE.read_text("utf-8"))]
    vectors = model.encode(texts, batch_size=1, normalize_embeddings=True)
    cases = [
        {"text": text, "vector": [round(float(value), 6) for value in vector]}
        for text, vector in zip(texts, vectors, strict=True)
    ]
    REFERENCE.write_text(json.dumps(cases, ensure_ascii=False), "utf-8")


def likeness(embed: Callable[[str], np.ndarray]) -> float:
    """The lowest cosine to the original's vectors, over the reference texts that are not empty."""
    cases = [case for case in json.loads(REFERENCE.read_text("utf-8")) if case["text"]]
    return min(float(embed(case["text"]) @ np.asarray(case["vector"], np.float32)) for case in cases)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--passages", type=int, default=40)
    arguments.add_argument("--onnx", action="store_true")
    arguments.add_argument("--reference", action="store_true")
    chosen = arguments.parse_args()
    if chosen.reference:
        write_reference()
    text = passage()
    began = time.perf_counter()
    embedder = embedded_embedder(threads=1)
    opened = time.perf_counter() - began
    assert embedder is not None
    limit = a_second(products(), chosen.passages)
    rows = [("matrix products alone", limit, None)]
    rows.append(("numpy", a_second(lambda: embedder._embed(text), chosen.passages), likeness(embedder._embed)))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    query = 1000 / a_second(lambda: embedder._embed("how do I get a refund"), chosen.passages)
    if chosen.onnx:
        with tempfile.TemporaryDirectory() as cache:
            faster = embedded_embedder(threads=1, runtime="onnx", cache=Path(cache))
            assert faster is not None
            rows.append(("onnx, int8", a_second(lambda: faster._embed(text), chosen.passages), likeness(faster._embed)))
    print("| runtime | passages/s/core (240 tokens) | share of the limit | lowest cosine to the original |")
    print("|---|---|---|---|")
    for name, speed, cosine in rows:
        print(f"| {name} | {speed:.1f} | {speed / limit:.2f} | {'' if cosine is None else f'{cosine:.5f}'} |")
    print(f"\nopened in {opened:.2f} s; a query takes {query:.1f} ms; at most {memory:.0f} MB resident with numpy")
    lowest = {"numpy": 0.99999, "onnx, int8": 0.993}
    if rows[1][1] < limit / 2 or any(cosine is not None and cosine < lowest[name] for name, _, cosine in rows):
        sys.exit("slower than half the limit, or too far from the original")


if __name__ == "__main__":
    main()
