"""What is measured: requests and statements, counted here and told to whoever asks."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from opentelemetry import metrics

from triptych.domain.errors import MissingExtra
from triptych.infrastructure.environment import set_variable
from triptych.infrastructure.tracing import is_traced, span

_TOGETHER = "PROMETHEUS_MULTIPROC_DIR"
_METER = metrics.get_meter("triptych")


@dataclass(slots=True)
class Timer:
    """How long something takes, by some labels.

    A sample goes to Prometheus once somebody publishes, and to OpenTelemetry once somebody
    collects there; a label's child is looked up once, because that is what a sample costs most.

    Attributes:
        name: In the terms of OpenTelemetry's conventions.
        about: What it tells.
        labels: The names of its labels.

    Example:
        ```python
        from time import perf_counter

        from triptych.infrastructure.monitoring import Timer

        Timer("work", "How long work takes.", ("kind",)).record(perf_counter(), "hard")
        ```
    """

    name: str
    about: str
    labels: tuple[str, ...]
    _histogram: Any = None
    _children: dict[tuple[str, ...], Any] = field(default_factory=dict)
    _instrument: Any = None

    def record(self, started: float, *values: str) -> None:
        """Records one sample.

        Args:
            started: When it began, by `perf_counter`.
            values: One for each label: kinds of things, never a thing itself.
        """
        seconds = perf_counter() - started
        if self._histogram is not None:
            child = self._children.get(values)
            if child is None:
                child = self._children[values] = self._histogram.labels(*values)
            child.observe(seconds)
        if self._instrument is not None:
            self._instrument.record(seconds, dict(zip(self.labels, values, strict=True)))

    def publish(self, client: Any) -> None:
        """Begins to count for Prometheus."""
        if self._histogram is None:
            words = (self.name.replace(".", "_") + "_seconds", self.about)
            labels = [label.replace(".", "_") for label in self.labels]
            self._histogram = client.Histogram(*words, labels)

    def collect(self) -> None:
        """Begins to tell OpenTelemetry."""
        self._instrument = _METER.create_histogram(self.name, unit="s", description=self.about)


@dataclass(slots=True)
class Gauge:
    """How many of something there are, by one label.

    Attributes:
        name: As Prometheus names it.
        about: What it tells.
        label: The name of its label.

    Example:
        ```python
        from triptych.infrastructure.monitoring import Gauge

        Gauge("things", "How many things there are.", "kind").set({"round": 7})
        ```
    """

    name: str
    about: str
    label: str
    _gauge: Any = None

    def set(self, counts: Mapping[str, int]) -> None:
        """Tells how many there are."""
        if self._gauge is not None:
            for value, count in counts.items():
                self._gauge.labels(value).set(count)

    def publish(self, client: Any) -> None:
        """Begins to tell Prometheus."""
        if self._gauge is None:
            # Where several processes tell, the last that has counted is right.
            words = (self.name, self.about, [self.label])
            self._gauge = client.Gauge(*words, multiprocess_mode="mostrecent")


REQUESTS = Timer(
    "http.server.request.duration",
    "How long requests take.",
    ("http.route", "http.response.status_code"),
)
ACTIONS = Timer("triptych.action.duration", "How long actions take.", ("action", "decision"))
DELIVERIES = Timer("triptych.delivery.duration", "How long handlers take.", ("handler", "outcome"))
STATEMENTS = Timer("db.client.operation.duration", "How long statements take.", ("db.system.name",))
DELIVERIES_KEPT = Gauge("triptych_deliveries", "Deliveries that wait, or are dead.", "state")
TIMERS = (REQUESTS, ACTIONS, DELIVERIES, STATEMENTS)


def prometheus_exposition() -> Callable[[], bytes]:
    """Begins to count, and returns what writes everything for Prometheus.

    Raises:
        MissingExtra: The client is not installed.
    """
    try:
        client = importlib.import_module("prometheus_client")
    except ModuleNotFoundError as error:
        raise MissingExtra("http", "to publish metrics") from error
    for timer in TIMERS:
        timer.publish(client)
    DELIVERIES_KEPT.publish(client)
    # review: ignore[CFG001] it is no setting of ours: the client knows no other way
    if _TOGETHER in os.environ:
        several = importlib.import_module("prometheus_client.multiprocess")
        registry = client.CollectorRegistry()
        several.MultiProcessCollector(registry)
        return partial(client.generate_latest, registry)
    write: Callable[[], bytes] = client.generate_latest
    return write


@contextmanager
def counted_together() -> Iterator[None]:
    """Lets processes that are started within the block count as one, whichever of them is asked.

    Example:
        ```python
        import os

        from triptych.infrastructure.monitoring import counted_together

        with counted_together():
            assert os.path.isdir(os.environ["PROMETHEUS_MULTIPROC_DIR"])
        assert "PROMETHEUS_MULTIPROC_DIR" not in os.environ
        ```
    """
    # The client, and processes that are started, are told in no other way.
    with TemporaryDirectory(prefix="triptych-counts-") as folder, set_variable(_TOGETHER, folder):
        yield


def export_metrics(endpoint: str) -> None:
    """Begins to send metrics to a collector, by OTLP over HTTP.

    Args:
        endpoint: Such as `http://localhost:4318`.

    Raises:
        MissingExtra: The exporter is not installed.
    """
    try:
        sdk = importlib.import_module("opentelemetry.sdk.metrics")
        export = importlib.import_module("opentelemetry.sdk.metrics.export")
        otlp = importlib.import_module("opentelemetry.exporter.otlp.proto.http.metric_exporter")
    except ModuleNotFoundError as error:
        raise MissingExtra("telemetry", "to send metrics") from error
    reader = export.PeriodicExportingMetricReader(otlp.OTLPMetricExporter(f"{endpoint}/v1/metrics"))
    metrics.set_meter_provider(sdk.MeterProvider([reader]))
    for timer in TIMERS:
        timer.collect()


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
        self._span = span(sql.partition(" ")[0], attributes) if attributes else None
        recorded = _recorded.get()
        if recorded is not None:
            recorded.append(sql)
        self._system = system
        self._started = perf_counter()

    def __enter__(self) -> None:
        if self._span is not None:
            self._span.__enter__()

    def __exit__(self, *raised: Any) -> None:
        if self._span is not None:
            self._span.__exit__(*raised)
        STATEMENTS.record(self._started, self._system)
