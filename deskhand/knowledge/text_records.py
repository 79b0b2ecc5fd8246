"""A document's text as a reader may read it now: its passages in their order, page by page."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from deskhand.catalog.records import admitted
from deskhand.knowledge.records import passages
from deskhand.nouns import Principal, RedactedText
from deskhand.store import Connection

__all__ = ["Stretch", "Text", "text_of"]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A passage of the text: `heading` is the path of headings above it, `page` counts from 1, `position` from 0."""

    id: int
    position: int
    text: RedactedText
    heading: RedactedText
    page: int | None
    language: str


@dataclass(frozen=True, slots=True)
class Text:
    """Some of a document's passages, of its present `version`; `more` says that others follow."""

    version: int
    passages: tuple[Stretch, ...]
    more: bool


def text_of(connection: Connection, document: str, reader: Principal, after: int, limit: int) -> Text | None:
    """The passages after the position `after` (-1: from the first), at most `limit`; None when the document is not in
    the library, or its access list does not admit the reader."""
    version = admitted(connection, [document], reader).get(document)
    if version is None:
        return None
    of = passages.c
    query = (
        sa.select(of.id, of.position, of.text, of.heading, of.page, of.language)
        .where(of.document_id == document, of.version == version, of.position > after)
        .order_by(of.position)
        .limit(limit + 1)
    )
    found = [
        Stretch(number, position, RedactedText(text), RedactedText(heading), page, language)
        for number, position, text, heading, page, language in connection.execute(query)
    ]
    return Text(version, tuple(found[:limit]), len(found) > limit)
