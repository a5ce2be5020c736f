"""400 concurrent changes of one row: how many of them are still there at the end."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import asyncpg
import sqlalchemy as sa
from advanced_alchemy.repository import SQLAlchemyAsyncRepository
from advanced_alchemy.service import SQLAlchemyAsyncRepositoryService
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker

from benchmarks.data import POSTGRES, SCHEMA
from benchmarks.peers.models import Base, Counter, async_engine

WORKERS, TIMES = 16, 25


class Counters(SQLAlchemyAsyncRepositoryService[Counter]):
    """The service of advanced-alchemy."""

    class Repository(SQLAlchemyAsyncRepository[Counter]):
        model_type = Counter

    repository_type = Repository


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


async def _count_of_one(database: str, folder: Path) -> AsyncEngine:
    """Makes an engine and a table with one row that counts."""
    engine = async_engine(database, folder / "theirs.db")
    async with engine.begin() as connection:
        if database == "postgresql":
            await connection.execute(sa.text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        tables = [Counter.__table__]
        await connection.run_sync(Base.metadata.drop_all, tables=tables)
        await connection.run_sync(Base.metadata.create_all, tables=tables)
        await connection.execute(sa.insert(Counter).values(id=1, value=0))
    return engine


async def _counted(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        value: int = (await connection.execute(sa.select(Counter.value))).scalar_one()
    await engine.dispose()
    return value


async def by_orm(database: str, folder: Path, *, is_locked: bool) -> tuple[int, int]:
    """Changes through the ORM's session: read, add one, commit."""
    engine = await _count_of_one(database, folder)
    sessions = async_sessionmaker(engine, expire_on_commit=False)

    async def change() -> None:
        async with sessions() as session, session.begin():
            found = await session.get(Counter, 1, with_for_update=is_locked)
            assert found is not None
            await asyncio.sleep(0)
            found.value += 1

    return await _many(change), await _counted(engine)


async def by_core(database: str, folder: Path, *, is_locked: bool) -> tuple[int, int]:
    """Changes through Core: select, add one in Python as a rule would, update."""
    engine = await _count_of_one(database, folder)
    read = sa.select(Counter.value).where(Counter.id == 1)
    if is_locked:
        read = read.with_for_update()

    async def change() -> None:
        async with engine.begin() as connection:
            value: int = (await connection.execute(read)).scalar_one()
            await asyncio.sleep(0)
            await connection.execute(sa.update(Counter).values(value=value + 1))

    return await _many(change), await _counted(engine)


async def by_alchemy(database: str, folder: Path) -> tuple[int, int]:
    """Changes through advanced-alchemy's service, as Litestar's guide shows it."""
    engine = await _count_of_one(database, folder)
    sessions = async_sessionmaker(engine, expire_on_commit=False)

    async def change() -> None:
        async with sessions() as session:
            counters = Counters(session=session)
            found = await counters.get(1)
            await asyncio.sleep(0)
            await counters.update({"value": found.value + 1}, item_id=1, auto_commit=True)

    return await _many(change), await _counted(engine)


async def by_django(database: str, folder: Path, *, is_locked: bool) -> tuple[int, int]:
    """Changes through Django's models, each in a thread of its own: read, add one, save."""
    from benchmarks.peers.django_models import Counter as Row
    from benchmarks.peers.django_models import close_old_connections, connections, transaction

    sqlite = connections.databases["sqlite"]
    sqlite["NAME"] = folder / "theirs.db"
    sqlite["OPTIONS"]["transaction_mode"] = "IMMEDIATE" if is_locked else None
    rows = Row.objects.using(database)

    def prepare() -> None:
        with connections[database].schema_editor() as editor:
            editor.execute(f"DROP TABLE IF EXISTS {Row.TABLE}")
            editor.create_model(Row)
        rows.create(id=1, value=0)
        close_old_connections()

    def handle() -> None:
        try:
            add_one()
        finally:
            close_old_connections()  # as at the end of a request

    def add_one() -> None:
        with transaction.atomic(using=database):
            found = (rows.select_for_update() if is_locked else rows).get(pk=1)
            time.sleep(0)
            found.value += 1
            found.save()

    async def change() -> None:
        await loop.run_in_executor(threads, handle)

    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(WORKERS) as threads:
        await loop.run_in_executor(threads, prepare)
        worked = await _many(change)
        value = await loop.run_in_executor(threads, lambda: rows.get(pk=1).value)
    return worked, value


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
    Peer("Core, select and update", lambda d, f: by_core(d, f, is_locked=False)),
    Peer("Core, `with_for_update`", lambda d, f: by_core(d, f, is_locked=True)),
    Peer("Litestar + advanced-alchemy, a service", by_alchemy),
    Peer("Django (ninja, REST), as in the tutorial", lambda d, f: by_django(d, f, is_locked=False)),
    Peer(
        "Django (ninja, REST), `select_for_update`, `IMMEDIATE`",
        lambda d, f: by_django(d, f, is_locked=True),
    ),
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
