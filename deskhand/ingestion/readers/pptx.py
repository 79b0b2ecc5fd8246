"""PowerPoint: each slide is a page with its title as heading, its texts, tables and notes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from deskhand.errors import Unreadable
from deskhand.ingestion.blocks import Block, Facts, Part, one_line, row_text
from deskhand.ingestion.readers.archive import checked


def read(data: bytes, name: str) -> Iterator[Part]:
    """Facts first, then the blocks of each slide; a block's page is the slide's number."""
    import pptx

    try:
        deck = pptx.Presentation(checked(data, "ppt/presentation.xml"))
    except (KeyError, ValueError, SyntaxError):
        raise Unreadable("malformed: PowerPoint's parts do not fit together; open it and save it again") from None
    title = one_line(deck.core_properties.title or "")
    yield Facts(title if title and title.lower() != "powerpoint presentation" else None)
    for number, slide in enumerate(deck.slides, 1):
        yield from _slide(slide, number)


def _slide(slide: Any, number: int) -> Iterator[Block]:
    heading = slide.shapes.title
    if heading is not None and heading.text_frame.text.strip():
        yield Block("heading", one_line(heading.text_frame.text), 1, number)
    else:
        yield Block("heading", f"Slide {number}", 1, number)
    for shape in _shapes(slide.shapes):
        if heading is not None and shape.shape_id == heading.shape_id:
            continue
        if getattr(shape, "has_table", False) and shape.has_table:
            yield from _table(shape.table, number)
        elif shape.has_text_frame:
            for paragraph in shape.text_frame.paragraphs:
                yield Block("paragraph", "".join(run.text for run in paragraph.runs) or paragraph.text, page=number)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        notes = slide.notes_slide.notes_text_frame.text
        if notes.strip():
            yield Block("paragraph", f"Notes: {notes}", page=number)


def _shapes(shapes: Any) -> Iterator[Any]:
    """The shapes in order, those in groups too; by a list of our own, since groups may be nested without end."""
    waiting = list(reversed(list(shapes)))
    while waiting:
        shape = waiting.pop()
        if hasattr(shape, "shapes"):
            waiting.extend(reversed(list(shape.shapes)))
        else:
            yield shape


def _table(table: Any, number: int) -> Iterator[Block]:
    header: list[str] | None = None
    for row in table.rows:
        cells = [one_line(cell.text) for cell in row.cells]
        if header is None:
            header = cells if len(cells) > 1 and all(cells) else []
            if header:
                continue
        if any(cells):
            yield Block("row", row_text(header, cells), page=number)
