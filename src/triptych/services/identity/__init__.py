"""Identity: who calls, by keys, tokens and sessions."""

from __future__ import annotations

from triptych.services.identity.identity import Identity

__all__ = ["Identity"]
