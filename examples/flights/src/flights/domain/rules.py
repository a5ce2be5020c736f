"""Conditions that have a name."""

from __future__ import annotations

from datetime import timedelta

from flights.domain.entities import Airport, CrewMember, Flight
from flights.domain.relationships import CrewAssignment
from flights.domain.value_objects import FlightStatus


def has_not_left(flight: Flight) -> bool:
    """The flight has not left yet."""
    return flight.status in (FlightStatus.SCHEDULED, FlightStatus.DELAYED)


def has_an_aircraft(flight: Flight) -> bool:
    """The flight has an aircraft."""
    return flight.plane is not None


def is_of_the_carrier(assignment: CrewAssignment, member: CrewMember, flight: Flight) -> bool:
    """Whoever works a flight is employed by its carrier."""
    return member.carrier == flight.carrier


def leads_elsewhere(flight: Flight) -> bool:
    """The flight leads to another airport."""
    return flight.origin != flight.destination


def fits_its_crew(flight: Flight, crew: tuple[CrewAssignment, ...]) -> bool:
    """The flight has no more than twelve people to work it."""
    return len(crew) <= 12


def leaves_from_the_north(flight: Flight, origin: Airport) -> bool:
    """The flight leaves from north of the 45th parallel."""
    return origin.position.latitude > 45


def is_later_than(flight: Flight, limit: timedelta) -> bool:
    """The flight is later than the limit."""
    return flight.is_late and flight.delay > limit
