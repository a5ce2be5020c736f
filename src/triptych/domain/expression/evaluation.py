"""Evaluating an expression on one object, its links and the values that are given."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from triptych.domain.expression.nodes import (
    All,
    Among,
    Argument,
    Asked,
    Bin,
    Choose,
    Compare,
    Constant,
    Count,
    Either,
    Exists,
    Expression,
    Extract,
    Given,
    Item,
    Length,
    Linked,
    Matches,
    Missing,
    Not,
    Period,
    Reckon,
    TextChange,
    TextMatch,
    Value,
    Variable,
)
from triptych.domain.expression.scales import binned, period
from triptych.domain.expression.searching import speaks_of, words_of
from triptych.domain.expression.vocabulary import Change, Match, Operator, Part, Sign

type Follow = Callable[[Linked, Any], Sequence[Any]]
type Texts = Callable[[str, Any], Sequence[str | None]]


@dataclass(frozen=True, slots=True)
class World:
    """What an expression is evaluated in.

    Attributes:
        objects: By the path of their variable.
        arguments: By name.
        given: By number.
        items: By name, within `any` and `all` over values.
        follow: Returns the objects that a link leads to from one.
        texts: Returns the texts of an object of a type that are searched.
    """

    objects: Mapping[tuple[str, ...], Any] = field(default_factory=dict)
    arguments: Mapping[str, Any] = field(default_factory=dict)
    given: Sequence[Any] = ()
    items: Mapping[str, Any] = field(default_factory=dict)
    follow: Follow = lambda of, start: ()
    texts: Texts = lambda type_name, of: ()


def holds(of: Expression, world: World) -> bool:
    """Evaluates a condition; where Python would fail to reckon, it does not hold.

    Example:
        ```python
        from triptych.domain.expression import World, holds
        from triptych.domain.expression.building import BOOL
        from triptych.domain.expression.nodes import Constant, Not

        assert holds(Not(Constant(False, BOOL)), World())
        ```
    """
    try:
        return bool(evaluate(of, world))
    except ArithmeticError:
        return False


def evaluate(of: Expression, world: World) -> Any:
    """Evaluates an expression.

    Raises:
        ArithmeticError: It divides by zero, or leaves what Python can reckon with.
    """
    return _EVALUATE[type(of)](of, world)


def _asked(of: Asked, world: World) -> Any:
    found = getattr(evaluate(of.of, world), of.name)
    if of.inputs is None:
        return found
    return found(*(evaluate(each, world) for each in of.inputs))


def _linked(of: Linked, world: World) -> Any:
    """Returns the object that a link leads to, or all of them, unless it is known already."""
    if of.path in world.objects:
        return world.objects[of.path]
    start = evaluate(of.of, world)
    ends = () if start is None else world.follow(of, start)
    return ends if of.is_several else next(iter(ends), None)


def _value(of: Value, world: World) -> Any:
    found = evaluate(of.of, world)
    return None if found is None else of.path.value(found)


def _compare(of: Compare, world: World) -> bool:
    return bool(_COMPARE[of.operator](evaluate(of.left, world), evaluate(of.right, world)))


def _match(of: TextMatch, world: World) -> bool:
    return bool(_MATCH[of.match](evaluate(of.text, world), evaluate(of.part, world)))


def _matches(of: Matches, world: World) -> bool:
    found = evaluate(of.of, world)
    texts = () if found is None else world.texts(of.of.type_name, found)
    return speaks_of(texts, words_of(evaluate(of.words, world)))


def _choose(of: Choose, world: World) -> Any:
    return evaluate(of.then if evaluate(of.clause, world) else of.otherwise, world)


def _reckon(of: Reckon, world: World) -> Any:
    return RECKON[of.sign](evaluate(of.left, world), evaluate(of.right, world))


def _extract(of: Extract, world: World) -> Any:
    value = evaluate(of.of, world)
    if of.part is Part.TOTAL_SECONDS:
        return value.total_seconds()
    return getattr(value.astimezone(UTC) if isinstance(value, datetime) else value, of.part)


def _bin(of: Bin, world: World) -> Any:
    value = evaluate(of.of, world)
    return None if value is None else binned(value, of.width.value)


def _period(of: Period, world: World) -> Any:
    value = evaluate(of.of, world)
    return None if value is None else period(of.unit, of.zone, value)


def _exists(of: Exists, world: World) -> bool:
    if isinstance(of.item, Item):
        for each in evaluate(of.among, world):
            items = {**world.items, of.item.name: each}
            if evaluate(of.clause, replace(world, items=items)):
                return True
        return False
    for each in evaluate(of.among, world):
        objects = {**world.objects, of.item.path: each}
        if evaluate(of.clause, replace(world, objects=objects)):
            return True
    return False


_COMPARE: dict[Operator, Callable[[Any, Any], Any]] = {
    Operator.EQ: operator.eq,
    Operator.LT: operator.lt,
    Operator.LE: operator.le,
    Operator.GT: operator.gt,
    Operator.GE: operator.ge,
}
_MATCH: dict[Match, Callable[[str, str], bool]] = {
    Match.CONTAINS: lambda text, part: part in text,
    Match.STARTS: str.startswith,
    Match.ENDS: str.endswith,
}
_CHANGE: dict[Change, Callable[[str], str]] = {
    Change.LOWER: str.lower,
    Change.UPPER: str.upper,
    Change.STRIP: str.strip,
    Change.CASEFOLD: str.casefold,
}
RECKON: dict[Sign, Callable[[Any, Any], Any]] = {
    Sign.ADD: operator.add,
    Sign.SUBTRACT: operator.sub,
    Sign.MULTIPLY: operator.mul,
    Sign.DIVIDE: operator.truediv,
    Sign.FLOOR: operator.floordiv,
    Sign.REST: operator.mod,
}
_EVALUATE: dict[type, Callable[[Any, World], Any]] = {
    Constant: lambda of, _: of.value,
    Argument: lambda of, world: world.arguments[of.name],
    Asked: _asked,
    Given: lambda of, world: world.given[of.number],
    Variable: lambda of, world: world.objects[of.path],
    Linked: _linked,
    Value: _value,
    Item: lambda of, world: world.items[of.name],
    Missing: lambda of, world: evaluate(of.of, world) is None,
    Compare: _compare,
    Among: lambda of, world: evaluate(of.item, world) in evaluate(of.values, world),
    TextMatch: _match,
    Matches: _matches,
    TextChange: lambda of, world: _CHANGE[of.change](evaluate(of.text, world)),
    All: lambda of, world: all(evaluate(each, world) for each in of.clauses),
    Either: lambda of, world: any(evaluate(each, world) for each in of.clauses),
    Not: lambda of, world: not evaluate(of.clause, world),
    Choose: _choose,
    Reckon: _reckon,
    Extract: _extract,
    Bin: _bin,
    Period: _period,
    Length: lambda of, world: len(evaluate(of.of, world)),
    Exists: _exists,
    Count: lambda of, world: len(evaluate(of.among, world)),
}
