"""Which answers used a document, as the owner of its source may know it: that there are some, and how good they were.

What was asked is shown to whoever asked it alone, and who asked to nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from deskhand.answering import used_records
from deskhand.answering.used_records import UsedIn
from deskhand.catalog.standing_records import owned
from deskhand.nouns import Principal, RedactedText
from deskhand.store import Connection

__all__ = ["Use", "uses"]


@dataclass(frozen=True, slots=True)
class Use:
    """An answer that cites a document in the `version` that it had then.

    `good` and `bad` count what people said of it. Where the reader asked it himself (`mine`) there are its `question`
    and its `conversation`.
    """

    run: str
    asked: datetime
    door: str
    label: str
    version: int
    kept: bool
    good: int
    bad: int
    mine: bool
    conversation: str | None
    question: RedactedText | None


def uses(connection: Connection, document: str, reader: Principal, limit: int, after: str | None = None) -> list[Use]:
    """The answers that cite a document of a source that the reader owns, the last asked first: at most `limit`, after
    the one of the run `after`. Raises `NotFound` for every other document."""
    owned(connection, document, reader)
    own = f"{reader.kind}:{reader.id}"
    return [_as_seen(each, each.asker == own) for each in used_records.used_by(connection, document, limit, after)]


def _as_seen(used: UsedIn, mine: bool) -> Use:
    return Use(
        run=used.run,
        asked=used.asked,
        door=used.door,
        label=used.label,
        version=used.version,
        kept=used.kept,
        good=used.good,
        bad=used.bad,
        mine=mine,
        conversation=used.conversation if mine else None,
        question=used.text if mine else None,
    )
