"""The published files, all of them, into a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from flights.domain.entities import Airport, Flight, Plane, WeatherReport
from flights.domain.value_objects import FlightStatus
from triptych import Store, open_store
from triptych.services.sources import find_sources, load_sources


@pytest.fixture(scope="module")
async def store(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Store]:
    path: Path = tmp_path_factory.mktemp("data") / "flights.db"
    made = open_store("flights", f"sqlite:///{path}")
    await made.open()
    await load_sources(made, find_sources("flights"))
    yield made
    await made.close()


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_every_row_is_there(store: Store) -> None:
    counts = [
        await store.repository(each).count() for each in (Flight, Airport, Plane, WeatherReport)
    ]
    assert counts == [336_776, 1_462, 4_043, 26_115]


async def test_a_flight_is_as_it_was_published(store: Store) -> None:
    (flight,) = await store.repository(Flight).find(
        {"departure": datetime(2013, 1, 1, 10, 15, tzinfo=UTC), "number": 1545}
    )
    assert (flight.carrier, flight.plane, flight.destination) == ("UA", "N14228", "IAH")
    assert flight.arrival == datetime(2013, 1, 1, 14, 19, tzinfo=UTC)
    assert (flight.delay, flight.arrival_delay) == (timedelta(minutes=2), timedelta(minutes=11))


async def test_a_flight_that_did_not_leave_was_cancelled(store: Store) -> None:
    flights = store.repository(Flight)
    assert await flights.count({"status": FlightStatus.CANCELLED}) == 8_255
    assert await flights.count({"status": FlightStatus.CANCELLED, "air_time.missing": False}) == 0


async def test_flights_without_an_aircraft_have_none(store: Store) -> None:
    assert await store.repository(Flight).count({"plane": None}) == 2_512


async def test_an_arrival_over_night_is_on_the_next_day(store: Store) -> None:
    overnight = await store.repository(Flight).find({"destination": "SJU"}, take=1_000)
    for each in overnight:
        assert each.arrival is not None
        assert timedelta(hours=2) < each.arrival - each.departure < timedelta(hours=7)


async def test_a_pressure_of_a_thousand_is_a_number(store: Store) -> None:
    reports = store.repository(WeatherReport)
    assert await reports.count({"pressure": Decimal(1000)}) > 0
    assert await reports.count({"pressure.missing": False}) == 23_386
