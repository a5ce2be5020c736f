"""What SQLite is taught so that it groups and measures as Python does."""

from __future__ import annotations

import sqlite3
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from triptych.domain.expression.scales import EXACT, binned, period
from triptych.domain.expression.summary import ranked
from triptych.domain.expression.vocabulary import Unit

_WHOLE_HOURS, _WHOLE_SECONDS = 13, 19


def define_aggregates(connection: sqlite3.Connection) -> None:
    """Gives a connection the functions that aggregates call by name."""
    aggregates: dict[str, tuple[int, Any]] = {
        "decimal_sum": (1, _DecimalSum),
        "ranked": (3, _Ranked),
        "decimal_ranked": (3, _DecimalRanked),
    }
    for name, (count, made) in aggregates.items():
        connection.create_aggregate(name, count, made)
    functions: dict[str, tuple[int, Any]] = {
        "decimal_bin": (2, _decimal_bin),
        "period_of_date": (3, _period_of_date),
        "period_of_instant": (3, _period_of_instant),
    }
    for name, (count, function) in functions.items():
        connection.create_function(name, count, function, deterministic=True)


class _DecimalSum:
    """Sums Decimals up exactly."""

    def __init__(self) -> None:
        self._total: Decimal | None = None

    def step(self, text: str | None) -> None:
        if text is not None:
            self._total = EXACT.add(self._total or Decimal(0), Decimal(text))

    def finalize(self) -> str | None:
        return None if self._total is None else format(self._total, "f")


class _Ranked:
    """Takes the value of the nearest rank."""

    def __init__(self) -> None:
        self._values: list[Any] = []
        self._fraction, self._is_descending = 0.0, False

    def step(self, value: Any, fraction: float, is_descending: int) -> None:
        if value is not None:
            self._values.append(value)
            self._fraction, self._is_descending = fraction, bool(is_descending)

    def finalize(self) -> Any:
        if not self._values:
            return None
        ordered = sorted(self._values, key=self.key)
        return ranked(ordered, self._fraction, is_descending=self._is_descending)

    @staticmethod
    def key(value: Any) -> Any:
        return value


class _DecimalRanked(_Ranked):
    """Takes the value of the nearest rank out of Decimals, which are texts."""

    @staticmethod
    def key(value: Any) -> Any:
        return Decimal(value)


def _decimal_bin(text: str | None, width: str) -> str | None:
    return None if text is None else format(binned(Decimal(text), Decimal(width)), "f")


def _period_of_date(unit: str, zone: str, text: str | None) -> str | None:
    return None if text is None else _begin_of_date(unit, zone, text)


def _period_of_instant(unit: str, zone: str, text: str | None) -> str | None:
    if text is None:
        return None
    whole = _begin_of_hour(unit, zone, text[:_WHOLE_HOURS])
    return whole or _begin_of_second(unit, zone, text[:_WHOLE_SECONDS])


@lru_cache(maxsize=100_000)
def _begin_of_hour(unit: str, zone: str, text: str) -> str | None:
    """Many rows share an hour, and nearly always all moments of an hour share their period."""
    first, last = (_begin_of_second(unit, zone, text + rest) for rest in (":00:00", ":59:59"))
    return first if first == last else None


@lru_cache(maxsize=100_000)
def _begin_of_date(unit: str, zone: str, text: str) -> str:
    return period(Unit(unit), zone, date.fromisoformat(text)).isoformat()


@lru_cache(maxsize=100_000)
def _begin_of_second(unit: str, zone: str, text: str) -> str | None:
    try:
        begin = period(Unit(unit), zone, datetime.fromisoformat(f"{text}+00:00"))
    except OverflowError:
        return None
    if isinstance(begin, datetime):
        return begin.replace(tzinfo=None).isoformat("T", "microseconds") + "Z"
    return begin.isoformat()
