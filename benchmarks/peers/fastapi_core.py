"""FastAPI, SQLAlchemy Core, a dataclass, msgspec."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import FastAPI, HTTPException, Query, Response

from benchmarks.peers.models import GET, LIST, Flight, async_engine

engine = async_engine(os.environ["DATABASE"])
encode = msgspec.json.Encoder().encode


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
