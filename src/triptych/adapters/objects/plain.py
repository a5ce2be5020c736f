"""Objects as plain JSON: every value written as HTTP and the ledger show it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from triptych.adapters.objects.mapping import parse_property, plain_property
from triptych.adapters.objects.values import writer
from triptych.domain.ontology import ObjectType, Property, Structure


def key_text(key: Any) -> str:
    """Writes an id as text; the ids of a relationship between commas.

    Example:
        ```python
        from triptych.adapters.objects.plain import key_text

        assert key_text("JFK") == "JFK" and key_text(("a", 7)) == "a,7"
        ```
    """
    return ",".join(map(str, key)) if isinstance(key, tuple) else str(key)


def plain_object(of: ObjectType, value: Any) -> dict[str, Any]:
    """Writes an object as plain JSON.

    Example:
        ```python
        from flights.domain.entities import Carrier
        from flights.domain.value_objects import CarrierCode
        from triptych import read_ontology
        from triptych.adapters.objects.plain import parse_object, plain_object

        carrier = read_ontology("flights").object_type(Carrier)
        united = Carrier(id=CarrierCode("UA"), name="United")
        assert plain_object(carrier, united) == {"id": "UA", "name": "United"}
        assert parse_object(carrier, plain_object(carrier, united)) == united
        ```
    """
    return {name: write(getattr(value, name)) for name, write in _writers(of)}


@cache
def _writers(of: ObjectType) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
    """Looks up once how each property is written."""
    return tuple((each.name, _writer(each)) for each in of.properties)


def _writer(of: Property) -> Callable[[Any], Any]:
    if of.many or isinstance(of.type, Structure):
        return lambda value: plain_property(of, value)
    return writer(of.type)


def parse_object(of: ObjectType, raw: dict[str, Any]) -> Any:
    """Reads an object from plain JSON.

    Raises:
        Unfit: A value does not fit.
    """
    return of.python(
        **{each.name: parse_property(each, raw.get(each.name)) for each in of.properties}
    )
