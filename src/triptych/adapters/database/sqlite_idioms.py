"""Expressions on SQLite: what it does not know is a function of Python's own."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    REAL,
    ColumnElement,
    FromClause,
    Integer,
    Text,
    and_,
    cast,
    collate,
    func,
    literal,
)
from sqlalchemy import literal_column as words
from sqlalchemy.sql.elements import Grouping

from triptych.adapters.database.idioms import SPACE
from triptych.adapters.database.sqlite_aggregates import define_aggregates
from triptych.domain.expression.vocabulary import Change, Part, Sign, Unit
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
_HALF: ColumnElement[int] = words("32")
_LOWER: ColumnElement[int] = words("4294967295")
_CUT = {
    Unit.YEAR: (4, "-01-01"),
    Unit.MONTH: (7, "-01"),
    Unit.DAY: (10, ""),
    Unit.HOUR: (13, ":00:00.000000Z"),
}


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
    define_aggregates(connection)


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

    def comparable(self, of: ColumnElement[Any], kind: ScalarKind) -> ColumnElement[Any]:
        """Writes a value so that it is grouped with equal ones, and put in order among others."""
        return collate(of, "decimal") if kind is _K.DECIMAL else of

    def totals(self, of: ColumnElement[Any], kind: ScalarKind) -> tuple[ColumnElement[Any], ...]:
        """Sums values up exactly, in as many parts as that takes."""
        if kind is _K.FLOAT:
            return (func.sum(of),)
        if kind is _K.DECIMAL:
            return (func.decimal_sum(of),)
        # A sum of halves never leaves 64 bits, where one of wholes would be an error.
        return func.sum(of.op(">>")(_HALF)), func.sum(of.op("&")(_LOWER))

    def total(self, cells: Sequence[Any], kind: ScalarKind) -> Any:
        """Puts the parts of a sum together."""
        if kind is _K.FLOAT:
            return cells[0]
        if kind is _K.DECIMAL:
            return None if cells[0] is None else Decimal(cells[0])
        if cells[0] is None:
            return None
        whole = (cells[0] << 32) + cells[1]
        return timedelta(microseconds=whole) if kind is _K.TIMEDELTA else whole

    def number(self, of: ColumnElement[Any], kind: ScalarKind) -> ColumnElement[Any]:
        """Writes a value as something that the database itself can sum up, nearly exactly."""
        return cast(of, REAL)

    def ranked(
        self, of: ColumnElement[Any], kind: ScalarKind, fraction: float, *, is_descending: bool
    ) -> ColumnElement[Any]:
        """Takes the value of the nearest rank out of many."""
        function = func.decimal_ranked if kind is _K.DECIMAL else func.ranked
        return function(of, literal(fraction, REAL()), words(str(int(is_descending))))

    def binned(
        self, of: ColumnElement[Any], kind: ScalarKind, width: ColumnElement[Any]
    ) -> ColumnElement[Any]:
        """Takes the beginning of the step that a value lies on."""
        if kind is _K.DECIMAL:
            return func.decimal_bin(of, width)
        if kind is _K.FLOAT:
            return func.floor(of / width) * width
        return self.reckon(Sign.FLOOR, (of, _K.INT), (width, _K.INT)) * width

    def common(
        self, unit: Unit, zone: str, of: ColumnElement[Any], kind: ScalarKind
    ) -> ColumnElement[Any]:
        """Takes what dates or instants of one year, month, day ... share, in the order of those."""
        if _is_cut(unit, zone, kind):
            return func.substr(of, words("1"), words(str(_CUT[unit][0])))
        called = func.period_of_date if kind is _K.DATE else func.period_of_instant
        return called(literal(unit.value, Text()), literal(zone, Text()), of)

    def period(
        self, unit: Unit, zone: str, common: ColumnElement[Any], kind: ScalarKind
    ) -> ColumnElement[Any]:
        """Makes the beginning of a year, month, day ... of what is common to it."""
        rest = _CUT[unit][1] if _is_cut(unit, zone, kind) else ""
        return common.op("||")(words(f"'{rest}'")) if rest else common


def _is_cut(unit: Unit, zone: str, kind: ScalarKind) -> bool:
    """Tells whether the text of a date or instant begins with its period."""
    return unit in _CUT and (kind is _K.DATE or zone == "UTC")


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
