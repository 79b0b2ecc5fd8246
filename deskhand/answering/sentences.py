"""Text into sentences, each with where it stands, so that a quote is always a slice of its passage.

A list item, a table row and a heading count as a sentence; a line that goes on in small letters was only wrapped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_ABBREVIATIONS = frozenset(
    re.split(
        r"\s+",
        "mr mrs ms dr prof sr jr st vs etc e.g i.e eg ie fig no nos vol approx inc ltd co corp dept est gen gov rep "
        "sen u.s u.k a.m p.m z.b d.h bzw ca nr usw vgl inkl evtl ggf abs art tel str",
    )
)
_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s)|[。！？]")
_LINE = re.compile(r"[^\n]+")
_ITEM = re.compile(r"\s*(?:[-*•+▪–]|\(?\d{1,3}[.)]|[a-z][.)])\s+")
_STRUCTURE = re.compile(r"\s*(?:[-*•+▪–]\s|\(?\d{1,3}[.)]\s|[a-z][.)]\s|\||#{1,6}\s|>)")


@dataclass(frozen=True, slots=True)
class Sentence:
    """`text` stands at `start` up to `end` of its passage; `block` counts paragraphs and list items from 0."""

    text: str
    start: int
    end: int
    block: int
    item: bool = False


def sentences(text: str) -> list[Sentence]:
    """The sentences of `text`, in order; white space around them is left out."""
    found = []
    for number, (start, end) in enumerate(blocks(text)):
        item = _ITEM.match(text, start, end) is not None
        for left, right in _split(text, start, end):
            found.append(Sentence(text[left:right], left, right, number, item))
    return found


def blocks(text: str) -> list[tuple[int, int]]:
    """Where paragraphs, list items, rows and headings begin and end."""
    found: list[tuple[int, int]] = []
    for line in _LINE.finditer(text):
        if not line[0].strip():
            continue
        if found and _goes_on(text, found[-1], line):
            found[-1] = (found[-1][0], line.end())
        else:
            found.append((line.start(), line.end()))
    return found


def _goes_on(text: str, last: tuple[int, int], line: re.Match[str]) -> bool:
    """Whether a line is the wrapped rest of the block before it."""
    if text[last[1] : line.start()].count("\n") != 1 or _STRUCTURE.match(line[0]):
        return False
    before, first = text[: last[1]].rstrip()[-1:], line[0].lstrip()[:1]
    return before not in ".!?:;|…" and (first.islower() or before in ",-")


def _split(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    left = _skip(text, start, end)
    for match in _END.finditer(text, left, end):
        if match.end() >= end or not _ends(text, left, match):
            continue
        yield left, match.end()
        left = _skip(text, match.end(), end)
    right = end
    while right > left and text[right - 1].isspace():
        right -= 1
    if right > left:
        yield left, right


def _skip(text: str, left: int, end: int) -> int:
    while left < end and text[left].isspace():
        left += 1
    return left


def _ends(text: str, left: int, match: re.Match[str]) -> bool:
    if not match[0].startswith("."):
        return True
    word = re.split(r"[\s(\[\"'„“]", text[left : match.start()])[-1].casefold()
    after = text[match.end() :].lstrip()[:1]
    if word == "no" and not after.isdigit():
        return True
    if word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha()) or after.islower():
        return False
    # "am 3. Mai", and the "1." of a list item
    return not (word.isdigit() and len(word) < 3)
