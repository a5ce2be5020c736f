"""Conditions read from JSON, wherever it comes from.

Values are read by the type of what they stand next to, or by the type that they name; nothing is
ever run, and what is too large or too deep is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from triptych.adapters.expression.writing import PLAIN_KINDS, Plain
from triptych.domain.errors import InvalidInput, Problem, UnknownName
from triptych.domain.expression import Condition, Kind, Operator, Understood, give
from triptych.domain.expression.building import (
    TEXT,
    Known,
    Unfitting,
    among,
    both,
    check_items,
    choose,
    clause,
    compare,
    either,
    facts,
    kind_of,
    missing,
    negated,
)
from triptych.domain.expression.nodes import (
    DEEPEST,
    MOST_NODES,
    Argument,
    Count,
    Exists,
    Expression,
    Item,
    Linked,
    Value,
    Variable,
)
from triptych.domain.expression.paths import Path
from triptych.domain.expression.reckoning import (
    extract,
    length,
    matches,
    reckon,
    text_change,
    text_match,
)
from triptych.domain.expression.vocabulary import Change, Match, Part, Sign
from triptych.domain.ontology import (
    Cardinality,
    Identifier,
    Many,
    ObjectType,
    Ontology,
    Property,
    Scalar,
    ScalarKind,
    Structure,
)

_OTHERS: Mapping[ScalarKind, set[type]] = {
    ScalarKind.INT: {float},
    ScalarKind.TIMEDELTA: {int, float},
}
_COMPARED = ("eq", "ne", "lt", "le", "gt", "ge")


def read_condition(ontology: Ontology, of: ObjectType, document: Any, plain: Plain) -> Condition:
    """Reads a condition from JSON.

    Args:
        ontology: What it is typed against.
        of: The object type that it is about.
        document: What `condition_document` writes; it may come from anywhere.
        plain: Reads values.

    Raises:
        InvalidInput: It is too large, says something unknown, or does not fit.

    Example:
        ```python
        from triptych import read_ontology
        from triptych.adapters.expression.document import read_condition
        from triptych.adapters.objects.values import PLAIN

        ontology = read_ontology("flights")
        asked = {"contains": [{"lower": {"get": "origin.name"}}, {"value": "york"}]}
        condition = read_condition(ontology, ontology.object_type("Flight"), asked, PLAIN)
        assert condition.given == ("york",)
        ```
    """
    reader = _Reader(ontology, of, plain)
    try:
        expression = clause(reader.read(document, frozenset()))
    except Unfitting as error:
        raise InvalidInput([Problem("where", error.found, error.mend)]) from None
    except UnknownName as error:
        raise InvalidInput([Problem("where", str(error))]) from None
    kinds = {name: kind for name, (kind, _) in reader.values.items()}
    values = {name: value for name, (_, value) in reader.values.items()}
    return give(Understood("where", of.name, expression, kinds), values)


@dataclass(slots=True)
class _Reader:
    ontology: Ontology
    of: ObjectType
    plain: Plain
    values: dict[str, tuple[Kind, Any]] = field(default_factory=dict)
    bound: dict[str, Variable | Item] = field(default_factory=dict)
    count: int = 0
    depth: int = 0

    def read(self, document: Any, known: Known, beside: Kind | None = None) -> Expression:
        """Reads an expression; `beside` is the kind of what it stands next to."""
        self.count += 1
        if self.count > MOST_NODES or self.depth > DEEPEST:
            raise Unfitting("the condition is too large", "ask for less at once")
        if not isinstance(document, dict) or not document:
            raise Unfitting(f"{document!r:.60} is no expression", 'write {"eq": [..., ...]}')
        name, inner = next(iter(document.items()))
        if name == "value":
            return self._value(document, beside)
        read = _READ.get(name)
        if read is None or len(document) > 1:
            raise Unfitting(f"{name!r:.60} is unknown", f"write one of {', '.join(_READ)}")
        self.depth += 1
        found = read(self, name, inner, known)
        self.depth -= 1
        return found

    def pair(self, inner: Any, known: Known) -> tuple[Expression, Expression]:
        """Reads two expressions, values last, so that they are read by the kind of the other."""
        one, other = self.several(inner, 2)
        if isinstance(one, dict) and "value" in one:
            right = self.read(other, known)
            return self.read(one, known, kind_of(right)), right
        left = self.read(one, known)
        return left, self.read(other, known, kind_of(left))

    def several(self, inner: Any, size: int) -> list[Any]:
        """Checks that there are as many parts as there must be."""
        if not isinstance(inner, list) or len(inner) != size:
            raise Unfitting(f"{inner!r:.60} are not {size} parts", f"write a list of {size}")
        return inner

    def _value(self, document: dict[str, Any], beside: Kind | None) -> Expression:
        raw, label = document["value"], document.get("type")
        many = Many.TUPLE if isinstance(raw, list) else None
        parts: list[Any] = raw if isinstance(raw, list) else [raw]
        if len(parts) > MOST_NODES:
            raise Unfitting(f"{len(parts)} values are too many", f"give {MOST_NODES} at most")
        kind = self._kind(label) if label is not None else _beside(parts, beside)
        try:
            read = tuple(self.plain.read(kind.type, each) for each in parts)
        except ValueError as error:
            raise Unfitting(str(error), f"give a {kind.label}") from None
        name = f"v{len(self.values)}"
        made = Kind(kind.type, many=many)
        self.values[name] = (made, read if many else read[0])
        return Argument(name, made)

    def _kind(self, label: Any) -> Kind:
        if isinstance(label, str) and label in ScalarKind:
            return Kind(Scalar(ScalarKind(label)))
        properties: list[Property] = []
        for each in self.ontology.object_types:
            properties += each.properties
        for structure in self.ontology.value_objects:
            properties += structure.properties
        for held in properties:
            if held.type.label == label and not isinstance(held.type, Structure):
                return Kind(held.type)
        raise Unfitting(f"{label!r:.60} is no type", "name a type of the ontology")

    def variable(self, steps: list[str], *, is_object: bool) -> tuple[Variable | Item, list[str]]:
        """Follows a loop's variable, and links; returns what is left of the steps."""
        variable: Variable | Item = Variable((), self.of.name)
        if steps[0] in self.bound:
            variable, steps = self.bound[steps[0]], steps[1:]
        while steps and isinstance(variable, Variable):
            at = self.ontology.object_type(variable.type_name)
            held = next((each for each in at.properties if each.name == steps[0]), None)
            if held is not None and not is_object and not self._leads_on(held, steps):
                break
            link = self.ontology.link(at.name, steps[0])
            is_optional = variable.is_optional or link.cardinality is Cardinality.OPTIONAL
            names = (*variable.path, link.name)
            variable = Linked(names, link.target, is_optional, link=link, of=variable)
            steps = steps[1:]
        return variable, steps

    def _leads_on(self, held: Property, steps: list[str]) -> bool:
        """Tells whether a property is meant as the link that it holds."""
        return len(steps) > 1 and isinstance(held.type, Identifier)

    def stored(self, of: Variable, steps: list[str], known: Known) -> Value:
        """Finds a stored value of an object."""
        at = self.ontology.object_type(of.type_name)
        properties: tuple[Property, ...] = ()
        is_optional = of.is_optional and of not in known
        members = at.properties
        for step in steps:
            held = _member(at, members, step)
            if properties:
                group = Value(of, Path(properties), Kind(properties[-1].type, True))
                is_optional |= properties[-1].is_optional and group not in known
            properties = (*properties, held)
            members = held.type.properties if isinstance(held.type, Structure) else ()
        last = properties[-1]
        return Value(
            of, Path(properties), Kind(last.type, is_optional or last.is_optional, last.many)
        )


def _member(at: ObjectType, members: Sequence[Property], name: str) -> Property:
    """Finds a property of an object or value object by its name."""
    for each in members:
        if each.name == name:
            return each
    raise UnknownName(f"property of {at.name}", name, [each.name for each in members])


def _beside(parts: list[Any], beside: Kind | None) -> Kind:
    """Returns the type of what a value stands next to, where it can be of that.

    A number stays one next to a duration, which it may multiply; and one with a point is no whole
    number, whatever it stands next to.
    """
    if beside is None or not beside.scalar:
        return _native(parts)
    is_other = not _OTHERS.get(beside.scalar, set()).isdisjoint(map(type, parts))
    return _native(parts) if is_other else beside


def _native(parts: list[Any]) -> Kind:
    """Returns the type that JSON itself gives a value."""
    kind = PLAIN_KINDS.get(type(parts[0])) if parts else TEXT
    if kind is None:
        raise Unfitting(f"{parts[0]!r:.60} is no value", 'ask for nothing by {"missing": ...}')
    return kind


def _get(reader: _Reader, _: str, inner: Any, known: Known) -> Expression:
    variable, steps = reader.variable(str(inner).split("."), is_object=False)
    if isinstance(variable, Item):
        return variable
    if isinstance(variable, Linked) and variable.is_several:
        raise Unfitting(f"{variable.link.name} leads to many", 'ask by {"some": ...}')
    if not steps:
        raise Unfitting(f"{inner} is an object", "get one of its values")
    return reader.stored(variable, steps, known)


def _object(reader: _Reader, _: str, inner: Any, __: Known) -> Expression:
    if inner == "":
        return Variable((), reader.of.name)
    variable, _rest = reader.variable(str(inner).split("."), is_object=True)
    if not isinstance(variable, Linked):
        raise Unfitting(f"{inner} is no link", "name a link")
    return variable


def _joined(reader: _Reader, name: str, inner: Any, known: Known) -> Expression:
    if not isinstance(inner, list):
        raise Unfitting(f"{inner!r:.60} is no list of clauses", f'write {{"{name}": [...]}}')
    clauses: list[Expression] = []
    for each in inner:
        clauses.append(clause(reader.read(each, known), known))
        known |= facts(clauses[-1], holds=name == "all")
    return (both if name == "all" else either)(clauses)


def _searched(reader: _Reader, _: str, inner: Any, known: Known) -> Expression:
    of, words = reader.several(inner, 2)
    found = reader.read(of, known)
    if not isinstance(found, Variable) or (isinstance(found, Linked) and found.is_several):
        raise Unfitting("this is no single object", 'name one: {"object": ""}')
    return matches(found, reader.read(words, known, TEXT))


def _chosen(reader: _Reader, _: str, inner: Any, known: Known) -> Expression:
    decides, then, otherwise = reader.several(inner, 3)
    decided = clause(reader.read(decides, known), known)
    one = reader.read(then, known | facts(decided, holds=True))
    other = reader.read(otherwise, known | facts(decided, holds=False), kind_of(one))
    return choose(decided, one, other)


def _some(reader: _Reader, _: str, inner: Any, known: Known) -> Expression:
    over, name, inside = reader.several(inner, 3)
    found = reader.read(over, known)
    if not isinstance(name, str) or not name.isidentifier():
        raise Unfitting(f"{name!r:.60} is no name", "call each of them by a word")
    item: Variable | Item
    if isinstance(found, Linked) and found.is_several and name != found.link.name:
        item = replace(found, path=(*found.path, name))
    elif isinstance(found, Value) and found.kind.many and not found.kind.is_optional:
        check_items(found)
        item = Item(name, Kind(found.kind.type))
    else:
        raise Unfitting("these are not several", "name a link to many, or several values")
    around = reader.bound
    reader.bound = {**around, name: item}
    clause_of = clause(reader.read(inside, known), known)
    reader.bound = around
    return Exists(item, found, clause_of)


def _counted(reader: _Reader, _: str, inner: Any, known: Known) -> Expression:
    found = reader.read(inner, known)
    if not isinstance(found, Linked) or not found.is_several:
        raise Unfitting("this is no link to many", "name one")
    return Count(found)


def _pair(build: Callable[..., Expression]) -> Callable[..., Expression]:
    def read(reader: _Reader, name: str, inner: Any, known: Known) -> Expression:
        return build(name, *reader.pair(inner, known), known)

    return read


def _single(build: Callable[..., Expression]) -> Callable[..., Expression]:
    def read(reader: _Reader, name: str, inner: Any, known: Known) -> Expression:
        return build(name, reader.read(inner, known), known)

    return read


type _Read = Callable[[_Reader, str, Any, Known], Expression]
_READ: Mapping[str, _Read] = {
    "get": _get,
    "object": _object,
    "all": _joined,
    "any": _joined,
    "not": _single(lambda _, of, known: negated(clause(of, known))),
    "missing": _single(lambda _, of, known: missing(of)),
    "in": _pair(lambda _, item, values, known: among(item, values)),
    "if": _chosen,
    "search": _searched,
    "some": _some,
    "count": _counted,
    "length": _single(lambda _, of, known: length(of, known)),
    **dict.fromkeys(
        _COMPARED, _pair(lambda name, one, other, known: compare(Operator(name), one, other, known))
    ),
    **dict.fromkeys(
        Match, _pair(lambda name, text, part, known: text_match(Match(name), text, part, known))
    ),
    **dict.fromkeys(Change, _single(lambda name, of, known: text_change(Change(name), of, known))),
    **dict.fromkeys(Part, _single(extract)),
    **dict.fromkeys(
        Sign, _pair(lambda name, one, other, known: reckon(Sign(name), one, other, known))
    ),
}
