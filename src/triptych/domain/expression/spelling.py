"""Spelling: expressions of one shape as one text, by which statements are kept."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from triptych.domain.expression.nodes import Expression, Variable, field_names
from triptych.domain.expression.paths import Path
from triptych.domain.expression.vocabulary import Kind


def spell(of: Any) -> str:
    """Writes an expression so that two of one shape are spelt the same, wherever they stand.

    Example:
        ```python
        from triptych.domain.expression.building import BOOL
        from triptych.domain.expression.nodes import Constant, Not
        from triptych.domain.expression.spelling import spell

        assert spell(Not(Constant(True, BOOL))) == "Not(Constant(True bool))"
        ```
    """
    if isinstance(of, Expression):
        names = ("path", "type_name") if isinstance(of, Variable) else field_names(type(of))
        return f"{type(of).__name__}({' '.join([spell(getattr(of, name)) for name in names])})"
    if isinstance(of, tuple):
        return f"[{' '.join([spell(each) for each in of])}]"
    if isinstance(of, Kind):
        return of.label
    return str(of) if isinstance(of, Path | StrEnum) else repr(of)
