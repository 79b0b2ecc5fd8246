"""The sentence of a passage that a reader should see first: the one that covers most of the question's words."""

from __future__ import annotations

import html
import re

from deskhand.knowledge.language import Language
from deskhand.knowledge.words import analyze

__all__ = ["LONGEST", "snippet_of"]

LONGEST = 300
"""Characters of a snippet at most."""

_SENTENCE = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+(?=[^\sa-z])|\n\s*\n|\n(?=\s*[-*#|])")
_SPACE = re.compile(r"\s+")


def snippet_of(text: str, words: set[str], language: Language) -> str:
    """The best sentence as plain text of at most `LONGEST` characters; `words` are the question's stems."""
    sentences = [_SPACE.sub(" ", part).strip() for part in _SENTENCE.split(html.unescape(text))]
    sentences = [sentence for sentence in sentences if sentence] or [""]
    best = max(sentences, key=lambda sentence: len(words.intersection(analyze(sentence, language))))
    return _cut(best, words, language)


def _cut(sentence: str, words: set[str], language: Language) -> str:
    if len(sentence) <= LONGEST:
        return sentence
    # Begin shortly before the first word that was asked for.
    places = (match for match in re.finditer(r"\w+", sentence) if words.intersection(analyze(match[0], language)))
    first = next(places, None)
    start = 0 if first is None or first.end() < LONGEST - 60 else sentence.rfind(" ", 0, max(first.start() - 60, 1)) + 1
    end = start + LONGEST - 4
    if end < len(sentence):
        end = max(sentence.rfind(" ", start, end), start + LONGEST // 2)
    return ("… " if start else "") + sentence[start:end] + (" …" if end < len(sentence) else "")
