"""The closed set of nodes that every condition is made of, each immutable and typed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any

from triptych.domain.expression.paths import Path
from triptych.domain.expression.vocabulary import (
    Change,
    Kind,
    Match,
    Operator,
    Part,
    Place,
    Sign,
    Unit,
)
from triptych.domain.ontology import (
    Cardinality,
    Link,
)

DEEPEST, MOST_NODES = 60, 500


_NAMES: dict[type, tuple[str, ...]] = {}


def field_names(node: type) -> tuple[str, ...]:
    """Names the fields of a kind of node that say something, so not its place.

    Example:
        ```python
        from triptych.domain.expression.nodes import Not, field_names

        assert field_names(Not) == ("clause",)
        ```
    """
    known = _NAMES.get(node)
    if known is None:
        names = (each.name for each in fields(node) if each.name != "place")
        known = _NAMES[node] = tuple(names)
    return known


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """A part of a condition.

    Attributes:
        place: Where it is written; two expressions are the same wherever they stand.
    """

    place: Place | None = field(default=None, compare=False, repr=False)

    @property
    def parts(self) -> Iterator[Expression]:
        """The expressions that it is made of."""
        for name in field_names(type(self)):
            value = getattr(self, name)
            if isinstance(value, Expression):
                yield value
            elif isinstance(value, tuple):
                yield from (part for part in value if isinstance(part, Expression))


@dataclass(frozen=True, slots=True)
class Constant(Expression):
    """A value that is always the same; several as a tuple.

    Example:
        ```python
        from triptych.domain.expression.building import INT
        from triptych.domain.expression.nodes import Constant

        assert Constant(3, INT) == Constant(3, INT)
        ```
    """

    value: Any
    kind: Kind


@dataclass(frozen=True, slots=True)
class Argument(Expression):
    """A value that is given when the condition is used.

    Attributes:
        name: The parameter's.
        kind: Of the value; `None` for an object whose attributes are asked for.

    Example:
        ```python
        from triptych.domain.expression.building import INT
        from triptych.domain.expression.nodes import Argument

        assert Argument("limit", INT).name == "limit"
        ```
    """

    name: str
    kind: Kind | None


@dataclass(frozen=True, slots=True)
class Asked(Expression):
    """An attribute, or the answer of a method, of an object that is given.

    Attributes:
        of: The object.
        name: The attribute or method.
        inputs: What a method is given; `None` for an attribute.
        kind: Of the answer.
    """

    of: Expression
    name: str
    inputs: tuple[Expression, ...] | None
    kind: Kind | None


@dataclass(frozen=True, slots=True)
class Given(Expression):
    """A value that is known by now, kept apart so that conditions of one shape are the same.

    Attributes:
        number: Its place among the values.
        kind: Of the value; never optional.
        size: How many values there are, where it gives several.

    Example:
        ```python
        from triptych.domain.expression.building import INT
        from triptych.domain.expression.nodes import Given

        assert Given(0, INT).size == 0
        ```
    """

    number: int
    kind: Kind
    size: int = 0


@dataclass(frozen=True, slots=True)
class Variable(Expression):
    """An object that the condition is about.

    Attributes:
        path: How it is reached from the object in question: the names of links, and of the
            variables of `any` and `all`.
        type_name: Its object type.
        is_optional: Whether there may be none.

    Example:
        ```python
        from triptych.domain.expression.nodes import Variable

        assert not Variable((), "Flight").is_optional
        ```
    """

    path: tuple[str, ...]
    type_name: str
    is_optional: bool = False

    @property
    def way(self) -> tuple[str, ...]:
        """The links that lead to it, without the variables of `any` and `all`."""
        return ()


@dataclass(frozen=True, slots=True)
class Linked(Variable):
    """An object, or several, that a link leads to.

    Attributes:
        link: The link.
        of: Where it starts.
    """

    link: Link = field(kw_only=True)
    of: Variable = field(kw_only=True)

    @property
    def way(self) -> tuple[str, ...]:
        """The links that lead to it, without the variables of `any` and `all`."""
        return (*self.of.way, self.link.name)

    @property
    def is_several(self) -> bool:
        """Whether it stands for all that the link leads to, not for one of them."""
        return self.link.cardinality is Cardinality.MANY and self.path[-1] == self.link.name


@dataclass(frozen=True, slots=True)
class Value(Expression):
    """A stored value of an object."""

    of: Variable
    path: Path
    kind: Kind


@dataclass(frozen=True, slots=True)
class Item(Expression):
    """One of several stored values, within `any` or `all`."""

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Missing(Expression):
    """Whether there is nothing: no value, no object.

    Example:
        ```python
        from triptych.domain.expression.nodes import Missing, Variable

        assert list(Missing(Variable(("plane",), "Plane")).parts)
        ```
    """

    of: Expression


@dataclass(frozen=True, slots=True)
class Compare(Expression):
    """Whether two values stand to each other as the operator says; `eq` to `ge`."""

    operator: Operator
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Among(Expression):
    """Whether a value is one of several."""

    item: Expression
    values: Expression


@dataclass(frozen=True, slots=True)
class TextMatch(Expression):
    """Whether a text contains, starts with or ends with another."""

    match: Match
    text: Expression
    part: Expression


@dataclass(frozen=True, slots=True)
class Matches(Expression):
    """Whether the texts of an object that are searched have all of some words."""

    of: Variable
    words: Expression


@dataclass(frozen=True, slots=True)
class TextChange(Expression):
    """A text in other letters, or without space around it."""

    change: Change
    text: Expression


@dataclass(frozen=True, slots=True)
class All(Expression):
    """Whether all clauses hold, asked in order.

    Example:
        ```python
        from triptych.domain.expression.building import BOOL
        from triptych.domain.expression.nodes import All, Constant

        assert len(All((Constant(True, BOOL),)).clauses) == 1
        ```
    """

    clauses: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Either(Expression):
    """Whether one of the clauses holds, asked in order."""

    clauses: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Not(Expression):
    """Whether a clause does not hold.

    Example:
        ```python
        from triptych.domain.expression.building import BOOL
        from triptych.domain.expression.nodes import Constant, Not

        assert Not(Constant(True, BOOL)).clause.value is True
        ```
    """

    clause: Expression


@dataclass(frozen=True, slots=True)
class Choose(Expression):
    """One of two expressions, as a clause decides."""

    clause: Expression
    then: Expression
    otherwise: Expression


@dataclass(frozen=True, slots=True)
class Reckon(Expression):
    """Two values added, subtracted, multiplied or divided."""

    sign: Sign
    left: Expression
    right: Expression
    kind: Kind


@dataclass(frozen=True, slots=True)
class Extract(Expression):
    """A part of a date, an instant (in UTC) or a duration."""

    part: Part
    of: Expression


@dataclass(frozen=True, slots=True)
class Length(Expression):
    """How many letters a text has, or how many values there are."""

    of: Expression


@dataclass(frozen=True, slots=True)
class Exists(Expression):
    """Whether one of the objects that a link leads to, or of several values, fulfils a clause."""

    item: Variable | Item
    among: Linked | Value
    clause: Expression


@dataclass(frozen=True, slots=True)
class Count(Expression):
    """How many objects a link leads to."""

    among: Linked


@dataclass(frozen=True, slots=True)
class Bin(Expression):
    """The step of a scale that a number or duration lies on, by where the step begins."""

    of: Expression
    width: Constant


@dataclass(frozen=True, slots=True)
class Period(Expression):
    """The year, month, day ... that a date or instant lies in, by its first day or moment.

    Attributes:
        unit: What the calendar is divided into.
        zone: Whose calendar, such as `Europe/Paris`.
        of: The date or instant.
    """

    unit: Unit
    zone: str
    of: Expression


def walk(of: Expression) -> Iterator[Expression]:
    """Yields an expression and all that it is made of.

    Example:
        ```python
        from triptych.domain.expression.building import BOOL
        from triptych.domain.expression.nodes import Constant, Not, walk

        assert len(list(walk(Not(Constant(True, BOOL))))) == 2
        ```
    """
    yield of
    for part in of.parts:
        yield from walk(part)
