"""A process with a whole desk that answers in Slack by Socket Mode, and is killed by the tests.

    python slack_worker.py DATABASE_URL HOME API_URL BOT_TOKEN APP_TOKEN

With "fill" as a last word it puts one document into the library and ends. It says "ready" once it listens. Its model
writes the answer slowly enough to be killed in between.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from deskhand.assembly import open_desk
from deskhand.llm import Budget, Completion, Message
from deskhand.nouns import Source, Usage
from deskhand.settings import Settings
from deskhand.store import Database

TEXT = "Press the link Forgot password on the page where you sign in, and then choose a new password."
SECONDS = 0.02


class SlowModel:
    """Quotes the document, word by word."""

    name = "slow"

    async def stream(self, messages: Sequence[Message], *, budget: Budget) -> AsyncIterator[str | Usage]:
        for word in f"{TEXT} [1]".split():
            await asyncio.sleep(SECONDS)
            yield f"{word} "
        yield Usage(10, 20)

    async def complete(self, messages: Sequence[Message], *, budget: Budget) -> Completion:
        # Asked to let a question stand alone: it does.
        return Completion("how do I reset my password", Usage(10, 6))


def settings(url: str, home: str, api_url: str, bot_token: str, app_token: str) -> Settings:
    return Settings.model_validate(
        {
            "home": home,
            "database_url": url,
            "embedder": {"provider": "none"},
            "slack": {"bot_token": bot_token, "app_token": app_token, "api_url": api_url},
        }
    )


async def fill(chosen: Settings) -> None:
    """Put the document into the library, for whoever is in the group staff."""
    from deskhand.engine.memory import MemoryEngine
    from deskhand.testing import TestDesk, _Stage

    async with open_desk(chosen, engine=MemoryEngine(), chats={"slow": SlowModel()}) as desk:
        await desk.catalog.add_source(Source("tests", f"person:{chosen.operator}", str(chosen.home)))
        await TestDesk(desk, _Stage()).knows("reset", TEXT)
        for number in range(8):
            await desk.directory.put_person(f"user{number}@example.com", {"staff"})


async def serve(chosen: Settings, url: str) -> None:
    from deskhand.engine.dbos import DbosEngine

    database = Database(url)
    engine: Any = DbosEngine(url, Path(chosen.home), database, heartbeat=0.2, dead_after=1.0)
    async with open_desk(chosen, engine=engine, chats={"slow": SlowModel()}) as desk:
        assert desk.slack is not None
        await desk.slack.open()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)
        await desk.slack.shut()
    database.close()


def main() -> None:
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(process)d %(name)s %(message)s")
    url, home, api_url, bot_token, app_token, *more = sys.argv[1:]
    chosen = settings(url, home, api_url, bot_token, app_token)
    asyncio.run(fill(chosen) if more else serve(chosen, url))


if __name__ == "__main__":
    main()
