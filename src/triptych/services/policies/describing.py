"""The ontology as an actor sees it: types of which they see nothing are not there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from triptych.adapters.objects.sight import Sight
from triptych.adapters.ontology import ontology_document
from triptych.domain.expression.building import NEVER
from triptych.domain.ontology import Ontology

_WORD = re.compile(r"\w+")


def seen_document(ontology: Ontology, sights: Mapping[str, Sight]) -> dict[str, Any]:
    """Writes what an ontology says of what an actor sees.

    Object types of which they see no object, whatever there is, are left out, with the links and
    rules that lead to them; so are properties that they never see.

    Example:
        ```python
        from triptych import read_ontology
        from triptych.adapters.objects.sight import Sight
        from triptych.services.policies.describing import seen_document

        flights = read_ontology("flights")
        everything = {each.name: Sight() for each in flights.object_types}
        assert seen_document(flights, everything)["package"] == "flights"
        ```
    """
    document = ontology_document(ontology)
    if all(each.is_whole for each in sights.values()):
        return document
    unseen = {name for name, each in sights.items() if each.rows == NEVER}
    return _narrowed(document, sights, unseen)


def _narrowed(
    document: dict[str, Any], sights: Mapping[str, Sight], unseen: set[str]
) -> dict[str, Any]:
    """Takes out of an ontology's document what is not seen."""
    for group in ("entities", "relationships"):
        left = _less(document[group], lambda e: {str(e["name"])}, unseen)
        document[group] = [_seen(each, sights[each["name"]], unseen) for each in left]
    document["rules"] = _less(document["rules"], lambda e: _words(e["parameters"]), unseen)
    document["events"] = _less(document["events"], lambda e: _ids(e["properties"]), unseen)
    for each in document["interfaces"]:
        each["entities"] = [name for name in each["entities"] if name not in unseen]
    return document


def _less(parts: list[Any], names: Callable[[Any], set[str]], unseen: set[str]) -> list[Any]:
    """Leaves out what speaks of types that are not seen."""
    return [each for each in parts if not unseen & names(each)]


def _words(parameters: Any) -> set[str]:
    return {word for each in parameters for word in _WORD.findall(each["type"])}


def _ids(properties: Any) -> set[str]:
    return {str(each["type"].get("of")) for each in properties}


def _seen(of: dict[str, Any], sight: Sight, unseen: set[str]) -> dict[str, Any]:
    hidden = {
        name for name, each in sight.screens.items() if each.shown == NEVER and each.mask is None
    }
    kept = [each for each in of["properties"] if each["name"] not in hidden]
    links = [
        each
        for each in of["links"]
        if each["target"] not in unseen
        and not (each["direction"] == "forward" and each["property"] in hidden)
    ]
    return {**of, "properties": kept, "links": links}
