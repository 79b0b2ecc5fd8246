"""What somebody asked, found again: conversations listed, searched and read from their ends, and one's own verdicts.

A search goes through questions alone, which are its reader's own words; answers rest on what a right may close later.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from deskhand.answering.records import QuestionRow, aware, conversations, question, questions, questions_where, verdicts
from deskhand.nouns import RedactedText, Verdict
from deskhand.store import Connection


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """A conversation as it is on record; its title is its first question. `found` is the last question in it that a
    search met, where there was a search."""

    id: str
    owner: str
    door: str
    title: RedactedText
    began: datetime
    changed: datetime
    found: RedactedText | None = None


def conversation(connection: Connection, id: str, owner: str) -> ConversationRow | None:
    where = (conversations.c.id == id) & (conversations.c.owner == owner)
    return next(iter(_conversations(connection, where, 1)), None)


def conversations_of(
    connection: Connection, owner: str, limit: int, after: str | None, words: Sequence[str] = ()
) -> list[ConversationRow]:
    """The owner's conversations, the last changed first; those after the conversation `after` when given (none where it
    is not there). With `words` only those in which one question has them all, in any case."""
    where: sa.ColumnElement[bool] = conversations.c.owner == owner
    if after is not None:
        last = conversation(connection, after, owner)
        if last is None:
            return []
        # In this form the index is gone into where the page begins, which an "or" alone would forbid.
        older = (conversations.c.changed < last.changed) | (conversations.c.id < last.id)
        where = where & (conversations.c.changed <= last.changed) & older
    return _conversations(connection, where, limit, words)


def last_questions_of(
    connection: Connection, conversation: str, limit: int | None, before: int | None
) -> list[QuestionRow]:
    """A conversation's questions, oldest first: those in the last `limit` places (None: in all), `before` a place when
    given. Labels that were asked side by side share a place."""
    where = questions.c.conversation == conversation
    if before is not None:
        where = where & (questions.c.position < before)
    if limit is not None:
        places = sa.select(questions.c.position).distinct().where(where).order_by(questions.c.position.desc())
        first = connection.scalar(sa.select(sa.func.min(places.limit(limit).subquery().c.position)))
        if first is None:
            return []
        where = where & (questions.c.position >= first)
    return questions_where(connection, where, questions.c.position, questions.c.label)


def questions_by(connection: Connection, asker: str, limit: int, after: str | None) -> list[QuestionRow]:
    """The asker's questions, newest first; those after (older than) the run `after` when given (none, where it is not
    theirs)."""
    where = questions.c.asker == asker
    if after is not None:
        last = question(connection, after)
        if last is None or last.asker != asker:
            return []
        older = (questions.c.asked < last.asked) | (questions.c.run < last.run)
        where = where & (questions.c.asked <= last.asked) & older
    return questions_where(connection, where, questions.c.asked.desc(), questions.c.run.desc(), limit=limit)


def texts_of(connection: Connection, asker: str, runs: Collection[str]) -> dict[str, str]:
    """What the asker asked in these runs, by run."""
    query = sa.select(questions.c.run, questions.c.text).where(questions.c.run.in_(runs), questions.c.asker == asker)
    return {row.run: row.text for row in connection.execute(query)}


def verdicts_by(connection: Connection, by: str, runs: Collection[str]) -> dict[str, Verdict]:
    """What one person said of these runs' answers, by run."""
    query = sa.select(verdicts).where(verdicts.c.by == by, verdicts.c.run.in_(runs))
    return {
        row.run: Verdict(row.run, row.by, row.good, row.reason, row.better)
        for row in (connection.execute(query) if runs else ())
    }


def _conversations(
    connection: Connection, where: sa.ColumnElement[bool], limit: int, words: Sequence[str] = ()
) -> list[ConversationRow]:
    found: sa.ColumnElement[Any] = sa.null()
    if words:
        its_own = (questions.c.conversation == conversations.c.id) & sa.and_(*map(_holds, words))
        last = sa.select(questions.c.text).where(its_own).order_by(questions.c.position.desc(), questions.c.label)
        found = last.limit(1).scalar_subquery()
        where = where & sa.exists().where(its_own)
    order = (conversations.c.changed.desc(), conversations.c.id.desc())
    query = sa.select(conversations, found.label("found")).where(where).order_by(*order).limit(limit)
    return [
        ConversationRow(
            row["id"],
            row["owner"],
            row["door"],
            RedactedText(row["title"]),
            aware(row["began"]),
            aware(row["changed"]),
            RedactedText(row["found"]) if row["found"] is not None else None,
        )
        for row in connection.execute(query).mappings()
    ]


def _holds(word: str) -> sa.ColumnElement[bool]:
    return sa.or_(*(questions.c.text.icontains(form, autoescape=True) for form in _forms(word)))


def _forms(word: str) -> Iterator[str]:
    # SQLite knows small and capital letters of ASCII only.
    yield word.lower()
    if not word.isascii():
        yield word.upper()
        yield word.capitalize()
