"""Loading sources: all of them in one transaction, each checked, all or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from triptych.adapters.database.database import ConstraintBroken, Transaction
from triptych.adapters.objects.access import Access
from triptych.adapters.objects.forgetting import LOAD
from triptych.adapters.objects.objectset import ReadingRepository
from triptych.adapters.objects.sql import SqlStore
from triptych.adapters.objects.sql_reading import SqlReader
from triptych.adapters.sources.bulk import BulkTable, explained
from triptych.adapters.sources.declaration import Source, declared_source
from triptych.adapters.sources.frames import FrameWriter, blocks, row_count, scan
from triptych.domain.actions import Decision, Entry
from triptych.domain.actor import SYSTEM
from triptych.infrastructure.optional import find_modules
from triptych.infrastructure.tracing import span
from triptych.services.rows import processes_for, read_rows

type Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of loading one source.

    Attributes:
        source: The function's name.
        type_name: The object type.
        rows: How many objects were written.
        seconds: How long it took.

    Example:
        ```python
        from triptych.services.sources import Loaded

        assert Loaded("airlines", "Carrier", rows=16, seconds=0.01).rows == 16
        ```
    """

    source: str
    type_name: str
    rows: int
    seconds: float


def find_sources(package: str) -> tuple[Source, ...]:
    """Finds the sources that an application declares in `adapters/file_parsers`.

    Those whose objects are linked to come before those that link to them where they are
    declared so: modules in the order of their names, functions in the order of declaration.

    Raises:
        ImportError: A module cannot be imported.

    Example:
        ```python
        from triptych.services.sources import find_sources

        assert find_sources("flights")[0].name == "airlines"
        ```
    """
    found: dict[Any, Source] = {}
    for module in find_modules(f"{package}.adapters.file_parsers"):
        for value in vars(module).values():
            declared = declared_source(value)
            if declared is not None:
                found[value] = declared
    return tuple(found.values())


def _say_nothing(source: str, done: int, total: int) -> None:
    """Is the progress that nobody watches."""


async def load_sources(
    store: SqlStore,
    sources: Iterable[Source],
    progress: Progress = _say_nothing,
    processes: int = 1,
    indexing: Progress = _say_nothing,
) -> tuple[Loaded, ...]:
    """Loads sources into a store, in one transaction: all of them or nothing.

    Objects that are there already are changed where they differ.

    Args:
        store: Where to; it is open.
        sources: What to load, in this order.
        progress: Is told a source's name, the rows written so far and those expected.
        processes: How many call the row functions of large files; 0 for one a core. Those
            beside this one import the application, so a script that asks for them guards what
            it does by `if __name__ == "__main__"`.
        indexing: Is told a source's name, and how many keys and indexes of its table are made
            and will be, once all its rows are in an empty table.

    Raises:
        InvalidInput: Values do not fit, ids occur twice, or links lead nowhere.
        InvariantBroken: A rule that must hold would not.
        Misconfigured: There is no such file.
    """
    done, tables = [], []
    loading = _Loading(store, store.ticker.next(), processes, progress, indexing)
    dropped: dict[str, Any] = {}
    async with store.database.transaction(is_bulk=True) as transaction:
        for source in sources:
            started = perf_counter()
            access = store.access[store.ontology.object_type(source.of).name]
            table = BulkTable(access, transaction, store.database.dialect, dropped)
            with span("load", {"triptych.source": source.name}):
                rows = await loading.fill(table, source, access)
            tables.append(table)
            done.append(
                Loaded(source.name, access.object_type.name, rows, perf_counter() - started)
            )
        for table in tables:
            await table.check()
        await _check_rules(store, {each.type_name for each in done}, transaction)
        await transaction.write_all([store.ledger.write(_entry(loading.entry, done))])
    return tuple(done)


async def _check_rules(store: SqlStore, names: Collection[str], transaction: Transaction) -> None:
    """Checks the rules that must hold of what was loaded, each by one statement."""
    if store.guard is None:
        return

    def objects[T](of: type[T], /) -> ReadingRepository[T]:
        name = store.ontology.object_type(of).name
        return ReadingRepository(SqlReader(store.rules, store.access, name, transaction))

    await store.guard.check_all(names, objects)


def _entry(number: int, done: Iterable[Loaded]) -> Entry:
    """Makes the entry of a load in the ledger."""
    rows = {each.source: each.rows for each in done}
    return Entry(
        number=number, actor=SYSTEM.id, action=LOAD, decision=Decision.DONE, parameters=rows
    )


@dataclass(frozen=True, slots=True)
class _Loading:
    """A load: where to, by how many processes, and who is told of it."""

    store: SqlStore
    entry: int
    processes: int
    progress: Progress
    indexing: Progress

    async def fill(self, table: BulkTable, source: Source, access: Access) -> int:
        """Fills a table, and tells how many rows it got."""
        rows = 0
        with source.file.opened() as path:
            total = row_count(path)
            try:
                await table.begin()
                async for count in self._batches(table, source, path):
                    rows += count
                    self.progress(source.name, rows, total)
                await table.finish(partial(self.indexing, source.name))
            except ConstraintBroken as error:
                raise explained(error, access) from error
        return rows

    async def _batches(self, table: BulkTable, source: Source, path: Path) -> AsyncIterator[int]:
        """Writes one batch after the other and yields the size of each."""
        if source.row is not None:
            many = processes_for(path, self.processes)
            async with aclosing(
                read_rows(source, path, self.store, self.entry, many)
            ) as blocks_made:
                async for block in blocks_made:
                    await table.load(block.packed)
                    yield block.made
            return
        frames = self._frames(source, path)
        made = await asyncio.to_thread(next, frames, None)
        while made is not None:
            count, packed = made
            writing = asyncio.ensure_future(table.load(packed))
            try:
                made = await asyncio.to_thread(next, frames, None)
            finally:
                await writing  # whatever happens: nothing may run on beside a rollback
            yield count

    def _frames(self, source: Source, path: Path) -> Iterator[tuple[int, Any]]:
        """Yields packed frames, with their rows; the next is made while the last is written."""
        access = self.store.access[self.store.ontology.object_type(source.of).name]
        dialect = self.store.database.dialect
        writer = FrameWriter(access.layout, dialect.name, source.name, self.entry)
        for content in (path,) if source.is_whole else blocks(path):
            for frame in writer.batches(source.function(scan(source.file, content))):
                yield frame.height, dialect.packed(frame)
