"""SQLite: one thread that writes, threads that read, and WAL between them."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import batched
from math import inf
from pathlib import Path
from time import perf_counter
from typing import Any, NoReturn

from triptych.adapters.database.commits import Commits, commit_each, write_in_turn
from triptych.adapters.database.database import (
    Constraint,
    ConstraintBroken,
    Transaction,
    Write,
    finished,
)
from triptych.adapters.database.dialect import Dialect
from triptych.adapters.database.schema import creation_statements
from triptych.adapters.database.sqlite_dialect import SqliteDialect, prepare_connection
from triptych.adapters.database.sqlite_loading import load_columns
from triptych.adapters.database.sqlite_search import TRIGGER
from triptych.adapters.database.worker import Worker
from triptych.domain.errors import DatabaseUnavailable
from triptych.infrastructure.monitoring import ObservedStatement

BUSY_MILLISECONDS = 5_000
# After how many steps of SQLite it is looked at the clock: some tens of milliseconds.
_STEPS = 2_000_000
# Statements that make tables by one visit to the thread.
_VISIT = 50
_UNIQUE = re.compile(r"UNIQUE constraint failed: (.*)")
_CONSTRAINTS = re.compile(
    r'CONSTRAINT "?(\w+)"? (PRIMARY KEY|FOREIGN KEY|CHECK|UNIQUE) ?\(([^\n]*)', re.IGNORECASE
)
_REFERS = re.compile(r'[^)]*\) REFERENCES "?(\w+)', re.IGNORECASE)
_TRIGGERS = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ? AND name LIKE ?"
_ALWAYS = f"PRAGMA busy_timeout={BUSY_MILLISECONDS}; PRAGMA synchronous=NORMAL"
_USUALLY = (
    "PRAGMA foreign_keys=ON; PRAGMA cache_size=-16384; "
    "PRAGMA temp_store=MEMORY; PRAGMA threads=0"
)
# An index is built twice as fast from sorted runs in files, and with a second thread.
_IN_BULK = "PRAGMA foreign_keys=OFF; PRAGMA temp_store=FILE; PRAGMA threads=2"
_MENDS = {
    sqlite3.SQLITE_BUSY: "another process holds it; try again",
    sqlite3.SQLITE_READONLY: "make the file and its folder writable",
    sqlite3.SQLITE_CANTOPEN: "check the path and the rights of its folder",
    sqlite3.SQLITE_NOTADB: "choose another file; this one is something else",
    sqlite3.SQLITE_CORRUPT: "restore it from a copy",
    sqlite3.SQLITE_FULL: "make room on the disk",
    sqlite3.SQLITE_IOERR: "check the disk",
}


class SqliteDatabase:
    """A database in one file, or in memory.

    Writing statements go through one connection, one transaction at a time, begun with
    `BEGIN IMMEDIATE`; so no update is lost and no reader waits. In memory there is only that one
    connection: readers wait for the writer, so read within a transaction by its own repositories.

    Args:
        path: The file, made where there is none; `":memory:"` for one that is gone at the end.
        readers: How many threads read at the same time.
        timeout: Seconds that a visit to a thread may take; loads take as long as they need.

    Example:
        ```python
        import asyncio

        from triptych.adapters.database.sqlite import SqliteDatabase

        async def main() -> object:
            database = SqliteDatabase(":memory:")
            await database.open()
            try:
                return (await database.fetch("SELECT 1 + 1"))[0][0]
            finally:
                await database.close()

        assert asyncio.run(main()) == 2
        ```
    """

    def __init__(self, path: str | Path, *, readers: int = 1, timeout: float = 30.0) -> None:
        self.path = str(path)
        self.name = f"SQLite {self.path}"
        self.dialect: Dialect = SqliteDialect()
        self._reader_count = 0 if self.path == ":memory:" else readers
        self._timeout = timeout
        self._connections: list[_Connection] = []
        self._turn = 0
        self._writing = asyncio.Lock()
        self._commits = Commits(
            lambda commits: self._connection(0).commit_each(commits), self._writing
        )

    async def open(self) -> None:
        """Connects, making the file and its folder where there are none.

        Raises:
            DatabaseUnavailable: The file cannot be made, read or written, or is no database.
        """
        if self.path != ":memory:":
            try:
                Path(self.path).parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise DatabaseUnavailable(self.name, str(error), "choose another path") from error
        try:
            for number in range(1 + self._reader_count):
                connection = _Connection(self.name, f"sqlite-{number}", self._timeout)
                self._connections.append(connection)
                await connection.open(self.path, is_writer=number == 0)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Closes every connection; closing twice does nothing."""
        connections, self._connections = self._connections, []
        for connection in reversed(connections):
            await connection.close()

    def _reader(self) -> _Connection:
        self._turn += 1
        return self._connection(1 + self._turn % self._reader_count)

    def _connection(self, number: int) -> _Connection:
        if number >= len(self._connections):
            raise DatabaseUnavailable(self.name, "it is closed", "open it first")
        return self._connections[number]

    async def fetch(self, sql: str, arguments: Sequence[Any] = ()) -> Sequence[Sequence[Any]]:
        """Runs a reading statement and returns all its rows."""
        if self._reader_count:
            return await self._reader().fetch(sql, arguments)
        async with self._writing:
            return await self._connection(0).fetch(sql, arguments)

    async def execute(self, sql: str, arguments: Sequence[Any] = ()) -> int:
        """Runs a writing statement by itself and returns how many rows it touched."""
        async with self._writing:
            return await self._connection(0).execute(sql, arguments)

    async def returning(self, sql: str, arguments: Sequence[Any] = ()) -> Sequence[Sequence[Any]]:
        """Runs a writing statement by itself and returns the rows that it returns."""
        async with self._writing:
            return await self._connection(0).fetch(sql, arguments)

    async def write_all(self, writes: Sequence[Write]) -> None:
        """Runs writes as one, with those of all who wait by one visit of the writing thread."""
        with _observed(writes):
            try:
                await self._commits.make(writes)
            except (sqlite3.Error, OverflowError) as error:
                self._connection(0).refuse(error)

    @asynccontextmanager
    async def transaction(
        self, *, is_bulk: bool = False, is_exact: bool = True, turns: Sequence[str] = ()
    ) -> AsyncIterator[Transaction]:
        """Begins a transaction; all other writers wait in line, whatever they wait for."""
        async with self._writing:
            connection = self._connection(0)
            try:
                if is_bulk:
                    connection.timeout = inf
                    await connection.arrange(_IN_BULK)
                # Inside of the block: a caller who gives up while it waits leaves nothing open.
                await connection.execute("BEGIN IMMEDIATE")
                yield connection
                await finished(connection.execute("COMMIT"))
            except BaseException:
                await asyncio.shield(connection.rollback())
                raise
            finally:
                if is_bulk:
                    connection.timeout = self._timeout
                    await asyncio.shield(connection.arrange(_USUALLY))

    async def describe(self) -> dict[str, dict[str, str]]:
        """Describes the tables that are there: by table, what there is and how it is."""
        tables: dict[str, dict[str, str]] = {}
        for name, sql in await self.fetch(
            "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        ):
            columns = await self.fetch(
                'SELECT name, type, "notnull" FROM pragma_table_info(?)', (name,)
            )
            known = {
                f"column {column}": type_ + (" NOT NULL" if required else "")
                for column, type_, required in columns
            }
            known |= {f"constraint {each}": how for each, how in _constraints(sql).items()}
            indexes = await self.fetch(
                "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL",
                (name,),
            )
            triggers = await self.fetch(_TRIGGERS, (name, f"{name}{TRIGGER}%"))
            tables[str(name)] = (
                known
                | {f"index {index}": "" for (index,) in indexes}
                | {f"trigger {trigger}": "" for (trigger,) in triggers}
            )
        return tables

    async def create(self, tables: Any, writes: Sequence[Write] = ()) -> AsyncIterator[str]:
        """Creates tables, in one transaction, and yields the name of each."""
        async with self.transaction() as transaction:
            for some in batched(creation_statements(tables, self.dialect), _VISIT):
                await transaction.write_all([Write(statement) for _, statement in some])
                for name, _ in some:
                    yield name
            await transaction.write_all(writes)


class _Connection:
    """One connection in a thread of its own."""

    def __init__(self, name: str, thread: str, timeout: float) -> None:
        self._name, self.timeout = name, timeout
        self._worker = Worker(thread)
        self._deadline = inf
        self._connection: sqlite3.Connection | None = None

    async def open(self, path: str, *, is_writer: bool) -> None:
        await self._run(self._open, path, is_writer)

    def _open(self, path: str, is_writer: bool) -> None:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection = connection
        connection.executescript(_ALWAYS)
        connection.executescript(_USUALLY)
        prepare_connection(connection)
        connection.set_progress_handler(self._is_late, _STEPS)
        connection.execute("SELECT count(*) FROM sqlite_master")
        if is_writer:
            connection.execute("PRAGMA journal_mode=WAL")
        else:
            connection.execute("PRAGMA query_only=ON")

    async def arrange(self, pragmas: str) -> None:
        """Sets how the connection works, outside of a transaction."""
        await self._run(lambda: self._open_connection.executescript(pragmas))

    async def close(self) -> None:
        if self._connection is not None:
            await self._worker.run(self._connection.close)
            self._connection = None
        await self._worker.stop()

    async def _run(self, function: Any, *arguments: Any) -> Any:
        try:
            return await self._worker.run(self._in_time, function, *arguments)
        except (sqlite3.Error, OverflowError) as error:
            self.refuse(error)

    def _in_time(self, function: Any, *arguments: Any) -> Any:
        """Calls a function in the thread; SQLite stops what it runs when its time is over."""
        self._deadline = perf_counter() + self.timeout
        try:
            return function(*arguments)
        finally:
            self._deadline = inf

    def _is_late(self) -> bool:
        return perf_counter() > self._deadline

    def refuse(self, error: sqlite3.Error | OverflowError) -> NoReturn:
        """Raises an error of the driver as one of ours; a mistake of our own as it is."""
        if isinstance(error, sqlite3.IntegrityError):
            raise _constraint(error) from error
        if isinstance(error, OverflowError):
            raise ConstraintBroken(Constraint.OTHER, (), str(error)) from error
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        is_mistake = isinstance(error, sqlite3.ProgrammingError | sqlite3.InterfaceError)
        if is_mistake or code == sqlite3.SQLITE_ERROR:
            raise error
        if code == sqlite3.SQLITE_INTERRUPT:
            found = f"it took longer than {self.timeout:g} seconds"
            raise DatabaseUnavailable(self._name, found, "ask for less") from error
        raise DatabaseUnavailable(self._name, str(error), _MENDS.get(code, "")) from error

    async def fetch(self, sql: str, arguments: Sequence[Any] = ()) -> Sequence[Sequence[Any]]:
        with ObservedStatement("sqlite", sql):
            rows: list[tuple[Any, ...]] = await self._run(
                _fetch, self._open_connection, sql, arguments
            )
        return rows

    async def returning(self, sql: str, arguments: Sequence[Any] = ()) -> Sequence[Sequence[Any]]:
        return await self.fetch(sql, arguments)

    async def execute(self, sql: str, arguments: Sequence[Any] = ()) -> int:
        with ObservedStatement("sqlite", sql):
            count: int = await self._run(_execute, self._open_connection, sql, arguments)
        return count

    async def write_all(self, writes: Sequence[Write]) -> None:
        with _observed(writes):
            await self._run(write_in_turn, self._open_connection, writes)

    async def commit_each(self, commits: Sequence[Sequence[Write]]) -> Any:
        """Makes several commits by one visit, and returns what came of each."""
        connection = self._open_connection
        return await self._worker.run(self._in_time, commit_each, connection, commits)

    async def load_rows(
        self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
    ) -> None:
        await self.load_packed(table, columns, list(zip(*rows, strict=True)))

    async def load_packed(self, table: str, columns: Sequence[str], packed: Any) -> None:
        await self._run(load_columns, self._open_connection, table, columns, packed)

    async def rollback(self) -> None:
        await self._worker.run(self._rollback)

    def _rollback(self) -> None:
        if self._open_connection.in_transaction:
            self._open_connection.execute("ROLLBACK")

    @property
    def _open_connection(self) -> sqlite3.Connection:
        if self._connection is None:
            raise DatabaseUnavailable(self._name, "it is closed", "open it first")
        return self._connection


def _fetch(
    connection: sqlite3.Connection, sql: str, arguments: Sequence[Any]
) -> list[tuple[Any, ...]]:
    return connection.execute(sql, arguments).fetchall()


def _execute(connection: sqlite3.Connection, sql: str, arguments: Sequence[Any] = ()) -> int:
    return connection.execute(sql, arguments).rowcount


def _observed(writes: Sequence[Write]) -> ObservedStatement:
    """Observes writes as the one visit to the thread that they are."""
    return ObservedStatement("sqlite", ";\n".join([each.text for each in writes]))


def _constraints(sql: str) -> dict[str, str]:
    """Reads the constraints of a table out of the statement that has made it."""
    found = {}
    for name, kind, rest in _CONSTRAINTS.findall(sql):
        refers = _REFERS.match(rest)
        columns = ", ".join(each.strip(' "') for each in rest.partition(")")[0].split(","))
        is_key = kind.upper() == "PRIMARY KEY"
        found[name] = f"to {refers[1]}" if refers else f"({columns})" if is_key else ""
    return found


def _constraint(error: sqlite3.IntegrityError) -> ConstraintBroken:
    said = str(error)
    unique = _UNIQUE.search(said)
    if unique:
        named = [each.rpartition(".") for each in unique[1].split(", ")]
        columns = [column for _, _, column in named]
        return ConstraintBroken(Constraint.UNIQUE, columns, said, named[0][0])
    kind = Constraint.FOREIGN_KEY if said.startswith("FOREIGN KEY") else Constraint.OTHER
    return ConstraintBroken(kind, (), said)
