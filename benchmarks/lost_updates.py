"""400 concurrent changes of one row: how many of them are still there at the end."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import asyncpg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import async_sessionmaker

from benchmarks.data import POSTGRES, SCHEMA
from benchmarks.peers.models import Base, Counter, async_engine

WORKERS, TIMES = 16, 25

type Change = Callable[[], Awaitable[None]]


async def _many(change: Change) -> int:
    """Runs all changes at once and returns how many were said to have worked."""
    worked = 0

    async def work() -> None:
        nonlocal worked
        for _ in range(TIMES):
            try:
                await change()
                worked += 1
            except Exception:  # noqa: BLE001 - refused changes are counted by what is missing
                pass

    await asyncio.gather(*(work() for _ in range(WORKERS)))
    return worked


async def by_orm(database: str, folder: Path, *, is_locked: bool) -> tuple[int, int]:
    """Changes through the ORM's session: read, add one, commit."""
    engine = async_engine(database, folder / "orm.db")
    async with engine.begin() as connection:
        if database == "postgresql":
            await connection.execute(sa.text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        tables = [Counter.__table__]
        await connection.run_sync(Base.metadata.drop_all, tables=tables)
        await connection.run_sync(Base.metadata.create_all, tables=tables)
        await connection.execute(sa.insert(Counter).values(id=1, value=0))
    sessions = async_sessionmaker(engine, expire_on_commit=False)

    async def change() -> None:
        async with sessions() as session, session.begin():
            found = await session.get(Counter, 1, with_for_update=is_locked)
            assert found is not None
            await asyncio.sleep(0)
            found.value += 1

    worked = await _many(change)
    async with sessions() as session:
        found = await session.get(Counter, 1)
        assert found is not None
    await engine.dispose()
    return worked, found.value


async def by_triptych(database: str, folder: Path) -> tuple[int, int]:
    """Changes through repositories; a lost race is read again."""
    from flights.domain.entities import Airport
    from flights.domain.value_objects import AirportCode, Position
    from triptych import open_store
    from triptych.domain.errors import ObjectStale

    url = f"sqlite:///{folder / 'ours.db'}"
    if database == "postgresql":
        connection = await asyncpg.connect(POSTGRES)
        await connection.execute(
            f"DROP SCHEMA IF EXISTS {SCHEMA}_lost CASCADE; CREATE SCHEMA {SCHEMA}_lost"
        )
        await connection.close()
        url = f"{POSTGRES}?search_path={SCHEMA}_lost"
    store = open_store("flights", url)
    await store.open()
    key = AirportCode("JFK")
    airport = Airport(id=key, name="x", position=Position(0.0, 0.0), altitude=0)
    await store.repository(Airport).add(airport)

    async def change() -> None:
        while True:
            airports = store.repository(Airport)
            found = await airports.get(key)
            await asyncio.sleep(0)
            try:
                await airports.save(replace(found, altitude=found.altitude + 1))
                return
            except ObjectStale:
                continue

    worked = await _many(change)
    value = (await store.repository(Airport).get(key)).altitude
    await store.close()
    return worked, value


@dataclass
class Peer:
    """One way to write it."""

    name: str
    run: Callable[[str, Path], Awaitable[tuple[int, int]]]


PEERS = [
    Peer("async ORM, as in the tutorial", lambda d, f: by_orm(d, f, is_locked=False)),
    Peer("async ORM, `with_for_update`", lambda d, f: by_orm(d, f, is_locked=True)),
    Peer("**Triptych**", by_triptych),
]


def table(databases: list[str]) -> str:
    """Writes how many changes were said to have worked, and how many are there."""
    lines = ["| | " + " | ".join(databases) + " |", "|---" * (1 + len(databases)) + "|"]
    for peer in PEERS:
        cells: list[Any] = [peer.name]
        for database in databases:
            with tempfile.TemporaryDirectory() as folder:
                worked, there = asyncio.run(peer.run(database, Path(folder)))  # type: ignore[arg-type]
            cells.append(f"{worked} said to have worked, {there} there")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
