"""What changed among the tickets that somebody may see, since a mark that was given before.

A change has its time before it is committed, so one may come to light after a later one. The mark therefore says how
all stood that changed shortly before the newest, and these are told again once one of them is another.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from deskhand.errors import BadInput
from deskhand.nouns import Principal, Ticket
from deskhand.store import Connection
from deskhand.ticketing import listing_records
from deskhand.ticketing.listing import concerned
from deskhand.ticketing.listing_records import Wanted
from deskhand.ticketing.options import Options

__all__ = ["MOST", "Changes", "changes"]

LATE = timedelta(seconds=10)
MOST = 200
"""Tickets that are told at once; whoever missed more takes the list anew."""
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_WRITTEN = "%Y%m%dT%H%M%S%f"
_MARK = re.compile(r"(\d{8}T\d{12})_[0-9a-f]{16}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Changes:
    """Tickets that changed: those that are wanted as they are now, in the list's order, and `others` that are not (any
    more). One goes on from the `mark`. `whole` is False where more changed than is told."""

    wanted: Sequence[Ticket]
    others: Sequence[Ticket]
    mark: str
    whole: bool


def changes(
    connection: Connection, reader: Principal, wanted: Wanted, mark: str | None, options: Options
) -> Changes | None:
    """What changed since the mark, None where nothing did; without a mark, what changed last. Raises `BadInput`."""
    whom = concerned(connection, reader, wanted, options)
    every = Wanted(mine=wanted.mine)
    since = _since(mark) if mark is not None else _newest(connection, whom, every)
    rows = listing_records.versions(connection, whom, every, since - LATE, MOST + 1)
    now = _mark(rows)
    if now == mark:
        return None
    ids = [ticket for _, ticket, _ in rows[:MOST]]
    found = listing_records.chosen(connection, whom, wanted, ids)
    others = set(ids) - {ticket.id for ticket in found}
    return Changes(
        found,
        listing_records.chosen(connection, whom, every, sorted(others)) if others else (),
        now,
        len(rows) <= MOST,
    )


def _newest(connection: Connection, whom: str | None, every: Wanted) -> datetime:
    found = listing_records.versions(connection, whom, every, None, 1)
    return found[0][0] if found else _NEVER


def _since(mark: str) -> datetime:
    """Raises `BadInput`."""
    try:
        if (found := _MARK.fullmatch(mark)) is not None:
            return max(_NEVER, datetime.strptime(found[1], _WRITTEN).replace(tzinfo=UTC))
    except ValueError:
        pass
    raise BadInput(f"the mark is {mark[:80]!r}, which was never given; leave it out, or take `mark` of an answer.")


def _mark(rows: Sequence[tuple[datetime, str, int]]) -> str:
    newest = rows[0][0] if rows else _NEVER
    late = [(ticket, version) for changed, ticket, version in rows if changed >= newest - LATE]
    return f"{newest.strftime(_WRITTEN)}_{hashlib.sha256(repr(late).encode()).hexdigest()[:16]}"
