"""How an answer was made: the question, the steps and their times, the passages, the prompt, what was kept and dropped.

The texts of passages are read again for whoever looks; what that reader may not see is withheld.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from deskhand.answering.citing import place_of, title_of, withhold
from deskhand.answering.conversation import Standing
from deskhand.answering.drafting import prompt
from deskhand.answering.given import Given
from deskhand.answering.links import UrlRules
from deskhand.answering.quoting import QUOTES
from deskhand.answering.records import QuestionRow
from deskhand.answering.retrieving import Retrieved
from deskhand.answering.serial import answer_from, to_json
from deskhand.nouns import Answer, Citation, Draft, Dropped, Json, Passage, Run, RunState, Usage, Verdict


@dataclass(frozen=True, slots=True)
class TracedStep:
    """A step's name, when it began, how many seconds it took (None: it has not ended), and its error."""

    name: str
    began: datetime | None
    seconds: float | None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class TracedPassage:
    """A passage that the search found, with its scores; only its number and scores when `withheld` from the viewer."""

    number: int
    score: float
    bm25: float
    cosine: float | None
    withheld: bool = False
    passage: int | None = None
    document: str | None = None
    version: int | None = None
    title: str | None = None
    place: str | None = None
    url: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """How one run made its answer; what has not happened yet is empty."""

    run: str
    conversation: str
    label: str
    model: str
    state: RunState
    attempts: int
    question: str
    standalone: str
    translated: str | None
    language: str
    began: datetime
    ended: datetime | None
    steps: tuple[TracedStep, ...] = ()
    passages: tuple[TracedPassage, ...] = ()
    prompt: tuple[tuple[str, str], ...] = ()
    """What was sent to the model, as (role, text); empty for an answer by quotes."""
    draft: str | None = None
    """What the model wrote before its claims were checked; None when withheld."""
    usage: Usage = Usage()
    kept: tuple[Citation, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    notices: tuple[str, ...] = ()
    answer: Answer | None = None
    reused: bool = False
    """Whether the answer, or its draft, was made for another question; `made` is when, where that was earlier."""
    made: str = ""
    verdicts: tuple[Verdict, ...] = ()
    """What people said of the answer, oldest first."""
    guarded: tuple[Mapping[str, Json], ...] = ()
    """What a guardrail said of the question and the answer: policies, kinds, places and actions, no text."""
    error: str = ""

    @property
    def seconds(self) -> float | None:
        """From the question to the answer."""
        return (self.ended - self.began).total_seconds() if self.ended else None

    def as_json(self) -> dict[str, Json]:
        """The trace as JSON; times are ISO 8601."""
        plain: dict[str, Json] = _iso({**to_json(self), "seconds": self.seconds})
        return plain


def trace_of(
    row: QuestionRow, run: Run | None, passages: Sequence[Passage], rules: UrlRules, verdicts: Sequence[Verdict] = ()
) -> Trace:
    """The trace of a question's run for a viewer who may now read `passages` of those it found; `run` is None when the
    engine has forgotten it (after the retention time)."""
    outputs = {step.name: step.output for step in run.steps if step.output is not None} if run else {}
    standing = _rebuilt(Standing, outputs.get("condense"))
    retrieved = _rebuilt(Retrieved, outputs.get("retrieve")) or Retrieved()
    drafted = _rebuilt(Draft, outputs.get("draft"))
    by_id = {passage.id: passage for passage in passages}
    answer = withhold(answer_from(row.answer), set(by_id)) if row.answer else None
    model = drafted.model if drafted else answer.model if answer else row.label.split("@")[0]
    told = standing is not None and all(passage in by_id for passage in standing.rests_on)
    open_to_viewer = told and drafted is not None and all(passage in by_id for passage in drafted.passages)
    return Trace(
        run=row.run,
        conversation=row.conversation,
        label=row.label,
        model=model,
        # The answer is on record a moment before the engine knows that its run has ended.
        state=run.state if run and row.state == "waiting" else row.state,
        attempts=_attempts(run),
        question=row.text,
        standalone=standing.text if standing and told else row.text,
        translated=standing.elsewhere if standing and told else None,
        language=row.language,
        began=row.asked,
        ended=row.ended,
        steps=tuple(_step(step.name, step.began, step.ended, step.error) for step in run.steps) if run else (),
        passages=_passages(retrieved, by_id, row.language, rules),
        prompt=_prompt(standing, drafted, by_id, _given(run).attached, row.document is not None) if told else (),
        draft=drafted.text if drafted and open_to_viewer else None,
        usage=_usage(standing, drafted),
        kept=answer.citations if answer else (),
        dropped=answer.dropped if answer else (),
        notices=answer.notices if answer else retrieved.notices,
        answer=answer,
        reused=row.kept_from is not None,
        made=row.answer.get("made", "") if row.answer else "",
        verdicts=tuple(verdicts),
        guarded=tuple(row.guarded or ()),
        error=row.error or (run.error or "" if run else ""),
    )


def found_ids(run: Run) -> list[int]:
    """The ids of the passages that a run's search found."""
    outputs = [step.output for step in run.steps if step.name == "retrieve" and step.output is not None]
    return list(_rebuilt(Retrieved, outputs[-1]).ids) if outputs else []


def draft_of(run: Run) -> Draft | None:
    """What a run's model wrote, once it has."""
    outputs = [step.output for step in run.steps if step.name == "draft" and step.output is not None]
    drafted: Draft | None = _rebuilt(Draft, outputs[-1]) if outputs else None
    return drafted


def leaned_on(run: Run) -> set[int]:
    """The ids of the passages that any part of a run's trace was made from."""
    outputs = {step.name: step.output for step in run.steps if step.output is not None}
    standing, drafted = _rebuilt(Standing, outputs.get("condense")), _rebuilt(Draft, outputs.get("draft"))
    return {*found_ids(run), *(standing.rests_on if standing else ()), *(drafted.passages if drafted else ())}


def cited(row: QuestionRow) -> set[int]:
    """The ids of the passages that a question's answer cites."""
    return {citation.passage for citation in answer_from(row.answer).citations} if row.answer else set()


def _given(run: Run | None) -> Given:
    """What came with the question, from the run's payload."""
    return Given.of(run.input.get("given")) if run and isinstance(run.input, dict) else Given()


def _rebuilt(kind: type[Any], value: Json) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(kind).validate_python(value) if value is not None else None


def _attempts(run: Run | None) -> int:
    """How many processes carried a finished run, one after another; 1 where it is not known."""
    return int(run.output.get("attempt", 1)) if run and isinstance(run.output, dict) else 1


def _step(name: str, began: datetime | None, ended: datetime | None, error: str | None) -> TracedStep:
    return TracedStep(name, began, (ended - began).total_seconds() if began and ended else None, error)


def _passages(
    retrieved: Retrieved, by_id: Mapping[int, Passage], language: str, rules: UrlRules
) -> tuple[TracedPassage, ...]:
    traced = []
    for number, hit in enumerate(retrieved.hits, 1):
        scores = (number, hit.score, hit.bm25, hit.cosine)
        passage = by_id.get(hit.passage)
        if passage is None:
            traced.append(TracedPassage(*scores, withheld=True))
            continue
        traced.append(
            TracedPassage(
                *scores,
                passage=passage.id,
                document=passage.document,
                version=passage.version,
                title=title_of(passage),
                place=place_of(passage, language),
                url=rules.address(passage.title, passage.url),
                text=passage.text,
            )
        )
    return tuple(traced)


def _prompt(
    standing: Standing | None,
    drafted: Draft | None,
    by_id: Mapping[int, Passage],
    attached: Sequence[str],
    whole: bool,
) -> tuple[tuple[str, str], ...]:
    """The prompt again, as it was sent; passages that the viewer may not read are withheld."""
    if standing is None or drafted is None or drafted.model == QUOTES or drafted.same_as or not drafted.passages:
        return ()
    shown = [by_id.get(passage) for passage in drafted.passages]
    messages = prompt(standing.question, shown, standing.nonce, attached, whole=whole)
    return tuple((message.role, message.text) for message in messages)


def _usage(standing: Standing | None, drafted: Draft | None) -> Usage:
    parts = [part.usage for part in (standing, drafted) if part is not None]
    return Usage(sum(part.input_tokens for part in parts), sum(part.output_tokens for part in parts))


def _iso(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _iso(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_iso(each) for each in value]
    return value.isoformat() if isinstance(value, datetime) else value
