"""`deskhand settings`: every setting with its value, and a try at each connection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from deskhand.cli.session import Group, Session, as_json, print_json, session

if TYPE_CHECKING:
    from deskhand.assembly import Desk
    from deskhand.channels.connected import Check, Connected
    from deskhand.channels.trying import Tried


@click.group(cls=Group, invoke_without_command=True)
@as_json
@click.pass_context
def settings(context: click.Context, as_json: bool) -> None:
    """Every setting with its value, its default and what it does. Secrets are not shown."""
    if context.invoked_subcommand is not None:
        return
    from deskhand.settings.showing import shown_settings

    rows = [each.told() for each in shown_settings(context.find_object(Session).settings())]  # type: ignore[union-attr]
    if as_json:
        print_json(rows)
        return
    click.echo("Set them in deskhand.toml, or as DESKHAND_NAME (DESKHAND_PART__NAME inside a part).\n")
    for row in rows:
        changed = row["value"] != row["default"]
        value = click.style(str(row["value"]), fg="green") if changed else str(row["value"])
        default = f"  ({row['source']}; default: {row['default']})" if changed else ""
        click.echo(f"{click.style(row['name'], bold=True)} = {value}{default}")
        click.echo(click.wrap_text(row["help"], 100, "    ", "    "))


@settings.command()
@as_json
@session
def check(session: Session, as_json: bool) -> None:
    """Try each connection: database, engine, index, every model, guards, doors, ticket sources, notices and tools."""
    tried = session.run(_check(session))
    if as_json:
        print_json(tried)
    else:
        for part in tried:
            sign = click.style("ok", fg="green") if part["ok"] else click.style("FAILS", fg="red")
            click.echo(f"{sign:<14} {part['name']}  {part['detail']}")
    if not all(part["ok"] for part in tried):
        raise click.exceptions.Exit(1)


async def _check(session: Session) -> list[dict[str, Any]]:
    from deskhand.assembly.connections import connections

    tried: list[dict[str, Any]] = []
    async with session.desk() as desk:
        for each in connections(desk):
            if each.name == "index":
                # The index is where runs are carried, which may be another process.
                tried += await _tried(each, lambda: _checked_index(desk))
            elif each.on and each.check is not None:
                tried += await _tried(each, each.check)
    return tried


async def _tried(connected: Connected, check: Check) -> list[dict[str, Any]]:
    from deskhand.channels.trying import Tried, attempt

    name = connected.name.replace(":", " ", 1)
    made = await attempt(check(), connected.seconds)
    if isinstance(made.said, list):
        said = made.said
    else:
        said = [Tried("", made.error is None, made.why or f"{made.ms:.0f} ms")]
    return [{"name": f"{name} {each.name}".strip(), "ok": each.ok, "detail": each.detail} for each in said]


async def _checked_index(desk: Desk) -> Sequence[Tried]:
    """Through a run."""
    import uuid

    from deskhand.channels.trying import Tried
    from deskhand.knowledge.steps import CHECK

    run = f"index-{uuid.uuid4().hex}"
    await desk.engine.start(CHECK, run, {})
    await desk.engine.result(run, timeout=60)
    return [Tried("query", True, "it answers, and has all that the database has")]
