"""Tests that every application gets: written from what it declares."""

from __future__ import annotations

from triptych.testing.policies import PolicyCase, policy_cases

__all__ = ["PolicyCase", "policy_cases"]
