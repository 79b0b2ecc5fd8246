"""A question on record, its runs and its conversation, as whoever asked sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from deskhand.nouns import Answer, RedactedText, RunState, Verdict

if TYPE_CHECKING:
    from deskhand.answering.records import QuestionRow


@dataclass(frozen=True, slots=True)
class AskedRun:
    """A run that answers a question under a label: the model's, with "@" and the library's when one was named."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question on record: its conversation, and one run for each label."""

    conversation: str
    runs: tuple[AskedRun, ...]


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question as its asker sees it; `position` counts within the conversation from 1, and labels that were asked
    side by side share one. `verdict` is what the asker said of the answer."""

    run: str
    conversation: str
    position: int
    label: str
    door: str
    text: RedactedText
    language: str
    state: RunState
    asked: datetime
    ended: datetime | None = None
    answer: Answer | None = None
    error: str = ""
    verdict: Verdict | None = None

    @classmethod
    def of(
        cls, row: QuestionRow, state: RunState, answer: Answer | None, verdict: Verdict | None = None
    ) -> AskedQuestion:
        """The question on record, in the state that its run is in, with the answer as it may be seen."""
        return cls(
            run=row.run,
            conversation=row.conversation,
            position=row.position,
            label=row.label,
            door=row.door,
            text=row.text,
            language=row.language,
            state=state,
            asked=row.asked,
            ended=row.ended,
            answer=answer,
            error=row.error,
            verdict=verdict,
        )


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation as its owner sees it; listings leave `questions` empty. Its title is its first question, `found`
    the last one that a search met."""

    id: str
    title: RedactedText
    door: str
    began: datetime
    changed: datetime
    questions: tuple[AskedQuestion, ...] = ()
    found: RedactedText | None = None
