"""OpenTelemetry, switched on by a setting: the spans that the engine makes of runs and steps leave over OTLP/HTTP."""

from __future__ import annotations

import threading
from collections.abc import Callable

import deskhand
from deskhand.errors import BadSettings

LAST_SECONDS = 1.0
"""What the last spans get to leave when the process ends; a collector that is away must not hold it up."""


def switch_on_telemetry(endpoint: str) -> Callable[[], None]:
    """Send spans to `endpoint` (e.g. http://collector:4318/v1/traces) from now on; what is returned sends the rest
    and stops, within `LAST_SECONDS`.

    Raises `BadSettings` when the extra `deskhand[telemetry]` is not installed.
    """
    try:
        from opentelemetry import trace
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise BadSettings(
            "telemetry_endpoint is set, but OpenTelemetry's packages are missing: "
            "`pip install 'deskhand[telemetry]'`, or take the setting away."
        ) from None
    resource = Resource.create({"service.name": "deskhand", "service.version": deskhand.__version__})
    # Its own end at exit would wait for a collector that is away, after we have given it up.
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    trace.set_tracer_provider(provider)

    def stop() -> None:
        last = threading.Thread(target=provider.shutdown, daemon=True)
        last.start()
        last.join(LAST_SECONDS)

    return stop
