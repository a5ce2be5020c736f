"""FastAPI, SQLAlchemy's asynchronous ORM, Pydantic."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import Depends, FastAPI, HTTPException, Query, Request
from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from benchmarks.peers.models import AuditRow, FlightRow, HistoryRow, OutboxRow, async_engine

engine = async_engine(os.environ["DATABASE"])
sessions = async_sessionmaker(engine, expire_on_commit=False)


class Flight(BaseModel):
    model_config = ConfigDict(from_attributes=True)

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


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield
    await engine.dispose()


async def session() -> AsyncIterator[AsyncSession]:
    async with sessions() as made:
        yield made


Session = Annotated[AsyncSession, Depends(session)]
app = FastAPI(lifespan=lifespan)


@app.get("/flights/{id}")
async def get_flight(id: UUID, session: Session) -> Flight:
    found = await session.get(FlightRow, id)
    if found is None:
        raise HTTPException(404)
    return Flight.model_validate(found)


class Postpone(BaseModel):
    model_config = ConfigDict(strict=False, extra="forbid")

    by: timedelta
    reason: str


@app.post("/flights/{id}/postpone")
async def postpone(id: UUID, wanted: Postpone, request: Request, session: Session) -> Flight:
    """Does what our action does: the flight locked, its past kept, an audit and an outbox row."""
    async with session.begin():
        found = await session.get(FlightRow, id, with_for_update=True)
        if found is None:
            raise HTTPException(404)
        if found.status not in ("scheduled", "delayed"):
            raise HTTPException(409)
        before = Flight.model_validate(found).model_dump(mode="json")
        found.delay += wanted.by
        found.status = "delayed"
        said = wanted.model_dump(mode="json")
        correlation = request.headers.get("x-correlation-id") or str(uuid4())
        session.add(HistoryRow(flight=id, row=before))
        session.add(
            AuditRow(
                at=datetime.now(UTC),
                actor="bench",
                action="postpone",
                parameters={"flight": str(id), **said},
                correlation=correlation,
            )
        )
        session.add(OutboxRow(type="FlightPostponed", body={"flight": str(id), **said}))
    return Flight.model_validate(found)


@app.get("/flights")
async def list_flights(
    session: Session,
    origin: str,
    since: datetime,
    until: datetime,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Sequence[Flight]:
    query = (
        select(FlightRow)
        .where(
            FlightRow.origin == origin, FlightRow.departure >= since, FlightRow.departure < until
        )
        .order_by(FlightRow.departure, FlightRow.id)
        .limit(limit)
    )
    return [Flight.model_validate(each) for each in await session.scalars(query)]
