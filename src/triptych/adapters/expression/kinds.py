"""What the annotations and constants of a rule mean to an expression."""

from __future__ import annotations

import collections.abc
import functools
import operator
import typing
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Any
from uuid import UUID

from triptych.adapters.ontology.annotations import SCALARS, Annotations, Unreadable, enumeration
from triptych.domain.expression.building import Unfitting
from triptych.domain.expression.nodes import Constant
from triptych.domain.expression.vocabulary import Kind, Place
from triptych.domain.ontology import Many, ObjectType, Ontology, Scalar, Structure

_SEVERAL = (
    collections.abc.Sequence,
    collections.abc.Collection,
    collections.abc.Iterable,
    collections.abc.Set,
    tuple,
    frozenset,
    list,
    set,
)
_CONTAINERS = (tuple, list, frozenset, set)


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a parameter is annotated with.

    Attributes:
        python: The class of an object, or `None` for a value.
        object_type: The object type, where it is one of the ontology.
        kind: Of a value.
        is_optional: Whether there may be none.
        is_many: Whether there are several objects.
    """

    python: type | None = None
    object_type: ObjectType | None = None
    kind: Kind | None = None
    is_optional: bool = False
    is_many: bool = False


@dataclass(slots=True)
class Kinds:
    """Reads annotations and constants in the terms of one ontology."""

    ontology: Ontology
    _annotations: Annotations = field(init=False)
    _structures: dict[type, Structure] = field(init=False)

    def __post_init__(self) -> None:
        types = self.ontology.object_types
        ids = {
            typing.get_type_hints(each.python)["id"]: each.name
            for each in types
            if each.key == ("id",)
        }
        self._structures = {each.python: each for each in self.ontology.value_objects}
        self._annotations = Annotations(
            ids, frozenset(each.python for each in types), self._structure
        )

    def _structure(self, python: Any) -> Structure:
        if python not in self._structures:
            raise Unreadable("ONT025", f"{python.__name__} is no value object of the domain")
        return self._structures[python]

    def parameter(self, hint: Any) -> Parameters:
        """Reads the annotation of a parameter.

        Raises:
            Unfitting: It is nothing that can be given.
        """
        hint, is_optional = _without_none(hint)
        arguments = typing.get_args(hint)
        is_many = typing.get_origin(hint) in _SEVERAL and bool(arguments)
        found = self._object(arguments[0] if is_many else hint)
        if found:
            return Parameters(found.python, found, None, is_optional, is_many)
        if is_many:
            hint = tuple[arguments[0], ...]  # type: ignore[valid-type]  # made at run time
        return self._value(hint, is_optional)

    def _value(self, hint: Any, is_optional: bool) -> Parameters:
        try:
            shape = self._annotations.read(hint)
        except Unreadable as error:
            if isinstance(hint, type) and hint.__module__ != "builtins":
                return Parameters(python=hint, is_optional=is_optional)
            raise Unfitting(error.found, "annotate it with a type of the ontology") from None
        return Parameters(kind=Kind(shape.type, is_optional or shape.is_optional, shape.many))

    def _object(self, hint: Any) -> ObjectType | None:
        for each in self.ontology.object_types:
            if each.python is hint:
                return each
        return None

    def constant(self, value: Any, place: Place | None = None) -> Constant:
        """Makes a constant of a value.

        Raises:
            Unfitting: It is of a type that no expression has.
        """
        if isinstance(value, _CONTAINERS):
            return self._several(tuple(value), place)
        if isinstance(value, Enum):
            return Constant(value, Kind(enumeration(type(value))), place=place)
        is_naive = isinstance(value, datetime) and value.tzinfo is None
        if type(value) not in SCALARS or is_naive:
            said = "naive datetime" if is_naive else type(value).__name__
            raise Unfitting(f"{value!r:.60} is a {said}", "use a value of the ontology's types")
        return Constant(value, Kind(Scalar(SCALARS[type(value)])), place=place)

    def _several(self, values: tuple[Any, ...], place: Place | None) -> Constant:
        if not values:
            return Constant((), Kind(Scalar(SCALARS[str]), many=Many.TUPLE), place=place)
        parts = [self.constant(each) for each in values]
        kinds = {each.kind for each in parts}
        if len(kinds) > 1:
            raise Unfitting("the values are of several types", "give values of one type")
        kind = kinds.pop()
        if kind.many:
            raise Unfitting("the values are several themselves", "give plain values")
        ordered = sorted(values, key=repr) if len(values) > 1 else values
        return Constant(tuple(ordered), Kind(kind.type, many=Many.TUPLE), place=place)


def _without_none(hint: Any) -> tuple[Any, bool]:
    """Takes `None` out of an annotation, and tells whether it was there."""
    if typing.get_origin(hint) not in (typing.Union, UnionType):
        return hint, False
    arguments = [each for each in typing.get_args(hint) if each is not NoneType]
    return functools.reduce(operator.or_, arguments), len(arguments) < len(typing.get_args(hint))


MAKERS = frozenset(
    {timedelta, timezone, Decimal, date, datetime, time, UUID, frozenset, tuple, str, int, float}
)
