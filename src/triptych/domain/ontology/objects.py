"""What an ontology is made of: properties, object types, events, rules, interfaces."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from triptych.domain.ontology.names import collection_name
from triptych.domain.ontology.types import Choice, Enumeration, Identifier, Scalar


class Many(StrEnum):
    """How a property holds several values.

    Example:
        ```python
        from triptych.domain.ontology import Many

        assert Many("tuple") is Many.TUPLE
        ```
    """

    TUPLE = "tuple"
    FROZENSET = "frozenset"


@dataclass(frozen=True, slots=True)
class Source:
    """The place in a file where something is declared.

    Attributes:
        file: The path, relative to the folder that holds the package.
        line: Counted from 1.

    Example:
        ```python
        from triptych.domain.ontology import Source

        assert str(Source("flights/domain/rules.py", 7)) == "flights/domain/rules.py:7"
        ```
    """

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Default:
    """What a property is when nobody says.

    Attributes:
        value: The value, or `None` where a factory makes it anew each time.
        is_made: Whether a factory makes it.

    Example:
        ```python
        from triptych.domain.ontology import Default

        assert Default(value=0).is_made is False
        ```
    """

    value: Any = None
    is_made: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """One typed field.

    Attributes:
        name: As written in Python.
        type: What one value of it is.
        is_optional: Whether `None` is allowed.
        many: How it holds several values, or `None` for a single one.
        default: What it is when nobody says, or `None` where it must be said.
        reverse: The declared name of the way back along a link.
        description: From the class docstring's `Attributes:`.
        source: Where it is declared.

    Example:
        ```python
        from triptych.domain.ontology import Property, Scalar, ScalarKind, Source

        seats = Property(name="seats", type=Scalar(ScalarKind.INT), source=Source("a.py", 1))
        assert seats.annotation == "int"
        ```
    """

    name: str
    type: Scalar | Identifier | Enumeration | Choice | Structure
    source: Source
    is_optional: bool = False
    many: Many | None = None
    default: Default | None = None
    reverse: str | None = None
    description: str = ""

    @property
    def annotation(self) -> str:
        """The type as a reader of Python would write it."""
        text = self.type.label
        if self.many is Many.TUPLE:
            text = f"tuple[{text}, ...]"
        elif self.many is Many.FROZENSET:
            text = f"frozenset[{text}]"
        return f"{text} | None" if self.is_optional else text


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """A value object: several values that mean one thing.

    Attributes:
        name: The class's name, with its arguments where it is generic.
        python: The class itself.
        properties: Its fields, in the order of declaration.
        has_invariants: Whether it checks itself when it is made.
        description: The summary of its docstring.
        source: Where it is declared.

    Example:
        ```python
        from triptych.domain.ontology import Source, Structure

        empty = Structure(name="Empty", python=object, properties=(), source=Source("a.py", 1))
        assert empty.label == "Empty"
        ```
    """

    name: str
    python: type
    properties: tuple[Property, ...]
    source: Source
    has_invariants: bool = False
    description: str = ""

    @property
    def label(self) -> str:
        """The name a reader knows it by."""
        return self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed:
    """A property of an entity that is worked out, not stored.

    Attributes:
        name: As written in Python.
        annotation: What it returns, as written.
        description: The summary of its docstring.
        source: Where it is declared.

    Example:
        ```python
        from triptych import read_ontology

        (computed,) = read_ontology("flights").object_type("Flight").computed
        assert computed.name == "is_late" and computed.annotation == "bool"
        ```
    """

    name: str
    annotation: str
    source: Source
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectType:
    """An entity, or a relationship between entities.

    Attributes:
        kind: Which of the two it is.
        name: The class's name.
        python: The class itself.
        properties: The stored fields, in the order of declaration.
        computed: The properties that are worked out.
        key: The names of the properties that identify an object: `id`, or, for a
            relationship without one, every id it holds.
        has_invariants: Whether it checks itself when it is made.
        description: The summary of its docstring.
        source: Where it is declared.

    Example:
        ```python
        from triptych.domain.ontology import ObjectType, Source

        city = ObjectType(
            kind="entity", name="City", python=object, properties=(), source=Source("a.py", 1)
        )
        assert city.collection == "cities"
        ```
    """

    kind: Literal["entity", "relationship"]
    name: str
    python: type
    properties: tuple[Property, ...]
    source: Source
    computed: tuple[Computed, ...] = ()
    key: tuple[str, ...] = ("id",)
    has_invariants: bool = False
    description: str = ""

    def __hash__(self) -> int:
        # Whatever is equal has the same name and place: hashing all of it would cost at each look-up.
        return hash((self.name, self.source))

    @property
    def collection(self) -> str:
        """The name of all its objects together, in snake case."""
        return collection_name(self.name)

    def property(self, name: str) -> Property:
        """Looks a stored property up.

        Raises:
            KeyError: There is no stored property of that name.
        """
        for candidate in self.properties:
            if candidate.name == name:
                return candidate
        raise KeyError(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventType:
    """Something that happened, in the past tense.

    Attributes:
        name: The class's name.
        python: The class itself.
        properties: What is told about it.
        description: The summary of its docstring.
        source: Where it is declared.

    Example:
        ```python
        from triptych import read_ontology

        event = read_ontology("flights").events[0]
        assert event.name == "FlightPostponed"
        ```
    """

    name: str
    python: type
    properties: tuple[Property, ...]
    source: Source
    description: str = ""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a rule.

    Attributes:
        name: As written.
        annotation: Its type, as written.

    Example:
        ```python
        from triptych.domain.ontology import Parameter

        assert Parameter("limit", "timedelta").annotation == "timedelta"
        ```
    """

    name: str
    annotation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A named condition: a function of `domain.rules`.

    Attributes:
        name: The function's name.
        python: The function itself.
        parameters: In the order of declaration.
        description: The summary of its docstring.
        source: Where it is declared.

    Example:
        ```python
        from triptych import read_ontology

        rule = read_ontology("flights").rules[0]
        assert rule.description == "The flight has not left yet."
        ```
    """

    name: str
    python: Any
    parameters: tuple[Parameter, ...]
    source: Source
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """A Protocol of the domain, and the entities that fulfil it.

    Attributes:
        name: The Protocol's name.
        members: What an entity must have to fulfil it, sorted.
        entities: The names of those that do, in the order of declaration.
        description: The summary of its docstring.
        source: Where it is declared.

    Example:
        ```python
        from triptych import read_ontology

        (named,) = read_ontology("flights").interfaces
        assert named.entities == ("Carrier", "Airport", "CrewMember")
        ```
    """

    name: str
    members: tuple[str, ...]
    entities: tuple[str, ...]
    source: Source
    description: str = ""
