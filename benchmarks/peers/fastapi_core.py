"""FastAPI, SQLAlchemy Core, a dataclass, msgspec."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import FastAPI, HTTPException, Query, Response
from sqlalchemy import bindparam, select

from benchmarks.peers.models import FlightRow, async_engine

TABLE = FlightRow.__table__
engine = async_engine(os.environ["DATABASE"])
encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Flight:
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


GET = select(TABLE).where(TABLE.c.id == bindparam("id"))
LIST = (
    select(TABLE)
    .where(
        TABLE.c.origin == bindparam("origin"),
        TABLE.c.departure >= bindparam("since"),
        TABLE.c.departure < bindparam("until"),
    )
    .order_by(TABLE.c.departure, TABLE.c.id)
    .limit(bindparam("n"))
)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield
    await engine.dispose()


app = FastAPI(lifespan=lifespan)


def answer(of: Any) -> Response:
    return Response(encode(of), media_type="application/json")


@app.get("/flights/{id}")
async def get_flight(id: UUID) -> Response:
    async with engine.connect() as connection:
        row = (await connection.execute(GET, {"id": id})).first()
    if row is None:
        raise HTTPException(404)
    return answer(Flight(*row))


@app.get("/flights")
async def list_flights(
    origin: str,
    since: datetime,
    until: datetime,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Response:
    values = {"origin": origin, "since": since, "until": until, "n": limit}
    async with engine.connect() as connection:
        rows = (await connection.execute(LIST, values)).all()
    return answer([Flight(*row) for row in rows])
