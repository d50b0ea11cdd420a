"""A collector of OpenTelemetry traces on this machine: takes what is sent by OTLP/HTTP, and decodes it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class Seen:
    """One span as it arrived."""

    trace: bytes
    id: bytes
    parent: bytes
    name: str
    begin: int
    end: int
    attributes: dict[str, str | int]
    bad: bool


class Collector(ThreadingHTTPServer):
    """Keeps every delivery until it is taken."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.endpoint = f"http://127.0.0.1:{self.server_address[1]}/v1/traces"
        self.bodies: list[bytes] = []
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Hang up."""
        self.shutdown()
        self.server_close()
        self._thread.join(5)

    def take(self) -> tuple[bytes, int]:
        """What came since the last time, as it came, and how many spans that is."""
        count = len(list(self.spans()))
        raw, self.bodies = b"".join(self.bodies), []
        return raw, count

    def spans(self) -> Iterator[Seen]:
        """Every span that came."""
        for request in map(ExportTraceServiceRequest.FromString, list(self.bodies)):
            for one in (span for res in request.resource_spans for scope in res.scope_spans for span in scope.spans):
                values = {pair.key: _value(pair.value) for pair in one.attributes}
                yield Seen(
                    one.trace_id,
                    one.span_id,
                    one.parent_span_id,
                    one.name,
                    one.start_time_unix_nano,
                    one.end_time_unix_nano,
                    values,
                    one.status.code == 2,
                )


def _value(value: Any) -> str | int:
    return value.int_value if value.HasField("int_value") else str(value.string_value)


class _Handler(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        good = self.path == "/v1/traces" and self.headers["content-type"] == "application/x-protobuf"
        if good:
            self.server.bodies.append(body)
        self.send_response(200 if good else 400)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the terminal."""
