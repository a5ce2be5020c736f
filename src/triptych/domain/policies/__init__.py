"""Policies: who may read, change and do what."""

from __future__ import annotations

from triptych.domain.policies.declaration import (
    AUDIT,
    CHANGE,
    READ,
    Effect,
    Policy,
    allows,
    decide,
    forbids,
    policies_of,
)

__all__ = [
    "AUDIT",
    "CHANGE",
    "READ",
    "Effect",
    "Policy",
    "allows",
    "decide",
    "forbids",
    "policies_of",
]
