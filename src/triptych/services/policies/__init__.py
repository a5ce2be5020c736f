"""Policies at work: found, read, pushed into every question, explained."""

from __future__ import annotations

from triptych.services.policies.describing import seen_document
from triptych.services.policies.policies import Policies
from triptych.services.policies.registry import find_policies

__all__ = ["Policies", "find_policies", "seen_document"]
