"""The search itself, without the event loop: two lists, one fused ranking, and a last look into the database.

Every candidate gets both its true scores, also the one that its list did not tell; rights and versions are looked up
again before anything is shown, and where that leaves too few, the search goes deeper.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from deskhand.knowledge import scan
from deskhand.knowledge.fusion import by_words, fuse, is_minilm
from deskhand.knowledge.index import IndexView
from deskhand.knowledge.language import Language
from deskhand.knowledge.scan import Floats
from deskhand.knowledge.snippets import snippet_of
from deskhand.knowledge.terms import Groups
from deskhand.knowledge.words import Asked, WordHits, analyze
from deskhand.nouns import Hit, Passage

__all__ = ["DEPTH", "Ranked", "find", "rank"]

DEPTH = 100
"""Candidates from each side."""

_DEEPEST = 6400

Check = Callable[[Sequence[int]], dict[int, Passage]]
"""Passages that the reader may see now, by id, out of those with these ids."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """Candidates, best first; `cosines` is NaN where there is no vector. `complete`: there are no more."""

    passages: npt.NDArray[np.int64]
    scores: Floats
    shares: Floats
    cosines: Floats
    complete: bool


def find(
    view: IndexView, check: Check, text: str, vector: Floats | None, groups: Groups, limit: int
) -> list[tuple[Passage, float, float, float | None]]:
    """The `limit` best (passage, score, bm25 share, cosine) that are let through by `groups` and pass `check`."""
    depth = max(DEPTH, limit)
    while True:
        ranked = rank(view, text, vector, groups, depth)
        found = _checked(ranked, check, limit)
        if len(found) >= limit or ranked.complete or depth >= _DEEPEST:
            return found
        depth *= 4


def rank(view: IndexView, text: str, vector: Floats | None, groups: Groups, depth: int = DEPTH) -> Ranked:
    """Both lists of `depth`, united, each candidate with both its scores."""
    asked = view.words.ask(text)
    by_word = view.words.search(asked, groups, depth)
    if vector is None or view.vectors is None:
        order = np.argsort(-by_word.shares, kind="stable")
        nothing = np.full(len(order), np.nan, np.float32)
        shares = by_word.shares[order]
        return Ranked(by_word.passages[order], by_words(shares), shares, nothing, len(order) < depth)
    near, cosines = view.vectors.search(vector, groups, depth)
    complete = len(by_word.passages) < depth and len(near) < depth
    hits = _united(view, asked, by_word, near)
    both = _cosines(view, vector, hits.passages, near, cosines)
    scores = fuse(
        both,
        hits.shares,
        german=hits.german,
        asked_in_german=asked.german,
        minilm=is_minilm(view.embedder),
        spread=view.spread,
    )
    order = scan.top(scores, len(scores))
    return Ranked(hits.passages[order], scores[order], hits.shares[order], both[order], complete)


def _united(view: IndexView, asked: Asked, by_word: WordHits, near: npt.NDArray[np.int64]) -> WordHits:
    only_near = near[~np.isin(near, by_word.passages)]
    rest = view.words.score(asked, only_near)
    return WordHits(
        np.concatenate([by_word.passages, rest.passages]),
        np.concatenate([by_word.shares, rest.shares]),
        np.concatenate([by_word.german, rest.german]),
    )


def _cosines(
    view: IndexView, vector: Floats, passages: npt.NDArray[np.int64], near: npt.NDArray[np.int64], cosines: Floats
) -> Floats:
    assert view.vectors is not None
    order = np.argsort(near)
    places = np.minimum(np.searchsorted(near[order], passages), max(len(near) - 1, 0))
    known = near[order][places] == passages if len(near) else np.zeros(len(passages), np.bool_)
    found = np.full(len(passages), np.nan, np.float32)
    if known.any():
        found[known] = cosines[order][places[known]]
    found[~known] = view.vectors.cosines_of(vector, passages[~known])
    return found


def _checked(ranked: Ranked, check: Check, limit: int) -> list[tuple[Passage, float, float, float | None]]:
    found: list[tuple[Passage, float, float, float | None]] = []
    start, step = 0, limit
    while len(found) < limit and start < len(ranked.passages):
        part = slice(start, start + step)
        shown = check(ranked.passages[part].tolist())
        for number, score, share, cosine in zip(
            ranked.passages[part].tolist(),
            ranked.scores[part].tolist(),
            ranked.shares[part].tolist(),
            ranked.cosines[part].tolist(),
            strict=True,
        ):
            if number in shown:
                found.append((shown[number], score, share, None if np.isnan(cosine) else cosine))
        start, step = start + step, 100
    return found[:limit]


def hits_of(found: Sequence[tuple[Passage, float, float, float | None]], text: str) -> list[Hit]:
    """Hits with their snippets."""
    words: dict[Language, set[str]] = {"en": set(analyze(text, "en")), "de": set(analyze(text, "de"))}
    return [
        Hit(
            passage,
            score,
            share,
            cosine,
            snippet_of(passage.text, words[_language(passage)], _language(passage)),
        )
        for passage, score, share, cosine in found
    ]


def _language(passage: Passage) -> Language:
    return "de" if passage.language == "de" else "en"
