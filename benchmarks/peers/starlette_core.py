"""Starlette, SQLAlchemy Core with reads outside of transactions, a dataclass, msgspec."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.peers.models import GET, LIST, Flight, async_engine

engine = async_engine(os.environ["DATABASE"])
reading = engine.execution_options(isolation_level="AUTOCOMMIT")
encode = msgspec.json.Encoder().encode


def answer(of: Any, status: int = 200) -> Response:
    return Response(encode(of), status, media_type="application/json")


async def get_flight(request: Request) -> Response:
    async with reading.connect() as connection:
        row = (await connection.execute(GET, {"id": request.path_params["id"]})).first()
    if row is None:
        return answer({"detail": "not found"}, 404)
    return answer(Flight(*row))


async def list_flights(request: Request) -> Response:
    query = request.query_params
    limit = int(query.get("limit", 100))
    if not 1 <= limit <= 1000:
        return answer({"detail": "limit is 1 to 1000"}, 422)
    values = {
        "origin": query["origin"],
        "since": datetime.fromisoformat(query["since"]),
        "until": datetime.fromisoformat(query["until"]),
        "n": limit,
    }
    async with reading.connect() as connection:
        rows = (await connection.execute(LIST, values)).all()
    return answer([Flight(*row) for row in rows])


@asynccontextmanager
async def lifespan(_: Starlette) -> AsyncIterator[None]:
    yield
    await engine.dispose()


app = Starlette(
    routes=[Route("/flights/{id:uuid}", get_flight), Route("/flights", list_flights)],
    lifespan=lifespan,
)
