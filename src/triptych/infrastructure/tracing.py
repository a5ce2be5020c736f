"""Traces: spans that cost nothing until somebody collects them."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any

from opentelemetry import trace

from triptych.domain.errors import MissingExtra

_NOBODY: AbstractContextManager[None] = nullcontext()


@cache
def is_traced() -> bool:
    """Tells whether somebody collects spans.

    To ask costs as much as a short statement: what is answered stays until `look_for_collector`.
    """
    return not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)


def look_for_collector() -> None:
    """Looks again whether somebody collects spans, as when a store is opened.

    Example:
        ```python
        from triptych.infrastructure.tracing import is_traced, look_for_collector

        look_for_collector()
        assert not is_traced()
        ```
    """
    is_traced.cache_clear()


def span(name: str, attributes: Mapping[str, Any] | None = None) -> AbstractContextManager[Any]:
    """Begins a span that ends with the block; nothing where nobody collects spans.

    Example:
        ```python
        from triptych.infrastructure.tracing import span

        with span("load", {"triptych.source": "flights"}):
            loaded = True
        assert loaded
        ```
    """
    if not is_traced():
        return _NOBODY
    return trace.get_tracer("triptych").start_as_current_span(
        name, attributes=dict(attributes or {})
    )


def export_traces(endpoint: str, service: str) -> None:
    """Begins to send spans to a collector, by OTLP over HTTP.

    Args:
        endpoint: Such as `http://localhost:4318`.
        service: What to call this process.

    Raises:
        MissingExtra: The exporter is not installed.
    """
    try:
        sdk = importlib.import_module("opentelemetry.sdk.trace")
        export = importlib.import_module("opentelemetry.sdk.trace.export")
        resources = importlib.import_module("opentelemetry.sdk.resources")
        otlp = importlib.import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    except ModuleNotFoundError as error:
        raise MissingExtra("telemetry", "to send traces") from error
    provider = sdk.TracerProvider(resource=resources.Resource.create({"service.name": service}))
    provider.add_span_processor(
        export.BatchSpanProcessor(otlp.OTLPSpanExporter(f"{endpoint}/v1/traces"))
    )
    trace.set_tracer_provider(provider)
    look_for_collector()
