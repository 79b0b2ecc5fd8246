"""How an embedder's cosines are spread: measured on the library's own passages, since each model has its own scale."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from deskhand.knowledge.fusion import Spread
from deskhand.knowledge.matrix import MatrixView
from deskhand.knowledge.scan import Floats

__all__ = ["questions", "spread_of"]

_WORDS = 12
_NARROWEST = 0.02


def questions(texts: Sequence[str]) -> list[str]:
    """The first words of each text: about as long as a question, and about what the library is about."""
    return [" ".join(text.split()[:_WORDS]) for text in texts if text.strip()]


def spread_of(vectors: MatrixView, asked: Floats) -> Spread:
    """Mean and deviation of the cosines between these questions and an even sample of passages."""
    rows = vectors.sample(512)
    cosines = np.concatenate([vectors.cosines_at(question, rows) for question in asked])
    # A question's own passage, and its neighbours, are no random ones.
    cosines = cosines[cosines <= np.quantile(cosines, 0.99)]
    return Spread(float(cosines.mean()), max(float(cosines.std()), _NARROWEST))
