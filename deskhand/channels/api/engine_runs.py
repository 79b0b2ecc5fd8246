"""Every run of the house, step by step: one's own, and for an administrator everybody's.

An administrator sees that a run goes on or failed, how long it took, whose it is and where it came in; what it was
given and what it made is shown only to who may read all that it rests on, whoever asks.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Query

from deskhand.channels.api.library import Limit
from deskhand.channels.api.models import Out
from deskhand.channels.api.rooms import Door, Lent
from deskhand.channels.api.run_rights import HOUSE, LookedAt, Looker, about_runs, kinds_of, looked_at
from deskhand.channels.api.signing import SignedIn, StillSigned
from deskhand.channels.api.streams import Still
from deskhand.channels.api.waiting import Seconds, Since, news
from deskhand.errors import NotAllowed
from deskhand.nouns import RunState
from deskhand.store import utc_now

if TYPE_CHECKING:
    from deskhand.nouns import Run, Step

router = APIRouter(prefix="/v1/engine/runs", tags=["engine"])

_NEVER = 1 << 60
"""A time after all others, in ms."""


class EngineRunOut(Out):
    """A run of the house: one event carried through."""

    id: str
    kind: str
    """What is done: `answer`, `ticket`, `ingest`, `slack`, or one of the house's own."""
    state: RunState
    began: datetime
    ended: datetime | None
    seconds: float
    """How long it took, or has taken so far."""
    by: str
    """Whose it is, as in an access list (`person:ana@example.com`); empty for the house's own, and where nobody was
    identified when it began."""
    door: str
    """Where it came in; empty where that is not known."""
    attempts: int
    """How many processes took it up: more than one after an interruption, none while it waits."""
    error: str | None
    """The kind of error with which it ended."""
    about: str | None = None
    """The question, or the sources, where they are yours; the first 200 characters."""

    @classmethod
    def of(cls, run: Run, about: str | None) -> EngineRunOut:
        return cls(**_facts(run), about=about)


class EngineStepOut(Out):
    """A step of a run that has ended; one that goes on is not on record yet."""

    number: int
    """Its place in the run, from 1."""
    name: str
    began: datetime | None
    seconds: float | None
    attempt: int
    """Which of the run's attempts made it."""
    error: str | None
    """The kind of error with which it ended."""
    message: str | None
    """What the error says; none while it is withheld."""
    tries: int
    """How often that attempt tried it."""
    failures: list[str]
    """What the tries before the last one ended with, of many the last ones; while it is withheld, the kinds of errors
    only."""
    withheld: bool
    """Whether its input and output are withheld from you."""
    input: Any = None
    output: Any = None

    @classmethod
    def of(cls, number: int, step: Step, *, content: bool, withheld: bool) -> EngineStepOut:
        shown = content and not withheld
        return cls(
            number=number,
            name=step.name,
            began=step.began,
            seconds=(step.ended - step.began).total_seconds() if step.began and step.ended else None,
            attempt=step.attempt,
            error=_kind(step.error),
            message=None if withheld else step.error,
            tries=step.tries,
            failures=[(_kind(each) if withheld else each) or "" for each in step.failures],
            withheld=withheld,
            input=step.input if shown else None,
            output=step.output if shown else None,
        )


class EngineRunWhole(EngineRunOut):
    """A run with its steps, as far as you may see them."""

    withheld: bool
    """Whether what it was given and made is withheld from you: it rests on what you may not read (any more), or is
    another's."""
    message: str | None
    """What the error says; none while it is withheld."""
    input: Any
    """What it began with."""
    output: Any
    """What it ended with."""
    steps: list[EngineStepOut]
    may_cancel: bool
    """Whether you may stop it now."""
    may_resume: bool
    """Whether you may carry it on now."""
    question: bool
    """Whether `GET /v1/runs/{id}` shows you how its answer was made."""
    ticket: str | None
    """The ticket that it carries, where you may see it."""
    mark: str
    """Another one once something has happened in it: what to wait with."""


def _facts(run: Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "kind": run.workflow,
        "state": run.state,
        "began": run.began,
        "ended": run.ended,
        "seconds": max(0.0, ((run.ended or utc_now()) - run.began).total_seconds()),
        "by": run.by,
        "door": run.door,
        "attempts": run.attempts,
        "error": _kind(run.error),
    }


def _kind(error: str | None) -> str | None:
    return error.partition(":")[0] if error else None


def _whole(looked: LookedAt, *, content: bool) -> EngineRunWhole:
    run, withheld = looked.run, not looked.open
    shown = content and not withheld
    return EngineRunWhole(
        **_facts(run),
        withheld=withheld,
        message=None if withheld else run.error,
        input=run.input if shown else None,
        output=run.output if shown else None,
        steps=[
            EngineStepOut.of(number, step, content=content, withheld=withheld)
            for number, step in enumerate(run.steps, 1)
        ],
        may_cancel=looked.may_act and run.state in ("waiting", "running"),
        may_resume=looked.may_act and run.state in ("failed", "cancelled"),
        question=looked.question,
        ticket=looked.ticket,
        mark=_mark(run.state, run.attempts, len(run.steps)),
    )


def _mark(state: RunState, attempts: int, steps: int) -> str:
    return f"{state}-{attempts}-{steps}"


class Wanted:
    """Which runs are wanted."""

    def __init__(
        self,
        id: Annotated[list[str], Query(max_length=200, description="Only these. Repeat for several.")] = [],  # noqa: B006
        kind: Annotated[list[str], Query(max_length=50, description="Only of this kind. Repeat for several.")] = [],  # noqa: B006
        state: Annotated[RunState | None, Query(description="Only those in this state.")] = None,
        by: Annotated[
            str | None,
            Query(
                max_length=400, description="Only this person's or service's; `me` for your own, empty for nobody's."
            ),
        ] = None,
        door: Annotated[str | None, Query(max_length=200, description="Only those that came in there.")] = None,
        house: Annotated[bool, Query(description="Whether the house's own runs are among them.")] = True,
        longer: Annotated[
            float | None, Query(ge=0, le=31_536_000, description="Only those that took this many seconds or more.")
        ] = None,
        after: Annotated[str | None, Query(max_length=400, description="Begin after the one with this id.")] = None,
    ) -> None:
        self.ids, self.kinds, self.state, self.by, self.door = id, kind, state, by, door
        self.house, self.longer, self.after = house, longer, after


@router.get("")
async def engine_runs(
    door: Door, who: SignedIn, wanted: Annotated[Wanted, Depends()], limit: Limit = 50
) -> list[EngineRunOut]:
    """Runs, newest first: your own of the kinds that your token covers; with the scope `admin` everybody's."""
    found = await found_runs(door, who, wanted, tuple(wanted.ids) or None, limit)
    about = await about_runs(door.rooms, found, who)
    return [EngineRunOut.of(run, about.get(run.id)) for run in found]


async def found_runs(door: Lent, who: SignedIn, wanted: Wanted, ids: tuple[str, ...] | None, limit: int) -> list[Run]:
    kinds = kinds_of(who)
    if wanted.kinds:
        kinds = tuple(wanted.kinds) if kinds is None else tuple(kind for kind in wanted.kinds if kind in kinds)
    return await door.rooms.engine.runs(
        workflow=kinds,
        without=() if wanted.house else tuple(HOUSE),
        state=wanted.state,
        ids=ids,
        by=whose(wanted.by, who),
        door=wanted.door,
        longer=None if wanted.longer is None else timedelta(seconds=wanted.longer),
        before=wanted.after,
        limit=limit,
    )


def whose(by: str | None, who: SignedIn) -> str | None:
    """Whose runs are wanted, as they are on record; None for everybody's. Raises `NotAllowed`."""
    own = f"{who.principal.kind}:{who.principal.id}"
    if "admin" not in who.scopes:
        if by not in (None, "me", own):
            raise NotAllowed("only your own runs are shown to you; a token with the scope 'admin' shows everybody's.")
        return own
    if by == "me":
        return own
    return by if not by or ":" in by else f"person:{by.strip().lower()}"


@router.get("/{id}")
async def engine_run(
    looked: Looker,
    door: Door,
    who: SignedIn,
    still: StillSigned,
    content: Annotated[bool, Query(description="Whether inputs and outputs come along.")] = True,
    since: Since = None,
    wait: Seconds = 0.0,
) -> EngineRunWhole:
    """A run with its steps: when each began, how long it took, what it was given and made, and the error it ended
    with. With `wait`, once something has happened in it since the `mark` of the last answer."""
    if wait and since is not None:
        await _happened(door, looked.run, since, wait, still)
        looked = await looked_at(looked.run.id, door, who)
    whole = _whole(looked, content=content)
    whole.about = (await about_runs(door.rooms, [looked.run], who)).get(looked.run.id)
    return whole


async def _happened(door: Lent, run: Run, since: str, seconds: float, still: Still) -> None:
    engine = door.rooms.engine

    async def look() -> bool | None:
        standing = await engine.standing(ids=(run.id,), since=_NEVER)
        return all(_mark(each.state, each.attempts, each.steps) != since for each in standing) or None

    # A run that another process carries is not heard: it is looked at as often as a page would.
    await news(look, engine.listening(run.id), seconds, still=still, closing=door.streams.closing, rarest=1.0)


@router.get("/{id}/steps/{number}")
async def engine_step(looked: Looker, number: int) -> EngineStepOut:
    """One step of a run, by its place from 1."""
    return EngineStepOut.of(number, looked.step(number), content=True, withheld=not looked.open)


@router.post("/{id}/cancel", status_code=202)
async def cancel_engine_run(looked: Looker, door: Door) -> None:
    """Stop a run before its next step. What it has done stays on record, and it can be carried on."""
    looked.must_act()
    if looked.run.workflow == "answer":
        await door.rooms.asking.stop(looked.run.id)
    else:
        await door.rooms.engine.cancel(looked.run.id)


@router.post("/{id}/resume", status_code=202)
async def resume_engine_run(looked: Looker, door: Door) -> None:
    """Carry on a cancelled or failed run after its last finished step."""
    looked.must_act()
    if looked.run.workflow == "answer":
        await door.rooms.asking.carry_on(looked.run.id)
    else:
        await door.rooms.engine.resume(looked.run.id)
