"""The tables of the Slack door, and all their SQL. Texts in here have been through redaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from deskhand.channels.slack.heard import Heard
from deskhand.nouns import RedactedText
from deskhand.store import Connection, metadata, utc_now

# What was heard

InboxState = Literal["waiting", "started", "done", "failed"]

slack_inbox = sa.Table(
    "slack_inbox",
    metadata,
    sa.Column("event", sa.String(64), primary_key=True),
    sa.Column("team", sa.String(64), nullable=False),
    sa.Column("channel", sa.String(64), nullable=False),
    sa.Column("place", sa.String(16), nullable=False),
    sa.Column("ts", sa.String(32), nullable=False),
    sa.Column("thread", sa.String(32), nullable=False),
    sa.Column("user", sa.String(64), nullable=False),
    sa.Column("text", sa.Text),
    sa.Column("replies", sa.Boolean, nullable=False),
    sa.Column("files", sa.Boolean, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("code", sa.String(64), nullable=False, default=""),
    sa.Column("received", sa.DateTime(timezone=True), nullable=False),
    sa.Column("started", sa.DateTime(timezone=True)),
    sa.Column("ended", sa.DateTime(timezone=True)),
    sa.UniqueConstraint("team", "channel", "ts", name="slack_inbox_by_message"),
    sa.Index("slack_inbox_by_thread", "team", "channel", "thread", "state", "ts"),
    sa.Index("slack_inbox_by_state", "state", "received"),
    sa.Index("slack_inbox_by_end", "ended"),
)


@dataclass(frozen=True, slots=True)
class InboxRow:
    """Where a message on record stands; `code` is that of the error when it failed. One that ended has no text."""

    event: str
    state: InboxState
    received: datetime
    code: str = ""
    text: RedactedText | None = None


def put_heard(connection: Connection, heard: Sequence[Heard]) -> None:
    """Put messages on record as waiting; those that are there already, under their event's id or as the same message,
    are left as they are."""
    now = utc_now()
    # In one order everywhere, so that two processes that write the same ones never wait for each other in a circle.
    rows = sorted((_row(each, now) for each in heard), key=lambda row: str(row["event"]))
    if connection.dialect.name == "postgresql":
        connection.execute(postgresql.insert(slack_inbox).on_conflict_do_nothing(), rows)
    else:
        connection.execute(sqlite.insert(slack_inbox).on_conflict_do_nothing(), rows)


def _row(heard: Heard, now: datetime) -> dict[str, Any]:
    return {
        "event": heard.event,
        "team": heard.team,
        "channel": heard.channel,
        "place": heard.place,
        "ts": heard.ts,
        "thread": heard.thread,
        "user": heard.user,
        "text": heard.text,
        "replies": heard.replies,
        "files": heard.files,
        "state": "waiting",
        "code": "",
        "received": now,
    }


def any_waiting(connection: Connection) -> bool:
    """Whether a message waits to be answered."""
    waiting = sa.select(slack_inbox.c.event).where(slack_inbox.c.state == "waiting")
    return connection.scalar(waiting.limit(1)) is not None


def busy(connection: Connection, team: str, channel: str) -> bool:
    """Whether a question in this channel is being answered, by whichever process."""
    ours = slack_inbox.c
    here = sa.select(ours.event).where(ours.team == team, ours.channel == channel, ours.state == "started")
    return connection.scalar(here.limit(1)) is not None


def claim(connection: Connection, limit: int) -> list[Heard]:
    """Take up to `limit` waiting messages and mark them started: the oldest of each thread in which none is under way.

    Two processes never get the same one.
    """
    ours, other = slack_inbox.c, slack_inbox.alias("other")
    earlier = sa.exists().where(
        other.c.team == ours.team,
        other.c.channel == ours.channel,
        other.c.thread == ours.thread,
        sa.or_(other.c.state == "started", sa.and_(other.c.state == "waiting", other.c.ts < ours.ts)),
    )
    first = sa.select(ours.event).where(ours.state == "waiting", ~earlier).order_by(ours.received, ours.ts).limit(limit)
    events = connection.scalars(first).all()
    if not events:
        return []
    taken = connection.execute(
        slack_inbox.update()
        # On PostgreSQL another process may have taken it since; the update waits for it and looks again.
        .where(ours.event.in_(events), ours.state == "waiting")
        .values(state="started", started=utc_now())
        .returning(slack_inbox)
    ).all()
    return sorted((_heard(row) for row in taken), key=lambda heard: heard.ts)


def _heard(row: sa.Row[Any]) -> Heard:
    return Heard(
        event=row.event,
        team=row.team,
        channel=row.channel,
        place=row.place,
        ts=row.ts,
        thread=row.thread,
        user=row.user,
        text=RedactedText(row.text or ""),
        replies=row.replies,
        files=row.files,
    )


def started_before(connection: Connection, moment: datetime, limit: int) -> list[Heard]:
    """Messages that are under way since before `moment`, the oldest first."""
    rows = connection.execute(
        sa.select(slack_inbox)
        .where(slack_inbox.c.state == "started", slack_inbox.c.started < moment)
        .order_by(slack_inbox.c.started)
        .limit(limit)
    )
    return [_heard(row) for row in rows]


def settle(connection: Connection, events: Collection[str], state: Literal["done", "failed"], code: str = "") -> None:
    """Mark messages under way as done or failed, and drop their texts; what ended before keeps how it ended."""
    connection.execute(
        slack_inbox.update()
        .where(slack_inbox.c.event.in_(list(events)), slack_inbox.c.state.in_(("waiting", "started")))
        .values(state=state, code=code, ended=utc_now(), text=None)
    )


def knows_thread(connection: Connection, team: str, channel: str, thread: str) -> bool:
    """Whether something in this thread is on record."""
    found = sa.select(slack_inbox.c.event).where(
        slack_inbox.c.team == team, slack_inbox.c.channel == channel, slack_inbox.c.thread == thread
    )
    return connection.scalar(found.limit(1)) is not None


def inbox_row(connection: Connection, event: str) -> InboxRow | None:
    """Where the message of this event stands."""
    ours = slack_inbox.c
    row = connection.execute(
        sa.select(ours.event, ours.state, ours.received, ours.code, ours.text).where(ours.event == event)
    ).first()
    return InboxRow(*row) if row else None


def count_by_state(connection: Connection) -> dict[str, int]:
    """How many messages are in each state."""
    counted = sa.select(slack_inbox.c.state, sa.func.count()).group_by(slack_inbox.c.state)
    return {row[0]: row[1] for row in connection.execute(counted)}


def delete_ended_before(connection: Connection, moment: datetime) -> int:
    """Forget messages that ended before `moment`; how many. The bot is no longer in a thread without any."""
    runs = sa.select(sa.literal("slack-").concat(slack_inbox.c.event)).where(slack_inbox.c.ended < moment)
    for table in (slack_messages, slack_claims):
        connection.execute(sa.delete(table).where(table.c.run.in_(runs)))
    gone = connection.execute(slack_inbox.delete().where(slack_inbox.c.ended < moment))
    return gone.rowcount


# Our own messages


slack_messages = sa.Table(
    "slack_messages",
    metadata,
    sa.Column("run", sa.String(200), primary_key=True),
    sa.Column("ts", sa.String(40), primary_key=True),
    sa.Column("part", sa.Integer, nullable=False),
    sa.Column("channel", sa.String(40), nullable=False),
    sa.Column("kind", sa.String(12), nullable=False),
    sa.Column("final", sa.Boolean, nullable=False),
    sa.Index("slack_messages_place", "channel", "ts"),
)
"""Messages that stand for part `part` of a run's answer. `kind` is "draft", "stream", "ephemeral" (whose `ts` is made
up before it is sent) or "void": posted by an attempt that had lost the run, and not to be touched by any other."""

slack_claims = sa.Table(
    "slack_claims",
    metadata,
    sa.Column("run", sa.String(200), primary_key=True),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("done", sa.Boolean, nullable=False),
)
"""Which attempt may send for a run, and whether all of its answer has been sent."""

Standing = Literal["ours", "theirs", "void"]


@dataclass(frozen=True, slots=True)
class Claimed:
    """What an attempt finds when it begins: whether the run is its own, is new here, has been answered."""

    ours: bool
    new: bool
    done: bool


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message of ours."""

    part: int
    ts: str
    channel: str
    kind: str
    final: bool


def claim_run(connection: Connection, run: str, attempt: int) -> Claimed:
    """Take a run for an attempt, unless a later one has it."""
    row = {"run": run, "attempt": attempt, "done": False}
    at = slack_claims.c
    made = _new_claim(connection).values(row).on_conflict_do_nothing().returning(at.run)
    new = connection.execute(made).first() is not None
    taken = connection.execute(
        sa.update(slack_claims).where(at.run == run, at.attempt <= attempt).values(attempt=attempt)
    )
    done = connection.execute(sa.select(at.done).where(at.run == run)).scalar()
    return Claimed(taken.rowcount == 1, new, bool(done))


def claimed_by(connection: Connection, run: str) -> int:
    """The attempt that may send for a run; 0 when there is none."""
    return connection.execute(sa.select(slack_claims.c.attempt).where(slack_claims.c.run == run)).scalar() or 0


def put_message(connection: Connection, run: str, attempt: int, row: MessageRow) -> Standing:
    """Record a message for a run: "ours" when it is. An attempt that has lost the run hears "void", and must delete the
    message, or "theirs": the later one has taken it over. A later attempt hears "void" of a message not to be taken."""
    at = slack_messages.c
    held = connection.execute(
        sa.select(slack_claims.c.attempt).where(slack_claims.c.run == run).with_for_update()
    ).scalar()
    lost = held is not None and held > attempt
    found = connection.execute(sa.select(at.kind).where(at.run == run, at.ts == row.ts)).scalar()
    if found == "void" or (lost and found is not None):
        return "void" if found == "void" else "theirs"
    values = {"part": row.part, "channel": row.channel, "kind": "void" if lost else row.kind, "final": row.final}
    if found is None:
        connection.execute(sa.insert(slack_messages).values(run=run, ts=row.ts, **values))
    else:
        connection.execute(sa.update(slack_messages).where(at.run == run, at.ts == row.ts).values(values))
    return "void" if lost else "ours"


def drop_message(connection: Connection, run: str, ts: str) -> None:
    """Forget a message that was deleted in Slack."""
    at = slack_messages.c
    connection.execute(sa.delete(slack_messages).where(at.run == run, at.ts == ts, at.kind != "void"))


def messages_of(connection: Connection, run: str) -> list[MessageRow]:
    """A run's messages, those void left out, by part."""
    at = slack_messages.c
    rows = connection.execute(
        sa.select(at.part, at.ts, at.channel, at.kind, at.final)
        .where(at.run == run, at.kind != "void")
        .order_by(at.part, at.ts)
    )
    return [MessageRow(*row) for row in rows]


def recorded(connection: Connection, channel: str, stamps: Sequence[str]) -> dict[str, str]:
    """Which of these messages are on record, and for which run; those void are for none: ""."""
    at = slack_messages.c
    rows = connection.execute(sa.select(at.ts, at.run, at.kind).where(at.channel == channel, at.ts.in_(list(stamps))))
    return {ts: "" if kind == "void" else run for ts, run, kind in rows}


def answered(connection: Connection, run: str) -> None:
    """All of a run's answer has been sent."""
    connection.execute(sa.update(slack_claims).where(slack_claims.c.run == run).values(done=True))


def _new_claim(connection: Connection) -> Any:
    return (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(slack_claims)
