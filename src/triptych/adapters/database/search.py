"""What a database must be able to do so that texts are searched by words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import ColumnElement, FromClause, Index, Table

SEARCHED = "searched"


class Search(Protocol):
    """One database's index of words, kept in step with its table in the same transaction.

    Which columns are searched is said in the `info` of a table, under `SEARCHED`.
    """

    def indexes(self, table: Table) -> Iterator[Index]:
        """Yields the indexes of a table that words are found by."""
        ...

    def statements(self, table: Table) -> Iterator[str]:
        """Yields what else must be made for a table, after it."""
        ...

    def parts(self, table: Table) -> Mapping[str, Mapping[str, str]]:
        """Describes that, in the words of `Database.describe`."""
        ...

    def query(self, words: Sequence[str]) -> str:
        """Writes words as the database asks for them: each the beginning of one that is there."""
        ...

    def matches(
        self, table: Table, rows: FromClause, query: ColumnElement[Any]
    ) -> ColumnElement[bool]:
        """Asks whether a row of a table, or of an alias of it, has the words of a query."""
        ...

    def ranked(
        self, table: Table, own: FromClause, rows: FromClause, query: ColumnElement[Any]
    ) -> tuple[FromClause, ColumnElement[bool] | None, ColumnElement[float]]:
        """Ranks rows by how well they match.

        Args:
            table: Whose texts are searched.
            own: What stands for it in the statement.
            rows: That, joined with what else is asked.
            query: What is searched.

        Returns:
            The rows, joined with what is needed; what must hold of them besides; and the rank,
            the best first.
        """
        ...


def searched_columns(table: Table) -> tuple[str, ...]:
    """Names the columns of a table that are searched by words.

    Example:
        ```python
        import sqlalchemy as sa

        from triptych.adapters.database.search import SEARCHED, searched_columns

        cities = sa.Table("cities", sa.MetaData(), info={SEARCHED: ("name",)})
        assert searched_columns(cities) == ("name",)
        ```
    """
    columns: tuple[str, ...] = table.info.get(SEARCHED, ())
    return columns
