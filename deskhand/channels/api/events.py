"""The events of an answer's stream as they cross the wire, each with its type, and the run that it belongs to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from deskhand.nouns import Json, StreamEvent


class _Event(BaseModel):
    model_config = ConfigDict(extra="allow", use_attribute_docstrings=True)

    run: str
    """The run it belongs to; a stream of several labels carries several runs."""


class Accepted(_Event):
    """The question is on record, and its run has begun."""

    type: Literal["accepted"]
    conversation: str
    label: str
    """The model's label, and the library's when one was named."""


class Searching(_Event):
    """The library is being searched."""

    type: Literal["searching"]
    query: str | None = None
    """What is searched for: the question, made to stand alone."""
    sources: int | None = None
    """Over how many sources the search goes: those with something that the reader may read."""


class PassageFound(_Event):
    """A passage that the search found, and that the asker may read."""

    type: Literal["passage"]
    number: int
    title: str
    place: str | None = None
    """Where in the document: "page 4", "section Reset"."""
    url: str | None = None
    score: float


class Token(_Event):
    """A piece of the answer's text. It is a draft: its sources are not checked yet."""

    type: Literal["token"]
    text: str


class Checking(_Event):
    """The draft is whole; each of its claims is now checked against its source."""

    type: Literal["checking"]


class CitationEvent(_Event):
    """A source that the answer used, checked against its passage."""

    type: Literal["citation"]
    number: int
    passage: int
    document: str
    version: int
    title: str
    url: str | None = None
    quote: str
    snippet: str
    place: str | None = None


class _Final(_Event):
    text: str
    refused: bool
    citations: list[dict[str, Any]] = []
    model: str = ""
    language: str = "en"
    notices: list[str] = []
    reason: str = ""
    """Why it is a refusal, where that can be told: "library-empty", "nothing-open", "withheld"."""
    made: str = ""
    """When it was made (ISO 8601), where it was kept from an earlier question; there are no tokens before it then."""


class AnswerEvent(_Final):
    """The answer, whole; it takes the place of the tokens before it. The last event of its run."""

    type: Literal["answer"]


class RefusedEvent(_Final):
    """Nothing in the library supports an answer; the text says so and offers a person. The last event of its run."""

    type: Literal["refused"]


class Failed(_Event):
    """The run ended without an answer. The last event of its run."""

    type: Literal["failed"]
    code: str
    message: str


class Restarted(_Event):
    """The process that carried the run died and another carried on: drop the run's tokens so far."""

    type: Literal["restarted"]


AskEvent = Annotated[
    Accepted
    | Searching
    | PassageFound
    | Token
    | Checking
    | CitationEvent
    | AnswerEvent
    | RefusedEvent
    | Failed
    | Restarted,
    Field(discriminator="type"),
]
"""Any event of the stream, told apart by `type`; other types may be added, and are to be passed over."""

ask_event: TypeAdapter[AskEvent] = TypeAdapter(AskEvent)

LAST = frozenset({"answer", "refused", "failed"})
"""The types that end a run's events."""


class ProgressEvent(BaseModel):
    """How far an ingestion is. When its stream ends without "failed", it has finished."""

    model_config = ConfigDict(extra="allow", use_attribute_docstrings=True)

    type: Literal["progress"]
    run: str
    done: int
    total: int
    indexed: int
    unchanged: int
    failed: int
    passages: int
    rate: float
    """Documents per second of late."""
    seconds_left: float | None = None


IngestEvent = Annotated[ProgressEvent | Failed | Restarted, Field(discriminator="type")]
"""Any event of an ingestion's stream."""

ingest_event: TypeAdapter[IngestEvent] = TypeAdapter(IngestEvent)


def _stream_of(name: str) -> dict[int | str, dict[str, Any]]:
    said = f"Server-sent events; the data of each is an {name}."
    return {
        200: {
            "description": "Events as they happen. Each has an `id` for Last-Event-ID; a comment says that a silent "
            "stream is alive.",
            "content": {
                "text/event-stream": {
                    "schema": {"type": "string", "description": said},
                    "itemSchema": {"$ref": f"#/components/schemas/{name}"},
                }
            },
        }
    }


STREAM = _stream_of("AskEvent")
INGEST_STREAM = _stream_of("IngestEvent")
"""How the streams stand in the OpenAPI document."""


def schemas() -> dict[str, Any]:
    """The events' JSON schemas by name, with "AskEvent" and "IngestEvent" for any of theirs."""
    found: dict[str, Any] = {}
    for name, adapter in (("AskEvent", ask_event), ("IngestEvent", ingest_event)):
        whole = adapter.json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
        found.update(whole.pop("$defs"))
        found[name] = {"title": name, "description": "Any event of a stream.", **whole}
    return found


def wire(id: str, type: str, data: Mapping[str, Json]) -> bytes:
    """One server-sent event: its data is a JSON object on one line, with `type` in it as well as in the field."""
    body = json.dumps({"type": type, **data}, ensure_ascii=False, separators=(",", ":"))
    return f"id: {id}\nevent: {type}\ndata: {body}\n\n".encode()


def of_run(run: str, event: StreamEvent) -> dict[str, Json]:
    """The event's data with the run that it belongs to."""
    return {"run": run, **event.data}
