"""Time, as services ask for it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Returns the present moment, aware, in UTC."""
        ...


class SystemClock:
    """The clock of this machine.

    Example:
        ```python
        from triptych.infrastructure.clock import SystemClock

        assert SystemClock().now() <= SystemClock().now()
        ```
    """

    def now(self) -> datetime:
        """Returns the present moment."""
        return datetime.now(UTC)
