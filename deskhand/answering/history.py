"""What somebody asked, listed and opened again: always their own, with the rights of the moment."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from deskhand.answering import history_records, records
from deskhand.answering.asked import AskedQuestion, Conversation
from deskhand.answering.citing import withhold
from deskhand.answering.serial import answer_from
from deskhand.errors import NoSuchRun, NotFound

if TYPE_CHECKING:
    from deskhand.answering.recorded import Recorded
    from deskhand.engine.protocol import Engine
    from deskhand.nouns import Principal
    from deskhand.store import Bell, Database

WORDS = 8
"""Words that a search looks for at most."""


class History:
    """Finds again what was asked. Another's conversations and runs are as if they were not."""

    def __init__(self, database: Database, engine: Engine, recorded: Recorded, bell: Bell) -> None:
        self._database, self._engine = database, engine
        self.recorded, self.bell = recorded, bell

    async def conversations(
        self, reader: Principal, limit: int = 50, after: str | None = None, search: str = ""
    ) -> list[Conversation]:
        """The reader's conversations, the last changed first; those after the one with id `after`.

        With `search` only those in which one question has all its words (the first `WORDS`), in any case or part of a
        longer word; `Conversation.found` is that question.
        """
        owner, words = _entry(reader), search.split()[:WORDS]
        rows = await self._database.read(history_records.conversations_of, owner, limit, after, words)
        return [Conversation(row.id, row.title, row.door, row.began, row.changed, found=row.found) for row in rows]

    async def conversation(
        self, id: str, reader: Principal, limit: int | None = None, before: int | None = None
    ) -> Conversation:
        """A conversation with its questions, oldest first, and their answers: those in its last `limit` places (None:
        all), `before` a place when given. Raises `NotFound`."""
        row = await self._found(id, reader)
        asked = await self._database.read(history_records.last_questions_of, id, limit, before)
        shown = await self._shown(asked, reader)
        return Conversation(row.id, row.title, row.door, row.began, row.changed, tuple(shown))

    async def delete_conversation(self, id: str, reader: Principal) -> None:
        """Delete a conversation with its questions and answers; runs under way are cancelled. Raises `NotFound`."""
        await self._found(id, reader)
        questions = await self._database.read(records.questions_of, id)
        for question in questions:
            if question.state not in ("finished", "failed", "cancelled"):
                # The engine may have forgotten it, or never heard of it.
                with suppress(NoSuchRun):
                    await self._engine.cancel(question.run)
        await self._database.write(records.delete_conversation, id, _entry(reader))
        for question in questions:
            self.bell.ring(question.run)

    async def runs(self, reader: Principal, limit: int = 50, after: str | None = None) -> list[AskedQuestion]:
        """The reader's own questions, newest first; those after the run `after`."""
        rows = await self._database.read(history_records.questions_by, _entry(reader), limit, after)
        return await self._shown(rows, reader)

    async def questions(self, runs: Sequence[str], reader: Principal) -> dict[str, str]:
        """What was asked in these runs, of those that are the reader's own."""
        return await self._database.read(history_records.texts_of, _entry(reader), runs)

    async def _found(self, id: str, reader: Principal) -> history_records.ConversationRow:
        row = await self._database.read(history_records.conversation, id, _entry(reader))
        if row is None:
            raise no_conversation(id)
        return row

    async def _shown(self, rows: Sequence[records.QuestionRow], reader: Principal) -> list[AskedQuestion]:
        answers = {row.run: answer_from(row.answer) for row in rows if row.answer is not None}
        cited = {citation.passage for answer in answers.values() for citation in answer.citations}
        readable = await self.recorded.readable(sorted(cited), reader)
        said = await self._database.read(history_records.verdicts_by, _entry(reader), [row.run for row in rows])
        unended = tuple(row.run for row in rows if row.state == "waiting")
        states = (
            {run.id: run.state for run in await self._engine.runs(ids=unended, limit=len(unended))} if unended else {}
        )
        return [
            AskedQuestion.of(
                row,
                states.get(row.run, row.state),
                withhold(answers[row.run], readable) if row.run in answers else None,
                said.get(row.run),
            )
            for row in rows
        ]


def no_conversation(id: str) -> NotFound:
    """That a conversation is not there, or not the reader's."""
    return NotFound(f"there is no conversation {id[:80]!r} of yours; leave it out to begin a new one.")


def _entry(reader: Principal) -> str:
    """How the records name who asks, as in an access list."""
    return f"{reader.kind}:{reader.id}"
