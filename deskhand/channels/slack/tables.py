"""Tables: where a table block would break a limit, aligned text stands for it; no cell is lost."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from markdown_it.token import Token

from deskhand.channels.slack.inline import inline
from deskhand.channels.slack.richtext import Block, said, section, size

ROWS, COLUMNS = 100, 20
CHARACTERS, TEXT, CELL = 8_000, 3_000, 1_800
"""Of a table block as JSON, of its text, and of one cell's text; Slack takes 10,000 in all cells."""
FILLED = 40
"""Characters up to which a column of aligned text is filled up with spaces."""

_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")


def table(tokens: Sequence[Token]) -> tuple[Block | None, str]:
    """A table block (None when it would break a limit), and the same as aligned text."""
    rows = list(_rows(tokens))
    aligns = [_alignment(token) for token in tokens if token.type == "th_open"]
    words = [["".join(_written(cell)) for cell in row] for row in rows]
    block: Block = {
        "type": "table",
        "rows": [[_cell(cell) for cell in row] for row in rows],
        "column_settings": [{"align": each, "is_wrapped": True} for each in aligns],
    }
    return block if _fits(block, words) else None, _aligned(words, aligns)


def with_whole_rows(text: str, tokens: Sequence[Token]) -> str:
    """The text again, with those pipes escaped at which Markdown would tear code apart or drop surplus cells."""
    lines = text.split("\n")
    for at, token in enumerate(tokens):
        if token.type == "table_open" and token.map:
            columns = _columns(tokens, at)
            for n in range(token.map[0], min(token.map[1], len(lines))):
                lines[n] = _escaped_row(lines[n], columns)
    return "\n".join(lines)


def _columns(tokens: Sequence[Token], at: int) -> int:
    count = 0
    for token in tokens[at:]:
        if token.type == "thead_close":
            break
        count += token.type == "th_open"
    return count


def _escaped_row(line: str, columns: int) -> str:
    """A row whose pipes in code, and those beyond the last column, do not begin a cell."""
    line = _CODE_SPAN.sub(lambda found: re.sub(r"(?<!\\)\|", r"\\|", found[0]), line)
    bars = [found.start() for found in re.finditer(r"(?<!\\)\|", line)]
    lead = bool(bars) and not line[: bars[0]].strip(" \t>")
    inner = bars[columns - 1 + lead :]
    if inner and not line[inner[-1] + 1 :].strip():
        inner = inner[:-1]
    if not inner or not line[inner[0] :].strip(" \t|"):
        return line
    for bar in reversed(inner):
        line = f"{line[:bar]}\\{line[bar:]}"
    return line


def _rows(tokens: Sequence[Token]) -> Iterator[list[list[Block]]]:
    row: list[list[Block]] = []
    for token in tokens:
        if token.type == "tr_open":
            row = []
        elif token.type == "inline":
            row.append(inline(token.children or []))
        elif token.type == "tr_close":
            yield row


def _written(cell: Sequence[Block]) -> Iterator[str]:
    """A cell's words where it cannot have links."""
    for n, each in enumerate(cell):
        yield each["text"]
        url = each.get("url", "")
        if url not in {"", each["text"]} and (n + 1 == len(cell) or cell[n + 1].get("url") != url):
            yield f" ({url})"


def _alignment(token: Token) -> str:
    return str(token.attrs.get("style", "text-align:left")).removeprefix("text-align:")


def _cell(elements: list[Block]) -> Block:
    """A table's cell; Slack refuses one without any character."""
    if any(each["type"] != "text" or "style" in each for each in elements):
        return {"type": "rich_text", "elements": [section(elements)]}
    return {"type": "raw_text", "text": "".join(each["text"] for each in elements) or " "}


def _fits(block: Block, words: list[list[str]]) -> bool:
    return (
        len(words) <= ROWS
        and len(words[0]) <= COLUMNS
        and size(block) <= CHARACTERS
        and len(said(block)) <= TEXT
        and all(len(cell) <= CELL for row in words for cell in row)
    )


def _aligned(rows: list[list[str]], aligns: Sequence[str]) -> str:
    """A table as lines of text whose columns stand under each other in a fixed-width font."""
    widths = [min(FILLED, max(_width(row[n]) for row in rows)) for n in range(len(rows[0]))]
    lines = [" | ".join(_padded(*each) for each in zip(row, widths, aligns, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "-+-".join("-" * width for width in widths), *lines[1:]])


def _padded(text: str, width: int, align: str) -> str:
    room = max(0, width - _width(text))
    left = {"left": 0, "right": room}.get(align, room // 2)
    return " " * left + text + " " * (room - left)


def _width(text: str) -> int:
    """Columns that a text takes in a fixed-width font."""
    return sum(
        0 if unicodedata.combining(each) or each in "\u200d\ufe0f" else 1 + (unicodedata.east_asian_width(each) in "WF")
        for each in text
    )
