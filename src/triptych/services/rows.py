"""Rows of a file made objects: in this process, or in one for each core."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import AsyncGenerator, Callable
from concurrent.futures.process import BrokenProcessPool
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import Any

from triptych.adapters.database.dialect import Dialect
from triptych.adapters.objects.layout import lay_out
from triptych.adapters.objects.mapping import make_mapping
from triptych.adapters.objects.sql import SqlStore
from triptych.adapters.sources.declaration import Source
from triptych.adapters.sources.frames import blocks
from triptych.adapters.sources.records import MOST_TOLD, ROW_BLOCK, RowBlock, RowReader
from triptych.domain.errors import InvalidInput, Misconfigured, Problem
from triptych.domain.ontology import Ontology
from triptych.infrastructure.optional import find_module
from triptych.infrastructure.processes import ProcessPool
from triptych.services.ontology import read_ontology

# A process is worth its start from so many bytes on, and waits with so many blocks.
_MUCH, _AHEAD, _MOST_PROCESSES = 16 * 1024 * 1024, 2, 8


@dataclass(frozen=True, slots=True)
class RowTask:
    """What another process must know to make objects of rows.

    Attributes:
        source: Says what a row is, and what becomes of it.
        package: The application.
        dialect: How its database says things; a class.
        entry: The entry of the ledger that the load is.
    """

    source: Source
    package: str
    dialect: Callable[[], Dialect]
    entry: int

    def read(self, content: bytes) -> RowBlock:
        """Reads rows under their header, in whatever process it is asked."""
        return _reader(self).read(content)


def processes_for(path: Path, wanted: int = 0) -> int:
    """Tells how many processes read a file: one for each core, where there is much to read.

    Args:
        path: The file.
        wanted: How many at the most; 0 for as many as there are cores, up to eight.

    Example:
        ```python
        from pathlib import Path

        from triptych.services.rows import processes_for

        assert processes_for(Path("pyproject.toml")) == 1
        ```
    """
    if wanted == 1 or path.stat().st_size < _MUCH:
        return 1
    return wanted or min(os.cpu_count() or 1, _MOST_PROCESSES)


async def read_rows(
    source: Source, path: Path, store: SqlStore, entry: int, processes: int = 1
) -> AsyncGenerator[RowBlock]:
    """Yields what becomes of a file's rows, block by block, in their order.

    A function that other processes cannot import is called in this one.

    Args:
        source: Says what a row is, and what becomes of it.
        path: The file.
        store: Where the objects are to be.
        entry: The entry of the ledger that the load is.
        processes: How many do it at a time.

    Raises:
        InvalidInput: Rows do not fit; the first twenty are told.
        Misconfigured: The object type cannot be written in bulk, or a process has died.
    """
    dialect = store.database.dialect
    blocks_made = _in_turn(_make_reader(source, store.ontology, dialect, entry), path)
    if processes > 1 and _is_importable(source.function):
        task = RowTask(source, store.ontology.package, type(dialect), entry)
        blocks_made = _in_processes(processes, task, path)
    before, problems = 0, list[Problem]()
    async with aclosing(blocks_made):
        async for block in blocks_made:
            problems += [_told(source.name, before, *each) for each in block.problems]
            before += block.rows
            if len(problems) >= MOST_TOLD:
                break
            if not problems:
                yield block
    if problems:
        raise InvalidInput(problems)


async def _in_turn(reader: RowReader, path: Path) -> AsyncGenerator[RowBlock]:
    """Reads one block after the other in this process, in a thread beside the one that waits."""
    for content in blocks(path, ROW_BLOCK):
        yield await asyncio.to_thread(reader.read, content)


async def _in_processes(count: int, task: RowTask, path: Path) -> AsyncGenerator[RowBlock]:
    """Reads some blocks at the same time, each in a process of its own."""
    pool = ProcessPool(count, "spawn")
    waiting: deque[asyncio.Future[RowBlock]] = deque()
    try:
        for content in blocks(path, ROW_BLOCK):
            waiting.append(asyncio.wrap_future(pool.submit(task.read, content)))
            if len(waiting) > count * _AHEAD:
                yield await waiting.popleft()
        while waiting:
            yield await waiting.popleft()
    except BrokenProcessPool as error:
        found = "a process that reads rows has died; load with one process, and guard what a script"
        raise Misconfigured(f"{found} does by `if __name__ == '__main__'`") from error
    finally:
        pool.shutdown(cancel_futures=True)


def _told(name: str, before: int, number: int, problem: Problem) -> Problem:
    """Says where in the file a problem is."""
    where = f"{name} row {before + number}" if number else name
    return replace(problem, where=f"{where}.{problem.where}" if problem.where else where)


def _is_importable(function: Any) -> bool:
    """Tells whether another process finds a function where it says that it is."""
    if function.__module__ == "__main__":
        return False
    try:
        found = attrgetter(function.__qualname__)(find_module(function.__module__))
    except AttributeError:
        return False
    return bool(found is function)


def _make_reader(source: Source, ontology: Ontology, dialect: Dialect, entry: int) -> RowReader:
    layout = lay_out(ontology.object_type(source.of))
    return RowReader(source, layout, make_mapping(layout, dialect), dialect, entry)


@cache
def _reader(task: RowTask) -> RowReader:
    """Makes the reader of another process, once."""
    return _make_reader(task.source, read_ontology(task.package), task.dialect(), task.entry)
