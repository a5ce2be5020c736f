"""Clauses as text: `origin.name.contains=York`, `rule=is_late`, as they come over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from triptych.domain.errors import InvalidInput, Problem, UnknownName
from triptych.domain.expression import Condition, Kind, Operator, Understood, find_path, give
from triptych.domain.expression.building import (
    Unfitting,
    among,
    both,
    compare,
    facts,
    missing,
    negated,
)
from triptych.domain.expression.nodes import Argument, Expression, Linked, Value, Variable
from triptych.domain.expression.reckoning import text_match
from triptych.domain.expression.vocabulary import Match
from triptych.domain.ontology import Cardinality, Many, ObjectType, Ontology

type ReadText = Callable[[Any, str], Any]

_MATCHES = {each.value: each for each in Match}


def read_clause(
    ontology: Ontology, of: ObjectType, name: str, text: str, read: ReadText
) -> Condition:
    """Reads a condition on a stored value of an object, or of one that it is linked to.

    Args:
        ontology: Where links are declared.
        of: The object type.
        name: Links to one, the property, perhaps an operator, between dots.
        text: The value.
        read: Reads a value of a type from text.

    Raises:
        UnknownName: There is no such property or link.
        InvalidInput: The value does not fit, or the operator does not.

    Example:
        ```python
        from triptych import read_ontology
        from triptych.adapters.expression.texts import read_clause
        from triptych.adapters.objects.questions import read_value

        ontology = read_ontology("flights")
        flight = ontology.object_type("Flight")
        clause = read_clause(ontology, flight, "origin.name.contains", "York", read_value)
        assert clause.given == ("York",)
        ```
    """
    first, dot, last = name.rpartition(".")
    said = last if dot and (last in Operator or last in _MATCHES) else ""
    value = _value(ontology, of, first if said else name)
    try:
        clause, given = _clause(value, said or "eq", text, read)
    except Unfitting as error:
        raise InvalidInput([Problem(name, error.found, error.mend)]) from None
    kinds = dict.fromkeys(given)
    return give(Understood(name, of.name, clause, kinds), given)


def _value(ontology: Ontology, of: ObjectType, name: str) -> Value:
    """Follows links to one, then finds the property."""
    variable: Variable = Variable((), of.name)
    steps = name.split(".")
    while len(steps) > 1 and not any(
        each.name == steps[0] for each in of.properties if _is_own(each)
    ):
        link = ontology.link(of.name, steps[0])
        if link.cardinality is Cardinality.MANY:
            found = f"{link.name} leads to many {link.target}"
            raise InvalidInput([Problem(name, found, "ask by a rule with any(...) or all(...)")])
        is_optional = variable.is_optional or link.cardinality is Cardinality.OPTIONAL
        path = (*variable.path, link.name)
        variable = Linked(path, link.target, is_optional, link=link, of=variable)
        of, steps = ontology.object_type(link.target), steps[1:]
    stored = find_path(of, ".".join(steps))
    kind = Kind(stored.leaf.type, stored.is_optional or variable.is_optional)
    return Value(variable, stored, kind)


def _is_own(held: Any) -> bool:
    """Tells whether a property has parts of its own, rather than being the id of an object."""
    return hasattr(held.type, "properties")


def _clause(
    value: Value, said: str, text: str, read: ReadText
) -> tuple[Expression, dict[str, Any]]:
    """Returns the clause, and the value that it is given."""
    there = negated(missing(value))
    known = facts(there, holds=True)
    if said == Operator.MISSING:
        if text not in ("true", "false"):
            raise Unfitting(f"{text!r:.60} is neither true nor false", "say one of the two")
        return missing(value) if text == "true" else there, {}
    if said == Operator.IN:
        several = tuple(read(value.kind.type, each) for each in text.split(","))
        listed = Argument("value", Kind(value.kind.type, many=Many.TUPLE))
        return among(value, listed), {"value": several}
    given, other = {"value": read(value.kind.type, text)}, Argument("value", Kind(value.kind.type))
    if said in _MATCHES:
        return both([there, text_match(_MATCHES[said], value, other, known)]), given
    compared = compare(Operator(said), value, other, known)
    return compared if said in ("eq", "ne") else both([there, compared]), given


def read_rules(
    rules: Mapping[str, Understood],
    names: Sequence[str],
    texts: Mapping[str, str],
    read: ReadText,
) -> list[Condition]:
    """Reads rules that are named, each with its arguments as text.

    Raises:
        InvalidInput: There is no such rule, or its arguments do not fit.
    """
    found = [find_rule(rules, name) for name in names]
    return [give(each, read_arguments(each, texts, read)) for each in found]


def find_rule(rules: Mapping[str, Understood], name: str) -> Understood:
    """Finds a rule by its name.

    Raises:
        InvalidInput: There is no such rule.
    """
    if name not in rules:
        raise InvalidInput([Problem("rule", str(UnknownName("rule", name, rules)))])
    return rules[name]


def read_arguments(rule: Understood, texts: Mapping[str, str], read: ReadText) -> dict[str, Any]:
    """Reads those arguments of a rule that are said.

    Raises:
        InvalidInput: The rule is given an object, which no text can be.
    """
    arguments = {}
    for parameter, kind in rule.parameters.items():
        if kind is None:
            raise InvalidInput([Problem("rule", f"{rule.name} cannot be asked by name")])
        if parameter in texts:
            arguments[parameter] = _argument(kind, texts[parameter], read)
    return arguments


def _argument(kind: Kind, text: str, read: ReadText) -> Any:
    if kind.many:
        return tuple(read(kind.type, each) for each in text.split(",")) if text else ()
    return read(kind.type, text)
