"""The faster runtime: near enough to the original, in a graph that is written once, whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from deskhand.errors import BadSettings, ModelError
from deskhand.llm import EmbeddedEmbedder, embedded_embedder
from deskhand.llm.onnx_graph import write_int8

REFERENCE = json.loads((Path(__file__).parent / "minilm_reference.json").read_text("utf-8"))


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("graphs")


def opened(cache: Path) -> EmbeddedEmbedder:
    found = embedded_embedder(runtime="onnx", cache=cache)
    assert found is not None
    return found


async def test_the_vectors_are_near_those_of_the_original(cache: Path) -> None:
    texts = [case for case in REFERENCE if case["text"]]
    vectors = await opened(cache).embed([case["text"] for case in texts], kind="passage")

    likeness = (vectors * np.asarray([case["vector"] for case in texts], np.float32)).sum(axis=1)
    assert likeness.min() > 0.993
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)


async def test_the_graph_is_written_once(cache: Path) -> None:
    first = opened(cache)
    written = {path: path.stat().st_mtime_ns for path in cache.iterdir()}

    second = opened(cache)

    assert {path: path.stat().st_mtime_ns for path in cache.iterdir()} == written
    assert len(written) == 1
    assert first.name == second.name


def test_its_name_is_not_that_of_the_exact_one(cache: Path) -> None:
    """The vectors of the two must never meet in one index."""
    exact = embedded_embedder()

    assert exact is not None
    assert opened(cache).name != exact.name


def test_without_its_packages_it_says_what_to_install(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    find = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name.startswith("onnx") else find(name))

    with pytest.raises(BadSettings, match=r"deskhand\[onnx\]"):
        embedded_embedder(runtime="onnx", cache=cache)


def test_a_graph_that_cannot_be_written_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"cut short")

    with pytest.raises(ModelError, match="no whole safetensors file"):
        write_int8(tmp_path, tmp_path / "cache" / "graph.onnx")

    assert list((tmp_path / "cache").iterdir()) == []
