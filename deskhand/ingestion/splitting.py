"""From redacted blocks to pieces of 150 to 200 words that end with a sentence and stay within a section and a page.

The types force the order: only redacted text goes in, so only redacted text comes out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from deskhand.ingestion.blocks import Kind
from deskhand.nouns import Piece, RedactedText

MOST_WORDS = 200
"""The embedded embedder reads 256 tokens; 200 words of prose stay below."""

LONG_WORD = 12
"""Characters that count as one word where there are no spaces (Chinese, keys, base64)."""

DEEPEST = 6

# A sentence ends after . ! ? … (and closing quotes) before a space and what may begin one.
END = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+(?=[\"'“‘„(\[]*[A-ZÄÖÜÀ-Þ0-9\[])|(?<=[。！？])|\n+")
SHORT = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|approx|incl|fig|no|nr|dr|mr|mrs|ms|prof|st|inc|ltd|co|corp|art|abs|bzw|ca|evtl|ggf|"
    r"inkl|max|min|mio|mrd|sog|str|tel|usw|vgl|z\.\s?b|d\.\s?h|u\.\s?a|o\.\s?ä|s)|\b[A-Za-z]|^\s*\d{1,3})\.$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class RedactedBlock:
    """A block after redaction; see `blocks.Block`."""

    kind: Kind
    text: RedactedText
    level: int = 0
    page: int | None = None


def split(blocks: Iterable[RedactedBlock], title: str = "") -> Iterator[Piece]:
    """The pieces of a document, in order. A heading that only repeats the title is not part of the heading path."""
    path: list[tuple[int, str]] = []
    packer = _Packer()
    page: int | None = None
    for block in blocks:
        if block.kind == "heading":
            yield from packer.close(_path(path, title), page)
            path = [above for above in path if above[0] < block.level][: DEEPEST - 1]
            path.append((block.level, block.text))
            page = block.page
        else:
            if block.page != page:
                yield from packer.close(_path(path, title), page)
                page = block.page
            for unit in _units(block):
                packer.add(unit)
                yield from packer.overflow(_path(path, title), page)
    yield from packer.close(_path(path, title), page)


def sentences(text: str) -> Iterator[str]:
    """The sentences of `text`; a line is at most one. Abbreviations of English and German end none."""
    begin = 0
    for end in END.finditer(text):
        stretch = text[begin : end.start()]
        if "\n" not in end.group() and SHORT.search(stretch[-12:]):
            continue
        if stretch.strip():
            yield text[begin : end.end()]
            begin = end.end()
    if text[begin:].strip():
        yield text[begin:]


def words(text: str) -> int:
    """How much `text` is, in words; what has no spaces counts by its length."""
    return max(len(text.split()), len(text) // LONG_WORD)


@dataclass(frozen=True, slots=True)
class _Unit:
    """What is not divided: a sentence or a table row, and how it joins to what stands before it."""

    text: str
    size: int
    joint: str


def _units(block: RedactedBlock) -> Iterator[_Unit]:
    joint = "\n" if block.kind == "row" else "\n\n"
    found: Iterable[str] = (block.text,) if block.kind == "row" else sentences(block.text)
    for sentence in found:
        for part in _cut(sentence.rstrip()):
            yield _Unit(part, words(part), joint)
        joint = "\n" if sentence.endswith("\n") else " "


def _cut(text: str) -> Iterator[str]:
    """`text`, in parts of at most `MOST_WORDS` when it is longer."""
    while words(text) > MOST_WORDS:
        fits = [match.end() for match in re.finditer(r"\S+\s*", text[: MOST_WORDS * LONG_WORD])][:MOST_WORDS]
        cut = fits[-2] if len(fits) > 1 else MOST_WORDS * LONG_WORD
        yield text[:cut].rstrip()
        text = text[cut:]
    if text.strip():
        yield text


class _Packer:
    """Units waiting to be a piece, at most four pieces' worth: as many can share a rest evenly."""

    def __init__(self) -> None:
        self._units: list[_Unit] = []
        self._size = 0
        self._position = 0

    def add(self, unit: _Unit) -> None:
        self._units.append(unit)
        self._size += unit.size

    def overflow(self, heading: RedactedText, page: int | None) -> Iterator[Piece]:
        """A full piece, once what is left behind is enough for three good ones."""
        while self._size > 4 * MOST_WORDS:
            yield self._take(MOST_WORDS, heading, page)

    def close(self, heading: RedactedText, page: int | None) -> Iterator[Piece]:
        """All that waits, in pieces of about the same size."""
        while self._units:
            yield self._take(self._share(), heading, page)

    def _share(self) -> int:
        """How many words the next piece should have, so that the last one is no crumb."""
        pieces = -(-self._size // MOST_WORDS)
        return MOST_WORDS if pieces == 1 else min(MOST_WORDS, self._size // pieces + 8)

    def _take(self, most: int, heading: RedactedText, page: int | None) -> Piece:
        size = count = 0
        for unit in self._units:
            if count and size + unit.size > most:
                break
            size, count = size + unit.size, count + 1
        taken, self._units = self._units[:count], self._units[count:]
        self._size -= size
        piece = Piece(self._position, _joined(taken), heading, page)
        self._position += 1
        return piece


def _joined(units: Sequence[_Unit]) -> RedactedText:
    text = units[0].text + "".join(unit.joint + unit.text for unit in units[1:])
    # Parts of redacted text, joined, are redacted text.
    return cast(RedactedText, text.strip())


def _path(path: Sequence[tuple[int, str]], title: str) -> RedactedText:
    names = [text for _, text in path]
    if names and names[0] == title:
        names = names[1:]
    return cast(RedactedText, " › ".join(names))
