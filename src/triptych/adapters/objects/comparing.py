"""Comparisons in SQL that are true or not, and nothing in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from triptych.domain.expression.nodes import Compare, Expression, Value
from triptych.domain.expression.vocabulary import Operator

_TURNED = {
    Operator.LT: Operator.GE,
    Operator.LE: Operator.GT,
    Operator.GT: Operator.LE,
    Operator.GE: Operator.LT,
}
_ORDERED: dict[Operator, Callable[[Any, Any], Any]] = {
    Operator.LT: lambda left, right: left < right,
    Operator.LE: lambda left, right: left <= right,
    Operator.GT: lambda left, right: left > right,
    Operator.GE: lambda left, right: left >= right,
}


def ordered(operator: Operator, left: Any, right: Any, *, holds: bool) -> Any:
    """Says that two values are in an order, or that they are in the contrary one."""
    return _ORDERED[operator if holds else _TURNED[operator]](left, right)


def may_be_missing(of: Expression) -> bool:
    """Tells whether a value may be missing; what cannot be reckoned is something else."""
    return isinstance(of, Value) and (of.path.is_optional or of.of.is_optional)


def equal(of: Compare, written: tuple[Any, Any]) -> Any:
    """Says that two values are equal, both missing included; where it can, by equality alone."""
    left, right = written
    if may_be_missing(of.left) and may_be_missing(of.right):
        return sa.or_(left == right, sa.and_(left.is_(None), right.is_(None)))
    return left == right


def different(of: Compare, written: tuple[Any, Any]) -> Any:
    """Says that two values differ, one missing included."""
    left, right = written
    if may_be_missing(of.left) and may_be_missing(of.right):
        return left.is_distinct_from(right)
    absent = [
        column.is_(None)
        for each, column in ((of.left, left), (of.right, right))
        if may_be_missing(each)
    ]
    return sa.or_(left != right, *absent)
