"""A rule on 336,776 flights: against the same filter written by hand, and against Python."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from benchmarks.data import our_url
from flights.domain.entities import Airport, Flight
from flights.domain.rules import is_later_than
from triptych import open_store
from triptych.adapters.database.dialect import Statement, compile_statement
from triptych.adapters.objects.asking import read_listing
from triptych.adapters.objects.sql import SqlStore

ROUNDS = 9
LIMIT = timedelta(hours=5)


def leaves_from_low_and_late(flight: Flight, origin: Airport, limit: timedelta) -> bool:
    """The flight leaves late, from near the sea."""
    return origin.altitude < 15 and flight.delay > limit and flight.plane is not None


def _by_hand(store: SqlStore) -> dict[str, Any]:
    """Writes the same questions as a good user of SQLAlchemy Core would."""
    flights = store.access["Flight"].stored.table
    airports = store.access["Airport"].stored.table
    encode = store.access["Flight"].encoders["delay"]
    late = flights.c.delay > encode(LIMIT)
    count = sa.select(sa.func.count())
    joined = flights.join(airports, flights.c.origin == airports.c.id)
    return {
        "is_later_than": count.select_from(flights).where(
            flights.c.delay > encode(timedelta(minutes=15)), late
        ),
        "leaves_from_low_and_late": count.select_from(joined).where(
            airports.c.altitude < 15, late, flights.c.plane.is_not(None)
        ),
    }


async def _timed(call: Callable[[], Awaitable[Any]]) -> tuple[float, Any]:
    started = time.perf_counter()
    found = await call()
    return time.perf_counter() - started, found


async def _measure(database: str) -> str:
    store = open_store("flights", our_url(database))
    await store.open()
    flights = store.repository(Flight)
    lines = [
        "| rule | as a rule, ms | by hand, ms | ratio | in Python, ms | found |",
        "|---|---|---|---|---|---|",
    ]
    for function in (is_later_than, leaves_from_low_and_late):
        statement = compile_statement(_by_hand(store)[function.__name__], store.database.dialect)

        async def by_hand(statement: Statement = statement) -> Any:
            return (await store.database.fetch(statement.text, statement.arguments({})))[0][0]

        async def by_rule(function: Any = function) -> Any:
            return await flights.count(function, limit=LIMIT)

        ours, theirs = [], []
        for _ in range(ROUNDS):
            seconds, found = await _timed(by_rule)
            ours.append(seconds)
            seconds, same = await _timed(by_hand)
            theirs.append(seconds)
            if found != same:
                raise SystemExit(f"{function.__name__}: {found} is not {same}")
        ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
        python = "" if "origin" in function.__annotations__ else f"{await _in_python(store):,.0f}"
        lines.append(
            f"| `{function.__name__}` | {statistics.median(ours) * 1000:.1f} "
            f"| {statistics.median(theirs) * 1000:.1f} | {statistics.median(ratios):.2f} "
            f"({min(ratios):.2f}-{max(ratios):.2f}) | {python} | {found:,} |"
        )
    lines.append(f"\nFrom a rule and its argument to the statement: {_prepared(store):.0f} µs.")
    await store.close()
    return "\n".join(lines)


async def _in_python(store: SqlStore) -> float:
    started = time.perf_counter()
    _ = [
        each async for each in store.repository(Flight).stream() if is_later_than(each, limit=LIMIT)
    ]
    return (time.perf_counter() - started) * 1000


def _prepared(store: SqlStore) -> float:
    """Measures all that happens before the database is asked, in microseconds."""
    access, given = store.access["Flight"], {"limit": LIMIT}
    started = time.perf_counter()
    for _ in range(1_000):
        access.count(read_listing(store.rules, access.object_type, is_later_than, "", given))
    return (time.perf_counter() - started) * 1000


def table(database: str) -> str:
    """Measures and writes a table."""
    return asyncio.run(_measure(database))
