"""The shapes of what the HTTP door says: each made from a noun of the house."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

from deskhand.errors import next_of
from deskhand.nouns import Answer, DocumentState, RunState

if TYPE_CHECKING:
    from deskhand.answering import AskedQuestion


MOST = 2**31 - 1
"""The highest version or position that a database keeps."""


class Out(BaseModel):
    """A reply; read from a noun's attributes."""

    model_config = ConfigDict(from_attributes=True, use_attribute_docstrings=True)


class CitationOut(Out):
    """A source that the answer used, checked against its passage."""

    number: int
    passage: int
    document: str
    version: int
    title: str
    url: str | None
    quote: str
    """Stands in the passage word for word."""
    snippet: str
    place: str | None
    """Where in the document: "page 4", "section Reset"."""


class DroppedOut(Out):
    """A citation that did not stand up to its passage, and why."""

    passage: int | None
    text: str
    reason: str


class UsageOut(Out):
    """Tokens that the model read and wrote."""

    input_tokens: int
    output_tokens: int


class Failure(Out):
    """Why a run gave no answer."""

    code: str
    detail: str
    next: str

    @classmethod
    def told(cls, error: str) -> Failure | None:
        """The failure that a question has on record as "code: what happened"; None for none."""
        code, _, detail = error.partition(": ")
        return cls(code=code, detail=detail, next=next_of(code)) if error else None


class SaidOut(Out):
    """What you said of an answer."""

    good: bool
    reason: str
    better: str
    """What the answer should have said, where you told that."""


class AnswerOut(Out):
    """An answer whose citations were checked, or a refusal."""

    text: str
    refused: bool
    citations: list[CitationOut]
    dropped: list[DroppedOut]
    model: str
    language: str
    usage: UsageOut
    notices: list[str]
    """What the asker should know, e.g. that search was by words alone."""
    reason: str
    """Why it is a refusal, where that can be told: "library-empty" (it holds nothing yet), "nothing-open" (nothing that
    you may read), "withheld" (you may no longer read a source, or it changed)."""
    made: str
    """When it was made (ISO 8601), where it was kept from an earlier question; else empty."""

    @classmethod
    def of(cls, answer: Answer) -> AnswerOut:
        return cls.model_validate(answer)


class QuestionOut(Out):
    """A question that was asked, with its run."""

    id: str
    """The run's id."""
    conversation: str
    position: int
    """Its place in the conversation, from 1; labels that were asked side by side share one."""
    label: str
    door: str
    text: str
    language: str
    state: RunState
    asked: datetime
    ended: datetime | None
    answer: AnswerOut | None
    kept: bool
    """Whether the answer was kept from an earlier question."""
    failure: Failure | None
    """Why there is no answer, of a run that failed."""
    verdict: SaidOut | None
    """What you said of the answer."""

    @classmethod
    def of(cls, asked: AskedQuestion) -> QuestionOut:
        return cls(
            id=asked.run,
            conversation=asked.conversation,
            position=asked.position,
            label=asked.label,
            door=asked.door,
            text=asked.text,
            language=asked.language,
            state=asked.state,
            asked=asked.asked,
            ended=asked.ended,
            answer=AnswerOut.of(asked.answer) if asked.answer else None,
            kept=bool(asked.answer and asked.answer.made),
            failure=Failure.told(asked.error),
            verdict=SaidOut.model_validate(asked.verdict) if asked.verdict else None,
        )


class DocumentOut(Out):
    """A document in the library, as the reader may know it."""

    id: str
    source: str
    item: str
    """Its key in the source: a relative path, a record id."""
    title: str
    url: str | None
    version: int
    state: DocumentState
    reason: str
    """Why it failed, when it did."""
    size: int
    """In bytes."""
    passages: int
    redactions: dict[str, int]
    """What was taken out of it, counted by kind."""
    metadata: dict[str, Any]
    changed: datetime
    access: list[str] | None
    """Who may read it; none for who does not own its source."""
    own_access: bool | None
    """Whether that list is its own, or its source's; none for who does not own its source."""


class RunOfSource(Out):
    """An ingestion of a source."""

    run: str
    state: RunState
    began: datetime
    ended: datetime | None
    events: str
    """Where its progress can be followed."""


class SourceOut(Out):
    """A place documents come from, as its owner sees it."""

    id: str
    owner: str
    location: str
    access: list[str]
    counts: dict[DocumentState, int]
    changed: datetime | None
    uploads: bool
    """Whether files are uploaded to it; else `location` is its folder."""
    state: Literal["idle", "syncing", "failed"]
    """How its newest ingestion stands; documents that failed are counted in `counts`."""
    run: RunOfSource | None
    """Its newest ingestion, where that is still on record."""
