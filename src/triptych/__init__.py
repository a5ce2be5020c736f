"""Say what your business is in plain Python. Triptych runs it."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from triptych.adapters.objects.page import Page
    from triptych.adapters.objects.repository import Repository, Store
    from triptych.adapters.objects.tables import Table
    from triptych.adapters.sources.declaration import CsvFile, source
    from triptych.domain.errors import TriptychError
    from triptych.domain.expression import rule
    from triptych.domain.ontology import Ontology
    from triptych.infrastructure.monitoring import recorded_statements
    from triptych.services.expression import why
    from triptych.services.objects import open_store
    from triptych.services.ontology import read_ontology

__all__ = [
    "CsvFile",
    "Ontology",
    "Page",
    "Repository",
    "Store",
    "Table",
    "TriptychError",
    "open_store",
    "read_ontology",
    "recorded_statements",
    "rule",
    "source",
    "why",
]
__version__ = "0.1.0"

_HOMES = {
    "CsvFile": "triptych.adapters.sources.declaration",
    "Ontology": "triptych.domain.ontology",
    "Page": "triptych.adapters.objects.page",
    "Repository": "triptych.adapters.objects.repository",
    "Store": "triptych.adapters.objects.repository",
    "Table": "triptych.adapters.objects.tables",
    "TriptychError": "triptych.domain.errors",
    "open_store": "triptych.services.objects",
    "read_ontology": "triptych.services.ontology",
    "recorded_statements": "triptych.infrastructure.monitoring",
    "rule": "triptych.domain.expression",
    "source": "triptych.adapters.sources.declaration",
    "why": "triptych.services.expression",
}


def __getattr__(name: str) -> Any:
    """Loads a public name when it is first asked for, so that importing costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'triptych' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
