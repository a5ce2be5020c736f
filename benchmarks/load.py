"""Loading in bulk, against the database's own loader on the ready file."""

from __future__ import annotations

import asyncio
import resource
import shutil
import statistics
import subprocess
import time

import asyncpg

from benchmarks.data import FOLDER, POSTGRES, SCHEMA, load_ours, our_url

ROWS = 336_776
ROUNDS = 3
CSV = FOLDER / "flights.csv"


def table(database: str) -> str:
    """Measures both in turns and writes the ratio."""
    asyncio.run(load_ours(database))
    own = _copy if database == "postgresql" else _import
    name = r"`\copy`" if database == "postgresql" else "`.import`"
    if database == "sqlite" and shutil.which("sqlite3") is None:
        return "install sqlite3 to compare with its `.import`"
    asyncio.run(_write_csv(database))
    theirs, whole, ours = [], [], []
    for _ in range(ROUNDS):
        theirs.append(own(with_indexes=False))
        whole.append(own(with_indexes=True))
        ours.append(asyncio.run(_load(database)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    fastest = statistics.median(theirs)
    lines = ["| | seconds | rows a second | of the limit |", "|---|---|---|---|"]
    for label, taken in (
        (f"{name} of the ready file, no index, no foreign key", theirs),
        (f"{name} of the ready file into the same table as ours", whole),
        ("**Triptych**: raw file, validated, indexed, links checked", ours),
    ):
        seconds = statistics.median(taken)
        lines.append(
            f"| {label} | {seconds:.2f} | {ROWS / seconds:,.0f} | {fastest / seconds:.0%} |"
        )
    return "\n".join([*lines, f"\nPeak memory of the process: {peak} MB."])


async def _load(database: str) -> float:
    from triptych import open_store
    from triptych.services.sources import find_sources, load_sources

    await _empty(database)
    store = open_store("flights", our_url(database))
    await store.open()
    sources = [each for each in find_sources("flights") if each.name == "scheduled_flights"]
    started = time.perf_counter()
    await load_sources(store, sources)
    seconds = time.perf_counter() - started
    await store.close()
    return seconds


async def _empty(database: str) -> None:
    from triptych import open_store

    store = open_store("flights", our_url(database))
    await store.open()
    await store.database.execute("DELETE FROM flights")
    if database == "sqlite":
        await store.database.execute("VACUUM")
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


def _import(*, with_indexes: bool) -> float:
    path = FOLDER / "import.db"
    for each in FOLDER.glob("import.db*"):
        each.unlink()
    ours = our_url("sqlite").removeprefix("sqlite:///")
    schema = subprocess.run(
        ["sqlite3", ours, ".schema flights"], capture_output=True, text=True, check=True
    ).stdout.replace("STRICT", "")
    if not with_indexes:
        columns = schema.partition("(")[2].partition("CONSTRAINT")[0].rstrip().rstrip(",")
        schema = f"CREATE TABLE flights ({columns});"
    _sqlite(f"PRAGMA journal_mode=WAL;\n{schema}", str(path))
    started = time.perf_counter()
    # An empty cell is an empty text to `.import`, which a strict table would refuse; making it
    # NULL would only add to its time.
    _sqlite(
        f"PRAGMA synchronous=NORMAL;\nPRAGMA ignore_check_constraints=ON;\n.mode csv\n.import {CSV} flights",
        str(path),
    )
    return time.perf_counter() - started


def _copy(*, with_indexes: bool) -> float:
    like = "INCLUDING ALL" if with_indexes else ""
    script = (
        f"SET search_path TO {SCHEMA}_ours;\nDROP TABLE IF EXISTS copied;\n"
        f"CREATE TABLE copied (LIKE flights {like});\n"
    )
    if with_indexes:
        script += "".join(
            f"ALTER TABLE copied ADD FOREIGN KEY ({column}) REFERENCES {target} (id) "
            "DEFERRABLE INITIALLY DEFERRED;\n"
            for column, target in (
                ("carrier", "carriers"),
                ("plane", "planes"),
                ("origin", "airports"),
                ("destination", "airports"),
            )
        )
    _psql(script)
    started = time.perf_counter()
    _psql(f"SET search_path TO {SCHEMA}_ours;\n\\copy copied FROM '{CSV}' CSV\n")
    seconds = time.perf_counter() - started
    _psql(f"DROP TABLE {SCHEMA}_ours.copied;")
    return seconds


def _psql(script: str) -> None:
    subprocess.run(
        ["psql", POSTGRES, "-q", "-v", "ON_ERROR_STOP=1"],
        input=script,
        text=True,
        check=True,
        capture_output=True,
    )
