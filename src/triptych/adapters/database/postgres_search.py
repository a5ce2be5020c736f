"""Words in PostgreSQL: an index over what a table's texts are made of."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Double,
    FromClause,
    Index,
    Table,
    cast,
    collate,
    func,
    text,
)

from triptych.adapters.database.search import searched_columns
from triptych.domain.expression.searching import SIGMAS

_SIMPLE = text("'simple'\\:\\:regconfig")
_BY_LENGTH = text("2")
_SIGMAS = tuple(text(f"'{each}'") for each in SIGMAS)
_EMPTY, _SPACE = text("''"), text("' '")
_NO_LETTERS = text("'[^[\\:alnum\\:]]+'")


class PostgresSearch:
    """How PostgreSQL finds words: runs of letters and digits, in any language."""

    def indexes(self, table: Table) -> Iterator[Index]:
        """Yields the indexes of a table that words are found by."""
        if searched_columns(table):
            said = "\n".join(searched_columns(table))
            digest = hashlib.sha256(said.encode()).hexdigest()[:8]
            name = f"ix_{table.name}__search_{digest}"
            yield Index(name, _vector(table, table), postgresql_using="gin")

    def statements(self, table: Table) -> Iterator[str]:
        """Yields what else must be made for a table, after it."""
        yield from ()

    def parts(self, table: Table) -> Mapping[str, Mapping[str, str]]:
        """Describes that, in the words of `Database.describe`."""
        return {}

    def query(self, words: Sequence[str]) -> str:
        """Writes words as a `tsquery`: each the beginning of one that is there."""
        return " & ".join(f"{each}:*" for each in words)

    def matches(
        self, table: Table, rows: FromClause, query: ColumnElement[Any]
    ) -> ColumnElement[bool]:
        """Asks whether a row of a table, or of an alias of it, has the words of a query."""
        return _vector(table, rows).op("@@")(func.to_tsquery(_SIMPLE, query))

    def ranked(
        self, table: Table, own: FromClause, rows: FromClause, query: ColumnElement[Any]
    ) -> tuple[FromClause, ColumnElement[bool] | None, ColumnElement[float]]:
        """Ranks rows by how often and how close together the words stand."""
        asked = func.to_tsquery(_SIMPLE, query)
        rank: ColumnElement[float] = cast(
            func.ts_rank(_vector(table, own), asked, _BY_LENGTH), Double()
        )
        return rows, None, -rank


def _vector(table: Table, rows: FromClause) -> ColumnElement[Any]:
    """Writes the words of a row: always in the same way, so that the index is used."""
    first, *more = (func.coalesce(rows.c[each], _EMPTY) for each in searched_columns(table))
    texts: ColumnElement[Any] = first
    for each in more:
        texts = texts.op("||")(_SPACE).op("||")(each)
    plain = func.regexp_replace(collate(texts, "und-x-icu"), _NO_LETTERS, _SPACE, text("'g'"))
    vector: ColumnElement[Any] = func.to_tsvector(
        _SIMPLE, func.replace(func.lower(plain), *_SIGMAS)
    )
    return vector
