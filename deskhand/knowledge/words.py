"""The words' side of the index: tantivy, with English passages in one field and German ones in another.

Title, headings and text are joined in one field: fields of their own lose one to three points of nDCG.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tantivy

from deskhand.knowledge.language import Language, count_words
from deskhand.knowledge.scan import Floats
from deskhand.knowledge.terms import Groups

__all__ = ["Asked", "WordHits", "Words", "WordsView", "analyze"]

HEAP = 50_000_000
"""Bytes that the writer gathers before it writes a segment."""

_K1 = 1.2
_MOST = 40
"""Words of a question that are searched: the rarest. A pasted log has thousands."""

_REPEATED = 3
"""How often a word that a question repeats may count."""

_LANGUAGES: dict[Language, str] = {"en": "english", "de": "german"}
Ids = npt.NDArray[np.int64]


@cache
def _analyzer(language: Language) -> Any:
    name = _LANGUAGES[language]
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    builder = builder.filter(tantivy.Filter.remove_long(40)).filter(tantivy.Filter.lowercase())
    return builder.filter(tantivy.Filter.stopword(name)).filter(tantivy.Filter.stemmer(name)).build()


def analyze(text: str, language: Language) -> list[str]:
    """The stems of a text's words, without stop words, as they are indexed."""
    return list(_analyzer(language).analyze(text))


@cache
def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    for language, name in _LANGUAGES.items():
        builder.add_text_field(language, tokenizer_name=name, index_option="freq")
    # Raw text, not a number: deleting by an unsigned number deletes nothing, and says nothing.
    builder.add_text_field("document", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("terms", tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("passage", indexed=True, fast=True)
    builder.add_integer_field("german", fast=True)
    return builder.build()


@dataclass(frozen=True, slots=True)
class WordHits:
    """Passages with their BM25 as a share (0..1) of what their language's question could reach at most."""

    passages: Ids
    shares: Floats
    german: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as the index sees it: the query over both fields (None: no word of it is known), the highest BM25
    that a passage of each language could have, and whether it is asked in German."""

    query: Any
    bounds: dict[Language, float]
    german: bool


class WordsView:
    """What is committed, to be searched from any thread."""

    def __init__(self, searcher: Any) -> None:
        self._searcher = searcher

    @property
    def count(self) -> int:
        return int(self._searcher.num_docs)

    def ask(self, text: str) -> Asked:
        """Read a question: its rarest known words, in each language."""
        clauses: list[tuple[Any, Any]] = []
        bounds: dict[Language, float] = {}
        known: dict[Language, int] = {}
        for language in _LANGUAGES:
            found = self._known(text, language)
            known[language] = sum(count > 0 for count, _ in found)
            bounds[language] = sum(self._idf(count) for count, _ in found) * (_K1 + 1)
            clauses += [
                (tantivy.Occur.Should, tantivy.Query.term_query(_schema(), language, word, index_option="freq"))
                for count, word in found
                if count
            ]
        english, german = count_words(text)
        return Asked(
            query=tantivy.Query.boolean_query(clauses) if clauses else None,
            bounds=bounds,
            german=german > english or (german == english and known["de"] > known["en"]),
        )

    def search(self, asked: Asked, groups: Groups, limit: int) -> WordHits:
        """The `limit` best passages let through by `groups`; none when no word of the question is known."""
        if asked.query is None or not limit:
            return _nothing()
        clauses = [(tantivy.Occur.Must, asked.query), *((tantivy.Occur.Must, _any(group)) for group in groups)]
        return self._hits(tantivy.Query.boolean_query(clauses), asked, limit)

    def score(self, asked: Asked, passages: Ids) -> WordHits:
        """These passages (as many of them as are indexed) with the score that they have for the question."""
        if not len(passages):
            return _nothing()
        these = tantivy.Query.term_set_query(_schema(), "passage", passages.tolist())
        clauses = [(tantivy.Occur.Must, tantivy.Query.const_score_query(these, 0.0))]
        if asked.query is not None:
            clauses.append((tantivy.Occur.Should, asked.query))
        return self._hits(tantivy.Query.boolean_query(clauses), asked, len(passages))

    def _hits(self, query: Any, asked: Asked, limit: int) -> WordHits:
        hits = self._searcher.search(query, limit, count=False).hits
        places = [place for _, place in hits]
        passages = np.array(self._searcher.fast_field_values("passage", places), np.int64)
        german = np.array(self._searcher.fast_field_values("german", places), np.bool_)
        scores = np.array([score for score, _ in hits], np.float32)
        bounds = np.where(german, asked.bounds["de"], asked.bounds["en"]).astype(np.float32)
        shares = np.divide(scores, bounds, out=np.zeros_like(scores), where=bounds > 0)
        return WordHits(passages, np.minimum(shares, np.float32(1)), german)

    def _known(self, text: str, language: Language) -> list[tuple[int, str]]:
        words = Counter(analyze(text[:20_000], language))
        counted = sorted(
            (self._searcher.doc_freq(language, word), word)
            for word, times in words.items()
            for _ in range(min(times, _REPEATED))
        )
        known = [pair for pair in counted if pair[0]][:_MOST]
        return known + [pair for pair in counted if not pair[0]][: _MOST - len(known)]

    def _idf(self, count: int) -> float:
        return math.log(1 + (max(self.count, count) - count + 0.5) / (count + 0.5))


class Words:
    """The tantivy index in a directory, written by one thread: `remove` and `add`, then `commit`."""

    def __init__(self, directory: Path, heap: int = HEAP) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._index = tantivy.Index(_schema(), str(directory))
        for language, name in _LANGUAGES.items():
            self._index.register_tokenizer(name, _analyzer(language))
        self._writer = self._index.writer(heap_size=heap, num_threads=1)

    def add(self, passages: Iterable[tuple[int, str, str]], document: str, terms: Sequence[str]) -> None:
        """Add a document's passages, each (id, language, text with title and headings)."""
        for passage, language, text in passages:
            entry = tantivy.Document()
            entry.add_text("de" if language == "de" else "en", text)
            entry.add_text("document", document)
            for term in terms:
                entry.add_text("terms", term)
            entry.add_integer("passage", passage)
            entry.add_integer("german", int(language == "de"))
            self._writer.add_document(entry)

    def remove(self, documents: Sequence[str]) -> None:
        """Take every passage of these documents out."""
        for document in documents:
            self._writer.delete_documents_by_term("document", document)

    def commit(self) -> WordsView:
        self._writer.commit()
        return self.view()

    def view(self) -> WordsView:
        self._index.reload()
        return WordsView(self._index.searcher())

    def close(self) -> None:
        """Let go of the directory; what was not committed is lost."""
        self._writer.wait_merging_threads()


def _any(group: Sequence[str]) -> Any:
    # Without the constant score of 0 the rarest group would win the ranking.
    any_of = tantivy.Query.boolean_query(
        [
            (tantivy.Occur.Should, tantivy.Query.term_query(_schema(), "terms", term, index_option="basic"))
            for term in group
        ]
    )
    return tantivy.Query.const_score_query(any_of, 0.0)


def _nothing() -> WordHits:
    return WordHits(np.empty(0, np.int64), np.empty(0, np.float32), np.empty(0, np.bool_))
