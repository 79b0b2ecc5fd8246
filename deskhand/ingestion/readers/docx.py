"""Word: headings, paragraphs and tables in the order of the document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from deskhand.errors import Unreadable
from deskhand.ingestion.blocks import Block, Facts, Part, one_line, row_text
from deskhand.ingestion.readers.archive import checked

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
HEADING = re.compile(r"^heading (\d)$", re.IGNORECASE)


def read(data: bytes, name: str) -> Iterator[Part]:
    """Facts first (the document's title), then blocks. Word files know no pages."""
    import docx

    try:
        document = docx.Document(checked(data, "word/document.xml"))
    except (KeyError, ValueError, SyntaxError):
        raise Unreadable("malformed: Word's parts do not fit together; open it and save it again") from None
    yield Facts(one_line(document.core_properties.title or "") or None)
    levels = _levels(document)
    for element in document.element.body.iterchildren():
        if element.tag == f"{W}p":
            yield from _paragraph(element, levels)
        elif element.tag == f"{W}tbl":
            yield from _table(element)


def _levels(document: Any) -> dict[str, int]:
    """Style id to heading level: found once, since python-docx looks a style up anew for each paragraph."""
    levels = {}
    for style in document.styles:
        found = HEADING.match(style.name or "")
        if found:
            levels[style.style_id] = int(found.group(1))
        elif (style.name or "").lower() == "title":
            levels[style.style_id] = 1
    return levels


def _paragraph(element: Any, levels: dict[str, int]) -> Iterator[Block]:
    text = _text(element)
    style = element.find(f"{W}pPr/{W}pStyle")
    level = levels.get(style.get(f"{W}val")) if style is not None else None
    if text.strip():
        yield Block("heading", one_line(text), level) if level else Block("paragraph", text)


def _text(element: Any) -> str:
    signs = {f"{W}tab": "\t", f"{W}br": "\n", f"{W}cr": "\n"}
    parts = (signs.get(node.tag) or node.text or "" for node in element.iter(f"{W}t", *signs))
    return "".join(parts)


def _table(table: Any) -> Iterator[Block]:
    header: list[str] | None = None
    for row in table.iterchildren(f"{W}tr"):
        cells = [one_line(" ".join(_text(p) for p in cell.iter(f"{W}p"))) for cell in row.iterchildren(f"{W}tc")]
        if header is None:
            header = cells if len(cells) > 1 and all(cells) else []
            if header:
                continue
        if any(cells):
            yield Block("row", row_text(header, cells))
