"""`deskhand serve`: the HTTP door, until it is told to stop."""

from __future__ import annotations

import logging
import sys
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import click

from deskhand.cli.console import operator_code, way_in
from deskhand.cli.session import Session, session

if TYPE_CHECKING:
    from deskhand.assembly import Desk
    from deskhand.channels.api import Annex, Options
    from deskhand.channels.contact.door import ContactDoor
    from deskhand.channels.slack.door import SlackDoor
    from deskhand.channels.tickets.door import TicketDoor
    from deskhand.settings import Settings


SWITCH_SECONDS = 0.001
"""How long a thread may keep the interpreter from one that waits for it: a database thread needs it for each statement,
and whoever waits for an answer waits for that thread."""
GRACE_SECONDS = 0.75
"""What runs under way get when the server goes down; with all else, it is gone within three seconds."""


@click.command()
@click.option("--host", help="The address to listen on (default: the setting `host`).")
@click.option("--port", type=click.IntRange(0, 65535), help="The port; 0 takes a free one (default: the setting).")
@session
def serve(session: Session, host: str | None, port: int | None) -> None:
    """Answer over HTTP, and carry on what was left unfinished. Prints its address when it is ready."""
    settings = session.settings(host=host, port=port)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for name in ("httpx", "httpx2", "dbos", "uvicorn", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    _loop(_serve(settings))


def _loop(work: Coroutine[Any, Any, None]) -> None:
    import asyncio

    loop_factory = None
    if sys.platform != "win32":
        import uvloop

        loop_factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(work)


async def _serve(settings: Settings) -> None:
    from deskhand.assembly import open_desk
    from deskhand.assembly.connections import setup_of
    from deskhand.channels import api, console
    from deskhand.cli.thrift import give_memory_back

    give_memory_back()
    sys.setswitchinterval(SWITCH_SECONDS)

    stop_telemetry = api.switch_on_telemetry(settings.telemetry_endpoint) if settings.telemetry_endpoint else None
    try:
        async with (
            open_desk(settings, grace=GRACE_SECONDS, warm=True) as desk,
            _at_work(desk),
        ):
            app = api.create_app(desk, _options(settings), _annexes(desk, settings), setup_of(desk))
            if settings.console.enabled:
                console.add_console(app)
            doors = [door.described() for door in (desk.contact, desk.slack, desk.sources) if door is not None]
            code = await operator_code(desk.sessions, settings)
            await api.serve(
                app,
                settings.host,
                settings.port,
                ready=lambda address: _say(address, doors, way_in(settings, address, code)),
            )
    finally:
        if stop_telemetry:
            stop_telemetry()


@asynccontextmanager
async def _at_work(desk: Desk) -> AsyncIterator[None]:
    """The doors beside HTTP that the desk has are open, and notices are sent. All are shut at once: there are seconds
    for it, and each may have something in hand."""
    import asyncio

    opened: list[ContactDoor | SlackDoor | TicketDoor] = []
    try:
        for door in (desk.contact, desk.slack, desk.sources):
            if door is not None:
                opened.append(door)
                await door.open()
        await desk.notices.open()
        yield
    finally:
        ended = await asyncio.gather(*(door.shut() for door in opened), desk.notices.close(), return_exceptions=True)
        for error in ended:
            if isinstance(error, BaseException):
                raise error


def _annexes(desk: Desk, settings: Settings) -> list[Annex]:
    from deskhand.channels.api import Annex

    annexes = []
    if desk.contact is not None:
        from deskhand.channels.contact.http import annex as of_contact

        annexes.append(of_contact(desk.contact))
    if desk.slack is not None:
        from deskhand.channels.slack.http import annex as of_slack

        annexes.append(of_slack(desk.slack))
    if desk.sources is not None:
        annexes.append(desk.sources.annex())
    if settings.tickets.notices != type(settings.tickets.notices)():
        annexes.append(Annex("notices", desk.notices.check))
    if settings.tickets.tools.mcp:
        annexes.append(Annex("tools", desk.ticketing.check_tools))
    return annexes


def _options(settings: Settings) -> Options:
    from deskhand.channels.api import Options

    token = settings.metrics_token
    return Options(
        question_characters=settings.question_characters,
        file_bytes=settings.ingestion.max_file_mb * 1024 * 1024,
        ingest_roots=tuple(settings.ingestion.roots),
        metrics_token=token.get_secret_value() if token else None,
        console=settings.console.enabled,
        origin=settings.console.url,
    )


def _say(address: str, doors: Sequence[str], console: str) -> None:
    _spare_collections()
    where = " and ".join([address, *doors])
    click.echo(f"Deskhand answers at {where} (Ctrl-C stops it; what is under way is carried on at the next start)")
    if console:
        click.echo(console)
    sys.stdout.flush()


def _spare_collections() -> None:
    """Take what the start made out of the garbage collector's sight: a pass over it stops all answers for 0.2 s."""
    import gc

    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
