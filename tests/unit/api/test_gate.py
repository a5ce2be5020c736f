"""The gate: how often, from where, by which proxies, with which headers."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.fixtures.desk import flight_id, open_desk
from triptych import Actor, Backend
from triptych.api.application import Application
from triptych.domain.errors import InvalidSettings
from triptych.infrastructure.configuration import Settings
from triptych.services.identity import Identity
from triptych.services.objects import Browser

ADA = Actor("ada", frozenset({"dispatcher"}))


@pytest.fixture
async def backend(tmp_path: Path) -> AsyncIterator[Backend]:
    async with open_desk(f"sqlite:///{tmp_path}/desk.db") as made:
        yield made


def client(
    backend: Backend, address: str = "192.0.2.1", key: str = "", **settings: Any
) -> httpx2.AsyncClient:
    app = Application(Browser(backend.store), Settings(**settings), backend)
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False, client=(address, 1))
    headers = {"authorization": f"Bearer {key}"} if key else {}
    return httpx2.AsyncClient(transport=transport, base_url="http://test", headers=headers)


class TestRates:
    async def test_who_asks_too_often_is_told_when_to_ask_again(self, backend: Backend) -> None:
        async with client(backend, rate_limit="2/minute") as guest:
            for _ in range(2):
                assert (await guest.get("/api/airports")).status_code == 200
            answer = await guest.get("/api/airports")
            assert (answer.status_code, answer.json()["code"]) == (429, "too-many")
            assert 0 < int(answer.headers["retry-after"]) <= 60
            assert (await guest.get("/health/live")).status_code == 200

    async def test_an_actor_is_counted_wherever_they_are(self, backend: Backend) -> None:
        secret = await Identity(backend.store).make(ADA)
        async with client(backend, key=secret.text, rate_limit="1/minute") as ada:
            assert (await ada.get("/api/airports")).status_code == 200
            moved = {"x-forwarded-for": "192.0.2.9"}
            assert (await ada.get("/api/airports", headers=moved)).status_code == 429
            alone = {"authorization": ""}
            assert (await ada.get("/api/airports", headers=alone)).status_code == 401

    async def test_actions_are_counted_by_themselves(self, backend: Backend) -> None:
        secret = await Identity(backend.store).make(ADA)
        async with client(backend, key=secret.text, action_limit="1/minute") as ada:
            body = {"flight": str(flight_id(1)), "passengers": 7}
            assert (await ada.post("/api/operations/board", json=body)).status_code == 200
            assert (await ada.post("/api/operations/board", json=body)).status_code == 429
            assert (await ada.get("/api/airports")).status_code == 200
            other = {"origin": "JFK"}
            assert (await ada.post("/api/operations/waiting", json=other)).status_code == 200

    async def test_whoever_guesses_has_to_wait(self, backend: Backend) -> None:
        secret = await Identity(backend.store).make(ADA)
        async with client(backend, key="tk_guess", sign_in_limit="3/minute") as guest:
            told = [(await guest.get("/api/airports")).status_code for _ in range(5)]
            assert told == [401, 401, 401, 429, 429]
            right = {"authorization": f"Bearer {secret.text}"}
            assert (await guest.get("/api/airports", headers=right)).status_code == 429
            del guest.headers["authorization"]
            assert (await guest.get("/api/airports")).status_code == 200

    @pytest.mark.parametrize(
        "settings",
        [{"rate_limit": "often"}, {"limits_storage": "nowhere://x"}, {"trusted_proxies": "near"}],
    )
    async def test_what_cannot_be_read_is_told(
        self, backend: Backend, settings: dict[str, str]
    ) -> None:
        with pytest.raises(InvalidSettings, match=next(iter(settings))):
            client(backend, **settings)


class TestAddresses:
    @pytest.mark.parametrize(
        ("trusted", "client_", "said", "found"),
        [
            ("", "192.0.2.1", "198.51.100.7", "192.0.2.1"),
            ("192.0.2.0/24", "192.0.2.1", "198.51.100.7", "198.51.100.7"),
            ("192.0.2.0/24", "203.0.113.5", "198.51.100.7", "203.0.113.5"),
            ("192.0.2.0/24", "192.0.2.1", "6.6.6.6, 198.51.100.7, 192.0.2.2", "198.51.100.7"),
            ("192.0.2.0/24", "192.0.2.1", "forged, 198.51.100.7", "198.51.100.7"),
            ("192.0.2.0/24", "192.0.2.1", "", "192.0.2.1"),
            ("192.0.2.0/24", "nowhere", "198.51.100.7", "nowhere"),
        ],
    )
    async def test_only_what_trusted_proxies_saw_is_believed(
        self, backend: Backend, trusted: str, client_: str, said: str, found: str
    ) -> None:
        app = Application(Browser(backend.store), Settings(trusted_proxies=trusted), backend)
        scope = {"client": (client_, 1)}
        headers = {b"x-forwarded-for": said.encode()} if said else {}
        assert app._gate.callers.address(scope, headers) == found

    async def test_who_develops_is_believed_on_this_machine_in_development(
        self, backend: Backend
    ) -> None:
        body = {"flight": str(flight_id(1)), "passengers": 7}
        for address, environment, status in (
            ("127.0.0.1", "development", 200),
            ("::1", "", 200),
            ("127.0.0.1", "production", 403),
            ("192.0.2.1", "development", 403),
        ):
            said = {"actor": "ada:dispatcher", "environment": environment}
            async with client(backend, address, **said) as ada:
                answer = await ada.post("/api/operations/board", json=body)
                assert answer.status_code == status, (address, environment)
                handed = {"x-forwarded-for": "192.0.2.9"}
                handed_on = await ada.post("/api/operations/board", json=body, headers=handed)
                assert handed_on.status_code == 403


class TestHeaders:
    async def test_answers_are_data_and_nothing_else(self, backend: Backend) -> None:
        async with client(backend) as guest:
            for path in ("/api/airports", "/api/nothing", "/api/docs", "/metrics"):
                headers = (await guest.get(path)).headers
                assert headers["x-content-type-options"] == "nosniff", path
                assert headers["referrer-policy"] == "no-referrer"
            answer = await guest.get("/api/airports")
            assert "default-src 'none'" in answer.headers["content-security-policy"]
            assert "server" not in answer.headers
            assert "access-control-allow-origin" not in answer.headers

    async def test_pages_of_named_origins_alone_may_read(self, backend: Backend) -> None:
        named = "https://app.example"
        async with client(backend, cors_origins=f"{named}, https://b.example") as guest:
            ours = await guest.get("/api/airports", headers={"origin": named})
            assert ours.headers["access-control-allow-origin"] == named
            assert "access-control-allow-credentials" not in ours.headers
            for origin in ("https://evil.example", "https://app.example.evil.example", "null"):
                theirs = await guest.get("/api/airports", headers={"origin": origin})
                assert "access-control-allow-origin" not in theirs.headers
            asked = await guest.options(
                "/api/operations/board",
                headers={
                    "origin": named,
                    "access-control-request-method": "POST",
                    "access-control-request-headers": "authorization,idempotency-key",
                },
            )
            assert asked.status_code == 200

    async def test_nothing_that_is_sent_comes_back_as_a_header(self, backend: Backend) -> None:
        async with client(backend) as guest:
            forged = {"x-correlation-id": "a b", "idempotency-key": "x\ty"}
            answer = await guest.get("/api/airports", headers=forged)
            assert answer.headers["x-correlation-id"] != "a b"
            found = await guest.get("/api/airports/x%0d%0aset-cookie:%20a=b")
            assert "set-cookie" not in found.headers


class TestAgents:
    async def test_who_acts_for_another_shows_both(self, backend: Backend) -> None:
        identity = Identity(backend.store)
        ada = await identity.make(ADA)
        bot = await identity.make(Actor("bot", frozenset({"dispatcher"})))
        weak = await identity.make(Actor("weak"))
        body = {"flight": str(flight_id(1)), "passengers": 7}
        for key, behalf, status in (
            (bot.text, ada.text, 200),
            (weak.text, ada.text, 403),
            (ada.text, weak.text, 403),
            (bot.text, "tk_forged", 401),
        ):
            async with client(backend, key=key) as agent:
                agent.headers["on-behalf-of"] = behalf
                answer = await agent.post("/api/operations/board", json=body)
                assert answer.status_code == status
        (entry,) = await backend.store.ledger.latest(
            backend.store.database, 1, decision="done", action="operations.board"
        )
        assert entry.actor == "ada by bot"
        async with client(backend) as nobody:
            nobody.headers["on-behalf-of"] = ada.text
            assert (await nobody.get("/api/airports")).status_code == 401

    async def test_an_agent_of_an_agent_may_what_all_of_them_may(self, backend: Backend) -> None:
        class Delegated:
            async def actor_of(self, text: str) -> Actor:
                return Actor("ada", ADA.roles, agent=Actor("weak"))

        bot = await Identity(backend.store).make(Actor("bot", ADA.roles))
        identity = Identity(backend.store, tokens=Delegated())
        shown = {b"authorization": f"Bearer {bot.text}".encode(), b"on-behalf-of": b"a.b.c"}
        found = await identity.actor_of(shown)
        assert str(found) == "ada by weak by bot"


class TestKeysOfOthers:
    async def test_an_idempotency_key_is_its_actors_own(self, backend: Backend) -> None:
        identity = Identity(backend.store)
        ada = await identity.make(ADA)
        eve = await identity.make(Actor("eve", frozenset({"staff"}), {"carriers": ("UA",)}))
        body = {"flight": str(flight_id(1)), "passengers": 7}
        answers = []
        for key in (ada.text, eve.text):
            async with client(backend, key=key) as one:
                one.headers["idempotency-key"] = "k1"
                answers.append((await one.post("/api/operations/board", json=body)).json())
        assert answers[0]["receipt"] != answers[1]["receipt"]
        assert not answers[1]["is_replayed"]

    async def test_nothing_more_than_the_signature_asks_for_is_taken(
        self, backend: Backend
    ) -> None:
        ada = await Identity(backend.store).make(ADA)
        async with client(backend, key=ada.text) as one:
            body = {"flight": str(flight_id(1)), "passengers": 7, "status": "departed"}
            answer = await one.post("/api/operations/board", json=body)
            assert answer.status_code == 400
            assert "status" in json.dumps(answer.json())

    async def test_a_revoked_key_may_nothing_any_more(self, backend: Backend) -> None:
        identity = Identity(backend.store)
        ada = await identity.make(ADA)
        async with client(backend, key=ada.text) as one:
            assert (await one.get("/api/crew-members?total=true")).json()["total"] == 32
            await identity.revoke(ada.prefix)
            assert (await one.get("/api/crew-members?total=true")).status_code == 401
