"""The life of a flight."""

from __future__ import annotations

from flights.domain.entities import Flight
from flights.domain.value_objects import FlightStatus
from triptych import Lifecycle

FLIGHT = Lifecycle(
    Flight,
    "status",
    {
        FlightStatus.SCHEDULED: {
            FlightStatus.DELAYED,
            FlightStatus.DEPARTED,
            FlightStatus.CANCELLED,
        },
        FlightStatus.DELAYED: {FlightStatus.DEPARTED, FlightStatus.CANCELLED},
    },
)
