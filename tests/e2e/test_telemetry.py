"""Traces and metrics, as a collector receives them."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.e2e.test_server import serve


class Collector(ThreadingHTTPServer):
    """Takes what is sent by OTLP over HTTP, and reads it."""

    def __init__(self) -> None:
        self.spans: list[Any] = []
        self.services: set[str] = set()
        self.metrics: set[str] = set()
        super().__init__(("127.0.0.1", 0), _Taking)

    def take(self, path: str, body: bytes) -> None:
        """Reads one request."""
        if path == "/v1/traces":
            traces = ExportTraceServiceRequest.FromString(body)
            for resource in traces.resource_spans:
                named = {a.key: a.value.string_value for a in resource.resource.attributes}
                self.services.add(named.get("service.name", ""))
                for scope in resource.scope_spans:
                    self.spans += scope.spans
        elif path == "/v1/metrics":
            metrics = ExportMetricsServiceRequest.FromString(body)
            for each in metrics.resource_metrics:
                self.metrics |= {m.name for scope in each.scope_metrics for m in scope.metrics}


class _Taking(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        self.server.take(self.path, body)
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


@contextmanager
def collecting() -> Iterator[Collector]:
    """Runs a collector for as long as the block."""
    collector = Collector()
    thread = threading.Thread(target=collector.serve_forever)
    thread.start()
    try:
        yield collector
    finally:
        collector.shutdown()
        thread.join()
        collector.server_close()


def test_a_collector_receives_spans_and_metrics(tmp_path: Path) -> None:
    with collecting() as collector:
        served = serve(
            tmp_path,
            TRIPTYCH_TELEMETRY=f"http://127.0.0.1:{collector.server_port}",
            OTEL_BSP_SCHEDULE_DELAY="50",
            OTEL_METRIC_EXPORT_INTERVAL="100",
        )
        headers = {"x-correlation-id": "me-1"}
        answer = httpx2.get(f"{served.url}/api/airports?take=1", headers=headers)
        for _ in range(100):
            if collector.metrics >= _METRICS and any(s.name == "GET" for s in collector.spans):
                break
            time.sleep(0.1)
        assert served.stop() == 130
    assert answer.status_code == 200
    assert collector.services == {"flights"}
    assert collector.metrics >= _METRICS
    (request,) = [each for each in collector.spans if each.name == "GET"]
    attributes = {each.key: each.value.string_value for each in request.attributes}
    assert attributes["triptych.correlation_id"] == "me-1"
    inside = [each for each in collector.spans if each.parent_span_id == request.span_id]
    assert [each.name for each in inside] == ["SELECT"]
    assert inside[0].trace_id == request.trace_id


_METRICS = {"http.server.request.duration", "db.client.operation.duration"}
