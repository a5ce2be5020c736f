"""Additions: complete, tested code in its right layer, which can be taken back."""

from __future__ import annotations

from triptych.services.additions.adding import Additions, plan_addition

__all__ = ["Additions", "plan_addition"]
