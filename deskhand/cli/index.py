"""`deskhand index`: the search index, which is made from the database and can be made anew."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import click

from deskhand.cli.session import Group, Session, as_json, print_json, session

if TYPE_CHECKING:
    from deskhand.assembly import Desk


@click.group(cls=Group)
def index() -> None:
    """The search index. The database is the truth; the index can always be made anew from it."""


@index.command()
@as_json
@session
def rebuild(session: Session, as_json: bool) -> None:
    """Make the index anew, while the old one serves; then embed what has no vector yet.

    With several processes on PostgreSQL, each has an index of its own, and the one that takes this up makes its own
    anew.
    """
    from deskhand.knowledge.steps import REBUILD

    done = session.run(_carried(session, REBUILD))
    if as_json:
        print_json(done)
        return
    click.echo(f"{done['passages']} passages are indexed, {done['embedded']} were embedded.")


@index.command()
@as_json
@session
def check(session: Session, as_json: bool) -> None:
    """A real query through index and database."""
    from deskhand.knowledge.steps import CHECK

    done = session.run(_carried(session, CHECK))
    if as_json:
        print_json(done)
        return
    click.echo("The index answers, and has all that the database has.")


async def _carried(session: Session, workflow: str) -> Any:
    """The result of a run of `workflow`, carried by the process that has the index, with its progress shown here."""
    run = f"index-{uuid.uuid4().hex}"
    async with session.desk() as desk:
        await desk.engine.start(workflow, run, {}, door="cli")
        await _show(desk, run)
        return await desk.engine.result(run)


async def _show(desk: Desk, run: str) -> None:
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    # Into a file, a bar would leave an empty line.
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bars:
        tasks: dict[str, Any] = {}
        async for event in desk.engine.follow(run):
            if event.type == "progress":
                doing = event.data["doing"]
                if doing not in tasks:
                    tasks[doing] = bars.add_task(doing, total=None)
                bars.update(tasks[doing], completed=event.data["done"], total=event.data["total"] or None)
