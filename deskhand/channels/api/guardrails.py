"""`ApplyGuardrail` as Amazon Bedrock has it, over the policies of this desk: a client of Bedrock's needs another
address and a token of ours, and nothing else.

The token comes as a bearer token (`AWS_BEARER_TOKEN_BEDROCK`, which clients of AWS send over TLS only) or as the
session token of any credentials (`AWS_SESSION_TOKEN`); their signature is not looked at. Errors are in AWS's shape.
"""

from __future__ import annotations

import asyncio
import json
import math
import time
import uuid
from collections.abc import Callable, Coroutine
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from deskhand.channels.api.problems import record
from deskhand.channels.api.rooms import Door
from deskhand.channels.api.signing import GuardrailUser
from deskhand.errors import (
    BadInput,
    BadSettings,
    Busy,
    DeskhandError,
    GuardrailFailed,
    Malformed,
    NotAllowed,
    NotFound,
    NotFromHere,
    NotSignedIn,
)
from deskhand.guardrails import Content, Qualifier, Source

_ERRORS: tuple[tuple[type[DeskhandError], str, int], ...] = (
    (NotSignedIn, "AccessDeniedException", 403),
    (NotAllowed, "AccessDeniedException", 403),
    (NotFromHere, "AccessDeniedException", 403),
    (NotFound, "ResourceNotFoundException", 404),
    (Malformed, "ValidationException", 400),
    (BadInput, "ValidationException", 400),
    (Busy, "ThrottlingException", 429),
    (GuardrailFailed, "ServiceUnavailableException", 503),
    (BadSettings, "ServiceUnavailableException", 503),
)
"""Ours, and what AWS calls it."""


class AwsRoute(APIRoute):
    """A call that fails as one of AWS's fails."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError as error:
                # pydantic's own report repeats what was sent.
                first = error.errors()[0]
                place = ".".join(map(str, first["loc"]))
                return _failed("ValidationException", 400, f"{place}: {first['msg']}")
            except HTTPException as error:
                return _failed("ValidationException", error.status_code, str(error.detail))
            except DeskhandError as error:
                return _of_ours(error)
            except TimeoutError:
                return _failed("ServiceUnavailableException", 503, f"It took longer than {SECONDS:g} seconds.")
            except Exception as error:
                return _failed("InternalServerException", 500, f"Tell an operator the reference {record(error)}.")

        return handled


_JSON = "application/json"
SECONDS = 60.0
"""How long a guardrail may take over one call."""

router = APIRouter(tags=["guardrails"], route_class=AwsRoute)


class TextOf(BaseModel):
    """A text. With the qualifier "grounding_source" or "query" alone it is looked into, and not itself judged."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    text: str
    qualifiers: list[Qualifier] = []
    """"grounding_source", "query", "guard_content"; none is "guard_content"."""


class ContentBlock(BaseModel):
    """A part of what is to be judged."""

    model_config = ConfigDict(extra="forbid")

    text: TextOf


class ApplyGuardrailBody(BaseModel):
    """What is to be judged, as Amazon Bedrock's `ApplyGuardrail` takes it; images are not looked at here."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    source: Source
    """"INPUT" goes to a model, "OUTPUT" comes from one."""
    content: list[ContentBlock] = Field(min_length=1, max_length=1_000)
    outputScope: Literal["INTERVENTIONS", "FULL"] = "INTERVENTIONS"
    """"FULL" tells of the topics and filters that found nothing, too."""


@router.post(
    "/guardrail/{identifier:path}/version/{version}/apply",
    response_model=None,
    responses={
        200: {"description": "As Amazon Bedrock answers `ApplyGuardrail`.", "content": {"application/json": {}}}
    },
)
async def apply(identifier: str, version: str, body: ApplyGuardrailBody, door: Door, who: GuardrailUser) -> Response:
    """Apply a guardrail of this desk to texts: `identifier` is a policy's name (or an ARN that ends with it), `version`
    a number or DRAFT.

    Request, response and errors are those of Amazon Bedrock's `ApplyGuardrail`. The header `x-deskhand-unchecked` names
    what the policy asks for and nobody here could look for.
    """
    from deskhand.guardrails.shapes import Request as Asked
    from deskhand.guardrails.shapes import response_of

    guardrails = door.rooms.guardrails
    guardrail = guardrails.guardrail(identifier.rpartition("/")[2], version)
    content = tuple(Content(each.text.text, frozenset(each.text.qualifiers)) for each in body.content)
    began = time.perf_counter()
    with guardrails.turn():
        async with asyncio.timeout(SECONDS):
            applied = await guardrail.apply(body.source, content)
    took = round((time.perf_counter() - began) * 1_000)
    asked = Asked(body.source, content, body.outputScope)
    told = response_of(applied, asked, guardrail.policy, took)
    unchecked = ", ".join(dict.fromkeys(each.what for each in applied.assessment.unchecked))
    return _json(told, 200, {"x-deskhand-unchecked": unchecked} if unchecked else {})


def _of_ours(error: DeskhandError) -> Response:
    for kind, name, status in _ERRORS:
        if isinstance(error, kind):
            after = {"Retry-After": str(math.ceil(error.retry_after))} if isinstance(error, Busy) else {}
            said = f"{error} Send a token of this desk as a bearer token." if kind is NotSignedIn else str(error)
            return _failed(name, status, said, after)
    return _failed("InternalServerException", 500, f"The guardrail could not be applied ({error.code}).")


def _failed(name: str, status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    return _json({"message": message}, status, {"x-amzn-errortype": name, **(headers or {})})


def _json(body: dict[str, Any], status: int, headers: dict[str, str]) -> Response:
    # In ASCII: what was matched may hold halves of characters, which have no place in UTF-8.
    given = {"x-amzn-requestid": str(uuid.uuid4()), **headers}
    return Response(json.dumps(body).encode(), status, given, media_type=_JSON)
