"""Every error as application/problem+json (RFC 9457), with a code and what to do next; nothing internal leaves.

What we did not foresee becomes a reference id; the log has the error's type and place under it, never its message,
which may hold somebody's data.
"""

from __future__ import annotations

import logging
import math
import traceback
import uuid
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import sqlalchemy as sa
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from deskhand.errors import BadInput, DeskhandError, NotFound, NotSignedIn, RunFailed

log = logging.getLogger("deskhand.api")

MEDIA_TYPE = "application/problem+json"


class Wrong(BaseModel):
    """One part of a request that cannot be taken as it is."""

    where: str = Field(description='Where it stands, e.g. "body.question".')
    message: str


class Problem(BaseModel):
    """What went wrong, and what to do next (RFC 9457)."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(description="`urn:deskhand:error:` and the code.")
    title: str = Field(description="The HTTP status in words.")
    status: int
    code: str = Field(description="Stable and machine-readable; docs/reference/errors.md lists them.")
    detail: str = Field(description="What happened, with the value.")
    next: str = Field(description="What to do now.")
    wrong: list[Wrong] | None = Field(None, description="The parts of the request that are wrong, for `bad-input`.")
    reference: str | None = Field(None, description="What to quote to an operator, for `internal`.")


def problem(
    status: int,
    code: str,
    detail: str,
    next: str,
    *,
    headers: Mapping[str, str] | None = None,
    wrong: Sequence[Wrong] | None = None,
    reference: str | None = None,
) -> JSONResponse:
    """An error as a response."""
    body = Problem(
        type=f"urn:deskhand:error:{code}",
        title=HTTPStatus(status).phrase,
        status=status,
        code=code,
        detail=detail,
        next=next,
        wrong=list(wrong) if wrong else None,
        reference=reference,
    )
    return JSONResponse(
        body.model_dump(exclude_none=True), status_code=status, headers=dict(headers or {}), media_type=MEDIA_TYPE
    )


def of_error(error: DeskhandError) -> JSONResponse:
    """One of our errors as a response. A failed run's own message stays in its trace."""
    headers = {}
    if isinstance(error, NotSignedIn):
        headers["WWW-Authenticate"] = 'Bearer realm="deskhand"'
    retry_after = getattr(error, "retry_after", None)
    if retry_after is not None:
        headers["Retry-After"] = str(math.ceil(retry_after))
    detail = "The run failed; its trace says where." if isinstance(error, RunFailed) else str(error)
    if type(error) is DeskhandError:
        return unforeseen(error)
    return problem(error.status, error.code, detail or error.__class__.__doc__ or "", error.next, headers=headers)


def record(error: BaseException) -> str:
    """Log an error that nobody foresaw, by its type and place; the reference under which the log has it."""
    reference = uuid.uuid4().hex[:12]
    places = " < ".join(f"{f.filename}:{f.lineno}" for f in reversed(traceback.extract_tb(error.__traceback__)[-8:]))
    log.error("internal error %s: %s at %s", reference, type(error).__name__, places)
    return reference


def unforeseen(error: BaseException) -> JSONResponse:
    """The answer to an error that nobody foresaw."""
    reference = record(error)
    return problem(
        500,
        DeskhandError.code,
        "Something went wrong in here; it is on record.",
        f"Tell an operator the reference {reference}; it stands in the server's log.",
        reference=reference,
    )


def not_text() -> JSONResponse:
    """The answer to what could be no text of anybody's."""
    return problem(
        BadInput.status,
        BadInput.code,
        "a text has a NUL character in it, or a number is larger than any of ours.",
        BadInput.next,
    )


def add_handlers(app: FastAPI) -> None:
    """Make `app` answer every error with a problem."""
    app.add_exception_handler(DeskhandError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(sa.exc.DataError, _not_kept)
    app.add_exception_handler(HTTPException, _http)


async def _ours(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, DeskhandError)
    return of_error(error)


async def _not_kept(_request: Request, error: Exception) -> JSONResponse:
    # The database refuses a value, and all values of a call come from its caller; should one be ours, the log has it.
    record(error)
    return not_text()


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    # pydantic's own report repeats what was sent, which may be a secret sent to the wrong field.
    wrong = [Wrong(where=_place(e["loc"]), message=str(e["msg"])) for e in error.errors()]
    first = wrong[0] if wrong else Wrong(where="body", message="it cannot be read")
    more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
    return problem(BadInput.status, BadInput.code, f"{first.where}: {first.message}{more}.", BadInput.next, wrong=wrong)


def _place(location: Sequence[Any]) -> str:
    return ".".join(str(part) for part in location)


_HTTP = {
    404: (NotFound.code, "There is nothing at {path}.", "GET /openapi.json lists every call."),
    405: ("method-not-allowed", "{method} is not possible at {path}.", "Use one of the methods in the Allow header."),
    408: ("too-slow", "{detail}", "Send the whole body at once; what was sent of it is thrown away."),
    413: ("too-large", "{detail}", "Send less at once; documents are ingested by path, from the server's folders."),
}
CODES = (
    ("method-not-allowed", 405, "This path has no such method.", _HTTP[405][2]),
    ("too-slow", 408, "The body did not come in time.", _HTTP[408][2]),
    ("too-large", 413, "The body is larger than this server takes.", _HTTP[413][2]),
)
"""The errors of this door alone: code, status, meaning, what next. The others are those of `deskhand.errors`."""


def too_large(bound: int) -> JSONResponse:
    """The answer to a body that announces more than `bound` bytes."""
    code, _, then = _HTTP[413]
    return problem(413, code, f"The body is longer than {bound} bytes.", then)


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code, detail, then = _HTTP.get(
        error.status_code, (BadInput.code, "The request cannot be taken as it is.", BadInput.next)
    )
    detail = detail.format(path=request.url.path, method=request.method, detail=error.detail)
    return problem(error.status_code, code, detail, then, headers=error.headers)
