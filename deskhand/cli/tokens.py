"""`deskhand tokens`: what clients of the HTTP API sign in with."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from deskhand.cli.console import console_by_settings
from deskhand.cli.session import Group, Session, as_json, local, print_json, session, table

if TYPE_CHECKING:
    from deskhand.access import Token

_LIFE = re.compile(r"(\d{1,5})([hd])")


class Life(click.ParamType["timedelta | None"]):
    """A length of time: "12h", "90d"; "never" is None."""

    name = "life"

    def convert(
        self, value: str | timedelta, param: click.Parameter | None, context: click.Context | None
    ) -> timedelta | None:
        if isinstance(value, timedelta):
            return value
        if value == "never":
            return None
        match = _LIFE.fullmatch(value)
        if match is None:
            self.fail(f"{value!r} is not a length of time; write 12h, 90d or never.", param, context)
        number = int(match[1])
        return timedelta(hours=number) if match[2] == "h" else timedelta(days=number)


@click.group(cls=Group)
def tokens() -> None:
    """Tokens for the HTTP API, and links into the console. Only hashes are kept."""


@tokens.command()
@click.argument("who")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    default=("ask",),
    show_default=True,
    type=click.Choice(["ask", "ingest", "admin", "contact", "tickets", "guardrails"]),
    help="What it may do. Repeat for several.",
)
@click.option("--expires", type=Life(), default="90d", show_default=True, help="How long it lives: 12h, 90d, never.")
@click.option("--label", default="", help="What it is for.")
@as_json
@session
def create(
    session: Session, who: str, scopes: tuple[str, ...], expires: timedelta | None, label: str, as_json: bool
) -> None:
    """Make a token for WHO, and print it; it is never shown again."""

    async def work() -> tuple[str, Token]:
        async with session.ground() as ground:
            return await ground.directory.issue_token(who, frozenset(scopes), expires=expires, label=label)

    text, token = session.run(work())
    if as_json:
        print_json({"token": text, **_shown(token)})
        return
    click.echo(text)
    until = f"until {local(token.expires)}" if token.expires else "until it is revoked"
    click.echo(f"For {token.principal}: {', '.join(sorted(token.scopes))}, {until}. Keep it now.", err=True)


@tokens.command()
@click.argument("who")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    default=("ask", "tickets"),
    show_default=True,
    type=click.Choice(["ask", "ingest", "admin", "tickets"]),
    help="What it lets them do. Repeat for several.",
)
@click.option("--url", help="Where they open the console (default: as the settings say).")
@as_json
@session
def link(session: Session, who: str, scopes: tuple[str, ...], url: str | None, as_json: bool) -> None:
    """Make a link that signs WHO in to the console once, within ten minutes, and print it."""
    settings = session.settings()
    place = console_by_settings(settings, url)
    stranger = who.strip().casefold() == settings.operator.strip().casefold()

    async def work() -> str:
        async with session.ground() as ground:
            return await ground.sessions.link(who, frozenset(scopes), stranger=stranger)

    from deskhand.channels.console import sign_in_address

    address = sign_in_address(place, session.run(work()))
    if as_json:
        print_json({"link": address, "who": who, "scopes": frozenset(scopes)})
        return
    click.echo(address)
    click.echo(f"For {who}: {', '.join(sorted(scopes))}. It works once, within ten minutes.", err=True)


@tokens.command("list")
@click.argument("who", required=False)
@as_json
@session
def list_(session: Session, who: str | None, as_json: bool) -> None:
    """All tokens, or WHO's; never their text."""

    async def work() -> list[Token]:
        async with session.ground() as ground:
            return await ground.directory.tokens(who)

    found = session.run(work())
    if as_json:
        print_json([_shown(token) for token in found])
        return
    rows = [
        (
            t.id,
            t.principal,
            ",".join(sorted(t.scopes)),
            t.state(datetime.now(UTC)),
            local(t.expires),
            local(t.used),
            t.label,
        )
        for t in found
    ]
    table(
        ("TOKEN", "WHO", "SCOPES", "STATE", "EXPIRES", "USED", "LABEL"),
        rows,
        empty="No tokens; `deskhand tokens create ana@example.com` makes one.",
    )


@tokens.command()
@click.argument("id")
@session
def revoke(session: Session, id: str) -> None:
    """Revoke the token with this ID (its first characters, as `list` shows them)."""

    async def work() -> None:
        async with session.ground() as ground:
            await ground.directory.revoke(id)

    session.run(work())
    click.echo(f"{id[:11]} is revoked.")


@tokens.command("sign-out")
@click.argument("who")
@session
def sign_out(session: Session, who: str) -> None:
    """Sign WHO out of the console in every browser, and make links worthless that were not used."""

    async def work() -> None:
        async with session.ground() as ground:
            await ground.sessions.end_all(who)

    session.run(work())
    click.echo(f"{who} is signed out of every browser.")


def _shown(token: Token) -> dict[str, object]:
    return {
        "id": token.id,
        "principal": token.principal,
        "scopes": token.scopes,
        "label": token.label,
        "state": token.state(datetime.now(UTC)),
        "created": token.created,
        "expires": token.expires,
        "used": token.used,
        "revoked": token.revoked,
    }
