"""What runs may call of the library: its upkeep, done where the index is and followed from anywhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from deskhand.knowledge.protocol import Library
from deskhand.nouns import Json

if TYPE_CHECKING:
    from deskhand.engine.protocol import Context, Workflow

REBUILD, CHECK = "rebuild the index", "check the index"
"""The workflows' names."""

EVERY = 0.25
"""Seconds between two events that say how far it is."""

Progress = Callable[[int, int], None]


def rebuilding(library: Library) -> Workflow:
    """The workflow that makes the index anew and embeds what has no vector yet: {"passages": n, "embedded": n}.
    It emits "progress" events {doing, done, total}."""

    async def rebuild(context: Context, payload: Json) -> Json:
        passages = await context.step("rebuild", _rebuild, library=library, context=context)
        embedded = await context.step("embed", _embed, library=library, context=context)
        return {"passages": passages, "embedded": embedded}

    return rebuild


def checking(library: Library) -> Workflow:
    """The workflow that catches up with the change log and puts a real query to index and database."""

    async def check(context: Context, payload: Json) -> Json:
        await context.step("check", _check, library=library)
        return {"ok": True}

    return check


async def _rebuild(*, library: Library, context: Context) -> int:
    async with _telling("indexing", context) as progress:
        return await library.rebuild(progress)


async def _embed(*, library: Library, context: Context) -> int:
    async with _telling("embedding", context) as progress:
        return await library.embed_missing(progress)


async def _check(*, library: Library) -> bool:
    await library.catch_up()
    await library.check()
    return True


@asynccontextmanager
async def _telling(doing: str, context: Context) -> AsyncIterator[Progress]:
    """A progress callback for any thread; what it was last told goes out every `EVERY` seconds, and at the end."""
    last: dict[str, Json] = {"doing": doing, "done": 0, "total": 0}

    def progress(done: int, total: int) -> None:
        last.update(done=done, total=total)

    async def tell() -> None:
        while True:
            await context.emit("progress", dict(last))
            await asyncio.sleep(EVERY)

    teller = asyncio.create_task(tell(), name=f"tell how far {doing} is")
    try:
        yield progress
    finally:
        teller.cancel()
        await asyncio.gather(teller, return_exceptions=True)
        await context.emit("progress", dict(last))
