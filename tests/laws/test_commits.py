"""Writes that hold together: alike on every database, however many wait at the same time."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest

from triptych.adapters.database.database import Collided, ConstraintBroken, Database, Write
from triptych.adapters.database.postgres import PostgresDatabase
from triptych.adapters.database.sqlite import SqliteDatabase
from triptych.domain.errors import DatabaseUnavailable

TABLES = (
    "CREATE TABLE cities (id INTEGER PRIMARY KEY, version INTEGER NOT NULL)",
    """CREATE TABLE roads (id INTEGER PRIMARY KEY, city INTEGER NOT NULL
    REFERENCES cities (id) DEFERRABLE INITIALLY DEFERRED)""",
)


@pytest.fixture(params=["sqlite", "postgres"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    made: Database
    if request.param == "sqlite":
        made = SqliteDatabase(tmp_path / "a.db")
    else:
        made = PostgresDatabase(request.getfixturevalue("postgres_url"))
    await made.open()
    for each in TABLES:
        await made.execute(each)
    yield made
    await made.close()


def said(database: Database, text: str) -> str:
    """Writes a statement's parameter as the database names it."""
    return text if database.dialect.name == "sqlite" else text.replace("?", "$1")


def city(database: Database, number: int) -> Write:
    """Adds a city."""
    return Write(said(database, "INSERT INTO cities VALUES (?, 1)"), (number,), rows=1)


def road(number: int, leads_to: int) -> Write:
    """Adds a road."""
    return Write(f"INSERT INTO roads VALUES ({number}, {leads_to})", rows=1)


def step(database: Database, number: int, version: int) -> Write:
    """Brings a city to its next version."""
    text = f"UPDATE cities SET version = version + 1 WHERE id = {number} AND version = ?"
    return Write(said(database, text), (version,), rows=1)


async def all_of(database: Database, table: str) -> list[int]:
    """Reads the ids of a table."""
    return [row[0] for row in await database.fetch(f"SELECT id FROM {table} ORDER BY id")]


class TestWriteAll:
    async def test_all_hold_or_none(self, database: Database) -> None:
        with pytest.raises(Collided) as raised:
            await database.write_all([city(database, 1), step(database, 1, 7), city(database, 2)])
        assert raised.value.place == 1
        assert await all_of(database, "cities") == []

    async def test_each_of_many_holds_or_fails_by_itself(self, database: Database) -> None:
        await database.write_all([city(database, 0)])
        done = await asyncio.gather(
            database.write_all([city(database, 1)]),
            database.write_all([city(database, 2), step(database, 0, 9)]),
            database.write_all([city(database, 1)]),
            database.write_all([city(database, 3)]),
            return_exceptions=True,
        )
        assert [type(each) for each in done[1:2]] == [Collided]
        assert sum(isinstance(each, ConstraintBroken) for each in done) == 1
        assert await all_of(database, "cities") == [0, 1, 3]

    async def test_a_link_that_leads_nowhere_fails_only_who_made_it(
        self, database: Database
    ) -> None:
        async def written(*writes: Write) -> None:
            while True:  # who collides with the others has done nothing, and may try again
                with suppress(Collided):
                    return await database.write_all(writes)

        done = await asyncio.gather(
            written(city(database, 1)),
            written(road(1, 99)),
            written(road(2, 5), city(database, 5)),
            return_exceptions=True,
        )
        assert [type(each).__name__ for each in done] == [
            "NoneType",
            "ConstraintBroken",
            "NoneType",
        ]
        assert await all_of(database, "roads") == [2]

    async def test_many_lose_no_update(self, database: Database) -> None:
        await database.write_all([city(database, 1)])

        async def climb() -> int:
            done = 0
            while done < 10:
                ((version,),) = await database.fetch("SELECT version FROM cities")
                try:
                    await database.write_all([step(database, 1, version)])
                    done += 1
                except Collided:
                    await asyncio.sleep(0)
            return done

        assert sum(await asyncio.gather(*(climb() for _ in range(8)))) == 80
        assert (await database.fetch("SELECT version FROM cities"))[0][0] == 81

    async def test_who_gives_up_in_line_has_written_nothing(self, database: Database) -> None:
        await database.write_all([city(database, 1)])
        async with database.transaction() as transaction:
            await transaction.write_all([step(database, 1, 1)])
            waiting = [
                asyncio.ensure_future(database.write_all([step(database, 1, 1)])) for _ in range(2)
            ]
            await asyncio.sleep(0.1)
            for each in waiting:
                each.cancel()
            await asyncio.sleep(0.1)
            assert all(each.cancelled() for each in waiting)
        assert (await database.fetch("SELECT version FROM cities"))[0][0] == 2
        await database.write_all([step(database, 1, 2)])

    async def test_who_gives_up_too_late_has_written_all(self, database: Database) -> None:
        tasks = [asyncio.ensure_future(database.write_all([city(database, n)])) for n in range(40)]
        await asyncio.sleep(0.004)
        for each in tasks:
            each.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        written = await all_of(database, "cities")
        assert [n for n, each in enumerate(ends) if each is None] == written

    async def test_nothing_is_written_where_it_is_closed(self, database: Database) -> None:
        await database.close()
        with pytest.raises(DatabaseUnavailable, match="it is closed"):
            await database.write_all([city(database, 1)])

    async def test_more_than_one_statement_can_hold_is_one_all_the_same(
        self, database: Database
    ) -> None:
        many = [city(database, n) for n in range(40)]
        with pytest.raises(Collided):
            await database.write_all([*many, step(database, 1, 7)])
        assert await all_of(database, "cities") == []
        await database.write_all(many)
        assert len(await all_of(database, "cities")) == 40


async def test_what_is_nobodys_own_fails_all_who_wait(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "a.db")
    await database.open()
    await database.execute(TABLES[0])
    other = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    connection = database._connection(0)
    await connection.arrange("PRAGMA busy_timeout=20")
    done = await asyncio.gather(
        *(database.write_all([city(database, n)]) for n in range(3)), return_exceptions=True
    )
    assert all("another process holds it" in str(each) for each in done)
    other.execute("COMMIT")
    other.close()
    await database.write_all([city(database, 1)])
    await database.close()


async def test_a_lost_server_is_said_to_be_lost(postgres_url: str) -> None:
    database = PostgresDatabase(postgres_url)
    await database.open()
    await database.execute(TABLES[0])
    await database.write_all([city(database, 1)])
    async with database.transaction() as transaction:
        await transaction.write_all([step(database, 1, 1)])
        waiting = asyncio.ensure_future(database.write_all([step(database, 1, 1)]))
        await asyncio.sleep(0.1)
        reaper = await asyncpg.connect(postgres_url)
        await reaper.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE wait_event_type = 'Lock' AND application_name = 'triptych'"
        )
        await reaper.close()
        with pytest.raises(DatabaseUnavailable, match="the connection was lost"):
            await waiting
    assert (await database.fetch("SELECT version FROM cities"))[0][0] == 2
    await database.close()
