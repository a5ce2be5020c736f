"""The ontology as one JSON document."""

from __future__ import annotations

from typing import Any

import msgspec

from triptych.domain.ontology import (
    Choice,
    Default,
    Enumeration,
    EventType,
    Identifier,
    Interface,
    Link,
    ObjectType,
    Ontology,
    Property,
    Rule,
    Scalar,
    Structure,
)

FORMAT = 1


def ontology_document(ontology: Ontology) -> dict[str, Any]:
    """Writes everything that an ontology says as plain JSON values, in a stable order.

    Example:
        ```python
        from triptych.adapters.ontology import ontology_document
        from triptych.domain.ontology import Ontology

        assert ontology_document(Ontology(package="empty"))["entities"] == []
        ```
    """
    return {
        "format": FORMAT,
        "package": ontology.package,
        "description": ontology.description,
        "entities": [_object_type(each, ontology) for each in ontology.entities],
        "relationships": [_object_type(each, ontology) for each in ontology.relationships],
        "value_objects": [_structure(each) for each in ontology.value_objects],
        "enumerations": [_enumeration(each) for each in ontology.enumerations],
        "scalars": [_type(each) for each in ontology.scalars],
        "events": [_event(each) for each in ontology.events],
        "rules": [_rule(each) for each in ontology.rules],
        "interfaces": [_interface(each) for each in ontology.interfaces],
    }


def _enumeration(each: Enumeration) -> dict[str, Any]:
    return {
        "name": each.name,
        "description": each.description,
        "kind": each.kind,
        "members": [{"name": name, "value": value} for value, name in each.members],
    }


def _event(each: EventType) -> dict[str, Any]:
    return {
        "name": each.name,
        "description": each.description,
        "properties": [_property(held) for held in each.properties],
        "source": str(each.source),
    }


def _rule(each: Rule) -> dict[str, Any]:
    return {
        "name": each.name,
        "description": each.description,
        "parameters": [{"name": p.name, "type": p.annotation} for p in each.parameters],
        "source": str(each.source),
    }


def _interface(each: Interface) -> dict[str, Any]:
    return {
        "name": each.name,
        "description": each.description,
        "members": list(each.members),
        "entities": list(each.entities),
        "source": str(each.source),
    }


def _object_type(each: ObjectType, ontology: Ontology) -> dict[str, Any]:
    return {
        "name": each.name,
        "collection": each.collection,
        "description": each.description,
        "key": list(each.key),
        "properties": [_property(held) for held in each.properties],
        "computed": [
            {"name": c.name, "type": c.annotation, "description": c.description}
            for c in each.computed
        ],
        "links": [_link(link) for link in ontology.links_from(each.name)],
        "source": str(each.source),
    }


def _link(link: Link) -> dict[str, Any]:
    return {
        "name": link.name,
        "target": link.target,
        "cardinality": link.cardinality,
        "inverse": link.inverse,
        "property": link.property,
        "direction": "reverse" if link.is_reverse else "forward",
    }


def _property(held: Property) -> dict[str, Any]:
    return {
        "name": held.name,
        "type": _type(held.type),
        "annotation": held.annotation,
        "optional": held.is_optional,
        "many": held.many,
        "default": _default(held.default),
        "description": held.description,
    }


def _default(default: Default | None) -> dict[str, Any] | None:
    if default is None:
        return None
    if default.is_made:
        return {"made": True}
    return {"value": msgspec.to_builtins(default.value, enc_hook=repr)}


def _type(of: Scalar | Identifier | Enumeration | Choice | Structure) -> dict[str, Any]:
    match of:
        case Scalar(kind=kind, name=name, bounds=bounds):
            limits = bounds and {
                "low": msgspec.to_builtins(bounds.low),
                "high": msgspec.to_builtins(bounds.high),
                "pattern": bounds.pattern,
            }
            return {"is": "scalar", "kind": kind, "name": name, "bounds": limits}
        case Identifier():
            return {"is": "id", "kind": of.kind, "name": of.name, "of": of.target}
        case Enumeration():
            return {"is": "enumeration", "kind": of.kind, "name": of.name}
        case Choice():
            return {"is": "choice", "kind": of.kind, "values": list(of.values)}
        case Structure():
            return {"is": "value object", "name": of.name}


def _structure(each: Structure) -> dict[str, Any]:
    return {
        "name": each.name,
        "description": each.description,
        "properties": [_property(held) for held in each.properties],
        "source": str(each.source),
    }
