"""Time, as services ask for it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time; a service names it in its constructor, and a test gives it another.

    Example:
        ```python
        from datetime import UTC, datetime

        from triptych import Clock

        class Noon:
            def now(self) -> datetime:
                return datetime(2026, 11, 27, 12, tzinfo=UTC)

        clock: Clock = Noon()
        assert clock.now().hour == 12
        ```
    """

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
