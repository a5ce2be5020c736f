"""Samples: a value of every type, as plain JSON, so that any action can be tried."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from triptych.domain.ontology import Choice, Enumeration, Property, Scalar, ScalarKind, Structure

_VALUES: Mapping[ScalarKind, Any] = {
    ScalarKind.STR: "x",
    ScalarKind.INT: 1,
    ScalarKind.FLOAT: 1.0,
    ScalarKind.BOOL: True,
    ScalarKind.DECIMAL: "1",
    ScalarKind.UUID: "00000000-0000-0000-0000-000000000001",
    ScalarKind.BYTES: "eA==",
    ScalarKind.DATE: "2026-11-25",
    ScalarKind.TIME: "12:00:00",
    ScalarKind.DATETIME: "2026-11-25T12:00:00Z",
    ScalarKind.TIMEDELTA: "PT1H",
}


def sample(of: Property) -> Any:
    """Makes a value that a property may have, as plain JSON.

    Example:
        ```python
        from triptych import read_ontology
        from triptych.testing.samples import sample

        flight = read_ontology("flights").object_type("Flight")
        assert sample(flight.property("status")) == "scheduled"
        assert sample(flight.property("distance")) == 1
        ```
    """
    if of.is_optional:
        return None
    one = _one(of.type)
    return [one] if of.many else one


def _one(type_: Any) -> Any:
    match type_:
        case Structure():
            return {each.name: sample(each) for each in type_.properties}
        case Enumeration() | Choice():
            return type_.values[0]
        case Scalar(bounds=bounds) if bounds is not None and bounds.low is not None:
            return "x" * bounds.low if type_.kind is ScalarKind.STR else bounds.low
    return _VALUES[type_.kind]
