"""Repositories over a database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from triptych.adapters.database.database import (
    Constraint,
    ConstraintBroken,
    Database,
    Executor,
)
from triptych.adapters.database.schema import differences, expected_schema
from triptych.adapters.expression.reader import RuleReader
from triptych.adapters.objects.access import Listing, make_access
from triptych.adapters.objects.asking import read_listing
from triptych.adapters.objects.inclusion import Loader, include
from triptych.adapters.objects.integrity import Journal, broken_links, explained
from triptych.adapters.objects.mapping import decoder
from triptych.adapters.objects.page import Page
from triptych.adapters.objects.paging import check_take, write_cursor
from triptych.adapters.objects.repository import Repositories
from triptych.adapters.objects.tables import Table
from triptych.domain.errors import (
    InvalidInput,
    ObjectMissing,
    ObjectStale,
    Problem,
    SchemaMismatch,
)
from triptych.domain.expression import EVERYTHING, Where
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
        self.access = make_access(ontology, database.dialect, tables)
        self.rules = RuleReader(ontology)

    async def open(self) -> None:
        """Connects; makes the tables where there are none.

        Raises:
            SchemaMismatch: There are tables, and they are not as the code says.
            DatabaseUnavailable: The database cannot be reached, read or written.
        """
        await self.database.open()
        try:
            await self._prepare()
        except BaseException:
            await self.database.close()
            raise

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


class SqlRepository[T]:
    """All objects of one type in a database; see `Repository` for what each call does."""

    def __init__(
        self, store: SqlStore, name: str, executor: Executor, journal: Journal | None
    ) -> None:
        self._store = store
        self._access = store.access[name]
        self._executor = executor
        self._journal = journal
        self._versions: dict[Any, int] = {}

    async def get(self, key: Any) -> T:
        """Reads one object by its id; a relationship by the tuple of its ids."""
        statement = self._access.one_statement()
        arguments = statement.arguments(self._access.one_arguments(key))
        rows = await self._executor.fetch(statement.text, arguments)
        if not rows:
            raise ObjectMissing(self._access.object_type.name, key)
        return self._objects(rows)[0]

    def _objects(self, rows: Sequence[Sequence[Any]]) -> list[T]:
        """Makes objects of rows and remembers their versions."""
        make, key_of = self._access.mapping.make, self._access.key_of
        objects: list[T] = []
        for row in rows:
            made = make(row[1:])
            self._versions[key_of(made)] = row[0]
            objects.append(made)
        return objects

    async def get_many(self, keys: Iterable[Any]) -> dict[Any, T]:
        """Reads objects by their ids; those that are missing are left out."""
        wanted = list(dict.fromkeys(keys))
        names = self._access.object_type.key
        found: dict[Any, T] = {}
        for start in range(0, len(wanted), _CHUNK):
            chunk = wanted[start : start + _CHUNK]
            parts = zip(*chunk, strict=True) if len(names) > 1 else (chunk,)
            where = {f"{name}.in": part for name, part in zip(names, parts, strict=True)}
            # Of several ids, each is asked for by itself: more may come than was wanted.
            listing = replace(self._listing(where, "", {}), order=(), take=len(chunk) ** len(names))
            statement, arguments = self._access.page(listing)
            objects = self._objects(await self._executor.fetch(statement.text, arguments))
            found |= {self._access.key_of(each): each for each in objects}
        return {each: found[each] for each in wanted if each in found}

    async def where_in(self, name: str, values: Sequence[Any], most: int) -> list[T]:
        """Reads the objects whose property is one of some values."""
        objects: list[T] = []
        for start in range(0, len(values), _CHUNK):
            if len(objects) >= most:
                break
            asked = self._listing({f"{name}.in": values[start : start + _CHUNK]}, "", {})
            listing = replace(asked, order=(), take=most - len(objects))
            statement, arguments = self._access.page(listing)
            objects += self._objects(await self._executor.fetch(statement.text, arguments))
        return objects

    async def owners_of(
        self, name: str, targets: Sequence[Any], most: int
    ) -> list[tuple[Any, Any]]:
        """Finds owner's and target's ids of a link to many by the targets."""
        column = self._access.layout.key[0]
        decode = decoder(column, self._store.database.dialect) or (lambda cell: cell)
        found: list[tuple[Any, Any]] = []
        for start in range(0, len(targets), _CHUNK):
            chunk = targets[start : start + _CHUNK]
            cells = {self._access.target_cell(name, each): each for each in chunk}
            statement = self._access.statements.pairs_of(name, len(cells), "target")
            values = {f"w0_{n}": cell for n, cell in enumerate(cells)} | {"take": most}
            rows = await self._executor.fetch(statement.text, statement.arguments(values))
            found += [(decode(owner), cells[target]) for owner, target in rows]
        return found

    async def find(
        self,
        where: Where = EVERYTHING,
        /,
        *,
        order: str = "",
        take: int = 100,
        after: str | None = None,
        include: Sequence[str] = (),
        **arguments: Any,
    ) -> Page[T]:
        """Reads one page of the objects that a filter or a rule picks out."""
        listing = self._listing(where, order, arguments)
        listing = replace(listing, take=check_take(take), after=after)
        objects, cursor = await self._page(listing)
        included = await self._include(objects, include) if include else {}
        return Page(tuple(objects), cursor, included)

    def _listing(self, where: Where, order: str, arguments: Mapping[str, Any]) -> Listing:
        of = self._access.object_type
        return read_listing(self._store.rules, of, where, order, arguments)

    async def _page(self, listing: Listing) -> tuple[list[T], str | None]:
        statement, arguments = self._access.page(listing)
        rows = await self._executor.fetch(statement.text, arguments)
        objects = self._objects(rows[: listing.take])
        if len(rows) <= listing.take:
            return objects, None
        ended = [each.path.value(objects[-1]) for each in listing.order]
        return objects, write_cursor(self._access.digest(listing), listing.order, ended)

    async def _include(self, objects: Sequence[T], paths: Sequence[str]) -> Any:
        def loader(name: str) -> Loader:
            return SqlRepository[Any](self._store, name, self._executor, self._journal)

        return await include(
            self._store.ontology, self._access.object_type.name, objects, paths, loader
        )

    async def count(self, where: Where = EVERYTHING, /, **arguments: Any) -> int:
        """Counts the objects that a filter or a rule picks out."""
        statement, values = self._access.count(self._listing(where, "", arguments).condition)
        rows = await self._executor.fetch(statement.text, values)
        return int(rows[0][0])

    async def exists(self, where: Where = EVERYTHING, /, **arguments: Any) -> bool:
        """Tells whether a filter or a rule picks out any object."""
        listing = replace(self._listing(where, "", arguments), order=())
        statement, values = self._access.page(listing)
        return bool(await self._executor.fetch(statement.text, values))

    async def stream(
        self, where: Where = EVERYTHING, /, *, order: str = "", **arguments: Any
    ) -> AsyncIterator[T]:
        """Yields every object that a filter or a rule picks out, page by page."""
        after = None
        listing = self._listing(where, order, arguments)
        while True:
            listing = replace(listing, take=_STREAMED, after=after)
            objects, after = await self._page(listing)
            for each in objects:
                self._versions.pop(self._access.key_of(each), None)
                yield each
            if after is None:
                return

    async def add(self, added: T) -> T:
        """Writes a new object."""
        cells = self._access.cells(added)
        key = self._access.key_of(added)
        statement = self._access.statements.insert()
        values = {f"c_{name}": cell for name, cell in cells.items()}
        async with self._written(added, cells) as executor:
            await executor.execute(statement.text, statement.arguments(values))
        self._versions[key] = 1
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
        self._versions[key] = at + 1
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
        at = self._versions.get(key) if version is None else version
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
        self._versions.pop(key, None)

    def version(self, key: Any) -> int:
        """Returns the version at which this repository has read or written an object."""
        if key not in self._versions:
            name = self._access.object_type.name
            found = f"this repository has not read {name} {key}"
            raise InvalidInput([Problem("version", found, "read it first, or say its version")])
        return self._versions[key]
