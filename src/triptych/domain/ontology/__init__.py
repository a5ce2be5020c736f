"""The ontology: what a domain package declares, as one immutable value.

Example:
    ```python
    from triptych.domain.ontology import Scalar, ScalarKind

    assert Scalar(kind=ScalarKind.STR).label == "str"
    ```
"""

from __future__ import annotations

from triptych.domain.ontology.links import Cardinality, Link, links_of
from triptych.domain.ontology.names import article, collection_name, snake_case, spoken
from triptych.domain.ontology.objects import (
    Computed,
    Default,
    EventType,
    Interface,
    Many,
    ObjectType,
    Parameter,
    Property,
    Rule,
    Source,
    Structure,
)
from triptych.domain.ontology.ontology import Ontology
from triptych.domain.ontology.types import (
    Bounds,
    Choice,
    Enumeration,
    Identifier,
    Scalar,
    ScalarKind,
)

__all__ = [
    "Bounds",
    "Cardinality",
    "Choice",
    "Computed",
    "Default",
    "Enumeration",
    "EventType",
    "Identifier",
    "Interface",
    "Link",
    "Many",
    "ObjectType",
    "Ontology",
    "Parameter",
    "Property",
    "Rule",
    "Scalar",
    "ScalarKind",
    "Source",
    "Structure",
    "article",
    "collection_name",
    "links_of",
    "snake_case",
    "spoken",
]
