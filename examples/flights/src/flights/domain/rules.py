"""Conditions that have a name."""

from __future__ import annotations

from datetime import timedelta

from flights.domain.entities import Airport, Flight
from flights.domain.value_objects import FlightStatus


def has_not_left(flight: Flight) -> bool:
    """The flight has not left yet."""
    return flight.status in (FlightStatus.SCHEDULED, FlightStatus.DELAYED)


def leaves_from_the_north(flight: Flight, origin: Airport) -> bool:
    """The flight leaves from north of the 45th parallel."""
    return origin.position.latitude > 45


def is_later_than(flight: Flight, limit: timedelta) -> bool:
    """The flight is later than the limit."""
    return flight.is_late and flight.delay > limit
