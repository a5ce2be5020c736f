"""The tables of an application in one database: as they are, and as the code wants them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from triptych.adapters.database.database import Database, Write
from triptych.adapters.database.memory import Kinds, Memory
from triptych.adapters.migrations.comparing import Comparison, compare
from triptych.adapters.migrations.found import (
    FoundTable,
    read_found,
    under_new_names,
)
from triptych.adapters.migrations.operations import Move
from triptych.adapters.migrations.postgres_moves import postgres_moves
from triptych.adapters.migrations.running import VERSION, Told, run_one_by_one, run_together
from triptych.adapters.migrations.sqlite_moves import sqlite_moves
from triptych.adapters.migrations.wanted import WantedTable, wanted_tables
from triptych.adapters.objects.sql import SqlStore
from triptych.domain.migrations import Phase

# A process that is killed lets go of the lock at once; what it has begun outside of a transaction,
# such as an index, the server goes on with. Such statements hold a table by a mode of their own.
_TAKE_TURN = """
SELECT pg_try_advisory_xact_lock(hashtextextended('triptych ' || current_schema(), 0))
AND NOT EXISTS (
    SELECT FROM pg_locks AS held
    JOIN pg_class AS tables ON tables.oid = held.relation
    JOIN pg_namespace AS spaces ON spaces.oid = tables.relnamespace
    JOIN pg_database AS databases ON databases.oid = held.database
    JOIN pg_stat_activity AS sessions ON sessions.pid = held.pid
    WHERE held.mode = 'ShareUpdateExclusiveLock' AND held.pid <> pg_backend_pid()
    AND spaces.nspname = current_schema() AND databases.datname = current_database()
    AND sessions.backend_type IS DISTINCT FROM 'autovacuum worker'
)
"""
_PATIENCE = 0.2


class Schema:
    """The tables of an application in one database.

    Args:
        database: Where they are.
        wanted: As the code wants them, Triptych's own among them.
        memory: How the tables came to be.
    """

    def __init__(self, database: Database, wanted: Sequence[WantedTable], memory: Memory) -> None:
        self.database, self.wanted, self.memory = database, tuple(wanted), memory

    @property
    def kinds(self) -> dict[str, Mapping[str, str]]:
        """What the columns hold as the code says, by table."""
        return {each.name: each.kinds for each in self.wanted}

    async def found(self) -> dict[str, FoundTable]:
        """Reads the tables that are there, with what is remembered of them."""
        described = await self.database.describe()
        kinds: Kinds = {}
        if self.memory.table.name in described:
            kinds = await self.memory.kinds(self.database)
        names = {each.name: (each.before, each.renamed) for each in self.wanted}
        return read_found(described, under_new_names(kinds, names))

    async def compare(self) -> Comparison:
        """Compares the tables that are there with those that the code wants."""
        return compare(await self.found(), self.wanted, self.database.dialect)

    def moves(self, comparison: Comparison, rows: Mapping[str, int]) -> list[Move]:
        """Makes the moves of a migration, in the database's own way."""
        make = sqlite_moves if self.is_one_file else postgres_moves
        return make(comparison, rows, self.database.dialect)

    @property
    def is_one_file(self) -> bool:
        """Whether all is done in one transaction, or each step by itself."""
        return self.database.dialect.name == "sqlite"

    async def is_expanded(self) -> bool:
        """Tells whether all that is missing is what may come when the earlier code has ended."""
        comparison = await self.compare()
        moves = self.moves(comparison, {})
        return not self.is_one_file and all(each.step.phase is Phase.CONTRACT for each in moves)

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Waits in line for others who migrate, and for what a killed one has begun.

        SQLite's one writer is that line.

        Whoever waits tries again and again, each time in a transaction of its own: one that lasts
        would hold up every index that the one before builds concurrently.
        """
        while not self.is_one_file:
            async with self.database.transaction(is_exact=False) as transaction:
                if (await transaction.fetch(_TAKE_TURN))[0][0]:
                    # What was fetched last holds its snapshot until something else is run.
                    await transaction.execute("SET LOCAL lock_timeout = 0")
                    yield
                    return
            await asyncio.sleep(_PATIENCE)
        yield

    async def version(self) -> int:
        """Reads how often tables have changed, where all that is done is done together."""
        return int((await self.database.fetch(VERSION))[0][0]) if self.is_one_file else 0

    async def run(
        self, moves: Sequence[Move], version: int, kinds: Kinds, actor: str, tell: Told
    ) -> None:
        """Makes moves, and remembers them.

        Args:
            moves: What is done.
            version: Of the tables that they were made for.
            kinds: What the columns hold afterwards.
            actor: Who does it.
            tell: Is told each move, and how many rows it has worked out.

        Raises:
            Collided: The tables are others by now.
            InvalidInput: A row does not fit.
            DatabaseUnavailable: Somebody holds a table all the time.
        """
        ended = self.memory.remember(
            actor, [f"{each.step.table}: {each.step.about}" for each in moves], kinds
        )
        if self.is_one_file:
            await run_together(self.database, moves, version, ended, tell)
            return
        known = kinds_of(await self.found())

        def learned(fact: tuple[str, str, str]) -> Write:
            table, column, kind = fact
            known.setdefault(table, {})[column] = kind
            return self.memory.remember(actor, [], known)

        await run_one_by_one(self.database, moves, learned, tell)
        await self.database.write_all([ended])


def schema_of(store: SqlStore) -> Schema:
    """Returns the tables of a store, as they are and as the code wants them.

    Example:
        ```python
        from triptych import open_store
        from triptych.adapters.migrations.schema import schema_of

        schema = schema_of(open_store("flights", "sqlite:///:memory:"))
        assert "flights__history" in schema.kinds
        ```
    """
    stored = [each.stored for each in store.access.values()]
    dialect = store.database.dialect
    wanted = wanted_tables(stored, store.options, store.own_tables, dialect)
    return Schema(store.database, wanted, store.memory)


def kinds_of(found: Mapping[str, FoundTable]) -> dict[str, dict[str, str]]:
    """Returns what is remembered of the tables that are there.

    Example:
        ```python
        from triptych.adapters.migrations.found import read_found
        from triptych.adapters.migrations.schema import kinds_of

        found = read_found({"t": {"column a": "TEXT"}}, {"t": {"a": "str"}})
        assert kinds_of(found) == {"t": {"a": "str"}}
        ```
    """
    return {
        name: {column: each.kind for column, each in table.columns.items() if each.kind}
        for name, table in found.items()
        if table.is_ours
    }
