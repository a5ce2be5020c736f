"""JSON schemas of object types, value objects and answers."""

from __future__ import annotations

from typing import Any

from triptych.adapters.objects.mapping import plain_property
from triptych.adapters.objects.values import LARGEST_INT
from triptych.domain.ontology import (
    Choice,
    Enumeration,
    Identifier,
    ObjectType,
    Ontology,
    Property,
    Scalar,
    ScalarKind,
    Structure,
)

_SCALARS: dict[ScalarKind, dict[str, Any]] = {
    ScalarKind.STR: {"type": "string", "example": "text"},
    ScalarKind.INT: {
        "type": "integer",
        "format": "int64",
        "minimum": -LARGEST_INT - 1,
        "maximum": LARGEST_INT,
        "example": 7,
    },
    ScalarKind.FLOAT: {"type": "number", "format": "double", "example": 1.5},
    ScalarKind.BOOL: {"type": "boolean", "example": True},
    ScalarKind.DECIMAL: {"type": "string", "format": "decimal", "example": "1.10"},
    ScalarKind.UUID: {
        "type": "string",
        "format": "uuid",
        "example": "20130101-1000-8000-8000-554100001545",
    },
    ScalarKind.BYTES: {"type": "string", "format": "byte", "example": "aGVsbG8="},
    ScalarKind.DATE: {"type": "string", "format": "date", "example": "2013-01-01"},
    ScalarKind.TIME: {"type": "string", "format": "time", "example": "10:15:00.000000"},
    ScalarKind.DATETIME: {
        "type": "string",
        "format": "date-time",
        "example": "2013-01-01T10:15:00.000000Z",
    },
    ScalarKind.TIMEDELTA: {"type": "string", "format": "duration", "example": "PT900S"},
}
_PROBLEM = {
    "type": "object",
    "description": "What went wrong, after RFC 9457.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "A stable word for programs."},
        "detail": {"type": "string", "description": "A sentence for people."},
        "correlation_id": {"type": "string", "description": "How to find it in the logs."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "where": {"type": "string"},
                    "found": {"type": "string"},
                    "mend": {"type": "string"},
                },
            },
        },
    },
}


GROUPS = {
    "type": "object",
    "description": "What `by` and `measure` ask for.",
    "required": ["groups", "is_complete"],
    "properties": {
        "groups": {"type": "array", "items": {"type": "object"}},
        "is_complete": {"type": "boolean", "description": "Whether there are no more groups."},
    },
}


def openapi_schemas(ontology: Ontology) -> dict[str, Any]:
    """Describes every object type and value object as a JSON schema."""
    schemas: dict[str, Any] = {"Problem": _PROBLEM}
    described: tuple[ObjectType | Structure, ...] = (
        *ontology.object_types,
        *ontology.value_objects,
    )
    for each in described:
        schemas[schema_name(each.name)] = {
            "type": "object",
            "description": each.description,
            "required": [held.name for held in each.properties],
            "properties": {held.name: property_schema(held) for held in each.properties},
        }
    return schemas


def schema_name(name: str) -> str:
    """Returns what a schema is called, brackets of generics left out.

    Example:
        ```python
        from triptych.api.schemas import schema_name

        assert schema_name("Range[int]") == "Range_int"
        ```
    """
    return name.replace("[", "_").replace("]", "").replace(", ", "_")


def property_schema(held: Property) -> dict[str, Any]:
    """Describes what a property holds: nothing, one value, or several."""
    schema = type_schema(held.type)
    if held.many:
        schema = {"type": "array", "items": schema, "uniqueItems": held.many == "frozenset"}
    if held.is_optional:
        schema = {"anyOf": [schema, {"type": "null"}]}
    if held.description:
        schema = {**schema, "description": held.description}
    if held.default is not None and not held.default.is_made and "$ref" not in schema:
        schema = {**schema, "default": plain_property(held, held.default.value)}
    return schema


def type_schema(of: Any) -> dict[str, Any]:
    """Describes one value of a type.

    Example:
        ```python
        from triptych.api.schemas import type_schema
        from triptych.domain.ontology import Scalar, ScalarKind

        assert type_schema(Scalar(ScalarKind.BOOL))["type"] == "boolean"
        ```
    """
    match of:
        case Structure():
            return {"$ref": f"#/components/schemas/{schema_name(of.name)}"}
        case Enumeration():
            return {
                "type": "integer" if of.kind is ScalarKind.INT else "string",
                "enum": list(of.values),
                "description": of.description,
            }
        case Choice():
            return {"enum": list(of.values)}
        case Identifier():
            return {**_SCALARS[of.kind], "description": f"The id of a {of.target}."}
        case Scalar():
            schema = dict(_SCALARS[of.kind])
            if of.bounds:
                schema["description"] = of.bounds.sentence
            return schema
    raise TypeError(f"{of!r} is no type of the ontology")
