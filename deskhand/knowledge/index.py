"""One generation of the index: words and vectors side by side, and how far in the change log it has come.

Everything in it can be made again from the database. To apply a document is to take out what is there under its id
and to put in what the database has now, so applying it twice does no harm, and a crash costs a second look.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from deskhand.knowledge.fusion import Spread
from deskhand.knowledge.home import write_whole
from deskhand.knowledge.matrix import Matrix, MatrixView
from deskhand.knowledge.records import Entry
from deskhand.knowledge.terms import document_key, term_key, terms_of
from deskhand.knowledge.words import Words, WordsView

__all__ = ["FORMAT", "Index", "IndexView", "State"]

FORMAT = 2
"""Raised whenever what is in the files changes; an index of another format is made anew."""


@dataclass(frozen=True, slots=True)
class State:
    """What `state.json` says: of which library, with whose vectors ("" for none), applied up to which change."""

    library: str
    embedder: str = ""
    dimensions: int = 0
    applied: int = 0
    rows: int = 0
    pairs: int = 0
    spread: tuple[float, float, int] | None = None
    format: int = FORMAT


@dataclass(frozen=True, slots=True)
class IndexView:
    """What is committed, to be searched from any thread; `vectors` is None where there is no embedder."""

    words: WordsView
    vectors: MatrixView | None
    embedder: str
    applied: int
    spread: Spread | None


class Index:
    """The files of one generation, written by one thread at a time; `view` may be read from any."""

    def __init__(self, directory: Path, state: State) -> None:
        self.directory = directory
        self.state = state
        self._words = Words(directory / "words")
        self._matrix = (
            Matrix(directory / "vectors", state.dimensions, state.rows, state.pairs) if state.embedder else None
        )
        self.view = self._view(self._words.view())

    @classmethod
    def create(cls, directory: Path, state: State) -> Index:
        made = cls(directory, state)
        made.commit(state.applied)
        return made

    @classmethod
    def open(cls, directory: Path, library: str) -> Index | None:
        """The index in a directory, or None when it is not of this library, or cannot be read: make it anew."""
        try:
            state = State(**json.loads((directory / "state.json").read_text()))
            if (state.format, state.library) != (FORMAT, library):
                return None
            return cls(directory, state)
        except (OSError, ValueError, TypeError):
            return None

    @property
    def wasteful(self) -> bool:
        """Whether so many rows are gone that a new generation would pay."""
        return self._matrix is not None and self._matrix.dead > max(10_000, self._matrix.count // 2)

    @property
    def needs_spread(self) -> bool:
        """Whether the spread of the cosines was not measured yet, or on less than half of what is here now."""
        measured = self.state.spread[2] if self.state.spread else 0
        return bool(self.state.embedder) and self.state.rows >= 50 and self.state.rows >= 2 * measured

    def apply(self, entries: Sequence[Entry], *, new: bool = False) -> None:
        """Put documents as they are now in the place of what is there of them; `new`: nothing is there."""
        if not new:
            self._words.remove([entry.document for entry in entries])
            if self._matrix is not None:
                self._matrix.remove([document_key(entry.document) for entry in entries])
        for entry in entries:
            terms = terms_of(entry.access, entry.source, entry.metadata)
            self._words.add(((part.id, part.language, part.text) for part in entry.parts), entry.document, terms)
        if self._matrix is not None:
            _add_vectors(self._matrix, entries)

    def commit(self, applied: int) -> None:
        """Make what was applied last, and show it; `applied` is the number of the last change in it."""
        if self._matrix is not None:
            vectors = self._matrix.commit()
            self.state = replace(self.state, rows=self._matrix.count, pairs=self._matrix.pairs)
        words = self._words.commit()
        self.state = replace(self.state, applied=applied)
        write_whole(self.directory / "state.json", json.dumps(asdict(self.state)))
        self.view = self._view(words, vectors if self._matrix is not None else None)

    def set_spread(self, spread: Spread) -> None:
        """Keep the measured spread of the embedder's cosines with the index."""
        self.state = replace(self.state, spread=(spread.mean, spread.deviation, self.state.rows))
        write_whole(self.directory / "state.json", json.dumps(asdict(self.state)))
        self.view = replace(self.view, spread=spread)

    def close(self) -> None:
        self._words.close()
        if self._matrix is not None:
            self._matrix.close()

    def _view(self, words: WordsView, vectors: MatrixView | None = None) -> IndexView:
        if vectors is None and self._matrix is not None:
            vectors = self._matrix.commit()
        spread = Spread(*self.state.spread[:2]) if self.state.spread else None
        return IndexView(words, vectors, self.state.embedder, self.state.applied, spread)


def _add_vectors(matrix: Matrix, entries: Sequence[Entry]) -> None:
    blobs: list[bytes] = []
    passages: list[int] = []
    documents: list[int] = []
    terms: list[tuple[int, list[int]]] = []
    for entry in entries:
        found = [(part.id, part.vector) for part in entry.parts if part.vector is not None]
        if not found:
            continue
        passages += [number for number, _ in found]
        blobs += [vector for _, vector in found]
        documents += [document_key(entry.document)] * len(found)
        keys = [term_key(term) for term in terms_of(entry.access, entry.source, entry.metadata)]
        terms.append((len(found), keys))
    matrix.add(blobs, passages, documents, terms)
