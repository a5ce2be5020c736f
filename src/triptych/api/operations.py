"""Actions in the OpenAPI document: what each is given, answers, and may be refused for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from triptych.api.actions import action_address
from triptych.api.openapi import problem_responses
from triptych.api.schemas import property_schema, schema_name
from triptych.domain.actions import Input, Operation, Output

_WAYS = {
    "preview": "Say what it would do, and do nothing.",
    "plan": "Keep what it would do, for somebody to commit.",
    "each": "Of many, do each for itself.",
}
_TOUCHED = {
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "id": {"type": "string"},
        "kind": {"enum": ["added", "changed", "removed"]},
        "version": {"type": ["integer", "null"]},
    },
}
_RECEIPT = {"type": "string", "description": "By which it is asked for, and undone."}


def operation_paths(operations: Iterable[Operation]) -> dict[str, Any]:
    """Describes the address of every action and query, of plans and of receipts.

    Example:
        ```python
        from triptych import open_store
        from triptych.api.operations import operation_paths
        from triptych.services.actions import Backend

        backend = Backend(open_store("flights", "sqlite:///:memory:"))
        paths = operation_paths(backend.declared.operations.values())
        assert "post" in paths["/api/operations/postpone"]
        assert "get" in paths["/api/operations/waiting"]
        ```
    """
    paths: dict[str, Any] = {}
    for each in operations:
        described = {"post": _action(each)} if each.mark.is_action else _query(each)
        paths[action_address(each)] = described
    return paths | (_common() if paths else {})


def _action(of: Operation) -> dict[str, Any]:
    body = body_schema(of)
    return {
        **_named(of),
        "parameters": [
            *(
                _parameter(name, "query", about, {"type": "boolean"})
                for name, about in _WAYS.items()
            ),
            _parameter(
                "Idempotency-Key", "header", "Of this call: again does nothing again.", _text()
            ),
            _parameter("If-Match", "header", "The version of the first object.", _text()),
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"anyOf": [body, {"type": "array", "items": body, "minItems": 1}]}
                }
            },
        },
        "responses": {
            "200": _answer("What was done; or what would be.", _outcome(of.output)),
            "201": _answer("A plan that is kept.", {"type": "object"}),
            **problem_responses(400, 403, 404, 409, 412, 413, 500, 503),
        },
    }


def _query(of: Operation) -> dict[str, Any]:
    answers = {
        "200": _answer("The answer.", _object({"result": _result(of.output)})),
        **problem_responses(400, 403, 404, 409, 413, 500, 503),
    }
    asked = [
        _parameter(each.name, "query", each.value.description, _given(each))
        | {"required": each.value.default is None}
        for each in of.inputs
    ]
    body = {"required": True, "content": {"application/json": {"schema": body_schema(of)}}}
    return {
        "get": {**_named(of), "parameters": asked, "responses": answers},
        "post": {
            **_named(of),
            "operationId": f"ask_{of.service}_{of.name}",
            "requestBody": body,
            "responses": answers,
        },
    }


def _named(of: Operation) -> dict[str, Any]:
    said = {
        "operationId": f"{of.service}_{of.name}",
        "summary": of.description,
        "tags": [of.service],
    }
    return said | ({"description": of.details} if of.details else {})


def body_schema(of: Operation) -> dict[str, Any]:
    """Describes what an action or a query is given."""
    schema = _object({each.name: _given(each) for each in of.inputs})
    required = [each.name for each in of.inputs if each.value.default is None]
    return {**schema, "required": required, "additionalProperties": False}


def _given(of: Input) -> dict[str, Any]:
    schema = property_schema(of.value)
    if of.entity is not None and of.held is not None:
        schema = {"type": "array", "items": schema}
    return schema


def _outcome(of: Output) -> dict[str, Any]:
    return _object(
        {
            "result": _result(of),
            "receipt": _RECEIPT,
            "touched": {"type": "array", "items": _TOUCHED},
            "is_replayed": {"type": "boolean"},
        }
    )


def _result(of: Output) -> dict[str, Any]:
    """Describes what an operation returns."""
    if of.entity is None:
        return property_schema(of.value) if of.value is not None else {}
    schema: dict[str, Any] = {"$ref": f"#/components/schemas/{schema_name(of.entity)}"}
    return {"type": "array", "items": schema} if of.held is not None else schema


def _common() -> dict[str, Any]:
    """Describes the addresses that every action shares."""
    done = {"200": _answer("What was done.", {"type": "object"})}
    shown = {"200": _answer("What it says.", {"type": "object"})}
    refused = problem_responses(400, 403, 404, 409, 500, 503)
    found = problem_responses(400, 404, 500, 503)
    name = _parameter("id", "path", "What it is called.", _text()) | {"required": True}

    def described(summary: str, responses: dict[str, Any]) -> dict[str, Any]:
        return {
            "operationId": summary.rstrip(".").lower().replace(" ", "_"),
            "summary": summary,
            "tags": ["actions"],
            "parameters": [name],
            "responses": responses,
        }

    tried = {"type": "array", "items": {"type": "object"}}
    scenario = _object({"steps": tried, "questions": tried, "plan": {"type": "boolean"}})
    return {
        "/api/scenarios": {
            "post": {
                "operationId": "scenario",
                "summary": "Tries several actions together, and answers what would be.",
                "tags": ["actions"],
                "requestBody": {"content": {"application/json": {"schema": scenario}}},
                "responses": {**shown, "201": shown["200"], **problem_responses(413), **refused},
            }
        },
        "/api/plans/{id}": {"get": described("Reads a plan.", shown | found)},
        "/api/plans/{id}/commit": {"post": described("Does what a plan says.", done | refused)},
        "/api/receipts/{id}": {"get": described("Reads an entry of the ledger.", shown | found)},
        "/api/receipts/{id}/undo": {"post": described("Takes back what was done.", done | refused)},
    }


def _parameter(name: str, where: str, about: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": where, "description": about, "schema": schema}


def _answer(about: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": about, "content": {"application/json": {"schema": schema}}}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def _text() -> dict[str, Any]:
    return {"type": "string"}
