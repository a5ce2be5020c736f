"""The operations desk, by the path that everybody uses, on a database in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from flights.domain.entities import Airport, Carrier, Flight
from flights.domain.events import FlightCancelled, FlightPostponed
from flights.domain.value_objects import AirportCode, CarrierCode, FlightId, FlightStatus, Position
from flights.services.business_logic.operations import Operations
from flights.services.orchestration.desk import Notices
from triptych import Actor, Backend, open_backend
from triptych.domain.errors import ActionForbidden, ApprovalNeeded, RequirementFailed

ADA = Actor("ada", frozenset({"dispatcher"}))
FLIGHT = Flight(
    id=FlightId(UUID(int=1)),
    carrier=CarrierCode("UA"),
    number=7,
    origin=AirportCode("JFK"),
    destination=AirportCode("LAX"),
    departure=datetime(2026, 12, 1, 10, tzinfo=UTC),
    distance=2_475,
)


class Kept:
    """A notifier that keeps what it is to send."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    async def send(self, text: str) -> None:
        self.texts.append(text)


def at_the_desk(play: Callable[[Backend], Awaitable[None]]) -> None:
    """Opens a desk with one flight, and plays a scene at it."""

    async def scene() -> None:
        async with open_backend("flights", "sqlite:///:memory:") as backend:
            async with backend.store.transaction() as world:
                await world.repository(Carrier).add(Carrier(id=CarrierCode("UA"), name="United"))
                for code in ("JFK", "LAX"):
                    where = Position(40.6, -73.8)
                    airport = Airport(id=AirportCode(code), name=code, position=where, altitude=13)
                    await world.repository(Airport).add(airport)
                await world.repository(Flight).add(FLIGHT)
            await play(backend)

    asyncio.run(scene())


def test_a_flight_is_put_off_and_that_is_taken_back() -> None:
    async def play(backend: Backend) -> None:
        desk, flights = backend.caller(ADA), backend.store.repository(Flight)
        outcome = await desk.run(Operations.postpone, FLIGHT, timedelta(hours=1), "fog")
        assert (await flights.get(FLIGHT.id)).status is FlightStatus.DELAYED
        await desk.undo(outcome.receipt)
        assert await flights.get(FLIGHT.id) == FLIGHT

    at_the_desk(play)


def test_another_flight_is_scheduled() -> None:
    async def play(backend: Backend) -> None:
        later = FLIGHT.departure + timedelta(days=1)
        outcome = await backend.caller(ADA).run(Operations.schedule, FLIGHT, later)
        assert outcome.result.departure == later
        assert outcome.result.id != FLIGHT.id

    at_the_desk(play)


def test_a_flight_that_has_left_is_not_put_off() -> None:
    async def play(backend: Backend) -> None:
        desk = backend.caller(ADA)
        await desk.run(Operations.depart, FLIGHT)
        with pytest.raises(RequirementFailed, match="has not left"):
            await desk.run(Operations.postpone, FLIGHT, timedelta(hours=1), "fog")

    at_the_desk(play)


def test_only_dispatchers_decide_and_two_of_them_cancel() -> None:
    async def play(backend: Backend) -> None:
        with pytest.raises(ActionForbidden):
            await backend.caller(Actor("bob")).run(Operations.depart, FLIGHT)
        plan = await backend.caller(ADA).preview(Operations.cancel, FLIGHT, "snow")
        with pytest.raises(ApprovalNeeded):
            await backend.caller(ADA).commit(plan)
        eve = Actor("eve", frozenset({"dispatcher"}))
        outcome = await backend.caller(eve).commit(plan)
        assert outcome.result.status is FlightStatus.CANCELLED

    at_the_desk(play)


def test_passengers_are_told() -> None:
    event = FlightCancelled(flight=FLIGHT.id, reason="fog")
    told = Kept()
    asyncio.run(Notices(told).tell_of_cancellation(event))
    assert told.texts == [f"{FLIGHT.id} is cancelled: fog"]
    later = FlightPostponed(flight=FLIGHT.id, by=timedelta(minutes=90), reason="fog")
    asyncio.run(Notices(told).tell_of_delay(later))
    assert told.texts[1] == f"{FLIGHT.id} leaves 90 minutes later: fog"
