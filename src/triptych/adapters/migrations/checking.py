"""Rows that the code would not take as they are: found before anything is changed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from triptych.adapters.database.database import Fetcher
from triptych.adapters.database.dialect import Dialect
from triptych.adapters.migrations.comparing import Comparison, TableChange
from triptych.adapters.migrations.running import RowWriter, batches
from triptych.adapters.migrations.sqlite_moves import by_rows
from triptych.adapters.migrations.texts import cell_of, listed, quoted
from triptych.domain.migrations import MOST_TOLD, Breakage


async def count_rows(fetcher: Fetcher, comparison: Comparison) -> dict[str, int]:
    """Counts the rows of the tables that change, by the name that they have now."""
    tables = [each.found for each in comparison.changed if each.found] + list(comparison.dropped)
    counts = {}
    for table in tables:
        # The name is quoted.
        text = f"SELECT count(*) FROM {quoted(table.name)}"  # noqa: S608  # nosec B608
        rows = await fetcher.fetch(text)
        counts[table.name] = int(rows[0][0])
    return counts


async def breakages(
    fetcher: Fetcher, comparison: Comparison, rows: Mapping[str, int], dialect: Dialect
) -> list[Breakage]:
    """Looks for rows that a migration could not bring over, or that would break a promise.

    Args:
        fetcher: The database.
        comparison: What is to become of which table.
        rows: How many rows each table has.
        dialect: How the database says things.
    """
    names = {each.name: each.found.name for each in comparison.changes if each.found}
    found = []
    for change in comparison.changed:
        if change.found is not None and rows[change.found.name]:
            checking = _Checking(change, fetcher, dialect, names)
            found += [each async for each in checking.all(rows[change.found.name])]
    return found


class _Checking:
    """Looks at the rows of one table."""

    def __init__(
        self, change: TableChange, fetcher: Fetcher, dialect: Dialect, names: Mapping[str, str]
    ) -> None:
        self._change, self._fetcher, self._dialect, self._names = change, fetcher, dialect, names
        self._found = change.found.name if change.found else ""

    async def all(self, rows: int) -> AsyncIterator[Breakage]:
        """Yields everything that is wrong."""
        for name in self._change.unfilled:
            count = rows
            if name in self._change.required:
                count = await self._count(f"{quoted(self._change.before(name))} IS NULL")
            if count:
                yield self._unfilled(name, count)
        for look in (self._misfits(), *map(self._broken, self._new_promises())):
            async for each in look:
                yield each

    def _unfilled(self, name: str, count: int) -> Breakage:
        verb = "is empty" if name in self._change.required else "is not there"
        if name in self._change.converted and self._change.found:
            kind = self._change.found.columns[self._change.before(name)].kind or "something else"
            verb = f"holds {kind}, the code says {self._change.wanted.kinds[name]}"
        mend = f"give it a default, or say backfill={{{name!r}: ...}} in its Table"
        return Breakage(self._found, f"{name} {verb}", count, (), mend)

    async def _count(self, condition: str) -> int:
        # All names are quoted.
        text = f"SELECT count(*) FROM {quoted(self._found)} WHERE {condition}"  # noqa: S608  # nosec B608
        return int((await self._fetcher.fetch(text))[0][0])

    async def _misfits(self) -> AsyncIterator[Breakage]:
        """Works all cells out, and tells of which rows that cannot be done."""
        if all(fill.constant is not None for fill in self._change.fills):
            return
        of = by_rows(self._change, self._dialect)
        writer, errors = RowWriter(of, self._dialect), dict[str, list[str]]()
        count: dict[str, int] = {}
        async for rows in batches(self._fetcher, of, self._dialect):
            for cells in rows:
                try:
                    writer.made(cells)
                # A function of the application may raise anything.
                except Exception as error:  # noqa: BLE001
                    said = f"{type(error).__name__}: {error}"
                    count[said] = count.get(said, 0) + 1
                    errors.setdefault(said, []).append(", ".join(map(str, writer.key(cells))))
                    del errors[said][MOST_TOLD:]
        for said, keys in errors.items():
            yield Breakage(
                self._found, said, count[said], tuple(keys), "mend the rows, or backfill"
            )

    def _new_promises(self) -> Iterator[Any]:
        """Yields the constraints and unique indexes that are new, of columns known in SQL."""
        change = self._change
        uniques = [each for each in change.wanted.table.indexes if each.unique]
        parts: list[Any] = [*change.wanted.table.constraints, *uniques]
        for each in sorted(parts, key=lambda part: str(part.name)):
            is_new = str(each.name) in (*change.constraints, *change.indexes)
            if is_new and all(self._is_known(column.name) for column in each.columns):
                yield each

    def _is_known(self, name: str) -> bool:
        """Tells whether the cells of a column can be said in SQL before they are there."""
        change, fill = self._change, self._change.fill_of(name)
        is_worked_out = fill is not None and fill.constant is None
        if name in change.converted or (name in change.made and fill is None):
            return False
        return not is_worked_out or name not in (*change.made, *change.required)

    def _broken(self, promise: Any) -> AsyncIterator[Breakage]:
        match promise:
            case sa.CheckConstraint():
                return self._refused(promise)
            case sa.ForeignKeyConstraint():
                return self._dangling(promise)
        return self._twins([each.name for each in promise.columns])

    def _rows(self, names: Sequence[str]) -> str:
        """Writes the rows as they will be."""
        cells = [
            f"{cell_of(self._change, name, self._dialect)} AS {quoted(name)}" for name in names
        ]
        # All names are quoted.
        return f"(SELECT {', '.join(cells)} FROM {quoted(self._found)}) AS rows"  # noqa: S608  # nosec B608

    async def _refused(self, check: sa.CheckConstraint) -> AsyncIterator[Breakage]:
        name = self._checked_column(check)
        if name is None:
            return
        # All names are quoted, the condition is the code's own.
        text = f"SELECT {quoted(name)}, count(*) FROM {self._rows([name])} WHERE NOT ({check.sqltext}) GROUP BY 1 ORDER BY 2 DESC"  # noqa: S608  # nosec B608
        found = await self._fetcher.fetch(text)
        if found:
            values = tuple(str(value) for value, _ in found[:MOST_TOLD])
            count = sum(int(each) for _, each in found)
            mend = f"say backfill={{{name!r}: {{old: new}}}} in its Table"
            yield Breakage(
                self._found, f"{name} does not keep to {check.sqltext}", count, values, mend
            )

    def _checked_column(self, check: sa.CheckConstraint) -> str | None:
        start = f"ck_{self._change.name}_"
        rest = str(check.name).removeprefix(start).rpartition("_")[0]
        is_known = rest in self._change.expected.columns
        return rest if is_known and cell_of(self._change, rest, self._dialect) else None

    async def _dangling(self, key: sa.ForeignKeyConstraint) -> AsyncIterator[Breakage]:
        if len(key.columns) > 1:
            return
        name, target = key.columns[0].name, key.referred_table.name
        there = self._names.get(target)
        # All names are quoted.
        targets = "SELECT NULL WHERE FALSE"
        if there:
            targets = f"SELECT id FROM {quoted(there)}"  # noqa: S608  # nosec B608
        text = f"SELECT {quoted(name)}, count(*) FROM {self._rows([name])} WHERE {quoted(name)} IS NOT NULL AND {quoted(name)} NOT IN ({targets}) GROUP BY 1 ORDER BY 1"  # noqa: S608  # nosec B608
        found = await self._fetcher.fetch(text)
        if found:
            values = tuple(str(value) for value, _ in found[:MOST_TOLD])
            count = sum(int(each) for _, each in found)
            yield Breakage(
                self._found, f"{name} is no {target}", count, values, "add it there first"
            )

    async def _twins(self, names: Sequence[str]) -> AsyncIterator[Breakage]:
        same = listed(names)
        # All names are quoted.
        text = f"SELECT {same}, count(*) FROM {self._rows(names)} GROUP BY {same} HAVING count(*) > 1"  # noqa: S608  # nosec B608
        conditions = [f"{quoted(name)} IS NOT NULL" for name in names]
        text = text.replace(" GROUP BY", f" WHERE {' AND '.join(conditions)} GROUP BY", 1)
        found: Sequence[Sequence[Any]] = await self._fetcher.fetch(text)
        if found:
            values = tuple(", ".join(map(str, row[:-1])) for row in found[:MOST_TOLD])
            count = sum(int(row[-1]) for row in found)
            about = f"several have the same {' and '.join(names)}"
            yield Breakage(self._found, about, count, values, "make them differ first")
