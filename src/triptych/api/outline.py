"""What there is, told briefly: to whoever pays for every word that they read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from triptych.api.operations import body_schema
from triptych.api.schemas import openapi_schemas
from triptych.domain.actions import Operation
from triptych.domain.actor import Actor
from triptych.domain.errors import UnknownName
from triptych.services.actions import Backend
from triptych.services.policies import seen_document

MOST_DESCRIBED = 80
_GROUPS = ("entities", "relationships", "rules", "actions", "queries")
_TYPES = ("entities", "relationships", "value_objects", "events")


class Outline:
    """Tells what there is, as far as whoever asks sees it: all by name, or all about one.

    Args:
        backend: What is told of.

    Example:
        ```python
        from triptych import Actor, Backend, open_store
        from triptych.api.outline import Outline

        outline = Outline(Backend(open_store("flights", "sqlite:///:memory:")))
        told = outline.about("Airport", Actor("ada"))
        assert told["links"]["departures"] == "many Flight"
        ```
    """

    def __init__(self, backend: Backend) -> None:
        self._backend, self._ontology = backend, backend.ontology

    def overview(self, actor: Actor) -> dict[str, Any]:
        """Names all that an actor sees and may do, and says what it is where that is not long."""
        document = self._seen(actor)
        operations = list(self._operations(actor))
        named = {
            group: {each["name"]: each["description"] for each in document[group]}
            for group in ("entities", "relationships", "rules")
        }
        named["actions"] = _described(operations, is_action=True)
        named["queries"] = _described(operations, is_action=False)
        is_brief = sum(map(len, named.values())) > MOST_DESCRIBED
        told = {group: list(named[group]) if is_brief else named[group] for group in _GROUPS}
        return {
            "application": self._ontology.package,
            "about": self._ontology.description,
            "you": str(actor),
            **{group: each for group, each in told.items() if each},
        }

    def hidden(self, actor: Actor) -> set[str]:
        """Lists the names of types, rules and operations that are not there for an actor."""
        told = self.overview(actor)
        seen = {name for group in _GROUPS for name in told.get(group, ())}
        known = {each.name for each in self._ontology.object_types}
        known |= {each.name for each in self._ontology.rules}
        return (known | self._backend.declared.operations.keys()) - seen

    def about(self, name: str, actor: Actor) -> dict[str, Any]:
        """Tells all about one thing.

        Args:
            name: Of an entity, relationship, value object, event, rule, action or query.
            actor: Who asks.

        Raises:
            UnknownName: There is none of that name, or not for them.
        """
        document = self._seen(actor)
        operations = {each.full_name: each for each in self._operations(actor)}
        if name in operations:
            return self._of_operation(operations[name])
        known = {each["name"]: each for group in _TYPES for each in document[group]}
        rules = {each["name"]: each for each in document["rules"]}
        if name in rules:
            return _of_rule(rules[name])
        wanted = name.lower().replace("-", "_")
        for of in known.values():
            if wanted in (of["name"].lower(), of.get("collection")):
                return self._of_type(of, document, operations.values())
        raise UnknownName("name", name, (*known, *rules, *operations))

    def _seen(self, actor: Actor) -> dict[str, Any]:
        return seen_document(self._ontology, self._backend.policies.sights(actor))

    def _operations(self, actor: Actor) -> Iterator[Operation]:
        """Yields what an actor may do of something at least."""
        for each in self._backend.declared.operations.values():
            if self._backend.permissions.may_ever(each, actor):
                yield each

    def _of_type(self, of: dict[str, Any], document: Any, operations: Any) -> dict[str, Any]:
        values = {each["name"]: each["members"] for each in document["enumerations"]}
        parts = {each["name"]: each["properties"] for each in document["value_objects"]}
        told = {
            "name": of["name"],
            "about": of["description"],
            "properties": dict(_properties(of["properties"], values, parts)),
        }
        if "links" in of:
            told |= _of_object_type(of, document["rules"], operations)
        return told

    def _of_operation(self, of: Operation) -> dict[str, Any]:
        arguments = body_schema(of)
        told = {"name": of.full_name, "about": _sentence(of.description, of.details)}
        told["kind"] = "action" if of.mark.is_action else "query"
        if of.mark.is_approved:
            told["approval"] = "somebody else must commit a plan of it"
        schemas = openapi_schemas(self._ontology)
        needed = {name: each for name, each in schemas.items() if f"/{name}'" in str(arguments)}
        return told | {"arguments": arguments} | ({"schemas": needed} if needed else {})


def _of_object_type(of: dict[str, Any], rules: list[Any], operations: Any) -> dict[str, Any]:
    """Tells what objects have besides stored properties."""
    name = of["name"]
    acting = [each for each in operations if any(one.entity == name for one in each.inputs)]
    told = {
        "computed": {
            each["name"]: _sentence(each["type"], each["description"]) for each in of["computed"]
        },
        "links": {each["name"]: f"{each['cardinality']} {each['target']}" for each in of["links"]},
        "rules": {each["name"]: each["description"] for each in rules if _is_about(each, name)},
        "actions": _described(acting),
    }
    return {"id": ",".join(of["key"])} | {group: each for group, each in told.items() if each}


def _described(operations: Any, *, is_action: bool | None = None) -> dict[str, str]:
    return {
        each.full_name: each.description
        for each in operations
        if is_action is None or each.mark.is_action is is_action
    }


def _of_rule(rule: dict[str, Any]) -> dict[str, Any]:
    given = {each["name"]: each["type"] for each in rule["parameters"]}
    return {"name": rule["name"], "about": rule["description"], "given": given}


def _is_about(rule: dict[str, Any], name: str) -> bool:
    return any(each["type"] == name for each in rule["parameters"])


def _properties(
    properties: list[Any], values: dict[str, Any], parts: dict[str, Any], prefix: str = ""
) -> Iterator[tuple[str, str]]:
    """Yields each property and what it holds; of value objects, each part by its dotted name."""
    for each in properties:
        name, held = prefix + each["name"], each["type"]
        if held["is"] == "value object" and not each["many"] and held["name"] in parts:
            yield from _properties(parts[held["name"]], values, parts, f"{name}.")
            continue
        kind = each["annotation"]
        if held["is"] == "id" and each["name"] != "id":
            kind += f", the id of a {held['of']}"
        if held["is"] == "enumeration":
            kind += f", one of {', '.join(str(one['value']) for one in values[held['name']])}"
        yield name, _sentence(kind, each["description"])


def _sentence(kind: str, about: str) -> str:
    return f"{kind}: {about}" if about else kind
