"""Moments: one number that names an entry of the ledger, orders it, and says when it was.

It is a hybrid logical clock (Kulkarni et al. 2014): microseconds since 1970 and a tie-breaker,
never less than what its maker has seen. So an object's entries are in order even where clocks
are not, and no counter is shared by those who write.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

_TIES = 10
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Ticker:
    """Makes the numbers of entries, each greater than the last.

    Args:
        now: Tells the time, aware; it may go backwards.

    Example:
        ```python
        from datetime import UTC, datetime

        from triptych.domain.actions.moments import Ticker

        ticker = Ticker(lambda: datetime(2026, 1, 1, tzinfo=UTC))
        assert ticker.next() < ticker.next() < ticker.next(after=2**62)
        ```
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._last = 0
        # Two processes in one microsecond differ in this; it guards nothing.
        # review: ignore[SEM006] it only tells two processes apart, and no rule asks it
        self._tie = random.getrandbits(_TIES)  # nosec B311

    def next(self, after: int = 0) -> int:
        """Returns a number greater than every one before, and than `after`."""
        now = (self._now() - _EPOCH) // _MICROSECOND
        self._last = max(now << _TIES | self._tie, self._last + 1, after + 1)
        return self._last


def moment_of(entry: int) -> datetime:
    """Tells when an entry was made.

    Example:
        ```python
        from datetime import UTC, datetime

        from triptych.domain.actions.moments import last_entry, moment_of

        noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
        assert moment_of(last_entry(noon)) == noon
        ```
    """
    return _EPOCH + timedelta(microseconds=entry >> _TIES)


def last_entry(moment: datetime) -> int:
    """Returns the greatest number that an entry made at a moment can have.

    Example:
        ```python
        from datetime import UTC, datetime, timedelta

        from triptych.domain.actions.moments import last_entry

        noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
        assert last_entry(noon) < last_entry(noon + timedelta(microseconds=1))
        ```
    """
    return ((moment - _EPOCH) // _MICROSECOND + 1 << _TIES) - 1
