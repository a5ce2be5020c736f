"""SQLite as it is: many writers, and files that are not as they should be."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fixtures.library.domain.entities import Branch
from tests.fixtures.library.domain.value_objects import BranchId
from triptych.adapters.database.sqlite import SqliteDatabase
from triptych.adapters.objects.sql import SqlStore
from triptych.domain.errors import DatabaseUnavailable, ObjectStale, SchemaMismatch
from triptych.domain.ontology import Ontology

HOUSE = Branch(id=BranchId(7), name="0")


def store_at(path: Path, library: Ontology) -> SqlStore:
    """Makes a store over a file."""
    return SqlStore(library, SqliteDatabase(path))


async def count_up(store: SqlStore) -> None:
    """Adds one to the number in a name, however often it takes."""
    while True:
        try:
            async with store.transaction() as transaction:
                branches = transaction.repository(Branch)
                found = await branches.get(HOUSE.id)
                await branches.save(replace(found, name=str(int(found.name) + 1)))
                return
        except ObjectStale:
            continue


class TestWriters:
    async def test_sixteen_writers_lose_nothing(self, tmp_path: Path, library: Ontology) -> None:
        store = store_at(tmp_path / "a.db", library)
        await store.open()
        await store.repository(Branch).add(HOUSE)
        await asyncio.gather(*(_repeat(store, 25) for _ in range(16)))
        branches = store.repository(Branch)
        assert (await branches.get(HOUSE.id)).name == "400"
        assert branches.version(HOUSE.id) == 401
        await store.close()

    async def test_two_processes_lose_nothing(self, tmp_path: Path, library: Ontology) -> None:
        path = tmp_path / "a.db"
        store = store_at(path, library)
        await store.open()
        await store.repository(Branch).add(HOUSE)
        others = [
            subprocess.Popen([sys.executable, "-c", _WRITER.format(path=str(path))], cwd=Path.cwd())
            for _ in range(2)
        ]
        await _repeat(store, 50)
        assert [await asyncio.to_thread(each.wait, 60) for each in others] == [0, 0]
        assert (await store.repository(Branch).get(HOUSE.id)).name == "150"
        await store.close()

    async def test_a_writer_who_gives_up_leaves_nothing_behind(
        self, tmp_path: Path, library: Ontology
    ) -> None:
        store = store_at(tmp_path / "a.db", library)
        await store.open()

        async def begin_and_wait() -> None:
            async with store.transaction() as transaction:
                await transaction.repository(Branch).add(HOUSE)
                await asyncio.sleep(60)

        task = asyncio.create_task(begin_and_wait())
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await store.repository(Branch).count() == 0
        await store.repository(Branch).add(HOUSE)
        await store.close()


_WRITER = """
import asyncio
from pathlib import Path
from tests.integration.test_sqlite import _repeat, store_at
from triptych.services.ontology import read_ontology
async def main():
    store = store_at(Path({path!r}), read_ontology("tests.fixtures.library"))
    await store.open()
    await _repeat(store, 50)
    await store.close()
asyncio.run(main())
"""


async def _repeat(store: SqlStore, times: int) -> None:
    for _ in range(times):
        await count_up(store)


class TestFiles:
    async def test_a_file_that_is_no_database_is_told(
        self, tmp_path: Path, library: Ontology
    ) -> None:
        path = tmp_path / "letter.db"
        path.write_text("Dear reader, " * 500)
        with pytest.raises(DatabaseUnavailable, match="file is not a database; choose another"):
            await store_at(path, library).open()

    async def test_a_corrupt_file_is_told(self, tmp_path: Path, library: Ontology) -> None:
        path = tmp_path / "a.db"
        store = store_at(path, library)
        await store.open()
        await store.close()
        content = bytearray(path.read_bytes())
        content[4096:] = os.urandom(len(content) - 4096)
        path.write_bytes(content)
        broken = store_at(path, library)
        with pytest.raises((DatabaseUnavailable, SchemaMismatch)):
            await broken.open()
            await broken.repository(Branch).find()

    async def test_a_folder_that_cannot_be_made_is_told(
        self, tmp_path: Path, library: Ontology
    ) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(DatabaseUnavailable, match="choose another path"):
            await store_at(tmp_path / "file" / "a.db", library).open()

    async def test_a_missing_folder_is_made(self, tmp_path: Path, library: Ontology) -> None:
        store = store_at(tmp_path / "var" / "deep" / "a.db", library)
        await store.open()
        await store.close()
        assert (tmp_path / "var" / "deep" / "a.db").exists()

    async def test_a_file_that_is_read_only_is_told(
        self, tmp_path: Path, library: Ontology
    ) -> None:
        path = tmp_path / "a.db"
        store = store_at(path, library)
        await store.open()
        await store.close()
        program = _READER.format(path=str(path))
        done = await asyncio.to_thread(_as_nobody, program, tmp_path)
        assert "DatabaseUnavailable" in done.stdout + done.stderr, done

    async def test_a_full_disk_leaves_all_as_it_was(
        self, tmp_path: Path, library: Ontology
    ) -> None:
        store = store_at(tmp_path / "a.db", library)
        await store.open()
        await store.repository(Branch).add(HOUSE)
        await store.database.execute("PRAGMA max_page_count=60")
        long = "x" * 100_000
        with pytest.raises(DatabaseUnavailable, match="make room on the disk"):
            async with store.transaction() as transaction:
                for number in range(20):
                    branches = transaction.repository(Branch)
                    await branches.add(Branch(id=BranchId(100 + number), name=f"{number}{long}"))
        assert await store.repository(Branch).count() == 1
        await store.repository(Branch).add(Branch(id=BranchId(8), name="small"))
        await store.close()

    async def test_a_closed_store_says_so(self, tmp_path: Path, library: Ontology) -> None:
        store = store_at(tmp_path / "a.db", library)
        for ask in (store.repository(Branch).count, store.repository(Branch).find):
            with pytest.raises(DatabaseUnavailable, match="it is closed; open it first"):
                await ask()
        with pytest.raises(DatabaseUnavailable, match="it is closed"):
            await store.repository(Branch).add(HOUSE)
        await store.close()


_READER = """
import asyncio, sys
sys.path[:0] = ["src", "."]
from pathlib import Path
from tests.integration.test_sqlite import HOUSE, Branch, store_at
from triptych.services.ontology import read_ontology
async def main():
    store = store_at(Path({path!r}), read_ontology("tests.fixtures.library"))
    await store.open()
    await store.repository(Branch).add(HOUSE)
try:
    asyncio.run(main())
except Exception as error:
    print(type(error).__name__, error)
"""


def _as_nobody(program: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs a program that may not write to a folder.

    Root may write anywhere, unless it gives up the capability to override rights.
    """
    for path in (*folder.iterdir(), folder):
        path.chmod(0o555 if path.is_dir() else 0o444)
    bound = ["setpriv", "--bounding-set", "-dac_override", "--inh-caps", "-dac_override"]
    command = [*(bound if os.geteuid() == 0 else ()), sys.executable, "-c", program]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False)
    finally:
        folder.chmod(0o755)


class TestSchema:
    async def test_a_database_that_differs_is_refused_with_the_difference(
        self, tmp_path: Path, library: Ontology
    ) -> None:
        path = tmp_path / "a.db"
        store = store_at(path, library)
        await store.open()
        await store.close()
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("ALTER TABLE branches DROP COLUMN name")
            connection.execute("ALTER TABLE branches ADD COLUMN colour TEXT")
            connection.execute("DROP TABLE reviews")
        connection.close()
        with pytest.raises(SchemaMismatch) as caught:
            await store_at(path, library).open()
        assert caught.value.differences == (
            "branches: column name is missing",
            "branches: column colour is not in the code",
            "reviews: the table is missing",
        )

    async def test_tables_of_others_are_left_alone(self, tmp_path: Path, library: Ontology) -> None:
        path = tmp_path / "a.db"
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("CREATE TABLE somebody_elses (x)")
        connection.close()
        store = store_at(path, library)
        await store.open()
        await store.close()
        with closing(sqlite3.connect(path)) as connection, connection:
            assert connection.execute("SELECT count(*) FROM somebody_elses").fetchone() == (0,)
        connection.close()

    async def test_opening_twice_changes_nothing(self, tmp_path: Path, library: Ontology) -> None:
        path, schemas = tmp_path / "a.db", []
        for _ in range(2):
            store = store_at(path, library)
            await store.open()
            await store.close()
            with closing(sqlite3.connect(path)) as connection, connection:
                schemas.append(connection.execute("SELECT sql FROM sqlite_schema").fetchall())
            connection.close()
        assert schemas[0] == schemas[1] != []


class TestBulk:
    async def test_a_load_leaves_the_connection_as_it_was(self, tmp_path: Path) -> None:
        database = SqliteDatabase(tmp_path / "x.db")
        await database.open()
        asked = ["foreign_keys", "cache_size", "temp_store", "threads"]

        async def settings() -> list[int]:
            async with database.transaction() as transaction:
                return [(await transaction.fetch(f"PRAGMA {name}"))[0][0] for name in asked]

        before = await settings()
        with pytest.raises(ZeroDivisionError):
            async with database.transaction(is_bulk=True) as transaction:
                assert (await transaction.fetch("PRAGMA foreign_keys"))[0][0] == 0
                raise ZeroDivisionError
        after = await settings()
        await database.close()

        assert before == after
        assert after[0] == 1

    @pytest.mark.parametrize("count", [0, 1, 4, 5, 1003])
    async def test_what_is_the_same_in_all_rows_is_written_in_each(
        self, tmp_path: Path, count: int
    ) -> None:
        database = SqliteDatabase(tmp_path / "x.db")
        await database.open()
        await database.execute(
            "CREATE TABLE t (k INT, n INT, r REAL, s TEXT, z TEXT, m INT) STRICT"
        )
        rows = [(1, -(2**63), 1.0, "1'?", None, None if n else 1) for n in range(count)]
        async with database.transaction(is_bulk=True) as transaction:
            await transaction.load_rows("t", ["k", "n", "r", "s", "z", "m"], rows)
        found = await database.fetch("SELECT * FROM t ORDER BY rowid")
        await database.close()
        assert list(found) == rows
        assert [type(each[2]) for each in found] == [float] * count


class TestTime:
    async def test_a_statement_that_takes_too_long_is_stopped(self, tmp_path: Path) -> None:
        database = SqliteDatabase(tmp_path / "a.db", timeout=0.1)
        await database.open()
        with pytest.raises(DatabaseUnavailable, match=r"it took longer than 0\.1 seconds"):
            await database.fetch(_ENDLESS)
        assert await database.fetch("SELECT 1") == [(1,)]
        await database.execute("CREATE TABLE numbers (n INTEGER)")
        with pytest.raises(DatabaseUnavailable, match="ask for less"):
            await database.execute(f"INSERT INTO numbers {_ENDLESS}")
        assert await database.fetch("SELECT count(*) FROM numbers") == [(0,)]
        await database.close()

    async def test_a_load_takes_as_long_as_it_needs(self, tmp_path: Path) -> None:
        database = SqliteDatabase(tmp_path / "a.db", timeout=0.001)
        await database.open()
        counted = _ENDLESS.replace("SELECT n FROM", "SELECT count(*) FROM")
        async with database.transaction(is_bulk=True) as transaction:
            rows = await transaction.fetch(
                counted.replace("FROM endless)", "FROM endless LIMIT 400000)")
            )
        assert rows == [(400_000,)]
        await database.close()


_ENDLESS = (
    "WITH RECURSIVE endless(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM endless) "
    "SELECT n FROM endless"
)
