"""The desk's own parts: database, engine, index; and what guards its texts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

import sqlalchemy as sa

from deskhand.channels.connected import Connected
from deskhand.channels.trying import Tried

if TYPE_CHECKING:
    from deskhand.assembly.desk import Desk
    from deskhand.guardrails.guard import Guard
    from deskhand.redaction import Redactor
    from deskhand.store import Connection

SAMPLE = "Write to jane.roe@example.org; the card is 4111 1111 1111 1111, and the key " + "AKIA" + "IOSFODNN7EXAMPLE."
"""What redaction is tried on: nobody's address, card and key."""
KINDS = frozenset({"email", "card", "aws_access_key"})


def inside(desk: Desk) -> list[Connected]:
    """Database, engine and index."""
    database = desk.database
    where = str(database.url.database) if database.is_sqlite else f"{database.url.host}/{database.url.database}"
    facts = {"Where": where}
    if database.is_sqlite:
        facts["Survives a power cut"] = "yes" if desk.settings.durability == "full" else "but for its last moments"
    kind = "SQLite, one file" if database.is_sqlite else "PostgreSQL"
    engine = {"Kept for": f"{desk.settings.retention_days} days"}
    return [
        Connected("database", "inside", "Database", kind, facts, check=lambda: _database(desk), free=True),
        Connected(
            "engine",
            "inside",
            "Engine",
            "Carries runs step by step, and takes them up again after a crash",
            engine,
            check=lambda: _engine(desk),
            free=True,
        ),
        Connected(
            "index",
            "inside",
            "Search index",
            "Finds passages; it is made from the database and can be made anew",
            check=lambda: _index(desk),
            free=True,
        ),
    ]


async def _database(desk: Desk) -> list[Tried]:
    told = await desk.database.read(_asked)
    await desk.database.write(_nothing)
    return [Tried("reading", True, told), Tried("writing", True, "takes a transaction")]


def _asked(connection: Connection) -> str:
    """The server's version, and how large the database is."""
    if connection.dialect.name == "sqlite":
        version = connection.execute(sa.text("SELECT sqlite_version()")).scalar_one()
        pages = connection.execute(sa.text("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"))
        return f"SQLite {version}, {_megabytes(pages.scalar_one())}"
    version = connection.execute(sa.text("SHOW server_version")).scalar_one()
    size = connection.execute(sa.text("SELECT pg_database_size(current_database())")).scalar_one()
    return f"PostgreSQL {version}, {_megabytes(size)}"


def _nothing(connection: Connection) -> None:
    connection.execute(sa.text("SELECT 1"))


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:,.1f} MB"


async def _engine(desk: Desk) -> list[Tried]:
    await desk.engine.check()
    return [Tried("store", True, "it answers, and every schedule is kept there")]


async def _index(desk: Desk) -> list[Tried]:
    from deskhand.knowledge.records import count_passages

    await desk.library.catch_up()
    await desk.library.check()
    count = await desk.database.read(count_passages)
    passages = "the one passage" if count == 1 else f"all {count:,} passages"
    return [Tried("query", True, f"it answers, and has {passages} of the database")]


def guards(desk: Desk) -> list[Connected]:
    """Redaction and the guardrail."""
    redactor, chosen = desk.redactor, desk.settings.redaction
    facts = {
        "Kinds looked for": str(len(redactor.kinds)),
        "In their place": redactor.modes.default,
        "Own detectors": str(len(redactor.own)),
        "Recogniser": chosen.recognizer or "none",
        "Key": "set" if chosen.key else "not set",
    }
    what = "Takes sensitive data out of every text before it is stored, embedded or sent to a model"
    redaction = Connected(
        "redaction", "guards", "Redaction", what, facts, check=lambda: _redaction(redactor), free=True
    )
    return [redaction, _guardrail(desk)]


async def _redaction(redactor: Redactor) -> list[Tried]:
    found = await asyncio.to_thread(redactor.redact, SAMPLE)
    tried = [_sample(found.counts, bool(KINDS & redactor.kinds))]
    if redactor.unchecked:
        kinds = ", ".join(redactor.unchecked)
        tried.append(Tried("not checked", True, f"{kinds}: rules see these in part, and no recogniser is set"))
    return tried


def _sample(counts: Mapping[str, int], expected: bool) -> Tried:
    if counts:
        kinds = ", ".join(sorted(counts))
        return Tried("sample", True, f"taken out of a sample: {kinds}")
    return Tried("sample", not expected, "nothing was taken out of a sample" + ("" if expected else ", as it is set"))


def _guardrail(desk: Desk) -> Connected:
    guard, chosen = desk.guard, desk.settings.guardrails
    title, seconds = "Guardrail", 25.0
    if guard is None:
        return Connected(
            "guardrail",
            "guards",
            title,
            "No policy holds: questions and answers are not judged",
            on=False,
            next='Set guardrails.policy, for one to "default"; see docs/how-to/guardrails.md.',
        )
    facts, what, passes = _judged(guard), f"The policy {chosen.policy}", _passes(guard)
    if chosen.bedrock is not None:
        facts = {"Guardrail": chosen.bedrock.id, "Version": chosen.bedrock.version}
        what, passes = "A guardrail of Amazon Bedrock", chosen.bedrock.on_failure == "pass"
    facts["What it could not look at"] = "passes" if passes else "is stopped"
    return Connected("guardrail", "guards", title, what, facts, check=lambda: _guard(guard), seconds=seconds)


def _judged(guard: Guard) -> dict[str, str]:
    methods: Mapping[str, str] = getattr(guard.guardrail, "methods", {})
    return {f"Judges {name}": method for name, method in methods.items()}


def _passes(guard: Guard) -> bool:
    from deskhand.guardrails.local import LocalGuardrail
    from deskhand.guardrails.opening import terms_of

    local = guard.guardrail
    return isinstance(local, LocalGuardrail) and terms_of(local.policy).on_failure == "pass"


async def _guard(guard: Guard) -> list[Tried]:
    await guard.try_out()
    return [Tried("sample", True, f"{guard.identity} looks at texts")]
