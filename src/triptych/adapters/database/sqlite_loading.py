"""Writing many rows into SQLite, as few statements as they take."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

# Rows a statement, and the most parameters that a statement may have.
_TOGETHER, _MOST_CELLS, _BOUND = 4, 32_766, "?"


def load_columns(
    connection: sqlite3.Connection,
    table: str,
    columns: Sequence[str],
    cells: Sequence[Sequence[Any]],
) -> None:
    """Writes cells, given column by column: several rows a statement, then the rest.

    Example:
        ```python
        import sqlite3

        from triptych.adapters.database.sqlite_loading import load_columns

        connection = sqlite3.connect(":memory:")
        connection.execute("CREATE TABLE cities (name TEXT, country TEXT)")
        load_columns(connection, "cities", ["name", "country"], [["Oslo", "Rome"], ["NO", "IT"]])
        assert connection.execute("SELECT * FROM cities").fetchall()[1] == ("Rome", "IT")
        connection.close()
        ```
    """
    if not cells:
        return
    said = _said(cells)
    marks = f"({', '.join(said)})"
    bound = [each for each, mark in zip(cells, said, strict=True) if mark == _BOUND]
    names = ", ".join(f'"{name}"' for name in columns)
    together = max(min(_TOGETHER, _MOST_CELLS // len(bound)), 1)
    whole = len(bound[0]) // together * together
    # Every so many-th cell of a column: zipped, they are several rows in one.
    many = [each[at:whole:together] for at in range(together) for each in bound]
    for rows, wide in ((many, together), ([each[whole:] for each in bound], 1)):
        values = ", ".join([marks] * wide)
        # The names are those of our own tables, and what is said are whole numbers.
        sql = f'INSERT INTO "{table}" ({names}) VALUES {values}'  # noqa: S608  # nosec B608
        connection.executemany(sql, zip(*rows, strict=True))


def _said(columns: Sequence[Sequence[Any]]) -> list[str]:
    """Writes what all cells of a column are, or that each is sent with its row.

    A whole number, or nothing, that a column holds throughout is said once, in the statement.
    The first column is always sent: a statement without any would not be told how many rows.
    """
    said = [_BOUND] * len(columns)
    for place, cells in enumerate(columns[1:], start=1):
        first = cells[0] if len(cells) > _TOGETHER else ""
        if (first is None or type(first) is int) and cells.count(first) == len(cells):
            said[place] = "NULL" if first is None else str(first)
    return said
