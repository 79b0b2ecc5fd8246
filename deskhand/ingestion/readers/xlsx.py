"""Excel: each sheet is a heading, each row a text with the names of its columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time

from deskhand.errors import Unreadable
from deskhand.ingestion.blocks import Block, Part, one_line, row_text
from deskhand.ingestion.readers.archive import checked

LOOK = 20
"""Rows at the top among which the row of column names is looked for."""


def read(data: bytes, name: str) -> Iterator[Part]:
    """A heading for each sheet, then its rows. Formulas read as the values they had when the file was saved."""
    import python_calamine

    try:
        book = python_calamine.load_workbook(checked(data, "xl/workbook.xml"))
        names = list(book.sheet_names)
    except python_calamine.CalamineError:
        raise Unreadable("malformed: Excel's parts do not fit together; open it and save it again") from None
    for sheet in names:
        yield Block("heading", sheet, 1)
        try:
            yield from _rows(book.get_sheet_by_name(sheet).iter_rows())
        except python_calamine.CalamineError:
            continue  # a sheet of charts has no cells


def _rows(rows: Iterable[Sequence[object]]) -> Iterator[Block]:
    header: list[str] | None = None
    for number, values in enumerate(rows):
        cells = [cell_text(value) for value in values]
        if not any(cells):
            continue
        if header is None and number < LOOK:
            if _names(values):
                header = cells
                continue
            # One filled cell above the table is its caption.
            header = None if sum(map(bool, cells)) == 1 else []
        yield Block("row", row_text(header or [], cells))


def _names(values: Sequence[object]) -> bool:
    filled = [value for value in values if value not in ("", None)]
    return len(filled) > 1 and all(isinstance(value, str) for value in filled)


def cell_text(value: object) -> str:
    """A cell as a person reads it: 3.0 is "3", a midnight is a day."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    return one_line(str(value))
