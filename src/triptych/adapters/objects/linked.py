"""What objects in memory are linked to, and which of their texts are searched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from triptych.adapters.objects.givens import not_searched
from triptych.adapters.objects.inclusion import key_of
from triptych.adapters.objects.integrity import held_ids
from triptych.domain.expression import Path, World
from triptych.domain.expression.nodes import Linked
from triptych.domain.ontology import Link, Ontology

type Objects = Mapping[str, Mapping[Any, tuple[int, Any]]]


@dataclass(frozen=True, slots=True)
class Search:
    """What is searched by words.

    Attributes:
        paths: The ways to the texts of each object type.
    """

    paths: Mapping[str, Sequence[Path]]

    def check(self, type_name: str) -> None:
        """Checks that texts of an object type are searched.

        Raises:
            InvalidInput: None are.
        """
        if not self.paths.get(type_name):
            raise not_searched(type_name)

    def texts(self, type_name: str, of: Any) -> list[str | None]:
        """Returns the texts of an object that are searched."""
        return [each.value(of) for each in self.paths[type_name]]


def linked_world(ontology: Ontology, objects: Objects, search: Search) -> World:
    """Returns a world in which links are followed and texts are searched.

    Args:
        ontology: Where the links are declared.
        objects: Everything there is, by object type and id, each with its version.
        search: What is searched.
    """

    def follow(of: Linked, start: Any) -> list[Any]:
        source = ontology.object_type(of.link.source)
        return list(_ends(of.link, start, key_of(source, start), objects))

    return World(follow=follow, texts=search.texts)


def _ends(link: Link, of: Any, key: Any, objects: Objects) -> Iterator[Any]:
    """Yields the objects that a link leads to."""
    others = objects[link.target]
    if not link.is_reverse:
        yield from (others[end][1] for end in held_ids(link, of) if end in others)
        return
    back = link.reversed()
    yield from (other for _, other in others.values() if key in held_ids(back, other))
