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
    """Some of a document's passages, of its present `version`; `earlier` and `more` say that there are others before
    and behind them. `place` is the position of the passage that was asked for (None: it is not in this version)."""

    version: int
    passages: tuple[Stretch, ...]
    more: bool
    earlier: bool = False
    place: int | None = None


def text_of(
    connection: Connection,
    document: str,
    reader: Principal,
    after: int,
    limit: int,
    *,
    before: int | None = None,
    around: int | None = None,
) -> Text | None:
    """The passages after the position `after` (-1: from the first), or the last ones before the position `before`, or
    those around the passage with the id `around`; at most `limit`, in their order.

    Where no such passage is in the present version, the text begins with the first. None when the document is not in
    the library, or its access list does not admit the reader.
    """
    version = admitted(connection, [document], reader).get(document)
    if version is None:
        return None
    place = _place(connection, document, version, around) if around is not None else None
    if around is not None:
        after, before = -1 if place is None else place - limit // 2 - 1, None
    of = passages.c
    query = sa.select(of.id, of.position, of.text, of.heading, of.page, of.language).where(
        of.document_id == document, of.version == version
    )
    backwards = before is not None
    query = (
        query.where(of.position < before).order_by(of.position.desc())
        if backwards
        else query.where(of.position > after).order_by(of.position)
    )
    found = [
        Stretch(number, position, RedactedText(text), RedactedText(heading), page, language)
        for number, position, text, heading, page, language in connection.execute(query.limit(limit + 1))
    ]
    others, shown = len(found) > limit, tuple(found[:limit])
    if backwards:
        return Text(version, shown[::-1], more=bool(shown), earlier=others)
    # Positions count from 0 without a gap.
    return Text(version, shown, more=others, earlier=bool(shown) and shown[0].position > 0, place=place)


def _place(connection: Connection, document: str, version: int, passage: int) -> int | None:
    of = passages.c
    query = sa.select(of.position).where(of.id == passage, of.document_id == document, of.version == version)
    return connection.execute(query).scalar_one_or_none()
