"""Scales that values lie on: steps of a width, and the periods of a calendar."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from triptych.domain.expression.vocabulary import Unit

EXACT = Context(prec=200_000)


def binned(value: Any, width: Any) -> Any:
    """Returns where the step begins that a number or duration lies on; the first is at zero.

    Args:
        value: An int, float, Decimal or timedelta.
        width: Of a step, above zero; of the same type.

    Example:
        ```python
        from triptych.domain.expression.scales import binned

        assert binned(1_730, 500) == 1_500
        assert binned(-0.5, 2.0) == -2.0
        ```
    """
    if isinstance(value, float):
        return math.floor(value / width) * width
    if isinstance(value, Decimal):
        steps = EXACT.divide_int(value, width)
        if EXACT.multiply(steps, width) > value:
            steps = EXACT.subtract(steps, Decimal(1))
        return EXACT.multiply(steps, width)
    return value // width * width


@lru_cache(maxsize=512)
def find_zone(name: str) -> ZoneInfo:
    """Finds a time zone by its name.

    Raises:
        ValueError: There is none.

    Example:
        ```python
        from triptych.domain.expression.scales import find_zone

        assert find_zone("Europe/Paris").key == "Europe/Paris"
        ```
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r:.60} is no time zone") from None


def period(unit: Unit, zone: str, value: date | datetime) -> date | datetime:
    """Returns the first day of the year, quarter, month, week or day that a moment lies in.

    Args:
        unit: What the calendar is divided into; weeks begin on Monday.
        zone: Whose calendar, where an instant is asked for.
        value: A date, or an aware datetime.

    Returns:
        The first day; of an hour its first moment, in UTC.

    Raises:
        OverflowError: An instant lies outside of the years 1 to 9999 in that zone.

    Example:
        ```python
        from datetime import UTC, date, datetime

        from triptych.domain.expression.scales import period
        from triptych.domain.expression.vocabulary import Unit

        new_year = datetime(2026, 1, 1, 2, tzinfo=UTC)
        assert period(Unit.MONTH, "America/New_York", new_year) == date(2025, 12, 1)
        ```
    """
    if isinstance(value, datetime):
        value = value.astimezone(find_zone(zone))
        if unit is Unit.HOUR:
            return value.replace(minute=0, second=0, microsecond=0).astimezone(UTC)
        value = value.date()
    match unit:
        case Unit.YEAR:
            return value.replace(month=1, day=1)
        case Unit.QUARTER:
            return value.replace(month=value.month - (value.month - 1) % 3, day=1)
        case Unit.MONTH:
            return value.replace(day=1)
        case Unit.WEEK:
            return value - timedelta(days=value.weekday())
    return value
