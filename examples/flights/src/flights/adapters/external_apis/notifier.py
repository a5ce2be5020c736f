"""Telling people something."""

from __future__ import annotations

from typing import Protocol

import structlog

from triptych import effect


class Notifier(Protocol):
    """Tells people something."""

    async def send(self, text: str) -> None:
        """Sends a text to whom it concerns."""
        ...


class LogNotifier:
    """Writes what would be sent into the log: the example has nobody to write to."""

    async def send(self, text: str) -> None:
        """Writes a text into the log."""
        effect("send a notice")
        structlog.get_logger("flights.notices").info("notice", text=text)
