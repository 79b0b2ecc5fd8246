"""The HTTP application: its calls, its errors, its OpenAPI document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

import deskhand
from deskhand.channels.api import (
    approvals,
    asking,
    audit,
    connections,
    conversations,
    documents,
    engine_runs,
    events,
    guardrails,
    health,
    ingesting,
    labels,
    library,
    metrics,
    passages,
    people,
    problems,
    proposals,
    redactions,
    run_changes,
    runs,
    session,
    ticket_policy,
    tickets,
    tokens,
    uploads,
)
from deskhand.channels.api.gate import Gate
from deskhand.channels.api.rooms import Annex, Lent, Options, Rooms
from deskhand.channels.api.streams import Streams
from deskhand.channels.connected import Setup

_WRONG: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "Any error.",
        "content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}


def create_app(
    rooms: Rooms, options: Options = Options(), annexes: Sequence[Annex] = (), setup: Setup = Setup()
) -> FastAPI:
    """The application over a desk's rooms, and the doors that share its address. The caller opens and closes both;
    `setup` is what an administrator is told of it."""
    app = _calls(options, annexes)
    measured = metrics.Metrics(rooms) if options.metrics_token else None
    app.state.lent = Lent(rooms, options, Streams(options.ping_seconds), measured, tuple(annexes), setup)
    return app


def describe() -> dict[str, Any]:
    """The OpenAPI document, which needs no desk."""
    return _calls(Options()).openapi()


def _calls(options: Options, annexes: Sequence[Annex] = ()) -> FastAPI:
    app = FastAPI(
        title="Deskhand",
        version=deskhand.__version__,
        description="Answers support questions from your own documents, with checked sources, and only from what the "
        "asker may read.",
        docs_url=None,
        redoc_url=None,
        responses=_WRONG,
        separate_input_output_schemas=False,
        # Its own spans would carry query strings; ours, of runs and steps, carry no content.
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    for part in (
        session,
        asking,
        labels,
        conversations,
        runs,
        run_changes,
        engine_runs,
        tickets,
        ticket_policy,
        approvals,
        proposals,
        audit,
        library,
        documents,
        passages,
        uploads,
        redactions,
        ingesting,
        guardrails,
        people,
        tokens,
        connections,
        health,
        metrics,
    ):
        app.include_router(part.router)
    for annex in annexes:
        for path, handle in annex.paths.items():
            app.add_route(path, handle, methods=["POST"], include_in_schema=False)
    problems.add_handlers(app)
    others = {path: annex.body_bytes for annex in annexes for path in annex.paths}
    app.add_middleware(Gate, body_bytes=options.body_bytes, other_bytes=others, file_bytes=options.file_bytes)
    app.openapi = lambda: _document(app)  # type: ignore[method-assign]
    return app


def _document(app: FastAPI) -> dict[str, Any]:
    """What FastAPI describes, with the stream's events and the one shape of errors."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes, tags=app.openapi_tags
        )
        schemas = document["components"]["schemas"]
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        for path in document["paths"].values():
            for call in path.values():
                call["responses"].pop("422", None)
        for model in (problems.Problem,):
            whole = model.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(whole.pop("$defs", {}))
            schemas[model.__name__] = whole
        schemas.update(events.schemas())
        document["components"]["schemas"] = dict(sorted(schemas.items()))
        app.openapi_schema = document
    return app.openapi_schema
