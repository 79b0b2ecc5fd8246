"""Markdown: headings, paragraphs, lists, code, tables; the front matter gives title, url and metadata.

Front matter is YAML between two `---` lines at the top; `title` and `url` are taken, other plain values are metadata.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from deskhand.ingestion.blocks import Block, Facts, Part, row_text
from deskhand.ingestion.readers.text import decode
from deskhand.nouns import Json

FRONT = re.compile(r"\A---[ \t]*\n(.{0,20000}?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
HEADING = re.compile(r"^#{1,6}[ \t]")
STRETCH = 200_000
"""Characters parsed at once: memory stays flat however long the file is."""


def read(data: bytes, name: str) -> Iterator[Part]:
    """Facts first (front matter, or the first level-1 heading as title), then blocks."""
    text = decode(data)
    facts, text = _front_matter(text)
    if facts.title is None:
        first = re.search(r"^#[ \t]+(.+?)[ \t#]*$", text[:STRETCH], re.MULTILINE)
        facts = Facts(_plain(first.group(1)) if first else None, facts.url, facts.metadata)
    yield facts
    parser = MarkdownIt("commonmark").enable("table")
    for stretch in _stretches(text):
        yield from _blocks(parser.parse(stretch))


def _front_matter(text: str) -> tuple[Facts, str]:
    found = FRONT.match(text)
    if not found:
        return Facts(), text
    try:
        said = yaml.safe_load(found.group(1))
    except (yaml.YAMLError, ValueError):
        said = None
    if not isinstance(said, dict):
        return Facts(), text
    metadata: dict[str, Json] = {
        str(key): value if isinstance(value, str | int | float | bool) else str(value)
        for key, value in said.items()
        if key not in ("title", "url") and value is not None and not isinstance(value, dict | list)
    }
    for key, value in said.items():
        if isinstance(value, list) and all(isinstance(one, str | int) for one in value):
            metadata[str(key)] = [str(one) for one in value]
    title, url = said.get("title"), said.get("url")
    return Facts(str(title) if title else None, str(url) if url else None, metadata), text[found.end() :]


def _plain(text: str) -> str:
    """Inline Markdown as it reads: marks of emphasis, code and links are gone."""
    tokens = MarkdownIt("commonmark").parseInline(text)
    return _inline(tokens[0]) if tokens else text


def _stretches(text: str) -> Iterator[str]:
    """`text` cut before headings outside code fences, each at least `STRETCH` long."""
    if len(text) <= STRETCH:
        yield text
        return
    lines: list[str] = []
    size, fence = 0, ""
    for line in text.splitlines(keepends=True):
        mark = FENCE.match(line)
        if mark and (not fence or mark.group(1).startswith(fence)):
            fence = "" if fence else mark.group(1)
        over = size >= STRETCH and not fence and (bool(HEADING.match(line)) or not line.strip())
        if over or size >= 10 * STRETCH:
            yield "".join(lines)
            lines, size = [], 0
        lines.append(line)
        size += len(line)
    yield "".join(lines)


def _blocks(tokens: Sequence[Token]) -> Iterator[Block]:
    header: list[str] = []
    cells: list[str] = []
    opened = ""
    level, in_head, marker = 0, False, ""
    for token in tokens:
        if token.type == "list_item_open":
            marker = f"{token.info}{token.markup} "
        elif token.type in ("heading_open", "th_open", "td_open"):
            opened, level = token.type, int(token.tag[1]) if token.type == "heading_open" else level
        elif token.type == "inline":
            text = _inline(token)
            if opened == "heading_open":
                yield Block("heading", text, level)
            elif opened in ("th_open", "td_open"):
                cells.append(text)
            else:
                yield Block("paragraph", marker + text)
            opened = marker = ""
        elif token.type in ("td_close", "th_close"):
            if opened:  # the cell was empty
                cells.append("")
            opened = ""
        elif token.type in ("fence", "code_block"):
            yield Block("paragraph", token.content)
        elif token.type == "html_block":
            yield from _html(token.content)
        elif token.type == "thead_open":
            in_head = True
        elif token.type == "tr_close":
            if in_head:
                header, in_head = cells, False
            else:
                yield Block("row", row_text(header, cells))
            cells = []


def _html(content: str) -> Iterator[Block]:
    from deskhand.ingestion.readers.html import blocks

    return blocks(content)


def _inline(token: Token) -> str:
    """The text of an inline token: link and image texts stay, addresses go, breaks become spaces."""
    parts: list[str] = []
    for child in token.children or ():
        if child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append("\n" if child.type == "hardbreak" else " ")
        elif child.type == "image":
            parts.append(child.content)
    return "".join(parts)
