"""Filters: conditions as names and values, in the same words on every way in.

`{"origin": "JFK", "delay.gt": timedelta(hours=1)}` in Python, `?origin=JFK&delay.gt=PT1H` over
HTTP, `--where delay.gt=PT1H` in the shell. A name is a property, a part of one, a property that
is computed, or one of what the object is linked to: `origin.name.contains`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from triptych.domain.errors import InvalidInput, Problem, UnknownName
from triptych.domain.expression.building import (
    BOOL,
    TEXT,
    Unfitting,
    among,
    both,
    compare,
    facts,
    is_condition,
    kind_of,
    missing,
    negated,
)
from triptych.domain.expression.condition import Condition
from triptych.domain.expression.moving import moved
from triptych.domain.expression.nodes import Constant, Expression, Given, Linked, Value, Variable
from triptych.domain.expression.paths import Path, path_names
from triptych.domain.expression.reckoning import extract, text_match
from triptych.domain.expression.vocabulary import Kind, Match, Operator, Part, Place
from triptych.domain.ontology import (
    Cardinality,
    Identifier,
    ObjectType,
    Ontology,
    Property,
    Structure,
)

_MATCHES = {each.value: each for each in Match}


class Names(Protocol):
    """What the names of a filter are looked up in."""

    ontology: Ontology

    def computed(self, of: ObjectType, name: str) -> Expression | None:
        """Reads a computed property; nothing where there is none of that name."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """One part of a filter without its value.

    Attributes:
        name: What is asked, such as `origin.name`.
        operator: How.
        size: How many values there are, rounded up, for `in`; whether it is to be so, for what
            is true or false.

    Example:
        ```python
        from triptych.domain.expression import Operator
        from triptych.domain.expression.filters import Asked

        assert Asked("delay", Operator.GT).key == "delay.gt"
        ```
    """

    name: str
    operator: Operator | Match
    size: int = 0

    @property
    def key(self) -> str:
        """How it is said."""
        return self.name if self.operator is Operator.EQ else f"{self.name}.{self.operator}"


@dataclass(frozen=True, slots=True)
class Template:
    """A filter without its values, which is the same for all values of one size.

    Attributes:
        condition: What it asks.
        kinds: What each part of the filter is to be given; `None` where nothing.
    """

    condition: Condition
    kinds: tuple[Kind | None, ...]

    def given(self, values: Sequence[Any]) -> Condition:
        """Returns the condition with its values, those of parts that are given nothing left out."""
        taken = [value for value, kind in zip(values, self.kinds, strict=True) if kind]
        of = self.condition
        return Condition(of.type_name, of.expression, tuple(taken), of.spelling)


def split_key(key: str) -> tuple[str, Operator | Match]:
    """Splits `delay.gt` into name and operator; `eq` where none is said.

    Example:
        ```python
        from triptych.domain.expression import Operator
        from triptych.domain.expression.filters import split_key

        assert split_key("delay.ge") == ("delay", Operator.GE)
        ```
    """
    name, dot, last = key.rpartition(".")
    if dot and last in Operator:
        return name, Operator(last)
    return (name, _MATCHES[last]) if dot and last in _MATCHES else (key, Operator.EQ)


def ask(key: str, value: Any) -> Asked:
    """Reads what a key of a filter asks, given its value.

    Raises:
        InvalidInput: `in` is not given several values.

    Example:
        ```python
        from triptych.domain.expression.filters import ask

        assert ask("origin.in", ["JFK", "LGA", "EWR"]).size == 4
        ```
    """
    name, operator = split_key(key)
    if value is None and operator in (Operator.EQ, Operator.NE):
        return Asked(name, Operator.MISSING, int(operator is Operator.EQ))
    if operator is Operator.IN:
        if not isinstance(value, tuple | list | set | frozenset):
            raise InvalidInput([Problem(key, f"{value!r:.60} are not several", "give a list")])
        return Asked(name, operator, _rounded(len(value)))
    return Asked(name, operator, int(value is True))


def _rounded(count: int) -> int:
    """Rounds up to a power of two, so that lists of like length share a statement."""
    return 1 << (count - 1).bit_length() if count else 0


def make_template(names: Names, of: ObjectType, parts: Sequence[Asked]) -> Template:
    """Makes a filter of its parts.

    Raises:
        InvalidInput: A name is unknown or cannot be asked so; all problems are told at once.

    Example:
        ```python
        from triptych import read_ontology
        from triptych.adapters.expression.reader import RuleReader
        from triptych.domain.expression.filters import ask, make_template

        rules = RuleReader(read_ontology("flights"))
        flight = rules.ontology.object_type("Flight")
        late = make_template(rules, flight, [ask("is_late", True), ask("origin.name", "Kennedy")])
        assert [kind.label if kind else None for kind in late.kinds] == [None, "str"]
        ```
    """
    problems: list[Problem] = []
    clauses: list[Expression] = []
    kinds: list[Kind | None] = []
    for each in parts:
        place = Place("filter", 1, 1, each.key)
        number = sum(kind is not None for kind in kinds)
        try:
            clause, kind = _clause(named_value(names, of, each.name), each, number, place)
        except UnknownName as error:
            problems.append(Problem(each.key, str(error)))
        except Unfitting as error:
            problems.append(Problem(each.key, error.found, error.mend))
        else:
            clauses.append(clause)
            kinds.append(kind)
    if problems:
        raise InvalidInput(problems)
    return Template(Condition(of.name, both(clauses)), tuple(kinds))


def _clause(
    value: Expression, asked: Asked, number: int, place: Place
) -> tuple[Expression, Kind | None]:
    kind = kind_of(value)
    there = negated(missing(value)) if kind.is_optional else Constant(True, BOOL)
    one = replace(kind, is_optional=False, many=None)
    given = Given(number, one, place=place)
    operator = asked.operator
    if operator is Operator.MISSING:
        return negated(there, place) if asked.size else there, None
    if isinstance(operator, Match):
        return _matched(operator, value, there, given)
    if operator is Operator.IN:
        if not asked.size:
            return Constant(False, BOOL, place=place), one
        return among(value, replace(given, size=asked.size), place), replace(one, many=kind.many)
    if is_condition(value) and operator in (Operator.EQ, Operator.NE):
        is_so = bool(asked.size) is (operator is Operator.EQ)
        return value if is_so else negated(value, place), None
    compared = compare(operator, value, given, facts(there, holds=True), place)
    is_equality = operator in (Operator.EQ, Operator.NE)
    return compared if is_equality else both([there, compared], place), one


def _matched(
    match: Match, value: Expression, there: Expression, given: Given
) -> tuple[Expression, Kind]:
    """Asks what a text holds, or whether a value is one of several that are stored."""
    known, place = facts(there, holds=True), given.place
    if kind_of(value).many and match is Match.CONTAINS:
        return both([there, among(given, value, place)], place), given.kind
    given = replace(given, kind=TEXT)
    return both([there, text_match(match, value, given, known, place)], place), TEXT


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
        from triptych.domain.expression.filters import named_value

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
            if variable.is_optional:
                found = f"{variable.path[-1]} may be missing, and has no {steps[0]} then"
                raise Unfitting(found, "ask by a rule")
            value = moved(computed, variable)
            return _parts(value, of, steps, 1) if len(steps) > 1 else value
        linked = _next(names.ontology, of, variable, steps)
        if len(steps) == 1:
            return _stored(variable, of, [linked.link.property])
        variable, steps = linked, steps[1:]
        of = names.ontology.object_type(variable.type_name)


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
