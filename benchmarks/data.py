"""The same flights for everybody: in Triptych's tables, and in those of the peers."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import asyncpg
import sqlalchemy as sa

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "examples" / "flights" / "src"))

FOLDER = ROOT / "build" / "benchmarks"
SQLITE_OURS = FOLDER / "ours.db"
SQLITE_PEERS = FOLDER / "peers.db"
POSTGRES = os.environ.get("TRIPTYCH_BENCH_POSTGRES", "postgresql://postgres@127.0.0.1:5432/test")
SCHEMA = "benchmarks"


def our_url(database: str) -> str:
    """Returns the address of our tables."""
    if database == "sqlite":
        return f"sqlite:///{SQLITE_OURS}"
    return f"{POSTGRES}?search_path={SCHEMA}_ours"


async def load_ours(database: str) -> None:
    """Loads the flights as an application would."""
    from triptych import open_store
    from triptych.services.sources import find_sources, load_sources

    if database == "sqlite":
        for path in FOLDER.glob("ours.db*"):
            path.unlink()
    else:
        connection = await asyncpg.connect(POSTGRES)
        await connection.execute(
            f"DROP SCHEMA IF EXISTS {SCHEMA}_ours CASCADE; CREATE SCHEMA {SCHEMA}_ours"
        )
        await connection.close()
    store = open_store("flights", our_url(database))
    await store.open()
    await load_sources(store, find_sources("flights"))
    if database == "postgresql":
        await store.database.execute("ANALYZE")
    await store.close()


async def load_peers(database: str) -> None:
    """Copies the flights into a table as the ORM would have made it, with the same index."""
    from benchmarks.peers.models import Base, FlightRow, sync_engine
    from flights.domain.entities import Flight
    from triptych import open_store

    store = open_store("flights", our_url(database))
    await store.open()
    if database == "sqlite":
        for path in FOLDER.glob("peers.db*"):
            path.unlink()
    rows = [
        {name: getattr(each, name) for name in Flight.__slots__}
        async for each in store.repository(Flight).stream()
    ]
    await store.close()
    (FOLDER / "ids.txt").write_text("\n".join(str(each["id"]) for each in rows[::17]))
    engine = sync_engine(database)
    with engine.begin() as connection:
        if database == "postgresql":
            connection.execute(sa.text(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"))
            connection.execute(sa.text(f"CREATE SCHEMA {SCHEMA}"))
        Base.metadata.create_all(connection)
        for start in range(0, len(rows), 5_000):
            connection.execute(sa.insert(FlightRow.__table__), rows[start : start + 5_000])
        if database == "postgresql":
            connection.execute(sa.text("ANALYZE flights"))
    engine.dispose()
    await asyncio.to_thread(_load_django, database, rows)


def _load_django(database: str, rows: list[dict[str, Any]]) -> None:
    """Makes Django's own table, since it keeps durations in its own way."""
    from django.db import connections

    from benchmarks.peers.django_models import FlightRow

    connection = connections[database]
    with connection.schema_editor() as editor:
        editor.create_model(FlightRow)
    FlightRow.objects.using(database).bulk_create(
        (FlightRow(**row) for row in rows), batch_size=5_000
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    connections.close_all()


def prepare(databases: list[str]) -> None:
    """Loads everything that is not there yet."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for database in databases:
        asyncio.run(load_ours(database))
        asyncio.run(load_peers(database))
