"""Expressions on SQLite: what it does not know is a function of Python's own."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import REAL, ColumnElement, FromClause, Integer, Text, and_, cast, func, literal
from sqlalchemy import literal_column as words
from sqlalchemy.sql.elements import Grouping

from triptych.adapters.database.idioms import SPACE
from triptych.domain.expression.vocabulary import Change, Part, Sign
from triptych.domain.ontology import ScalarKind

_K = ScalarKind
_MICROSECONDS = 1_000_000
_NUMBERS: dict[Sign, Callable[[Any, Any], ColumnElement[Any]]] = {
    Sign.ADD: lambda left, right: left + right,
    Sign.SUBTRACT: lambda left, right: left - right,
    Sign.MULTIPLY: lambda left, right: left * right,
}
_DECIMALS = {
    Sign.ADD: "decimal_add",
    Sign.SUBTRACT: "decimal_subtract",
    Sign.MULTIPLY: "decimal_multiply",
}
_PLACES = {
    Part.YEAR: (1, 4),
    Part.MONTH: (6, 2),
    Part.DAY: (9, 2),
    Part.HOUR: (12, 2),
    Part.MINUTE: (15, 2),
    Part.SECOND: (18, 2),
}
_BEFORE_TIME = 11


def define_functions(connection: sqlite3.Connection) -> None:
    """Gives a connection the functions that expressions call by name."""
    functions: dict[str, tuple[int, Callable[..., Any]]] = {
        "text_lower": (1, str.lower),
        "text_upper": (1, str.upper),
        "text_casefold": (1, str.casefold),
        "decimal_add": (2, lambda left, right: _decimal(Decimal(left) + Decimal(right))),
        "decimal_subtract": (2, lambda left, right: _decimal(Decimal(left) - Decimal(right))),
        "decimal_multiply": (2, lambda left, right: _decimal(Decimal(left) * Decimal(right))),
        "decimal_compare": (2, lambda left, right: int(Decimal(left).compare(Decimal(right)))),
        "instant_add": (2, _instant_add),
        "instant_subtract": (2, lambda text, by: _instant_add(text, -by)),
        "instant_between": (2, lambda left, right: _between(datetime, left, right)),
        "date_add": (2, lambda text, by: _date_add(text, timedelta(microseconds=by).days)),
        "date_subtract": (2, lambda text, by: _date_add(text, -timedelta(microseconds=by).days)),
        "date_between": (2, lambda left, right: _between(date, left, right)),
    }
    for name, (count, function) in functions.items():
        connection.create_function(name, count, _where_there(function), deterministic=True)


def _where_there(function: Callable[..., Any]) -> Callable[..., Any]:
    """Gives NULL for NULL, and for what Python cannot reckon."""

    def call(*values: Any) -> Any:
        if None in values:
            return None
        try:
            return function(*values)
        except ArithmeticError:
            return None

    return call


def _decimal(value: Decimal) -> str:
    return format(value, "f")


def _instant_add(text: str, by: int) -> str:
    moved = datetime.fromisoformat(text) + timedelta(microseconds=by)
    return moved.astimezone(UTC).replace(tzinfo=None).isoformat("T", "microseconds") + "Z"


def _date_add(text: str, days: int) -> str:
    return (date.fromisoformat(text) + timedelta(days=days)).isoformat()


def _between(kind: type[date] | type[datetime], left: str, right: str) -> int:
    between: timedelta = kind.fromisoformat(left) - kind.fromisoformat(right)
    return (between.days * 86_400 + between.seconds) * _MICROSECONDS + between.microseconds


class SqliteIdioms:
    """How SQLite says what Python says."""

    def exact(self, of: ColumnElement[Any], kind: ScalarKind) -> ColumnElement[Any]:
        """Writes a value so that it can be compared with a Decimal, or with what was reckoned."""
        return cast(of, Text) if kind is _K.INT else of

    def decimals(
        self, left: ColumnElement[Any], right: ColumnElement[Any]
    ) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
        """Writes two Decimals, neither a plain column, so that they compare by their value."""
        # Not by a collation: that would spread to every text around.
        return func.decimal_compare(left, right), words("0")

    def change(self, change: Change, text: ColumnElement[Any]) -> ColumnElement[Any]:
        """Makes a text of another."""
        if change is Change.STRIP:
            return func.trim(text, literal(SPACE, Text()))
        called: ColumnElement[Any] = getattr(func, f"text_{change}")(text)
        return called

    def contains(self, text: ColumnElement[Any], part: ColumnElement[Any]) -> ColumnElement[Any]:
        """Asks whether a text holds another."""
        return func.instr(text, part) > words("0")

    def ends(self, text: ColumnElement[Any], part: ColumnElement[Any]) -> ColumnElement[Any]:
        """Asks whether a text ends with another."""
        first = func.length(text) - func.length(part) + words("1")
        return and_(func.length(text) >= func.length(part), func.substr(text, first) == part)

    def extract(self, part: Part, kind: ScalarKind, of: ColumnElement[Any]) -> ColumnElement[Any]:
        """Takes a part of a date, an instant, a time or a duration."""
        if part is Part.TOTAL_SECONDS:
            return cast(of, REAL) / words("1000000.0")
        start, length = _PLACES[part]
        start -= _BEFORE_TIME if kind is _K.TIME else 0
        return cast(func.substr(of, words(str(start)), words(str(length))), Integer)

    def reckon(
        self,
        sign: Sign,
        left: tuple[ColumnElement[Any], ScalarKind],
        right: tuple[ColumnElement[Any], ScalarKind],
    ) -> ColumnElement[Any]:
        """Adds, subtracts, multiplies or divides."""
        (one, of), (other, by) = left, right
        if sign is Sign.DIVIDE:
            return cast(one, REAL) / cast(other, REAL)
        if sign in (Sign.FLOOR, Sign.REST):
            one, other = Grouping(one), Grouping(other)
            rest = Grouping(Grouping(one.op("%")(other)) + other).op("%")(other)
            return rest if sign is Sign.REST else Grouping(one - Grouping(rest)).op("/")(other)
        if _K.DECIMAL in (of, by):
            reckoned: ColumnElement[Any] = getattr(func, _DECIMALS[sign])(one, other)
            return reckoned
        if {of, by} & {_K.DATETIME, _K.DATE}:
            return _dated(sign, left, right)
        return _NUMBERS[sign](one, other)

    def items(
        self, values: ColumnElement[Any], kind: ScalarKind
    ) -> tuple[FromClause, ColumnElement[Any]]:
        """Opens several values that one column holds: where from, and each value."""
        opened = func.json_each(values).table_valued("value")
        return opened, opened.c.value

    def size(self, values: ColumnElement[Any]) -> ColumnElement[Any]:
        """Counts the values that one column holds."""
        return func.json_array_length(values)


def _dated(
    sign: Sign,
    left: tuple[ColumnElement[Any], ScalarKind],
    right: tuple[ColumnElement[Any], ScalarKind],
) -> ColumnElement[Any]:
    """Reckons with dates and instants, which are texts."""
    if left[1] is _K.TIMEDELTA:
        left, right = right, left
    name = "instant" if left[1] is _K.DATETIME else "date"
    if right[1] is not _K.TIMEDELTA:
        between: ColumnElement[Any] = getattr(func, f"{name}_between")(left[0], right[0])
        return between
    name += "_subtract" if sign is Sign.SUBTRACT else "_add"
    shifted: ColumnElement[Any] = getattr(func, name)(left[0], right[0])
    return shifted
