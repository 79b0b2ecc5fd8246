"""A desk whose tickets come in by the doors: the real room on a database, runs in memory, and deaths at any write."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any

import sqlalchemy as sa
from ticket_scene import Clock, seed

from deskhand.access import Directory
from deskhand.channels.tickets.intake import Intake
from deskhand.channels.tickets.rows import Rows
from deskhand.engine.memory import MemoryEngine
from deskhand.nouns import Principal, Ticket
from deskhand.redaction import Redactor
from deskhand.store import Database
from deskhand.ticketing import listing_records, records, registry_records
from deskhand.ticketing.options import Options
from deskhand.ticketing.policy import Policy, load_policy
from deskhand.ticketing.tickets import Ticketing
from deskhand.ticketing.tools.builtin import builtin_tools

HANDLER = Principal("boss@example.com", frozenset({"support"}))
KEYS = {"ticketId": {"S": "T-1"}, "employeeId": {"S": "111"}}


@cache
def policy() -> Policy:
    return load_policy(None)


class Dying:
    """A database as a process sees it that is killed at one of the writes (from 1) of what it is about: before it, or
    once it is on disk. 0: it lives. Runs are not killed; they are the engine's."""

    def __init__(self, database: Database, at: int = 0, *, before: bool = True) -> None:
        self._database, self._at, self._before = database, at, before
        self.writes = 0
        self._task = asyncio.current_task()

    @property
    def died(self) -> bool:
        return 0 < self._at <= self.writes

    async def read(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        if self.died and asyncio.current_task() is self._task:
            raise asyncio.CancelledError
        return await self._database.read(fn, *args, **kwargs)

    async def write(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        if asyncio.current_task() is not self._task:
            return await self._database.write(fn, *args, **kwargs)
        self.writes += 1
        if self.died and (self._before or self.writes > self._at):
            raise asyncio.CancelledError
        done = await self._database.write(fn, *args, **kwargs)
        if self.died:
            raise asyncio.CancelledError
        return done

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)


class DoorScene:
    """One process: enter it, and leave it for the next one on the same database, with the same `engine`."""

    def __init__(self, database: Database, *, dying: Dying | None = None, engine: MemoryEngine | None = None) -> None:
        self.database = database
        with database.writing() as connection:
            # The next process on the same database finds them there.
            if connection.execute(sa.select(registry_records.employees)).first() is None:
                seed(connection)
        self.lent: Any = dying or database
        self.clock = Clock()
        self.engine = engine or MemoryEngine(now=self.clock)
        self.directory = Directory(self.lent)
        options = Options(longest=1_000)
        self.ticketing = Ticketing(
            self.lent,
            self.engine,
            self.directory,
            redactor=Redactor(),
            policy=policy(),
            tools=builtin_tools(None, self.directory, options, self.clock),
            options=options,
            clock=self.clock,
        )

    async def __aenter__(self) -> DoorScene:
        await self.engine.launch()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.engine.close(grace=0.0)

    def intake(self, source: str = "folder:inbox", requester: str | None = None) -> Intake:
        return Intake(source, self.ticketing, self.lent, requester=requester, setting="tickets.sources.folders.inbox")

    def rows(self, source: str = "dynamodb:tickets") -> Rows:
        return Rows(self.intake(source), self.lent)

    async def tickets(self) -> list[Ticket]:
        """All of them, the first one first."""
        found = await self.database.read(listing_records.listed, None, limit=500)
        return sorted(found, key=lambda ticket: ticket.opened)

    async def carried(self) -> list[Ticket]:
        """All of them, once their runs have ended."""
        await self.ticketing.recover()
        return [(await self.ticketing.wait(each.id, HANDLER, 20)).ticket for each in await self.tickets()]

    async def accesses(self) -> list[tuple[str, str]]:
        """Who was given what by tickets."""
        found = await self.database.read(registry_records.all_accesses)
        return [(each.employee, each.environment) for each in found if each.ticket is not None]

    async def changes(self, id: str) -> list[tuple[str, str]]:
        """What was changed of a ticket, and by whom."""
        return [(each.kind, each.by) for each in await self.database.read(records.history, id)]


def image(status: str = "unassigned", said: str = "", content: str = "", **more: str) -> dict[str, Any]:
    """A row of the table as DynamoDB writes it."""
    values = {"assignStatus": status, "communication": said, "ticket_content": content, **more}
    return {**KEYS, **{name: {"S": value} for name, value in values.items()}}


def record(event: str, number: int, new: Any = None, old: Any = None) -> dict[str, Any]:
    """A record of the table's stream."""
    images = {name: each for name, each in (("NewImage", new), ("OldImage", old)) if each is not None}
    return {"eventName": event, "dynamodb": {"Keys": KEYS, "SequenceNumber": str(number), **images}}


async def deaths(database: Database, act: Callable[[DoorScene], Any], engine: MemoryEngine) -> int:
    """Have `act` done by processes that are killed, each at another write than the one before: before it and after it.
    The last one lives; how many died."""
    died = 0
    while True:
        dying = Dying(database, died // 2 + 1, before=died % 2 == 0)
        async with DoorScene(database, dying=dying, engine=engine) as scene:
            with suppress(asyncio.CancelledError):
                await act(scene)
            if not dying.died:
                return died
            died += 1


__all__ = ["HANDLER", "KEYS", "DoorScene", "Dying", "deaths", "image", "record"]
