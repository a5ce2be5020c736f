"""Constrained scalars: what `range`, `slice` and a pattern say about a type."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from triptych.domain.ontology import Bounds, Scalar, ScalarKind

_LIMITS: dict[ScalarKind, tuple[type, ...]] = {
    ScalarKind.STR: (int,),
    ScalarKind.BYTES: (int,),
    ScalarKind.INT: (int,),
    ScalarKind.FLOAT: (int, float),
    ScalarKind.DECIMAL: (int, Decimal),
    ScalarKind.DATE: (date,),
    ScalarKind.TIME: (time,),
    ScalarKind.DATETIME: (datetime,),
    ScalarKind.TIMEDELTA: (timedelta,),
}


def bounds_of(of: Any, said: range | slice | re.Pattern[Any]) -> Bounds | None:
    """Reads what bounds a type: `range` half open as ever, `slice` with both ends included.

    Returns:
        The bounds, or `None` where they make no sense for that type.

    Example:
        ```python
        from triptych.adapters.ontology.bounds import bounds_of
        from triptych.domain.ontology import Bounds, Scalar, ScalarKind

        assert bounds_of(Scalar(ScalarKind.INT), range(0, 10)) == Bounds(0, 9)
        assert bounds_of(Scalar(ScalarKind.STR), slice(1, 40)) == Bounds(1, 40)
        assert bounds_of(Scalar(ScalarKind.BOOL), range(0, 1)) is None
        ```
    """
    if not isinstance(of, Scalar) or of.kind not in _LIMITS:
        return None
    if isinstance(said, re.Pattern):
        return Bounds(pattern=said.pattern) if of.kind is ScalarKind.STR else None
    limits = _limits(said)
    allowed = _LIMITS[of.kind]
    if limits is None or any(limit is not None and type(limit) not in allowed for limit in limits):
        return None
    return Bounds(*limits)


def _limits(said: range | slice) -> tuple[Any, Any] | None:
    """Returns both ends; nothing for an empty range, or one with gaps."""
    if said.step not in (None, 1):
        return None
    if isinstance(said, slice):
        return said.start, said.stop
    return (said[0], said[-1]) if said else None
