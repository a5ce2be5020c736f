"""Say what your business is in plain Python. Triptych runs it."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from triptych.adapters.objects.page import Page
    from triptych.adapters.objects.repository import Repository
    from triptych.adapters.objects.store import Store
    from triptych.adapters.objects.tables import Table
    from triptych.adapters.sources.declaration import CsvFile, source
    from triptych.domain.actions import (
        Invariant,
        Lifecycle,
        Outcome,
        Plan,
        Secret,
        action,
        on,
        query,
    )
    from triptych.domain.actor import Actor
    from triptych.domain.errors import TriptychError
    from triptych.domain.expression import rule
    from triptych.domain.ontology import Ontology
    from triptych.domain.policies import allows, forbids
    from triptych.infrastructure.effects import effect
    from triptych.infrastructure.monitoring import recorded_statements
    from triptych.services.actions import Actions, Backend, Clock, Events
    from triptych.services.expression import why
    from triptych.services.ontology import read_ontology
    from triptych.services.stores import open_backend, open_store

__all__ = [
    "Actions",
    "Actor",
    "Backend",
    "Clock",
    "CsvFile",
    "Events",
    "Invariant",
    "Lifecycle",
    "Ontology",
    "Outcome",
    "Page",
    "Plan",
    "Repository",
    "Secret",
    "Store",
    "Table",
    "TriptychError",
    "action",
    "allows",
    "effect",
    "forbids",
    "on",
    "open_backend",
    "open_store",
    "query",
    "read_ontology",
    "recorded_statements",
    "rule",
    "source",
    "why",
]
__version__ = "0.1.0"

_HOMES = {
    "Actions": "triptych.services.actions",
    "Actor": "triptych.domain.actor",
    "Backend": "triptych.services.actions",
    "Clock": "triptych.services.actions",
    "CsvFile": "triptych.adapters.sources.declaration",
    "Events": "triptych.services.actions",
    "Invariant": "triptych.domain.actions",
    "Lifecycle": "triptych.domain.actions",
    "Ontology": "triptych.domain.ontology",
    "Outcome": "triptych.domain.actions",
    "Page": "triptych.adapters.objects.page",
    "Plan": "triptych.domain.actions",
    "Repository": "triptych.adapters.objects.repository",
    "Secret": "triptych.domain.actions",  # nosec B105 - a module
    "Store": "triptych.adapters.objects.store",
    "Table": "triptych.adapters.objects.tables",
    "TriptychError": "triptych.domain.errors",
    "action": "triptych.domain.actions",
    "allows": "triptych.domain.policies",
    "effect": "triptych.infrastructure.effects",
    "forbids": "triptych.domain.policies",
    "on": "triptych.domain.actions",
    "open_backend": "triptych.services.stores",
    "open_store": "triptych.services.stores",
    "query": "triptych.domain.actions",
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
