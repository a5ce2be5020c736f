"""SQLite: tables that change are written anew, all of them in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex

from triptych.adapters.database.dialect import Dialect
from triptych.adapters.database.search import searched_columns
from triptych.adapters.migrations.comparing import MADE, Comparison, TableChange
from triptych.adapters.migrations.operations import FillRows, Move, Sql
from triptych.adapters.migrations.telling import drops_of, steps_of
from triptych.adapters.migrations.texts import cell_of, creation, listed, moved, quoted
from triptych.domain.migrations import Step

_ALL = "everybody, until the end"


def sqlite_moves(comparison: Comparison, rows: Mapping[str, int], dialect: Dialect) -> list[Move]:
    """Makes the moves of a migration: told one by one, done together.

    New tables are filled beside the old ones, which are dropped when no row is needed any more.

    Args:
        comparison: What is to become of which table.
        rows: How many rows each table has, by the name that it has now.
        dialect: How the database says things.
    """
    told: list[Step] = []
    for each in comparison.changed:
        count = rows.get(each.found.name, 0) if each.found else 0
        told += [step for _, step in steps_of(each, count, _ALL)]
    told += drops_of(comparison, dict(rows), _ALL)
    operations = tuple(_operations(comparison, dialect))
    return [Move(step, () if place else operations) for place, step in enumerate(told)]


def _operations(comparison: Comparison, dialect: Dialect) -> Iterator[Sql | FillRows]:
    changes = comparison.changed
    for each in changes:
        yield from _written(each, dialect)
    there = [each.found for each in changes if each.found is not None]
    yield Sql(tuple(_dropped([each.name for each in (*there, *comparison.dropped)])))
    for each in changes:
        if each.found is not None:
            yield Sql((f"ALTER TABLE {quoted(_made(each))} RENAME TO {quoted(each.name)}",))
        yield Sql(tuple(_finished(each.wanted.table, dialect)))


def _made(change: TableChange) -> str:
    return f"{change.name}{MADE}"


def _dropped(names: list[str]) -> Iterator[str]:
    for name in names:
        # What finds words in it goes first: its triggers go with the table.
        yield f"DROP TABLE IF EXISTS {quoted(f'{name}__search')}"
        yield f"DROP TABLE {quoted(name)}"


def _written(change: TableChange, dialect: Dialect) -> Iterator[Sql | FillRows]:
    """Makes a table, and brings the rows over."""
    table = change.wanted.table
    if change.found is None:
        yield Sql((creation(table, dialect),))
    else:
        yield Sql((_create_beside(change, dialect),))
        yield _rows(change, dialect)
    if change.moved_from is not None:
        source, column = change.moved_from
        target = change.name if change.found is None else _made(change)
        yield Sql((moved(change, source, column, target),))


def _create_beside(change: TableChange, dialect: Dialect) -> str:
    """Writes the statement that makes a table under another name, which nothing refers to."""
    name = dialect.sql.identifier_preparer.format_table(change.wanted.table)
    _, _, rest = creation(change.wanted.table, dialect).partition(f"CREATE TABLE {name} ")
    return f"CREATE TABLE {quoted(_made(change))} {rest}"


def _rows(change: TableChange, dialect: Dialect) -> Sql | FillRows:
    """Brings the rows of a table over: by one statement, if nothing is worked out in Python."""
    needed = {*change.made, *change.converted, *change.required}
    worked_out = [f for f in change.fills if f.constant is None and needed & set(f.columns)]
    if worked_out:
        return by_rows(change, dialect)
    cells = {name: cell_of(change, name, dialect) for name in change.expected.columns}
    names = [name for name in cells if cells[name]]
    selected = ", ".join(cells[name] for name in names)
    found = change.found.name if change.found else ""
    # All names are quoted, all values written as literals.
    insert = f"INSERT INTO {quoted(_made(change))} ({listed(names)}) SELECT {selected} FROM {quoted(found)}"  # noqa: S608  # nosec B608
    return Sql((insert,))


def by_rows(change: TableChange, dialect: Dialect) -> FillRows:
    """Says how the rows of a table are written anew.

    Raises:
        ValueError: The table is not there.
    """
    if change.found is None:
        raise ValueError(change.name)
    needed = {*change.made, *change.converted}
    copied = [(cell_of(change, n, dialect), n) for n in change.expected.columns if n not in needed]
    return FillRows(
        source=change.found.name,
        columns=dict(change.found.columns),
        aliases=change.aliases,
        key=tuple(change.before(each) for each in change.wanted.key),
        target=_made(change),
        fills=change.fills,
        names={name: name for name in (*needed, *change.required)},
        copied=tuple(copied),
        kept=frozenset(change.required),
    )


def _finished(table: sa.Table, dialect: Dialect) -> Iterator[str]:
    """Yields what is made after the rows are in: indexes, and what finds words."""
    for index in sorted(table.indexes, key=lambda each: str(each.name)):
        yield str(CreateIndex(index).compile(dialect=dialect.sql))
    yield from dialect.search.statements(table)
    if searched_columns(table):
        name = quoted(f"{table.name}__search")
        # The name is quoted.
        yield f"INSERT INTO {name}({name}) VALUES ('rebuild')"  # noqa: S608  # nosec B608
