"""Runs of the token's principal: listed, opened as a trace, followed, cancelled, resumed; another's is not found."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from deskhand.channels.api.asking import LastEventId, stream
from deskhand.channels.api.events import STREAM
from deskhand.channels.api.library import After, Limit
from deskhand.channels.api.models import AnswerOut, CitationOut, DroppedOut, Out, QuestionOut, UsageOut
from deskhand.channels.api.rooms import Door
from deskhand.channels.api.signing import Asker, StillSigned
from deskhand.nouns import RunState

if TYPE_CHECKING:
    from deskhand.answering import Trace, TracedStep

router = APIRouter(prefix="/v1/runs", tags=["runs"])


class StepOut(Out):
    """A step of a run."""

    name: str
    began: datetime | None
    seconds: float | None
    """How long it took; none while it goes on."""
    error: str | None
    """The kind of error it ended with; its message stays in the server's house."""

    @classmethod
    def of(cls, step: TracedStep) -> StepOut:
        kind = step.error.partition(":")[0] if step.error else None
        return cls(name=step.name, began=step.began, seconds=step.seconds, error=kind)


class FoundPassage(Out):
    """A passage that the search found, with its scores; only those when it is `withheld` from you."""

    number: int
    score: float
    bm25: float
    """The lexical score as a share of the most that the question could reach."""
    cosine: float | None
    """The likeness in meaning; none without an embedder."""
    withheld: bool
    passage: int | None
    document: str | None
    version: int | None
    title: str | None
    place: str | None
    url: str | None
    text: str | None


class PromptPart(Out):
    """One message of what was sent to the model."""

    role: str
    text: str


class VerdictOut(Out):
    """What somebody said of an answer."""

    by: str
    """Who, as in an access list: `person:ana@example.com`."""
    good: bool
    reason: str
    better: str
    """What the answer should have said, where that was told."""


class VerdictIn(BaseModel):
    """What you say of an answer."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    good: bool
    reason: str = Field("", max_length=2_000)
    """Why, in your words; sensitive data is redacted."""
    better: str = Field("", max_length=20_000)
    """What the answer should have said; sensitive data is redacted."""


class TraceOut(Out):
    """How one run made its answer; what has not happened yet is empty."""

    run: str
    conversation: str
    label: str
    model: str
    state: RunState
    attempts: int
    """Processes that carried it: more than one after an interruption."""
    question: str
    standalone: str
    """The question as it was searched for, without its conversation."""
    translated: str | None
    language: str
    began: datetime
    ended: datetime | None
    seconds: float | None
    steps: list[StepOut]
    passages: list[FoundPassage]
    prompt: list[PromptPart]
    """What was sent to the model; empty for an answer by quotes."""
    draft: str | None
    """What the model wrote before its claims were checked; none when withheld."""
    usage: UsageOut
    kept: list[CitationOut]
    dropped: list[DroppedOut]
    notices: list[str]
    answer: AnswerOut | None
    reused: bool
    """Whether the answer was made for another question, asked before or at the same moment."""
    made: str
    """When it was made (ISO 8601), where it was kept from an earlier question; else empty."""
    verdicts: list[VerdictOut]
    """What people said of the answer, oldest first."""
    guarded: list[dict[str, Any]]
    """What a guardrail said of the question and the answer: policies, kinds, places and actions, no text."""

    @classmethod
    def of(cls, trace: Trace) -> TraceOut:
        return cls(
            run=trace.run,
            conversation=trace.conversation,
            label=trace.label,
            model=trace.model,
            state=trace.state,
            attempts=trace.attempts,
            question=trace.question,
            standalone=trace.standalone,
            translated=trace.translated,
            language=trace.language,
            began=trace.began,
            ended=trace.ended,
            seconds=trace.seconds,
            steps=[StepOut.of(step) for step in trace.steps],
            passages=[FoundPassage.model_validate(passage) for passage in trace.passages],
            prompt=[PromptPart(role=role, text=text) for role, text in trace.prompt],
            draft=trace.draft,
            usage=UsageOut.model_validate(trace.usage),
            kept=[CitationOut.model_validate(citation) for citation in trace.kept],
            dropped=[DroppedOut.model_validate(dropped) for dropped in trace.dropped],
            notices=list(trace.notices),
            answer=AnswerOut.of(trace.answer) if trace.answer else None,
            reused=trace.reused,
            made=trace.made,
            guarded=[dict(each) for each in trace.guarded],
            verdicts=[VerdictOut.model_validate(verdict) for verdict in trace.verdicts],
        )


@router.get("")
async def runs(door: Door, reader: Asker, limit: Limit = 50, after: After = None) -> list[QuestionOut]:
    """One's own questions, newest first, each with its run's state and its answer."""
    return [QuestionOut.of(asked) for asked in await door.rooms.asking.runs(reader, limit, after)]


@router.get("/{id}")
async def trace(id: str, door: Door, reader: Asker) -> TraceOut:
    """How an answer was made: steps with times, passages with scores, prompt, tokens, citations kept and dropped."""
    return TraceOut.of(await door.rooms.asking.trace(id, reader))


@router.get("/{id}/events", response_class=StreamingResponse, responses=STREAM)
async def events(id: str, door: Door, reader: Asker, still: StillSigned, last_event_id: LastEventId = None) -> Any:
    """The run's events, from the first or from after Last-Event-ID, live until it ends."""
    await door.rooms.asking.trace(id, reader)  # the one question "is it yours" before a stream is begun
    return stream(door, reader, [id], last_event_id, still)


@router.post("/{id}/cancel", status_code=202)
async def cancel(id: str, door: Door, reader: Asker) -> None:
    """Stop the run before its next step. What it has done stays on record."""
    await door.rooms.asking.cancel(id, reader)


@router.post("/{id}/resume", status_code=202)
async def resume(id: str, door: Door, reader: Asker) -> None:
    """Carry on a cancelled or failed run after its last finished step."""
    await door.rooms.asking.resume(id, reader)


@router.post("/{id}/verdict", status_code=204)
async def verdict(id: str, said: VerdictIn, door: Door, reader: Asker) -> None:
    """Say whether the answer was good, and why. Said again, it takes the place of what you said before."""
    await door.rooms.asking.put_verdict(id, reader, said.good, said.reason, reader=reader, better=said.better)


@router.delete("/{id}/verdict", status_code=204)
async def take_back_verdict(id: str, door: Door, reader: Asker) -> None:
    """Take back what you said of the answer; it is as if you had said nothing. Where you did not, nothing changes."""
    await door.rooms.asking.take_back_verdict(id, reader, reader=reader)
