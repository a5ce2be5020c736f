"""What has happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flights.domain.value_objects import FlightId


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightPostponed:
    """A flight was put off."""

    flight: FlightId
    by: timedelta
    reason: str
