"""Who may read what."""

from __future__ import annotations

from flights.domain.entities import Airport, Carrier, CrewMember, Flight, Plane, WeatherReport
from flights.domain.relationships import CrewAssignment
from flights.domain.value_objects import CrewMemberId, FlightStatus
from flights.services.policies.desk import is_dispatcher, is_of_the_carrier
from triptych import Actor, allows


@allows("read", Airport, Carrier, Plane, WeatherReport)
@allows("operations.waiting")
def is_anybody(actor: Actor) -> bool:
    """Everybody may know where flights go, and by what."""
    return True


@allows("read", Flight)
def is_on_the_board(actor: Actor, flight: Flight) -> bool:
    """Everybody may see a flight that takes place."""
    return flight.status != FlightStatus.CANCELLED


@allows("audit")
@allows("read", Flight, CrewMember, CrewAssignment)
def looks_after_everything(actor: Actor) -> bool:
    """Dispatchers and auditors see everything."""
    return is_dispatcher(actor) or actor.has_role("auditor")


def in_fifties(passengers: int) -> int:
    """Passengers are told in fifties to whom the number is of no use."""
    return passengers // 50 * 50


@allows("read", Flight)
@allows("read", Flight, fields=["reason"])
@allows("read", Flight, fields=["passengers"], mask=in_fifties)
def is_of_their_carrier(actor: Actor, flight: Flight) -> bool:
    """Staff see the flights of their own carrier."""
    return is_of_the_carrier(actor, flight)


@allows("read", Flight)
@allows("read", Flight, fields=["reason"])
@allows("read", Flight, fields=["passengers"], mask=in_fifties)
def is_of_their_crew(actor: Actor, flight: Flight, crew: tuple[CrewAssignment, ...]) -> bool:
    """Crew see the flights that they work."""
    return any(each.member in actor.claim("member", CrewMemberId) for each in crew)


@allows("read", Flight, fields=["reason"])
@allows("read", Flight, fields=["passengers"], mask=in_fifties)
def knows_the_desk(actor: Actor) -> bool:
    """Dispatchers and auditors know what the desk knows."""
    return looks_after_everything(actor)


@allows("read", CrewMember)
def is_their_colleague(actor: Actor, member: CrewMember) -> bool:
    """Staff know the crew of their own carrier, and crew themselves."""
    return (
        actor.has_role("staff") and member.carrier in actor.claim("carriers")
    ) or member.id in actor.claim("member", CrewMemberId)


@allows("read", CrewAssignment)
def is_their_assignment(actor: Actor, assignment: CrewAssignment, flight: Flight) -> bool:
    """Staff know who works the flights of their own carrier, and crew what they work."""
    return is_of_the_carrier(actor, flight) or assignment.member in actor.claim(
        "member", CrewMemberId
    )
