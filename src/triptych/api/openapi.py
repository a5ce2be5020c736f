"""The OpenAPI document of an ontology: every address, description, example and error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from triptych.adapters.objects.questions import CONTROLS
from triptych.api.objects import address
from triptych.api.problems import TITLES
from triptych.api.schemas import GROUPS, schema_name, type_schema
from triptych.domain.expression import Operator
from triptych.domain.ontology import (
    Cardinality,
    Link,
    ObjectType,
    Ontology,
    Rule,
    Structure,
)


def openapi_paths(ontology: Ontology, largest_page: int) -> dict[str, Any]:
    """Describes every address.

    Example:
        ```python
        from triptych import read_ontology
        from triptych.api.openapi import openapi_paths

        assert "/api/airports/{id}/departures" in openapi_paths(read_ontology("flights"), 1_000)
        ```
    """
    paths: dict[str, Any] = _common_paths()
    for each in ontology.object_types:
        base = f"/api/{address(each)}"
        listed = _list_operation(each, each, f"list_{each.collection}", largest_page)
        listed["parameters"] += _rule_parameters(ontology, each)
        paths[base] = {"get": listed}
        paths[f"{base}/{{id}}"] = {"get": _get_operation(each)}
        if any(_subject(ontology, rule) == each.name for rule in ontology.rules):
            paths[f"{base}/{{id}}/why"] = {"get": _why_operation(ontology, each)}
        for link in ontology.links_from(each.name):
            target = ontology.object_type(link.target)
            paths[f"{base}/{{id}}/{link.name}"] = {
                "get": _link_operation(each, link, target, largest_page)
            }
    return paths


def _common_paths() -> dict[str, Any]:
    plain = {
        "200": {
            "description": "So it is.",
            "content": {"application/json": {"schema": {"type": "object"}}},
        }
    }
    text = {
        "200": {
            "description": "All metrics.",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        }
    }
    return {
        "/health/live": {"get": _operation("live", "Tells that the process runs.", plain)},
        "/health/ready": {
            "get": _operation(
                "ready", "Tells whether the database answers.", plain | problem_responses(503)
            )
        },
        "/metrics": {"get": _operation("metrics", "Tells what is measured, for Prometheus.", text)},
        "/api/ontology": {
            "get": _operation("ontology", "Tells what there is, as one document.", plain)
        },
    }


def _operation(name: str, summary: str, responses: dict[str, Any]) -> dict[str, Any]:
    return {"operationId": name, "summary": summary, "tags": ["server"], "responses": responses}


def problem_responses(*statuses: int) -> dict[str, Any]:
    """Describes the problems that an address may answer with; 401 is one everywhere."""
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {
        str(status): {
            "description": TITLES[status],
            "content": {"application/problem+json": schema},
        }
        for status in (401, *statuses)
    }


def _get_operation(of: ObjectType) -> dict[str, Any]:
    return {
        "operationId": f"get_{of.collection}",
        "summary": f"Reads one {of.name}.",
        "description": of.description,
        "tags": [of.name],
        "parameters": [_id_parameter(of), _fields_parameter(of)],
        "responses": {
            "200": {
                "description": of.description or of.name,
                "headers": {"ETag": {"description": "The version.", "schema": {"type": "string"}}},
                "content": {"application/json": {"schema": _type_reference(of)}},
            },
            "304": {"description": "The caller has this version already."},
            **problem_responses(400, 404, 503),
        },
    }


def _type_reference(of: ObjectType) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{schema_name(of.name)}"}


def _id_parameter(of: ObjectType) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    if len(of.key) == 1:
        schema = type_schema(of.property(of.key[0]).type)
    return {
        "name": "id",
        "in": "path",
        "required": True,
        "description": f"The {', '.join(of.key)} of a {of.name}.",
        "schema": schema,
    }


def _fields_parameter(of: ObjectType) -> dict[str, Any]:
    names = ",".join(each.name for each in of.properties[:2])
    return _query(
        "fields", "The properties to show, between commas.", {"type": "string", "example": names}
    )


def _query(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": schema}


def _list_operation(
    of: ObjectType, shown: ObjectType, name: str, largest_page: int
) -> dict[str, Any]:
    page = {
        "type": "object",
        "required": ["items", "next"],
        "properties": {
            "items": {"type": "array", "items": _type_reference(shown)},
            "next": {"type": ["string", "null"], "description": "The cursor of the next page."},
            "total": {"type": "integer"},
            "included": {"type": "object", "additionalProperties": {"type": "array"}},
            "facets": {"type": "object", "additionalProperties": {"type": "array"}},
        },
    }
    return {
        "operationId": name,
        "summary": f"Lists objects of type {shown.name}.",
        "description": shown.description,
        "tags": [of.name],
        "parameters": _list_parameters(shown, largest_page),
        "responses": {
            "200": {
                "description": "A page; groups where they are asked for.",
                "content": {"application/json": {"schema": {"anyOf": [page, GROUPS]}}},
            },
            **problem_responses(400, 503),
        },
    }


def _list_parameters(of: ObjectType, largest_page: int) -> list[dict[str, Any]]:
    take = {
        "type": "integer",
        "minimum": 1,
        "maximum": largest_page,
        "default": min(100, largest_page),
    }
    operators = ", ".join(Operator)
    filters = [
        _query(
            each.name,
            f"{each.description} Compare otherwise with `{each.name}.OPERATOR`: {operators}.".strip(),
            type_schema(each.type),
        )
        for each in of.properties
        if not each.many and not isinstance(each.type, Structure)
    ]
    return [
        _query(
            "order",
            "Properties to put in order by; `-` before one for the greatest first.",
            {"type": "string", "example": f"-{of.key[0]}"},
        ),
        _query("take", "How many at the most.", take),
        _query("after", "The cursor of the page before.", {"type": "string"}),
        _query(
            "include",
            "Links to show too, between commas, dotted for links of links.",
            {"type": "string"},
        ),
        _fields_parameter(of),
        _query("search", "Words, each the beginning of one in its texts.", {"type": "string"}),
        _query("total", "Whether to count them all.", {"type": "boolean", "default": False}),
        *_group_parameters(of),
        *(each for each in filters if each["name"] not in (*CONTROLS, "rule", "where")),
    ]


def _group_parameters(of: ObjectType) -> list[dict[str, Any]]:
    """Describes what is asked of many objects at once."""
    text = {"type": "string"}
    return [
        _query(
            "by",
            "Answers with groups: properties, `bins(x, WIDTH)`, `month(x)` and other periods.",
            text | {"example": of.key[0]},
        ),
        _query(
            "measure",
            "What is asked of each group: `count`, `distinct(x)`, `sum(x)`, `mean(x)`, "
            "`median(x)`, `percentile(x, 0.9)`, `min(x)`, `max(x)`.",
            text | {"example": "count"},
        ),
        _query("zone", "Whose calendar instants are put into.", text | {"example": "UTC"}),
        _query("facets", "Properties whose values are counted, with the list.", text),
    ]


def _rule_parameters(ontology: Ontology, of: ObjectType) -> list[dict[str, Any]]:
    """Describes what rules a list can be asked by, and what they are given."""
    rules = [each for each in ontology.rules if _subject(ontology, each) == of.name]
    described = [
        _query(
            "where",
            'A condition as JSON, such as `{"eq": [{"get": "id"}, {"value": "..."}]}`.',
            {"type": "string"},
        )
    ]
    if not rules:
        return described
    said = " ".join(f"`{each.name}`: {each.description}" for each in rules)
    described.append(
        _query(
            "rule",
            f"Rules that must hold, each said by itself. {said}",
            {"type": "array", "items": {"enum": [each.name for each in rules]}},
        )
    )
    return described + _argument_parameters(ontology, of, rules)


def _why_operation(ontology: Ontology, of: ObjectType) -> dict[str, Any]:
    """Describes how a rule is explained."""
    rules = [each for each in ontology.rules if _subject(ontology, each) == of.name]
    named = _query("rule", "The rule.", {"enum": [each.name for each in rules]})
    explanation = {"type": "object", "required": ["rule", "description", "holds", "clauses"]}
    return {
        "operationId": f"why_{of.collection}",
        "summary": f"Says why a rule holds of one {of.name}, or does not.",
        "tags": [of.name],
        "parameters": [
            _id_parameter(of),
            named | {"required": True},
            *_argument_parameters(ontology, of, rules),
        ],
        "responses": {
            "200": {
                "description": "Which clauses decided, where they are written, what they saw.",
                "content": {"application/json": {"schema": explanation}},
            },
            **problem_responses(400, 404, 503),
        },
    }


def _argument_parameters(
    ontology: Ontology, of: ObjectType, rules: Sequence[Rule]
) -> list[dict[str, Any]]:
    """Describes what the parameters of rules are given, besides objects."""
    own = {link.name for link in ontology.links_from(of.name)}
    own |= {held.name for held in of.properties}
    arguments = {each.name: each for rule in rules for each in rule.parameters[1:]}
    return [
        _query(name, f"What a rule is given: {each.annotation}.", {"type": "string"})
        for name, each in arguments.items()
        if name not in own
    ]


def _subject(ontology: Ontology, rule: Rule) -> str:
    """Names the object type that a rule is about: that of its first parameter that is an object."""
    names = {each.name for each in ontology.object_types}
    return next((each.annotation for each in rule.parameters if each.annotation in names), "")


def _link_operation(
    of: ObjectType, link: Link, target: ObjectType, largest_page: int
) -> dict[str, Any]:
    name = f"follow_{of.collection}_{link.name}"
    if link.cardinality is Cardinality.MANY:
        operation = _list_operation(of, target, name, largest_page)
        operation["summary"] = f"Lists the {link.name} of a {of.name}."
        operation["responses"] |= problem_responses(404)
    else:
        operation = _get_operation(target) | {"operationId": name, "tags": [of.name]}
        operation["summary"] = f"Reads the {link.name} of a {of.name}."
        operation["parameters"] = [_fields_parameter(target)]
    operation["parameters"] = [_id_parameter(of), *operation["parameters"]]
    return operation
