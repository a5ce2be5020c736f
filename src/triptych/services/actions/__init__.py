"""Actions: the one write path, and calling it."""

from __future__ import annotations

from triptych.infrastructure.clock import Clock
from triptych.services.actions.backend import Backend
from triptych.services.actions.contracts import Actions, Events
from triptych.services.actions.path import Limits

__all__ = ["Actions", "Backend", "Clock", "Events", "Limits"]
