"""Tests that every application gets: written from what it declares.

Each name is loaded when it is first used: the plugin of pytest, which is beside them, is loaded
by every run of it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from triptych.testing.http import client_of
    from triptych.testing.policies import PolicyCase, policy_cases
    from triptych.testing.samples import add_sample, object_types

__all__ = ["PolicyCase", "add_sample", "client_of", "object_types", "policy_cases"]

_WHERE = {
    "PolicyCase": "policies",
    "add_sample": "samples",
    "client_of": "http",
    "object_types": "samples",
    "policy_cases": "policies",
}


def __getattr__(name: str) -> Any:
    """Loads a public name when it is first used."""
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_WHERE[name]}"), name)
