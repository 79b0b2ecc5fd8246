"""Conversations of the token's principal; another's is not found."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query

from deskhand.channels.api.library import After, Limit
from deskhand.channels.api.models import MOST, Out, QuestionOut
from deskhand.channels.api.rooms import Door
from deskhand.channels.api.signing import Asker

if TYPE_CHECKING:
    from deskhand.answering import Conversation

router = APIRouter(prefix="/v1/conversations", tags=["conversations"])

Search = Annotated[
    str,
    Query(
        max_length=200,
        description="Only those where one of your questions has all these words, in any case or inside longer ones.",
    ),
]
Places = Annotated[
    int | None,
    Query(
        ge=1,
        le=200,
        description="Only the last so many questions; those asked side by side count as one. Without it, all.",
    ),
]
Before = Annotated[int | None, Query(ge=1, le=MOST, description="Only questions before this `position`.")]


class ConversationOut(Out):
    """A conversation; `questions` are empty in listings."""

    id: str
    title: str
    """Its first question."""
    door: str
    began: datetime
    changed: datetime
    questions: list[QuestionOut]
    found: str | None
    """The last question in it that the search met, where there was a search."""

    @classmethod
    def of(cls, found: Conversation) -> ConversationOut:
        return cls(
            id=found.id,
            title=found.title,
            door=found.door,
            began=found.began,
            changed=found.changed,
            questions=[QuestionOut.of(asked) for asked in found.questions],
            found=found.found,
        )


@router.get("")
async def conversations(
    door: Door, reader: Asker, limit: Limit = 50, after: After = None, q: Search = ""
) -> list[ConversationOut]:
    """One's own conversations, the last changed first, without their questions."""
    return [ConversationOut.of(found) for found in await door.rooms.asking.conversations(reader, limit, after, q)]


@router.get("/{id}")
async def conversation(
    id: str, door: Door, reader: Asker, limit: Places = None, before: Before = None
) -> ConversationOut:
    """A conversation with its questions, oldest first, and their answers as they may be seen now."""
    return ConversationOut.of(await door.rooms.asking.conversation(id, reader, limit, before))


@router.delete("/{id}", status_code=204)
async def delete(id: str, door: Door, reader: Asker) -> None:
    """Delete a conversation with its questions and answers; what is under way in it is cancelled."""
    await door.rooms.asking.delete_conversation(id, reader)
