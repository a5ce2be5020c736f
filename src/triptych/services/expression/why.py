"""Asking of an object that is kept why a rule holds of it, or does not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from triptych.adapters.objects.inclusion import key_of
from triptych.adapters.objects.memory import MemoryStore
from triptych.adapters.objects.objectset import ReadingRepository
from triptych.adapters.objects.sql import SqlStore
from triptych.adapters.objects.view import View
from triptych.domain.errors import ObjectMissing
from triptych.domain.expression import Expression, World, check_arguments
from triptych.domain.expression.nodes import Linked, Variable, walk
from triptych.domain.ontology import Ontology
from triptych.services.expression.explaining import Explanation, explain


async def why(
    store: MemoryStore | SqlStore | View, rule: Callable[..., bool], key: Any, /, **arguments: Any
) -> Explanation:
    """Explains why a rule holds of one object, or does not.

    Args:
        store: Where the object is kept.
        rule: A rule of the domain.
        key: The object's id; of a relationship the tuple of its ids.
        arguments: What the rule's own parameters are given.

    Raises:
        ObjectMissing: There is no such object.
        InvalidInput: The rule cannot be read, or its arguments do not fit.

    Example:
        ```python
        import asyncio

        from flights.domain.entities import Airport
        from flights.domain.value_objects import AirportCode, Position
        from triptych import read_ontology, why
        from triptych.adapters.objects.memory import MemoryStore

        def is_high(airport: Airport) -> bool:
            return airport.altitude > 5_000

        async def main() -> str:
            store = MemoryStore(read_ontology("flights"))
            denver = Airport(
                id=AirportCode("DEN"), name="Denver", position=Position(39.9, -104.7), altitude=5431
            )
            await store.repository(Airport).add(denver)
            return str(await why(store, is_high, "DEN"))

        assert "holds: altitude is more than 5000; altitude is 5431" in asyncio.run(main())
        ```
    """
    understood = store.rules.understand(rule)
    check_arguments(understood, arguments)
    of = store.ontology.object_type(understood.type_name)
    repository: ReadingRepository[Any] = store.repository(of.python)
    world = await world_of(repository, store.ontology, key, ways(understood.expression))
    return explain(understood, replace(world, arguments=arguments))


async def world_of(
    repository: ReadingRepository[Any], ontology: Ontology, key: Any, links: Sequence[str]
) -> World:
    """Reads an object, and what links lead to from it.

    Args:
        repository: Where the object is.
        ontology: Where the links are declared.
        key: The object's id; of a relationship the tuple of its ids.
        links: Their names, dotted for links of links.

    Raises:
        ObjectMissing: There is no such object.
    """
    of = repository.object_type
    parts = key if isinstance(key, tuple) else (key,)
    where = dict(zip(of.key, parts, strict=True))
    page = await repository.find(where, take=1, include=links)
    if not page.objects:
        raise ObjectMissing(of.name, key)

    def follow(at: Linked, start: Any) -> tuple[Any, ...]:
        source = ontology.object_type(at.link.source)
        return page.included[".".join(at.way)].get(key_of(source, start), ())

    return World(objects={(): page.objects[0]}, follow=follow)


def types_of(expression: Expression) -> frozenset[str]:
    """Names the object types that an expression looks at."""
    return frozenset(each.type_name for each in walk(expression) if isinstance(each, Variable))


def ways(*expressions: Expression) -> tuple[str, ...]:
    """Names the links that expressions follow, each by the way to it."""
    nodes = (node for each in expressions for node in walk(each))
    linked = (each for each in nodes if isinstance(each, Linked))
    return tuple(dict.fromkeys(".".join(each.way) for each in linked))
