"""Repositories over a database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import sqlalchemy as sa

from triptych.adapters.database.database import (
    Constraint,
    ConstraintBroken,
    Database,
    Executor,
)
from triptych.adapters.database.schema import differences, expected_schema
from triptych.adapters.expression.reader import RuleReader
from triptych.adapters.objects.access import make_access
from triptych.adapters.objects.integrity import Journal, broken_links, explained
from triptych.adapters.objects.objectset import ReadingRepository
from triptych.adapters.objects.repository import Repositories
from triptych.adapters.objects.sql_reading import SqlReader
from triptych.adapters.objects.tables import Table
from triptych.domain.errors import (
    Misconfigured,
    ObjectMissing,
    ObjectStale,
    SchemaMismatch,
)
from triptych.domain.expression.nodes import TextChange, walk
from triptych.domain.ontology import Ontology

_CHUNK = 500
_STREAMED = 500


class SqlStore:
    """Everything that is kept of an ontology in one database.

    Args:
        ontology: What is kept.
        database: Where.
        tables: What the application says about some of the tables.
    """

    def __init__(
        self, ontology: Ontology, database: Database, tables: Iterable[Table] = ()
    ) -> None:
        self.ontology = ontology
        self.database = database
        self.rules = RuleReader(ontology)
        self.access = make_access(self.rules, database.dialect, tables)

    async def open(self) -> None:
        """Connects; makes the tables where there are none.

        Raises:
            SchemaMismatch: There are tables, and they are not as the code says.
            Misconfigured: A rule asks for something that this database cannot do.
            DatabaseUnavailable: The database cannot be reached, read or written.
        """
        self._check_rules()
        await self.database.open()
        try:
            await self._prepare()
        except BaseException:
            await self.database.close()
            raise

    def _check_rules(self) -> None:
        """Checks that the database can be asked by the rules of the domain."""
        idioms = self.database.dialect.idioms
        for each in self.ontology.rules:
            for node in walk(self.rules.understand(each.python).expression):
                if isinstance(node, TextChange):
                    try:
                        idioms.change(node.change, sa.literal(""))
                    except Misconfigured as error:
                        raise Misconfigured(f"{node.place}: {error}") from None

    async def _prepare(self) -> None:
        tables = [
            table
            for each in self.access.values()
            for table in (each.stored.table, *each.stored.joined.values())
        ]
        expected = expected_schema(tables, self.database.dialect)
        found = await self.database.describe()
        if not set(expected) & set(found):
            try:
                async for _ in self.database.create(tables):
                    pass
            except Exception:
                # Another process that starts at the same time may have been faster.
                found = await self.database.describe()
                if not set(expected) & set(found):
                    raise
            else:
                return
        told = differences(expected, found)
        if told:
            raise SchemaMismatch(self.database.name, told)

    async def close(self) -> None:
        """Lets go of everything; closing twice does nothing."""
        await self.database.close()

    def repository[T](self, of: type[T]) -> SqlRepository[T]:
        """Makes a repository of an entity or relationship; each writing call holds by itself."""
        return SqlRepository(self, self.ontology.object_type(of).name, self.database, None)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Repositories]:
        """Begins a transaction whose repositories see its own writes."""
        journal = Journal()
        try:
            async with self.database.transaction() as transaction:
                yield _TransactionRepositories(self, transaction, journal)
        except ConstraintBroken as error:
            if error.constraint is Constraint.FOREIGN_KEY:
                broken = await broken_links(self.ontology, self.access, self.database, journal)
                if broken:
                    raise broken from error
            raise


class _TransactionRepositories:
    def __init__(self, store: SqlStore, executor: Executor, journal: Journal) -> None:
        self._store, self._executor, self._journal = store, executor, journal

    def repository[T](self, of: type[T]) -> SqlRepository[T]:
        name = self._store.ontology.object_type(of).name
        return SqlRepository(self._store, name, self._executor, self._journal)


class SqlRepository[T](ReadingRepository[T]):
    """All objects of one type in a database; see `Repository` for what each call does."""

    def __init__(
        self, store: SqlStore, name: str, executor: Executor, journal: Journal | None
    ) -> None:
        super().__init__(SqlReader(store.rules, store.access, name, executor))
        self._store = store
        self._access = store.access[name]
        self._executor = executor
        self._journal = journal

    async def add(self, added: T) -> T:
        """Writes a new object."""
        cells = self._access.cells(added)
        key = self._access.key_of(added)
        statement = self._access.statements.insert()
        values = {f"c_{name}": cell for name, cell in cells.items()}
        async with self._written(added, cells) as executor:
            await executor.execute(statement.text, statement.arguments(values))
        self._reader.versions[key] = 1
        return added

    async def save(self, saved: T, *, version: int | None = None) -> T:
        """Writes an object that is there already."""
        cells = self._access.cells(saved)
        key = self._access.key_of(saved)
        at = self.version(key) if version is None else version
        statement = self._access.statements.update()
        values = {f"c_{name}": cell for name, cell in cells.items()}
        values |= self._access.key_cells(key) | {"version": at}
        async with self._written(saved, cells) as executor:
            if not await executor.execute(statement.text, statement.arguments(values)):
                raise await self._lost(executor, key, at)
        self._reader.versions[key] = at + 1
        return saved

    @asynccontextmanager
    async def _written(self, of: T, cells: Mapping[str, Any]) -> AsyncIterator[Executor]:
        """Runs the statement of one write, and those of its links to many, as one."""
        key = self._access.key_of(of)
        journal = self._journal or Journal()
        journal.write(self._access.object_type.name, key, of)
        try:
            if self._journal or not self._access.stored.joined:
                yield self._executor
                await self._fill(self._executor, key, cells)
            else:
                async with self._store.database.transaction() as transaction:
                    yield transaction
                    await self._fill(transaction, key, cells)
        except ConstraintBroken as error:
            links = await broken_links(
                self._store.ontology, self._store.access, self._store.database, journal
            )
            raise explained(error, self._access, key, links) from error

    async def _fill(self, executor: Executor, key: Any, cells: Mapping[str, Any]) -> None:
        """Writes the links to many anew."""
        for name in self._access.stored.joined:
            clear = self._access.statements.clear_joined(name)
            fill = self._access.statements.fill_joined(name)
            owner = self._access.key_cells(key)
            await executor.execute(clear.text, clear.arguments(owner))
            owned = {f"owner_{cell.removeprefix('k_')}": value for cell, value in owner.items()}
            for place, target in enumerate(cells[self._access.layout.column((name,)).name]):
                row = {**owned, "place": place, "target": target}
                await executor.execute(fill.text, fill.arguments(row))

    async def _lost(self, executor: Executor, key: Any, version: int) -> Exception:
        """Says why a guarded write met no row."""
        statement = self._access.one_statement()
        arguments = statement.arguments(self._access.one_arguments(key))
        name = self._access.object_type.name
        if await executor.fetch(statement.text, arguments):
            return ObjectStale(name, key, version)
        return ObjectMissing(name, key)

    async def remove(self, key: Any, *, version: int | None = None) -> None:
        """Removes an object by its id."""
        at = self._reader.versions.get(key) if version is None else version
        statement = self._access.statements.delete(is_guarded=at is not None)
        values = self._access.key_cells(key) | {"version": at}
        journal = self._journal or Journal()
        journal.remove(self._access.object_type.name, key)
        try:
            if not await self._executor.execute(statement.text, statement.arguments(values)):
                raise await self._lost(self._executor, key, at or 0)
        except ConstraintBroken as error:
            links = await broken_links(
                self._store.ontology, self._store.access, self._store.database, journal
            )
            raise explained(error, self._access, key, links) from error
        self._reader.versions.pop(key, None)
