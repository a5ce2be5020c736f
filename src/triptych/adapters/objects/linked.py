"""Evaluating conditions on objects in memory, with the objects that they are linked to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from triptych.adapters.objects.inclusion import key_of
from triptych.adapters.objects.integrity import held_ids
from triptych.domain.expression import Condition, World, holds
from triptych.domain.expression.nodes import Linked
from triptych.domain.ontology import Link, Ontology

type Objects = Mapping[str, Mapping[Any, tuple[int, Any]]]


def linked_holds(
    ontology: Ontology, objects: Objects, condition: Condition
) -> Callable[[Any], bool]:
    """Returns a function that tells whether an object fulfils a condition.

    Args:
        ontology: Where the links are declared.
        objects: Everything there is, by object type and id, each with its version.
        condition: What is to be fulfilled.
    """
    world = linked_world(ontology, objects)

    def fulfils(of: Any) -> bool:
        at = replace(world, objects={(): of}, given=condition.given)
        return holds(condition.expression, at)

    return fulfils


def linked_world(ontology: Ontology, objects: Objects) -> World:
    """Returns a world in which links are followed."""

    def follow(of: Linked, start: Any) -> list[Any]:
        source = ontology.object_type(of.link.source)
        return list(_ends(of.link, start, key_of(source, start), objects))

    return World(follow=follow)


def _ends(link: Link, of: Any, key: Any, objects: Objects) -> Iterator[Any]:
    """Yields the objects that a link leads to."""
    others = objects[link.target]
    if not link.is_reverse:
        yield from (others[end][1] for end in held_ids(link, of) if end in others)
        return
    back = link.reversed()
    yield from (other for _, other in others.values() if key in held_ids(back, other))
