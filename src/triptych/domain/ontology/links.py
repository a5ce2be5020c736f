"""Links: what an id on one object type says about two of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from triptych.domain.ontology.names import link_name
from triptych.domain.ontology.objects import ObjectType, Property
from triptych.domain.ontology.types import Identifier


class Cardinality(StrEnum):
    """How many objects a link leads to.

    Example:
        ```python
        from triptych.domain.ontology import Cardinality

        assert Cardinality("many") is Cardinality.MANY
        ```
    """

    ONE = "one"
    OPTIONAL = "optional"
    MANY = "many"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A way from the objects of one type to those of another.

    Attributes:
        name: What the way is called where it starts.
        source: The object type where it starts.
        target: The object type where it ends.
        cardinality: How many objects it leads to.
        inverse: What the way back is called.
        property: The property that holds the id, on `source` or, for a reverse link,
            on `target`.
        is_reverse: Whether the id is held at the other end.
        holder: How many ids the property holds, whichever way the link goes.

    Example:
        ```python
        from triptych.domain.ontology import Cardinality, Link

        origin = Link(
            name="origin",
            source="Flight",
            target="Airport",
            cardinality=Cardinality.ONE,
            inverse="departures",
            property="origin",
        )
        assert origin.reversed().name == "departures"
        assert origin.reversed().reversed() == origin
        ```
    """

    name: str
    source: str
    target: str
    cardinality: Cardinality
    inverse: str
    property: str
    is_reverse: bool = False
    holder: Cardinality = Cardinality.ONE

    def reversed(self) -> Link:
        """Returns the way back."""
        return Link(
            name=self.inverse,
            source=self.target,
            target=self.source,
            cardinality=self.holder if self.is_reverse else Cardinality.MANY,
            inverse=self.name,
            property=self.property,
            is_reverse=not self.is_reverse,
            holder=self.holder,
        )


def links_of(types: Sequence[ObjectType]) -> tuple[Link, ...]:
    """Derives every link both ways, forward ones first, in the order of declaration.

    Example:
        ```python
        from triptych import read_ontology
        from triptych.domain.ontology import links_of

        flights = read_ontology("flights")
        assert links_of(flights.object_types) == flights.links
        ```
    """
    forward = tuple(link for each in types for link in _forward_links(each))
    return forward + tuple(link.reversed() for link in forward)


def _forward_links(source: ObjectType) -> Iterator[Link]:
    for held in source.properties:
        is_own_id = held.name == "id"
        if isinstance(held.type, Identifier) and not is_own_id:
            yield Link(
                name=link_name(held.name),
                source=source.name,
                target=held.type.target,
                cardinality=_cardinality(held),
                holder=_cardinality(held),
                inverse=held.reverse or source.collection,
                property=held.name,
            )


def _cardinality(held: Property) -> Cardinality:
    if held.many:
        return Cardinality.MANY
    return Cardinality.OPTIONAL if held.is_optional else Cardinality.ONE
