"""One reader per format, each from bytes to facts and blocks; the format is told by the end of the file's name.

Readers run in child processes (`deskhand.ingestion.parsing`) and import their libraries when they are first needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from deskhand.errors import Unreadable
from deskhand.ingestion.blocks import Part

DOCUMENTS = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".txt": "text",
    ".text": "text",
    ".log": "text",
    ".rst": "text",
    ".pdf": "pdf",
    ".docx": "docx",
    ".pptx": "pptx",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".eml": "eml",
}
"""Ends of names whose file is one document, and the reader's name."""

EXPORTS = {".csv": "csv", ".tsv": "csv", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl"}
"""Ends of names whose file may hold one document per record (see `readers.exports`)."""

PICTURES = {
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
}
"""Ends of names that only a seeing model can read."""


def ending(name: str) -> str:
    """The end of the file's name that tells its format: ".pdf", in lower case."""
    return PurePosixPath(name).suffix.lower()


def is_export(name: str) -> bool:
    """Whether the file may hold several records."""
    return ending(name) in EXPORTS


def unsupported(name: str) -> Unreadable:
    """The reason for a format that has no reader."""
    known = " ".join(sorted({*DOCUMENTS, *EXPORTS}))
    return Unreadable(f"unsupported format {ending(name) or '(no ending)'!r}; these are read: {known}")


def document_parts(data: bytes, name: str, *, depth: int = 0, images: bool = False) -> Iterator[Part]:
    """The facts and blocks of one file that is one document. Raises `Unreadable`.

    `depth` counts mails within mails; `images` lets scans and pictures come back as `Image`.
    """
    match DOCUMENTS.get(ending(name)):
        case "markdown":
            from deskhand.ingestion.readers import markdown

            yield from markdown.read(data, name)
        case "html":
            from deskhand.ingestion.readers import html

            yield from html.read(data, name)
        case "text":
            from deskhand.ingestion.readers import text

            yield from text.read(data, name)
        case "pdf":
            from deskhand.ingestion.readers import pdf

            yield from pdf.read(data, name, images=images)
        case "docx":
            from deskhand.ingestion.readers import docx

            yield from docx.read(data, name)
        case "pptx":
            from deskhand.ingestion.readers import pptx

            yield from pptx.read(data, name)
        case "xlsx":
            from deskhand.ingestion.readers import xlsx

            yield from xlsx.read(data, name)
        case "eml":
            from deskhand.ingestion.readers import eml

            yield from eml.read(data, name, depth=depth)
        case _:
            yield from _other(data, name, images)


def _other(data: bytes, name: str, images: bool) -> Iterator[Part]:
    if is_export(name):
        from deskhand.ingestion.readers import exports

        yield from exports.whole(data, name)
    elif images and ending(name) in PICTURES:
        from deskhand.ingestion.blocks import Image

        yield Image(data, PICTURES[ending(name)])
    else:
        raise unsupported(name)
