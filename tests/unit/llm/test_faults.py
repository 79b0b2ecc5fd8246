"""What a failure is told as, and when a server's wish to wait is understood."""

from __future__ import annotations

from email.utils import formatdate

import pytest

from deskhand.errors import BadSettings, ModelThrottled, ModelTimeout
from deskhand.llm.faults import http_fault, library_fault, wait_asked


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "12"}, 12.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"Retry-After": "-3"}, 0.0),
        ({"Retry-After": formatdate(0, usegmt=True)}, 0.0),
        ({"Retry-After": "soon"}, None),
        ({}, None),
    ],
)
def test_the_wait_that_a_server_asks_for(headers: dict[str, str], seconds: float | None) -> None:
    assert wait_asked(headers) == seconds


def test_throttling_keeps_the_wait_and_may_pass() -> None:
    fault = http_fault("openai:m", 429, retry_after=12.0, code="rate_limit_exceeded")

    assert isinstance(fault.error, ModelThrottled)
    assert fault.error.retry_after == 12.0
    assert fault.passing
    assert "openai:m is throttled or overloaded (429 rate_limit_exceeded); it says to wait 12 s" in str(fault.error)


def test_a_code_that_is_prose_is_not_repeated() -> None:
    """A server that puts the prompt where its error code belongs."""
    fault = http_fault("openai:m", 400, code="your prompt 'fire Bob' is too long")

    assert "Bob" not in str(fault.error)
    assert not fault.passing


@pytest.mark.parametrize(
    ("kind", "error"),
    [("NoCredentialsError", BadSettings), ("NoRegionError", BadSettings), ("ReadTimeoutError", ModelTimeout)],
)
def test_a_library_error_is_told_by_its_kind_alone(kind: str, error: type[Exception]) -> None:
    raised = type(kind, (Exception,), {})("the prompt, the key")

    fault = library_fault("bedrock:m", raised)

    assert isinstance(fault.error, error)
    assert "the prompt" not in str(fault.error)
