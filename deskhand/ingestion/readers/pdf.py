"""PDF: pages of paragraphs; a line that the outline names is a heading. A scan without text is said to be one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pypdfium2

from deskhand.errors import Unreadable
from deskhand.ingestion.blocks import Block, Facts, Image, Part, one_line

MOST_PAGES = 20_000
MOST_BOOKMARKS = 5_000
SCAN_PAGES = 200
"""Pages of a scan that are handed to the seeing model."""
BULLET = re.compile(r"^(?:[•◦▪‣·–\-*]\s|\(?\d{1,3}[.)]\s|[a-z]\)\s)")
END = (".", "!", "?", ":", ";", ".”", '."', ".)")


def read(data: bytes, name: str, *, images: bool = False) -> Iterator[Part]:
    """Facts first, then the paragraphs of each page; with `images`, the pages of a scan as pictures.

    Raises `Unreadable` for an encrypted or broken file, and for one without a text layer (unless `images`).
    """
    document = _opened(data)
    try:
        metadata = document.get_metadata_dict(skip_empty=True)
        title = one_line(metadata.get("Title", ""))
        yield Facts(title if len(title) > 2 and not title.lower().endswith((".doc", ".docx", ".indd")) else None)
        count = len(document)
        if count > MOST_PAGES:
            raise Unreadable(f"too large: {count} pages, at most {MOST_PAGES} are read; split the file")
        found = 0
        for block in _pages(document, count):
            found += 1
            yield block
        if not found:
            yield from _scan(document, count, images)
    finally:
        document.close()


def _opened(data: bytes) -> Any:
    if not data.lstrip()[:1024].count(b"%PDF-"):
        raise Unreadable("malformed: it does not begin like a PDF; open it and save it again")
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower() or "security" in str(error).lower():
            raise Unreadable("encrypted: the PDF asks for a password; save it without one") from None
        raise Unreadable("malformed: the PDF's structure is broken; open it and save it again") from None


def _pages(document: Any, count: int) -> Iterator[Block]:
    """Each page's blocks; a sentence that runs over the page's end stays with the page it began on."""
    headings = _outline(document)
    open_end: Block | None = None
    unread = 0
    for number in range(1, count + 1):
        try:
            page = document[number - 1]
            lines = _lines(page)
            page.close()
        except pypdfium2.PdfiumError:
            unread += 1
            continue
        blocks = list(_paragraphs(lines, number, headings.get(number, {})))
        if open_end and blocks and blocks[0].kind == "paragraph" and blocks[0].text[:1].islower():
            open_end = Block("paragraph", _joined(open_end.text, blocks.pop(0).text), page=open_end.page)
        if open_end:
            yield open_end
            open_end = None
        if blocks and blocks[-1].kind == "paragraph" and not blocks[-1].text.endswith(END):
            open_end = blocks.pop()
        yield from blocks
    if open_end:
        yield open_end
    if count and unread == count:
        raise Unreadable("malformed: none of the PDF's pages can be opened; open it and save it again")


def _outline(document: Any) -> dict[int, dict[str, int]]:
    """Page number to the headings that begin on it (as compared: lower case, one line) and their levels."""
    headings: dict[int, dict[str, int]] = {}
    try:
        for mark in islice(document.get_toc(), MOST_BOOKMARKS):
            target = mark.get_dest()
            index = target.get_index() if target is not None else None
            if index is not None:
                headings.setdefault(index + 1, {})[_key(mark.get_title())] = mark.level + 1
    except (pypdfium2.PdfiumError, ValueError, AttributeError):
        return headings
    return headings


def _key(text: str) -> str:
    return re.sub(r"^[\d.]+\s*", "", one_line(text).lower())


def _lines(page: Any) -> list[str]:
    text_page = page.get_textpage()
    text = text_page.get_text_range()
    text_page.close()
    # pdfium writes U+FFFE (or U+0002) for a hyphen that only divides a word at the end of its line.
    text = re.sub(r"[\ufffe\x02]\r?\n?", "", text)
    return [one_line(line) for line in text.splitlines()]


def _paragraphs(lines: list[str], page: int, headings: dict[str, int]) -> Iterator[Block]:
    widths = sorted(len(line) for line in lines if line)
    full = widths[int(len(widths) * 0.8)] if widths else 0
    gathered = ""
    for line in lines:
        level = headings.get(_key(line)) if line else None
        ends = not line or level is not None or bool(BULLET.match(line))
        if gathered and ends:
            yield Block("paragraph", gathered, page=page)
            gathered = ""
        if level is not None:
            yield Block("heading", line, level, page)
            continue
        gathered = _joined(gathered, line) if gathered else line
        if line and len(line) < 0.75 * full and line.endswith(END):
            yield Block("paragraph", gathered, page=page)
            gathered = ""
    if gathered:
        yield Block("paragraph", gathered, page=page)


def _joined(before: str, after: str) -> str:
    if before.endswith("-") and len(before) > 2 and before[-2].isalpha() and after[:1].islower():
        return before[:-1] + after
    return f"{before} {after}"


def _scan(document: Any, count: int, images: bool) -> Iterator[Part]:
    if not count:
        raise Unreadable("empty: the PDF has no pages")
    if not images:
        raise Unreadable(
            "no text layer: its pages are pictures; run text recognition over it, or set a model that sees (seer)"
        )
    import io

    for number in range(1, min(count, SCAN_PAGES) + 1):
        page = document[number - 1]
        picture = io.BytesIO()
        page.render(scale=150 / 72).to_pil().save(picture, "PNG")
        page.close()
        yield Image(picture.getvalue(), "image/png", number)
