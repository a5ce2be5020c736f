"""PostgreSQL: its own types, text in the order of code points."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from importlib import import_module
from io import BytesIO
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Double,
    FromClause,
    LargeBinary,
    Numeric,
    Text,
    Time,
    Uuid,
    case,
    cast,
    extract,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import INTERVAL, JSON, JSONB
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect
from sqlalchemy.engine import Dialect as SqlDialect

from triptych.adapters.database.dialect import Codec, Packer, json_object
from triptych.adapters.database.idioms import Idioms
from triptych.adapters.database.postgres_idioms import PostgresIdioms, finite
from triptych.adapters.database.postgres_search import PostgresSearch
from triptych.adapters.database.search import Search
from triptych.domain.ontology import ScalarKind

_INSTANT = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'
_TIME = "HH24:MI:SS.US"
_DATE = "YYYY-MM-DD"


def _json_bytes(column: ColumnElement[Any]) -> ColumnElement[Any]:
    # PostgreSQL breaks base64 into lines, as MIME does; JSON has no use for them.
    return func.translate(func.encode(column, _text("base64")), literal_column("E'\\n'"), _text(""))


def _text(value: str) -> ColumnElement[str]:
    """Writes a text of our own into the statement: a parameter would cost at each call."""
    return literal_column(f"'{value}'")


def _json_duration(column: ColumnElement[Any]) -> ColumnElement[Any]:
    seconds = extract("epoch", column)
    sign = case((seconds < literal_column("0"), _text("-")), else_=_text(""))
    digits = cast(func.trim_scale(func.abs(seconds)), Text)
    return sign.op("||")(_text("PT")).op("||")(digits).op("||")(_text("S"))


def _json_instant(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.to_char(
        func.timezone(_text("UTC"), finite(column, ScalarKind.DATETIME)), _text(_INSTANT)
    )


def _json_date(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.to_char(finite(column, ScalarKind.DATE), _text(_DATE))


def _aware(value: datetime) -> datetime:
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _interval(value: timedelta) -> str:
    return f"{value.days} day {value.seconds}.{value.microseconds:06} sec"


# The ends of Python's calendar are kept as the ends of time, as the driver keeps them.
_ENDS: Mapping[Any, str] = {
    date.max: "infinity",
    date.min: "-infinity",
    datetime.max.replace(tzinfo=UTC): "infinity",
    datetime.min.replace(tzinfo=UTC): "-infinity",
}
# What else than numbers and texts is written as.
_SAID: Mapping[ScalarKind | None, Callable[[Any], str]] = {
    ScalarKind.BYTES: lambda value: rf"\x{value.hex()}",
    ScalarKind.DATE: lambda value: _ENDS.get(value) or value.isoformat(),
    ScalarKind.TIME: time.isoformat,
    ScalarKind.DATETIME: lambda value: _ENDS.get(value) or msgspec.to_builtins(value),
    ScalarKind.TIMEDELTA: _interval,
    ScalarKind.UUID: msgspec.to_builtins,
    ScalarKind.DECIMAL: str,
}


class PostgresDialect:
    """How PostgreSQL, from 14 on, says things."""

    def __init__(self) -> None:
        self.name = "postgresql"
        self.sql: SqlDialect = asyncpg_dialect()  # type: ignore[no-untyped-call]  # untyped there
        self.array = Codec(JSONB())
        self.idioms: Idioms = PostgresIdioms()
        self.search: Search = PostgresSearch()
        self.before_rows = self.before_indexes = ""
        self.codecs: Mapping[ScalarKind, Codec] = {
            ScalarKind.STR: Codec(Text(collation="C")),
            ScalarKind.INT: Codec(BigInteger()),
            ScalarKind.FLOAT: Codec(Double()),
            ScalarKind.BOOL: Codec(Boolean()),
            ScalarKind.DECIMAL: Codec(Numeric(), json=lambda column: cast(column, Text)),
            ScalarKind.UUID: Codec(Uuid()),
            ScalarKind.BYTES: Codec(LargeBinary(), json=_json_bytes),
            ScalarKind.DATE: Codec(Date(), json=_json_date),
            ScalarKind.TIME: Codec(Time(), json=lambda column: func.to_char(column, _text(_TIME))),
            ScalarKind.DATETIME: Codec(DateTime(timezone=True), decode=_aware, json=_json_instant),
            ScalarKind.TIMEDELTA: Codec(INTERVAL(), json=_json_duration),
        }

    def json_object(self, pairs: Sequence[tuple[str, ColumnElement[Any]]]) -> ColumnElement[Any]:
        """Makes a JSON object of named values."""
        return json_object(func.json_build_object, pairs)

    def json_part(self, value: ColumnElement[Any]) -> ColumnElement[Any]:
        """Marks a value that is JSON already, so that it is not quoted as text."""
        return cast(value, JSON)

    def json_lines(self, document: ColumnElement[Any]) -> ColumnElement[Any]:
        """Joins JSON documents by line breaks, which no document holds, in the order of the rows."""
        return func.string_agg(document, literal_column("chr(10)"))

    def packed(self, frame: Any) -> BytesIO:
        """Puts a frame of polars into the form in which it is sent: CSV.

        Nothing is an empty cell, an empty text a quoted one: the fewer quotes, the faster.
        """
        text = BytesIO()
        frame.write_csv(text, include_header=False)
        text.seek(0)
        return text

    def packer(self, kinds: Sequence[ScalarKind | None]) -> Packer:
        """Returns what puts rows of cells into the same form: by way of a frame."""
        # Only loads need it, and it takes longer to import than everything else here.
        polars = import_module("polars")
        kept: dict[ScalarKind | None, Any] = {
            ScalarKind.INT: polars.Int64,
            ScalarKind.FLOAT: polars.Float64,
            ScalarKind.BOOL: polars.Boolean,
        }
        schema = [(str(place), kept.get(kind, polars.String)) for place, kind in enumerate(kinds)]
        said = [_SAID.get(kind) for kind in kinds]

        def pack(rows: Sequence[Sequence[Any]]) -> BytesIO:
            columns = [
                [None if cell is None else say(cell) for cell in cells] if say else cells
                for cells, say in zip(zip(*rows, strict=True), said, strict=bool(rows))
            ]
            return self.packed(polars.DataFrame(columns, schema, orient="col"))

        return pack

    def address(self, rows: FromClause) -> ColumnElement[Any] | None:
        """Returns nothing: a row is moved by each change, and its columns cost nothing to keep."""
        return None

    def json_array(self, ordered: Any, value: ColumnElement[Any]) -> ColumnElement[Any]:
        """Makes a JSON array of one column of an ordered subquery."""
        return (
            select(func.coalesce(func.json_agg(value), cast("[]", JSON)))
            .select_from(ordered)
            .scalar_subquery()
        )
