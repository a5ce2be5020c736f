"""From an annotation to the type of a property."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    NewType,
    TypeAliasType,
    TypeVar,
    Union,
    get_args,
    get_origin,
)
from uuid import UUID

from triptych.adapters.ontology.bounds import bounds_of
from triptych.domain.ontology import (
    Choice,
    Enumeration,
    Identifier,
    Many,
    Scalar,
    ScalarKind,
    Structure,
)

SCALARS: dict[Any, ScalarKind] = {
    str: ScalarKind.STR,
    int: ScalarKind.INT,
    float: ScalarKind.FLOAT,
    bool: ScalarKind.BOOL,
    Decimal: ScalarKind.DECIMAL,
    UUID: ScalarKind.UUID,
    bytes: ScalarKind.BYTES,
    date: ScalarKind.DATE,
    time: ScalarKind.TIME,
    datetime: ScalarKind.DATETIME,
    timedelta: ScalarKind.TIMEDELTA,
}
MUTABLE = (list, set, dict, bytearray)
_MANY = {tuple: Many.TUPLE, frozenset: Many.FROZENSET}

type ValueType = Scalar | Identifier | Enumeration | Choice | Structure


class Unreadable(Exception):
    """An annotation that cannot be a property's type.

    Attributes:
        code: The rule it breaks.
        found: What it is.
    """

    def __init__(self, code: str, found: str) -> None:
        self.code, self.found = code, found
        super().__init__(code, found)


@dataclass(frozen=True, slots=True)
class Shape:
    """What an annotation says: the type, and how many of it."""

    type: ValueType
    is_optional: bool = False
    many: Many | None = None
    reverse: str | None = None


@dataclass(frozen=True, slots=True)
class Annotations:
    """Reads annotations, given what the domain has declared so far.

    Attributes:
        ids: Which object type each id type identifies.
        objects: The classes that are entities, relationships or events.
        structure: Reads a value object.
    """

    ids: Mapping[Any, str]
    objects: frozenset[type]
    structure: Callable[[Any], Structure]

    def read(self, hint: Any) -> Shape:
        """Reads one resolved annotation.

        Raises:
            Unreadable: It is not a type that a property may have.
        """
        origin, arguments = get_origin(hint), get_args(hint)
        if isinstance(hint, TypeAliasType) or isinstance(origin, TypeAliasType):
            return self._alias(hint, origin, arguments)
        if origin is Annotated:
            return self._annotated(arguments[0], arguments[1:])
        if origin in (Union, UnionType):
            return self._optional(hint, arguments)
        if origin in _MANY:
            return self._several(hint, _MANY[origin], arguments)
        return Shape(self._single(hint, origin, arguments))

    def _alias(self, hint: Any, origin: Any, arguments: tuple[Any, ...]) -> Shape:
        if arguments:
            return self.read(origin.__value__[arguments])
        shape = self.read(hint.__value__)
        if isinstance(shape.type, Scalar) and shape.type.name is None:
            return replace(shape, type=replace(shape.type, name=hint.__name__))
        return shape

    def _annotated(self, hint: Any, metadata: tuple[Any, ...]) -> Shape:
        shape = self.read(hint)
        for extra in metadata:
            if isinstance(extra, str):
                if not isinstance(shape.type, Identifier):
                    found = f"{extra!r} names the way back of {shape.type.label}, which is no id"
                    raise Unreadable("ONT024", found)
                shape = replace(shape, reverse=extra)
            elif isinstance(extra, range | slice | re.Pattern):
                bounds = bounds_of(shape.type, extra)
                if bounds is None or not isinstance(shape.type, Scalar):
                    raise Unreadable("ONT026", f"{extra!r} cannot bound {shape.type.label}")
                shape = replace(shape, type=replace(shape.type, bounds=bounds))
        return shape

    def _optional(self, hint: Any, arguments: tuple[Any, ...]) -> Shape:
        others = [each for each in arguments if each is not NoneType]
        if len(others) != 1:
            raise Unreadable("ONT025", f"{hint} is one of several types")
        shape = self.read(others[0])
        if shape.many and isinstance(shape.type, Identifier):
            raise Unreadable(
                "ONT025", f"{hint} links to many or to none twice over; leave it empty"
            )
        return replace(shape, is_optional=True)

    def _several(self, hint: Any, many: Many, arguments: tuple[Any, ...]) -> Shape:
        if many is Many.TUPLE and (len(arguments) != 2 or arguments[1] is not Ellipsis):
            raise Unreadable("ONT025", f"{hint} has a fixed length; write a value object")
        element = self.read(arguments[0])
        if element.is_optional or element.many:
            raise Unreadable("ONT025", f"{hint} holds optional or several values in each place")
        return replace(element, many=many)

    def _single(self, hint: Any, origin: Any, arguments: tuple[Any, ...]) -> ValueType:
        if hint in SCALARS:
            return Scalar(SCALARS[hint])
        if origin is Literal:
            return _choice(hint, arguments)
        if isinstance(hint, NewType):
            return self._new_type(hint)
        if isinstance(hint, type) and issubclass(hint, Enum):
            return enumeration(hint)
        if dataclasses.is_dataclass(origin or hint) and hint not in self.objects:
            return self.structure(hint)
        raise self._refused(hint, origin)

    def _refused(self, hint: Any, origin: Any) -> Unreadable:
        """Says why a type cannot be a property's."""
        if hint in MUTABLE or origin in MUTABLE:
            return Unreadable("ONT022", f"{_name(hint)} is mutable")
        if hint in self.objects:
            return Unreadable("ONT024", f"it holds a {_name(hint)} itself, not its id")
        if isinstance(hint, TypeVar):
            return Unreadable("ONT025", f"{hint} is left open; give the generic its arguments")
        return Unreadable("ONT025", f"{_name(hint)} is not a type of the ontology")

    def _new_type(self, hint: NewType) -> ValueType:
        base = self.read(hint.__supertype__).type
        if hint in self.ids and isinstance(base, Scalar | Identifier):
            return Identifier(base.kind, hint.__name__, self.ids[hint])
        return replace(base, name=hint.__name__) if isinstance(base, Scalar) else base


def enumeration(python: type[Enum]) -> Enumeration:
    """Reads an enum: by value where all values are text or all are whole numbers, else by name.

    Example:
        ```python
        from enum import Enum

        from triptych.adapters.ontology.annotations import enumeration

        assert enumeration(Enum("Side", {"LEFT": (0, 1)})).members == (("LEFT", "LEFT"),)
        ```
    """
    members: list[tuple[str | int, str]]
    if all(isinstance(member.value, int) and type(member.value) is not bool for member in python):
        kind, members = ScalarKind.INT, [(int(member.value), member.name) for member in python]
    elif all(isinstance(member.value, str) for member in python):
        kind, members = ScalarKind.STR, [(str(member.value), member.name) for member in python]
    else:
        kind, members = ScalarKind.STR, [(member.name, member.name) for member in python]
    own = python.__dict__.get("__doc__") or ""
    return Enumeration(kind, python.__name__, python, tuple(members), " ".join(own.split()))


def _choice(hint: Any, values: tuple[Any, ...]) -> Choice:
    kinds = {SCALARS.get(type(value)) for value in values}
    kind = kinds.pop()
    if kinds or kind not in (ScalarKind.STR, ScalarKind.INT, ScalarKind.BOOL):
        raise Unreadable("ONT025", f"{hint} mixes types, or is not of str, int or bool")
    return Choice(kind, values)


def _name(hint: Any) -> str:
    return getattr(hint, "__name__", None) or str(hint)
