"""Loading in bulk, against the database's own loader on the ready file."""

from __future__ import annotations

import asyncio
import re
import resource
import shutil
import sqlite3
import statistics
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import partial
from itertools import batched
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from benchmarks.data import FOLDER, POSTGRES, SCHEMA, load_ours, our_url
from benchmarks.peers.rows_by_hand import COLUMNS, rows
from flights.adapters.file_parsers.reference import FLIGHTS
from flights.adapters.file_parsers.schedule import scheduled_flights
from flights.domain.entities import Flight
from flights.domain.value_objects import (
    AirportCode,
    CarrierCode,
    FlightId,
    FlightStatus,
    TailNumber,
)
from triptych import open_store, source
from triptych.adapters.sources.declaration import declared_source
from triptych.services.sources import load_sources

ROWS = 336_776
ROUNDS = 3
CSV = FOLDER / "flights.csv"
LINKS = {
    "carrier": "carriers",
    "plane": "planes",
    "origin": "airports",
    "destination": "airports",
}
KEY, UNIQUE = "id", "departure, carrier, number, origin"
_OURS = f"SET search_path TO {SCHEMA}_ours;\n"


class Indexes(Enum):
    """When the loader's table gets its keys and indexes."""

    NEVER = "into a table without any index or key"
    AFTERWARDS = "and then the same keys and indexes, by hand"
    BEFORE = "into the same table as ours"


def table(database: str) -> str:
    """Measures in turns and writes the ratios."""
    if database == "sqlite" and shutil.which("sqlite3") is None:
        return "install sqlite3 to compare with its `.import`"
    asyncio.run(load_ours(database))
    asyncio.run(_write_csv(database))
    loader, name = (_copy, r"`\copy`") if database == "postgresql" else (_import, "`.import`")
    runs: dict[str, Callable[[], float]] = {
        f"{name} of the ready file {each.value}": partial(loader, each) for each in Indexes
    }
    runs["csv, Pydantic and the driver, row by row, and then the same, by hand"] = partial(
        _by_hand, database
    )
    for label, function in (
        ("a column mapping", scheduled_flights),
        ("a row function", flights_by_row),
    ):
        runs[f"**Triptych**, {label}: raw file, validated, links checked"] = partial(
            lambda each: asyncio.run(_load(database, each)), function
        )
    taken: dict[str, list[float]] = {label: [] for label in runs}
    for _ in range(ROUNDS):
        for label, run in runs.items():
            if database == "postgresql":
                # What the run before has left to be written is not written in this one's time.
                _psql("CHECKPOINT;")
            taken[label].append(run())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    seconds = {label: statistics.median(each) for label, each in taken.items()}
    bare, indexed = list(seconds.values())[:2]
    lines = [
        "| | seconds | rows a second | of the loader alone | of it with the same indexes |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {label} | {each:.2f} | {ROWS / each:,.0f} | {bare / each:.0%} | {indexed / each:.0%} |"
        for label, each in seconds.items()
    ]
    return "\n".join([*lines, f"\nPeak memory of the process: {peak} MB."])


@dataclass(frozen=True, slots=True)
class FlightRecord:
    """A row of the raw file, as far as the row function reads it."""

    time_hour: datetime
    minute: int
    carrier: str
    flight: int
    tailnum: str | None
    origin: str
    dest: str
    dep_time: int | None
    dep_delay: int | None
    arr_delay: int | None
    air_time: int | None
    distance: int


@source(Flight, FLIGHTS)
def flights_by_row(row: FlightRecord) -> Flight:
    """Reads the same flights one by one, without their arrivals."""
    hour = row.time_hour
    letters = row.carrier.encode().hex()
    status = FlightStatus.CANCELLED if row.dep_time is None else FlightStatus.DEPARTED
    return Flight(
        id=FlightId(UUID(f"{hour:%Y%m%d-%H}00-8000-8000-{letters}{row.flight:08}")),
        carrier=CarrierCode(row.carrier),
        number=row.flight,
        plane=None if row.tailnum is None else TailNumber(row.tailnum),
        origin=AirportCode(row.origin),
        destination=AirportCode(row.dest),
        departure=hour + timedelta(minutes=row.minute),
        delay=timedelta(minutes=row.dep_delay or 0),
        arrival_delay=_minutes(row.arr_delay),
        air_time=_minutes(row.air_time),
        distance=row.distance,
        status=status,
    )


def _minutes(count: int | None) -> timedelta | None:
    return None if count is None else timedelta(minutes=count)


async def _load(database: str, function: Any) -> float:
    await _empty(database)
    declared = declared_source(function)
    assert declared is not None
    store = open_store("flights", our_url(database))
    await store.open()
    started = time.perf_counter()
    await load_sources(store, [declared], processes=0)
    seconds = time.perf_counter() - started
    await store.close()
    return seconds


async def _empty(database: str) -> None:
    store = open_store("flights", our_url(database))
    await store.open()
    if database == "sqlite":
        await store.database.execute("DELETE FROM flights")
        await store.database.execute("VACUUM")
    else:
        # Rows that are only deleted are read again by whoever makes an index.
        await store.database.execute("TRUNCATE flights CASCADE")
    await store.close()


async def _write_csv(database: str) -> None:
    """Writes the ready file: exactly what is in the table."""
    if database == "postgresql":
        connection = await asyncpg.connect(
            POSTGRES, server_settings={"search_path": f"{SCHEMA}_ours"}
        )
        await connection.copy_from_table("flights", output=str(CSV), format="csv")
        await connection.close()
    else:
        _sqlite(
            f".mode csv\n.output {CSV}\nSELECT * FROM flights;",
            our_url(database).removeprefix("sqlite:///"),
        )


def _sqlite(script: str, path: str) -> None:
    subprocess.run(["sqlite3", path], input=script, text=True, check=True, capture_output=True)


def _import(indexes: Indexes) -> float:
    path = FOLDER / "import.db"
    later = _sqlite_table(path, indexes)
    started = time.perf_counter()
    # An empty cell is an empty text to `.import`, which a strict table would refuse; making it
    # NULL would only add to its time.
    _sqlite(
        f"PRAGMA synchronous=NORMAL;\nPRAGMA ignore_check_constraints=ON;\n.mode csv\n"
        f".import {CSV} flights\n{later}",
        str(path),
    )
    return time.perf_counter() - started


def _sqlite_table(path: Path, indexes: Indexes) -> str:
    """Makes an empty table in a file of its own, and returns what makes its indexes afterwards."""
    for each in path.parent.glob(f"{path.name}*"):
        each.unlink()
    ours = our_url("sqlite").removeprefix("sqlite:///")
    schema = subprocess.run(
        ["sqlite3", ours, ".schema flights"], capture_output=True, text=True, check=True
    ).stdout.replace("STRICT", "")
    later = ""
    if indexes is not Indexes.BEFORE:
        columns, _, rest = schema.partition("(")[2].partition("CONSTRAINT")
        schema = f"CREATE TABLE flights ({columns.rstrip().rstrip(',')});"
    if indexes is Indexes.AFTERWARDS:
        later = rest[rest.index("CREATE INDEX") :]
        later += f"\nCREATE UNIQUE INDEX pk ON flights ({KEY});"
        later += f"\nCREATE UNIQUE INDEX uq ON flights ({UNIQUE});"
    _sqlite(f"PRAGMA journal_mode=WAL;\n{schema}", str(path))
    return later


def _copy(indexes: Indexes) -> float:
    later = _postgres_table(indexes)
    started = time.perf_counter()
    _psql(f"{_OURS}BEGIN;\n\\copy copied FROM '{CSV}' CSV\n{later}COMMIT;\n")
    seconds = time.perf_counter() - started
    _psql(f"DROP TABLE {SCHEMA}_ours.copied;")
    return seconds


def _postgres_table(indexes: Indexes) -> str:
    """Makes an empty table beside ours, and returns what makes its keys and indexes afterwards."""
    like = "INCLUDING ALL" if indexes is Indexes.BEFORE else ""
    create = f"DROP TABLE IF EXISTS copied;\nCREATE TABLE copied (LIKE flights {like});\n"
    links = "".join(
        f"ALTER TABLE copied ADD FOREIGN KEY ({column}) REFERENCES {target} (id) "
        "DEFERRABLE INITIALLY DEFERRED;\n"
        for column, target in LINKS.items()
    )
    later = ""
    if indexes is Indexes.BEFORE:
        create += links
    if indexes is Indexes.AFTERWARDS:
        found = _psql(
            f"{_OURS}\\t\nSELECT replace(indexdef, 'flights', 'copied') || ';' FROM pg_indexes "
            f"WHERE schemaname = '{SCHEMA}_ours' AND tablename = 'flights';\n"
        ).replace(f"{SCHEMA}_ours.", "")
        later = re.sub(r"INDEX \S+ ON", "INDEX ON", found) + links
    _psql(_OURS + create)
    return later


def _by_hand(database: str) -> float:
    """Writes rows as a script would, and then the same keys and indexes."""
    declared = declared_source(flights_by_row)
    assert declared is not None
    with declared.file.opened() as path:
        if database == "postgresql":
            return asyncio.run(_copy_by_hand(path))
        return _insert_by_hand(path)


def _insert_by_hand(path: Path) -> float:
    target = FOLDER / "import.db"
    later = _sqlite_table(target, Indexes.AFTERWARDS)
    started = time.perf_counter()
    connection = sqlite3.connect(target, isolation_level=None)
    marks = ", ".join("?" * len(COLUMNS))
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("BEGIN")
    connection.executemany(
        f"INSERT INTO flights ({', '.join(COLUMNS)}) VALUES ({marks})", rows(path, is_text=True)
    )
    connection.execute("COMMIT")
    connection.executescript(later)
    connection.close()
    return time.perf_counter() - started


async def _copy_by_hand(path: Path) -> float:
    later = _postgres_table(Indexes.AFTERWARDS)
    settings = {"search_path": f"{SCHEMA}_ours"}
    connection = await asyncpg.connect(POSTGRES, server_settings=settings)
    started = time.perf_counter()
    async with connection.transaction():
        for some in batched(rows(path, is_text=False), 10_000):
            await connection.copy_records_to_table("copied", records=some, columns=COLUMNS)
        await connection.execute(later)
    seconds = time.perf_counter() - started
    await connection.execute("DROP TABLE copied")
    await connection.close()
    return seconds


def _psql(script: str) -> str:
    done = subprocess.run(
        ["psql", POSTGRES, "-q", "-v", "ON_ERROR_STOP=1"],
        input=script,
        text=True,
        check=True,
        capture_output=True,
    )
    return done.stdout
