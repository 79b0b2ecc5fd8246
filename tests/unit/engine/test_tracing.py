"""Spans appear only when somebody set a tracer provider, and hold no contents."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import pytest
from opentelemetry import trace

from deskhand.engine import Context
from deskhand.engine.memory import MemoryEngine
from deskhand.engine.tracing import span
from deskhand.nouns import Json


class Provider(trace.TracerProvider):
    """Stands for an operator's tracing."""

    def __init__(self) -> None:
        self.spans: list[tuple[str, dict[str, Any]]] = []

    def get_tracer(self, *_names: Any, **_more: Any) -> Any:
        return self

    @contextmanager
    def start_as_current_span(self, name: str, *, attributes: dict[str, Any], **_more: Any) -> Iterator[None]:
        self.spans.append((name, attributes))
        yield


def test_without_a_provider_there_is_no_span() -> None:
    assert isinstance(span("run answer", run="r", attempt=1), nullcontext)


async def test_a_run_and_its_steps_are_spans_without_contents(monkeypatch: pytest.MonkeyPatch) -> None:
    provider = Provider()
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)

    async def shout(text: str) -> str:
        return text.upper()

    async def work(context: Context, payload: Json) -> Json:
        return await context.step("shout", shout, payload)

    engine = MemoryEngine()
    engine.register("work", work)
    await engine.launch()
    await engine.start("work", "r", "a secret")
    await engine.result("r", timeout=5)
    await engine.close()

    assert provider.spans == [
        ("run work", {"deskhand.run": "r", "deskhand.workflow": "work", "deskhand.attempt": 1}),
        ("step shout", {"deskhand.run": "r", "deskhand.step": "shout", "deskhand.attempt": 1}),
    ]
