"""A whole desk in memory with a scripted model: for our tests and for yours.

Everything is real but the model and the engine, which carries runs in this process and keeps them no longer than it;
the database and the index are files in a folder that is deleted at the end.

    async with testing.desk() as desk:
        await desk.knows("pay-1", "The bonus is 4000.", readers={"finance"})
        answer = await desk.ask("what is the bonus", groups={"staff"}, model=says("It is 4000.", cites="pay-1"))
        assert answer.refused
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from deskhand.assembly import Desk, open_desk
from deskhand.catalog import document_id
from deskhand.engine.memory import MemoryEngine
from deskhand.llm import Budget, Chat, Completion, Message
from deskhand.llm.scripted import ScriptedChat
from deskhand.nouns import AccessList, Answer, Document, Piece, Principal, Source, Usage
from deskhand.settings import Settings
from deskhand.store import Database
from deskhand.store.migrate import migrate

__all__ = ["ScriptedChat", "TestDesk", "desk", "says"]

SOURCE = "tests"
MODEL = "scripted"


def says(text: str, *, cites: str | Sequence[str] = ()) -> ScriptedChat:
    """A model that says `text` and cites documents by their names, whether it was shown them or not: one that the
    search kept from it is cited as [1]."""
    names = [cites] if isinstance(cites, str) else list(cites)

    def reply(messages: Sequence[Message]) -> str:
        marks = [_number(name, messages[-1].text) for name in names]
        return " ".join([text, *(f"[{mark}]" for mark in marks)])

    return ScriptedChat(reply)


def _number(name: str, prompt: str) -> str:
    found = re.search(rf'number=(\d+) from="{re.escape(name)}[",]', prompt)
    return found[1] if found else "1"


@dataclass
class _Stage:
    """Where the model of the moment stands."""

    model: Chat = field(default_factory=lambda: ScriptedChat("NO_ANSWER"))

    @property
    def name(self) -> str:
        return self.model.name

    def stream(self, messages: Sequence[Message], *, budget: Budget) -> AsyncIterator[str | Usage]:
        return self.model.stream(messages, budget=budget)

    async def complete(self, messages: Sequence[Message], *, budget: Budget) -> Completion:
        return await self.model.complete(messages, budget=budget)


@dataclass(frozen=True)
class TestDesk:
    """A desk to put documents into and questions to. `desk` has all the rooms."""

    __test__ = False

    desk: Desk
    stage: _Stage

    async def knows(
        self, name: str, text: str, *, readers: Collection[str] = ("staff",), url: str | None = None, version: int = 1
    ) -> None:
        """A document of one passage, readable by the groups `readers`, as ingestion would leave it; a higher `version`
        replaces the one before."""
        redacted = self.desk.redactor.document()
        access = AccessList.of(f"group:{group}" for group in readers)
        document = Document(
            id=document_id(SOURCE, name),
            source=SOURCE,
            item=name,
            version=version,
            title=redacted.redact(name).text,
            url=url,
            access=access,
            content_hash=f"{name}-{version}",
        )
        piece = Piece(0, redacted.redact(text).text, redacted.redact("").text)
        await self.desk.library.replace(document, [piece], {})
        await self.desk.library.catch_up()

    async def ask(
        self,
        question: str,
        *,
        reader: str = "ana@example.com",
        groups: Collection[str] = ("staff",),
        model: Chat | None = None,
        conversation: str | None = None,
        fresh: bool = False,
    ) -> Answer:
        """What `reader`, who is in `groups`, is answered by `model`, or by quotes without one.

        The same question is given the same answer again, without a model, while nothing has changed that it rests on;
        with `fresh` it is answered anew.
        """
        await self.desk.directory.put_person(reader, groups)
        if model is not None:
            self.stage.model = model
        asker = Principal(reader, frozenset(groups))
        label = "quotes" if model is None else MODEL
        asked = await self.desk.asking.ask(
            question, asker=asker, door="test", conversation=conversation, models=[label], fresh=fresh
        )
        return await self.desk.asking.answer(asked.runs[0].id, asker, timeout=30)


@cache
def _new_database() -> bytes:
    """An SQLite file with this release's tables: made once, as the migrations take half as long as the whole desk."""
    with tempfile.TemporaryDirectory(prefix="deskhand-") as folder:
        file = Path(folder) / "desk.db"
        database = Database(f"sqlite:///{file}")
        try:
            migrate(database)
        finally:
            database.close()
        return file.read_bytes()


def _begin(settings: Settings) -> None:
    """A new desk's file is there, unless `settings` name a database or a home that has one."""
    file = settings.home / "desk.db"
    if settings.database_url is None and not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(_new_database())


@asynccontextmanager
async def desk(settings: Settings | None = None) -> AsyncIterator[TestDesk]:
    """A desk that is empty but for a source; searches by words alone unless `settings` name an embedder."""
    with tempfile.TemporaryDirectory(prefix="deskhand-") as home:
        chosen = settings or Settings.model_validate({"home": Path(home), "embedder": {"provider": "none"}})
        _begin(chosen)
        stage = _Stage()
        async with open_desk(chosen, engine=MemoryEngine(), chats={MODEL: stage}) as opened:
            await opened.catalog.add_source(Source(SOURCE, f"person:{chosen.operator}", home))
            yield TestDesk(opened, stage)
