"""The one small protocol that repositories speak to a database through."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from enum import StrEnum
from typing import Any, Protocol

from triptych.adapters.database.dialect import Dialect


class Constraint(StrEnum):
    """What kind of promise of a table a statement would have broken."""

    UNIQUE = "unique"
    FOREIGN_KEY = "foreign key"
    OTHER = "other"


class ConstraintBroken(Exception):
    """A statement would have broken a promise of a table; nothing was written.

    Repositories catch it and say which object and which link it is about.

    Attributes:
        constraint: The kind of promise.
        columns: For `UNIQUE`, the columns whose values are there already.
        detail: The database's own words.

    Example:
        ```python
        from triptych.adapters.database.database import Constraint, ConstraintBroken

        assert ConstraintBroken(Constraint.UNIQUE, ["name"], "taken").columns == ("name",)
        ```
    """

    def __init__(self, constraint: Constraint, columns: Sequence[str], detail: str) -> None:
        self.constraint, self.columns, self.detail = constraint, tuple(columns), detail
        super().__init__(constraint, self.columns, detail)


class Executor(Protocol):
    """Runs statements: a whole database, each by itself, or one transaction."""

    async def fetch(self, sql: str, arguments: Sequence[Any] = ()) -> Sequence[Sequence[Any]]:
        """Runs a reading statement and returns all its rows.

        Raises:
            DatabaseUnavailable: The database cannot be reached or read.
        """
        ...

    async def execute(self, sql: str, arguments: Sequence[Any] = ()) -> int:
        """Runs a writing statement and returns how many rows it touched.

        Raises:
            ConstraintBroken: It would break a promise of a table.
            DatabaseUnavailable: The database cannot be reached or written.
        """
        ...


class Transaction(Executor, Protocol):
    """Statements that hold together or not at all."""

    async def load_rows(
        self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
    ) -> None:
        """Writes rows of cells by the fastest way there is."""
        ...

    async def load_frame(self, table: str, frame: Any) -> None:
        """Writes a frame of polars by the fastest way there is; columns go by name."""
        ...


class Database(Executor, Protocol):
    """A database that is open, or can be.

    Attributes:
        name: For people, without any password.
        dialect: How it says things.
    """

    name: str
    dialect: Dialect

    async def open(self) -> None:
        """Connects.

        Raises:
            DatabaseUnavailable: It cannot be reached.
        """
        ...

    async def close(self) -> None:
        """Gives every connection back; closing twice does nothing."""
        ...

    def transaction(self, *, is_bulk: bool = False) -> AbstractAsyncContextManager[Transaction]:
        """Begins a transaction; it commits at the end of the block, or rolls back on an error.

        Args:
            is_bulk: Whether the caller itself sees to it that every link leads somewhere.
        """
        ...

    async def describe(self) -> dict[str, dict[str, str]]:
        """Describes the tables that are there: by table, what there is and how it is."""
        ...

    def create(self, tables: Any) -> AsyncIterator[str]:
        """Creates tables, in one transaction, and yields the name of each."""
        ...
