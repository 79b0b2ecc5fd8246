"""HTML: headings, paragraphs, lists, tables; scripts, styles and navigation are dropped.

The tree is walked with a list of our own, never by recursion: pages nested a million deep are only long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from deskhand.errors import Unreadable
from deskhand.ingestion.blocks import Block, Facts, Part, one_line, row_text
from deskhand.ingestion.readers.text import MARKS, decode

DROPPED = {
    *("script", "style", "nav", "noscript", "template", "svg", "iframe", "object", "head"),
    *("form", "button", "select", "input", "canvas", "math"),
}
INLINE = {
    *("a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "del", "dfn", "em", "font", "i", "img", "ins", "kbd"),
    *("label", "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u"),
    *("var", "wbr", "-text"),
}
HEADINGS = {f"h{level}": level for level in range(1, 7)}
CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_\-]{2,40})", re.IGNORECASE)


def read(data: bytes, name: str) -> Iterator[Part]:
    """Facts first (title, canonical address), then blocks."""
    tree = _tree(_text(data))
    yield _facts(tree)
    yield from _walk(tree)


def blocks(content: str) -> Iterator[Block]:
    """The blocks of a piece of HTML, as it stands in Markdown or in a mail."""
    return _walk(_tree(content))


def _tree(text: str) -> LexborHTMLParser:
    if not text.strip():
        raise Unreadable("empty: there is no text in it")
    return LexborHTMLParser(text)


def _text(data: bytes) -> str:
    declared = CHARSET.search(data[:2048])
    if declared and not any(data.startswith(mark) for mark, _ in MARKS):
        try:
            return data.decode(declared.group(1).decode("ascii"))
        except (LookupError, UnicodeDecodeError):
            pass
    return decode(data)


def _facts(tree: LexborHTMLParser) -> Facts:
    title = tree.css_first("head > title")
    url = None
    for selector, attribute in (('link[rel="canonical"]', "href"), ('meta[property="og:url"]', "content")):
        node = tree.css_first(selector)
        url = url or (node.attributes.get(attribute) if node is not None else None)
    language = tree.root.attributes.get("lang") if tree.root is not None else None
    named = one_line(title.text()) if title is not None else ""
    return Facts(named or None, url or None, {"lang": language} if language else {})


def _walk(tree: LexborHTMLParser) -> Iterator[Block]:
    """Depth first, leaving and entering elements in turn."""
    root: Any = tree.body if tree.body is not None else tree.root
    page = _Page()
    stack: list[tuple[Any, bool]] = [(root, False)] if root is not None else []
    while stack:
        node, left = stack.pop()
        tag = node.tag
        if left:
            yield from page.leave(tag)
            continue
        if node is not root and node.next is not None:
            stack.append((node.next, False))
        if tag in DROPPED or (tag or "").startswith("_"):
            continue
        if tag == "-text":
            page.add(node.text_content or "")
            continue
        yield from page.enter(tag)
        stack.append((node, True))
        if node.child is not None:
            stack.append((node.child, False))
    yield from page.flush()


class _Page:
    """Text gathered since the last block, and the table we are in."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._header: list[str] = []
        self._cells: list[str] = []
        self._heads = 0
        self._pre = 0
        self._in_cell = 0

    def add(self, text: str) -> None:
        if text:
            self._text.append(text)

    def enter(self, tag: str) -> Iterator[Block]:
        if tag == "br":
            self._text.append("\n")
        elif tag in INLINE or (self._in_cell and tag not in ("td", "th", "tr", "table")):
            self._text.append(" " if tag not in INLINE else "")
        else:
            yield from self.flush()
        if tag == "table":
            self._header, self._cells = [], []
        elif tag == "tr":
            self._cells, self._heads = [], 0
        elif tag in ("td", "th"):
            self._in_cell += 1
        elif tag == "pre":
            self._pre += 1

    def leave(self, tag: str) -> Iterator[Block]:
        if tag in HEADINGS and not self._in_cell:
            yield Block("heading", one_line(self._taken()), HEADINGS[tag])
        elif tag in ("td", "th"):
            self._cells.append(one_line(self._taken()))
            self._heads += tag == "th"
            self._in_cell = max(0, self._in_cell - 1)
        elif tag == "tr":
            yield from self._row()
        elif tag not in INLINE and tag != "br" and not self._in_cell:
            yield from self.flush()
        if tag == "pre":
            self._pre -= 1

    def _row(self) -> Iterator[Block]:
        cells, self._cells = self._cells, []
        if cells and self._heads == len(cells) and not self._header:
            self._header = cells
        elif any(cells):
            yield Block("row", row_text(self._header, cells))

    def flush(self) -> Iterator[Block]:
        text = self._taken()
        if not self._pre:
            text = "\n".join(filter(None, (one_line(line) for line in text.split("\n")))) if "\n" in text else text
        if text.strip():
            yield Block("paragraph", text.strip())

    def _taken(self) -> str:
        pre = self._pre
        text = "".join(part if pre or part == "\n" else re.sub(r"\s+", " ", part) for part in self._text)
        self._text = []
        return text
