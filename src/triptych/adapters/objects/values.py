"""Single values: whether they fit their type, and how they are written as JSON and text."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any
from uuid import UUID

import msgspec

from triptych.domain.ontology import (
    Bounds,
    Choice,
    Enumeration,
    Identifier,
    Scalar,
    ScalarKind,
)

type ValueType = Scalar | Identifier | Enumeration | Choice

LARGEST_INT = 2**63 - 1
_DECIMAL_DIGITS = 131_072
_DECIMAL_PLACES = 16_383
_SPOKEN = re.compile(
    r"(?:(?P<days>\d{1,7})d)?(?:(?P<hours>\d{1,9})h)?(?:(?P<minutes>\d{1,9})m)?(?:(?P<seconds>\d{1,9})s)?"
)
_TRUTH = {"true": True, "false": False}
_PYTHON: dict[ScalarKind, type] = {
    ScalarKind.STR: str,
    ScalarKind.INT: int,
    ScalarKind.FLOAT: float,
    ScalarKind.BOOL: bool,
    ScalarKind.DECIMAL: Decimal,
    ScalarKind.UUID: UUID,
    ScalarKind.BYTES: bytes,
    ScalarKind.DATE: date,
    ScalarKind.TIME: time,
    ScalarKind.DATETIME: datetime,
    ScalarKind.TIMEDELTA: timedelta,
}


class Unfit(ValueError):
    """A value that does not fit its type; the message says what it is.

    Example:
        ```python
        from triptych.adapters.objects.values import Unfit

        assert issubclass(Unfit, ValueError)
        ```
    """


def microseconds(value: timedelta) -> int:
    """Returns a duration as whole microseconds, exactly.

    Example:
        ```python
        from datetime import timedelta

        from triptych.adapters.objects.values import microseconds

        assert microseconds(timedelta(seconds=-1)) == -1_000_000
        ```
    """
    return (value.days * 86_400 + value.seconds) * 1_000_000 + value.microseconds


def duration_text(value: timedelta) -> str:
    """Writes a duration as ISO 8601 in seconds, such as `PT900S`.

    Example:
        ```python
        from datetime import timedelta

        from triptych.adapters.objects.values import duration_text

        assert duration_text(timedelta(minutes=-15, microseconds=500_000)) == "-PT899.5S"
        ```
    """
    total = microseconds(value)
    seconds, rest = divmod(abs(total), 1_000_000)
    fraction = f".{rest:06}".rstrip("0") if rest else ""
    return f"{'-' if total < 0 else ''}PT{seconds}{fraction}S"


def instant_text(value: datetime) -> str:
    """Writes an aware datetime in UTC with six digits, so that text order is time order.

    Example:
        ```python
        from datetime import UTC, datetime

        from triptych.adapters.objects.values import instant_text

        assert instant_text(datetime(2026, 1, 2, tzinfo=UTC)) == "2026-01-02T00:00:00.000000Z"
        ```
    """
    instant = value if value.tzinfo is UTC else value.astimezone(UTC)
    return instant.isoformat("T", "microseconds").removesuffix("+00:00") + "Z"


def _text(value: Any) -> str:
    if type(value) is not str:
        value = str(_is(value, str))
    if "\0" in value:
        raise Unfit("holds a NUL character")
    if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
        raise Unfit("holds half of a surrogate pair")
    return str(value)


def _int(value: Any) -> int:
    if type(value) is not int:
        _is(value, int)
        raise Unfit(f"is {value!r}, not a plain int")
    if not -LARGEST_INT - 1 <= value <= LARGEST_INT:
        raise Unfit(f"{value} does not fit in 64 bits")
    return value


def _float(value: Any) -> float:
    if type(value) is not float:
        value = float(_int(value) if isinstance(value, int) else _is(value, float))
    if not math.isfinite(value):
        raise Unfit(f"{value} is not a finite number")
    return float(value)


def _decimal(value: Any) -> Decimal:
    _is(value, Decimal)
    if not value.is_finite():
        raise Unfit(f"{value} is not a finite number")
    exponent = int(value.as_tuple().exponent)
    if value.adjusted() >= _DECIMAL_DIGITS or exponent < -_DECIMAL_PLACES:
        raise Unfit(f"has more than {_DECIMAL_DIGITS} digits or {_DECIMAL_PLACES} places")
    return Decimal(value)


def _date(value: Any) -> date:
    if isinstance(value, datetime):
        raise Unfit(f"is the datetime {value}, not a date")
    return _is(value, date)


def _time(value: Any) -> time:
    clock = _is(value, time)
    if clock.tzinfo is not None:
        raise Unfit(f"{clock} has a time zone, which a time without its date cannot have")
    return clock.replace(fold=0)


def _datetime(value: Any) -> datetime:
    moment = _is(value, datetime)
    if moment.tzinfo is UTC:
        return moment
    if moment.utcoffset() is None:
        raise Unfit(f"{moment} is in no time zone")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise Unfit(f"{moment} lies outside of the years 1 to 9999 in UTC") from None


def _timedelta(value: Any) -> timedelta:
    duration = _is(value, timedelta)
    if not -LARGEST_INT <= microseconds(duration) <= LARGEST_INT:
        raise Unfit(f"{duration} is longer than 292 thousand years")
    return duration


def _is[T](value: Any, python: type[T]) -> T:
    if type(value) is python:
        return value
    if not isinstance(value, python) or isinstance(value, bool) is not (python is bool):
        raise Unfit(f"is {value!r:.60}, not a {python.__name__}")
    return value


_FIT: dict[ScalarKind, Callable[[Any], Any]] = {
    ScalarKind.STR: _text,
    ScalarKind.INT: _int,
    ScalarKind.FLOAT: _float,
    ScalarKind.BOOL: lambda value: _is(value, bool),
    ScalarKind.DECIMAL: _decimal,
    ScalarKind.UUID: lambda value: _is(value, UUID),
    ScalarKind.BYTES: lambda value: _is(value, bytes),
    ScalarKind.DATE: _date,
    ScalarKind.TIME: _time,
    ScalarKind.DATETIME: _datetime,
    ScalarKind.TIMEDELTA: _timedelta,
}


@cache
def fitter(of: ValueType) -> Callable[[Any], Any]:
    """Returns a function that checks a value and returns it as it will be read back.

    Instants come back in UTC; enum members as what is stored of them.

    Raises:
        Unfit: (the function) The value does not fit the type.

    Example:
        ```python
        from triptych.adapters.objects.values import fitter
        from triptych.domain.ontology import Bounds, Scalar, ScalarKind

        fit = fitter(Scalar(ScalarKind.INT, bounds=Bounds(low=0)))
        assert fit(3) == 3
        ```
    """
    if isinstance(of, Enumeration):
        return _member_fitter(of)
    fit = _FIT[of.kind]
    if isinstance(of, Choice):
        return _choice_fitter(of, fit)
    bounds = of.bounds if isinstance(of, Scalar) else None
    return fit if bounds is None else _bounded(fit, bounds)


def _member_fitter(of: Enumeration) -> Callable[[Any], Any]:
    stored = {of.python[name]: value for value, name in of.members}

    def fit(value: Any) -> Any:
        if type(value) is not of.python:
            raise Unfit(f"is {value!r:.60}, not a {of.name}")
        return stored[value]

    return fit


def _choice_fitter(of: Choice, fit: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def chosen(value: Any) -> Any:
        if fit(value) not in of.values:
            raise Unfit(f"is {value!r:.60}, not one of {of.label}")
        return value

    return chosen


def _bounded(fit: Callable[[Any], Any], bounds: Bounds) -> Callable[[Any], Any]:
    pattern = re.compile(bounds.pattern) if bounds.pattern is not None else None

    def fit_bounds(value: Any) -> Any:
        fitting = fit(value)
        size = len(fitting) if isinstance(fitting, str | bytes) else fitting
        too_low = bounds.low is not None and size < bounds.low
        too_high = bounds.high is not None and size > bounds.high
        if too_low or too_high or (pattern and not pattern.fullmatch(fitting)):
            raise Unfit(f"{value!r:.60} is not {bounds.sentence}")
        return fitting

    return fit_bounds


_PLAIN: dict[ScalarKind, Callable[[Any], Any]] = {
    ScalarKind.DECIMAL: lambda value: format(value, "f"),
    ScalarKind.UUID: msgspec.to_builtins,
    ScalarKind.BYTES: lambda value: base64.b64encode(value).decode(),
    ScalarKind.DATE: date.isoformat,
    ScalarKind.TIME: lambda value: value.isoformat(timespec="microseconds"),
    ScalarKind.DATETIME: instant_text,
    ScalarKind.TIMEDELTA: duration_text,
}


def plain(of: ValueType, value: Any) -> Any:
    """Writes a value as JSON knows it: text, number, bool or nothing.

    Example:
        ```python
        from decimal import Decimal

        from triptych.adapters.objects.values import plain
        from triptych.domain.ontology import Scalar, ScalarKind

        assert plain(Scalar(ScalarKind.DECIMAL), Decimal("1.10")) == "1.10"
        ```
    """
    return writer(of)(value)


@cache
def writer(of: ValueType) -> Callable[[Any], Any]:
    """Returns a function that writes a value as JSON knows it: see `plain`."""
    fit, write = fitter(of), _PLAIN.get(of.kind)
    if write is None:
        return lambda value: None if value is None else fit(value)
    return lambda value: None if value is None else write(fit(value))


def plain_measure(of: ValueType, value: Any) -> Any:
    """Writes what was made of many values, which may lie beyond what one may be.

    Example:
        ```python
        from triptych.adapters.objects.values import plain_measure
        from triptych.domain.ontology import Scalar, ScalarKind

        assert plain_measure(Scalar(ScalarKind.INT), 2**64) == 2**64
        ```
    """
    if value is None or not isinstance(of, Scalar):
        return plain(of, value)
    return _PLAIN[of.kind](value) if of.kind in _PLAIN else value


def parse(of: ValueType, raw: Any, *, is_text: bool = False) -> Any:
    """Reads a value from JSON, or from text where everything is text.

    Raises:
        Unfit: It does not fit the type.

    Example:
        ```python
        from datetime import timedelta

        from triptych.adapters.objects.values import parse
        from triptych.domain.ontology import Scalar, ScalarKind

        assert parse(Scalar(ScalarKind.TIMEDELTA), "PT1H") == timedelta(hours=1)
        assert parse(Scalar(ScalarKind.INT), "12", is_text=True) == 12
        ```
    """
    python = _PYTHON[of.kind]
    try:
        value: Any = msgspec.convert(raw, python, strict=not is_text)
    except msgspec.ValidationError as error:
        raise Unfit(f"{raw!r:.60} is not a {of.label}: {error}") from None
    if isinstance(of, Enumeration):
        return _member(of, value)
    fitter(of)(value)
    return value


def _member(of: Enumeration, value: Any) -> Enum:
    for stored, name in of.members:
        if stored == value:
            return of.python[name]
    known = ", ".join(str(each) for each in of.values)
    raise Unfit(f"{value!r:.60} is not a {of.name}; there are {known}")


def read_value(of: ValueType, text: str) -> Any:
    """Reads a value of a type from text; it may lie beyond the type's bounds.

    A duration may be written as people do, `1h30m`.

    Raises:
        Unfit: It does not fit.

    Example:
        ```python
        from triptych.adapters.objects.values import read_value
        from triptych.domain.ontology import Scalar, ScalarKind

        assert read_value(Scalar(ScalarKind.BOOL), "true") is True
        ```
    """
    if of.kind is ScalarKind.TIMEDELTA and (said := _SPOKEN.fullmatch(text)) and text:
        parts = {unit: float(number) for unit, number in said.groupdict().items() if number}
        return timedelta(**parts)
    if of.kind is ScalarKind.BOOL:
        if text not in _TRUTH:
            raise Unfit(f"{text!r:.60} is neither true nor false")
        return _TRUTH[text]
    if isinstance(of, Scalar) and of.bounds:
        of = Scalar(of.kind, of.name)
    return parse(of, text, is_text=True)


class PlainValues:
    """Writes values as plain JSON and reads them back, by their types."""

    def write(self, of: ValueType, value: Any) -> Any:
        """Writes a value of a type."""
        return plain(of, value)

    def read(self, of: ValueType, raw: Any) -> Any:
        """Reads a value of a type.

        Raises:
            Unfit: It does not fit; it may lie beyond the type's bounds.
        """
        return parse(Scalar(of.kind, of.name) if isinstance(of, Scalar) else of, raw)


PLAIN = PlainValues()
