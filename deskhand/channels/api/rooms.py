"""What the HTTP door is lent: the rooms of a desk, and its own options."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Protocol, cast

from fastapi import Depends, Request, Response

from deskhand.channels.api.limits import Limits
from deskhand.channels.connected import Setup

if TYPE_CHECKING:
    from deskhand.access import Directory, Sessions
    from deskhand.answering import Asking
    from deskhand.catalog import Catalog
    from deskhand.channels.api.metrics import Metrics
    from deskhand.channels.api.streams import Streams
    from deskhand.engine import Engine
    from deskhand.guardrails.guard import Guard
    from deskhand.guardrails.opening import Guardrails
    from deskhand.ingestion import Ingestion
    from deskhand.knowledge import Library
    from deskhand.redaction import Redactor
    from deskhand.redaction.vault import Vault
    from deskhand.store import Database
    from deskhand.ticketing.notices import Notices
    from deskhand.ticketing.tickets import Ticketing


class Rooms(Protocol):
    """The rooms behind the door; what `deskhand.assembly.open_desk` gives has them all."""

    @property
    def database(self) -> Database: ...
    @property
    def engine(self) -> Engine: ...
    @property
    def catalog(self) -> Catalog: ...
    @property
    def directory(self) -> Directory: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def library(self) -> Library: ...
    @property
    def asking(self) -> Asking: ...
    @property
    def ingestion(self) -> Ingestion: ...
    @property
    def ticketing(self) -> Ticketing: ...
    @property
    def notices(self) -> Notices: ...
    @property
    def guard(self) -> Guard | None: ...
    @property
    def guardrails(self) -> Guardrails: ...
    @property
    def redactor(self) -> Redactor: ...
    @property
    def vault(self) -> Vault: ...


@dataclass(frozen=True, slots=True)
class Options:
    """How the door behaves.

    `question_characters` is the longest question; `body_bytes` bounds every JSON body, `file_bytes` an uploaded file;
    `ping_seconds` is the silence after which a stream says that it is alive; `ingest_roots` are the folders that POST
    /v1/ingest may read from (none shuts it); `metrics_token` opens /metrics (None shuts it). `console` lets browsers
    sign in, on the pages of `origin` ("https://desk.example.com"; None: on those of this machine over plain HTTP).
    """

    question_characters: int = 4_000
    body_bytes: int = 256 * 1024
    file_bytes: int = 200 * 1024 * 1024
    ping_seconds: float = 15.0
    ingest_roots: tuple[Path, ...] = ()
    metrics_token: str | None = None
    console: bool = True
    origin: str | None = None

    @property
    def secure(self) -> bool:
        """Whether browsers reach us over TLS."""
        return self.origin is not None and self.origin.startswith("https:")


Handle = Callable[[Request], Awaitable[Response]]
"""Takes what is posted to a path."""


@dataclass(frozen=True, slots=True)
class Annex:
    """Another door that shares our address: what is posted to `path`, bodies up to `body_bytes`, goes to `handle`, and
    what is posted to other paths as `more` says.

    It tells callers apart in its own way, and is not in the OpenAPI document: who calls it is no client of ours.
    `check` is tried by /health under `name`; a failure is shown and does not make us unhealthy, since a restart would
    not repair it.
    """

    name: str
    check: Callable[[], Awaitable[object]]
    path: str | None = None
    handle: Handle | None = None
    body_bytes: int = 0
    more: Mapping[str, Handle] = field(default_factory=dict)

    @property
    def paths(self) -> dict[str, Handle]:
        """All its paths, and who takes what is posted there."""
        first = {self.path: self.handle} if self.path is not None and self.handle is not None else {}
        return {**first, **self.more}


@dataclass(frozen=True, slots=True)
class Lent:
    """All that a call may use."""

    rooms: Rooms
    options: Options
    streams: Streams
    metrics: Metrics | None = field(default=None)
    annexes: tuple[Annex, ...] = ()
    setup: Setup = Setup()
    limits: Limits = field(default_factory=Limits)


async def _lent(request: Request) -> Lent:
    # Async, or it would be called in a thread.
    return cast(Lent, request.app.state.lent)


Door = Annotated[Lent, Depends(_lent)]
"""In a call's signature: what it is lent."""
