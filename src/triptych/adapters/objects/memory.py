"""Repositories in memory: for tests, and for trying a domain out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any

from triptych.adapters.database.sqlite_dialect import SqliteDialect
from triptych.adapters.expression.reader import RuleReader
from triptych.adapters.objects.access import Access, make_access
from triptych.adapters.objects.integrity import held_ids
from triptych.adapters.objects.linked import Search
from triptych.adapters.objects.memory_reading import MemoryReader
from triptych.adapters.objects.objectset import ReadingRepository
from triptych.adapters.objects.store import Repositories
from triptych.adapters.objects.tables import Table
from triptych.domain.errors import (
    LinkDangling,
    MissingOrConflict,
    ObjectExists,
    ObjectLinked,
    ObjectMissing,
    ObjectStale,
)
from triptych.domain.expression import find_path, read_order
from triptych.domain.ontology import Link, Ontology

type _Objects = dict[str, dict[Any, tuple[int, Any]]]


class MemoryStore:
    """Everything that is kept of an ontology, until the process ends.

    It keeps to the same laws as a database: the same errors for the same mistakes.

    Args:
        ontology: What is kept.
        tables: What the application says about some of the tables; names and indexes have
            no meaning here.

    Example:
        ```python
        import asyncio

        from flights.domain.entities import Carrier
        from flights.domain.value_objects import CarrierCode
        from triptych import read_ontology
        from triptych.adapters.objects.memory import MemoryStore

        async def main() -> str:
            carriers = MemoryStore(read_ontology("flights")).repository(Carrier)
            await carriers.add(Carrier(id=CarrierCode("UA"), name="United Air Lines Inc."))
            return (await carriers.get(CarrierCode("UA"))).name

        assert asyncio.run(main()) == "United Air Lines Inc."
        ```
    """

    def __init__(self, ontology: Ontology, tables: Iterable[Table] = ()) -> None:
        self.ontology = ontology
        said = {ontology.object_type(each.of).name: each for each in tables}
        self.unique = {name: each.unique for name, each in said.items()}
        self.search = Search(
            {
                name: [find_path(ontology.object_type(name), path) for path in each.search]
                for name, each in said.items()
            }
        )
        self.rules = RuleReader(ontology)
        self.access = make_access(self.rules, SqliteDialect())
        self._objects: _Objects = {name: {} for name in self.access}
        self._writing = asyncio.Lock()

    async def open(self) -> None:
        """Does nothing: memory is always there."""

    async def close(self) -> None:
        """Does nothing; what is kept stays until the store itself is gone."""

    def repository[T](self, of: type[T]) -> MemoryRepository[T]:
        """Makes a repository of an entity or relationship; each writing call holds by itself."""
        return MemoryRepository(_Scope(self, None), self.ontology.object_type(of).name)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Repositories]:
        """Begins a transaction whose repositories see its own writes."""
        async with self._writing:
            scope = _Scope(self, {name: dict(each) for name, each in self._objects.items()})
            yield _TransactionRepositories(scope)
            scope.check_links()
            self._objects = scope.objects

    @property
    def objects(self) -> _Objects:
        """Everything that is kept: by object type and id, version and object."""
        return self._objects

    @property
    def writing(self) -> asyncio.Lock:
        """Is held by whoever writes: a transaction, or a write by itself."""
        return self._writing


class _Scope:
    """The objects that a repository sees: those of the store, or those of a transaction."""

    def __init__(self, store: MemoryStore, objects: _Objects | None) -> None:
        self.store = store
        self._own = objects
        self.ontology = store.ontology

    @property
    def objects(self) -> _Objects:
        return self.store.objects if self._own is None else self._own

    def writing(self) -> AbstractAsyncContextManager[Any]:
        """Waits until nobody else writes; within a transaction that is so already."""
        return self.store.writing if self._own is None else nullcontext()

    def write(self, name: str, key: Any, entry: tuple[int, Any] | None) -> None:
        """Writes or removes; by itself, a write that would break a link is taken back."""
        objects = self.objects[name]
        before = objects.get(key)
        _put(objects, key, entry)
        if self._own is None:
            try:
                self.check_links()
            except (LinkDangling, ObjectLinked):
                _put(objects, key, before)
                raise

    def check_links(self) -> None:
        """Checks that every link leads somewhere.

        Raises:
            LinkDangling: An object points to one that never was.
            ObjectLinked: An object points to one that was removed.
        """
        for name, objects in self.objects.items():
            links = [each for each in self.ontology.links_from(name) if not each.is_reverse]
            for key, (_, of) in objects.items():
                gone = [
                    (link, end)
                    for link in links
                    for end in held_ids(link, of)
                    if end not in self.objects[link.target]
                ]
                if gone:
                    raise self._lost(name, key, gone)

    def _lost(self, name: str, key: Any, gone: list[tuple[Link, Any]]) -> MissingOrConflict:
        """Says whether the one end was removed, or the other never led anywhere."""
        link, end = gone[0]
        was_there = end in self.store.objects[link.target] and key in self.store.objects[name]
        if self._own is not None and was_there:
            return ObjectLinked(link.target, end, [link.inverse])
        return LinkDangling(name, key, [(each.target, end) for each, end in gone])


class _TransactionRepositories:
    def __init__(self, scope: _Scope) -> None:
        self._scope = scope

    def repository[T](self, of: type[T]) -> MemoryRepository[T]:
        return MemoryRepository(self._scope, self._scope.ontology.object_type(of).name)


class MemoryRepository[T](ReadingRepository[T]):
    """All objects of one type in memory; see `Repository` for what each call does."""

    def __init__(self, scope: _Scope, name: str) -> None:
        store = scope.store
        super().__init__(
            MemoryReader(store.rules, store.access, name, lambda: scope.objects, store.search)
        )
        self._scope = scope
        self._name = name
        self._access: Access = store.access[name]

    @property
    def _objects(self) -> dict[Any, tuple[int, Any]]:
        return self._scope.objects[self._name]

    async def add(self, added: T) -> T:
        """Writes a new object."""
        self._access.values(added)
        key = self._access.key_of(added)
        async with self._scope.writing():
            if key in self._objects:
                raise ObjectExists(self._name, key)
            self._write(key, 1, added)
        return added

    def _write(self, key: Any, version: int, of: T) -> None:
        for names in self._scope.store.unique.get(self._name, ()):
            paths = [each.path for each in read_order(self._access.object_type, ",".join(names))]
            mine = [path.value(of) for path in paths[: len(names)]]
            for other, (_, each) in self._objects.items():
                theirs = [path.value(each) for path in paths[: len(names)]]
                if other != key and None not in mine and theirs == mine:
                    raise ObjectExists(self._name, key, tuple(names))
        self._scope.write(self._name, key, (version, of))
        self._reader.versions[key] = version

    async def save(self, saved: T, *, version: int | None = None) -> T:
        """Writes an object that is there already."""
        self._access.values(saved)
        key = self._access.key_of(saved)
        at = self.version(key) if version is None else version
        async with self._scope.writing():
            self._check_version(key, at)
            self._write(key, at + 1, saved)
        return saved

    def _check_version(self, key: Any, version: int | None) -> None:
        if key not in self._objects:
            raise ObjectMissing(self._name, key)
        if version is not None and self._objects[key][0] != version:
            raise ObjectStale(self._name, key, version)

    async def remove(self, key: Any, *, version: int | None = None) -> None:
        """Removes an object by its id."""
        self._access.key_cells(key)
        async with self._scope.writing():
            self._check_version(key, self._reader.versions.get(key) if version is None else version)
            try:
                self._scope.write(self._name, key, None)
            except LinkDangling as error:
                back = [
                    each for each in self._scope.ontology.links_from(self._name) if each.is_reverse
                ]
                names = [each.name for each in back if each.target == error.type_name]
                raise ObjectLinked(self._name, key, names) from None
        self._reader.versions.pop(key, None)


def _put(objects: dict[Any, tuple[int, Any]], key: Any, entry: tuple[int, Any] | None) -> None:
    if entry is None:
        objects.pop(key, None)
    else:
        objects[key] = entry
