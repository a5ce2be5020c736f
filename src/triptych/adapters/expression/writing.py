"""Conditions written as JSON: for searches that are kept.

Each expression is an object of one key, and each value stands in its place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from triptych.domain.expression import Condition, Kind
from triptych.domain.expression.building import BOOL, FLOAT, INT, TEXT
from triptych.domain.expression.nodes import (
    All,
    Among,
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
    Reckon,
    TextChange,
    TextMatch,
    Value,
    Variable,
)
from triptych.domain.expression.vocabulary import Change, Part

PLAIN_KINDS: dict[type, Kind] = {bool: BOOL, int: INT, float: FLOAT, str: TEXT}


class Plain(Protocol):
    """Writes values as plain JSON and reads them back."""

    def write(self, of: Any, value: Any) -> Any:
        """Writes a value of a type."""
        ...

    def read(self, of: Any, raw: Any) -> Any:
        """Reads a value of a type."""
        ...


def condition_document(condition: Condition, plain: Plain) -> dict[str, Any]:
    """Writes a condition as JSON, its values in their places.

    Example:
        ```python
        from flights.domain.rules import leaves_from_the_north
        from triptych import read_ontology, rule
        from triptych.adapters.expression.writing import condition_document
        from triptych.adapters.expression.reader import RuleReader
        from triptych.adapters.objects.values import PLAIN
        from triptych.domain.expression import conclude

        reader = RuleReader(read_ontology("flights"))
        condition = conclude(rule(leaves_from_the_north), reader.understand)
        document = condition_document(condition, PLAIN)
        assert document == {"gt": [{"get": "origin.position.latitude"}, {"value": 45.0}]}
        ```
    """
    return _Writer(condition.given, plain).write(condition.expression)


@dataclass(frozen=True, slots=True)
class _Writer:
    given: tuple[Any, ...]
    plain: Plain

    def write(self, of: Expression) -> dict[str, Any]:
        match of:
            case Constant() | Given():
                return self._value(of)
            case Value():
                return {"get": ".".join((*_named(of.of), *of.path.names))}
            case Item():
                return {"get": of.name}
            case Linked() | Variable():
                return {"object": ".".join(_named(of))}
            case Exists(item=item):
                name = item.name if isinstance(item, Item) else item.path[-1]
                return {"some": [self.write(of.among), name, self.write(of.clause)]}
        name, parts = _SPOKEN[type(of)](of)
        written = [self.write(each) for each in parts]
        return {name: written[0] if name in _SINGLE else written}

    def _value(self, of: Constant | Given) -> dict[str, Any]:
        value = self.given[of.number] if isinstance(of, Given) else of.value
        if value is None:
            return {"value": None}
        if of.kind.many:
            written: Any = [self.plain.write(of.kind.type, each) for each in value]
        else:
            written = self.plain.write(of.kind.type, value)
        label = of.kind.type.label
        is_native = type(written) in PLAIN_KINDS and PLAIN_KINDS[type(written)].label == label
        return {"value": written} if is_native else {"value": written, "type": label}


def _named(of: Variable) -> tuple[str, ...]:
    """Returns the names that lead to an object: from the one in question, or from a loop's own."""
    if not isinstance(of, Linked):
        return of.path
    is_loops_own = of.path[-1] != of.link.name
    return of.path[-1:] if is_loops_own else (*_named(of.of), of.link.name)


_SINGLE = {"not", "missing", "length", "count", *Change, *Part}
_SPOKEN: dict[type, Callable[[Any], tuple[str, tuple[Expression, ...]]]] = {
    All: lambda of: ("all", of.clauses),
    Either: lambda of: ("any", of.clauses),
    Not: lambda of: ("not", (of.clause,)),
    Missing: lambda of: ("missing", (of.of,)),
    Compare: lambda of: (of.operator.value, (of.left, of.right)),
    Among: lambda of: ("in", (of.item, of.values)),
    TextMatch: lambda of: (of.match.value, (of.text, of.part)),
    Matches: lambda of: ("search", (of.of, of.words)),
    TextChange: lambda of: (of.change.value, (of.text,)),
    Choose: lambda of: ("if", (of.clause, of.then, of.otherwise)),
    Reckon: lambda of: (of.sign.value, (of.left, of.right)),
    Extract: lambda of: (of.part.value, (of.of,)),
    Length: lambda of: ("length", (of.of,)),
    Count: lambda of: ("count", (of.among,)),
}
