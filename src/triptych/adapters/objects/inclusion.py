"""Reading links together with objects: one query a level, never one an object."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from triptych.adapters.objects.integrity import held_ids
from triptych.domain.errors import InvalidInput, Problem
from triptych.domain.ontology import Cardinality, Link, ObjectType, Ontology

DEEPEST_INCLUDE = 3
MOST_INCLUDES = 10
MOST_INCLUDED = 10_000

type Included = dict[str, dict[Any, tuple[Any, ...]]]


class Loader(Protocol):
    """What reading links asks of a repository."""

    async def get_many(self, keys: Iterable[Any]) -> dict[Any, Any]:
        """Reads objects by their ids."""
        ...

    async def where_in(self, name: str, values: Sequence[Any], most: int) -> list[Any]:
        """Reads the objects whose property is one of some values."""
        ...

    async def owners_of(
        self, name: str, targets: Sequence[Any], most: int
    ) -> list[tuple[Any, Any]]:
        """Finds owner's and target's ids of a link to many by the targets."""
        ...


def check_includes(ontology: Ontology, type_name: str, paths: Sequence[str]) -> list[str]:
    """Checks the dotted names of links and completes them by those on the way.

    Returns:
        The names in an order in which each comes after the one that it starts from.

    Raises:
        UnknownName: There is no such link.
        InvalidInput: There are too many, or one is too deep.

    Example:
        ```python
        from triptych import read_ontology
        from triptych.adapters.objects.inclusion import check_includes

        ways = check_includes(read_ontology("flights"), "Flight", ["plane.flights"])
        assert ways == ["plane", "plane.flights"]
        ```
    """
    ways: dict[str, None] = {}
    for path in paths:
        steps = path.split(".")
        if len(steps) > DEEPEST_INCLUDE:
            found = f"{path} goes through {len(steps)} links"
            raise InvalidInput(
                [Problem("include", found, f"go through {DEEPEST_INCLUDE} at the most")]
            )
        at = type_name
        for depth, step in enumerate(steps, start=1):
            at = ontology.link(at, step).target
            ways[".".join(steps[:depth])] = None
    if len(ways) > MOST_INCLUDES:
        raise InvalidInput(
            [
                Problem(
                    "include",
                    f"{len(ways)} links are too many",
                    f"name {MOST_INCLUDES} at the most",
                )
            ]
        )
    return sorted(ways, key=lambda way: way.count("."))


async def include(
    ontology: Ontology,
    type_name: str,
    objects: Sequence[Any],
    paths: Sequence[str],
    loader: Callable[[str], Loader],
) -> Included:
    """Reads what links lead to, level by level.

    Args:
        ontology: Where the links are declared.
        type_name: The object type of `objects`.
        objects: Where the links start.
        paths: The dotted names of the links.
        loader: Makes a repository of an object type.

    Returns:
        By link and by the id of the object where it starts, what it leads to.

    Raises:
        UnknownName: There is no such link.
        InvalidInput: There are too many links, one is too deep, or leads to too much.
    """
    included: Included = {}
    found: dict[str, tuple[str, Sequence[Any]]] = {"": (type_name, objects)}
    for way in check_includes(ontology, type_name, paths):
        start, _, name = way.rpartition(".")
        source, starting = found[start]
        link = ontology.link(source, name)
        origin = ontology.object_type(source)
        target = ontology.object_type(link.target)
        follow = _follow_back if link.is_reverse else _follow
        leads = await follow(link, origin, target, starting, loader(link.target))
        included[way] = leads
        reached = {key_of(target, each): each for many in leads.values() for each in many}
        found[way] = (link.target, tuple(reached.values()))
    return included


def key_of(object_type: ObjectType, of: Any) -> Any:
    """Returns an object's id, or the tuple of ids of a relationship.

    Example:
        ```python
        from triptych import read_ontology
        from triptych.adapters.objects.inclusion import key_of

        from flights.domain.entities import Carrier
        from flights.domain.value_objects import CarrierCode

        united = Carrier(id=CarrierCode("UA"), name="United")
        assert key_of(read_ontology("flights").object_type(Carrier), united) == "UA"
        ```
    """
    if len(object_type.key) == 1:
        return getattr(of, object_type.key[0])
    return tuple(getattr(of, name) for name in object_type.key)


async def _follow(
    link: Link, origin: ObjectType, target: ObjectType, starting: Sequence[Any], loader: Loader
) -> dict[Any, tuple[Any, ...]]:
    held = {key_of(origin, each): tuple(held_ids(link, each)) for each in starting}
    ends = await loader.get_many(end for ends in held.values() for end in ends)
    return {key: tuple(ends[end] for end in many if end in ends) for key, many in held.items()}


async def _follow_back(
    link: Link, origin: ObjectType, target: ObjectType, starting: Sequence[Any], loader: Loader
) -> dict[Any, tuple[Any, ...]]:
    keys = [key_of(origin, each) for each in starting]
    leads: dict[Any, list[Any]] = {key: [] for key in keys}
    if link.holder is Cardinality.MANY:
        pairs = await loader.owners_of(link.property, keys, MOST_INCLUDED + 1)
        owners = await loader.get_many(owner for owner, _ in pairs)
        for owner, end in pairs:
            leads[end].append(owners[owner])
        count = len(pairs)
    else:
        holders = await loader.where_in(link.property, keys, MOST_INCLUDED + 1)
        for each in holders:
            leads[getattr(each, link.property)].append(each)
        count = len(holders)
    if count > MOST_INCLUDED:
        found = f"{link.name} leads to more than {MOST_INCLUDED} objects"
        raise InvalidInput(
            [Problem("include", found, "ask for fewer objects, or list these instead")]
        )
    return {key: tuple(many) for key, many in leads.items()}
