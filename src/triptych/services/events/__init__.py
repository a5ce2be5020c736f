"""Events: delivering what has happened to those who handle it."""

from __future__ import annotations

from triptych.services.events.relay import Patience, Relay

__all__ = ["Patience", "Relay"]
