"""Interfaces: the Protocols of a domain, and the entities that fulfil them."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from triptych.domain.ontology import Interface, ObjectType, Source


def is_protocol(python: Any) -> bool:
    """Tells whether a class is itself a Protocol."""
    return bool(python.__dict__.get("_is_protocol", False))


def read_interface(
    python: Any, entities: Sequence[ObjectType], source: Source, description: str
) -> Interface:
    """Lists the entities that have all a Protocol asks for.

    An entity fulfils it by naming it as a base, or by having every member of it, fields with
    the same annotation.
    """
    members = frozenset(
        name
        for owner in python.__mro__
        if is_protocol(owner)
        for name in {**vars(owner), **inspect.get_annotations(owner)}
        if not name.startswith("_")
    )
    return Interface(
        name=python.__name__,
        members=tuple(sorted(members)),
        entities=tuple(each.name for each in entities if _fulfils(each.python, python, members)),
        source=source,
        description=description,
    )


def _fulfils(entity: type, protocol: type, members: frozenset[str]) -> bool:
    if protocol in entity.__mro__:
        return True
    return bool(members) and all(
        hasattr(entity, name) and _annotation(entity, name) in (None, _annotation(protocol, name))
        for name in members
    )


def _annotation(python: type, name: str) -> Any:
    """Returns how a field or a property's result is annotated; `None` for a method."""
    for owner in python.__mro__:
        annotations = inspect.get_annotations(owner)
        if name in annotations:
            return annotations[name]
        value = owner.__dict__.get(name)
        if isinstance(value, property) and value.fget:
            return value.fget.__annotations__.get("return")
    return None
