"""PostgreSQL through asyncpg: a pool, and no round trip more than needed."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Literal
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from triptych.adapters.database.bundling import TOGETHER, can_be_one, guarded, misfit, together
from triptych.adapters.database.connections import Connections, unfit
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
_FASTER = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
)
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
_CANCEL = "SELECT pg_cancel_backend($1)"
_DESCRIBE = """
SELECT c.relname, 'column ' || a.attname,
       upper(format_type(a.atttypid, a.atttypmod)) || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
  AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT c.relname, 'constraint ' || k.conname,
       CASE k.contype
         WHEN 'f' THEN 'to ' || (SELECT relname FROM pg_class WHERE oid = k.confrelid)
         WHEN 'p' THEN '(' || (
           SELECT string_agg(a.attname, ', ' ORDER BY n) FROM unnest(k.conkey) WITH ORDINALITY u(num, n)
           JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num) || ')'
         ELSE '' END
       || CASE WHEN k.convalidated THEN '' ELSE ' not checked yet' END
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
WHERE c.relnamespace = current_schema()::regnamespace AND k.contype IN ('p', 'u', 'c', 'f')
UNION ALL
SELECT c.relname, 'index ' || i.relname, CASE WHEN x.indisvalid THEN '' ELSE 'not whole' END
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
        connections: The most that are open at the same time, half of them for writing; at
            least one for each.
        timeout: Seconds that a statement may take.
    """

    def __init__(self, url: str, *, connections: int = 10, timeout: float = 30.0) -> None:
        self.name = f"PostgreSQL {_without_password(url)}"
        self.dialect: Dialect = PostgresDialect()
        writing = max(connections // 2, 1)
        self._reading = Connections(url, max(connections - writing, 1), timeout, "read committed")
        self._writing = Connections(url, writing, timeout, "serializable")

    async def open(self) -> None:
        """Connects.

        Raises:
            DatabaseUnavailable: The server cannot be reached, or refuses; it is too old, or
                cannot hold every text.
        """
        self._reading.open()
        self._writing.open()
        try:
            connection = await self._reading.take()
        except _REFUSED as error:
            raise DatabaseUnavailable(
                self.name, str(error) or "no answer", "check the address and that it runs"
            ) from error
        reason, mend = unfit(connection)
        self._reading.give(connection, is_sound=not reason)
        if reason:
            raise DatabaseUnavailable(self.name, reason, mend)

    async def close(self) -> None:
        """Closes every connection; closing twice does nothing."""
        await self._reading.close()
        await self._writing.close()

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
        """Runs writes as one: by one statement, if one can be made of them."""
        if not can_be_one(writes):
            async with self.transaction() as transaction:
                await transaction.write_all(writes)
            return
        texts, rows = tuple([e.text for e in writes]), tuple([e.rows for e in writes])
        text, arguments = guarded(texts, rows), [v for each in writes for v in each.arguments]
        with self._translated():
            try:
                await self._commit(text, arguments)
            except asyncpg.InvalidTextRepresentationError as error:
                place = misfit(str(error), rows)
                if place is None:
                    raise
                raise Collided(place) from error

    async def _commit(self, text: str, arguments: Sequence[Any]) -> None:
        """Runs a statement that is a transaction of its own, to its end, whatever that is."""
        connection = await self._taken(self._writing)
        running = asyncio.ensure_future(connection.fetch(text, *arguments))
        is_sound = True
        try:
            with ObservedStatement("postgresql", text):
                await asyncio.shield(running)
        except asyncio.CancelledError:
            # Who gives up must know what became of it: the server is asked to stop, and waited for.
            is_sound = False
            with suppress(*_REFUSED):
                await finished(self._fetch(_CANCEL, [connection.get_server_pid()]))
            if await _has_ended_well(running):
                return
            raise
        except BaseException as error:
            is_sound = _is_sound(error)
            raise
        finally:
            self._writing.give(connection, is_sound=is_sound)

    async def _taken(self, connections: Connections) -> asyncpg.Connection[Any]:
        """Waits for a connection.

        Raises:
            DatabaseUnavailable: The database was closed.
        """
        if not connections.is_open:
            raise DatabaseUnavailable(self.name, "it is closed", "open it first")
        return await connections.take()

    async def _run(self, method: str, sql: str, arguments: Sequence[Any]) -> Any:
        connection = await self._taken(self._reading)
        try:
            with ObservedStatement("postgresql", sql):
                result = await getattr(connection, method)(sql, *arguments)
        except BaseException as error:
            self._reading.give(connection, is_sound=_is_sound(error))
            raise
        self._reading.give(connection)
        return result

    @asynccontextmanager
    async def transaction(
        self, *, is_bulk: bool = False, is_exact: bool = True, turns: Sequence[str] = ()
    ) -> AsyncIterator[Transaction]:
        """Begins a transaction on a connection of its own."""
        with self._translated():
            connection = await self._taken(self._writing)
            try:
                async with _turns(connection, turns):
                    begun = connection.transaction(isolation=_ISOLATIONS[is_exact and not is_bulk])
                    await begun.start()
                    try:
                        if is_bulk:
                            await connection.execute("SET LOCAL statement_timeout = 0")
                        yield _Transaction(connection, self._translated)
                    except BaseException:
                        await _rolled_back(connection, begun)
                        raise
                    await finished(begun.commit())
            except BaseException as error:
                is_sound = not isinstance(error, (asyncio.CancelledError, *_LOST))
                self._writing.give(connection, is_sound=is_sound)
                raise
            self._writing.give(connection)

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

    async def create(self, tables: Any, writes: Sequence[Write] = ()) -> AsyncIterator[str]:
        """Creates tables, in one transaction, and yields the name of each."""
        async with self.transaction() as transaction:
            for name, statement in creation_statements(tables, self.dialect):
                await transaction.execute(statement)
                yield name
            await transaction.write_all(writes)


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
            while end < min(len(writes), start + TOGETHER) and not writes[end].is_alone:
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

    async def load_packed(self, table: str, columns: Sequence[str], packed: Any) -> None:
        with self._translated():
            await self._connection.copy_to_table(
                table, source=packed, columns=columns, format="csv"
            )


async def _has_ended_well(running: asyncio.Future[Any]) -> bool:
    """Tells whether what was to be cancelled came to its end before; else nothing was written.

    Raises:
        PostgresConnectionError: Nobody knows, since the connection was lost.
    """
    try:
        await finished(running)
    except _LOST:
        raise
    except asyncpg.PostgresError:
        return False
    return True


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
