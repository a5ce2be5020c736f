"""Loading sources: all of them in one transaction, each checked, all or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from triptych.adapters.database.database import ConstraintBroken, Transaction
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

    Raises:
        InvalidInput: Values do not fit, ids occur twice, or links lead nowhere.
        InvariantBroken: A rule that must hold would not.
        Misconfigured: There is no such file.
    """
    done, tables, entry = [], [], store.ticker.next()
    dropped: dict[str, Any] = {}
    async with store.database.transaction(is_bulk=True) as transaction:
        for source in sources:
            started = perf_counter()
            access = store.access[store.ontology.object_type(source.of).name]
            table = BulkTable(access, transaction, store.database.dialect, dropped)
            with span("load", {"triptych.source": source.name}):
                rows = await _load(source, table, store, progress, entry, processes)
            tables.append(table)
            done.append(
                Loaded(source.name, access.object_type.name, rows, perf_counter() - started)
            )
        for table in tables:
            await table.check()
        await _check_rules(store, {each.type_name for each in done}, transaction)
        await transaction.write_all([store.ledger.write(_entry(entry, done))])
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


async def _load(
    source: Source,
    table: BulkTable,
    store: SqlStore,
    progress: Progress,
    entry: int,
    processes: int,
) -> int:
    access = store.access[store.ontology.object_type(source.of).name]
    rows = 0
    with source.file.opened() as path:
        total = row_count(path)
        try:
            await table.begin()
            async for count in _batches(source, path, table, store, entry, processes):
                rows += count
                progress(source.name, rows, total)
            await table.finish()
        except ConstraintBroken as error:
            raise explained(error, access) from error
    return rows


async def _batches(
    source: Source, path: Path, table: BulkTable, store: SqlStore, entry: int, processes: int
) -> AsyncIterator[int]:
    """Writes one batch after the other and yields the size of each."""
    if source.row is not None:
        many = processes_for(path, processes)
        async with aclosing(read_rows(source, path, store, entry, many)) as blocks_made:
            async for block in blocks_made:
                await table.load(block.packed)
                yield block.made
        return
    frames = _frames(source, path, store, entry)
    made = await asyncio.to_thread(next, frames, None)
    while made is not None:
        count, packed = made
        writing = asyncio.ensure_future(table.load(packed))
        try:
            made = await asyncio.to_thread(next, frames, None)
        finally:
            await writing  # whatever happens: nothing may run on beside a rollback
        yield count


def _frames(source: Source, path: Path, store: SqlStore, entry: int) -> Iterator[tuple[int, Any]]:
    """Yields packed frames, with their rows; the next is made while the last is being written."""
    access = store.access[store.ontology.object_type(source.of).name]
    writer = FrameWriter(access.layout, store.database.dialect.name, source.name, entry)
    for content in (path,) if source.is_whole else blocks(path):
        for frame in writer.batches(source.function(scan(source.file, content))):
            yield frame.height, store.database.dialect.packed(frame)
