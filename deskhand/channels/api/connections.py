"""What the desk is connected with and how it is set, for those with the scope "admin": never a secret."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter

from deskhand.channels.api.models import Out
from deskhand.channels.api.rooms import Door
from deskhand.channels.api.signing import Administrator
from deskhand.channels.trying import Tried, attempt
from deskhand.errors import NotFound

if TYPE_CHECKING:
    from deskhand.channels.connected import Connected

log = logging.getLogger("deskhand.api")

router = APIRouter(prefix="/v1", tags=["setup"])


class FactOut(Out):
    """Something that is set of a connection."""

    name: str
    value: str


class ConnectionOut(Out):
    """Something that the desk works with."""

    name: str
    kind: str
    """What it stands beside: "inside", "models", "guards", "doors", "tickets", "notices" or "tools"."""
    title: str
    what: str
    """What it is, in a sentence."""
    facts: list[FactOut]
    on: bool
    next: str
    """How to set it up, where it is not on."""
    checkable: bool
    free: bool
    """Whether a check asks nobody outside and costs nothing."""

    @classmethod
    def of(cls, connected: Connected) -> ConnectionOut:
        return cls(
            name=connected.name,
            kind=connected.kind,
            title=connected.title,
            what=connected.what,
            facts=[FactOut(name=name, value=value) for name, value in connected.facts.items()],
            on=connected.on,
            next=connected.next,
            checkable=connected.check is not None,
            free=connected.free,
        )


class TriedOut(Out):
    """One thing that was tried."""

    name: str
    ok: bool
    detail: str
    """What was found, or what is to be done."""


class CheckOut(Out):
    """A connection that was tried just now."""

    name: str
    ok: bool
    ms: float
    tried: list[TriedOut]


class SettingOut(Out):
    """A setting as it holds."""

    name: str
    value: Any
    """As JSON; a secret is "********" where it is set, and null where not."""
    default: Any
    source: str
    """Where it is set: "default", "file", "environment" or "command line"."""
    help: str


class SetupOut(Out):
    """How the desk is set."""

    file: str | None
    """The file that settings are read from, where there is one."""
    versions: list[FactOut]
    settings: list[SettingOut]


@router.get("/connections")
async def connections(door: Door, who: Administrator) -> list[ConnectionOut]:
    """What the desk is connected with, and what it could be; nothing is tried. Scope `admin`."""
    return [ConnectionOut.of(each) for each in door.setup.connected]


@router.post("/connections/{name}/check")
async def check(name: str, door: Door, who: Administrator) -> CheckOut:
    """Try a connection: a real call each, to a model one that costs some tokens. What fails is told in the reply, whose
    status is 200 all the same. Scope `admin`."""
    connected = next((each for each in door.setup.connected if each.name == name), None)
    if connected is None or connected.check is None:
        raise NotFound(f"there is no connection {name[:80]!r} that could be tried; GET /v1/connections lists them.")
    made = await attempt(connected.check(), connected.seconds)
    tried = list(made.said) if isinstance(made.said, list | tuple) else []
    if made.error is not None:
        log.warning("the connection %s fails with %s", name, type(made.error).__name__)
        tried = [Tried(connected.title, False, made.why)]
    ok = all(each.ok for each in tried)
    return CheckOut(name=name, ok=ok, ms=made.ms, tried=[TriedOut.model_validate(each) for each in tried])


@router.get("/settings")
async def settings(door: Door, who: Administrator) -> SetupOut:
    """Every setting as it holds, and where it is set; secrets are not shown. Scope `admin`."""
    setup = door.setup
    rows = [SettingOut.model_validate(dict(row)) for row in setup.settings]
    versions = [FactOut(name=name, value=value) for name, value in setup.versions.items()]
    return SetupOut(file=setup.file, versions=versions, settings=rows)
