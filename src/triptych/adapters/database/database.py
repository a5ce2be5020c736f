"""The one small protocol that repositories speak to a database through."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
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
        table: The table, where the database says it.

    Example:
        ```python
        from triptych.adapters.database.database import Constraint, ConstraintBroken

        assert ConstraintBroken(Constraint.UNIQUE, ["name"], "taken").columns == ("name",)
        ```
    """

    def __init__(
        self, constraint: Constraint, columns: Sequence[str], detail: str, table: str = ""
    ) -> None:
        self.constraint, self.columns, self.detail = constraint, tuple(columns), detail
        self.table = table
        super().__init__(constraint, self.columns, detail, table)


class Collided(Exception):
    """Another transaction was faster; nothing was written, and all of it may be tried again.

    Attributes:
        place: Which of the writes met other rows than it should have, where that is known.

    Example:
        ```python
        from triptych.adapters.database.database import Collided

        assert Collided().place is None
        ```
    """

    def __init__(self, place: int | None = None) -> None:
        self.place = place
        super().__init__(place)


@dataclass(frozen=True, slots=True)
class Write:
    """A statement among those that are run together.

    Attributes:
        text: The SQL; it may read, too, to see that something is still so.
        arguments: What it is given.
        rows: How many rows it must touch or find; any number where nothing is said.
        is_alone: Whether it must see what those before it have written.

    Example:
        ```python
        from triptych.adapters.database.database import Write

        assert Write("DELETE FROM cities WHERE id = ?", ("x",), rows=1).rows == 1
        ```
    """

    text: str
    arguments: Sequence[Any] = ()
    rows: int | None = None
    is_alone: bool = False


async def finished[R](commit: Awaitable[R]) -> R:
    """Waits for a commit to its end, come what may: whoever gave up would not know what it did.

    Example:
        ```python
        import asyncio

        from triptych.adapters.database.database import finished

        assert asyncio.run(finished(asyncio.sleep(0, "done"))) == "done"
        ```
    """
    task = asyncio.ensure_future(commit)
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():
                raise
    return task.result()


class Fetcher(Protocol):
    """Runs statements that read."""

    async def fetch(self, sql: str, arguments: Sequence[Any] = ()) -> Sequence[Sequence[Any]]:
        """Runs a reading statement and returns all its rows.

        Raises:
            DatabaseUnavailable: The database cannot be reached or read.
        """
        ...


class Executor(Fetcher, Protocol):
    """Runs statements: a whole database, each by itself, or one transaction."""

    async def execute(self, sql: str, arguments: Sequence[Any] = ()) -> int:
        """Runs a writing statement and returns how many rows it touched.

        Raises:
            ConstraintBroken: It would break a promise of a table.
            DatabaseUnavailable: The database cannot be reached or written.
        """
        ...

    async def returning(self, sql: str, arguments: Sequence[Any] = ()) -> Sequence[Sequence[Any]]:
        """Runs a writing statement and returns the rows that it returns.

        Raises:
            ConstraintBroken: It would break a promise of a table.
            DatabaseUnavailable: The database cannot be reached or written.
        """
        ...

    async def write_all(self, writes: Sequence[Write]) -> None:
        """Runs writes one after the other, as one: all of them hold, or none does.

        Raises:
            Collided: One of them met other rows than it should have, or the database says that
                another transaction was faster.
            ConstraintBroken: They would break a promise of a table.
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

    async def load_packed(self, table: str, columns: Sequence[str], packed: Any) -> None:
        """Writes what the dialect has packed, by the fastest way there is."""
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

    def transaction(
        self, *, is_bulk: bool = False, is_exact: bool = True, turns: Sequence[str] = ()
    ) -> AbstractAsyncContextManager[Transaction]:
        """Begins a transaction; it commits at the end of the block, or rolls back on an error.

        Args:
            is_bulk: Whether the caller itself sees to it that every link leads somewhere.
            is_exact: Whether it is as if it were alone: whatever it has read still holds when
                it commits.
            turns: Names of what to wait in line for, before anything is seen.

        Raises:
            Collided: Another transaction was faster.
        """
        ...

    async def describe(self) -> dict[str, dict[str, str]]:
        """Describes the tables that are there: by table, what there is and how it is."""
        ...

    def create(self, tables: Any, writes: Sequence[Write] = ()) -> AsyncIterator[str]:
        """Creates tables, in one transaction, and yields the name of each.

        Args:
            tables: Which.
            writes: What is written in the end, in the same transaction.
        """
        ...
