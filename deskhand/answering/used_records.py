"""Which documents an answer used: its table and all its SQL."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from deskhand.nouns import Json, RedactedText
from deskhand.store import Connection, metadata

__all__ = ["UsedIn", "answer_documents", "drop", "put_used", "used_by"]

CHUNK = 500
"""Ids in one statement: SQLite takes at most 999 values in older builds."""
_SHOWN = ("run", "conversation", "asker", "asked", "door", "label", "text", "kept_from")

answer_documents = sa.Table(
    "answer_documents",
    metadata,
    sa.Column("run", sa.String(64), sa.ForeignKey("questions.run"), primary_key=True),
    sa.Column("document", sa.String(32), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Index("answer_documents_by_document", "document"),
)
"""A row is a document that the answer of a question cites, in the version that it had then."""


@dataclass(frozen=True, slots=True)
class UsedIn:
    """An answer that cites a document, in the `version` that it had then: `asker` is whose question it was, as in an
    access list, `good` and `bad` how many people called the answer so, `kept` whether it was made for an earlier
    question."""

    run: str
    conversation: str
    asker: str
    asked: datetime
    door: str
    label: str
    text: RedactedText
    version: int
    kept: bool = False
    good: int = 0
    bad: int = 0


def put_used(connection: Connection, run: str, citations: Iterable[Mapping[str, Json]]) -> None:
    """Put on record what the answer of a run that is there cites, in the place of what its answer before did.

    `citations` are an answer's, as JSON.
    """
    drop(connection, [run])
    cited = {each["document"]: each["version"] for each in citations}
    if cited:
        rows = [{"run": run, "document": document, "version": version} for document, version in cited.items()]
        connection.execute(sa.insert(answer_documents), rows)


def used_by(connection: Connection, document: str, limit: int, after: str | None = None) -> list[UsedIn]:
    """The answers that cite a document, whoever asked: the last asked first, at most `limit`, after (older than) the
    run `after` when given."""
    # That file calls this one.
    from deskhand.answering.records import questions

    asked = questions.c
    # Only what orders them is sorted: a question's row holds its whole answer, and thousands may cite one document.
    place = (
        sa.select(asked.run, asked.asked, answer_documents.c.version)
        .join(answer_documents, answer_documents.c.run == asked.run)
        .where(answer_documents.c.document == document)
    )
    if after is not None:
        # The place of an answer that cites the document; of any other nothing is told, not even when it was asked.
        last = place.where(asked.run == after).subquery()
        older = sa.tuple_(asked.asked, asked.run) < sa.tuple_(last.c.asked, last.c.run)
        place = place.join(last, sa.true()).where(older)
    page = place.order_by(asked.asked.desc(), asked.run.desc()).limit(limit).subquery()
    query = sa.select(*(asked[name] for name in _SHOWN), page.c.version).join(page, page.c.run == asked.run)
    rows = connection.execute(query.order_by(asked.asked.desc(), asked.run.desc())).mappings().all()
    said = _said(connection, [row["run"] for row in rows])
    return [_used_in(row, *said.get(row["run"], (0, 0))) for row in rows]


def _said(connection: Connection, runs: Collection[str]) -> dict[str, tuple[int, int]]:
    """How many called the answer of each run good, and how many bad."""
    from deskhand.answering.records import verdicts

    good = sa.func.count().filter(verdicts.c.good)
    query = sa.select(verdicts.c.run, good, sa.func.count() - good).where(verdicts.c.run.in_(runs))
    return {run: (fine, poor) for run, fine, poor in connection.execute(query.group_by(verdicts.c.run))}


def _used_in(row: Mapping[Any, Any], good: int, bad: int) -> UsedIn:
    # SQLite keeps no time zone; what went in was UTC.
    asked = row["asked"] if row["asked"].tzinfo else row["asked"].replace(tzinfo=UTC)
    return UsedIn(
        row["run"],
        row["conversation"],
        row["asker"],
        asked,
        row["door"],
        row["label"],
        RedactedText(row["text"]),
        row["version"],
        row["kept_from"] is not None,
        good,
        bad,
    )


def drop(connection: Connection, runs: Collection[str]) -> None:
    """Forget what the answers of these runs cite."""
    every = sorted(set(runs))
    for start in range(0, len(every), CHUNK):
        part = every[start : start + CHUNK]
        connection.execute(sa.delete(answer_documents).where(answer_documents.c.run.in_(part)))
