"""Who calls, over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from tests.fixtures.desk import flight_id, open_desk
from triptych import Actor, Backend
from triptych.api.application import Application
from triptych.infrastructure.configuration import Settings
from triptych.services.identity import Identity
from triptych.services.objects import Browser

POSTPONE = {"flight": str(flight_id(1)), "by": "PT45M", "reason": "fog"}
CANCEL = {"flight": str(flight_id(1)), "reason": "snow"}
ADA, EVE = (Actor(name, frozenset({"dispatcher"})) for name in ("ada", "eve"))


@pytest.fixture
async def backend(tmp_path: Path) -> AsyncIterator[Backend]:
    async with open_desk(f"sqlite:///{tmp_path}/desk.db") as made:
        yield made


def client(backend: Backend, key: str = "", actor: str = "") -> httpx2.AsyncClient:
    """Speaks to a server of the desk, showing a key."""
    app = Application(Browser(backend.store), Settings(actor=actor), backend)
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    headers = {"authorization": f"Bearer {key}"} if key else {}
    return httpx2.AsyncClient(transport=transport, base_url="http://test", headers=headers)


class TestSigningIn:
    async def test_whoever_shows_a_key_acts_as_its_holder(self, backend: Backend) -> None:
        secret = await Identity(backend.store).make(EVE)
        async with client(backend, secret.text, actor="bob:dispatcher") as eve:
            answer = await eve.post("/api/operations/postpone", json=POSTPONE)
            assert answer.status_code == 200
            entry = (await eve.get(f"/api/receipts/{answer.json()['receipt']}")).json()
            assert entry["actor"] == "eve"
        async with client(backend) as nobody:
            assert (await nobody.post("/api/operations/depart", json=CANCEL)).status_code == 400
            answer = await nobody.post("/api/operations/postpone", json=POSTPONE)
            assert (answer.status_code, answer.json()["code"]) == (403, "not-allowed")

    async def test_a_plan_is_approved_by_somebody_else(self, backend: Backend) -> None:
        keys = [(await Identity(backend.store).make(each)).text for each in (ADA, EVE)]
        async with client(backend, keys[0]) as ada, client(backend, keys[1]) as eve:
            made = await ada.post("/api/operations/cancel?plan=true", json=CANCEL)
            address = f"/api/plans/{made.json()['plan']}/commit"
            assert (await ada.post(address)).json()["code"] == "approval-needed"
            assert (await eve.post(address)).status_code == 200

    @pytest.mark.parametrize("address", ["/api/airports", "/api/plans/x", "/api/ontology"])
    async def test_a_bad_key_is_nobodys_anywhere(self, backend: Backend, address: str) -> None:
        async with client(backend, "tk_guess", actor="ada:dispatcher") as guest:
            answer = await guest.get(address)
        assert (answer.status_code, answer.json()["code"]) == (401, "not-signed-in")
        assert answer.headers["www-authenticate"] == "Bearer"
        assert "tk_guess" not in answer.text

    async def test_a_key_of_one_actor_replays_nothing_of_anothers(self, backend: Backend) -> None:
        keys = [(await Identity(backend.store).make(each)).text for each in (ADA, EVE)]
        receipts = set()
        for key in keys:
            async with client(backend, key) as caller:
                answer = await caller.post(
                    "/api/operations/postpone", json=POSTPONE, headers={"idempotency-key": "k"}
                )
                receipts.add(answer.json()["receipt"])
                assert not answer.json()["is_replayed"]
        assert len(receipts) == 2

    async def test_the_document_says_how(self, backend: Backend) -> None:
        async with client(backend) as guest:
            document = (await guest.get("/api/openapi.json")).json()
        assert document["security"] == [{}, {"key": []}]
        assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
        assert "401" in document["paths"]["/api/flights"]["get"]["responses"]
