"""Events: delivering what has happened to those who handle it."""

from __future__ import annotations

from triptych.services.events.patience import Patience, patience_of
from triptych.services.events.relay import Relay

__all__ = ["Patience", "Relay", "patience_of"]
