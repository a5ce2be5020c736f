"""Bad input gets a clear error, and never a 500."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.laws.test_repository import SAPPHO
from triptych.adapters.objects.sql import SqlStore
from triptych.api.application import Application
from triptych.domain.errors import DatabaseUnavailable
from triptych.infrastructure.configuration import Settings
from triptych.infrastructure.logging import configure_logging
from triptych.services.objects import Browser

Client = httpx2.AsyncClient


async def raw(app: Application, **scope: Any) -> tuple[int, dict[str, str], Any]:
    """Sends a request that no client would, and returns status, headers and document."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": scope.get("body", b""), "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    path = scope.get("raw_path", b"/api/books")
    whole = {
        "type": "http",
        "method": "GET",
        "path": path.decode("latin-1"),
        "raw_path": path,
        "query_string": b"",
        "headers": [],
        **scope,
    }
    await app(whole, receive, send)
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    body = b"".join(each.get("body", b"") for each in sent[1:])
    return sent[0]["status"], headers, json.loads(body)


class TestRefusals:
    @pytest.mark.parametrize(
        ("path", "said"),
        [
            ("books?colour=red", "there is no property of Book 'colour'"),
            ("books?pages=many", "'many' is not a Pages"),
            ("books?pages=99999999999999999999", "does not fit in 64 bits"),
            ("books?pages.like=3", "there is no property of Book 'pages.like'"),
            ("books?take=1000000", "ask for 1 to 50"),
            ("books?take=0", "ask for 1 to 50"),
            ("books?take=x", "is not a whole number"),
            ("books?take=1&take=2", "is said twice"),
            ("books?total=perhaps", "neither true nor false"),
            ("books?is_lent=1", "neither true nor false"),
            ("books?home_id.missing=x", "neither true nor false"),
            ("books?order=size", "there is no property of Book 'size'"),
            ("books?fields=colour", "there is no property of Book 'colour'"),
            ("books?include=nothing", "there is no link of Book 'nothing'"),
            ("books?include=home.books.home.books", "go through 3 at the most"),
            ("books?after=forged", "start again without one"),
            ("books?title=%00", "NUL"),
            ("books?title=%FF", "UTF-8"),
            ("books?bought=2026-01-01T00:00:00", "in no time zone"),
            ("books?bought=2026-13-01T00:00:00Z", "is not a datetime"),
            ("books?genre=comic", "there are poetry, prose"),
            ("books?price=NaN", "not a finite number"),
            ("books/b001?title=x", "is not asked of one object"),
            ("books/b001?fields=x", "there is no property of Book 'x'"),
            ("books/b001/publisher", "there is no link of Book 'publisher'"),
            ("authors/b001", "give the id of a Author"),
            ("branches/seven", "'seven' is not a BranchId"),
            (f"reviews/{SAPPHO.id}", "is known by critic, book"),
            ("books?" + "&".join(["pages=1"] * 101), "number of fields"),
        ],
    )
    async def test_the_caller_is_told_what_is_wrong(
        self, client: Client, path: str, said: str
    ) -> None:
        answer = await client.get(f"/api/{path}")
        assert answer.status_code == 400, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert said in answer.json()["detail"]

    @pytest.mark.parametrize("path", ["/nowhere", "/api", "/api/nothing", "/api/books/b9/home/x"])
    async def test_an_address_that_is_none_is_told(self, client: Client, path: str) -> None:
        answer = await client.get(path)
        assert (answer.status_code, answer.json()["status"]) == (404, 404)
        assert answer.headers["content-type"].startswith("application/problem+json")

    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
    async def test_objects_are_only_read(self, client: Client, method: str) -> None:
        answer = await client.request(method, "/api/books", content=b"{}")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")

    async def test_all_problems_are_told_at_once(self, client: Client) -> None:
        answer = await client.get("/api/books?colour=red&pages=x&take=0")
        assert [each["where"] for each in answer.json()["errors"]] == ["colour", "pages", "take"]

    async def test_a_cursor_of_another_list_is_refused(self, client: Client) -> None:
        cursor = (await client.get("/api/books?take=1")).json()["next"]
        answer = await client.get(f"/api/books?take=1&order=title&after={cursor}")
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid-cursor")

    async def test_an_id_may_hold_a_slash(self, client: Client) -> None:
        answer = await client.get("/api/books/a%2Fb")
        assert answer.json()["detail"] == "there is no Book 'a/b'"


class TestLimits:
    @pytest.mark.parametrize(
        ("scope", "status"),
        [
            ({"headers": [(b"x", b"y" * 1_000_000)]}, 431),
            ({"query_string": b"title=" + b"x" * 20_000}, 414),
            ({"headers": [(b"content-length", b"99999999")]}, 413),
            ({"headers": [(b"content-length", b"-1")]}, 413),
            ({"headers": [(b"content-length", b"9" * 400)]}, 413),
            ({"raw_path": b"/api/books/%FF"}, 400),
            ({"raw_path": b"/api/books/\xff"}, 400),
            ({"query_string": b"title=\xff"}, 400),
        ],
    )
    async def test_what_is_too_large_or_malformed_is_refused(
        self, app: Application, scope: dict[str, Any], status: int
    ) -> None:
        found, headers, document = await raw(app, **scope)
        assert (found, document["status"]) == (status, status)
        assert headers["content-type"] == "application/problem+json"

    @given(
        query=st.binary(max_size=60),
        path=st.lists(st.binary(max_size=12).map(lambda part: part.replace(b"?", b"")), max_size=4),
    )
    @settings(
        max_examples=150,
        derandomize=True,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    async def test_no_address_breaks_the_server(
        self, app: Application, query: bytes, path: list[bytes]
    ) -> None:
        whole = b"/api/books/" + b"/".join(path)
        status, _, _ = await raw(app, raw_path=whole, query_string=query)
        assert status in {200, 400, 404}


class TestCorrelation:
    async def test_a_given_id_comes_back_in_header_and_problem(self, client: Client) -> None:
        answer = await client.get("/api/nothing/x", headers={"x-correlation-id": "abc-1"})
        assert answer.headers["x-correlation-id"] == "abc-1"
        answer = await client.get("/api/books/x", headers={"x-correlation-id": "abc-2"})
        assert answer.json()["correlation_id"] == "abc-2"

    @pytest.mark.parametrize("given", ["", "a b", "x" * 200, "<script>"])
    async def test_a_strange_id_is_replaced(self, client: Client, given: str) -> None:
        answer = await client.get("/api/books", headers={"x-correlation-id": given})
        assert answer.headers["x-correlation-id"] != given


class TestTrouble:
    async def test_a_database_that_is_gone_is_503(
        self, sql_store: SqlStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        app = Application(Browser(sql_store))
        await sql_store.close()
        for path in (b"/api/books", b"/health/ready"):
            status, _, document = await raw(app, raw_path=path)
            assert (status, document["code"]) == (503, "database-unavailable")
        assert (await raw(app, raw_path=b"/health/live"))[0] == 200

    async def test_an_unexpected_error_tells_nothing_of_itself(
        self, sql_store: SqlStore, capsys: pytest.CaptureFixture[str]
    ) -> None:
        class Broken(Browser):
            def through(self, *_: Any) -> Any:
                raise RuntimeError("secret")

        configure_logging("error", is_json=False)
        try:
            status, _, document = await raw(Application(Broken(sql_store)))
        finally:
            structlog.reset_defaults()
        assert status == 500
        assert "secret" not in json.dumps(document)
        assert "RuntimeError: secret" in capsys.readouterr().err

    async def test_a_store_that_cannot_open_stops_the_start(self, sql_store: SqlStore) -> None:
        class Closed(SqlStore):
            async def open(self) -> None:
                raise DatabaseUnavailable("SQLite x", "it is gone")

        store = Closed(sql_store.ontology, sql_store.database)
        sent = await _live(Application(Browser(store), Settings()))
        assert sent == [{"type": "lifespan.startup.failed", "message": "SQLite x: it is gone"}]

    async def test_the_store_lives_as_long_as_the_server(self, sql_store: SqlStore) -> None:
        await sql_store.close()
        sent = await _live(Application(Browser(sql_store)))
        assert [each["type"] for each in sent] == [
            "lifespan.startup.complete",
            "lifespan.shutdown.complete",
        ]


async def _live(app: Application) -> list[dict[str, Any]]:
    """Leads an application through start and end."""
    messages = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return next(messages)

    async def send(message: Any) -> None:
        sent.append(message)

    await app({"type": "lifespan"}, receive, send)
    return sent
