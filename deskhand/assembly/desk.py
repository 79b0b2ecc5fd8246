"""The whole desk: the engine, the library and the rooms on their ground."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from deskhand.assembly.doors import contact_door, slack_door
from deskhand.assembly.ground import Ground, open_ground, synchronous
from deskhand.assembly.guardrails import guard_of, guarded_chats, guardrails_of
from deskhand.assembly.models import Models, models_of
from deskhand.assembly.ticket_sources import ticket_door
from deskhand.assembly.tickets import ticket_notices, ticketing
from deskhand.assembly.tools import keep_tools
from deskhand.errors import GuardrailFailed
from deskhand.nouns import Json
from deskhand.settings import Settings

if TYPE_CHECKING:
    from deskhand.access import Sessions
    from deskhand.answering import Asking
    from deskhand.channels.contact.door import ContactDoor
    from deskhand.channels.slack.door import SlackDoor
    from deskhand.channels.tickets.door import TicketDoor
    from deskhand.engine import Context, Engine, Workflow
    from deskhand.guardrails.guard import Guard
    from deskhand.guardrails.opening import Guardrails
    from deskhand.ingestion import Ingestion
    from deskhand.knowledge import Filters, Library
    from deskhand.llm import Actor, Chat
    from deskhand.ticketing.notices import Notices
    from deskhand.ticketing.tickets import Ticketing


RETENTION = "17 3 * * *"
"""When ended runs older than `retention_days` are deleted: nightly, in UTC."""


TIDYING = "*/10 * * * *"
"""When kept answers that are out of date are deleted (until then they are only not given), and what a process put on
record and died before it started is started."""


log = logging.getLogger(__name__)


class Forgetful(Protocol):
    """What keeps things that are of no use after some time."""

    async def forget(self, older_than: timedelta) -> int: ...


@dataclass(frozen=True)
class Desk(Ground):
    """Everything, at work."""

    engine: Engine
    library: Library
    ingestion: Ingestion
    asking: Asking
    ticketing: Ticketing
    notices: Notices
    """The outbox of notices of tickets, shut: who opens it sends what is in there."""
    guardrails: Guardrails
    """All policies of guardrails."""
    guard: Guard | None = None
    """The guardrail that holds here, where one is set."""
    contact: ContactDoor | None = None
    """The phone door where one is set, shut."""
    slack: SlackDoor | None = None
    """The Slack door where one is set, shut: runs that came in by it are carried, but only who opens it listens."""
    sources: TicketDoor | None = None
    """The doors that tickets come in by, where any is set, shut."""
    models: Models | None = None
    """The models by role, as they were opened."""


@asynccontextmanager
async def open_desk(
    settings: Settings,
    *,
    engine: Engine | None = None,
    chats: Mapping[str, Chat] | None = None,
    actor: Actor | None = None,
    grace: float = 3.0,
    warm: bool = False,
) -> AsyncIterator[Desk]:
    """The whole desk, launched: it carries the runs that were left behind, then new ones, until it is closed.

    `engine`, `chats` (by label) and the `actor` that proposes what is done for tickets stand in for those that the
    settings name. Closing gives runs under way
    `grace` seconds, then leaves them for the next launch. `warm` is for servers: the first question finds everything
    loaded. Raises `BadSettings`.
    """
    with open_ground(settings) as ground:
        models = models_of(settings, chats, actor)
        desk = _furnish(ground, engine, models)
        tools = AsyncExitStack()

        async def prepare() -> None:
            await models.open(warm)
            if warm and desk.guard is not None:
                await _warm(desk.guard)
            await desk.library.launch()
            await tools.enter_async_context(keep_tools(settings.tickets.tools, desk.ticketing.equip))

        try:
            # A command beside a server is its client and needs no index of its own.
            await desk.engine.launch(prepare)
            await desk.asking.recover()
            await desk.ticketing.recover()
            await desk.ingestion.tidy()
            await desk.engine.schedule("prune", RETENTION, "prune", {"days": settings.retention_days})
            await desk.engine.schedule("tidy", TIDYING, "tidy", {})
            async with desk.asking.bell.hearing():
                yield desk
        finally:
            await desk.engine.close(grace)
            await tools.aclose()
            if desk.slack is not None:
                await desk.slack.close()
            await desk.ingestion.close()
            await desk.library.close()
            if desk.guard is not None:
                await desk.guard.close()
            await models.close()


async def _warm(guard: Guard) -> None:
    """That a guardrail cannot run yet keeps no server from starting: it says so at each text."""
    try:
        await guard.warm()
    except GuardrailFailed as error:
        log.warning("the guardrail is not warm (%s)", error)


def _furnish(ground: Ground, engine: Engine | None, models: Models) -> Desk:
    from deskhand.engine import open_engine
    from deskhand.knowledge import open_library
    from deskhand.knowledge.steps import CHECK, REBUILD, checking, rebuilding

    settings, database = ground.settings, ground.database
    engine = engine or open_engine(settings.address, settings.home, database, synchronous=synchronous(settings))
    embedder, former = models.embedders
    library = open_library(
        database,
        settings.home,
        embedder=embedder,
        reranker=models.reranker,
        former=[former] if former else [],
    )
    ingestion = _ingestion(ground, engine, library, models)
    guardrails = guardrails_of(settings, ground.redactor, embedder, models.chats)
    guard = guard_of(settings, guardrails)
    asking = _asking(ground, engine, library, models, guard)
    contact = contact_door(ground, engine, library, asking)
    slack = slack_door(ground, engine, library, ingestion, asking)
    tickets = ticketing(ground, engine, library, asking, models.actor, guard)
    notices, sources = ticket_notices(ground, asking.bell), ticket_door(ground, tickets)
    forgetting = {"messages": slack, "calls": contact, "notices": notices, "dead letters": sources}
    engine.register("prune", _pruning(engine, forgetting))
    engine.register("tidy", _tidying(asking, tickets, ground.sessions, ingestion))
    engine.register(REBUILD, rebuilding(library))
    engine.register(CHECK, checking(library))
    return Desk(
        settings,
        database,
        ground.directory,
        ground.catalog,
        ground.redactor,
        engine,
        library,
        ingestion,
        asking,
        tickets,
        notices,
        guardrails,
        guard,
        contact,
        slack,
        sources,
        models,
    )


def _ingestion(ground: Ground, engine: Engine, library: Library, models: Models) -> Ingestion:
    from deskhand.ingestion import Ingestion

    settings = ground.settings
    return Ingestion(
        engine,
        ground.catalog,
        library,
        ground.directory,
        redactor=ground.redactor,
        vault=ground.vault,
        workers=settings.ingestion.workers,
        memory_mb=settings.ingestion.memory_mb,
        seconds=settings.ingestion.seconds,
        max_file_mb=settings.ingestion.max_file_mb,
        seer=models.seer,
        spool=settings.home / "spool",
    )


def _asking(ground: Ground, engine: Engine, library: Library, models: Models, guard: Guard | None) -> Asking:
    from deskhand.answering import Asking, CacheOptions
    from deskhand.llm import Budget

    settings = ground.settings
    kept = settings.answer_cache
    return Asking(
        ground.database,
        engine,
        library,
        ground.directory,
        redactor=ground.redactor,
        chats=guarded_chats(models.chats, guard),
        default=models.default,
        libraries=libraries_of(settings),
        url_rules=[(rule.title, rule.url) for rule in settings.url_rules],
        person=settings.person,
        budget=Budget(settings.budget_tokens, settings.budget_seconds),
        embedder=models.embedders[0],
        cache=CacheOptions(kept.same, kept.similar, kept.similarity, kept.hours * 3600),
        guard=guard,
    )


def libraries_of(settings: Settings) -> dict[str, Filters]:
    from deskhand.knowledge import Filters

    return {
        label: Filters(
            sources=frozenset(part.sources),
            metadata={name: frozenset(values) for name, values in part.metadata.items()},
        )
        for label, part in settings.libraries.items()
    }


def _pruning(engine: Engine, forgetting: Mapping[str, Forgetful | None]) -> Workflow:
    async def prune(context: Context, payload: Json) -> Json:
        deleted = await context.step("delete ended runs", _delete, payload["days"], engine=engine)
        for what, place in forgetting.items():
            if place is not None:
                await context.step(f"forget {what}", _forget, payload["days"], place=place)
        return deleted

    return prune


def _tidying(asking: Asking, tickets: Ticketing, sessions: Sessions, ingestion: Ingestion) -> Workflow:
    async def tidy(context: Context, payload: Json) -> Json:
        for what, room in (("questions", asking), ("tickets", tickets)):
            await context.step(f"start {what} left behind", _recover, room=room)
        await context.step("forget sessions that are over", _forget_sessions, sessions=sessions)
        await context.step("delete uploaded files that were read", _tidy_uploads, ingestion=ingestion)
        return await context.step("forget kept answers", _forget_kept, asking=asking)

    return tidy


async def _recover(*, room: Asking | Ticketing) -> int:
    return await room.recover()


async def _forget_sessions(*, sessions: Sessions) -> int:
    return await sessions.forget()


async def _tidy_uploads(*, ingestion: Ingestion) -> int:
    return await ingestion.tidy()


async def _forget_kept(*, asking: Asking) -> int:
    return await asking.forget_kept()


async def _delete(days: int, *, engine: Engine) -> int:
    return await engine.prune(timedelta(days=days))


async def _forget(days: int, *, place: Forgetful) -> int:
    return await place.forget(timedelta(days=days))
