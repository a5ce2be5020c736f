"""PostgreSQL as it is: connections that die, servers that are not there."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest

from tests.fixtures.library.domain.entities import Branch
from tests.fixtures.library.domain.value_objects import BranchId
from triptych.adapters.database.postgres import PostgresDatabase
from triptych.adapters.objects.sql import SqlStore
from triptych.domain.errors import DatabaseUnavailable, ObjectStale, SchemaMismatch
from triptych.domain.ontology import Ontology

HOUSE = Branch(id=BranchId(7), name="0")


async def run(url: str, sql: str) -> None:
    """Runs a statement on a connection of its own."""
    connection = await asyncpg.connect(url)
    await connection.execute(sql)
    await connection.close()


class TestConnections:
    async def test_a_read_survives_a_killed_connection(
        self, postgres_url: str, library: Ontology
    ) -> None:
        store = SqlStore(library, PostgresDatabase(postgres_url, connections=1))
        await store.open()
        await store.repository(Branch).add(HOUSE)
        (pid,) = (await store.database.fetch("SELECT pg_backend_pid()"))[0]
        await run(postgres_url, f"SELECT pg_terminate_backend({pid})")
        await asyncio.sleep(0.1)
        assert await store.repository(Branch).get(HOUSE.id) == HOUSE
        await store.close()

    async def test_a_transaction_on_a_killed_connection_fails_and_leaves_nothing(
        self, postgres_url: str, library: Ontology
    ) -> None:
        store = SqlStore(library, PostgresDatabase(postgres_url, connections=2))
        await store.open()
        with pytest.raises(DatabaseUnavailable, match="the connection was lost"):
            async with store.database.transaction() as transaction:
                (pid,) = (await transaction.fetch("SELECT pg_backend_pid()"))[0]
                await run(postgres_url, f"SELECT pg_terminate_backend({pid})")
                await asyncio.sleep(0.1)
                await transaction.execute("DELETE FROM branches")
        assert await store.repository(Branch).count() == 0
        await store.close()

    async def test_connections_that_are_killed_under_load_are_made_anew(
        self, postgres_url: str, library: Ontology
    ) -> None:
        store = SqlStore(library, PostgresDatabase(postgres_url, connections=3))
        await store.open()
        await store.repository(Branch).add(HOUSE)
        stopped = asyncio.Event()
        answers = 0

        async def ask() -> None:
            nonlocal answers
            while not stopped.is_set():
                # Only what says that the database is away may come through.
                with contextlib.suppress(DatabaseUnavailable):
                    assert await store.repository(Branch).get(HOUSE.id) == HOUSE
                    answers += 1

        async def kill() -> None:
            for _ in range(15):
                with contextlib.suppress(DatabaseUnavailable):
                    (pid,) = (await store.database.fetch("SELECT pg_backend_pid()"))[0]
                    await run(postgres_url, f"SELECT pg_terminate_backend({pid})")
            stopped.set()

        await asyncio.gather(kill(), *(ask() for _ in range(12)))
        assert await store.repository(Branch).get(HOUSE.id) == HOUSE
        assert answers > 0
        await store.close()

    async def test_a_caller_that_asks_in_a_loop_starves_nobody(
        self, postgres_url: str, library: Ontology
    ) -> None:
        store = SqlStore(library, PostgresDatabase(postgres_url, connections=1))
        await store.open()
        served: list[str] = []

        async def ask(name: str) -> None:
            for _ in range(20):
                await store.database.fetch("SELECT 1")
                served.append(name)

        await asyncio.gather(ask("a"), ask("b"), ask("c"))
        assert set(served[:6]) == {"a", "b", "c"}
        assert max(served.count(name) for name in "abc") == 20
        await store.close()

    @pytest.mark.parametrize(
        "url",
        [
            "postgresql://postgres@127.0.0.1:1/test",
            "postgresql://postgres@127.0.0.1:5432/no_such_database",
            "postgresql://127.0.0.1:notaport/test",
        ],
    )
    async def test_a_server_that_is_not_there_is_told(self, url: str, library: Ontology) -> None:
        with pytest.raises(DatabaseUnavailable, match="check the address and that it runs"):
            await SqlStore(library, PostgresDatabase(url, timeout=3)).open()

    async def test_a_database_that_cannot_hold_every_letter_is_refused(
        self, postgres_url: str, library: Ontology
    ) -> None:
        name = f"ascii_{uuid4().hex}"
        made = f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0"
        await run(postgres_url, made)
        try:
            url = urlsplit(postgres_url)._replace(path=f"/{name}", query="").geturl()
            with pytest.raises(DatabaseUnavailable, match=r"SQL_ASCII.*createdb --encoding UTF8"):
                await SqlStore(library, PostgresDatabase(url)).open()
        finally:
            await run(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")

    async def test_a_password_is_never_shown(self) -> None:
        database = PostgresDatabase("postgresql://me:secret@127.0.0.1:1/test")
        with pytest.raises(DatabaseUnavailable) as caught:
            await database.open()
        assert "secret" not in str(caught.value)

    async def test_a_statement_that_takes_too_long_is_stopped(self, postgres_url: str) -> None:
        database = PostgresDatabase(postgres_url, timeout=0.3)
        await database.open()
        with pytest.raises(DatabaseUnavailable, match="statement timeout"):
            await database.execute("SELECT pg_sleep(5)")
        await database.close()

    async def test_a_closed_database_says_so(self, postgres_url: str) -> None:
        with pytest.raises(DatabaseUnavailable, match="it is closed; open it first"):
            await PostgresDatabase(postgres_url).fetch("SELECT 1")


class TestWriters:
    async def test_concurrent_writers_lose_nothing(
        self, postgres_url: str, library: Ontology
    ) -> None:
        store = SqlStore(library, PostgresDatabase(postgres_url, connections=8))
        await store.open()
        await store.repository(Branch).add(HOUSE)

        async def count_up(times: int) -> None:
            while times:
                branches = store.repository(Branch)
                found = await branches.get(HOUSE.id)
                try:
                    await branches.save(replace(found, name=str(int(found.name) + 1)))
                except ObjectStale:
                    continue
                times -= 1

        await asyncio.gather(*(count_up(10) for _ in range(16)))
        assert (await store.repository(Branch).get(HOUSE.id)).name == "160"
        await store.close()


class TestSchema:
    async def test_a_database_that_differs_is_refused_with_the_difference(
        self, postgres_url: str, library: Ontology
    ) -> None:
        store = SqlStore(library, PostgresDatabase(postgres_url))
        await store.open()
        await store.close()
        await run(
            postgres_url,
            "ALTER TABLE branches ALTER name TYPE varchar(9), ALTER name DROP NOT NULL",
        )
        await run(postgres_url, "DROP INDEX ix_reviews_book")
        with pytest.raises(SchemaMismatch) as caught:
            await SqlStore(library, PostgresDatabase(postgres_url)).open()
        assert caught.value.differences == (
            "branches: column name is CHARACTER VARYING(9), the code says TEXT NOT NULL",
            "reviews: index ix_reviews_book is missing",
        )

    async def test_another_member_of_an_enum_is_seen(
        self, postgres_url: str, library: Ontology
    ) -> None:
        store = SqlStore(library, PostgresDatabase(postgres_url))
        await store.open()
        await store.close()
        names = await _check_names(postgres_url, "genre")
        await run(postgres_url, f"ALTER TABLE books DROP CONSTRAINT {names[0]}")
        with pytest.raises(SchemaMismatch, match="constraint ck_books_genre_"):
            await SqlStore(library, PostgresDatabase(postgres_url)).open()


async def _check_names(url: str, column: str) -> list[str]:
    connection = await asyncpg.connect(url)
    rows = await connection.fetch(
        "SELECT conname FROM pg_constraint WHERE conname LIKE $1 "
        "AND connamespace = current_schema()::regnamespace",
        f"ck_books_{column}_%",
    )
    await connection.close()
    return [row[0] for row in rows]
