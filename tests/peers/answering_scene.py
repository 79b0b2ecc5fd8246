"""A desk's answering on a database of either kind, with a model that says what a test wants; the rest is real."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deskhand.access import Directory
from deskhand.answering import Asking
from deskhand.catalog import Catalog, document_id
from deskhand.engine.memory import MemoryEngine
from deskhand.knowledge import SqlLibrary, open_library
from deskhand.llm.protocol import Chat
from deskhand.nouns import AccessList, Document, Piece, Principal, RedactedText, Source
from deskhand.redaction import Redactor
from deskhand.store import Database, metadata

ANA = Principal("ana@example.com", frozenset({"staff"}))
EVE = Principal("eve@example.com")


@dataclass
class Scene:
    """A desk's answering, with what a test says to it."""

    database: Database
    engine: MemoryEngine
    library: SqlLibrary
    directory: Directory
    made: list[Asking] = field(default_factory=list)

    async def knows(
        self,
        item: str,
        text: str,
        *,
        to: Sequence[str] = ("group:staff",),
        title: str = "",
        version: int = 1,
        **more: Any,
    ) -> str:
        document = document_id("files", item)
        await self.library.replace(
            Document(
                document,
                "files",
                item,
                version,
                RedactedText(title or item),
                more.get("url"),
                AccessList.of(to),
                hashlib.sha256(f"{item} {text}".encode()).hexdigest(),
            ),
            [Piece(0, RedactedText(text), RedactedText(more.get("heading", "")), more.get("page"))],
            {},
        )
        await self.library.catch_up()
        return document

    async def asking(self, chats: Mapping[str, Chat] | None = None, **more: Any) -> Asking:
        asking = Asking(
            self.database, self.engine, self.library, self.directory, redactor=Redactor(), chats=chats or {},
            default=next(iter(chats), "quotes") if chats else "quotes", **more,
        )  # fmt: skip
        await self.engine.launch()
        return asking


@asynccontextmanager
async def opened_scene(database: Database, folder: Path) -> AsyncIterator[Scene]:
    """A scene with nothing known yet, in which Ana is staff."""
    with database.writing() as connection:
        metadata.create_all(connection)
    await Catalog(database).add_source(
        Source("files", "person:owner@example.com", "/srv", AccessList.of(["group:staff"]))
    )
    directory = Directory(database)
    await directory.put_person(ANA.id, ["staff"])
    library = open_library(database, folder, embedder=None)
    await library.launch()
    engine = MemoryEngine()
    yield Scene(database, engine, library, directory)
    await engine.close()
    await library.close()
