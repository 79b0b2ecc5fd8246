"""The tables of conversations and questions, and all their SQL. Texts in here have been through redaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from deskhand.answering import cache_records, used_records
from deskhand.answering.cache_records import Entry, KeptAnswer, KeptStats, answer_flights
from deskhand.nouns import Json, Reader, RedactedText, RunState, Verdict
from deskhand.store import Connection, metadata, utc_now
from deskhand.store.bell import ring_others

DOCUMENT_LONGEST = 32
"""Characters of a document's id."""

conversations = sa.Table(
    "conversations",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("owner", sa.String(400), nullable=False),
    sa.Column("door", sa.String(64), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("began", sa.DateTime(timezone=True), nullable=False),
    sa.Column("changed", sa.DateTime(timezone=True), nullable=False),
    sa.Index("conversations_by_owner", "owner", "changed"),
)

questions = sa.Table(
    "questions",
    metadata,
    sa.Column("run", sa.String(64), primary_key=True),
    sa.Column("conversation", sa.String(64), sa.ForeignKey("conversations.id"), nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("asker", sa.String(400), nullable=False),
    sa.Column("door", sa.String(64), nullable=False),
    sa.Column("event", sa.String(400)),
    sa.Column("label", sa.String(200), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("asked", sa.DateTime(timezone=True), nullable=False),
    sa.Column("ended", sa.DateTime(timezone=True)),
    sa.Column("answer", sa.JSON(none_as_null=True)),
    sa.Column("error", sa.Text, nullable=False, default=""),
    sa.Column("audience", sa.String(200)),
    sa.Column("given", sa.JSON(none_as_null=True)),
    sa.Column("document", sa.String(DOCUMENT_LONGEST)),
    sa.Column("kept_from", sa.String(64)),
    sa.Column("guarded", sa.JSON(none_as_null=True)),
    sa.Index("questions_by_conversation", "conversation", "position"),
    sa.Index("questions_by_asker", "asker", "asked"),
    sa.Index("questions_by_event", "asker", "door", "event", "label", unique=True),
    sa.Index("questions_by_end", "ended"),
)

verdicts = sa.Table(
    "verdicts",
    metadata,
    sa.Column("run", sa.String(64), sa.ForeignKey("questions.run"), primary_key=True),
    sa.Column("by", sa.String(400), primary_key=True),
    sa.Column("good", sa.Boolean, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("better", sa.Text, nullable=False, server_default=""),
)


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A question as it is on record; `answer` is the answer's JSON once there is one, `position` counts from 1.

    `audience` is who reads along (None: the asker alone), `given` what came with it, kept here until it is answered.
    `document` is the one document that it is about (None: the library). `kept_from` is the run that made its answer,
    where that was kept from an earlier question. `guarded` is what a guardrail said, without a text.
    """

    run: str
    conversation: str
    position: int
    asker: str
    door: str
    label: str
    text: RedactedText
    language: str
    state: RunState
    asked: datetime
    ended: datetime | None = None
    answer: Json = None
    error: str = ""
    audience: str | None = None
    given: Json = None
    document: str | None = None
    kept_from: str | None = None
    guarded: Json = None

    @property
    def without_run(self) -> bool:
        """Whether it has ended without a run: with a kept answer, or stopped at the door."""
        kept = self.kept_from is not None and bool(self.answer and self.answer.get("made"))
        return kept or self.stopped

    @property
    def stopped(self) -> bool:
        """Whether a guardrail let the question not in."""
        return any(each["where"] == "question" and each["action"] == "BLOCKED" for each in self.guarded or ())


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that has ended, for counting: `outcome` is "answered", "refused", "failed" or "cancelled", `seconds` from
    question to end, `kept` whether it was given an answer that was kept; nothing of what was asked or by whom."""

    run: str
    door: str
    outcome: str
    seconds: float
    at: datetime
    kept: bool = False


@dataclass(frozen=True, slots=True)
class NewQuestion:
    """What is put on record: one question, with one run for each label."""

    conversation: str
    runs: Sequence[tuple[str, str]]
    asker: str
    door: str
    event: str | None
    text: RedactedText
    language: str
    begins: bool
    audience: str | None = None
    given: Json = None
    document: str | None = None
    kept: Mapping[str, KeptAnswer] = field(default_factory=dict)
    """Kept answers by label, for `reader`; with `must_begin` they count only where nothing was asked before in the
    conversation."""
    reader: Reader | None = None
    must_begin: bool = True
    dead: Sequence[str] = ()
    """References of kept answers that were met and cannot be given any more."""
    stopped: Json = None
    """The answer of a question that a guardrail stopped."""
    guarded: Json = None
    """What a guardrail said of the question."""


def put_question(connection: Connection, new: NewQuestion) -> list[QuestionRow] | None:
    """Put a question on record, or give back what the same event of the same asker put there before. Where a kept
    answer still may be given, the question has ended with it.

    None when it goes on with a conversation that is not the asker's own.
    """
    earlier = by_event(connection, new.asker, new.door, new.event) if new.event is not None else []
    if earlier:
        return earlier
    now = utc_now()
    owner = connection.scalar(sa.select(conversations.c.owner).where(conversations.c.id == new.conversation))
    if owner is None and new.begins:
        row = {"id": new.conversation, "owner": new.asker, "door": new.door, "title": new.text[:200]}
        connection.execute(conversations.insert().values(**row, began=now, changed=now))
    elif owner != new.asker:
        return None
    else:
        connection.execute(conversations.update().where(conversations.c.id == new.conversation).values(changed=now))
    at = sa.select(sa.func.max(questions.c.position)).where(questions.c.conversation == new.conversation)
    position = (connection.scalar(at) or 0) + 1
    cache_records.forget(connection, new.dead)
    kept = {} if new.must_begin and position > 1 else _still_kept(connection, new)
    rows = [_values(new, run, label, position, now, kept.get(label)) for run, label in new.runs]
    connection.execute(questions.insert(), rows)
    for put in rows:
        if put["answer"]:
            used_records.put_used(connection, put["run"], put["answer"]["citations"])
    return [found for run, _ in new.runs if (found := question(connection, run)) is not None]


def _still_kept(connection: Connection, new: NewQuestion) -> dict[str, KeptAnswer]:
    """The kept answers that may be given at this moment."""
    if new.reader is None:
        return {}
    reader = new.reader
    return {label: kept for label, kept in new.kept.items() if cache_records.may_have(connection, kept, reader)}


def _values(
    new: NewQuestion, run: str, label: str, position: int, now: datetime, kept: KeptAnswer | None
) -> dict[str, Any]:
    answer = new.stopped if kept is None else kept.answer
    return {
        "run": run,
        "conversation": new.conversation,
        "position": position,
        "asker": new.asker,
        "door": new.door,
        "event": new.event,
        "label": label,
        "text": new.text,
        "language": new.language,
        "state": "waiting" if answer is None else "finished",
        "asked": now,
        "ended": None if answer is None else now,
        "answer": answer,
        "error": "",
        "audience": new.audience,
        "given": new.given if answer is None else None,
        "document": new.document,
        "kept_from": None if kept is None else kept.run,
        "guarded": new.guarded,
    }


def by_event(connection: Connection, asker: str, door: str, event: str | None) -> list[QuestionRow]:
    """What an event put on record, in the order of its labels' run ids."""
    where = (questions.c.asker == asker) & (questions.c.door == door) & (questions.c.event == event)
    return questions_where(connection, where, questions.c.run)


def question(connection: Connection, run: str) -> QuestionRow | None:
    return next(iter(questions_where(connection, questions.c.run == run, questions.c.run)), None)


def questions_of(connection: Connection, conversation: str, before: int | None = None) -> list[QuestionRow]:
    """A conversation's questions, oldest first; `before` a position when given."""
    where = questions.c.conversation == conversation
    if before is not None:
        where = where & (questions.c.position < before)
    return questions_where(connection, where, questions.c.position, questions.c.label)


def ended_since(connection: Connection, since: datetime) -> list[Ended]:
    """Every run that ended at `since` or later, oldest first, whoever asked."""
    at = questions.c
    refused = at.answer["refused"].as_boolean()
    made = at.answer["made"].as_string()
    query = sa.select(at.run, at.door, at.state, refused, at.asked, at.ended, made).where(at.ended >= since)
    return [
        Ended(
            run,
            door,
            state if state in ("failed", "cancelled") else "refused" if refusal else "answered",
            max(0.0, (ended - asked).total_seconds()),
            aware(ended),
            bool(made),
        )
        for run, door, state, refusal, asked, ended, made in connection.execute(query.order_by(at.ended, at.run))
    ]


def kept_stats(connection: Connection, since: datetime) -> KeptStats:
    """How the answer cache does; questions that were answered at `since` or later are counted."""
    ended = (questions.c.ended >= since) & (questions.c.state == "finished")
    made = questions.c.answer["made"].as_string()
    given = sa.func.count().filter((questions.c.kept_from.is_not(None)) & (made != ""))
    row = connection.execute(sa.select(sa.func.count(), given).select_from(questions).where(ended)).one()
    return KeptStats(*cache_records.counted(connection), given=row[1], answered=row[0])


def finish(
    connection: Connection,
    run: str,
    answer: Json,
    kept_from: str | None = None,
    keep: tuple[Entry, frozenset[str]] | None = None,
    guarded: Json = None,
) -> None:
    """Put a run's answer on record. `kept_from` is the run whose draft it took over; `keep` is what to keep of it, with
    its documents, unless its conversation was deleted meanwhile or somebody called it bad. `guarded` is all that a
    guardrail said of the question and the answer."""
    values: dict[str, Any] = {"state": "finished", "answer": answer, "error": "", "ended": utc_now(), "given": None}
    values |= {"guarded": guarded} if guarded else {}
    of_run = questions.update().where(questions.c.run == run)
    there = connection.execute(of_run.values(**values, kept_from=kept_from)).rowcount
    _land(connection, run)
    if there:
        used_records.put_used(connection, run, answer["citations"])
    if keep is not None and there:
        bad = sa.select(verdicts.c.run).where(verdicts.c.run == run, sa.not_(verdicts.c.good))
        if connection.execute(bad).first() is None:
            cache_records.keep(connection, *keep)
    ring_others(connection, run)


def finish_with_kept(connection: Connection, run: str, kept: KeptAnswer, reader: Reader) -> bool:
    """Put a kept answer on record as a run's, if it may still be given to its reader; whether it may."""
    if not cache_records.may_have(connection, kept, reader):
        return False
    finish(connection, run, kept.answer, kept.run)
    return True


def fail(connection: Connection, run: str, error: str) -> None:
    """Say that a run failed; one whose answer is on record has not."""
    values = {"state": "failed", "error": error, "ended": utc_now()}
    of_run = (questions.c.run == run) & (questions.c.state != "finished")
    connection.execute(questions.update().where(of_run).values(**values))
    _land(connection, run)
    ring_others(connection, run)


def cancel(connection: Connection, run: str) -> None:
    """Say that a run that had not ended was cancelled."""
    of_run = (questions.c.run == run) & (questions.c.state == "waiting")
    connection.execute(questions.update().where(of_run).values(state="cancelled", ended=utc_now()))
    _land(connection, run)
    ring_others(connection, run)


def resume(connection: Connection, run: str, at: datetime) -> None:
    """Say that a run that had failed or was cancelled goes on since `at`; it may have ended again by now."""
    of_run = (questions.c.run == run) & questions.c.state.in_(("failed", "cancelled")) & (questions.c.ended <= at)
    connection.execute(questions.update().where(of_run).values(state="waiting", error="", ended=None))


def waiting_since(connection: Connection, since: datetime, limit: int) -> list[QuestionRow]:
    """Everybody's questions without an end, asked at `since` or later, oldest first."""
    where = (questions.c.state == "waiting") & (questions.c.asked >= since)
    return questions_where(connection, where, questions.c.asked, questions.c.run, limit=limit)


def delete_conversation(connection: Connection, id: str, owner: str) -> bool:
    """Delete a conversation with its questions; whether there was one of this owner."""
    # Held until the commit, so that no question is put into it meanwhile.
    its_row = sa.select(conversations.c.id).where(conversations.c.id == id, conversations.c.owner == owner)
    if connection.execute(its_row.with_for_update()).first() is None:
        return False
    # Held too: a run that ends now has kept its answer before, or finds its question gone.
    held = sa.select(questions.c.run).where(questions.c.conversation == id).order_by(questions.c.run).with_for_update()
    runs = list(connection.execute(held).scalars())
    connection.execute(verdicts.delete().where(verdicts.c.run.in_(runs)))
    connection.execute(answer_flights.delete().where(answer_flights.c.run.in_(runs)))
    cache_records.drop_of(connection, runs)
    used_records.drop(connection, runs)
    connection.execute(questions.delete().where(questions.c.conversation == id))
    connection.execute(conversations.delete().where(conversations.c.id == id))
    for run in runs:
        ring_others(connection, run)
    return True


def claim(connection: Connection, flight: str, run: str, stale: datetime) -> str:
    """The run that leads a flight of the same questions: `run` itself, when nobody does, or whoever did has ended or
    claimed it before `stale`."""
    insert = cache_records.insert_into(connection, answer_flights)
    new = insert.values(reference=flight, run=run, since=utc_now()).on_conflict_do_nothing()
    its_row = sa.select(answer_flights).where(answer_flights.c.reference == flight).with_for_update()
    while True:
        connection.execute(new)
        row = connection.execute(its_row).first()
        # None when its leader has ended between the two.
        if row is not None:
            break
    if row.run == run:
        return run
    state = connection.scalar(sa.select(questions.c.state).where(questions.c.run == row.run))
    if state == "waiting" and aware(row.since) >= stale:
        return str(row.run)
    of_flight = answer_flights.update().where(answer_flights.c.reference == flight)
    connection.execute(of_flight.values(run=run, since=utc_now()))
    return run


def release(connection: Connection, run: str) -> None:
    """Give up the flight that a run leads, for another to lead."""
    _land(connection, run)
    ring_others(connection, run)


def flight(connection: Connection, reference: str, leader: str) -> tuple[str | None, str, str | None]:
    """How a question stands, with its error (None, "": it is gone), and which run leads the flight now."""
    row = connection.execute(sa.select(questions.c.state, questions.c.error).where(questions.c.run == leader)).first()
    holder = sa.select(answer_flights.c.run).where(answer_flights.c.reference == reference)
    return (row.state if row else None), (row.error if row else ""), connection.scalar(holder)


def _land(connection: Connection, run: str) -> None:
    connection.execute(answer_flights.delete().where(answer_flights.c.run == run))


def put_verdict(connection: Connection, verdict: Verdict) -> bool:
    """Put a verdict on record, in the place of the same person's earlier one; False when the run is gone. A kept answer
    that somebody calls bad is dropped."""
    # Held until the commit, so that the conversation is not deleted meanwhile, nor judged twice by one person at once.
    its_run = sa.select(questions.c.kept_from).where(questions.c.run == verdict.run).with_for_update()
    judged = connection.execute(its_run).first()
    if judged is None:
        return False
    if not verdict.good:
        cache_records.drop_of(connection, [verdict.run, *([judged.kept_from] if judged.kept_from else [])])
    by_them = (verdicts.c.run == verdict.run) & (verdicts.c.by == verdict.by)
    connection.execute(verdicts.delete().where(by_them))
    values = {"run": verdict.run, "by": verdict.by, "good": verdict.good, "reason": verdict.reason}
    connection.execute(verdicts.insert().values(**values, better=verdict.better, at=utc_now()))
    return True


def drop_verdict(connection: Connection, run: str, by: str) -> bool:
    """Take a person's verdict on a run off the record; whether there was one."""
    by_them = (verdicts.c.run == run) & (verdicts.c.by == by)
    return connection.execute(verdicts.delete().where(by_them)).rowcount > 0


def verdicts_of(connection: Connection, run: str) -> list[Verdict]:
    """A run's verdicts, oldest first."""
    query = sa.select(verdicts).where(verdicts.c.run == run).order_by(verdicts.c.at, verdicts.c.by)
    return [Verdict(row.run, row.by, row.good, row.reason, row.better) for row in connection.execute(query)]


def questions_where(
    connection: Connection, where: sa.ColumnElement[bool], *order: Any, limit: int | None = None
) -> list[QuestionRow]:
    """The questions that a condition holds for, in an order."""
    rows = connection.execute(sa.select(questions).where(where).order_by(*order).limit(limit)).mappings()
    return [
        QuestionRow(
            run=row["run"],
            conversation=row["conversation"],
            position=row["position"],
            asker=row["asker"],
            door=row["door"],
            label=row["label"],
            text=RedactedText(row["text"]),
            language=row["language"],
            state=row["state"],
            asked=aware(row["asked"]),
            ended=aware(row["ended"]) if row["ended"] else None,
            answer=row["answer"],
            error=row["error"],
            audience=row["audience"],
            given=row["given"],
            document=row["document"],
            kept_from=row["kept_from"],
            guarded=row["guarded"],
        )
        for row in rows
    ]


def aware(at: datetime) -> datetime:
    """A time as it was stored, which was in UTC."""
    # SQLite gives back what was stored in UTC without its zone.
    return at if at.tzinfo else at.replace(tzinfo=UTC)
