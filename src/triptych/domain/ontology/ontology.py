"""The ontology itself."""

from __future__ import annotations

from dataclasses import dataclass, field

from triptych.domain.errors import UnknownName
from triptych.domain.ontology.links import Link, links_of
from triptych.domain.ontology.objects import (
    EventType,
    Interface,
    ObjectType,
    Rule,
    Structure,
)
from triptych.domain.ontology.types import Enumeration, Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class Ontology:
    """Everything a domain package declares, immutable, in the order of declaration.

    Attributes:
        package: The package it was read from, such as `flights`.
        description: The summary of the domain package's docstring.
        entities: What has an identity and a life.
        relationships: What joins entities and has facts of its own.
        value_objects: What is only its values.
        enumerations: The enums.
        scalars: The named and the constrained plain values that are not ids.
        events: What can happen.
        rules: The named conditions.
        interfaces: The Protocols that entities share.
        links: Every link, both ways; derived.

    Example:
        ```python
        from triptych.domain.ontology import Ontology

        assert Ontology(package="empty").links == ()
        ```
    """

    package: str
    description: str = ""
    entities: tuple[ObjectType, ...] = ()
    relationships: tuple[ObjectType, ...] = ()
    value_objects: tuple[Structure, ...] = ()
    enumerations: tuple[Enumeration, ...] = ()
    scalars: tuple[Scalar, ...] = ()
    events: tuple[EventType, ...] = ()
    rules: tuple[Rule, ...] = ()
    interfaces: tuple[Interface, ...] = ()
    links: tuple[Link, ...] = field(init=False)
    _by_name: dict[str, ObjectType] = field(init=False, repr=False, compare=False)
    _by_class: dict[type, ObjectType] = field(init=False, repr=False, compare=False)
    _links_from: dict[str, dict[str, Link]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        types = self.object_types
        by_name = {alias: each for each in types for alias in (each.collection, each.name.lower())}
        links = links_of(types)
        links_from: dict[str, dict[str, Link]] = {each.name: {} for each in types}
        for link in links:
            links_from[link.source].setdefault(link.name, link)
        object.__setattr__(self, "links", links)
        object.__setattr__(self, "_by_name", by_name)
        object.__setattr__(self, "_by_class", {each.python: each for each in types})
        object.__setattr__(self, "_links_from", links_from)

    @property
    def object_types(self) -> tuple[ObjectType, ...]:
        """The entities, then the relationships."""
        return self.entities + self.relationships

    def object_type(self, name: str | type) -> ObjectType:
        """Looks an entity or relationship up by its class, its name or its collection.

        Args:
            name: `Flight`, `"Flight"`, `"flight"` or `"flights"`.

        Raises:
            UnknownName: The ontology has no such object type.

        Example:
            ```python
            from triptych import read_ontology

            flights = read_ontology("flights")
            assert flights.object_type("crew-assignments").name == "CrewAssignment"
            ```
        """
        if isinstance(name, type):
            found, label = self._by_class.get(name), name.__name__
        else:
            key = name.lower().replace("-", "_")
            found = self._by_name.get(key) or self._by_name.get(key.replace("_", ""))
            label = name
        if found is None:
            raise UnknownName("object type", label, [each.name for each in self.object_types])
        return found

    def links_from(self, name: str | type) -> tuple[Link, ...]:
        """Lists the links that start at an object type, forward ones first.

        Raises:
            UnknownName: The ontology has no such object type.

        Example:
            ```python
            from triptych import read_ontology

            names = [link.name for link in read_ontology("flights").links_from("Plane")]
            assert names == ["flights"]
            ```
        """
        return tuple(self._links_from[self.object_type(name).name].values())

    def link(self, source: str | type, name: str) -> Link:
        """Looks a link up by where it starts and what it is called there.

        Raises:
            UnknownName: The ontology has no such object type, or it has no such link.

        Example:
            ```python
            from triptych import read_ontology

            assert read_ontology("flights").link("Flight", "origin").inverse == "departures"
            ```
        """
        origin = self.object_type(source)
        known = self._links_from[origin.name]
        if name not in known:
            raise UnknownName(f"link of {origin.name}", name, known)
        return known[name]
