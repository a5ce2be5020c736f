"""Summing many objects up: what is made of the values of a group."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from decimal import Decimal
from functools import reduce
from typing import Any

from triptych.domain.expression.aggregates import Aggregation, Function, Measure
from triptych.domain.expression.building import kind_of
from triptych.domain.expression.evaluation import World, evaluate
from triptych.domain.expression.nodes import Expression
from triptych.domain.expression.scales import EXACT
from triptych.domain.expression.vocabulary import Kind
from triptych.domain.ontology import Enumeration, ScalarKind

_ZEROS: dict[ScalarKind | None, Any] = {
    ScalarKind.INT: 0,
    ScalarKind.BOOL: 0,
    ScalarKind.FLOAT: 0.0,
    ScalarKind.DECIMAL: Decimal(0),
    ScalarKind.TIMEDELTA: timedelta(0),
}


def ranked(ordered: Sequence[Any], fraction: float, *, is_descending: bool = False) -> Any:
    """Returns the first value that at least a fraction of all are not beyond: the nearest rank.

    Args:
        ordered: Values, the least first.
        fraction: From 0 to 1.
        is_descending: Whether the greatest is to be counted as the first.

    Example:
        ```python
        from triptych.domain.expression.summary import ranked

        assert ranked([1, 2, 3, 4], 0.5) == 2
        assert ranked([1, 2, 3, 4], 0.5, is_descending=True) == 3
        ```
    """
    place = max(math.ceil(fraction * len(ordered)), 1)
    return ordered[-place] if is_descending else ordered[place - 1]


def mean(total: Any, count: int) -> Any:
    """Divides a sum by how many there were; nothing where there were none.

    Example:
        ```python
        from datetime import timedelta

        from triptych.domain.expression.summary import mean

        assert mean(timedelta(hours=3), 2) == timedelta(minutes=90)
        assert mean(0, 0) is None
        ```
    """
    return total / count if count else None


def middle(low: Any, high: Any) -> Any:
    """Returns the mean of the two values in the middle.

    Example:
        ```python
        from triptych.domain.expression.summary import middle

        assert middle(2, 3) == 2.5
        ```
    """
    if low is None:
        return None
    return (low + high) / 2


def summarize(aggregation: Aggregation, worlds: Iterable[World]) -> list[tuple[Any, ...]]:
    """Groups objects and measures each group.

    Args:
        aggregation: What is asked.
        worlds: Each object with what it is linked to.

    Returns:
        A row for each group, in order: what it is grouped by, then its measures; not more than
        are taken, and one.
    """
    rows = [
        (*key, *(_measured(each, members) for each in aggregation.measures))
        for key, members in _grouped(aggregation, worlds).items()
    ]
    for place, is_descending in reversed(aggregation.order):
        sortable = _sortable(aggregation.terms[place].kind)
        rows = _ordered(rows, place, sortable, is_descending=is_descending)
    return rows[: aggregation.take + 1]


def _grouped(
    aggregation: Aggregation, worlds: Iterable[World]
) -> dict[tuple[Any, ...], list[World]]:
    groups: dict[tuple[Any, ...], list[World]] = {} if aggregation.by else {(): []}
    for world in worlds:
        key = tuple(_value(each.of, world) for each in aggregation.by)
        groups.setdefault(key, []).append(world)
    return groups


def _ordered(
    rows: Sequence[tuple[Any, ...]],
    place: int,
    sortable: Callable[[Any], Any],
    *,
    is_descending: bool,
) -> list[tuple[Any, ...]]:
    """Puts rows in order by one of their values; those that have none come last."""
    there = [row for row in rows if row[place] is not None]
    there.sort(key=lambda row: sortable(row[place]), reverse=is_descending)
    return there + [row for row in rows if row[place] is None]


def _value(of: Expression, world: World) -> Any:
    try:
        return evaluate(of, world)
    except ArithmeticError:
        return None


def _sortable(kind: Kind) -> Callable[[Any], Any]:
    """Returns what stands for a value in an order: of a member of an enum, what is stored."""
    if not isinstance(kind.type, Enumeration):
        return lambda value: value
    stored: dict[Any, Any] = {kind.type.python[name]: value for value, name in kind.type.members}
    return stored.__getitem__


def _measured(measure: Measure, members: Sequence[World]) -> Any:
    of = measure.of
    if of is None:
        return len(members)
    found = (_value(of, world) for world in members)
    return _FUNCTIONS[measure.function](measure, [each for each in found if each is not None])


def _total(measure: Measure, values: Sequence[Any]) -> Any:
    start = zero(kind_of(measure.of)) if measure.of else 0
    return reduce(EXACT.add if isinstance(start, Decimal) else operator.add, values, start)


def zero(kind: Kind) -> Any:
    """Returns the sum of nothing.

    Example:
        ```python
        from triptych.domain.expression.building import FLOAT
        from triptych.domain.expression.summary import zero

        assert zero(FLOAT) == 0.0
        ```
    """
    return _ZEROS[kind.scalar]


def _middle(measure: Measure, values: Sequence[Any]) -> Any:
    ordered = sorted(values)
    return (
        middle(ranked(ordered, 0.5), ranked(ordered, 0.5, is_descending=True)) if values else None
    )


_FUNCTIONS: dict[Function, Callable[[Measure, Sequence[Any]], Any]] = {
    Function.COUNT: lambda _, values: len(values),
    Function.DISTINCT: lambda _, values: len(set(values)),
    Function.SUM: _total,
    Function.MIN: lambda _, values: min(values, default=None),
    Function.MAX: lambda _, values: max(values, default=None),
    Function.MEAN: lambda of, values: mean(_total(of, values), len(values)),
    Function.MEDIAN: _middle,
    Function.PERCENTILE: lambda of, values: ranked(sorted(values), of.fraction) if values else None,
}
