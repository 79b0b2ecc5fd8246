"""`deskhand runs`: what was asked, and how each answer was made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import click

from deskhand.cli.session import (
    Group,
    Session,
    acting_as,
    as_json,
    local,
    principal,
    print_json,
    said_as,
    session,
    table,
)

if TYPE_CHECKING:
    from deskhand.answering import AskedQuestion, Trace
    from deskhand.assembly import Desk

QUESTION_WIDTH = 60


@click.group(cls=Group)
def runs() -> None:
    """What was asked, and how each answer was made. You see your own; `--as` looks as somebody else."""


@runs.command("list")
@click.option("--limit", type=click.IntRange(1, 1_000), default=20, show_default=True)
@click.option("--after", metavar="ID", help="Begin after the run with this id.")
@acting_as
@as_json
@session
def list_(session: Session, limit: int, after: str | None, who: str | None, as_json: bool) -> None:
    """Questions and their runs, newest first."""

    async def work() -> list[AskedQuestion]:
        async with session.desk() as desk:
            return await desk.asking.runs(await principal(desk, who), limit, after)

    found = session.run(work())
    if as_json:
        print_json([_plain(asked) for asked in found])
        return
    rows = [(asked.run, asked.state, local(asked.asked), asked.label, _short(asked.text)) for asked in found]
    table(("RUN", "STATE", "ASKED", "LABEL", "QUESTION"), rows, empty="Nothing was asked; `deskhand ask` asks.")


@runs.command()
@click.argument("id")
@click.option("--full", is_flag=True, help="The prompt and the passages in full.")
@acting_as
@as_json
@session
def show(session: Session, id: str, full: bool, who: str | None, as_json: bool) -> None:
    """How the run ID made its answer: steps, passages, prompt, tokens, citations."""

    async def work() -> Trace:
        async with session.desk() as desk:
            return await desk.asking.trace(id, await principal(desk, who))

    trace = session.run(work())
    if as_json:
        print_json(trace.as_json())
        return
    from rich.console import Console

    from deskhand.cli.drawing import draw_trace

    Console().print(draw_trace(trace, whole=full), highlight=False)


@runs.command()
@click.argument("id")
@acting_as
@session
def cancel(session: Session, id: str, who: str | None) -> None:
    """Stop the run ID before its next step."""
    from deskhand.errors import Conflict

    async def work(desk: Desk) -> None:
        asker = await principal(desk, who)
        state = (await desk.asking.trace(id, asker)).state
        if state in ("finished", "failed"):
            raise Conflict(f"run {id!r} has {state}; there is nothing to cancel.")
        await desk.asking.cancel(id, asker)

    session.run(_with_desk(session, work))
    click.echo(f"{id} is cancelled; `deskhand runs resume {id}{said_as(who)}` carries it on.")


@runs.command()
@click.argument("id")
@acting_as
@session
def resume(session: Session, id: str, who: str | None) -> None:
    """Carry on the cancelled or failed run ID after its last finished step, and wait for its end."""

    async def work(desk: Desk) -> None:
        asker = await principal(desk, who)
        await desk.asking.resume(id, asker)
        session.under_way = [id]
        await desk.asking.answer(id, asker)
        session.under_way = []

    session.run(_with_desk(session, work))
    click.echo(f"{id} has finished; `deskhand runs show {id}{said_as(who)}` shows it.")


@runs.command()
@click.argument("id")
@click.option("--good/--bad", "good", default=None, help="Whether the answer helped.")
@click.option("--take-back", is_flag=True, help="Take back what you said.")
@click.option("--reason", default="", metavar="TEXT", help="Why, in your words; sensitive data is redacted.")
@click.option("--better", default="", metavar="TEXT", help="What the answer should have said.")
@acting_as
@session
def verdict(
    session: Session, id: str, good: bool | None, take_back: bool, reason: str, better: str, who: str | None
) -> None:
    """Say whether the answer of the run ID was good. Said again, it takes the place of what you said before."""
    if take_back == (good is not None) or (take_back and (reason or better)):
        raise click.UsageError("say --good or --bad, with --reason or --better where you like, or --take-back alone.")

    async def work(desk: Desk) -> None:
        asker = await principal(desk, who)
        if good is None:
            await desk.asking.take_back_verdict(id, asker, reader=asker)
        else:
            await desk.asking.put_verdict(id, asker, good, reason, reader=asker, better=better)

    session.run(_with_desk(session, work))
    said = "without a verdict of yours" if good is None else "good" if good else "bad"
    click.echo(f"{id} is {said}; `deskhand runs show {id}{said_as(who)}` shows what was said.")


async def _with_desk(session: Session, work: Callable[[Desk], Awaitable[None]]) -> None:
    async with session.desk() as desk:
        await work(desk)


def _plain(asked: AskedQuestion) -> dict[str, object]:
    return {
        "id": asked.run,
        "conversation": asked.conversation,
        "label": asked.label,
        "state": asked.state,
        "question": asked.text,
        "asked": asked.asked,
        "ended": asked.ended,
        "answer": asked.answer,
        "kept": bool(asked.answer and asked.answer.made),
    }


def _short(text: str) -> str:
    return text if len(text) <= QUESTION_WIDTH else text[: QUESTION_WIDTH - 1] + "…"
