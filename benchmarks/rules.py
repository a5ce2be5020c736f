"""Questions to 336,776 flights: against the same statement written by hand, and against Python."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from benchmarks.data import load_ours, our_url
from flights.domain.entities import Airport, Flight
from flights.domain.rules import is_later_than
from triptych import open_store
from triptych.adapters.database.dialect import compile_statement
from triptych.adapters.objects.asking import read_listing
from triptych.adapters.objects.sql import SqlStore

ROUNDS = 9
LIMIT = timedelta(hours=5)


def leaves_from_low_and_late(flight: Flight, origin: Airport, limit: timedelta) -> bool:
    """The flight leaves late, from near the sea."""
    return origin.altitude < 15 and flight.delay > limit and flight.plane is not None


@dataclass(frozen=True, slots=True)
class Case:
    """One question, asked of Triptych and written by hand.

    Attributes:
        name: What is asked.
        ask: Asks it of a store, and returns one number.
        by_hand: The statement that a good user of SQLAlchemy Core would write.
        is_grouped: Whether it finds groups, which are counted, and not one number.
    """

    name: str
    ask: Callable[[], Awaitable[Any]]
    by_hand: Any
    is_grouped: bool = False


def _cases(store: SqlStore) -> list[Case]:
    flights, airports = (store.access[each].stored.table for each in ("Flight", "Airport"))
    found, places = store.repository(Flight), store.repository(Airport)
    encode = store.access["Flight"].encoders["delay"]
    late = flights.c.delay > encode(LIMIT)
    count = sa.select(sa.func.count())
    joined = flights.join(airports, flights.c.origin == airports.c.id)

    async def by_carrier() -> Any:
        return len(await found.find().aggregate("count", "max(delay)", by=["carrier"]))

    async def by_month() -> Any:
        return len(await found.find().aggregate("count", by=["month(departure)"]))

    month: Any = sa.func.substr(flights.c.departure, 1, 7)
    if store.database.dialect.name != "sqlite":
        month = sa.func.date_trunc("month", flights.c.departure)
    months = (
        sa.select(month.label("month"), sa.func.count().label("n"))
        .group_by(sa.text("month"))
        .order_by(sa.text("month"))
    )
    carriers = sa.select(flights.c.carrier, sa.func.count(), sa.func.max(flights.c.delay))
    carriers = carriers.group_by(flights.c.carrier).order_by(flights.c.carrier)
    return [
        Case(
            "`is_later_than`",
            lambda: found.count(is_later_than, limit=LIMIT),
            count.select_from(flights).where(flights.c.delay > encode(timedelta(minutes=15)), late),
        ),
        Case(
            "`leaves_from_low_and_late`",
            lambda: found.count(leaves_from_low_and_late, limit=LIMIT),
            count.select_from(joined).where(
                airports.c.altitude < 15, late, flights.c.plane.is_not(None)
            ),
        ),
        Case(
            "around low airports",
            lambda: places.find({"altitude.lt": 15}).around("departures").count(),
            count.select_from(joined).where(airports.c.altitude < 15),
        ),
        Case("count and longest delay by carrier", by_carrier, carriers, is_grouped=True),
        Case("count by month", by_month, months, is_grouped=True),
    ]


async def _timed(call: Callable[[], Awaitable[Any]]) -> tuple[float, Any]:
    started = time.perf_counter()
    found = await call()
    return time.perf_counter() - started, found


async def _measure(database: str) -> str:
    store = open_store("flights", our_url(database))
    await store.open()
    lines = [
        "| question | Triptych, ms | by hand, ms | ratio | found |",
        "|---|---|---|---|---|",
    ]
    for case in _cases(store):
        lines.append(await _compared(store, case))
    python = await _in_python(store)
    lines.append(f"\n`is_later_than` in Python, on all of them: {python:,.0f} ms.")
    lines.append(f"From a rule and its argument to the statement: {_prepared(store):.0f} µs.")
    await store.close()
    return "\n".join(lines)


async def _compared(store: SqlStore, case: Case) -> str:
    """Asks both ways in turn, and writes a line of the table."""
    statement = compile_statement(case.by_hand, store.database.dialect)

    async def by_hand() -> Any:
        rows = await store.database.fetch(statement.text, statement.arguments({}))
        return len(rows) if case.is_grouped else rows[0][0]

    ours, theirs, found = [], [], None
    for _ in range(ROUNDS):
        seconds, found = await _timed(case.ask)
        ours.append(seconds)
        seconds, same = await _timed(by_hand)
        theirs.append(seconds)
        if found != same:
            raise SystemExit(f"{case.name}: {found} is not {same}")
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    return (
        f"| {case.name} | {statistics.median(ours) * 1000:.1f} "
        f"| {statistics.median(theirs) * 1000:.1f} | {statistics.median(ratios):.2f} "
        f"({min(ratios):.2f}-{max(ratios):.2f}) | {found:,} |"
    )


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
        listing = read_listing(store.rules, access.object_type, is_later_than, "", given)
        access.count(listing.condition)
    return (time.perf_counter() - started) * 1000


def table(database: str, *, is_loaded: bool) -> str:
    """Measures and writes a table; loads the flights unless they are there."""
    if not is_loaded:
        asyncio.run(load_ours(database))
    return asyncio.run(_measure(database))
