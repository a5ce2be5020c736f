"""Actions over HTTP, as their callers see them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.fixtures.desk import flight_id, member_id, open_desk
from triptych.api.application import Application
from triptych.infrastructure.configuration import Settings
from triptych.services.objects import Browser

type Client = httpx2.AsyncClient

FLIGHT = str(flight_id(1))
POSTPONE = {"flight": FLIGHT, "by": "PT45M", "reason": "fog"}


@pytest.fixture(params=["sqlite", "postgres"])
async def desk_client(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[httpx2.AsyncClient]:
    """Speaks, as a dispatcher of this machine, to a server of the operations desk."""
    url = f"sqlite:///{tmp_path}/desk.db"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
    async with open_desk(url) as backend:
        settings = Settings(actor="ada:dispatcher", largest_body=4_096)
        app = Application(Browser(backend.store), settings, backend)
        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://test") as made:
            yield made


async def post(client: Client, path: str, body: Any, **headers: str) -> httpx2.Response:
    """Posts JSON."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return await client.post(f"/api/{path}", json=body, headers=sent)


class TestActions:
    async def test_an_action_answers_with_result_and_receipt(self, desk_client: Client) -> None:
        answer = await post(desk_client, "operations/postpone", POSTPONE)
        assert answer.status_code == 200
        document = answer.json()
        assert document["result"]["delay"] == "PT2700S"
        assert document["touched"] == [
            {"type": "Flight", "id": FLIGHT, "kind": "changed", "version": 1}
        ]
        entry = (await desk_client.get(f"/api/receipts/{document['receipt']}")).json()
        assert (entry["actor"], entry["decision"]) == ("ada", "done")
        assert entry["correlation_id"] == answer.headers["x-correlation-id"]

    async def test_the_same_key_is_answered_as_before(self, desk_client: Client) -> None:
        first, second = [
            (await post(desk_client, "operations/postpone", POSTPONE, idempotency_key="k")).json()
            for _ in range(2)
        ]
        assert second == {**first, "is_replayed": True}
        other = {**POSTPONE, "reason": "snow"}
        third = await post(desk_client, "operations/postpone", other, idempotency_key="k")
        assert (third.status_code, third.json()["code"]) == (409, "key-reused")

    async def test_a_version_that_is_over_is_refused(self, desk_client: Client) -> None:
        tag = (await desk_client.get(f"/api/flights/{FLIGHT}")).headers["etag"]
        first = await post(desk_client, "operations/postpone", POSTPONE, if_match=tag)
        second = await post(desk_client, "operations/postpone", POSTPONE, if_match=tag)
        third = await post(desk_client, "operations/postpone", POSTPONE, if_match="*")
        assert [each.status_code for each in (first, second, third)] == [200, 412, 200]

    async def test_a_refusal_tells_rule_and_cause(self, desk_client: Client) -> None:
        await post(desk_client, "operations/depart", {"flight": FLIGHT})
        answer = await post(desk_client, "operations/postpone", POSTPONE)
        document = answer.json()
        assert (answer.status_code, document["code"]) == (409, "requirement-failed")
        assert document["rule"] == "has_not_left"
        assert document["sentence"] == "The flight has not left yet."
        assert "status is departed" in document["cause"]

    @pytest.mark.parametrize(
        "headers", [{"x_forwarded_for": "1.2.3.4"}, {"forwarded": "for=1.2.3.4"}]
    )
    async def test_who_comes_from_elsewhere_is_nobody(
        self, desk_client: Client, headers: dict[str, str]
    ) -> None:
        answer = await post(desk_client, "operations/postpone", POSTPONE, **headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "not-allowed")

    async def test_a_query_is_asked_either_way(self, desk_client: Client) -> None:
        asked = await desk_client.get("/api/operations/waiting?origin=JFK")
        assert asked.json() == {"result": 4}
        assert (await post(desk_client, "operations/waiting", {"origin": "JFK"})).json() == {
            "result": 4
        }

    @pytest.mark.parametrize(
        ("body", "headers", "told"),
        [
            (b"{", {}, "body"),
            (b"[" * 4_000, {}, "body"),
            (b"\xff", {}, "body"),
            (b"7", {}, "is no object"),
            (b'"x"', {}, "is no object"),
            (b"[7]", {}, "holds something that is no object"),
            (b"[]", {}, "too few"),
            (b"{}", {"content-type": "text/plain"}, "send application/json"),
            (b"{}", {}, "flight: is missing"),
            (b'{"flight": null}', {}, "flight"),
            (b'{"flight": {"$ne": 1}, "by": true, "reason": 0}', {}, "reason"),
            (b'{"Flight": "x"}', {}, "did you mean 'flight'"),
            (b"{}", {"idempotency-key": ""}, "Idempotency-Key"),
            (b"{}", {"idempotency-key": "k" * 300}, "Idempotency-Key"),
            (b"{}", {"if-match": '"x"'}, "If-Match"),
        ],
    )
    async def test_what_does_not_fit_is_told(
        self, desk_client: Client, body: bytes, headers: dict[str, str], told: str
    ) -> None:
        sent = {"content-type": "application/json", **headers}
        answer = await desk_client.post("/api/operations/postpone", content=body, headers=sent)
        assert answer.status_code == 400
        assert told in answer.text

    async def test_a_body_that_is_too_large_is_refused(self, desk_client: Client) -> None:
        large = {**POSTPONE, "reason": "x" * 5_000}
        assert (await post(desk_client, "operations/postpone", large)).status_code == 413

        async def drip() -> AsyncIterator[bytes]:
            for _ in range(5):
                yield b"x" * 1_000

        answer = await desk_client.post("/api/operations/postpone", content=drip())
        assert (answer.status_code, "does not end" in answer.text) == (400, True)

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("GET", "operations/postpone", 405),
            ("DELETE", "operations/waiting", 405),
            ("PUT", "flights/x", 405),
            ("POST", "flights", 405),
            ("POST", "operations/nothing", 404),
            ("GET", "plans/nothing", 404),
            ("GET", "receipts/nothing", 404),
            ("GET", "receipts/1/2/3", 404),
            ("POST", "receipts/7/undo", 404),
            ("POST", "plans/nothing/commit", 404),
            ("GET", "plans/nothing/commit", 405),
        ],
    )
    async def test_addresses_tell_how_they_are_asked(
        self, desk_client: Client, method: str, path: str, status: int
    ) -> None:
        answer = await desk_client.request(method, f"/api/{path}")
        assert answer.status_code in (status, 405 if method == "POST" else status)


class TestWays:
    async def test_a_preview_changes_nothing(self, desk_client: Client) -> None:
        answer = await post(desk_client, "operations/postpone?preview=true", POSTPONE)
        document = answer.json()
        assert document["edits"][0]["changes"]["delay"] == {"before": "PT0S", "after": "PT2700S"}
        assert document["events"][0]["type"] == "FlightPostponed"
        assert (await desk_client.get(f"/api/flights/{FLIGHT}")).json()["delay"] == "PT0S"

    async def test_a_plan_is_kept_and_committed_by_somebody_else(self, desk_client: Client) -> None:
        body = {"flight": FLIGHT, "reason": "snow"}
        refused = await post(desk_client, "operations/cancel", body)
        assert (refused.status_code, refused.json()["code"]) == (403, "approval-needed")
        made = await post(desk_client, "operations/cancel?plan=true", body)
        assert made.status_code == 201
        plan = made.json()["plan"]
        assert (await desk_client.get(f"/api/plans/{plan}")).json() == made.json()
        own = await desk_client.post(f"/api/plans/{plan}/commit")
        assert own.json()["code"] == "approval-needed"
        nobody = {"x-forwarded-for": "1.2.3.4"}
        refused = await desk_client.post(f"/api/plans/{plan}/commit", headers=nobody)
        assert (refused.status_code, refused.json()["code"]) == (403, "not-allowed")
        made = await post(desk_client, "operations/postpone?plan=true", POSTPONE)
        done = await desk_client.post(f"/api/plans/{made.json()['plan']}/commit")
        assert done.json()["result"]["delay"] == "PT2700S"

    async def test_a_plan_that_searched_comes_back_the_same(self, desk_client: Client) -> None:
        body = {"flight": FLIGHT, "member": str(member_id(1)), "role": "captain"}
        await post(desk_client, "operations/assign-crew", body)
        made = await post(desk_client, "operations/release-crew?plan=true", {"flight": FLIGHT})
        done = await desk_client.post(f"/api/plans/{made.json()['plan']}/commit")
        assert done.json()["result"] == 1

    async def test_what_was_done_is_undone(self, desk_client: Client) -> None:
        receipt = (await post(desk_client, "operations/postpone", POSTPONE)).json()["receipt"]
        undone = await desk_client.post(f"/api/receipts/{receipt}/undo")
        assert undone.json()["touched"][0]["version"] == 2
        again = await desk_client.post(f"/api/receipts/{receipt}/undo")
        assert (again.status_code, again.json()["code"]) == (409, "undo-conflict")

    async def test_many_are_done_as_one_or_each_for_itself(self, desk_client: Client) -> None:
        bad = {**POSTPONE, "flight": str(flight_id(99))}
        whole = await post(desk_client, "operations/postpone", [POSTPONE, bad])
        assert whole.status_code == 404
        each = await post(
            desk_client, "operations/postpone?each=true", [POSTPONE, bad], idempotency_key="e"
        )
        outcomes = each.json()["outcomes"]
        assert [one["status"] for one in outcomes] == [200, 404]
        assert outcomes[0]["result"]["delay"] == "PT2700S"
        both = await post(desk_client, "operations/postpone", [POSTPONE, POSTPONE])
        assert [one["delay"] for one in both.json()["result"]] == ["PT5400S", "PT8100S"]

    @pytest.mark.parametrize("query", ["preview=yes", "nothing=true", "preview=true&plan=true"])
    async def test_a_way_that_there_is_not_is_told(self, desk_client: Client, query: str) -> None:
        answer = await post(desk_client, f"operations/postpone?{query}", POSTPONE)
        assert answer.status_code == 400

    async def test_many_are_not_previewed(self, desk_client: Client) -> None:
        answer = await post(desk_client, "operations/postpone?preview=true", [POSTPONE])
        assert answer.status_code == 400


class TestScenarios:
    async def test_questions_are_answered_as_if_it_had_happened(self, desk_client: Client) -> None:
        steps = [{"action": "operations.postpone", "arguments": POSTPONE}] * 2
        questions = [
            {"type": "flight", "query": "is_late=true&fields=delay"},
            {"type": "flights", "query": "by=status"},
        ]
        body = {"steps": steps, "questions": questions, "plan": True}
        made = await post(desk_client, "scenarios", body)
        assert made.status_code == 201
        document = made.json()
        page, groups = document["answers"]
        assert page["items"] == [{"id": FLIGHT, "delay": "PT5400S"}]
        assert {each["status"]: each["count"] for each in groups["groups"]} == {
            "delayed": 1,
            "scheduled": 3,
        }
        assert (await desk_client.get(f"/api/flights/{FLIGHT}")).json()["delay"] == "PT0S"
        done = await desk_client.post(f"/api/plans/{document['plan']}/commit")
        assert done.json()["result"][1]["delay"] == "PT5400S"

    async def test_a_step_that_is_refused_refuses_all(self, desk_client: Client) -> None:
        bad = {**POSTPONE, "flight": str(flight_id(99))}
        steps = [{"action": "operations.postpone", "arguments": each} for each in (POSTPONE, bad)]
        assert (await post(desk_client, "scenarios", {"steps": steps})).status_code == 404

    @pytest.mark.parametrize(
        "body",
        [
            {"step": []},
            {"steps": {}},
            {"steps": [7]},
            {"steps": [{"action": 7}]},
            {"steps": [{"action": "operations.nothing"}]},
            {"steps": [{"action": "operations.depart", "arguments": []}]},
            {"steps": [{"action": "operations.waiting", "arguments": {"origin": "JFK"}}]},
            {"questions": [{"type": "nothing"}]},
            {"questions": [{"type": "flight", "query": "x=1"}]},
            {"steps": [{}] * 1_001},
        ],
    )
    async def test_what_makes_no_sense_is_told(self, desk_client: Client, body: Any) -> None:
        answer = await post(desk_client, "scenarios", body)
        assert answer.status_code in (400, 413)


class TestDocument:
    async def test_every_action_is_described(self, desk_client: Client) -> None:
        document = (await desk_client.get("/api/openapi.json")).json()
        postpone = document["paths"]["/api/operations/postpone"]["post"]
        body = postpone["requestBody"]["content"]["application/json"]["schema"]["anyOf"][0]
        assert body["required"] == ["flight", "by", "reason"]
        assert body["properties"]["flight"]["description"] == "The flight."
        assert postpone["summary"] == "Put a departure off."
        result = postpone["responses"]["200"]["content"]["application/json"]["schema"]
        assert result["properties"]["result"] == {"$ref": "#/components/schemas/Flight"}
        waiting = document["paths"]["/api/operations/waiting"]
        assert waiting["get"]["parameters"][0]["required"]
        swap = document["paths"]["/api/operations/swap-aircraft"]["post"]["responses"]["200"]
        swapped = swap["content"]["application/json"]["schema"]["properties"]["result"]
        assert swapped["type"] == "array"
        assert "/api/receipts/{id}/undo" in document["paths"]


class TestThePast:
    async def test_a_timeline_tells_what_became_of_an_object(self, desk_client: Client) -> None:
        receipt = (await post(desk_client, "operations/postpone", POSTPONE)).json()["receipt"]
        items = (await desk_client.get(f"/api/flights/{FLIGHT}/timeline")).json()["items"]
        assert [each["kind"] for each in items] == ["changed", "added"]
        assert (items[0]["receipt"], items[0]["actor"]) == (receipt, "ada")
        one = (await desk_client.get(f"/api/flights/{FLIGHT}/timeline?take=1")).json()["items"]
        assert one == items[:1]

    async def test_the_difference_between_two_moments(self, desk_client: Client) -> None:
        first = (await post(desk_client, "operations/postpone", POSTPONE)).json()["receipt"]
        second = (await post(desk_client, "operations/postpone", POSTPONE)).json()["receipt"]
        path = f"/api/flights/{FLIGHT}/timeline"
        found = (await desk_client.get(f"{path}?since={first}&until={second}")).json()
        assert found["changes"] == {"delay": {"before": "PT2700S", "after": "PT5400S"}}
        until = (await desk_client.get(f"{path}?until=2020-01-01T00:00:00Z")).json()
        assert until["kind"] == "nothing"

    async def test_what_was_is_asked_like_what_is(self, desk_client: Client) -> None:
        receipt = (await post(desk_client, "operations/postpone", POSTPONE)).json()["receipt"]
        before = str(int(receipt) - 1)
        for when, late in ((before, 0), (receipt, 1)):
            at = f"as_of={when}"
            one = (await desk_client.get(f"/api/flights/{FLIGHT}?{at}")).json()
            assert one["delay"] == ("PT2700S" if late else "PT0S")
            page = (await desk_client.get(f"/api/flights?is_late=true&total=true&{at}")).json()
            assert page["total"] == late
            groups = await desk_client.get(f"/api/flights?by=status&{at}")
            assert len(groups.json()["groups"]) == 1 + late
            linked = await desk_client.get(f"/api/airports/JFK/departures?is_late=true&{at}")
            assert len(linked.json()["items"]) == late
            grouped = await desk_client.get(f"/api/airports/JFK/departures?measure=count&{at}")
            assert grouped.json()["groups"] == [{"count": 4}]

    @pytest.mark.parametrize(
        "query", ["x=1", "take=x", "take=0", "since=yesterday", "until=2020-01-01"]
    )
    async def test_a_timeline_that_makes_no_sense_is_refused(
        self, desk_client: Client, query: str
    ) -> None:
        answer = await desk_client.get(f"/api/flights/{FLIGHT}/timeline?{query}")
        assert answer.status_code == 400

    async def test_deliveries_are_measured(self, desk_client: Client) -> None:
        await post(desk_client, "operations/postpone", POSTPONE)
        metrics = (await desk_client.get("/metrics")).text
        assert 'triptych_deliveries{state="waiting"} 1.0' in metrics
        assert 'triptych_deliveries{state="dead"} 0.0' in metrics
