"""Prometheus metrics at /metrics, behind a token of their own: what was asked and how it ended, how long it took,
how many streams are open, and how many documents are in each state. Counts only, never who or what."""

from __future__ import annotations

import asyncio
import hmac
import time
from typing import TYPE_CHECKING

from fastapi import APIRouter, Response

from deskhand.channels.api.rooms import Door, Rooms
from deskhand.channels.api.signing import Given
from deskhand.errors import BadSettings, DeskhandError, NotFound, NotSignedIn

if TYPE_CHECKING:
    from deskhand.answering import Asked
    from deskhand.nouns import Principal

router = APIRouter(tags=["health"])

BUCKETS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160)
"""Upper bounds of the duration histogram, in seconds."""


@router.get("/metrics", include_in_schema=False)
async def scrape(door: Door, given: Given) -> Response:
    """The metrics, in Prometheus' text format."""
    wanted = door.options.metrics_token
    if wanted is None or door.metrics is None:
        raise NotFound("There is nothing at /metrics; the setting `metrics_token` opens it.")
    if given is None or not hmac.compare_digest(given.credentials.encode(), wanted.encode()):
        raise NotSignedIn("/metrics needs the token of the setting `metrics_token`.")
    return Response(await door.metrics.text(len(door.streams)), media_type="text/plain; version=0.0.4; charset=utf-8")


class Metrics:
    """What this process counts. A question counts when its run ends, by this door's own waiting for it."""

    def __init__(self, rooms: Rooms) -> None:
        try:
            from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
        except ImportError:
            raise BadSettings(
                "metrics_token is set, but the package prometheus-client is missing: "
                "`pip install 'deskhand[telemetry]'`, or take the setting away."
            ) from None
        self._rooms = rooms
        self._watching: set[asyncio.Task[None]] = set()
        self._registry = registry = CollectorRegistry()
        self._questions = Counter("deskhand_questions", "Questions by how they ended.", ["outcome"], registry=registry)
        self._seconds = Histogram(
            "deskhand_answer_seconds",
            "From question to answer, in seconds.",
            ["outcome"],
            buckets=BUCKETS,
            registry=registry,
        )
        self._streams = Gauge("deskhand_stream_clients", "Event streams that are open.", registry=registry)
        self._documents = Gauge("deskhand_documents", "Documents by state.", ["state"], registry=registry)

    def asked(self, asker: Principal, asked: Asked) -> None:
        """Count the runs of a question when they end."""
        for run in asked.runs:
            watch = asyncio.create_task(self._watch(run.id, asker))
            self._watching.add(watch)
            watch.add_done_callback(self._watching.discard)

    async def text(self, streams: int) -> bytes:
        """All metrics as they are now."""
        from prometheus_client import generate_latest

        self._streams.set(streams)
        for state, count in (await self._rooms.catalog.counts()).items():
            self._documents.labels(state).set(count)
        return generate_latest(self._registry)

    async def _watch(self, run: str, asker: Principal) -> None:
        began = time.perf_counter()
        try:
            answer = await self._rooms.asking.answer(run, asker)
            outcome = "refused" if answer.refused else "answered"
        except DeskhandError as error:
            outcome = error.code
        self._questions.labels(outcome).inc()
        self._seconds.labels(outcome).observe(time.perf_counter() - began)
