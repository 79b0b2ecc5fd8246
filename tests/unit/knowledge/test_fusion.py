"""Fusion adds scores, so it sees what ranks hide."""

from __future__ import annotations

import numpy as np
import pytest

from deskhand.knowledge.fusion import MINILM, WEIGHT, Spread, fuse, is_minilm


def fused(
    cosines: list[float],
    shares: list[float],
    *,
    german: bool = False,
    asked_in_german: bool = False,
    minilm: bool = True,
    spread: Spread | None = None,
) -> list[float]:
    found = fuse(
        np.array(cosines, np.float32),
        np.array(shares, np.float32),
        german=np.full(len(cosines), german),
        asked_in_german=asked_in_german,
        minilm=minilm,
        spread=spread,
    )
    return found.tolist()


def test_a_clear_meaning_beats_a_few_shared_words() -> None:
    """Fused by rank, the second would win: first in one list, second in the other."""
    paraphrase, words_only, both_weak = fused([0.85, 0.20, 0.25], [0.0, 0.5, 0.45])

    assert paraphrase > words_only
    assert paraphrase > both_weak


def test_where_one_side_found_nothing_the_other_decides_alone() -> None:
    assert fused([0.3, 0.6, 0.5], [0.0, 0.0, 0.0]) == pytest.approx([0.3, 0.6, 0.5])


def test_a_passage_without_a_vector_counts_as_a_random_one() -> None:
    assert fused([float("nan")], [0.5]) == pytest.approx([MINILM.mean + WEIGHT * 0.5])


def test_for_german_asked_in_german_the_words_decide() -> None:
    """An English model's cosine of two German texts says little."""
    good, bad = fused([0.2, 0.7], [0.6, 0.1], german=True, asked_in_german=True)

    assert good > bad
    assert fused([0.2, 0.7], [0.0, 0.0], german=True, asked_in_german=False) == pytest.approx([0.2, 0.7])


def test_another_embedders_cosines_are_told_in_its_own_spreads() -> None:
    """A model whose cosines all lie between .6 and .8 must not drown the words."""
    narrow = Spread(0.7, 0.03)
    near, far = fused([0.79, 0.70], [0.0, 0.0], minilm=False, spread=narrow)

    assert (near, far) == pytest.approx((3.0, 0.0), abs=0.01)
    assert fused([0.70], [0.6], minilm=False, spread=narrow)[0] > near


def test_the_embedded_model_is_known_by_its_name() -> None:
    assert is_minilm("all-MiniLM-L6-v2:0123456789ab:numpy")
    assert not is_minilm("bedrock:amazon.titan-embed-text-v2:0")
    assert not is_minilm("ollama:paraphrase-multilingual-MiniLM-L12-v2")
