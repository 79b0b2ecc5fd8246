"""What a reader makes of a file: facts about it, and blocks of text in reading order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from deskhand.nouns import Json

Kind = Literal["heading", "paragraph", "row"]

LONGEST_BLOCK = 50_000
"""Characters of one block; longer text is cut at a space, so that no message and no redaction grows with the file."""


@dataclass(frozen=True, slots=True)
class Block:
    """A heading (`level` 1 is the highest), a paragraph, or one row of a table with its column names in the text.

    `page` counts from 1 and is None where the format has no pages; a slide is a page.
    """

    kind: Kind
    text: str
    level: int = 0
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Image:
    """A picture that stands for text: the bytes, their media type, and the page it is on."""

    data: bytes
    media_type: str
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What a file says of itself. None and empty mean that it says nothing."""

    title: str | None = None
    url: str | None = None
    metadata: Mapping[str, Json] = field(default_factory=dict)


Part = Facts | Block | Image


def cleaned(text: str) -> str:
    """`text` without what no database takes: NUL, other control characters, halves of surrogate pairs."""
    if text.isascii() and text.isprintable():
        return text.strip()
    kept = "".join(c if c >= " " or c in "\n\t" else " " for c in text if c not in "\ufeff\ufffe\uffff\u200b\u00ad")
    return kept.replace("\u00a0", " ").encode("utf-8", "replace").decode("utf-8").strip()


def bounded(block: Block) -> Iterator[Block]:
    """The block, cleaned, in stretches of at most `LONGEST_BLOCK` characters; nothing when it has no text."""
    text = cleaned(block.text)
    while len(text) > LONGEST_BLOCK:
        cut = text.rfind(" ", LONGEST_BLOCK // 2, LONGEST_BLOCK)
        cut = cut if cut > 0 else LONGEST_BLOCK
        yield Block(block.kind, text[:cut], block.level, block.page)
        text = text[cut:].strip()
    if text:
        yield Block(block.kind, text, block.level, block.page)


def row_text(header: list[str], cells: list[str]) -> str:
    """One table row as text that stands alone: "Plan: Pro; Price: 20 EUR". Empty cells are left out.

    Without a header the cells are joined by " | ".
    """
    if not header:
        return " | ".join(cell for cell in cells if cell)
    named = zip(header + [""] * (len(cells) - len(header)), cells, strict=False)
    return "; ".join(f"{name}: {cell}" if name else cell for name, cell in named if cell)


def one_line(text: str) -> str:
    """`text` with every run of white space as one space."""
    return " ".join(text.split())
