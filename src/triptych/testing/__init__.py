"""Tests that every application gets: written from what it declares."""

from __future__ import annotations

from triptych.testing.policies import PolicyCase, policy_cases
from triptych.testing.samples import add_sample

__all__ = ["PolicyCase", "add_sample", "policy_cases"]
