"""OpenAPI documents and JSON Schemas: what their objects are made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from triptych.domain.drafts import Part, Shape, Survey, class_name, linked, words_of
from triptych.domain.errors import InvalidInput, Problem
from triptych.infrastructure.optional import needs

_FORMATS = {
    ("string", "date-time"): "datetime",
    ("string", "date"): "date",
    ("string", "time"): "time",
    ("string", "uuid"): "UUID",
    ("string", "binary"): "bytes",
    ("string", "byte"): "bytes",
    ("string", "decimal"): "Decimal",
    ("number", "decimal"): "Decimal",
}
_TYPES = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
_KEYS = ("id", "uuid", "key", "slug")
_DEEPEST = 20
_BY_HAND = "add what it holds by hand"


def is_schema(document: object) -> bool:
    """Tells whether a document says what others look like, instead of being data itself."""
    marks = ("openapi", "swagger", "$schema", "$defs", "definitions", "components")
    return isinstance(document, Mapping) and any(each in document for each in marks)


def read_document(path: Path) -> Any:
    """Reads JSON or YAML.

    Raises:
        InvalidInput: It is neither.
        MissingExtra: It is YAML, which needs an optional part.
    """
    try:
        content = path.read_bytes()
        if path.suffix.lower() == ".json":
            return msgspec.json.decode(content)
        return _yaml(content)
    except (OSError, ValueError) as error:
        found = str(error).partition("\n")[0]
        raise InvalidInput([Problem(str(path), found, "look into the file")]) from error


def _yaml(content: bytes) -> Any:
    yaml = needs("yaml", "http", "to read YAML")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.load(content, Loader=loader)  # nosec B506  # a safe one
    except yaml.YAMLError as error:
        raise ValueError(str(error).replace("\n", " ")) from error


def survey_schema(document: Mapping[str, Any]) -> Survey:
    """Finds out what objects a document speaks of.

    Args:
        document: OpenAPI 2 or 3, or JSON Schema.

    Raises:
        InvalidInput: An object holds itself without end.

    Example:
        ```python
        from triptych.adapters.drafts.schemas import survey_schema

        pet = {"properties": {"id": {"type": "integer"}, "name": {"type": "string"}}}
        survey = survey_schema({"openapi": "3.1.0", "components": {"schemas": {"Pet": pet}}})
        assert survey.shapes[0].key == ("id",)
        ```
    """
    try:
        return _Reading(document).read()
    except RecursionError:
        mend = "give what holds itself a name, and refer to it"
        raise InvalidInput([Problem("from", "holds itself without end", mend)]) from None


class _Reading:
    """One reading of a document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._shapes: dict[str, Shape] = {}
        self._doubts: list[Problem] = []

    def read(self) -> Survey:
        for name, schema in self._named():
            merged = self._merged(schema)
            if merged.get("properties"):
                self._shape(name, merged)
        known = one_of_each(list(self._shapes.values()))
        names = {name: plain_name(name) for name in known}
        shapes = [
            _renamed(each, names) for each in self._shapes.values() if known[each.name] is each
        ]
        doubts = [
            Problem(f"{names[owner]}.{name}", each.found, each.mend)
            for each in self._doubts
            for owner, _, name in [each.where.partition(".")]
            if known[owner].name == owner
        ]
        return Survey(*linked(tuple(shapes), (*doubts, *_forms(known, names))))

    def _named(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        components = self._document.get("components") or {}
        for where in (components.get("schemas"), self._document.get("definitions")):
            yield from _mappings(where)
        yield from _mappings(self._document.get("$defs"))
        if self._document.get("properties"):
            yield str(self._document.get("title") or "Thing"), self._document

    def _merged(self, schema: Mapping[str, Any], depth: int = 0) -> dict[str, Any]:
        """Follows references, and puts together what is said in several places."""
        if depth > _DEEPEST:
            return {}
        if "$ref" in schema:
            return self._merged(self._target(schema["$ref"]), depth + 1)
        made = {key: each for key, each in schema.items() if key != "allOf"}
        for each in schema.get("allOf") or ():
            part = self._merged(each, depth + 1)
            made["properties"] = {**part.get("properties", {}), **(made.get("properties") or {})}
            made["required"] = [*part.get("required", ()), *(made.get("required") or ())]
            made = {**part, **made}
        return made

    def _target(self, reference: Any) -> Mapping[str, Any]:
        found: Any = self._document
        for step in str(reference).removeprefix("#/").split("/"):
            found = found.get(_unescaped(step), {}) if isinstance(found, Mapping) else {}
        return found if isinstance(found, Mapping) else {}

    def _shape(self, name: str, schema: Mapping[str, Any]) -> None:
        required = set(schema.get("required") or ())
        parts = []
        for key, each in _mappings(schema["properties"]):
            part = self._part(name, key, each)
            if part is not None:
                is_optional = part.is_optional or (bool(required) and key not in required)
                parts.append(replace(part, is_optional=is_optional and not part.is_many))
        ids = _key(name, parts)
        parts = [replace(each, is_optional=False) if each.name in ids else each for each in parts]
        about = _said(schema)
        self._shapes[name] = Shape(name=name, parts=tuple(parts), key=ids, about=about)

    def _part(self, owner: str, name: str, schema: Mapping[str, Any]) -> Part | None:
        """Reads a property; nothing where it cannot be one."""
        about = _said(schema)
        target = _reference(schema)
        merged, is_optional = self._without_null(self._merged(schema))
        target = target or _reference(merged)
        merged = self._merged(merged)
        if "array" in _types(merged):
            one = self._part(owner, name, merged.get("items") or {})
            if one is None:
                return None
            if one.is_many:
                return self._left_out(owner, name, "holds lists of lists")
            return replace(one, is_many=True, is_optional=False, about=about)
        if merged.get("properties"):
            of = target or self._inline(owner, name, merged)
            return Part(name=name, type="", of=of, is_optional=is_optional, about=about)
        return self._scalar(
            owner, name, merged, Part(name=name, is_optional=is_optional, about=about)
        )

    def _scalar(self, owner: str, name: str, schema: Mapping[str, Any], part: Part) -> Part | None:
        members = _values(schema)
        types = _types(schema) - {"null"} or ({"string"} if members else set())
        if len(types) != 1 or not types <= set(_TYPES):
            return self._left_out(owner, name, _odd(types))
        kind = types.pop()
        is_text = kind == "string" and all(isinstance(each, str) for each in members)
        type_ = _FORMATS.get((kind, str(schema.get("format"))), _TYPES[kind])
        return replace(part, type=type_, members=tuple(members) if is_text else ())

    def _inline(self, owner: str, name: str, schema: Mapping[str, Any]) -> str:
        """Makes a shape of an object that has no name of its own."""
        made = f"{class_name(owner)}{class_name(name)}"
        if made not in self._shapes:
            self._shape(made, schema)
        return made

    def _without_null(self, schema: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        """Takes out that it may be nothing; where one possibility is left, it is that."""
        is_optional = bool(schema.get("nullable")) or "null" in _types(schema)
        for word in ("oneOf", "anyOf"):
            choices = schema.get(word)
            if not choices:
                continue
            rest = [each for each in choices if _types(each) != {"null"}]
            is_optional |= len(rest) < len(choices)
            if len(rest) == 1:
                return {**rest[0]}, is_optional
            return {
                "type": sorted(set().union(*(_types(self._merged(e)) for e in rest)))
            }, is_optional
        return schema, is_optional

    def _left_out(self, owner: str, name: str, found: str) -> Part | None:
        self._doubts.append(Problem(f"{owner}.{name}", f"{found}, and is left out", _BY_HAND))
        return None


_FORMS = {
    "base",
    "batch",
    "body",
    "bulk",
    "collection",
    "create",
    "created",
    "detailed",
    "details",
    "full",
    "in",
    "input",
}
_FORMS |= {"list", "minimal", "new", "nullable", "out", "output", "page", "partial", "patch"}
_FORMS |= {"patched", "payload", "put", "request", "response", "simple", "summary", "update"}


def plain_name(name: str) -> str:
    """Names what a schema is a form of: `PetResponse` and `NewPet` are pets.

    Example:
        ```python
        from triptych.adapters.drafts.schemas import plain_name

        assert [plain_name(each) for each in ("PetResponse", "new-pet", "Request")] == [
            "pet", "pet", "request"
        ]
        ```
    """
    words = words_of(name)
    return "_".join([each for each in words if each not in _FORMS] or words)


def one_of_each(shapes: list[Shape]) -> dict[str, Shape]:
    """Says which shape stands for each of those that are forms of the same."""
    forms: dict[str, list[Shape]] = {}
    for each in shapes:
        forms.setdefault(plain_name(each.name), []).append(each)
    known: dict[str, Shape] = {}
    for several in forms.values():
        best = max(several, key=lambda each: (bool(each.key), len(each.parts)))
        known |= {each.name: best for each in several}
    return known


def _renamed(shape: Shape, names: Mapping[str, str]) -> Shape:
    parts = (replace(each, of=names.get(each.of, "")) for each in shape.parts)
    return replace(shape, name=names[shape.name], parts=tuple(parts))


def _forms(known: Mapping[str, Shape], names: Mapping[str, str]) -> Iterator[Problem]:
    """Yields what is told of those for which others stand."""
    others: dict[str, list[str]] = {}
    for name, best in known.items():
        if name != best.name:
            others.setdefault(best.name, []).append(name)
    for best_name, several in others.items():
        found = f"is made of {best_name}, and stands for {', '.join(several)}, too"
        yield Problem(names[best_name], found, "add what only those have")


def _values(schema: Mapping[str, Any]) -> list[Any]:
    return [each for each in schema.get("enum") or () if each is not None]


def _odd(types: set[str]) -> str:
    """Says why what is of some types cannot be a field."""
    if types == {"object"}:
        return "is an object of no fixed parts"
    return "may be of several types" if types else "may be anything"


def _mappings(found: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(found, Mapping):
        for key, each in found.items():
            if isinstance(each, Mapping):
                yield str(key), each


def _types(schema: Mapping[str, Any]) -> set[str]:
    said = schema.get("type")
    found = (
        {str(each) for each in said} if isinstance(said, list) else {str(said)} if said else set()
    )
    return found | ({"object"} if "properties" in schema else set())


def _reference(schema: Mapping[str, Any]) -> str:
    """Names the schema that one refers to, also by way of `allOf` alone."""
    every: list[Any] = list(schema.get("allOf") or ())
    one = every[0] if len(every) == 1 else schema
    said = str(one.get("$ref", "")) if isinstance(one, Mapping) else ""
    return _unescaped(said.rpartition("/")[2])


def _unescaped(step: str) -> str:
    return step.replace("~1", "/").replace("~0", "~")


def _key(name: str, parts: list[Part]) -> tuple[str, ...]:
    one = words_of(class_name(plain_name(name)))
    plain = [
        e for e in parts if not e.is_many and e.type in ("str", "int", "UUID") and not e.members
    ]
    for key in _KEYS:
        for each in plain:
            if words_of(each.name) in ([key], [*one, key]):
                return (each.name,)
    return ()


def _said(schema: Mapping[str, Any]) -> str:
    return str(schema.get("description") or "")
