"""What both databases are told in the same words: names, values, tables, rows taken over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import CreateTable

from triptych.adapters.database.dialect import Dialect
from triptych.adapters.migrations.comparing import TableChange


def literal(cell: Any, dialect: Dialect) -> str:
    """Writes a cell into a statement: those that make tables take no arguments.

    Example:
        ```python
        from triptych.adapters.database.sqlite_dialect import SqliteDialect
        from triptych.adapters.migrations.texts import literal

        assert literal("it's", SqliteDialect()) == "'it''s'"
        ```
    """
    if cell is None or isinstance(cell, bool):
        return {None: "NULL", True: "TRUE", False: "FALSE"}[cell]
    if isinstance(cell, int | float):
        return repr(cell)
    if isinstance(cell, bytes):
        return f"X'{cell.hex()}'" if dialect.name == "sqlite" else f"'\\x{cell.hex()}'::bytea"
    return "'" + _text(cell).replace("'", "''") + "'"


def _text(cell: Any) -> str:
    match cell:
        case timedelta():
            return f"{cell.days} days {cell.seconds} seconds {cell.microseconds} microseconds"
        case date() | time():
            return cell.isoformat()
        case Decimal():
            return format(cell, "f")
    return str(cell)


def quoted(name: str) -> str:
    """Quotes a name, which may be a word of SQL.

    Example:
        ```python
        from triptych.adapters.migrations.texts import quoted

        assert quoted("order") == '"order"'
        ```
    """
    return '"' + name.replace('"', '""') + '"'


def listed(names: Sequence[str]) -> str:
    """Quotes names and joins them.

    Example:
        ```python
        from triptych.adapters.migrations.texts import listed

        assert listed(["a", "b"]) == '"a", "b"'
        ```
    """
    return ", ".join(quoted(each) for each in names)


def creation(table: sa.Table, dialect: Dialect, **options: Any) -> str:
    """Writes the statement that makes a table."""
    return str(CreateTable(table, **options).compile(dialect=dialect.sql)).strip()


def moved(change: TableChange, source: str, column: str, target: str) -> str:
    """Writes the statement that makes links to many of links to one each.

    What a row was until an entry, its link was until then, too.
    """
    names = [each.name for each in change.wanted.table.columns]
    owners = [name for name in names if name.startswith("owner_")]
    cells = {owner: quoted(owner.removeprefix("owner_")) for owner in owners}
    cells |= {"place": "0", "target": quoted(column)}
    selected = ", ".join(cells.get(name, quoted(name)) for name in names)
    # All names are quoted.
    return (
        f"INSERT INTO {quoted(target)} ({listed(names)}) SELECT {selected} "  # noqa: S608  # nosec B608
        f"FROM {quoted(source)} WHERE {quoted(column)} IS NOT NULL"
    )


def cell_of(change: TableChange, name: str, dialect: Dialect) -> str:
    """Writes what a column of the new table is, in the words of the old one."""
    fill, before = change.fill_of(name), quoted(change.before(name))
    if name in change.required and fill and fill.constant is not None:
        value = literal(fill.constant[fill.columns.index(name)], dialect)
        return f"coalesce({before}, {value})"
    if name in (*change.made, *change.converted):
        if fill is not None and fill.constant is not None:
            return literal(fill.constant[fill.columns.index(name)], dialect)
        return "" if name in change.made else before
    if name in change.replaced:
        return replaced(before, change.replaced[name], dialect)
    return before


def replaced(column: str, pairs: Mapping[object, object], dialect: Dialect) -> str:
    """Writes a column in which some values become others.

    Example:
        ```python
        from triptych.adapters.database.sqlite_dialect import SqliteDialect
        from triptych.adapters.migrations.texts import replaced

        assert replaced("s", {"a": "b"}, SqliteDialect()) == "CASE s WHEN 'a' THEN 'b' ELSE s END"
        ```
    """
    cases = " ".join(
        f"WHEN {literal(old, dialect)} THEN {literal(new, dialect)}" for old, new in pairs.items()
    )
    return f"CASE {column} {cases} ELSE {column} END"
