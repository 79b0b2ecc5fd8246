"""What tickets come in by, by what people are told of them, and what the agent can do."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from deskhand.channels.connected import Connected
from deskhand.channels.trying import Tried
from deskhand.settings.showing import public_address

if TYPE_CHECKING:
    from deskhand.assembly.desk import Desk
    from deskhand.channels.tickets import Options
    from deskhand.settings import Settings
    from deskhand.ticketing.tickets import Ticketing
    from deskhand.ticketing.tools.options import Group

SECONDS = 25.0


def ways_in(desk: Desk) -> list[Connected]:
    """Folders, webhooks, queues and tables that tickets come in by."""
    from deskhand.assembly.ticket_sources import source_options

    options = source_options(desk.settings)
    nothing = replace(options, folders=(), webhooks=(), queues=(), tables=())
    found = [
        *(
            _way(f"folder:{each.name}", f"A folder: {each.path}", replace(nothing, folders=(each,)), free=True)
            for each in options.folders
        ),
        *(
            _way(f"webhook:{each.name}", f"POST /tickets/{each.name}", replace(nothing, webhooks=(each,)), free=True)
            for each in options.webhooks
        ),
        *(
            _way(f"queue:{each.name}", f"A queue: {public_address(each.queue.url)}", replace(nothing, queues=(each,)))
            for each in options.queues
        ),
        *(
            _way(f"table:{each.name}", f"A table of DynamoDB: {each.table}", replace(nothing, tables=(each,)))
            for each in options.tables
        ),
    ]
    if not found:
        what, how = (
            "None is set: tickets come by our own calls and the command line",
            "See docs/how-to/ticket-sources.md.",
        )
        found.append(Connected("ticket-sources", "tickets", "Ticket sources", what, on=False, next=how))
    return found


def _way(name: str, what: str, options: Options, *, free: bool = False) -> Connected:
    async def check() -> list[Tried]:
        from deskhand.channels.tickets.checking import check as checked

        return await checked(options)

    title = name.partition(":")[2]
    return Connected(f"tickets:{name}", "tickets", title, what, check=check, seconds=SECONDS, free=free)


def notices(desk: Desk) -> list[Connected]:
    """The channels by which people and programs are told of changes to tickets."""
    from deskhand.assembly.notices import notice_channels

    channels = notice_channels(desk.settings)
    names = (*channels.personal, *channels.shared)
    if not names:
        what, how = "Nobody is told of changes to tickets", "Set tickets.notices; see docs/how-to/ticket-notices.md."
        return [Connected("notices", "notices", "Notices", what, on=False, next=how)]
    return [_channel(name, desk.settings) for name in names]


def _channel(name: str, settings: Settings) -> Connected:
    chosen = settings.tickets.notices
    title, what, facts = name, "Direct messages by the bot", {}
    if name == "email" and chosen.email is not None:
        title, what = "E-mail", f"Through {chosen.email.host}:{chosen.email.port}"
        facts = {"From": chosen.email.sender, "Encrypted": chosen.email.security, "Signs in": _yes(chosen.email.user)}
    elif name == "slack":
        title = "Slack messages"
    elif name == "sns" and chosen.sns is not None:
        title, what = "Amazon SNS", chosen.sns.topic
    elif name.startswith("webhook:"):
        # Where it is stays untold: such addresses often hold a token.
        title, what, facts = name.partition(":")[2], "A program, by signed HTTP requests", {"Secret": "set"}
    return Connected(
        f"notices:{name}", "notices", title, what, facts, check=lambda: _tried_channel(name, settings), seconds=SECONDS
    )


def _yes(given: object) -> str:
    return "yes" if given else "no"


async def _tried_channel(name: str, settings: Settings) -> list[Tried]:
    """Its server greeted; no notice is sent."""
    from deskhand.assembly.notices import notice_senders

    senders = notice_senders(settings)
    try:
        return [Tried(name, True, await senders[name].check())]
    finally:
        for sender in senders.values():
            await sender.close()


def tools(desk: Desk) -> list[Connected]:
    """The agent's own action groups."""
    from deskhand.assembly.tools import tool_groups

    groups = list(tool_groups(desk.settings.tickets.tools))
    if not groups:
        what, how = "The agent has the tools that come along", "See docs/how-to/ticket-tools.md."
        return [Connected("tools", "tools", "Own tools", what, on=False, next=how)]
    return [_group(group, desk.ticketing) for group in groups]


def _group(group: Group, ticketing: Ticketing) -> Connected:
    from deskhand.ticketing.tools.options import FunctionGroup, McpGroup, OpenApiGroup, PythonGroup

    match group:
        case PythonGroup():
            what = f"{len(group.reads) + len(group.acts)} Python functions"
        case OpenApiGroup():
            what = f"Operations at {public_address(group.base_url)}"
        case FunctionGroup():
            what = "Functions as action groups describe them"
        case McpGroup():
            what = f"An MCP server at {public_address(group.url)}" if group.url else "An MCP server, started here"
    return Connected(
        f"tools:{group.label}",
        "tools",
        group.label,
        what,
        check=lambda: _opened(group, ticketing),
        seconds=SECONDS,
    )


async def _opened(group: Group, ticketing: Ticketing) -> list[Tried]:
    from deskhand.channels.lambdas import Lambdas
    from deskhand.ticketing.tools.groups import open_groups
    from deskhand.ticketing.tools.options import McpGroup

    if isinstance(group, McpGroup) and (kept := _kept(group.label, ticketing)) is not None:
        # A second server of it might stand in the way of the one that is kept.
        return [kept]
    async with open_groups([group], invoker=Lambdas()) as found:
        return [_counted(found)]


def _kept(label: str, ticketing: Ticketing) -> Tried | None:
    """Whether the tools of a server are there that is kept by this process; None where another one does."""
    if label in ticketing.tools_away:
        return Tried("tools", False, "its server is not there; it is tried again by itself")
    found = sorted(name for name, tool in ticketing.tools.items() if tool.group == label)
    return _counted(found) if found else None


def _counted(names: Collection[str]) -> Tried:
    return Tried("tools", True, f"{len(names)}: {', '.join(sorted(names)[:12])}")
