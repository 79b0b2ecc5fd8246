"""OpenTelemetry, switched on by a setting: the spans that the engine makes of runs and steps leave over OTLP/HTTP."""

from __future__ import annotations

from collections.abc import Callable

import deskhand
from deskhand.errors import BadSettings


def switch_on_telemetry(endpoint: str) -> Callable[[], None]:
    """Send spans to `endpoint` (e.g. http://collector:4318/v1/traces) from now on; what is returned sends the rest
    and stops.

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
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    trace.set_tracer_provider(provider)
    return provider.shutdown
