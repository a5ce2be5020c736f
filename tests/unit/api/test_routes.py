"""Routes of an application's own, as their callers see them."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType

import pytest
from fastapi import APIRouter

from tests.fixtures.desk import flight_id, open_desk
from triptych.api.routes import Calling
from triptych.domain.errors import Misconfigured
from triptych.services.actions import Backend
from triptych.testing import client_of


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Backend]:
    async with open_desk(f"sqlite:///{tmp_path}/desk.db") as backend:
        yield backend


@pytest.fixture
def routes(monkeypatch: pytest.MonkeyPatch, desk: Backend) -> APIRouter:
    """A router that stands in the application's `api`."""
    router = APIRouter()
    module = ModuleType(f"{desk.ontology.package}.api")
    vars(module).update(__path__=[], ROUTES=router, AGAIN=router)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return router


async def test_they_call_services_as_whoever_asks(desk: Backend, routes: APIRouter) -> None:
    @routes.post("/fog/{flight}")
    async def fog(calls: Calling, flight: str) -> dict[str, str]:
        """Holds a flight back."""
        raw = {"flight": flight, "by": "PT45M", "reason": "fog"}
        outcome = await desk.run(desk.read_call("operations.postpone", raw), calls.by)
        return {"receipt": outcome.receipt}

    async with client_of(desk, "ada:dispatcher") as client, client_of(desk) as stranger:
        assert (await client.post(f"/fog/{flight_id(1)}")).json()["receipt"]
        refused = await stranger.post(f"/fog/{flight_id(1)}")
        assert refused.status_code == 403
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["correlation_id"] == refused.headers["x-correlation-id"]
        missing = await client.post("/fog/00000000-0000-0000-0000-00000000ffff")
        assert missing.status_code == 404
        document = (await client.get("/api/openapi.json")).json()
        assert document["paths"]["/fog/{flight}"]["post"]["description"] == "Holds a flight back."


async def test_an_address_that_is_taken_is_refused_at_start(
    desk: Backend, routes: APIRouter
) -> None:
    @routes.get("/api/flights")
    async def flights() -> str:
        return "never"

    with pytest.raises(Misconfigured, match="the route /api/flights never answers"):
        async with client_of(desk):
            pass


async def test_the_root_leads_to_the_page_unless_a_route_answers_it(
    desk: Backend, routes: APIRouter
) -> None:
    async with client_of(desk) as client:
        led = await client.get("/")
        assert (led.status_code, led.headers["location"]) == (307, "/api/docs")

    @routes.get("/")
    async def home() -> dict[str, str]:
        """Is a page of the application's own."""
        return {"is": "home"}

    async with client_of(desk) as client:
        assert (await client.get("/")).json() == {"is": "home"}
