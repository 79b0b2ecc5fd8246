"""`deskhand index`: the search index, which is made from the database and can be made anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from deskhand.cli.session import Session, as_json, print_json, session

if TYPE_CHECKING:
    from rich.progress import Progress


@click.group()
def index() -> None:
    """The search index. The database is the truth; the index can always be made anew from it."""


@index.command()
@as_json
@session
def rebuild(session: Session, as_json: bool) -> None:
    """Make the index anew, while the old one serves; then embed what has no vector yet."""
    from rich.console import Console
    from rich.progress import Progress

    async def work() -> tuple[int, int]:
        async with session.desk() as desk:
            with Progress(console=Console(stderr=True), transient=True) as bars:
                count = await desk.library.rebuild(_bar(bars, "indexing"))
                return count, await desk.library.embed_missing(_bar(bars, "embedding"))

    count, embedded = session.run(work())
    if as_json:
        print_json({"passages": count, "embedded": embedded})
        return
    click.echo(f"{count} passages are indexed, {embedded} were embedded.")


def _bar(bars: Progress, name: str) -> Callable[[int, int], None]:
    task = bars.add_task(name, total=None)

    def update(done: int, total: int) -> None:
        bars.update(task, completed=done, total=total)

    return update


@index.command()
@as_json
@session
def check(session: Session, as_json: bool) -> None:
    """A real query through index and database."""

    async def work() -> None:
        async with session.desk() as desk:
            await desk.library.catch_up()
            await desk.library.check()

    session.run(work())
    if as_json:
        print_json({"ok": True})
        return
    click.echo("The index answers, and has all that the database has.")
