"""Growth: what a read, an action and a load cost with ten thousand objects, and with millions."""

from __future__ import annotations

import asyncio
import resource
import statistics
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from time import perf_counter
from typing import Any
from uuid import UUID

import polars as pl

from benchmarks.data import FOLDER
from flights.domain.entities import Airport, Carrier, Flight
from flights.domain.value_objects import AirportCode, CarrierCode, FlightId, Position
from flights.services.business_logic.operations import Operations
from triptych import Actor, Backend, CsvFile, open_backend, source
from triptych.adapters.sources.declaration import declared_source
from triptych.infrastructure.logging import configure_logging
from triptych.services.objects import Browser
from triptych.services.sources import load_sources

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
CALLS = 2_000
ADA = Actor("ada", frozenset({"dispatcher"}))


def table(largest: int) -> str:
    """Measures each size in a process of its own, whose memory is its own."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    lines = [
        "| flights | load, ids in order, rows a second | load, ids anywhere | memory of the load, MB | get, µs | list of 100, µs | action, µs |",
        "|---|---|---|---|---|---|---|",
    ]
    for size in SIZES:
        if size <= largest:
            command = [sys.executable, "-m", "benchmarks.growth", str(size)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            lines.append(done.stdout.splitlines()[-1])
    return "\n".join(lines)


async def measure(size: int) -> str:
    """Loads as many flights, then reads and changes some of them, one after the other."""
    configure_logging("error", is_json=True)
    async with loaded(size, ordered) as (_, in_order):
        pass
    async with loaded(size, anywhere) as (backend, seconds):
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        cells = await answers(backend, [anywhere(n * 7919 % size) for n in range(CALLS)])
    rates = (size, size / in_order, size / seconds)
    return f"| {' | '.join(f'{each:,.0f}' for each in (*rates, memory, *cells))} |"


@asynccontextmanager
async def loaded(
    size: int, named: Callable[[int], FlightId]
) -> AsyncIterator[tuple[Backend, float]]:
    """Loads flights into an empty database, and tells in how many seconds."""
    path = FOLDER / "growth.csv"
    write(path, size, named)
    for each in FOLDER.glob("growth.db*"):
        each.unlink()
    async with open_backend("flights", f"sqlite:///{FOLDER}/growth.db") as backend:
        await fill(backend)
        declared = declared_source(source(Flight, CsvFile(str(path)))(flights))
        assert declared is not None
        started = perf_counter()
        await load_sources(backend.store, [declared])
        yield backend, perf_counter() - started
    for each in (path, *FOLDER.glob("growth.db*")):
        each.unlink()


async def answers(backend: Backend, ids: list[FlightId]) -> list[float]:
    """Returns what a get, a list and an action take, medians in microseconds."""
    browser, of = Browser(backend.store), backend.ontology.object_type("flight")
    calls = backend.caller(ADA)

    async def get(key: UUID) -> None:
        await browser.get(of, [str(key)])

    async def list_some(_: UUID) -> None:
        await browser.list(of, [("origin", "JFK"), ("order", "departure"), ("take", "100")])

    async def act(key: UUID) -> None:
        run: Any = calls.run
        await run(Operations.postpone, key, timedelta(minutes=1), "fog")

    return [await median(ask, ids) for ask in (get, list_some, act)]


async def median(ask: Callable[[UUID], Awaitable[None]], ids: list[UUID]) -> float:
    """Returns the median of how long an answer takes, in microseconds."""
    taken = []
    for each in ids:
        started = perf_counter()
        await ask(each)
        taken.append((perf_counter() - started) * 1e6)
    return statistics.median(taken)


async def fill(backend: Backend) -> None:
    """Adds what flights are linked to."""
    async with backend.store.transaction() as transaction:
        await transaction.repository(Carrier).add(Carrier(id=CarrierCode("UA"), name="United"))
        for code in ("JFK", "LAX"):
            place = Position(40.6, -73.8)
            airport = Airport(id=AirportCode(code), name=code, position=place, altitude=13)
            await transaction.repository(Airport).add(airport)


def ordered(number: int) -> FlightId:
    """Names a flight; each id lies behind the one before, as those of UUID version 7 do."""
    return FlightId(UUID(int=number << 64))


def anywhere(number: int) -> FlightId:
    """Names a flight; ids lie anywhere among the others."""
    return FlightId(UUID(int=number * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128))


def write(path: Any, size: int, named: Callable[[int], FlightId]) -> None:
    """Writes a file of flights, five hundred an hour."""
    with path.open("w") as file:
        file.write("id,number,hour\n")
        for start in range(0, size, 100_000):
            numbers = range(start, min(start + 100_000, size))
            file.writelines(f"{named(n)},{n % 500},{n // 500}\n" for n in numbers)


def flights(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Makes flights of the rows."""
    start = pl.datetime(1990, 1, 1, time_zone="UTC")
    return rows.select(
        "id",
        carrier=pl.lit("UA"),
        number=pl.col("number").cast(pl.Int64),
        plane=pl.lit(None, pl.String),
        origin=pl.lit("JFK"),
        destination=pl.lit("LAX"),
        departure=start + pl.duration(hours=pl.col("hour").cast(pl.Int64)),
        arrival=pl.lit(None, pl.Datetime("us", "UTC")),
        delay=pl.duration(minutes=0),
        arrival_delay=pl.lit(None, pl.Duration("us")),
        air_time=pl.lit(None, pl.Duration("us")),
        distance=pl.lit(2_475, pl.Int64),
        status=pl.lit("scheduled"),
    )


if __name__ == "__main__":
    print(asyncio.run(measure(int(sys.argv[1]))))
