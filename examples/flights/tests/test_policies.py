"""Everybody may what the matrix says, through every way in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

import pytest
import pytest_asyncio

from flights.domain.entities import Airport, Carrier, CrewMember, Flight, Plane
from flights.domain.value_objects import (
    AirportCode,
    CarrierCode,
    CrewMemberId,
    FlightId,
    FlightStatus,
    Position,
    TailNumber,
)
from triptych import Backend, open_backend
from triptych.testing import PolicyCase, policy_cases


async def fill(backend: Backend) -> None:
    """Adds a flight that takes place, one that does not, and somebody to work them."""
    place = Position(40.6, -73.8)
    async with backend.store.transaction() as t:
        await t.repository(Carrier).add(Carrier(id=CarrierCode("UA"), name="United"))
        await t.repository(Plane).add(Plane(id=TailNumber("N1")))
        for code in ("JFK", "LAX"):
            airport = Airport(id=AirportCode(code), name=code, position=place, altitude=13)
            await t.repository(Airport).add(airport)
        for n, status in enumerate((FlightStatus.SCHEDULED, FlightStatus.CANCELLED)):
            await t.repository(Flight).add(
                Flight(
                    id=FlightId(UUID(int=n)),
                    carrier=CarrierCode("UA"),
                    number=n,
                    plane=TailNumber("N1"),
                    origin=AirportCode("JFK"),
                    destination=AirportCode("LAX"),
                    departure=datetime(2026, 11, 25, tzinfo=UTC),
                    distance=2_475,
                    status=status,
                )
            )
        member = CrewMember(id=CrewMemberId(UUID(int=7)), name="Cat", carrier=CarrierCode("UA"))
        await t.repository(CrewMember).add(member)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def traffic(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Backend, str]]:
    """Gives one application to all cases, none of which changes anything."""
    url = f"sqlite:///{tmp_path_factory.mktemp('flights')}/flights.db"
    async with open_backend("flights", url) as backend:
        await fill(backend)
        yield backend, url


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("case", policy_cases("flights"), ids=str)
async def test_everybody_may_what_the_matrix_says(
    case: PolicyCase, traffic: tuple[Backend, str]
) -> None:
    await case.check(*traffic)
