"""Litestar with advanced-alchemy."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import msgspec
from advanced_alchemy.exceptions import NotFoundError
from advanced_alchemy.extensions.litestar import (
    AsyncSessionConfig,
    SQLAlchemyAsyncConfig,
    SQLAlchemyPlugin,
)
from advanced_alchemy.filters import LimitOffset
from advanced_alchemy.repository import SQLAlchemyAsyncRepository
from advanced_alchemy.service import SQLAlchemyAsyncRepositoryService
from litestar import Litestar, get
from litestar.exceptions import NotFoundException
from litestar.params import Parameter
from sqlalchemy.ext.asyncio import AsyncSession

from benchmarks.peers.models import FlightRow, async_engine


class Flight(msgspec.Struct):
    id: UUID
    carrier: str
    number: int
    plane: str | None
    origin: str
    destination: str
    departure: datetime
    arrival: datetime | None
    delay: timedelta
    arrival_delay: timedelta | None
    air_time: timedelta | None
    distance: int
    status: str
    reason: str | None
    passengers: int | None


class Flights(SQLAlchemyAsyncRepositoryService[FlightRow]):
    class Repository(SQLAlchemyAsyncRepository[FlightRow]):
        model_type = FlightRow

    repository_type = Repository


async def provide_flights(db_session: AsyncSession) -> Flights:
    return Flights(session=db_session)


@get("/flights/{id:uuid}")
async def get_flight(flights: Flights, id: UUID) -> Flight:
    try:
        return flights.to_schema(await flights.get(id), schema_type=Flight)
    except NotFoundError:
        raise NotFoundException from None


@get("/flights")
async def list_flights(
    flights: Flights,
    origin: str,
    since: datetime,
    until: datetime,
    limit: Annotated[int, Parameter(ge=1, le=1000)] = 100,
) -> list[Flight]:
    rows = await flights.list(
        LimitOffset(limit, 0),
        FlightRow.origin == origin,
        FlightRow.departure >= since,
        FlightRow.departure < until,
        order_by=[("departure", False), ("id", False)],
    )
    return [flights.to_schema(row, schema_type=Flight) for row in rows]


config = SQLAlchemyAsyncConfig(
    engine_instance=async_engine(os.environ["DATABASE"]),
    session_config=AsyncSessionConfig(expire_on_commit=False),
)
app = Litestar(
    [get_flight, list_flights],
    plugins=[SQLAlchemyPlugin(config=config)],
    dependencies={"flights": provide_flights},
    openapi_config=None,
)
