"""The domain by itself: no database, no framework."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flights.domain.entities import Airport, Flight
from flights.domain.rules import has_not_left, is_later_than, leaves_from_the_north
from flights.domain.value_objects import (
    AirportCode,
    CarrierCode,
    FlightId,
    FlightStatus,
    Position,
)

FLIGHT = Flight(
    id=FlightId(UUID(int=1)),
    carrier=CarrierCode("UA"),
    number=1545,
    origin=AirportCode("EWR"),
    destination=AirportCode("IAH"),
    departure=datetime(2013, 1, 1, 10, 15, tzinfo=UTC),
    distance=1400,
)


class TestFlight:
    @given(st.timedeltas(timedelta(0), timedelta(days=2)))
    def test_a_postponed_flight_leaves_later_and_has_not_left(self, by: timedelta) -> None:
        postponed = FLIGHT.postponed(by)
        assert postponed.delay == by
        assert postponed.status is FlightStatus.DELAYED
        assert has_not_left(postponed)
        assert FLIGHT.delay == timedelta(0)

    @pytest.mark.parametrize(("minutes", "late"), [(15, False), (16, True), (-5, False)])
    def test_late_is_more_than_fifteen_minutes(self, minutes: int, late: bool) -> None:
        flight = FLIGHT.postponed(timedelta(minutes=minutes))
        assert flight.is_late is late
        assert is_later_than(flight, timedelta(minutes=14)) is late


class TestPosition:
    @given(st.floats(), st.floats())
    def test_it_lies_on_the_globe_or_is_none(self, latitude: float, longitude: float) -> None:
        if abs(latitude) <= 90 and abs(longitude) <= 180:
            assert Position(latitude, longitude).latitude == latitude
        else:
            with pytest.raises(ValueError, match="is not on the globe"):
                Position(latitude, longitude)

    def test_the_north_begins_beyond_the_45th_parallel(self) -> None:
        at = Airport(id=AirportCode("X"), name="x", position=Position(45.1, 0), altitude=0)
        assert leaves_from_the_north(FLIGHT, at)
