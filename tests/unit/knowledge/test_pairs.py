"""Pairs keep every row of a key through both tiers, and the one that was added last counts."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from deskhand.knowledge import pairs as module
from deskhand.knowledge.pairs import Pairs


def plus(pairs: Pairs, *added: tuple[int, int]) -> Pairs:
    keys = np.array([key for key, _ in added], np.uint64)
    return pairs.plus(keys, np.array([row for _, row in added], np.uint32))


@given(st.lists(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 999)), max_size=8), max_size=12))
def test_pairs_hold_what_a_dictionary_of_lists_would(batches: list[list[tuple[int, int]]]) -> None:
    """With tiers as small as can be, so that they are merged again and again."""
    small, module._SMALL = module._SMALL, 3
    try:
        found, expected = Pairs(), dict[int, list[int]]()
        for batch in batches:
            found = plus(found, *batch)
            for key, row in batch:
                expected.setdefault(key, []).append(row)
    finally:
        module._SMALL = small

    assert len(found) == sum(map(len, batches))
    for key in range(10):
        assert [row for part in found.rows(key) for row in part.tolist()] == expected.get(key, [])
    last = found.row_of(np.arange(10, dtype=np.uint64)).tolist()
    assert last == [expected[key][-1] if key in expected else -1 for key in range(10)]


def test_adding_changes_nothing_for_who_holds_the_pairs_before() -> None:
    before = plus(Pairs(), (1, 10))

    plus(before, (1, 11))

    assert [row.tolist() for row in before.rows(1)] == [[10]]
