"""Traces, from the request to the statement."""

from __future__ import annotations

import json
import subprocess
import sys

_PROGRAM = """
import asyncio, json
import httpx2
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from triptych import open_store
from triptych.api.application import Application
from triptych.services.objects import Browser

spans = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(spans))
trace.set_tracer_provider(provider)

async def main():
    store = open_store("tests.fixtures.library", "sqlite:///:memory:")
    await store.open()
    spans.clear()
    transport = httpx2.ASGITransport(app=Application(Browser(store)))
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        await client.get("/api/books", headers={"x-correlation-id": "me-1"})
    await store.close()
    statement, request = spans.get_finished_spans()
    print(json.dumps({
        "names": [statement.name, request.name],
        "is_inside": statement.parent.span_id == request.context.span_id,
        "correlation": request.attributes["triptych.correlation_id"],
        "sql": statement.attributes["db.query.text"][:6],
    }))

asyncio.run(main())
"""


def test_a_statement_is_a_span_within_that_of_its_request() -> None:
    command = [sys.executable, "-c", _PROGRAM]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "names": ["SELECT", "GET"],
        "is_inside": True,
        "correlation": "me-1",
        "sql": "SELECT",
    }
