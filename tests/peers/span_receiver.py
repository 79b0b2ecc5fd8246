"""A small OTLP/HTTP receiver: it takes what an OpenTelemetry exporter sends, and keeps the spans and the raw bytes."""

from __future__ import annotations

import gzip
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass(frozen=True)
class Received:
    """A span as it arrived."""

    name: str
    trace: bytes
    id: bytes
    parent: bytes
    attributes: dict[str, Any]
    seconds: float


@dataclass
class SpanReceiver:
    """Listens at `url` from entering to leaving; `spans` and `bodies` grow as exports arrive."""

    spans: list[Received] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    def __enter__(self) -> Self:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.take(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
                self.send_response(200)
                self.send_header("Content-Type", "application/x-protobuf")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing: a test's output is its own."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1/traces"

    def take(self, body: bytes) -> None:
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

        sent = ExportTraceServiceRequest.FromString(body)
        for resource in sent.resource_spans:
            for scope in resource.scope_spans:
                self.spans += [_received(span) for span in scope.spans]
        self.bodies.append(body)


def _received(span: Any) -> Received:
    return Received(
        span.name,
        span.trace_id,
        span.span_id,
        span.parent_span_id,
        {each.key: each.value.string_value or each.value.int_value for each in span.attributes},
        (span.end_time_unix_nano - span.start_time_unix_nano) / 1e9,
    )
