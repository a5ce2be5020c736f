"""Words in SQLite: an FTS5 index beside the table, kept in step by triggers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import REAL, ColumnElement, FromClause, Index, Table, column, select
from sqlalchemy import table as named
from sqlalchemy.dialects import sqlite

from triptych.adapters.database.search import searched_columns

TRIGGER = "__search_"
# Letters keep their accents, as they do everywhere else.
_TOKENS = "unicode61 remove_diacritics 0"


class SqliteSearch:
    """How SQLite finds words.

    The index holds no copy of the texts: it finds the rows of the table by their numbers, which
    SQLite keeps, even when it rewrites its file, wherever a table has an index, as all of ours do.
    """

    def indexes(self, table: Table) -> Iterator[Index]:
        """Yields the indexes of a table that words are found by."""
        yield from ()

    def statements(self, table: Table) -> Iterator[str]:
        """Yields what else must be made for a table, after it."""
        columns = searched_columns(table)
        if not columns:
            return
        quoted = [_quoted(each) for each in columns]
        index, rows, names = _quoted(_index_name(table)), _quoted(table.name), ", ".join(quoted)
        new, old = (", ".join(f"{row}.{each}" for each in quoted) for row in ("new", "old"))
        # All names are quoted; a statement that makes a trigger takes no parameters.
        add = f"INSERT INTO {index}(rowid, {names}) VALUES (new._rowid_, {new});"  # noqa: S608  # nosec B608
        drop = f"INSERT INTO {index}({index}, rowid, {names}) VALUES ('delete', old._rowid_, {old});"  # noqa: S608  # nosec B608
        yield (
            f"CREATE VIRTUAL TABLE {index} USING fts5({names}, content={rows}, "
            f"content_rowid='_rowid_', tokenize='{_TOKENS}', prefix='2 3')"
        )
        for name, event, body in (
            ("insert", "INSERT", add),
            ("delete", "DELETE", drop),
            ("update", f"UPDATE OF {names}", drop + add),
        ):
            trigger = _quoted(f"{table.name}{TRIGGER}{name}")
            yield f"CREATE TRIGGER {trigger} AFTER {event} ON {rows} BEGIN {body} END"

    def parts(self, table: Table) -> Mapping[str, Mapping[str, str]]:
        """Describes that, in the words of `Database.describe`."""
        columns = searched_columns(table)
        if not columns:
            return {}
        triggers = {
            f"trigger {table.name}{TRIGGER}{each}": "" for each in ("insert", "delete", "update")
        }
        return {
            table.name: triggers,
            _index_name(table): {f"column {each}": "" for each in columns},
        }

    def query(self, words: Sequence[str]) -> str:
        """Writes words as FTS5 asks for them: each the beginning of one that is there."""
        return " ".join(f'"{each}"*' for each in words)

    def matches(
        self, table: Table, rows: FromClause, query: ColumnElement[Any]
    ) -> ColumnElement[bool]:
        """Asks whether a row of a table, or of an alias of it, has the words of a query."""
        index = _index(table)
        found = select(index.c.rowid).where(index.c[index.name].op("MATCH")(query))
        return address(rows).in_(found)

    def ranked(
        self, table: Table, own: FromClause, rows: FromClause, query: ColumnElement[Any]
    ) -> tuple[FromClause, ColumnElement[bool] | None, ColumnElement[float]]:
        """Ranks rows by how well they match, after BM25."""
        index = _index(table)
        joined = rows.join(index, index.c.rowid == address(own))
        return joined, index.c[index.name].op("MATCH")(query), index.c.rank


def _quoted(name: str) -> str:
    """Quotes a name, which may be a word of SQL."""
    return sqlite.dialect().identifier_preparer.quote_identifier(name)


def _index_name(table: Table) -> str:
    return f"{table.name}__search"


def _index(table: Table) -> Any:
    name = _index_name(table)
    return named(name, column("rowid"), column("rank", REAL()), column(name))


def address(rows: FromClause) -> ColumnElement[int]:
    """Returns the number that SQLite itself gives each row, by the name that no property has."""
    number: ColumnElement[int] = column("_rowid_", _selectable=rows)
    return number
