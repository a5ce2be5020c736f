"""What a server says about itself."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import Request

from triptych.api.application import Application
from triptych.api.problems import STATUS, status_of
from triptych.domain.errors import TriptychError

Client = httpx2.AsyncClient


class TestDocuments:
    async def test_the_ontology_is_one_document(self, client: Client) -> None:
        document = (await client.get("/api/ontology")).json()
        assert [each["name"] for each in document["entities"]] == ["Author", "Branch", "Book"]

    async def test_the_api_document_has_every_address_and_its_errors(self, client: Client) -> None:
        document = (await client.get("/api/openapi.json")).json()
        assert "/api/books/{id}/authors" in document["paths"]
        operation = document["paths"]["/api/books/{id}"]["get"]
        assert set(operation["responses"]) == {"200", "304", "400", "401", "404", "503"}
        schema = document["components"]["schemas"]["Book"]["properties"]
        assert schema["genre"]["enum"] == ["poetry", "prose"]
        assert schema["price"]["description"].startswith("What it cost")
        assert schema["lent_for"]["anyOf"][0]["$ref"].endswith("/Range_timedelta")

    async def test_rules_are_described_with_what_they_are_given(self, client: Client) -> None:
        document = (await client.get("/api/openapi.json")).json()
        parameters = document["paths"]["/api/books"]["get"]["parameters"]
        said = {each["name"]: each for each in parameters}
        assert said["rule"]["schema"]["items"]["enum"] == ["is_overdue"]
        assert "longer than the limit" in said["rule"]["description"]
        assert {"limit", "where"} <= said.keys()
        branches = document["paths"]["/api/branches"]["get"]["parameters"]
        assert "rule" not in {each["name"] for each in branches}

    async def test_its_page_loads_nothing_from_elsewhere(self, client: Client) -> None:
        page = (await client.get("/api/docs")).text
        loaded = re.findall(r'(?:src|href)="([^"]+)"', page)
        assert loaded
        for path in loaded:
            assert path.startswith("/api/docs/")
            assert (await client.get(path)).status_code == 200

    async def test_users_may_add_routes_of_their_own(
        self, app: Application, client: Client
    ) -> None:
        @app.documentation.get("/api/hello")
        async def hello() -> dict[str, str]:
            return {"hello": "world"}

        answer = await client.get("/api/hello", headers={"x-correlation-id": "me"})
        assert answer.json() == {"hello": "world"}
        assert answer.headers["x-correlation-id"] == "me"

    async def test_a_body_that_grows_too_large_is_cut_off(
        self, app: Application, client: Client
    ) -> None:
        @app.documentation.post("/api/take")
        async def take(request: Request) -> int:
            return len(await request.body())

        assert (await client.post("/api/take", content=b"x" * 1_000)).json() == 1_000

        async def endless() -> AsyncIterator[bytes]:
            for _ in range(3):
                yield b"x" * 1_000_000

        assert (await client.post("/api/take", content=endless())).status_code >= 400


class TestHealth:
    async def test_it_lives_and_is_ready(self, client: Client) -> None:
        assert (await client.get("/health/live")).json() == {"status": "live"}
        assert (await client.get("/health/ready")).json() == {"status": "ready"}

    async def test_metrics_count_requests_by_kind_of_address(self, client: Client) -> None:
        await client.get("/api/books/b001")
        text = (await client.get("/metrics")).text
        assert 'http_route="/api/books/ID"' in text
        assert "b001" not in text
        assert "db_client_operation_duration_seconds_count" in text


class TestStatuses:
    def test_every_error_has_a_status(self) -> None:
        def family(error: type[TriptychError]) -> list[type[TriptychError]]:
            return [error, *(each for sub in error.__subclasses__() for each in family(sub))]

        for error in family(TriptychError)[1:]:
            assert any(base in STATUS for base in error.__mro__), error

    def test_the_nearest_family_decides(self) -> None:
        class Odd(TriptychError):
            pass

        with pytest.raises(StopIteration):
            status_of(Odd())
