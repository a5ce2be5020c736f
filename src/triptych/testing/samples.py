"""Samples: a value of every type, as plain JSON, so that any action can be tried."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from triptych.adapters.objects.mapping import parse_property
from triptych.adapters.objects.sql import SqlStore
from triptych.domain.ontology import (
    Choice,
    Enumeration,
    Identifier,
    Property,
    Scalar,
    ScalarKind,
    Structure,
)
from triptych.services.ontology.reading import read_ontology

_VALUES: Mapping[ScalarKind, Any] = {
    ScalarKind.STR: "x",
    ScalarKind.INT: 1,
    ScalarKind.FLOAT: 1.0,
    ScalarKind.BOOL: True,
    ScalarKind.DECIMAL: "1",
    ScalarKind.UUID: "00000000-0000-0000-0000-000000000001",
    ScalarKind.BYTES: "eA==",
    ScalarKind.DATE: "2026-11-25",
    ScalarKind.TIME: "12:00:00",
    ScalarKind.DATETIME: "2026-11-25T12:00:00Z",
    ScalarKind.TIMEDELTA: "PT1H",
}


def sample(of: Property) -> Any:
    """Makes a value that a property may have, as plain JSON.

    Example:
        ```python
        from triptych import read_ontology
        from triptych.testing.samples import sample

        flight = read_ontology("flights").object_type("Flight")
        assert sample(flight.property("status")) == "scheduled"
        assert sample(flight.property("distance")) == 1
        ```
    """
    if of.is_optional:
        return None
    one = _one(of.type)
    return [one] if of.many else one


def object_types(package: str) -> list[type]:
    """Lists the classes of an application's entities and relationships.

    Args:
        package: The application.

    Example:
        ```python
        from triptych.testing import object_types

        assert "Flight" in [each.__name__ for each in object_types("flights")]
        ```
    """
    return [each.python for each in read_ontology(package).object_types]


async def add_sample[T](store: SqlStore, of: type[T], **values: Any) -> T:
    """Adds an object of a type, with everything that it is linked to.

    Args:
        store: Where; it is open.
        of: An entity or relationship.
        values: What some of its properties are; the others have their defaults, or samples.

    Returns:
        The object.

    Example:
        ```python
        import asyncio

        from flights.domain.entities import Carrier
        from triptych import open_backend
        from triptych.testing import add_sample

        async def main() -> str:
            async with open_backend("flights", "sqlite:///:memory:") as backend:
                return (await add_sample(backend.store, Carrier, name="United")).name

        assert asyncio.run(main()) == "United"
        ```
    """
    held = store.ontology.object_type(of)
    number = await store.repository(of).count() + 1
    made = dict(values)
    for each in held.properties:
        if each.name in made or (each.default is not None and each.name != "id"):
            continue
        if each.name == "id":
            made["id"] = _numbered(each, number)
        elif isinstance(each.type, Identifier) and not each.is_optional:
            made[each.name] = () if each.many else await _linked(store, each.type)
        else:
            made[each.name] = parse_property(each, sample(each))
    added = of(**made)
    async with store.transaction() as transaction:
        await transaction.repository(of).add(added)
    return added


async def _linked(store: SqlStore, of: Identifier) -> Any:
    """Returns the id of an object that is there, or of one that is made."""
    python: Any = store.ontology.object_type(of.target).python
    async for each in store.repository(python).stream():
        return each.id
    return (await add_sample(store, python)).id


def _numbered(of: Property, number: int) -> Any:
    """Makes an id that no other has."""
    kind = ScalarKind(of.type.kind) if isinstance(of.type, Identifier) else ScalarKind.STR
    match kind:
        case ScalarKind.UUID:
            return UUID(int=number)
        case ScalarKind.INT:
            return number
        case ScalarKind.STR:
            return f"x{number}"
    return parse_property(of, sample(of))


def _one(type_: Any) -> Any:
    match type_:
        case Structure():
            return {each.name: sample(each) for each in type_.properties}
        case Enumeration() | Choice():
            return type_.values[0]
        case Scalar(bounds=bounds) if bounds is not None and bounds.low is not None:
            return "x" * bounds.low if type_.kind is ScalarKind.STR else bounds.low
    return _VALUES[type_.kind]
