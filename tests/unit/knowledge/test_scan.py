"""The scan is exact over bytes, the same by SIMD and by numpy, and bytes lose next to nothing against floats."""

from __future__ import annotations

import numpy as np
import pytest

from deskhand.knowledge import scan


def unit(count: int, dimensions: int, seed: int = 1) -> np.ndarray:
    made = np.random.default_rng(seed).standard_normal((count, dimensions), np.float32)
    # A few large numbers in some rows, as embedders make them: one scale for all would drown the others.
    made[::3, 0] *= 8
    return made / np.linalg.norm(made, axis=1, keepdims=True)


@pytest.mark.parametrize("dimensions", [3, 64, 384, 1024, 1536])
def test_numpy_gives_what_simsimd_gives(dimensions: int) -> None:
    """The largest possible numbers too, whose sums reach beyond what float32 holds exactly."""
    rows = np.random.default_rng(2).integers(-127, 128, (300, dimensions), dtype=np.int8)
    rows[0], query = 127, np.full(dimensions, 127, np.int8)

    fast, plain = scan.inner(rows, query), scan.by_numpy(rows, query)

    assert scan.inner is not scan.by_numpy
    assert plain[0] == 127 * 127 * dimensions
    assert np.array_equal(fast, plain)


def test_a_scale_for_each_vector_keeps_the_nearest() -> None:
    """Recall@10 against exact float32, with the query in bytes as well."""
    vectors, queries = unit(5000, 384), unit(40, 384, seed=3)
    scales, small = scan.quantize(vectors)
    shares = []
    for query in queries:
        (scale,), (bytes_,) = scan.quantize(query[None, :])
        found = scan.top(scan.inner(small, bytes_).astype(np.float32) * scales * scale, 10)
        shares.append(len(np.intersect1d(found, np.argsort(-(vectors @ query))[:10])) / 10)

    assert np.mean(shares) >= 0.98


def test_a_vector_comes_back_within_half_a_step() -> None:
    vectors = unit(50, 384)
    scales, small = scan.quantize(vectors)

    assert np.all(np.abs(small * scales[:, None] - vectors) <= scales[:, None] * 0.5 + 1e-7)


def test_a_vector_of_zeros_is_no_error() -> None:
    scales, small = scan.quantize(np.zeros((1, 4), np.float32))

    assert (scales.tolist(), small.tolist()) == ([0.0], [[0, 0, 0, 0]])


def test_the_top_is_sorted_and_never_longer_than_asked() -> None:
    scores = np.array([0.1, 0.9, 0.5, 0.7], np.float32)

    assert scan.top(scores, 2).tolist() == [1, 3]
    assert scan.top(scores, 9).tolist() == [1, 3, 2, 0]
