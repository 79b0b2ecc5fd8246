"""The notices that are to be sent, as an outbox: written with the change that they tell of, sent afterwards.

Whoever sends one has claimed it, by its number of tries; what is noted under a claim that another one has taken over
counts no more.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final, Literal

import sqlalchemy as sa

from deskhand.nouns import Json, RedactedText, Ticket
from deskhand.store import Connection, metadata, utc_now
from deskhand.store.bell import ring_others
from deskhand.ticketing.options import Channels

BELL = "notices"
"""The bell that rings when a ticket was changed: there may be notices to be sent, and somebody may be looking."""

NoticeState = Literal["waiting", "sent", "failed", "no-address"]
STATES: Final[tuple[NoticeState, ...]] = ("waiting", "sent", "failed", "no-address")
LAPSED: Final = "given up: whoever sent it ended, time and again, before it could say how that went."
_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,100}")

notices = sa.Table(
    "notices",
    metadata,
    sa.Column("id", sa.String(120), primary_key=True),
    sa.Column("ticket", sa.String(64), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("channel", sa.String(80), nullable=False),
    sa.Column("recipient", sa.String(400), nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("body", sa.JSON, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("next_try", sa.DateTime(timezone=True)),
    sa.Column("claimed_until", sa.DateTime(timezone=True)),
    sa.Column("made", sa.DateTime(timezone=True), nullable=False),
    sa.Column("ended", sa.DateTime(timezone=True)),
    sa.Column("error", sa.Text, nullable=False),
    sa.Index("notices_once", "ticket", "version", "channel", "recipient", unique=True),
    sa.Index("notices_by_state", "state", "channel", "made"),
)


def put(
    connection: Connection, ticket: Ticket, kind: str, by: str, concerned: Sequence[str], channels: Channels
) -> int:
    """Put the notices of a change into the outbox, in its transaction; how many. `concerned` are employees' ids; a
    shared channel gets one notice for all of them (recipient "")."""
    to = [(channel, who) for channel in channels.personal for who in concerned]
    to += [(channel, "") for channel in channels.shared]
    ring_others(connection, BELL)
    if not to:
        return 0
    body: dict[str, Json] = {
        "status": ticket.status,
        "communication": ticket.communication,
        "text": ticket.text,
        "by": by,
    }
    body |= {"requester": ticket.requester, "assignee": ticket.assignee, "concerned": list(concerned)}
    rows = [
        {
            "id": f"n-{ticket.id}-{ticket.version}-{number}",
            "ticket": ticket.id,
            "version": ticket.version,
            "channel": channel,
            "recipient": who,
            "kind": kind,
            "body": body,
            "state": "waiting",
            "tries": 0,
            "made": utc_now(),
            "error": "",
        }
        for number, (channel, who) in enumerate(to, 1)
    ]
    connection.execute(notices.insert(), rows)
    return len(rows)


@dataclass(frozen=True, slots=True)
class Notice:
    """What one recipient, or everybody concerned (`recipient` is "" in a shared channel), is told of a change.

    `kind`, `by`, `status` and what follows are the change and the ticket as they were then. `tries` counts from 1; from
    2 on it may have been sent before, by somebody who could not say so. `address` is where the recipient is written to.
    """

    id: str
    ticket: str
    version: int
    channel: str
    recipient: str
    kind: str
    by: str
    status: str
    communication: RedactedText
    text: RedactedText
    requester: str
    assignee: str | None
    concerned: tuple[str, ...]
    made: datetime
    tries: int = 1
    address: str | None = None

    @property
    def key(self) -> str:
        """The id by which a receiver knows it again, the same on every try: letters, digits, "_" and "-" only."""
        return plain(self.id)

    @property
    def data(self) -> dict[str, Json]:
        """It as other programs get it."""
        return {
            "id": self.key,
            "ticket": self.ticket,
            "version": self.version,
            "change": self.kind,
            "by": self.by,
            "at": self.made.isoformat(),
            "status": self.status,
            "communication": self.communication,
            "text": self.text,
            "requester": self.requester,
            "assignee": self.assignee,
            "concerned": list(self.concerned),
        }


@dataclass(frozen=True, slots=True)
class Standing:
    """How a notice stands, without what it says. `error` says why it was not sent (yet)."""

    id: str
    ticket: str
    version: int
    channel: str
    recipient: str
    kind: str
    state: NoticeState
    tries: int
    made: datetime
    next_try: datetime | None
    ended: datetime | None
    error: str


def trial(id: str, channel: str, address: str | None) -> Notice:
    """A notice of a ticket that does not exist, to try a channel with."""
    said = RedactedText("This is a trial: the channel works, and there is nothing to do.")
    text = RedactedText("Title: Trial of a channel")
    return Notice(
        id=id,
        ticket="TRIAL",
        version=1,
        channel=channel,
        recipient=address or "",
        kind="auto-resolved",
        by="system",
        status="auto-resolved",
        communication=said,
        text=text,
        requester="nobody",
        assignee=None,
        concerned=(),
        made=utc_now(),
        address=address,
    )


def plain(id: str) -> str:
    """The id itself where it can stand in a header, else one made from it."""
    return id if _PLAIN.fullmatch(id) else f"n-{sha256(id.encode()).hexdigest()[:40]}"


def due_channels(connection: Connection, channels: Collection[str], now: datetime) -> set[str]:
    """Those of `channels` in which there is something to be sent."""
    some = {channel: sa.select(notices.c.id).where(_due(now), notices.c.channel == channel) for channel in channels}
    return {channel for channel, chosen in some.items() if connection.scalar(chosen.limit(1)) is not None}


def claim(connection: Connection, channel: str, limit: int, now: datetime, until: datetime, most: int) -> list[Notice]:
    """Take up to `limit` notices of a channel to be sent, the oldest first; nobody else does before `until`.

    Of what one recipient is to hear of one ticket, nothing is taken before what comes first has ended. What was taken
    `most` times and never ended fails.
    """
    here = sa.and_(_due(now), notices.c.channel == channel)
    spent = notices.update().where(here, notices.c.tries >= most)
    connection.execute(spent.values(state="failed", ended=now, claimed_until=None, error=LAPSED))
    first = sa.select(notices.c.id).where(here).order_by(notices.c.made, notices.c.id).limit(limit)
    if connection.dialect.name == "postgresql":
        first = first.with_for_update(skip_locked=True)
    ids = connection.scalars(first).all()
    if not ids:
        return []
    taken = notices.update().where(notices.c.id.in_(ids), _due(now))
    claimed = taken.values(tries=notices.c.tries + 1, claimed_until=until).returning(notices)
    return sorted((_notice(row) for row in connection.execute(claimed)), key=lambda each: (each.made, each.id))


def _due(now: datetime) -> sa.ColumnElement[bool]:
    earlier = notices.alias("earlier")
    same = (earlier.c.channel == notices.c.channel) & (earlier.c.recipient == notices.c.recipient)
    first = (earlier.c.ticket == notices.c.ticket) & (earlier.c.version < notices.c.version)
    return sa.and_(
        notices.c.state == "waiting",
        sa.or_(notices.c.next_try.is_(None), notices.c.next_try <= now),
        sa.or_(notices.c.claimed_until.is_(None), notices.c.claimed_until <= now),
        ~sa.exists().where(earlier.c.state == "waiting", first, same),
    )


def renew(connection: Connection, claimed: Collection[Notice], until: datetime) -> None:
    """Keep these claims for longer."""
    for each in sorted(claimed, key=lambda one: one.id):
        connection.execute(_mine(each).values(claimed_until=until))


def end(connection: Connection, notice: Notice, state: NoticeState, error: str, now: datetime) -> bool:
    """The notice was sent, or will not be; False when the claim is another's by now."""
    ended = _mine(notice).values(state=state, error=error, ended=now, next_try=None, claimed_until=None)
    return connection.execute(ended).rowcount == 1


def put_off(connection: Connection, notice: Notice, error: str, until: datetime) -> bool:
    """The notice could not be sent; it is tried again from `until` on. False when the claim is another's by now."""
    waiting = _mine(notice).values(error=error, next_try=until, claimed_until=None)
    return connection.execute(waiting).rowcount == 1


def _mine(notice: Notice) -> sa.Update:
    where = (notices.c.id == notice.id) & (notices.c.state == "waiting") & (notices.c.tries == notice.tries)
    return notices.update().where(where)


def again(connection: Connection, ids: Collection[str], states: Collection[NoticeState]) -> int:
    """Let notices that were not sent be tried again, those of `ids` and all in `states`; how many. They count as tried
    once, because they may have been sent."""
    chosen = notices.c.state.in_(("failed", "no-address")) & (notices.c.id.in_(ids) | notices.c.state.in_(states))
    waiting = notices.update().where(chosen)
    done = connection.execute(waiting.values(state="waiting", tries=1, next_try=None, ended=None, error=""))
    ring_others(connection, BELL)
    return done.rowcount


def listed(
    connection: Connection,
    *,
    states: Collection[NoticeState] = (),
    channel: str | None = None,
    ticket: str | None = None,
    limit: int = 50,
) -> list[Standing]:
    """How notices stand, the last made first."""
    chosen = sa.select(notices).order_by(notices.c.made.desc(), notices.c.id).limit(limit)
    if states:
        chosen = chosen.where(notices.c.state.in_(states))
    if channel is not None:
        chosen = chosen.where(notices.c.channel == channel)
    if ticket is not None:
        chosen = chosen.where(notices.c.ticket == ticket)
    return [_standing(row) for row in connection.execute(chosen)]


def counts(connection: Connection) -> dict[tuple[str, NoticeState], int]:
    """How many notices there are, by channel and state."""
    chosen = sa.select(notices.c.channel, notices.c.state, sa.func.count())
    rows = connection.execute(chosen.group_by(notices.c.channel, notices.c.state))
    return {(channel, state): number for channel, state, number in rows}


def forget(connection: Connection, before: datetime) -> int:
    """Delete what ended before; how many."""
    old = (notices.c.state != "waiting") & (notices.c.ended < before)
    return connection.execute(notices.delete().where(old)).rowcount


def _notice(row: sa.Row[tuple[object, ...]]) -> Notice:
    body: Mapping[str, Json] = row.body
    return Notice(
        id=row.id,
        ticket=row.ticket,
        version=row.version,
        channel=row.channel,
        recipient=row.recipient,
        kind=row.kind,
        by=body["by"],
        status=body["status"],
        communication=RedactedText(body["communication"]),
        text=RedactedText(body["text"]),
        requester=body["requester"],
        assignee=body["assignee"],
        concerned=tuple(body["concerned"]),
        made=_utc(row.made),
        tries=row.tries,
    )


def _standing(row: sa.Row[tuple[object, ...]]) -> Standing:
    return Standing(
        id=row.id,
        ticket=row.ticket,
        version=row.version,
        channel=row.channel,
        recipient=row.recipient,
        kind=row.kind,
        state=row.state,
        tries=row.tries,
        made=_utc(row.made),
        next_try=_utc(row.next_try) if row.next_try else None,
        ended=_utc(row.ended) if row.ended else None,
        error=row.error,
    )


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
