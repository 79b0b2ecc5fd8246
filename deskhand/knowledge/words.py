"""The words' side of the index: tantivy, one index for English passages and one for German ones.

In one index with a field for each, the few passages of one language would be measured against an average length that
counts the others as empty, and would score next to nothing.
Title, headings and text are joined in one field: fields of their own lose one to three points of nDCG.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
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
def _schema(language: Language) -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("text", tokenizer_name=_LANGUAGES[language], index_option="freq")
    # Raw text, not a number: deleting by an unsigned number deletes nothing, and says nothing.
    builder.add_text_field("document", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("terms", tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("passage", indexed=True, fast=True)
    return builder.build()


@dataclass(frozen=True, slots=True)
class WordHits:
    """Passages with their BM25 as a share (0..1) of what their language's question could reach at most."""

    passages: Ids
    shares: Floats
    german: npt.NDArray[np.bool_]

    def best(self, limit: int) -> WordHits:
        order = np.argsort(-self.shares, kind="stable")[:limit]
        return WordHits(self.passages[order], self.shares[order], self.german[order])


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as the index sees it: a query for each language that knows a word of it, the highest BM25 that a
    passage of each language could have, and whether it is asked in German."""

    queries: dict[Language, Any]
    bounds: dict[Language, float]
    german: bool


class WordsView:
    """What is committed, to be searched from any thread."""

    def __init__(self, searchers: Mapping[Language, Any]) -> None:
        self._searchers = searchers

    @property
    def count(self) -> int:
        return sum(int(searcher.num_docs) for searcher in self._searchers.values())

    def ask(self, text: str) -> Asked:
        """Read a question: its rarest known words, in each language."""
        queries: dict[Language, Any] = {}
        bounds: dict[Language, float] = {}
        known: Counter[Language] = Counter()
        for language in self._searchers:
            found = self._known(text, language)
            known[language] = sum(count > 0 for count, _ in found)
            bounds[language] = sum(self._idf(count, language) for count, _ in found) * (_K1 + 1)
            schema = _schema(language)
            clauses = [
                (tantivy.Occur.Should, tantivy.Query.term_query(schema, "text", word, index_option="freq"))
                for count, word in found
                if count
            ]
            if clauses:
                queries[language] = tantivy.Query.boolean_query(clauses)
        english, german = count_words(text)
        return Asked(queries, bounds, german > english or (german == english and known["de"] > known["en"]))

    def search(self, asked: Asked, groups: Groups, limit: int) -> WordHits:
        """The `limit` best passages let through by `groups`; none when no word of the question is known."""
        found = []
        for language, query in asked.queries.items() if limit else ():
            among = [(tantivy.Occur.Must, _any(group, language)) for group in groups]
            whole = tantivy.Query.boolean_query([(tantivy.Occur.Must, query), *among])
            found.append(self._hits(whole, language, asked, limit))
        return _joined(found).best(limit)

    def holds(self, groups: Groups) -> bool:
        """Whether any passage is let through by `groups`."""
        for language, searcher in self._searchers.items():
            among = [(tantivy.Occur.Must, _any(group, language)) for group in groups]
            if searcher.search(tantivy.Query.boolean_query(among), 1, count=False).hits:
                return True
        return False

    def score(self, asked: Asked, passages: Ids) -> WordHits:
        """These passages (as many of them as are indexed) with the score that they have for the question."""
        found = []
        for language in self._searchers if len(passages) else ():
            these = tantivy.Query.term_set_query(_schema(language), "passage", passages.tolist())
            clauses = [(tantivy.Occur.Must, tantivy.Query.const_score_query(these, 0.0))]
            if language in asked.queries:
                clauses.append((tantivy.Occur.Should, asked.queries[language]))
            found.append(self._hits(tantivy.Query.boolean_query(clauses), language, asked, len(passages)))
        return _joined(found)

    def _hits(self, query: Any, language: Language, asked: Asked, limit: int) -> WordHits:
        searcher, bound = self._searchers[language], asked.bounds[language]
        hits = searcher.search(query, limit, count=False).hits
        passages = np.array(searcher.fast_field_values("passage", [place for _, place in hits]), np.int64)
        scores = np.array([score for score, _ in hits], np.float32)
        shares = np.minimum(scores / bound, np.float32(1)) if bound > 0 else np.zeros_like(scores)
        return WordHits(passages, shares.astype(np.float32), np.full(len(hits), language == "de"))

    def _known(self, text: str, language: Language) -> list[tuple[int, str]]:
        words = Counter(analyze(text[:20_000], language))
        searcher = self._searchers[language]
        counted = sorted(
            (searcher.doc_freq("text", word), word)
            for word, times in words.items()
            for _ in range(min(times, _REPEATED))
        )
        known = [pair for pair in counted if pair[0]][:_MOST]
        return known + [pair for pair in counted if not pair[0]][: _MOST - len(known)]

    def _idf(self, count: int, language: Language) -> float:
        passages = max(int(self._searchers[language].num_docs), count)
        return math.log(1 + (passages - count + 0.5) / (count + 0.5))


class Words:
    """The tantivy indexes in a directory, written by one thread: `remove` and `add`, then `commit`.

    The one for German is made when the first German passage comes.
    """

    def __init__(self, directory: Path, heap: int = HEAP) -> None:
        self._directory, self._heap = directory, heap
        self._parts = {"en": _Part(directory / "en", "en", heap)}
        if (directory / "de").is_dir():
            self._parts["de"] = _Part(directory / "de", "de", heap)

    def add(self, passages: Iterable[tuple[int, str, str]], document: str, terms: Sequence[str]) -> None:
        """Add a document's passages, each (id, language, text with title and headings)."""
        for passage, language, text in passages:
            part = self._german() if language == "de" else self._parts["en"]
            part.add(passage, text, document, terms)

    def _german(self) -> _Part:
        if "de" not in self._parts:
            self._parts["de"] = _Part(self._directory / "de", "de", self._heap)
        return self._parts["de"]

    def remove(self, documents: Sequence[str]) -> None:
        """Take every passage of these documents out."""
        for part in self._parts.values():
            for document in documents:
                part.writer.delete_documents_by_term("document", document)

    def commit(self) -> WordsView:
        for part in self._parts.values():
            part.writer.commit()
        return self.view()

    def view(self) -> WordsView:
        return WordsView({part.language: part.searcher() for part in self._parts.values()})

    def close(self) -> None:
        """Let go of the directory; what was not committed is lost."""
        for part in self._parts.values():
            part.writer.wait_merging_threads()


class _Part:
    """The index of one language."""

    def __init__(self, directory: Path, language: Language, heap: int) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.language = language
        self._index = tantivy.Index(_schema(language), str(directory))
        self._index.register_tokenizer(_LANGUAGES[language], _analyzer(language))
        self.writer = self._index.writer(heap_size=heap, num_threads=1)

    def add(self, passage: int, text: str, document: str, terms: Sequence[str]) -> None:
        entry = tantivy.Document()
        entry.add_text("text", text)
        entry.add_text("document", document)
        for term in terms:
            entry.add_text("terms", term)
        entry.add_integer("passage", passage)
        self.writer.add_document(entry)

    def searcher(self) -> Any:
        self._index.reload()
        return self._index.searcher()


def _any(group: Sequence[str], language: Language) -> Any:
    # Without the constant score of 0 the rarest group would win the ranking.
    schema = _schema(language)
    any_of = tantivy.Query.boolean_query(
        [
            (tantivy.Occur.Should, tantivy.Query.term_query(schema, "terms", term, index_option="basic"))
            for term in group
        ]
    )
    return tantivy.Query.const_score_query(any_of, 0.0)


def _joined(found: Sequence[WordHits]) -> WordHits:
    if len(found) == 1:
        return found[0]
    return WordHits(
        np.concatenate([np.empty(0, np.int64), *(hits.passages for hits in found)]),
        np.concatenate([np.empty(0, np.float32), *(hits.shares for hits in found)]),
        np.concatenate([np.empty(0, np.bool_), *(hits.german for hits in found)]),
    )
