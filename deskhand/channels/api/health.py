"""Is the server alive, and can it do its work? The second is answered by doing it: a real query through each part."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from deskhand.channels.api.rooms import Door, Lent
from deskhand.channels.api.signing import Given, Kept, signed
from deskhand.channels.trying import attempt
from deskhand.errors import DeskhandError

if TYPE_CHECKING:
    from deskhand.store import Connection

log = logging.getLogger("deskhand.api")

router = APIRouter(tags=["health"])

BOUND_SECONDS = 5.0


class Part(BaseModel):
    """One part of the server, tried just now."""

    name: str
    ok: bool
    ms: float
    error: str | None = None


class Health(BaseModel):
    """Whether the server can do its work; `parts` only for who has the scope "admin", and while the
    database can tell."""

    status: Literal["ok", "failing"]
    parts: list[Part] | None = None


@router.get("/health/live")
async def live() -> Health:
    """The process answers; it says nothing of the database."""
    return Health(status="ok")


@router.get("/health", responses={503: {"model": Health, "description": "A part fails, or the server goes down."}})
async def health(door: Door, request: Request, reply: Response, given: Given, kept: Kept) -> Health:
    """A real query through database, engine and index. Another service that we only talk to (Slack) is among the parts
    too; while it fails, the server goes on with everything else, so its status stays "ok"."""
    rooms = door.rooms
    parts = await asyncio.gather(
        _tried("database", rooms.database.read(_select)),
        _tried("engine", rooms.engine.check()),
        _tried("index", rooms.library.check()),
        *(_tried(annex.name, annex.check()) for annex in door.annexes),
    )
    ours = parts[: len(parts) - len(door.annexes)]
    ok = all(part.ok for part in ours) and not door.streams.closing.is_set()
    if not ok:
        reply.status_code = 503
    told = (given or kept) and parts[0].ok and await _is_admin(request, door, given, kept)
    return Health(status="ok" if ok else "failing", parts=list(parts) if told else None)


def _select(connection: Connection) -> int:
    return int(connection.execute(sa.text("SELECT 1")).scalar_one())


async def _tried(name: str, query: Awaitable[object]) -> Part:
    made = await attempt(query, BOUND_SECONDS)
    # The message may hold an address with its password; the type is what an operator can look up.
    error = type(made.error).__name__ if made.error is not None else None
    if error is not None:
        log.warning("health: %s fails with %s", name, error)
    return Part(name=name, ok=error is None, ms=made.ms, error=error)


async def _is_admin(request: Request, door: Lent, given: Given, kept: Kept) -> bool:
    try:
        return "admin" in (await signed(request, door, given, kept)).scopes
    except DeskhandError:
        return False
