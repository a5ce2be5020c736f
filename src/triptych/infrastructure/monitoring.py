"""What is measured: requests, statements, and what the process itself uses."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import perf_counter
from typing import Any

from opentelemetry import metrics

from triptych.domain.errors import MissingExtra
from triptych.infrastructure.tracing import is_traced, span

_METER = metrics.get_meter("triptych")
_REQUESTS = _METER.create_histogram(
    "http.server.request.duration", unit="s", description="How long requests take."
)
_STATEMENTS = _METER.create_histogram(
    "db.client.operation.duration", unit="s", description="How long statements take."
)


def record_request(route: str, status: int, started: float) -> None:
    """Records one request.

    Args:
        route: The kind of address, never an address itself.
        status: The HTTP status.
        started: When it came, by `perf_counter`.
    """
    _REQUESTS.record(
        perf_counter() - started,
        {"http.route": route, "http.response.status_code": status},
    )


def record_statement(system: str, started: float) -> None:
    """Records one statement.

    Args:
        system: The kind of database.
        started: When it began, by `perf_counter`.
    """
    _STATEMENTS.record(perf_counter() - started, {"db.system.name": system})


def prometheus_exposition() -> Callable[[], bytes]:
    """Begins to collect, and returns what writes everything for Prometheus.

    Raises:
        MissingExtra: The exporter is not installed.
    """
    try:
        sdk = importlib.import_module("opentelemetry.sdk.metrics")
        exporter = importlib.import_module("opentelemetry.exporter.prometheus")
        client = importlib.import_module("prometheus_client")
    except ModuleNotFoundError as error:
        raise MissingExtra("telemetry", "to publish metrics") from error
    if not isinstance(metrics.get_meter_provider(), sdk.MeterProvider):
        metrics.set_meter_provider(sdk.MeterProvider([exporter.PrometheusMetricReader()]))
    write: Callable[[], bytes] = client.generate_latest
    return write


_recorded: ContextVar[list[str] | None] = ContextVar("recorded", default=None)


@contextmanager
def recorded_statements() -> Iterator[list[str]]:
    """Records the statements that are run within the block, for tests that count them.

    Example:
        ```python
        import asyncio

        from triptych import recorded_statements
        from triptych.adapters.database.sqlite import SqliteDatabase

        async def main() -> list[str]:
            database = SqliteDatabase(":memory:")
            await database.open()
            with recorded_statements() as statements:
                await database.fetch("SELECT 1")
            await database.close()
            return statements

        assert asyncio.run(main()) == ["SELECT 1"]
        ```
    """
    statements: list[str] = []
    token = _recorded.set(statements)
    try:
        yield statements
    finally:
        _recorded.reset(token)


class ObservedStatement:
    """Traces and measures one statement, for as long as the block.

    Args:
        system: The kind of database.
        sql: The statement's text, which holds no values.
    """

    __slots__ = ("_span", "_started", "_system")

    def __init__(self, system: str, sql: str) -> None:
        attributes = {"db.system.name": system, "db.query.text": sql} if is_traced() else None
        self._span = span(sql.partition(" ")[0], attributes)
        recorded = _recorded.get()
        if recorded is not None:
            recorded.append(sql)
        self._system = system
        self._started = perf_counter()

    def __enter__(self) -> None:
        self._span.__enter__()

    def __exit__(self, *raised: Any) -> None:
        self._span.__exit__(*raised)
        record_statement(self._system, self._started)
