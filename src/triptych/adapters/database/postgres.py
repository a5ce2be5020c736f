"""PostgreSQL through asyncpg: a pool, and no round trip more than needed."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from io import BytesIO
from typing import Any, Literal
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from triptych.adapters.database.bundling import together
from triptych.adapters.database.database import (
    Collided,
    Constraint,
    ConstraintBroken,
    Transaction,
    Write,
    finished,
)
from triptych.adapters.database.dialect import Dialect
from triptych.adapters.database.postgres_dialect import PostgresDialect
from triptych.adapters.database.schema import creation_statements
from triptych.domain.errors import DatabaseUnavailable
from triptych.infrastructure.monitoring import ObservedStatement

_COLUMNS = re.compile(r"Key \((.*?)\)=")
_LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    ConnectionError,
)
_TOGETHER = 16
_FASTER = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
_REFUSED = (
    OSError,
    TimeoutError,
    ValueError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
)
_ISOLATIONS: dict[bool, Literal["serializable", "read_committed"]] = {
    True: "serializable",
    False: "read_committed",
}
_DESCRIBE = """
SELECT c.relname, 'column ' || a.attname,
       upper(format_type(a.atttypid, a.atttypmod)) || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
  AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT c.relname, 'constraint ' || k.conname, ''
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
WHERE c.relnamespace = current_schema()::regnamespace AND k.contype IN ('p', 'u', 'c', 'f')
UNION ALL
SELECT c.relname, 'index ' || i.relname, ''
FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
WHERE c.relnamespace = current_schema()::regnamespace
  AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = x.indexrelid AND k.contype IN ('p', 'u'))
"""


class PostgresDatabase:
    """A PostgreSQL database, 14 or later, or what speaks its protocol.

    Reads and single writes run without `BEGIN`; a transaction takes one connection for as long
    as it lasts. A read whose connection was lost is tried once more on another.

    Args:
        url: `postgresql://user:password@host:port/database`; further parameters, such as
            `?search_path=sales`, are settings of the session.
        connections: The most that are open at the same time.
        timeout: Seconds that a statement may take.
    """

    def __init__(self, url: str, *, connections: int = 10, timeout: float = 30.0) -> None:
        self.name = f"PostgreSQL {_without_password(url)}"
        self.dialect: Dialect = PostgresDialect()
        self._idle = _Connections(url, connections, timeout)

    async def open(self) -> None:
        """Connects.

        Raises:
            DatabaseUnavailable: The server cannot be reached, or refuses.
        """
        self._idle.open()
        try:
            self._idle.give(await self._idle.take())
        except _REFUSED as error:
            raise DatabaseUnavailable(
                self.name, str(error) or "no answer", "check the address and that it runs"
            ) from error

    async def close(self) -> None:
        """Closes every connection; closing twice does nothing."""
        await self._idle.close()

    async def fetch(self, sql: str, arguments: Sequence[Any] = ()) -> Sequence[Sequence[Any]]:
        """Runs a reading statement and returns all its rows."""
        try:
            return await self._fetch(sql, arguments)
        except _LOST:
            with self._translated():
                return await self._fetch(sql, arguments)

    async def _fetch(self, sql: str, arguments: Sequence[Any]) -> Sequence[Sequence[Any]]:
        rows: Sequence[Sequence[Any]] = await self._run("fetch", sql, arguments)
        return rows

    async def execute(self, sql: str, arguments: Sequence[Any] = ()) -> int:
        """Runs a writing statement by itself and returns how many rows it touched."""
        with self._translated():
            return _count(await self._run("execute", sql, arguments))

    async def returning(self, sql: str, arguments: Sequence[Any] = ()) -> Sequence[Sequence[Any]]:
        """Runs a writing statement by itself and returns the rows that it returns."""
        with self._translated():
            return await self._fetch(sql, arguments)

    async def write_all(self, writes: Sequence[Write]) -> None:
        """Runs writes as one, in a transaction of their own."""
        async with self.transaction() as transaction:
            await transaction.write_all(writes)

    async def _run(self, method: str, sql: str, arguments: Sequence[Any]) -> Any:
        if not self._idle.is_open:
            raise DatabaseUnavailable(self.name, "it is closed", "open it first")
        connection = await self._idle.take()
        try:
            with ObservedStatement("postgresql", sql):
                result = await getattr(connection, method)(sql, *arguments)
        except BaseException as error:
            self._idle.give(connection, is_sound=_is_sound(error))
            raise
        self._idle.give(connection)
        return result

    @asynccontextmanager
    async def transaction(
        self, *, is_bulk: bool = False, is_exact: bool = True, turns: Sequence[str] = ()
    ) -> AsyncIterator[Transaction]:
        """Begins a transaction on a connection of its own."""
        if not self._idle.is_open:
            raise DatabaseUnavailable(self.name, "it is closed", "open it first")
        with self._translated():
            connection = await self._idle.take()
            try:
                async with _turns(connection, turns):
                    begun = connection.transaction(isolation=_ISOLATIONS[is_exact and not is_bulk])
                    await begun.start()
                    try:
                        yield _Transaction(connection, self._translated)
                    except BaseException:
                        await _rolled_back(connection, begun)
                        raise
                    await finished(begun.commit())
            except BaseException as error:
                is_sound = not isinstance(error, (asyncio.CancelledError, *_LOST))
                self._idle.give(connection, is_sound=is_sound)
                raise
            self._idle.give(connection)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except asyncpg.IntegrityConstraintViolationError as error:
            raise _constraint(error) from error
        except _FASTER as error:
            raise Collided from error
        except _LOST as error:
            mend = "check that the server runs, then try again"
            raise DatabaseUnavailable(
                self.name, f"the connection was lost ({error})", mend
            ) from error
        except (asyncpg.InsufficientResourcesError, asyncpg.ReadOnlySQLTransactionError) as error:
            raise DatabaseUnavailable(
                self.name, str(error), "make room, or lift the limit"
            ) from error
        except (asyncpg.QueryCanceledError, TimeoutError, OSError) as error:
            raise DatabaseUnavailable(
                self.name, str(error) or "it took too long", "try again"
            ) from error

    async def describe(self) -> dict[str, dict[str, str]]:
        """Describes the tables that are there: by table, what there is and how it is."""
        tables: dict[str, dict[str, str]] = {}
        for table, part, how in await self.fetch(_DESCRIBE):
            tables.setdefault(table, {})[part] = how
        return tables

    async def create(self, tables: Any) -> AsyncIterator[str]:
        """Creates tables, in one transaction, and yields the name of each."""
        async with self.transaction() as transaction:
            for name, statement in creation_statements(tables, self.dialect):
                await transaction.execute(statement)
                yield name


class _Connections:
    """Open connections that wait for work; the last one back is the first one out.

    A pool that resets each session would cost a round trip a statement; statements here leave
    nothing behind that would have to be reset.
    """

    def __init__(self, url: str, most: int, timeout: float) -> None:
        self._url, self._most, self._timeout = url, most, timeout
        # A semaphore serves its waiters in turn; a caller that asks in a loop starves nobody.
        self._free = asyncio.Semaphore(0)
        self._idle: list[asyncpg.Connection[Any]] = []
        self.is_open = False

    def open(self) -> None:
        """Allows as many connections as there may be; each is made when it is first needed."""
        if not self.is_open:
            self.is_open = True
            for _ in range(self._most):
                self._free.release()

    async def take(self) -> asyncpg.Connection[Any]:
        """Waits for a connection and returns it; whoever takes it gives it back."""
        await self._free.acquire()
        connection = self._idle.pop() if self._idle else None
        if connection is not None and not connection.is_closed():
            return connection
        try:
            return await self._connect()
        except BaseException:
            self._free.release()
            raise

    async def _connect(self) -> asyncpg.Connection[Any]:
        settings = {
            "TimeZone": "UTC",
            "application_name": "triptych",
            "statement_timeout": str(int(self._timeout * 1000)),
        }
        return await asyncpg.connect(self._url, timeout=self._timeout, server_settings=settings)

    def give(self, connection: asyncpg.Connection[Any], *, is_sound: bool = True) -> None:
        """Gives a connection back; one that may be in the middle of something is ended."""
        if is_sound:
            self._idle.append(connection)
        else:
            connection.terminate()
        self._free.release()

    async def close(self) -> None:
        """Waits for every connection and closes it."""
        if not self.is_open:
            return
        self.is_open = False
        for _ in range(self._most):
            await self._free.acquire()
        while self._idle:
            await self._idle.pop().close()


class _Transaction:
    """One open transaction."""

    def __init__(self, connection: Any, translated: Any) -> None:
        self._connection = connection
        self._translated = translated

    async def fetch(self, sql: str, arguments: Sequence[Any] = ()) -> Sequence[Sequence[Any]]:
        with self._translated(), ObservedStatement("postgresql", sql):
            rows: Sequence[Sequence[Any]] = await self._connection.fetch(sql, *arguments)
            return rows

    async def returning(self, sql: str, arguments: Sequence[Any] = ()) -> Sequence[Sequence[Any]]:
        return await self.fetch(sql, arguments)

    async def execute(self, sql: str, arguments: Sequence[Any] = ()) -> int:
        with self._translated(), ObservedStatement("postgresql", sql):
            return _count(await self._connection.execute(sql, *arguments))

    async def write_all(self, writes: Sequence[Write]) -> None:
        start = 0
        while start < len(writes):
            end = start + 1
            while end < min(len(writes), start + _TOGETHER) and not writes[end].is_alone:
                end += 1
            for place, found in enumerate(await self._counts(writes[start:end]), start):
                wanted = writes[place].rows
                if wanted is not None and found != wanted:
                    raise Collided(place)
            start = end

    async def _counts(self, writes: Sequence[Write]) -> Sequence[int]:
        """Runs writes by one statement, and returns how many rows each has touched."""
        if len(writes) == 1:
            return [await self.execute(writes[0].text, writes[0].arguments)]
        text = together(tuple([each.text for each in writes]))
        arguments = [value for each in writes for value in each.arguments]
        (counts,) = await self.fetch(text, arguments)
        return list(counts)

    async def load_rows(
        self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
    ) -> None:
        with self._translated():
            await self._connection.copy_records_to_table(table, records=rows, columns=columns)

    async def load_frame(self, table: str, frame: Any) -> None:
        text = BytesIO(frame.write_csv(include_header=False, quote_style="non_numeric").encode())
        with self._translated():
            await self._connection.copy_to_table(
                table, source=text, columns=frame.columns, format="csv"
            )


async def _rolled_back(connection: Any, begun: Any) -> None:
    """Rolls a transaction back; a connection that cannot is of no more use."""
    try:
        await begun.rollback()
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        connection.terminate()


@asynccontextmanager
async def _turns(connection: Any, names: Sequence[str]) -> AsyncIterator[None]:
    """Waits in line before a transaction begins: within one, what is seen may be old by then."""
    digests = (hashlib.sha256(name.encode()).digest() for name in names)
    numbers = sorted({int.from_bytes(each[:8], signed=True) for each in digests})
    try:
        for number in numbers:
            await connection.execute("SELECT pg_advisory_lock($1)", number)
        yield
    finally:
        # A connection that was lost, or is ended because of an error, has let go already.
        if numbers and not connection.is_closed() and not connection.is_in_transaction():
            await connection.execute("SELECT pg_advisory_unlock_all()")


def _is_sound(error: BaseException) -> bool:
    """Tells whether a connection can be used again after an error."""
    # A server that shuts down says so as any other error, and hangs up a moment later.
    return isinstance(error, asyncpg.PostgresError) and not isinstance(error, _LOST)


def _constraint(error: asyncpg.IntegrityConstraintViolationError) -> ConstraintBroken:
    said = error.detail or str(error)
    if isinstance(error, asyncpg.UniqueViolationError):
        found = _COLUMNS.search(said)
        columns = found[1].split(", ") if found else ()
        return ConstraintBroken(Constraint.UNIQUE, columns, said, error.table_name or "")
    is_link = isinstance(error, asyncpg.ForeignKeyViolationError)
    kind = Constraint.FOREIGN_KEY if is_link else Constraint.OTHER
    return ConstraintBroken(kind, (), said, error.table_name or "")


def _count(tag: str) -> int:
    last = tag.rpartition(" ")[2]
    return int(last) if last.isdigit() else 0


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))
