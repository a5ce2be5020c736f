"""Primary keys of SQLite that are dropped while rows are written: nothing may tell afterwards."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from triptych.adapters.database.database import ConstraintBroken, Transaction
from triptych.adapters.database.keys import primary_key
from triptych.adapters.database.sqlite import SqliteDatabase


def make_table(name: str, **key: Any) -> sa.Table:
    """Makes a table with a key of these columns, a check and one more column."""
    columns = [sa.Column(each, kind, primary_key=True) for each, kind in key.items()]
    table = sa.Table(
        name,
        sa.MetaData(naming_convention={"pk": "pk_%(table_name)s"}),
        *columns,
        sa.Column("size", sa.Integer, sa.CheckConstraint("size > 0", name="ck_size")),
        sqlite_strict=True,
    )
    sa.Index(f"ix_{name}_size", table.c.size)
    return table


TABLES = {
    "one column": make_table("cities", id=sa.Text),
    "several": make_table("stays", city=sa.Text, guest=sa.Integer),
    "bytes": make_table("hashes", id=sa.BLOB),
    "names to quote": make_table("order by", **{"a b": sa.Text, "select": sa.Text}),
}
ROWS: dict[str, list[tuple[Any, ...]]] = {
    "one column": [("b", 1), ("a", 2)],
    "several": [("b", 1, 1), ("a", 2, 2), ("a", 1, 3)],
    "bytes": [(b"\x00\xff", 1), (b"", 2)],
    "names to quote": [("b", "b", 1), ("a", "a", 2), ("a", "b", 3)],
}


@asynccontextmanager
async def opened(path: Path, table: sa.Table) -> AsyncIterator[SqliteDatabase]:
    """Opens a database that has the table and an index of it."""
    database = SqliteDatabase(path)
    await database.open()
    try:
        async for _ in database.create([table]):
            pass
        yield database
    finally:
        await database.close()


async def fill(transaction: Transaction, table: sa.Table, rows: Sequence[Sequence[Any]]) -> None:
    """Writes rows while the key is dropped."""
    key = primary_key(table, transaction, SqliteDatabase(":memory:").dialect)
    await key.drop()
    await transaction.load_rows(table.name, [each.name for each in table.columns], rows)
    await key.make()


def schema(path: Path) -> list[Any]:
    """Reads everything that another program sees of a schema, and what SQLite finds wrong."""
    with closing(sqlite3.connect(path)) as connection, connection:
        rows = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall()
        found: list[Any] = sorted(map(str, rows))
        for table in [name for kind, name, *_ in rows if kind == "table"]:
            for about in ("table_info", "index_list"):
                asked = f"SELECT * FROM pragma_{about}(?)"
                found.append(sorted(map(str, connection.execute(asked, (table,)))))
        found += connection.execute("PRAGMA integrity_check").fetchall()
    connection.close()
    return found


@pytest.mark.parametrize("kind", TABLES)
async def test_a_schema_is_to_the_letter_as_before(tmp_path: Path, kind: str) -> None:
    path, table, rows = tmp_path / "x.db", TABLES[kind], ROWS[kind]
    async with opened(path, table) as database:
        before = schema(path)
        async with database.transaction(is_bulk=True) as transaction:
            await fill(transaction, table, rows)
        assert schema(path) == before
        assert before[-1] == ("ok",)
        found = await database.fetch(f'SELECT * FROM "{table.name}"')
        assert set(map(tuple, found)) == set(rows)
        with pytest.raises(ConstraintBroken) as caught:
            async with database.transaction() as transaction:
                names = [each.name for each in table.columns]
                await transaction.load_rows(table.name, names, rows[:1])
        assert caught.value.columns == tuple(each.name for each in table.primary_key.columns)


@pytest.mark.parametrize("kind", TABLES)
async def test_rows_that_break_the_key_leave_nothing(tmp_path: Path, kind: str) -> None:
    path, table, rows = tmp_path / "x.db", TABLES[kind], ROWS[kind]
    async with opened(path, table) as database:
        before = schema(path)
        with pytest.raises(ConstraintBroken) as caught:
            async with database.transaction(is_bulk=True) as transaction:
                await fill(transaction, table, [*rows, rows[0]])
        assert caught.value.columns == tuple(each.name for each in table.primary_key.columns)
        assert schema(path) == before
        async with database.transaction(is_bulk=True) as transaction:
            await fill(transaction, table, rows)
        assert schema(path) == before


async def test_the_index_of_the_key_finds_every_row(tmp_path: Path) -> None:
    path, table = tmp_path / "x.db", TABLES["one column"]
    async with opened(path, table) as database:
        async with database.transaction(is_bulk=True) as transaction:
            await fill(transaction, table, [(f"{n * 7919 % 10_007}", 1 + n) for n in range(10_007)])
        (plan,) = await database.fetch("EXPLAIN QUERY PLAN SELECT * FROM cities WHERE id = '77'")
        assert "sqlite_autoindex_cities_1" in plan[-1]
        for number in range(0, 10_007, 97):
            found = await database.fetch("SELECT id FROM cities WHERE id = ?", (str(number),))
            assert found == [(str(number),)]


async def test_a_reader_sees_the_table_as_it_was_before(tmp_path: Path) -> None:
    path, table = tmp_path / "x.db", TABLES["one column"]
    async with opened(path, table) as database:
        async with database.transaction(is_bulk=True) as transaction:
            key = primary_key(table, transaction, database.dialect)
            await key.drop()
            await transaction.load_rows("cities", ["id", "size"], [("a", 1)])
            assert await database.fetch("SELECT id FROM cities WHERE id = 'a'") == []
            assert schema(path)[-1] == ("ok",)
            await key.make()
        assert await database.fetch("SELECT id FROM cities WHERE id = 'a'") == [("a",)]


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE cities (id INTEGER, size INTEGER, CONSTRAINT pk_cities PRIMARY KEY (id))",
        "CREATE TABLE cities (id TEXT PRIMARY KEY, size INTEGER)",
        "CREATE TABLE cities (id TEXT, size INTEGER UNIQUE, CONSTRAINT pk_cities PRIMARY KEY (id))",
        "CREATE TABLE cities (id, size, CONSTRAINT pk_cities PRIMARY KEY (id)) WITHOUT ROWID",
    ],
    ids=["a number of the row", "other words", "another index first", "no numbers of rows"],
)
async def test_a_key_that_is_kept_otherwise_stays(tmp_path: Path, sql: str) -> None:
    path, database = tmp_path / "x.db", SqliteDatabase(tmp_path / "x.db")
    await database.open()
    await database.execute(sql)
    before = schema(path)
    with pytest.raises(ConstraintBroken):
        async with database.transaction(is_bulk=True) as transaction:
            key = primary_key(TABLES["one column"], transaction, database.dialect)
            await key.drop()
            await transaction.load_rows("cities", ["id", "size"], [(1, 1), (1, 2)])
    async with database.transaction(is_bulk=True) as transaction:
        await fill(transaction, TABLES["one column"], [(1, 1), (2, 2)])
    assert schema(path) == before
    await database.close()


async def test_a_guarded_schema_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, table, connect = tmp_path / "x.db", TABLES["one column"], sqlite3.connect

    def guarded(*arguments: Any, **settings: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **settings)
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)
        return connection

    monkeypatch.setattr(sqlite3, "connect", guarded)
    async with opened(path, table) as database:
        before = schema(path)
        async with database.transaction(is_bulk=True) as transaction:
            await fill(transaction, table, ROWS["one column"])
        assert schema(path) == before
        assert len(await database.fetch("SELECT id FROM cities")) == 2


async def test_a_process_that_dies_leaves_the_key(tmp_path: Path) -> None:
    path, table = tmp_path / "x.db", TABLES["one column"]
    async with opened(path, table):
        before = schema(path)
    code = _DYING.format(path=str(path))
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert schema(path) == before
    async with opened(tmp_path / "y.db", table):
        pass
    with closing(sqlite3.connect(path)) as connection, connection:
        assert connection.execute("SELECT count(*) FROM cities").fetchone() == (0,)
    connection.close()


_DYING = """
import asyncio, os, signal
from tests.integration.test_sqlite_keys import TABLES
from triptych.adapters.database.keys import primary_key
from triptych.adapters.database.sqlite import SqliteDatabase

async def main():
    database = SqliteDatabase({path!r})
    await database.open()
    async with database.transaction(is_bulk=True) as transaction:
        # So few pages are kept that most are in the file's log before it ends.
        await transaction.execute("PRAGMA cache_size=10")
        key = primary_key(TABLES["one column"], transaction, database.dialect)
        await key.drop()
        rows = [(str(n), 1 + n) for n in range(100_000)]
        await transaction.load_rows("cities", ["id", "size"], rows)
        await key.make()
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""
