"""What a migration does to a database, one operation after the other."""

from __future__ import annotations

from dataclasses import dataclass

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
