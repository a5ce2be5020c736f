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
    low, high = (said[0], said[-1]) if isinstance(said, range) and said else (said.start, said.stop)
    allowed = _LIMITS[of.kind]
    is_sound = all(limit is None or type(limit) in allowed for limit in (low, high))
    if not is_sound or said.step not in (None, 1) or (isinstance(said, range) and not said):
        return None
    return Bounds(low, high)
