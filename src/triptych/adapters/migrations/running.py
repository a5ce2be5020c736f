"""Doing what a migration says: statements, and rows that are worked out one by one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from typing import Any

from triptych.adapters.database.database import Collided, Database, Fetcher, Transaction, Write
from triptych.adapters.database.dialect import Dialect
from triptych.adapters.migrations.fills import row_reader
from triptych.adapters.migrations.operations import FillRows, Move, Sql
from triptych.adapters.migrations.texts import listed, quoted
from triptych.domain.errors import DatabaseUnavailable, InvalidInput, Problem

type Told = Callable[[Move, int], None]

BATCH, _TRIES, _PATIENCE = 5_000, 60, 1.0
_FILL = "_fill"
VERSION = "PRAGMA schema_version"
_MARKS = {"sqlite": "?", "postgresql": "${}"}


async def run_together(
    database: Database, moves: Sequence[Move], version: int, ended: Write, tell: Told
) -> None:
    """Makes all moves in one transaction, as SQLite can.

    Args:
        database: Where.
        moves: What is done.
        version: Of the tables that they were made for, as SQLite counts.
        ended: What is written in the end.
        tell: Is told each move, and how many rows it has worked out.

    Raises:
        Collided: The tables are others by now.
        InvalidInput: A row does not fit, or a link would lead nowhere; nothing was changed.
    """
    async with database.transaction(is_bulk=True) as transaction:
        if (await transaction.fetch(VERSION))[0][0] != version:
            raise Collided
        for move in moves:
            tell(move, 0)
            for operation in move.operations:
                if isinstance(operation, Sql):
                    for text in operation.texts:
                        await transaction.execute(text)
                else:
                    await _copy(transaction, operation, database.dialect, partial(tell, move))
        lost = await transaction.fetch(
            'SELECT DISTINCT "table", parent FROM pragma_foreign_key_check'
        )
        if lost:
            raise InvalidInput([Problem(a, f"some links to {b} lead nowhere") for a, b in lost])
        await transaction.write_all([ended])


async def run_one_by_one(
    database: Database,
    moves: Sequence[Move],
    learned: Callable[[tuple[str, str, str]], Write],
    tell: Told,
) -> None:
    """Makes each move by itself, as PostgreSQL can; whoever holds a table is waited for in turns.

    Raises:
        InvalidInput: A row does not fit; what was done stays, and the rest can be done later.
        DatabaseUnavailable: Somebody holds a table all the time.
    """
    for move in moves:
        tell(move, 0)
        for operation in move.operations:
            if isinstance(operation, Sql):
                await _patiently(database, operation, learned)
            else:
                await _fill(database, operation, partial(tell, move))


async def _patiently(
    database: Database, operation: Sql, learned: Callable[[tuple[str, str, str]], Write]
) -> None:
    """Runs statements together; waits only briefly for locks, since others wait behind."""
    if operation.is_alone:
        await database.execute(operation.texts[0])
        return
    for _ in range(_TRIES):
        try:
            async with database.transaction(is_exact=False) as transaction:
                await transaction.execute("SET LOCAL lock_timeout = '2s'")
                for text in operation.texts:
                    await transaction.execute(text)
                if operation.learned:
                    await transaction.write_all([learned(operation.learned)])
            return
        except Collided:
            await asyncio.sleep(_PATIENCE)
    raise DatabaseUnavailable(
        database.name, f"somebody holds what is needed for {operation.texts[0]!r:.80}", "try again"
    )


async def batches(
    fetcher: Fetcher, of: FillRows, dialect: Dialect, where: str = "", lock: str = ""
) -> AsyncIterator[Sequence[Sequence[Any]]]:
    """Reads the rows of a table in the order of its key, some at a time.

    Each row is its key, its columns, and what is copied.
    """
    has_key = bool(of.key) and set(of.key) <= set(of.columns)
    last: Sequence[Any] = ()
    while True:
        text, arguments = _page(of, dialect, where, lock, last if has_key else None)
        rows = await fetcher.fetch(text, arguments)
        if rows:
            yield rows
        if len(rows) < BATCH or not has_key:
            return
        last = rows[-1][: len(of.key)]


def _page(
    of: FillRows, dialect: Dialect, where: str, lock: str, after: Sequence[Any] | None
) -> tuple[str, Sequence[Any]]:
    """Writes the statement that reads some rows after a key; all of them where it is `None`."""
    keys = listed(of.key) if after is not None else ""
    selected = [*map(quoted, of.key if keys else ()), *map(quoted, of.columns)]
    selected += [expression for expression, _ in of.copied]
    conditions = [where] if where else []
    if after:
        marks = ", ".join(_MARKS[dialect.name].format(place) for place in range(1, len(after) + 1))
        conditions.append(f"({keys}) > ({marks})")
    # All names are quoted; values are arguments.
    text = f"SELECT {', '.join(selected)} FROM {quoted(of.source)}"  # noqa: S608  # nosec B608
    if conditions:
        text += f" WHERE {' AND '.join(conditions)}"
    if keys:
        text += f" ORDER BY {keys} LIMIT {BATCH}{lock}"
    return text, tuple(after or ())


class RowWriter:
    """Works out the cells of rows.

    Args:
        of: Which rows, and how.
        dialect: How the database says things.
    """

    def __init__(self, of: FillRows, dialect: Dialect) -> None:
        self._of = of
        self._read = row_reader(of.columns, of.aliases, dialect)
        self._keys = len(of.key) if set(of.key) <= set(of.columns) else 0
        self.columns = [of.names[c] for f in of.fills for c in f.columns if c in of.names]

    def key(self, cells: Sequence[Any]) -> Sequence[Any]:
        """Returns what identifies a row."""
        return cells[: self._keys]

    def copied(self, cells: Sequence[Any]) -> Sequence[Any]:
        """Returns what is taken over as it is."""
        return cells[self._keys + len(self._of.columns) :]

    def made(self, cells: Sequence[Any]) -> list[Any]:
        """Works out the cells that are filled, in the order of `columns`.

        Raises:
            Exception: Whatever a function of the application raises, or `Unfit`.
        """
        row = self._read(cells[self._keys : self._keys + len(self._of.columns)])
        made = []
        for fill in self._of.fills:
            if not any(name in self._of.names for name in fill.columns):
                continue
            for name, cell in zip(fill.columns, self._filled(fill, row), strict=True):
                if name in self._of.names:
                    made.append(cell)
        return made

    def _filled(self, fill: Any, row: dict[str, Any]) -> Sequence[Any]:
        wanted = [name for name in fill.columns if name in self._of.names]
        if all(name in self._of.kept and row.get(name) is not None for name in wanted):
            return [None] * len(fill.columns)
        cells: Sequence[Any] = fill.compute(row)
        return cells

    def made_or_refused(self, cells: Sequence[Any]) -> list[Any]:
        """Works out cells, and says of which row where it cannot.

        Raises:
            InvalidInput: A function of the application failed, or its result does not fit.
        """
        try:
            return self.made(cells)
        except Exception as error:
            where = f"{self._of.source} {', '.join(map(str, self.key(cells)))}"
            raise InvalidInput([Problem(where, f"{type(error).__name__}: {error}")]) from error


async def _copy(
    transaction: Transaction, of: FillRows, dialect: Dialect, tell: Callable[[int], None]
) -> None:
    """Writes all rows of one table into another, with cells that are worked out."""
    writer, done = RowWriter(of, dialect), 0
    given = [name for _, name in of.copied]
    names = [*given, *(name for name in writer.columns if name not in given)]

    def written(cells: Sequence[Any]) -> list[Any]:
        """Takes a cell over where there is one, else the one that is worked out."""
        made = dict(zip(writer.columns, writer.made_or_refused(cells), strict=True))
        copied = dict(zip(given, writer.copied(cells), strict=True))
        known = {name: cell for name, cell in copied.items() if cell is not None}
        row = {**copied, **made, **known}
        return [row[name] for name in names]

    async for rows in batches(transaction, of, dialect):
        await transaction.load_rows(of.target, names, [written(each) for each in rows])
        done += len(rows)
        tell(done)


async def _fill(database: Database, of: FillRows, tell: Callable[[int], None]) -> None:
    """Fills columns of a table batch by batch; who writes the same rows waits for one batch."""
    writer, done, last = RowWriter(of, database.dialect), 0, None
    empty = f"{quoted(of.empty)} IS NULL"
    names = [*of.key, *writer.columns]
    same = " AND ".join(f"t.{quoted(each)} = f.{quoted(each)}" for each in of.key)
    cells = ", ".join(f"{quoted(each)} = f.{quoted(each)}" for each in writer.columns)
    # All names are quoted.
    temporary = f"CREATE TEMP TABLE {_FILL} ON COMMIT DROP AS SELECT {listed(names)} FROM {quoted(of.source)} WITH NO DATA"  # noqa: S608  # nosec B608
    update = f"UPDATE {quoted(of.target)} t SET {cells} FROM {_FILL} f WHERE {same}"  # noqa: S608  # nosec B608
    while True:
        async with database.transaction(is_exact=False) as transaction:
            text, arguments = _page(of, database.dialect, empty, " FOR UPDATE", last or ())
            rows = await transaction.fetch(text, arguments)
            if rows:
                written = [[*writer.key(each), *writer.made_or_refused(each)] for each in rows]
                await transaction.execute(temporary)
                await transaction.load_rows(_FILL, names, written)
                await transaction.execute(update)
        done += len(rows)
        tell(done)
        if len(rows) < BATCH:
            return
        last = tuple(rows[-1][: len(of.key)])
