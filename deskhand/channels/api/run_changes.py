"""What changed among the runs that somebody may see: those that began, and those that went on and stand differently."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Query

from deskhand.channels.api.engine_runs import EngineRunOut, Wanted, found_runs, whose
from deskhand.channels.api.models import Out
from deskhand.channels.api.rooms import Door, Lent
from deskhand.channels.api.run_rights import about_runs, kinds_of
from deskhand.channels.api.signing import SignedIn, StillSigned
from deskhand.channels.api.waiting import Seconds, Since, news
from deskhand.errors import BadInput

if TYPE_CHECKING:
    from deskhand.engine import Standing

router = APIRouter(prefix="/v1/engine/runs", tags=["engine"])

LATE_MS = 3_000
"""A run has its time before it is committed, so one may come to light after a later one."""
MOST = 100
"""Runs that are told at once; whoever missed more takes the list anew."""
_MARK = re.compile(r"(\d{1,15})_[0-9a-f]{16}", re.ASCII)


class RunChanges(Out):
    """What changed among the runs that you may see."""

    runs: list[EngineRunOut]
    """Those that are wanted, as they are now, newest first: new ones, changed ones, and some that were told before."""
    others: list[EngineRunOut]
    """Of those that are not wanted, or not any more, the ones that you asked for and the ones that go on."""
    mark: str
    """What to go on with: the next call's `since`."""
    whole: bool
    """Whether that is all; where it is not, take the list anew."""


Going = Annotated[
    list[str],
    Query(max_length=50, description="Those that went on when you last looked: you are told how they stand now."),
]


@router.get("/changes")
async def engine_run_changes(
    door: Door,
    who: SignedIn,
    still: StillSigned,
    wanted: Annotated[Wanted, Depends()],
    going: Going = [],  # noqa: B006
    since: Since = None,
    wait: Seconds = 0.0,
) -> RunChanges:
    """What changed since the `mark` of the last answer among your runs, with the scope `admin` among everybody's:
    which began, and how those that went on stand now; waited for where nothing changed yet."""
    engine = door.rooms.engine
    whose(wanted.by, who)
    after = _time(since)

    async def look() -> Sequence[Standing] | None:
        standing = await _standing(door, who, tuple(going), after)
        return None if _mark(standing) == since else standing

    standing = await news(look, engine.listening(), wait, still=still, closing=door.streams.closing)
    if standing is None:
        return RunChanges(runs=[], others=[], mark=since or "", whole=True)
    told = standing[:MOST]
    runs = await found_runs(door, who, wanted, tuple(each.id for each in told), MOST)
    asked = {each.id for each in told if each.id in going or _goes_on(each)}
    rest = tuple(asked - {run.id for run in runs})
    others = await found_runs(door, who, Wanted(), rest, MOST) if rest else []
    about = await about_runs(door.rooms, [*runs, *others], who)
    wanted_now, not_now = ([EngineRunOut.of(run, about.get(run.id)) for run in some] for some in (runs, others))
    return RunChanges(runs=wanted_now, others=not_now, mark=_mark(standing), whole=len(standing) <= MOST)


async def _standing(door: Lent, who: SignedIn, going: tuple[str, ...], after: int | None) -> Sequence[Standing]:
    engine, kinds, by = door.rooms.engine, kinds_of(who), whose(None, who)
    if after is None:
        newest = await engine.standing(workflow=kinds, by=by, limit=1)
        after = newest[0].began if newest else 0
    return await engine.standing(workflow=kinds, by=by, ids=going, since=after - LATE_MS, limit=MOST + 1)


def _time(mark: str | None) -> int | None:
    """Raises `BadInput`."""
    if mark is None:
        return None
    if (found := _MARK.fullmatch(mark)) is None:
        raise BadInput(f"the mark is {mark[:80]!r}, which was never given; leave it out, or take `mark` of an answer.")
    return int(found[1])


def _goes_on(standing: Standing) -> bool:
    return standing.state in ("waiting", "running")


def _mark(standing: Sequence[Standing]) -> str:
    # One that has ended is told once: the caller asks for it no more, and that is no change.
    newest = max((each.began for each in standing), default=0)
    counted = sorted(
        (each.id, each.state, each.attempts) for each in standing if each.began >= newest - LATE_MS or _goes_on(each)
    )
    return f"{newest}_{hashlib.sha256(repr(counted).encode()).hexdigest()[:16]}"
