"""What differs between databases in how a value is stored and how JSON is made of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import ColumnElement, FromClause, Text, cast, func, literal_column
from sqlalchemy.engine import Dialect as SqlDialect
from sqlalchemy.sql import ClauseElement
from sqlalchemy.types import TypeEngine

from triptych.adapters.database.idioms import Idioms
from triptych.adapters.database.search import Search
from triptych.domain.ontology import ScalarKind

_MOST_PAIRS = 45

type Packer = Callable[[Sequence[Sequence[Any]]], Any]


@dataclass(frozen=True, slots=True)
class Codec:
    """How values of one kind are kept in a column.

    Attributes:
        sql: The column's type.
        encode: From a fitting Python value to what the driver takes; `None` for as it is.
        decode: From what the driver gives back to Python; `None` for as it is.
        json: From the column to what stands in a JSON document; `None` for as it is.
    """

    sql: TypeEngine[Any]
    encode: Callable[[Any], Any] | None = None
    decode: Callable[[Any], Any] | None = None
    json: Callable[[ColumnElement[Any]], ColumnElement[Any]] | None = None


class Dialect(Protocol):
    """One database's way of saying things.

    Attributes:
        name: Such as `sqlite`.
        sql: SQLAlchemy's dialect, which compiles statements.
        codecs: How each kind of value is kept.
        array: How several values are kept in one column, as JSON.
        idioms: How it says what expressions say.
        search: How it finds words.
        before_rows: What is said before many rows are written; empty for nothing.
        before_indexes: What is said before indexes of them are made; empty for nothing.
    """

    name: str
    sql: SqlDialect
    codecs: Mapping[ScalarKind, Codec]
    array: Codec
    idioms: Idioms
    search: Search
    before_rows: str
    before_indexes: str

    def json_object(self, pairs: Sequence[tuple[str, ColumnElement[Any]]]) -> ColumnElement[Any]:
        """Makes a JSON object of named values."""
        ...

    def json_part(self, value: ColumnElement[Any]) -> ColumnElement[Any]:
        """Marks a value that is JSON already, so that it is not quoted as text."""
        ...

    def json_lines(self, document: ColumnElement[Any]) -> ColumnElement[Any]:
        """Joins JSON documents by line breaks, which no document holds, in the order of the rows."""
        ...

    def packed(self, frame: Any) -> Any:
        """Puts a frame of polars into the form in which it is sent; any thread may do so."""
        ...

    def packer(self, kinds: Sequence[ScalarKind | None]) -> Packer:
        """Returns what puts rows of cells into the same form; any process may do so.

        Args:
            kinds: What the cells of a row are, in order; `None` for a JSON array.
        """
        ...

    def address(self, rows: FromClause) -> ColumnElement[Any] | None:
        """Returns what the database itself finds a row of a table by.

        Args:
            rows: A table, or a selection of rows of one that has their address, too.

        Returns:
            A column besides those of the table, or nothing where nothing is won by it.
        """
        ...

    def json_array(self, ordered: Any, value: ColumnElement[Any]) -> ColumnElement[Any]:
        """Makes a JSON array of one column of an ordered subquery."""
        ...


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement in the database's own words, compiled once.

    Attributes:
        text: The SQL.
        parameters: The names of its parameters, in the order of their places.
        constants: The values of those that are always the same.

    Example:
        ```python
        from triptych.adapters.database.dialect import Statement

        statement = Statement("SELECT ?, ?", ("b", "a"), {"a": 1})
        assert statement.arguments({"b": 2}) == (2, 1)
        ```
    """

    text: str
    parameters: tuple[str, ...]
    constants: Mapping[str, Any]

    def arguments(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """Puts named values in the order of their places."""
        known = {**self.constants, **values} if self.constants else values
        return tuple([known[name] for name in self.parameters])


def compile_statement(statement: ClauseElement, dialect: Dialect) -> Statement:
    """Compiles a statement of SQLAlchemy Core."""
    compiled: Any = statement.compile(dialect=dialect.sql)
    parameters = tuple(compiled.positiontup or ())
    constants = {name: value for name, value in compiled.params.items() if value is not None}
    return Statement(str(compiled), parameters, constants)


def json_object(
    function: Callable[..., ColumnElement[Any]],
    pairs: Sequence[tuple[str, ColumnElement[Any]]],
) -> ColumnElement[Any]:
    """Makes a JSON object of named values by a function that takes only so many arguments.

    Names are Python identifiers, so that quoting them is safe.
    """
    parts = [
        function(
            *(
                part
                for name, value in pairs[start : start + _MOST_PAIRS]
                for part in (literal_column(f"'{name}'"), value)
            )
        )
        for start in range(0, max(len(pairs), 1), _MOST_PAIRS)
    ]
    if len(parts) == 1:
        return parts[0]
    texts = [cast(part, Text) for part in parts]
    first = texts[0]
    joined: ColumnElement[Any] = func.substr(first, 1, func.length(first) - 1)
    for text in texts[1:]:
        inner = func.substr(text, 2, func.length(text) - 2)
        joined = joined.op("||")(literal_column("','")).op("||")(inner)
    return joined.op("||")(literal_column("'}'"))
