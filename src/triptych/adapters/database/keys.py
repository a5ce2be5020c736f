"""Primary keys that are made when the rows are there, not while they are written."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.schema import AddConstraint, CreateIndex, DropConstraint, DropIndex

from triptych.adapters.database.database import Transaction
from triptych.adapters.database.dialect import Dialect

# How SQLite calls the index by which it keeps the key of a table.
_OWN_INDEX = "sqlite_autoindex_{}_1"
_IS_KEPT = """
SELECT 1 FROM sqlite_master AS t, pragma_table_list(t.name) AS l, pragma_index_list(t.name) AS i
WHERE t.type = 'table' AND t.name = ? AND instr(t.sql, ?) AND NOT l.wr
AND i.name = ? AND i.origin = 'pk'
"""
_REWORD = "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = ?"
_RENAME = "UPDATE sqlite_master SET name = ?, sql = ? WHERE type = 'index' AND name = ?"


class PrimaryKey(Protocol):
    """The primary key of a table that is empty and about to be filled."""

    async def drop(self) -> None:
        """Drops the key, where it can be."""
        ...

    async def make(self) -> None:
        """Makes the key again, if it was dropped.

        Raises:
            ConstraintBroken: Two rows have the same.
        """
        ...


def primary_key(table: sa.Table, transaction: Transaction, dialect: Dialect) -> PrimaryKey:
    """Returns the key of a table, to be dropped and made again within one transaction."""
    kind = _RewordedKey if dialect.name == "sqlite" else _AlteredKey
    return kind(table.primary_key, transaction, dialect)


class _AlteredKey:
    """A key that the database drops and makes when it is told to."""

    def __init__(
        self, key: sa.PrimaryKeyConstraint, transaction: Transaction, dialect: Dialect
    ) -> None:
        self._key, self._transaction, self._dialect = key, transaction, dialect

    async def drop(self) -> None:
        await self._run(DropConstraint(self._key))

    async def make(self) -> None:
        await self._run(AddConstraint(self._key, isolate_from_table=False))

    async def _run(self, statement: sa.schema.DDLElement) -> None:
        await self._transaction.execute(str(statement.compile(dialect=self._dialect.sql)))


class _RewordedKey(_AlteredKey):
    """A key of SQLite, which cannot alter one: the words of its schema are changed instead.

    SQLite keeps a declared key by a unique index that has a name of its own and no words. So an
    index that has both becomes that of the key, and the other way round, by three cells of the
    table that holds the schema. All of it is one transaction's, which ends with the schema it
    began with, to the letter; a reader meanwhile sees the one before.
    """

    def __init__(
        self, key: sa.PrimaryKeyConstraint, transaction: Transaction, dialect: Dialect
    ) -> None:
        super().__init__(key, transaction, dialect)
        self._table = str(key.table.name)
        added = AddConstraint(key, isolate_from_table=False).compile(dialect=dialect.sql)
        self._declared = str(added).partition(" ADD ")[2]
        self._instead = self._declared.partition(" PRIMARY KEY ")[0] + " CHECK (true)"
        columns: list[sa.Column[object]] = [sa.Column(each.name) for each in key.columns]
        sa.Table(self._table, sa.MetaData(), *columns)
        self._index = sa.Index(f"{self._table}__key", *columns, unique=True)
        self._own = _OWN_INDEX.format(self._table)
        self._is_dropped = False

    async def drop(self) -> None:
        """Drops the key, unless SQLite keeps it by the rows themselves, or guards its schema."""
        execute = self._transaction.execute
        found = (self._table, self._declared, self._own)
        if not await self._transaction.fetch(_IS_KEPT, found):
            return
        words = str(CreateIndex(self._index).compile(dialect=self._dialect.sql))
        try:
            async with self._schema_opened():
                await execute(_REWORD, (self._declared, self._instead, self._table))
                await execute(_RENAME, (self._index.name, words, self._own))
        except sqlite3.OperationalError:
            return  # It was told to guard its schema, and has changed nothing.
        await self._run(DropIndex(self._index))
        self._is_dropped = True

    async def make(self) -> None:
        if self._is_dropped:
            execute = self._transaction.execute
            await self._run(CreateIndex(self._index))
            async with self._schema_opened():
                await execute(_RENAME, (self._own, None, self._index.name))
                await execute(_REWORD, (self._instead, self._declared, self._table))
            self._is_dropped = False

    @asynccontextmanager
    async def _schema_opened(self) -> AsyncIterator[None]:
        """Lets the schema be written, which is read anew at the end, and must hold together."""
        await self._transaction.execute("PRAGMA writable_schema=ON")
        try:
            yield
        finally:
            await self._transaction.execute("PRAGMA writable_schema=RESET")
