"""What a migration does to a database, one operation after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

from triptych.adapters.migrations.fills import Fill
from triptych.adapters.migrations.found import FoundColumn
from triptych.domain.migrations import Step


@dataclass(frozen=True, slots=True)
class Sql:
    """Statements that hold together.

    Attributes:
        texts: The statements.
        is_alone: Whether the only one must run outside of any transaction.
        learned: Table, column, and what it holds afterwards; remembered together with it.
    """

    texts: tuple[str, ...]
    is_alone: bool = False
    learned: tuple[str, str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FillRows:
    """Rows whose cells are worked out one by one.

    Attributes:
        source: The table that is read.
        columns: What its columns hold.
        aliases: Other names that they may be asked for by.
        key: Those that identify a row of it.
        target: The table that is written: another one, which gets all rows; or the same.
        fills: How the cells are worked out.
        names: What the filled columns are called in the target, by the name that the code wants.
        copied: The columns that are taken over, as pairs of an expression of the source and
            a column of the target; for another table.
        empty: The column of the target that is empty where a row is still to be filled.
        kept: The columns whose cells stay where they are not empty.
    """

    source: str
    columns: dict[str, FoundColumn]
    aliases: dict[str, str]
    key: tuple[str, ...]
    target: str
    fills: tuple[Fill, ...]
    names: dict[str, str]
    copied: tuple[tuple[str, str], ...] = ()
    empty: str = ""
    kept: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Move:
    """A step with what is done for it.

    Attributes:
        step: What people are told.
        operations: What is done, one after the other.
    """

    step: Step
    operations: tuple[Sql | FillRows, ...] = ()


def literal(cell: Any) -> str:
    """Writes a cell into a statement: those that make tables take no arguments.

    Example:
        ```python
        from triptych.adapters.migrations.operations import literal

        assert literal("it's") == "'it''s'" and literal(None) == "NULL"
        ```
    """
    if cell is None or isinstance(cell, bool):
        return {None: "NULL", True: "TRUE", False: "FALSE"}[cell]
    if isinstance(cell, int | float):
        return repr(cell)
    if isinstance(cell, bytes):
        return f"X'{cell.hex()}'"
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
        from triptych.adapters.migrations.operations import quoted

        assert quoted("order") == '"order"'
        ```
    """
    return '"' + name.replace('"', '""') + '"'


def listed(names: Sequence[str]) -> str:
    """Quotes names and joins them.

    Example:
        ```python
        from triptych.adapters.migrations.operations import listed

        assert listed(["a", "b"]) == '"a", "b"'
        ```
    """
    return ", ".join(quoted(each) for each in names)
