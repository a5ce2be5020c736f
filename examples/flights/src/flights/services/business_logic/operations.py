"""The operations desk."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

from flights.domain.entities import Airport, CrewMember, Flight
from flights.domain.events import (
    AircraftSwapped,
    CrewAssigned,
    FlightCancelled,
    FlightDeparted,
    FlightPostponed,
)
from flights.domain.relationships import CrewAssignment
from flights.domain.rules import has_an_aircraft, has_not_left
from flights.domain.value_objects import CrewRole, FlightId, FlightStatus, Passengers
from flights.services.policies.desk import is_dispatcher
from triptych import Events, Repository, action, query


class Operations:
    """What the operations desk decides."""

    def __init__(
        self, flights: Repository[Flight], crew: Repository[CrewAssignment], events: Events
    ) -> None:
        self.flights = flights
        self.crew = crew
        self.events = events

    @action(allow=is_dispatcher)
    async def schedule(self, like: Flight, departure: datetime) -> Flight:
        """Put another flight on the timetable, like one that there was.

        Args:
            like: Carrier, number, aircraft and airports are as of this flight.
            departure: When it is due to leave.
        """
        return await self.flights.add(
            Flight(
                id=FlightId(uuid4()),
                carrier=like.carrier,
                number=like.number,
                plane=like.plane,
                origin=like.origin,
                destination=like.destination,
                departure=departure,
                distance=like.distance,
            )
        )

    @action(allow=is_dispatcher, require=has_not_left)
    async def postpone(self, flight: Flight, by: timedelta, reason: str) -> Flight:
        """Put a departure off.

        Args:
            flight: The flight.
            by: How much later it is to leave.
            reason: What the passengers are told.
        """
        postponed = await self.flights.save(flight.postponed(by, reason))
        self.events.record(FlightPostponed(flight=flight.id, by=by, reason=reason))
        return postponed

    @action(allow=is_dispatcher, require=has_not_left, approval=True)
    async def cancel(self, flight: Flight, reason: str) -> Flight:
        """Call a flight off; somebody else than the one who plans it must commit it.

        Args:
            flight: The flight.
            reason: What the passengers are told.
        """
        cancelled = await self.flights.save(
            replace(flight, status=FlightStatus.CANCELLED, reason=reason)
        )
        self.events.record(FlightCancelled(flight=flight.id, reason=reason))
        return cancelled

    @action(allow=is_dispatcher, require=[has_not_left, has_an_aircraft])
    async def swap_aircraft(self, first: Flight, second: Flight) -> tuple[Flight, ...]:
        """Let two flights exchange their aircraft.

        Args:
            first: A flight that has not left.
            second: Another one.

        Raises:
            ValueError: They are the same flight.
        """
        if first.id == second.id:
            raise ValueError("a flight cannot exchange its aircraft with itself")
        swapped = (
            await self.flights.save(replace(first, plane=second.plane)),
            await self.flights.save(replace(second, plane=first.plane)),
        )
        if first.plane is not None and second.plane is not None:
            self.events.record(
                AircraftSwapped(
                    first=first.id,
                    second=second.id,
                    first_plane=second.plane,
                    second_plane=first.plane,
                )
            )
        return swapped

    @action(allow=is_dispatcher, require=has_not_left)
    async def assign_crew(self, flight: Flight, member: CrewMember, role: CrewRole) -> None:
        """Put a crew member on a flight.

        Args:
            flight: The flight.
            member: Who is to work it.
            role: What they do on it.
        """
        await self.crew.add(CrewAssignment(member=member.id, flight=flight.id, role=role))
        self.events.record(CrewAssigned(flight=flight.id, member=member.id, role=role))

    @action
    async def release_crew(self, flight: Flight) -> int:
        """Take everybody off a flight, and say how many they were.

        Args:
            flight: The flight.
        """
        assigned = await self.crew.find({"flight": flight.id})
        for each in assigned:
            await self.crew.remove((each.member, each.flight))
        return len(assigned)

    @action(allow=is_dispatcher)
    async def board(self, flight: Flight, passengers: Passengers) -> Flight:
        """Write down how many people are on board.

        Args:
            flight: The flight.
            passengers: How many they are.
        """
        return await self.flights.save(replace(flight, passengers=passengers))

    @action(allow=is_dispatcher, require=has_not_left)
    async def depart(self, flight: Flight) -> Flight:
        """Let a flight leave.

        Args:
            flight: The flight.
        """
        departed = await self.flights.save(replace(flight, status=FlightStatus.DEPARTED))
        self.events.record(FlightDeparted(flight=flight.id))
        return departed

    @query
    async def waiting(self, origin: Airport) -> int:
        """Count the flights of an airport that have not left.

        Args:
            origin: The airport.
        """
        waiting = {"origin": origin.id, "status.in": [FlightStatus.SCHEDULED, FlightStatus.DELAYED]}
        return await self.flights.count(waiting)
