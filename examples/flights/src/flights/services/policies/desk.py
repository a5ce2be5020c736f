"""Who may do what at the desk."""

from __future__ import annotations

from flights.domain.entities import Flight
from triptych import Actor, allows, forbids


def is_dispatcher(actor: Actor) -> bool:
    """The actor is a dispatcher."""
    return actor.has_role("dispatcher")


@allows("operations.release_crew")
def may_free_crew(actor: Actor) -> bool:
    """Dispatchers may free a crew, and so may what follows from a cancellation."""
    return is_dispatcher(actor) or actor.has_role("handler")


@allows("operations.postpone")
@allows("operations.board")
def is_of_the_carrier(actor: Actor, flight: Flight) -> bool:
    """The actor works for the carrier of the flight."""
    return actor.has_role("staff") and flight.carrier in actor.claim("carriers")


@forbids("change", Flight)
def is_of_another_carrier(actor: Actor, flight: Flight) -> bool:
    """Staff change flights of their own carrier only."""
    return actor.has_role("staff") and flight.carrier not in actor.claim("carriers")
