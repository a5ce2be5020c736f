"""How one name becomes another: an object type, its collection, its table."""

from __future__ import annotations

import re

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z]+")
_SIBILANT = re.compile(r"(s|x|z|ch|sh)$")
_CONSONANT_Y = re.compile(r"[^aeiou]y$")


def snake_case(name: str) -> str:
    """Writes a class's name as a module or column would be written.

    Example:
        ```python
        from triptych.domain.ontology import snake_case

        assert snake_case("CrewAssignment") == "crew_assignment"
        assert snake_case("HTTPRoute") == "http_route"
        ```
    """
    return "_".join(word.lower() for word in _WORD.findall(name))


def collection_name(name: str) -> str:
    """Names all objects of a type: the plural, in snake case.

    English only, and regular only: a table may be given another name.

    Example:
        ```python
        from triptych.domain.ontology import collection_name

        assert collection_name("CrewAssignment") == "crew_assignments"
        assert collection_name("City") == "cities"
        assert collection_name("Branch") == "branches"
        ```
    """
    singular = snake_case(name)
    if _CONSONANT_Y.search(singular):
        return f"{singular[:-1]}ies"
    return f"{singular}es" if _SIBILANT.search(singular) else f"{singular}s"


def spoken(name: str) -> str:
    """Speaks of a class in plain words.

    Example:
        ```python
        from triptych.domain.ontology import spoken

        assert spoken("WeatherReport") == "weather report"
        ```
    """
    return snake_case(name).replace("_", " ")


def article(name: str) -> str:
    """Speaks of one of a class.

    Example:
        ```python
        from triptych.domain.ontology import article

        assert article("Invoice") == "an invoice"
        ```
    """
    words = spoken(name)
    return f"an {words}" if words[0] in "aeiou" else f"a {words}"


def link_name(property_name: str) -> str:
    """Names a link after the property that holds it, without `_id` or `_ids`.

    Example:
        ```python
        from triptych.domain.ontology.names import link_name

        assert link_name("customer_id") == "customer"
        assert link_name("origin") == "origin"
        ```
    """
    return property_name.removesuffix("_ids").removesuffix("_id") or property_name
