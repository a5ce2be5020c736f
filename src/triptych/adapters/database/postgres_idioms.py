"""Expressions on PostgreSQL: exact numbers, letters by ICU, text in the order of code points."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    DateTime,
    Double,
    FromClause,
    Integer,
    Numeric,
    Text,
    Uuid,
    and_,
    case,
    cast,
    collate,
    extract,
    func,
    literal,
)
from sqlalchemy import literal_column as words
from sqlalchemy.dialects.postgresql import INTERVAL

from triptych.adapters.database.idioms import SPACE
from triptych.domain.errors import Misconfigured
from triptych.domain.expression.vocabulary import Change, Part, Sign, Unit
from triptych.domain.ontology import ScalarKind

_K = ScalarKind
_ZERO: ColumnElement[int] = words("0")
_LONGEST = "9000000000000"
_FIRST, _LAST = "-62135596800", "253402300799.999999"
# Here no zone leads out of the years that Python has.
_PLAIN_YEARS = ("timestamptz '0002-01-01Z'", "timestamptz '9998-12-31Z'")
_LOCAL_END = "timestamp '9999-12-31 23:59:59.999999'"
_ENDS = {
    _K.DATETIME: (
        "timestamptz '0001-01-01 00:00:00Z'",
        "timestamptz '9999-12-31 23:59:59.999999Z'",
    ),
    _K.DATE: ("date '0001-01-01'", "date '9999-12-31'"),
}
_PLAIN: dict[Sign, Callable[[Any, Any], ColumnElement[Any]]] = {
    Sign.ADD: lambda left, right: left.op("+")(right),
    Sign.SUBTRACT: lambda left, right: left.op("-")(right),
    Sign.MULTIPLY: lambda left, right: left.op("*")(right),
}
_ITEMS: dict[ScalarKind, Any] = {_K.INT: BigInteger(), _K.UUID: Uuid(), _K.DATE: Date()}


class PostgresIdioms:
    """How PostgreSQL says what Python says."""

    def exact(self, of: ColumnElement[Any], kind: ScalarKind) -> ColumnElement[Any]:
        """Writes a value so that it can be compared with a Decimal, or with what was reckoned."""
        return cast(of, Numeric) if kind is _K.INT else finite(of, kind)

    def decimals(
        self, left: ColumnElement[Any], right: ColumnElement[Any]
    ) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
        """Writes two Decimals, neither a plain column, so that they compare by their value."""
        return left, right

    def change(self, change: Change, text: ColumnElement[Any]) -> ColumnElement[Any]:
        """Makes a text of another.

        Raises:
            Misconfigured: It is to be casefolded, which PostgreSQL cannot.
        """
        if change is Change.STRIP:
            return func.btrim(text, literal(SPACE, Text()))
        if change is Change.CASEFOLD:
            raise Misconfigured("PostgreSQL has no casefold(); ask by lower() instead")
        letters = getattr(func, change.value)(collate(text, "und-x-icu"))
        return collate(letters, "C")

    def contains(self, text: ColumnElement[Any], part: ColumnElement[Any]) -> ColumnElement[Any]:
        """Asks whether a text holds another."""
        return func.strpos(text, part) > _ZERO

    def ends(self, text: ColumnElement[Any], part: ColumnElement[Any]) -> ColumnElement[Any]:
        """Asks whether a text ends with another."""
        return func.right(text, func.length(part)) == part

    def extract(self, part: Part, kind: ScalarKind, of: ColumnElement[Any]) -> ColumnElement[Any]:
        """Takes a part of a date, an instant, a time or a duration."""
        if part is Part.TOTAL_SECONDS:
            return cast(extract("epoch", of), Double)
        of = finite(of, kind)
        if kind is _K.DATETIME:
            of = func.timezone(words("'UTC'"), of)
        return cast(func.floor(extract(part.value, of)), BigInteger)

    def reckon(
        self,
        sign: Sign,
        left: tuple[ColumnElement[Any], ScalarKind],
        right: tuple[ColumnElement[Any], ScalarKind],
    ) -> ColumnElement[Any]:
        """Adds, subtracts, multiplies or divides."""
        (one, of), (other, by) = left, right
        if sign is Sign.DIVIDE:
            return _float(one, of) / func.nullif(_float(other, by), _ZERO)
        if {of, by} & {_K.DATETIME, _K.DATE, _K.TIMEDELTA}:
            return _dated(sign, left, right)
        if _K.FLOAT in (of, by):
            return _PLAIN[sign](_float(one, of), _float(other, by)).self_group()
        one, other = cast(one, Numeric), cast(other, Numeric)
        if sign in (Sign.FLOOR, Sign.REST):
            other = func.nullif(other, _ZERO)
            rest = func.mod(func.mod(one, other) + other, other)
            return rest if sign is Sign.REST else func.div(one - rest, other)
        return _PLAIN[sign](one, other).self_group()

    def items(
        self, values: ColumnElement[Any], kind: ScalarKind
    ) -> tuple[FromClause, ColumnElement[Any]]:
        """Opens several values that one column holds: where from, and each value."""
        opened = func.jsonb_array_elements_text(values).table_valued("value")
        value: ColumnElement[Any] = opened.c.value
        if kind is _K.BOOL:
            return opened, value == words("'true'")
        return opened, cast(value, _ITEMS[kind]) if kind in _ITEMS else collate(value, "C")

    def size(self, values: ColumnElement[Any]) -> ColumnElement[Any]:
        """Counts the values that one column holds."""
        return func.jsonb_array_length(values)

    def comparable(self, of: ColumnElement[Any], kind: ScalarKind) -> ColumnElement[Any]:
        """Writes a value so that it is grouped with equal ones, and put in order among others."""
        return of

    def totals(self, of: ColumnElement[Any], kind: ScalarKind) -> tuple[ColumnElement[Any], ...]:
        """Sums values up exactly, in as many parts as that takes."""
        return (func.sum(self.number(of, kind)),)

    def total(self, cells: Sequence[Any], kind: ScalarKind) -> Any:
        """Puts the parts of a sum together."""
        is_whole = kind in (_K.INT, _K.BOOL) and cells[0] is not None
        return int(cells[0]) if is_whole else cells[0]

    def number(self, of: ColumnElement[Any], kind: ScalarKind) -> ColumnElement[Any]:
        """Writes a value as something that the database itself can sum up, nearly exactly."""
        if kind is _K.BOOL:
            return cast(of, Integer)
        return cast(of, Numeric) if kind is _K.INT else of

    def ranked(
        self, of: ColumnElement[Any], kind: ScalarKind, fraction: float, *, is_descending: bool
    ) -> ColumnElement[Any]:
        """Takes the value of the nearest rank out of many."""
        order = of.desc() if is_descending else of
        taken: ColumnElement[Any] = func.percentile_disc(literal(fraction, Double())).within_group(
            order
        )
        return taken

    def binned(
        self, of: ColumnElement[Any], kind: ScalarKind, width: ColumnElement[Any]
    ) -> ColumnElement[Any]:
        """Takes the beginning of the step that a value lies on."""
        if kind is _K.FLOAT:
            return func.floor(of / width) * width
        if kind is _K.TIMEDELTA:
            sizes = (cast(_micros(each), Numeric) for each in (of, width))
            return _duration(_stepped(*sizes))
        stepped = _stepped(cast(of, Numeric), cast(width, Numeric))
        return cast(stepped, BigInteger) if kind is _K.INT else stepped

    def period(
        self, unit: Unit, zone: str, common: ColumnElement[Any], kind: ScalarKind
    ) -> ColumnElement[Any]:
        """Makes the beginning of a year, month, day ... of what is common to it: that is it."""
        return common

    def common(
        self, unit: Unit, zone: str, of: ColumnElement[Any], kind: ScalarKind
    ) -> ColumnElement[Any]:
        """Takes the beginning of the year, month, day ... that a date or instant lies in."""
        said: ColumnElement[str] = words(f"'{unit}'")
        if kind is _K.DATE:
            return cast(func.date_trunc(said, cast(finite(of, kind), DateTime())), Date)
        name = literal(zone, Text())
        begun: ColumnElement[Any] = func.date_trunc(said, of, name)
        if unit is not Unit.HOUR:
            begun = cast(func.date_trunc(said, func.timezone(name, of)), Date)
        first, last = _PLAIN_YEARS
        is_plain = of.between(words(first), words(last))
        return case((is_plain, begun), else_=self._period(unit, name, finite(of, kind)))

    def _period(
        self, unit: Unit, zone: ColumnElement[str], of: ColumnElement[Any]
    ) -> ColumnElement[Any]:
        """Takes the same of an instant in the first year or the last."""
        said: ColumnElement[str] = words(f"'{unit}'")
        local = func.timezone(zone, of)
        # Beyond the years that Python has, there is no answer.
        is_there = local.between(words("timestamp '0001-01-01'"), words(_LOCAL_END))
        if unit is Unit.HOUR:
            hour = func.date_trunc(said, of, zone)
            return case((and_(is_there, hour >= words(_ENDS[_K.DATETIME][0])), hour))
        return case((is_there, cast(func.date_trunc(said, local), Date)))


def _stepped(of: ColumnElement[Any], width: ColumnElement[Any]) -> ColumnElement[Any]:
    """Takes away from a number what lies beyond the last whole step."""
    return of - func.mod(func.mod(of, width) + width, width)


def _micros(of: ColumnElement[Any]) -> ColumnElement[Any]:
    return extract("epoch", of) * words("1000000")


def _duration(micros: ColumnElement[Any]) -> ColumnElement[Any]:
    """Makes a duration of microseconds, exactly: a float holds those of one day."""
    day: ColumnElement[int] = words("86400000000")
    days = cast(func.div(micros, day), Integer)
    rest: ColumnElement[Any] = func.mod(micros, day) / words("1000000")
    seconds: ColumnElement[float] = cast(rest, Double())
    return func.make_interval(_ZERO, _ZERO, _ZERO, days, _ZERO, _ZERO, seconds)


def finite(of: ColumnElement[Any], kind: ScalarKind) -> ColumnElement[Any]:
    """Writes the first and the last moment as themselves: the driver makes infinities of them."""
    if kind not in _ENDS:
        return of
    ends: list[ColumnElement[Any]] = [words(each) for each in _ENDS[kind]]
    first, last = ends
    return case((func.isfinite(of), of), (of < first, first), (of > last, last))


def _float(of: ColumnElement[Any], kind: ScalarKind) -> ColumnElement[Any]:
    if kind is _K.TIMEDELTA:
        of = extract("epoch", of) * words("1000000")
    return cast(of, Double)


def _dated(
    sign: Sign,
    left: tuple[ColumnElement[Any], ScalarKind],
    right: tuple[ColumnElement[Any], ScalarKind],
) -> ColumnElement[Any]:
    """Reckons with dates, instants and durations."""
    (one, of), (other, by) = ((finite(value, kind), kind) for value, kind in (left, right))
    if of is by is _K.DATE:
        days = cast(one.op("-")(other), Integer)
        return func.make_interval(_ZERO, _ZERO, _ZERO, days)
    if of is _K.TIMEDELTA and by is _K.DATE:
        (one, of), (other, by) = right, left
    seconds = [_seconds(value, kind) for value, kind in ((one, of), (other, by))]
    if of is _K.DATE:
        # Python takes the whole days of a duration only.
        whole: ColumnElement[Any] = func.floor(seconds[1] / words("86400"))
        moved = _PLAIN[sign](seconds[0], whole * words("86400")).self_group()
        shifted = cast(_PLAIN[sign](one, cast(whole, Integer)), Date)
        return case((moved.between(words(_FIRST), words(_LAST)), shifted))
    size = _PLAIN[sign](*seconds).self_group()
    reckoned = _PLAIN[sign](one, other).self_group()
    # What lies beyond the last year, or is longer than a duration can be, has no answer in Python.
    if _K.DATETIME in (of, by) and of is not by:
        return case((size.between(words(_FIRST), words(_LAST)), reckoned))
    if sign is Sign.MULTIPLY:
        reckoned = cast(reckoned, INTERVAL)
    return case((func.abs(size) < words(_LONGEST), reckoned))


def _seconds(of: ColumnElement[Any], kind: ScalarKind) -> ColumnElement[Any]:
    return cast(of, Numeric) if kind is _K.INT else extract("epoch", of)
