"""SQLite: strict tables, exact decimals as text, instants as text in UTC."""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import reduce
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    REAL,
    ColumnElement,
    FromClause,
    Integer,
    LargeBinary,
    Text,
    case,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Dialect as SqlDialect

from triptych.adapters.database.dialect import Codec, Packer, json_object
from triptych.adapters.database.idioms import Idioms
from triptych.adapters.database.search import Search
from triptych.adapters.database.sqlite_idioms import SqliteIdioms, define_functions
from triptych.adapters.database.sqlite_search import SqliteSearch, address
from triptych.domain.ontology import ScalarKind

SECOND = 1_000_000
_ZERO: ColumnElement[int] = literal_column("0")
_SECOND: ColumnElement[int] = literal_column(str(SECOND))
_PLUS, _MINUS, _S = (literal_column(f"'{each}'", Text()) for each in ("PT", "-PT", "S"))


def prepare_connection(connection: sqlite3.Connection) -> None:
    """Gives a connection what the statements of this dialect call by name."""
    connection.create_collation("decimal", compare_decimals)
    define_functions(connection)
    connection.create_function("float_text", 1, _float_text, deterministic=True)
    connection.create_function("base64_text", 1, _base64_text, deterministic=True)


def compare_decimals(left: str, right: str) -> int:
    """Orders two decimals written as text by their value.

    Example:
        ```python
        from triptych.adapters.database.sqlite_dialect import compare_decimals

        assert compare_decimals("10", "9.5") == 1
        assert compare_decimals("1.0", "1.00") == 0
        ```
    """
    return int(Decimal(left).compare(Decimal(right)))


def _float_text(value: float | None) -> str | None:
    return None if value is None else repr(value)


def _base64_text(value: bytes | None) -> str | None:
    return None if value is None else base64.b64encode(value).decode()


def _microseconds(value: timedelta) -> int:
    return (value.days * 86_400 + value.seconds) * SECOND + value.microseconds


def _json_bool(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.json(
        case(
            (column == literal_column("1"), literal_column("'true'")),
            (column == _ZERO, literal_column("'false'")),
        )
    )


def _json_float(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.json(func.float_text(column))


def _json_duration(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Writes `PT900S`; whole seconds, which are nearly all, take the short way."""
    size = func.abs(column)
    rest = size.op("%")(_SECOND)
    digits = func.rtrim(func.printf(literal_column("'.%06dS'"), rest), literal_column("'0S'"))
    sign = case((column < _ZERO, _MINUS), else_=_PLUS)
    return case(
        (column.op("%")(_SECOND) != _ZERO, _joined(sign, size.op("/")(_SECOND), digits, _S)),
        (column < _ZERO, _joined(_MINUS, (-column).op("/")(_SECOND), _S)),
        else_=_joined(_PLUS, column.op("/")(_SECOND), _S),
    )


def _joined(*parts: ColumnElement[Any]) -> ColumnElement[Any]:
    return reduce(lambda left, right: left.op("||")(right), parts)


class SqliteDialect:
    """How SQLite, from 3.38 on, says things."""

    def __init__(self) -> None:
        self.name = "sqlite"
        self.sql: SqlDialect = sqlite.dialect(paramstyle="qmark")
        self.array = Codec(Text(), json=func.json)
        self.idioms: Idioms = SqliteIdioms()
        self.search: Search = SqliteSearch()
        # A key that stays needs the pages of its index again; sorted runs want to be small.
        self.before_rows = "PRAGMA cache_size=-65536"
        self.before_indexes = "PRAGMA cache_size=-2000"
        self.codecs: Mapping[ScalarKind, Codec] = {
            ScalarKind.STR: Codec(Text()),
            ScalarKind.INT: Codec(Integer()),
            ScalarKind.FLOAT: Codec(REAL(), json=_json_float),
            ScalarKind.BOOL: Codec(Integer(), int, bool, _json_bool),
            ScalarKind.DECIMAL: Codec(
                Text(collation="decimal"), lambda value: format(value, "f"), Decimal
            ),
            ScalarKind.UUID: Codec(Text(), msgspec.to_builtins, UUID),
            ScalarKind.BYTES: Codec(LargeBinary(), json=func.base64_text),
            ScalarKind.DATE: Codec(Text(), date.isoformat, date.fromisoformat),
            ScalarKind.TIME: Codec(
                Text(), lambda value: value.isoformat("microseconds"), time.fromisoformat
            ),
            ScalarKind.DATETIME: Codec(
                Text(),
                lambda value: value.isoformat("T", "microseconds")[:26] + "Z",
                datetime.fromisoformat,
            ),
            ScalarKind.TIMEDELTA: Codec(
                Integer(),
                _microseconds,
                lambda value: timedelta(microseconds=value),
                _json_duration,
            ),
        }

    def json_object(self, pairs: Sequence[tuple[str, ColumnElement[Any]]]) -> ColumnElement[Any]:
        """Makes a JSON object of named values."""
        return json_object(func.json_object, pairs)

    def json_part(self, value: ColumnElement[Any]) -> ColumnElement[Any]:
        """Marks a value that is JSON already, so that it is not quoted as text."""
        return func.json(value)

    def json_lines(self, document: ColumnElement[Any]) -> ColumnElement[Any]:
        """Joins JSON documents by line breaks, which no document holds, in the order of the rows."""
        return func.group_concat(document, literal_column("char(10)"))

    def packed(self, frame: Any) -> Any:
        """Puts a frame of polars into the form in which it is sent: column by column."""
        return [each.to_list() for each in frame.get_columns()]

    def packer(self, kinds: Sequence[ScalarKind | None]) -> Packer:
        """Returns what puts rows of cells into the same form."""
        return lambda rows: list(zip(*rows, strict=True))

    def address(self, rows: FromClause) -> ColumnElement[Any] | None:
        """Returns what the database itself finds a row by: its number."""
        return address(rows)

    def json_array(self, ordered: Any, value: ColumnElement[Any]) -> ColumnElement[Any]:
        """Makes a JSON array of one column of an ordered subquery."""
        return select(func.json_group_array(value)).select_from(ordered).scalar_subquery()
