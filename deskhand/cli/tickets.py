"""`deskhand tickets`: cases that people submit, what becomes of them, and who there is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from deskhand.cli.session import Group, Session, acting_as, as_json, local, plain, principal, print_json, session, table
from deskhand.cli.ticket_approvals import approvals, approve, deny, plain_approval
from deskhand.cli.ticket_audit import audit
from deskhand.cli.ticket_changes import assign, comment, edit, reopen, resolve, subscribe, unsubscribe
from deskhand.cli.ticket_drawing import draw_approval, draw_body, draw_entry, draw_head, plain_ticket, say_ticket, short
from deskhand.cli.ticket_evaluate import evaluate
from deskhand.cli.ticket_notices import notices
from deskhand.cli.ticket_policy import policy
from deskhand.cli.ticket_proposals import examples, proposals
from deskhand.cli.ticket_registry import registry
from deskhand.cli.ticket_sources import sources
from deskhand.cli.ticket_texts import from_file, read_text
from deskhand.cli.ticket_tools import tools
from deskhand.cli.ticket_watching import watched

if TYPE_CHECKING:
    from deskhand.nouns import Ticket, TicketState
    from deskhand.ticketing.audit_records import Entry
    from deskhand.ticketing.listing import Seen
    from deskhand.ticketing.registry import Loaded

STATES = ("unassigned", "waiting", "auto-resolved", "assigned", "resolved", "reopened")


@click.group(cls=Group)
def tickets() -> None:
    """Cases that people submit. A written policy decides what is done about one; the rest goes to a person."""


@tickets.command()
@click.argument("text", required=False)
@from_file
@click.option("--for", "requester", metavar="EMPLOYEE", help="Whose ticket it is, where not yours.")
@click.option("--id", "id", metavar="ID", help="Its id, where you handle tickets (default: a new one).")
@click.option("--no-wait", is_flag=True, help="Do not wait for what becomes of it.")
@acting_as
@as_json
@session
def submit(
    session: Session,
    text: str | None,
    file: Path | None,
    requester: str | None,
    id: str | None,
    no_wait: bool,
    who: str | None,
    as_json: bool,
) -> None:
    """Submit a ticket with this TEXT ("-": from stdin), and say what becomes of it."""
    written = read_text(text, file)

    async def work() -> Ticket:
        async with session.desk() as desk:
            submitter = await principal(desk, who)
            ticket = await desk.ticketing.submit(written, submitter=submitter, requester=requester, id=id, source="cli")
            return ticket if no_wait else await watched(desk, ticket, submitter, quiet=as_json, who=who)

    say_ticket(session.run(work()), as_json, who)


@tickets.command()
@click.argument("id")
@acting_as
@as_json
@session
def retry(session: Session, id: str, who: str | None, as_json: bool) -> None:
    """Have the agent look at the ticket ID anew, and say what becomes of it."""

    async def work() -> Ticket:
        async with session.desk() as desk:
            by = await principal(desk, who)
            return await watched(desk, await desk.ticketing.retry(id, by), by, quiet=as_json, who=who)

    say_ticket(session.run(work()), as_json, who)


@tickets.command("list")
@click.option("--state", "states", type=click.Choice(STATES), multiple=True, help="Only those. Repeat for several.")
@click.option("--mine", is_flag=True, help="Only those that concern you.")
@click.option("--limit", type=click.IntRange(1, 1_000), default=50, show_default=True)
@acting_as
@as_json
@session
def list_(session: Session, states: tuple[str, ...], mine: bool, limit: int, who: str | None, as_json: bool) -> None:
    """Tickets that you may see, the last changed first."""

    async def work() -> list[Ticket]:
        from deskhand.ticketing.listing_records import Wanted

        async with session.desk() as desk:
            reader = await principal(desk, who)
            wanted = Wanted(states=cast("tuple[TicketState, ...]", states), mine=mine)
            return await desk.ticketing.tickets(reader, wanted, limit=limit)

    found = session.run(work())
    if as_json:
        print_json([plain_ticket(ticket) for ticket in found])
        return
    name = who or session.settings().operator
    rows = [(t.id, short(t.status), short(t.requester), local(t.changed), short(t.text)) for t in found]
    table(
        ("TICKET", "STATUS", "REQUESTER", "CHANGED", "TEXT"),
        rows,
        empty=f"No tickets that {name} may see; --as EMAIL looks as somebody else.",
    )


@tickets.command()
@click.argument("id")
@click.option("--trace", is_flag=True, help="All that was read, decided and done for it.")
@acting_as
@as_json
@session
def show(session: Session, id: str, trace: bool, who: str | None, as_json: bool) -> None:
    """The ticket ID with every change of it."""

    async def work() -> tuple[Seen, list[Entry] | None]:
        async with session.desk() as desk:
            reader = await principal(desk, who)
            seen = await desk.ticketing.ticket(id, reader)
            return seen, await desk.ticketing.trace(id, reader) if trace else None

    seen, entries = session.run(work())
    if as_json:
        print_json(_plain(seen, entries))
        return
    draw_head(seen.ticket)
    draw_body(seen.ticket, seen.history, seen.subscribers)
    for approval in seen.approvals:
        draw_approval(approval)
    if seen.proposal is not None:
        click.echo(f"\nA drafted reply waits for review: deskhand tickets proposals show {id}")
    if entries is not None:
        click.echo()
        for entry in entries:
            draw_entry(entry)


def _plain(seen: Seen, entries: list[Entry] | None) -> dict[str, object]:
    return {
        **plain_ticket(seen.ticket),
        "history": plain(seen.history),
        "subscribers": list(seen.subscribers),
        "approvals": [plain_approval(each) for each in seen.approvals],
        "proposed": seen.proposal is not None,
        **({"trace": entries} if entries is not None else {}),
    }


@tickets.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@as_json
@session
def load(session: Session, file: Path, as_json: bool) -> None:
    """Add employees, environments and accesses from FILE (YAML), or change them; what it does not name stays."""

    async def work() -> Loaded:
        from deskhand.ticketing.registry import Registry, load_registry

        listing = load_registry(file)
        async with session.ground() as ground:
            return await Registry(ground.database).load(listing, by=ground.settings.operator)

    done = session.run(work())
    if as_json:
        print_json(done)
        return
    click.echo(f"{done.added} added, {done.changed} changed, {done.unchanged} as before.")


for _command in (
    comment,
    edit,
    assign,
    resolve,
    reopen,
    subscribe,
    unsubscribe,
    approvals,
    approve,
    deny,
    registry,
    audit,
    policy,
    proposals,
    examples,
    notices,
    sources,
    tools,
    evaluate,
):
    tickets.add_command(_command)
