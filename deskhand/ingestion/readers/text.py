"""Plain text: paragraphs between blank lines; bytes are decoded by their mark, as UTF-8, then as Windows-1252."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from deskhand.errors import Unreadable
from deskhand.ingestion.blocks import Block, Part

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SAMPLE = 65_536
# A private key keeps its blank lines: redaction must see it whole to take it out whole.
KEY = re.compile(r"-----BEGIN [A-Z0-9 ]{3,40}-----.*?(?:-----END [A-Z0-9 ]{3,40}-----|\Z)", re.DOTALL)
BLANK = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")


def decode(data: bytes) -> str:
    """The text in `data`, with line ends as "\\n". Raises `Unreadable` when it is none in a known encoding."""
    return _decoded(data).replace("\r\n", "\n").replace("\r", "\n")


def _decoded(data: bytes) -> str:
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return _strictly(data, encoding)
    sample = data[:SAMPLE]
    if b"\0" in sample:
        return _strictly(data, _two_bytes(sample))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = _strictly(data, "cp1252")
    if _controls(text[:SAMPLE]) > 0.005:
        raise _undecodable()
    return text


def _two_bytes(sample: bytes) -> str:
    """Which UTF-16 it is when zeros stand in every second place: English text without a mark."""
    half = len(sample) // 2
    odd, even = sample[1::2].count(0), sample[0::2].count(0)
    if half and odd > 0.6 * half and even < 0.1 * half:
        return "utf-16-le"
    if half and even > 0.6 * half and odd < 0.1 * half:
        return "utf-16-be"
    raise _undecodable()


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise _undecodable() from None


def _controls(text: str) -> float:
    """Share of control characters."""
    count = sum(1 for c in text if (c < " " and c not in "\n\r\t\f") or "\x7f" <= c <= "\x9f")
    return count / max(1, len(text))


def _undecodable() -> Unreadable:
    return Unreadable("undecodable text: it is neither UTF-8, UTF-16 nor Windows-1252; save it as UTF-8")


def paragraphs(text: str) -> Iterator[str]:
    """The stretches of `text` between blank lines; a private key is one stretch."""
    begin = 0
    for key in KEY.finditer(text):
        yield from _stretches(text[begin : key.start()])
        yield key.group()
        begin = key.end()
    yield from _stretches(text[begin:])


def _stretches(text: str) -> Iterator[str]:
    begin = 0
    for gap in BLANK.finditer(text):
        yield text[begin : gap.start()]
        begin = gap.end()
    yield text[begin:]


def read(data: bytes, name: str) -> Iterator[Part]:
    """A paragraph block for each paragraph."""
    for paragraph in paragraphs(decode(data)):
        yield Block("paragraph", paragraph)
