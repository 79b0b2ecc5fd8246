"""Mail: subject as title, who wrote to whom and when, the body, and each attachment by its own reader."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage, MIMEPart

from deskhand.errors import Unreadable
from deskhand.ingestion.blocks import Block, Facts, Part, one_line
from deskhand.ingestion.readers.text import paragraphs

DEEPEST = 3
MOST_ATTACHMENTS = 100
HEADERS = ("from", "to", "subject", "date", "message-id", "received")
"""One of them at least makes it a mail; a line with a colon in it makes none."""


def read(data: bytes, name: str, *, depth: int = 0) -> Iterator[Part]:
    """Facts first (subject, from, to, date), then the body's blocks, then each attachment under a heading."""
    message = email.message_from_bytes(data, policy=email.policy.default)
    if not isinstance(message, EmailMessage) or not any(field in message for field in HEADERS):
        raise Unreadable("malformed: it does not begin with the header lines of a mail")
    said = {field: one_line(str(message.get(field, ""))) for field in ("from", "to", "date")}
    said = {field: value for field, value in said.items() if value}
    yield Facts(one_line(str(message.get("subject", ""))) or None, None, said)
    if said:
        yield Block("row", "; ".join(f"{field.capitalize()}: {value}" for field, value in said.items()))
    yield from _body(message)
    for number, part in enumerate(message.iter_attachments(), 1):
        if number <= MOST_ATTACHMENTS and isinstance(part, EmailMessage):
            yield from _attachment(part, number, depth)


def _body(message: EmailMessage) -> Iterator[Block]:
    body = message.get_body(("plain", "html"))
    if body is None:
        return
    text = _text(body)
    if body.get_content_type() == "text/html":
        from deskhand.ingestion.readers.html import blocks

        yield from blocks(text) if text.strip() else ()
    else:
        for paragraph in paragraphs(text.replace("\r\n", "\n")):
            yield Block("paragraph", paragraph)


def _text(part: MIMEPart) -> str:
    try:
        return str(part.get_content())
    except (LookupError, ValueError, AttributeError):
        from deskhand.ingestion.readers.text import decode

        payload = part.get_payload(decode=True)
        return decode(payload) if isinstance(payload, bytes) else ""


def _attachment(part: EmailMessage, number: int, depth: int) -> Iterator[Block]:
    """The blocks of one attachment; one that cannot be read is left out, the mail stays."""
    from deskhand.ingestion.readers import document_parts

    name = one_line(part.get_filename() or f"attachment {number}")
    if part.get_content_type() == "message/rfc822":
        inner = part.get_content()
        data, name = inner.as_bytes(), name if name.endswith(".eml") else f"{name}.eml"
    else:
        payload = part.get_payload(decode=True)
        data = payload if isinstance(payload, bytes) else b""
    if depth >= DEEPEST or not data:
        return
    yield Block("heading", f"Attachment: {name}", 1)
    try:
        for found in document_parts(data, name, depth=depth + 1):
            if isinstance(found, Block):
                level = found.level + 1 if found.kind == "heading" else 0
                yield Block(found.kind, found.text, level, found.page)
    except Unreadable:
        return
