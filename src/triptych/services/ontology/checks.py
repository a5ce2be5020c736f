"""What an ontology must keep to as a whole. Each check is one function with one message."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from triptych.adapters.expression.body import Unreadable
from triptych.adapters.expression.reader import RuleReader
from triptych.domain.diagnostics import RULES, Diagnostic, diagnose
from triptych.domain.ontology import (
    EventType,
    Identifier,
    ObjectType,
    Ontology,
    Property,
    Rule,
    Source,
    Structure,
)

LONGEST_NAME = 50
OWN_ADDRESSES = frozenset({"health", "ontology", "openapi"})


def _finding(code: str, source: Source, found: str) -> Diagnostic:
    return diagnose(RULES[code], source.file, source.line, found)


def reserved_names(ontology: Ontology) -> Iterator[Diagnostic]:
    """Finds names that would collide with our own columns and addresses."""
    for each in ontology.object_types:
        if {each.name.lower(), each.collection} & OWN_ADDRESSES:
            yield _finding("ONT012", each.source, f"{each.name} is an address of the server")
    owners: tuple[ObjectType | Structure | EventType, ...] = (
        *ontology.object_types,
        *ontology.value_objects,
        *ontology.events,
    )
    for held in (held for owner in owners for held in owner.properties):
        if _is_reserved(held):
            yield _finding("ONT012", held.source, f"{held.name} is reserved")


def _is_reserved(held: Property) -> bool:
    return held.name.startswith("_") or "__" in held.name or len(held.name) > LONGEST_NAME


def equal_names(ontology: Ontology) -> Iterator[Diagnostic]:
    """Finds object types that could not be told apart by name."""
    seen: dict[str, str] = {}
    for each in ontology.object_types:
        names = {each.name.lower(), each.collection}
        other = next((seen[name] for name in names if name in seen), None)
        if other:
            yield _finding("ONT013", each.source, f"{each.name} is too like {other}")
        seen |= dict.fromkeys(names, each.name)


def lonely_relationships(ontology: Ontology) -> Iterator[Diagnostic]:
    """Finds relationships that join fewer than two objects."""
    for each in ontology.relationships:
        ids = [p for p in each.properties if isinstance(p.type, Identifier) and p.name != "id"]
        if len(ids) < 2:
            found = f"{each.name} holds {len(ids) or 'no'} id{'s' * (len(ids) != 1)}"
            yield _finding("ONT006", each.source, found)


def ambiguous_ways_back(ontology: Ontology) -> Iterator[Diagnostic]:
    """Finds links whose way back is named like another link or property of the target."""
    taken = {
        each.name: {held.name for held in each.properties}
        | {computed.name for computed in each.computed}
        | {link.name for link in ontology.links_from(each.name) if not link.is_reverse}
        for each in ontology.object_types
    }
    for link in ontology.links:
        if link.is_reverse:
            continue
        if link.inverse in taken[link.target]:
            source = ontology.object_type(link.source).property(link.property).source
            found = f"{link.target}.{link.inverse} would have two meanings"
            yield _finding("ONT007", source, found)
        taken[link.target].add(link.inverse)


def missing_docstrings(ontology: Ontology) -> Iterator[Diagnostic]:
    """Finds what nobody has described."""
    described: tuple[ObjectType | Structure | EventType | Rule, ...] = (
        *ontology.object_types,
        *ontology.value_objects,
        *ontology.events,
        *ontology.rules,
    )
    for each in described:
        if not each.description:
            yield _finding("ONT019", each.source, f"{each.name} has no docstring")


checks: tuple[Callable[[Ontology], Iterator[Diagnostic]], ...] = (
    reserved_names,
    equal_names,
    lonely_relationships,
    ambiguous_ways_back,
    missing_docstrings,
)


def unreadable_rules(ontology: Ontology) -> Iterator[Diagnostic]:
    """Finds rules that say what no expression can; the rest of the domain has no mistakes."""
    reader = RuleReader(ontology)
    for each in ontology.rules:
        try:
            reader.read(each.python)
        except Unreadable as error:
            place = error.place
            found = diagnose(RULES["ONT028"], place.file, place.line, error.found)
            yield replace(
                found, column=place.column, mend=f"{error.mend[0].upper()}{error.mend[1:]}."
            )
