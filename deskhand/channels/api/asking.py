"""Asking: one question to one or several labels, answered in one reply or as a stream of events."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Header, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from deskhand.channels.api.events import STREAM
from deskhand.channels.api.models import AnswerOut, Failure
from deskhand.channels.api.rooms import Door, Lent
from deskhand.channels.api.signing import Asker, CameBy, StillSigned
from deskhand.channels.api.streams import Still
from deskhand.errors import BadInput, DeskhandError, RunFailed, StillRunning
from deskhand.nouns import Principal

if TYPE_CHECKING:
    from deskhand.answering import Asked

router = APIRouter(prefix="/v1", tags=["asking"])

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        max_length=200,
        description="Makes the question happen once: sent again under the same key, it gives the same runs.",
    ),
]


LastEventId = Annotated[
    str | None,
    Header(
        alias="Last-Event-ID", max_length=400, description="The last event's id that arrived; what follows it is sent."
    ),
]


class Ask(BaseModel):
    """A question."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    question: str = Field(min_length=1)
    """What is asked, in any language."""
    conversation: str | None = Field(None, max_length=200)
    """The conversation that it continues; without one, a new one begins."""
    models: list[str] = Field([], max_length=8)
    """Labels of the models that shall answer, side by side; none means the default."""
    libraries: list[str] = Field([], max_length=8)
    """Labels of the parts of the library to ask, side by side; none means all of it."""
    fresh: bool = False
    """Have an answer made now, even where one is kept from an earlier question."""


class AskAndWait(Ask):
    """A question, and how long to wait for its answer."""

    wait: float = Field(60.0, ge=0, le=300)
    """Seconds to wait. What has not ended by then goes on; the reply is then 202."""


class RunOut(BaseModel):
    """One run of a question."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    run: str
    label: str
    state: Literal["running", "finished", "failed"]
    answer: AnswerOut | None = None
    kept: bool = False
    """Whether the answer was kept from an earlier question; `answer.made` says when it was made."""
    failure: Failure | None = None
    events: str
    """Where its events can be followed."""


class Asking(BaseModel):
    """A question on record, with its runs."""

    conversation: str
    runs: list[RunOut]


@router.post("/ask", responses={202: {"model": Asking, "description": "Accepted; at least one run goes on."}})
async def ask(body: AskAndWait, door: Door, asker: Asker, came: CameBy, reply: Response, key: Key = None) -> Asking:
    """Ask, and get the answer in the reply. The question is on disk before anything else happens: when the
    connection breaks, ask again under the same Idempotency-Key."""
    asked = await put(door, asker, body, key, came)
    runs = await asyncio.gather(*(_outcome(door, asker, run.id, run.label, body.wait) for run in asked.runs))
    if any(run.state == "running" for run in runs):
        reply.status_code = 202
    return Asking(conversation=asked.conversation, runs=runs)


@router.post("/ask/stream", response_class=StreamingResponse, responses=STREAM)
async def ask_and_stream(
    body: Ask,
    door: Door,
    asker: Asker,
    came: CameBy,
    still: StillSigned,
    key: Key = None,
    last_event_id: LastEventId = None,
) -> Any:
    """Ask, and follow the answer as it is made. A client whose connection breaks sends the same question again with
    the same Idempotency-Key and with Last-Event-ID, and misses nothing."""
    if last_event_id and not key:
        raise BadInput("Last-Event-ID came without the Idempotency-Key of the question; send both, or neither.")
    asked = await put(door, asker, body, key, came)
    return stream(door, asker, [run.id for run in asked.runs], last_event_id, still)


def stream(
    door: Lent, reader: Principal, runs: Sequence[str], last_event_id: str | None, still: Still
) -> StreamingResponse:
    """The events of `runs`, which must be the reader's own, from after `last_event_id`, until `still` raises."""
    asking = door.rooms.asking

    async def settle(run: str) -> None:
        await asking.answer(run, reader, timeout=0)

    return door.streams.respond(
        runs, lambda run, after: asking.follow(run, reader, after=after), last_event_id, settle=settle, still=still
    )


async def put(door: Lent, asker: Principal, body: Ask, key: str | None, came: str) -> Asked:
    """Put the question on record; `came` is the name of the door. Raises `BadInput` when it is empty or too long."""
    bound = door.options.question_characters
    if len(body.question) > bound:
        raise BadInput(f"The question has {len(body.question)} characters; at most {bound} are taken.")
    if not body.question.strip():
        raise BadInput("The question is empty; say what you want to know.")
    return await door.rooms.asking.ask(
        body.question,
        asker=asker,
        event_id=key,
        door=came,
        conversation=body.conversation,
        models=body.models,
        libraries=body.libraries,
        fresh=body.fresh,
    )


async def _outcome(door: Lent, asker: Principal, run: str, label: str, wait: float) -> RunOut:
    out = RunOut(run=run, label=label, state="running", events=f"/v1/runs/{run}/events")
    answer = asyncio.ensure_future(door.rooms.asking.answer(run, asker, timeout=wait))
    closing = asyncio.ensure_future(door.streams.closing.wait())
    try:
        await asyncio.wait({answer, closing}, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            return out
        made = AnswerOut.of(answer.result())
        return out.model_copy(update={"state": "finished", "answer": made, "kept": bool(made.made)})
    except StillRunning:
        return out
    except DeskhandError as error:
        detail = "The run failed; its trace says where." if isinstance(error, RunFailed) else str(error)
        return out.model_copy(
            update={"state": "failed", "failure": Failure(code=error.code, detail=detail, next=error.next)}
        )
    finally:
        answer.cancel()
        closing.cancel()
