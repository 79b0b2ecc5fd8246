"""OpenTelemetry spans around runs and steps, when the process has set a tracer provider; no contents in them."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from typing import Any


def span(name: str, **attributes: str | int) -> AbstractContextManager[Any]:
    """A span that is current inside the `with`; nothing at all when no tracer provider was set."""
    # Whoever sets a provider has imported the API; importing it here would cost every start 20 ms.
    api = sys.modules.get("opentelemetry.trace")
    if api is None or isinstance(api.get_tracer_provider(), api.ProxyTracerProvider):
        return nullcontext()
    opened: AbstractContextManager[Any] = api.get_tracer("deskhand.engine").start_as_current_span(
        name,
        attributes={f"deskhand.{key}": value for key, value in attributes.items()},
        # An error's message may hold contents.
        record_exception=False,
        set_status_on_exception=False,
    )
    return opened
