"""Names: what `delay`, `origin.name` or `departure.month` stand for."""

from __future__ import annotations

from typing import Protocol

from triptych.domain.errors import UnknownName
from triptych.domain.expression.building import Unfitting, kind_of
from triptych.domain.expression.moving import moved
from triptych.domain.expression.nodes import Expression, Linked, Value, Variable
from triptych.domain.expression.paths import Path, path_names
from triptych.domain.expression.reckoning import extract
from triptych.domain.expression.vocabulary import Kind, Part
from triptych.domain.ontology import (
    Cardinality,
    Identifier,
    ObjectType,
    Ontology,
    Property,
    Structure,
)


class Names(Protocol):
    """What names are looked up in."""

    ontology: Ontology

    def computed(self, of: ObjectType, name: str) -> Expression | None:
        """Reads a computed property; nothing where there is none of that name."""
        ...


def named_value(names: Names, of: ObjectType, name: str) -> Expression:
    """Finds the value that a dotted name stands for.

    Args:
        names: Where names are looked up.
        of: The object type that it is asked of.
        name: A property or a part of one, stored or computed; perhaps after links to one.

    Raises:
        UnknownName: There is nothing of that name.
        Unfitting: It is a link to many, or cannot be asked of a database.

    Example:
        ```python
        from triptych import read_ontology
        from triptych.adapters.expression.reader import RuleReader
        from triptych.domain.expression.building import kind_of
        from triptych.domain.expression.names import named_value

        rules = RuleReader(read_ontology("flights"))
        flight = rules.ontology.object_type("Flight")
        assert kind_of(named_value(rules, flight, "plane.seats")).label == "Seats | None"
        assert kind_of(named_value(rules, flight, "departure.month")).label == "int"
        ```
    """
    variable, steps = Variable((), of.name), name.split(".")
    while True:
        held = next((each for each in of.properties if each.name == steps[0]), None)
        if held is not None and (len(steps) == 1 or not isinstance(held.type, Identifier)):
            return _stored(variable, of, steps)
        computed = names.computed(of, steps[0])
        if computed is not None:
            return _computed(computed, variable, of, steps)
        linked = _next(names.ontology, of, variable, steps)
        if len(steps) == 1:
            return _stored(variable, of, [linked.link.property])
        variable, steps = linked, steps[1:]
        of = names.ontology.object_type(variable.type_name)


def _computed(
    computed: Expression, variable: Variable, of: ObjectType, steps: list[str]
) -> Expression:
    """Asks for a computed property, or a part of a date in it."""
    if variable.is_optional:
        found = f"{variable.path[-1]} may be missing, and has no {steps[0]} then"
        raise Unfitting(found, "ask by a rule")
    value = moved(computed, variable)
    return _parts(value, of, steps, 1) if len(steps) > 1 else value


def _next(ontology: Ontology, of: ObjectType, variable: Variable, steps: list[str]) -> Linked:
    """Follows a link to one."""
    links = {each.name: each for each in ontology.links_from(of.name)}
    if steps[0] not in links:
        known = [*path_names(of.properties), *(each.name for each in of.computed), *links]
        raise UnknownName(f"property of {of.name}", ".".join(steps), known)
    link = links[steps[0]]
    if link.cardinality is Cardinality.MANY:
        found = f"{link.name} leads to many {link.target}"
        raise Unfitting(found, "ask by a rule with any(...) or all(...)")
    is_optional = variable.is_optional or link.cardinality is Cardinality.OPTIONAL
    return Linked((*variable.path, link.name), link.target, is_optional, link=link, of=variable)


def _stored(variable: Variable, of: ObjectType, steps: list[str]) -> Expression:
    """Finds a stored value, or a part of a date in it."""
    found: list[Property] = []
    members = of.properties
    for step in steps:
        held = next((each for each in members if each.name == step), None)
        if held is None:
            return _parts(_value(variable, found) if found else None, of, steps, len(found))
        found.append(held)
        is_open = isinstance(held.type, Structure) and not held.many
        members = held.type.properties if is_open and isinstance(held.type, Structure) else ()
    if members:
        parts = path_names(members, f"{'.'.join(steps)}.")
        raise UnknownName(f"single value of {of.name}", ".".join(steps), parts)
    return _value(variable, found)


def _value(variable: Variable, found: list[Property]) -> Value:
    path = Path(tuple(found))
    kind = Kind(path.leaf.type, path.is_optional or variable.is_optional, path.leaf.many)
    return Value(variable, path, kind)


def _parts(value: Expression | None, of: ObjectType, steps: list[str], known: int) -> Expression:
    """Takes a part of a date or an instant, such as its month, where a name goes on so."""
    rest, name = steps[known:], ".".join(steps)
    if value is None or len(rest) > 1 or rest[0] not in Part:
        raise UnknownName(f"property of {of.name}", name, path_names(of.properties))
    if kind_of(value).is_optional:
        raise Unfitting(f"{'.'.join(steps[:known])} may be missing", "ask by a rule")
    return extract(rest[0], value, frozenset())
