"""What has happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flights.domain.value_objects import CrewMemberId, CrewRole, FlightId, TailNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightPostponed:
    """A flight was put off."""

    flight: FlightId
    by: timedelta
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightCancelled:
    """A flight will not take place."""

    flight: FlightId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightDeparted:
    """A flight has left."""

    flight: FlightId


@dataclass(frozen=True, slots=True, kw_only=True)
class AircraftSwapped:
    """Two flights have exchanged their aircraft."""

    first: FlightId
    second: FlightId
    first_plane: TailNumber
    second_plane: TailNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class CrewAssigned:
    """A crew member was put on a flight."""

    flight: FlightId
    member: CrewMemberId
    role: CrewRole
