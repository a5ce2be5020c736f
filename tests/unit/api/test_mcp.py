"""Agents: what their tools answer, how little they cost to read, and what they are refused."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, TextContent

from tests.fixtures.desk import ADA, BOB, EVE, flight_id, open_desk
from triptych import Actor, Backend, open_backend
from triptych.api import agents
from triptych.api.application import Application
from triptych.api.backend_tools import BackendTools
from triptych.api.tools import LONGEST, Asker
from triptych.domain.errors import (
    AuditForbidden,
    InvalidInput,
    MissingExtra,
    ObjectMissing,
    OnlyReads,
    TriptychError,
    UnknownName,
)
from triptych.infrastructure.configuration import Settings
from triptych.services.actions.calls import Caller
from triptych.services.identity import Identity
from triptych.services.objects import Browser

POSTPONE = {"flight": str(flight_id(1)), "by": "PT45M", "reason": "fog"}
CANCEL = {"flight": str(flight_id(1)), "reason": "snow"}
BOT = Actor("bot")
JSON = {"content-type": "application/json"}
LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Backend]:
    async with open_desk(f"sqlite:///{tmp_path}/desk.db") as made:
        yield made


async def ask(
    desk: Backend, tool: str, actor: Actor = ADA, /, *, can_write: bool = True, **said: Any
) -> Any:
    """Calls a tool, and reads its answer."""
    found = await BackendTools(desk, can_write=can_write).call(tool, said, Asker(actor))
    return json.loads(found)


class TestTokens:
    """A page of English has about four letters a token."""

    async def test_the_tools_are_few_and_short_whatever_the_application(
        self, desk: Backend
    ) -> None:
        async with open_backend("tests.fixtures.library", "sqlite:///:memory:") as library:
            listed = [msgspec.json.encode(BackendTools(each).tools) for each in (desk, library)]
        assert listed[0] == listed[1]
        assert len(listed[0]) < 6_400

    async def test_much_is_named_and_not_described(
        self, desk: Backend, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        whole = await ask(desk, "describe")
        assert whole["entities"]["Flight"] == "One scheduled departure."
        monkeypatch.setattr("triptych.api.outline.MOST_DESCRIBED", 10)
        brief = await ask(desk, "describe")
        assert "Flight" in brief["entities"]
        assert isinstance(brief["entities"], list)
        assert "operations.waiting" in brief["queries"]

    async def test_an_answer_that_is_too_long_says_what_to_ask_for(
        self, desk: Backend, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("triptych.api.tools.LONGEST", 300)
        with pytest.raises(InvalidInput, match="ask for less"):
            await ask(desk, "search", type="Flight")
        assert len((await ask(desk, "search", type="Flight", take=1, fields="id"))["items"]) == 1
        assert LONGEST == 60_000


class TestDescribing:
    async def test_one_type_is_told_with_all_that_it_is_asked_by(self, desk: Backend) -> None:
        told = await ask(desk, "describe", name="flights")
        assert told["name"] == "Flight"
        assert told["properties"]["status"] == (
            "FlightStatus, one of scheduled, delayed, departed, cancelled"
        )
        assert told["properties"]["plane"].startswith("TailNumber | None, the id of a Plane: ")
        assert told["links"]["crew"] == "many CrewAssignment"
        assert "has_not_left" in told["rules"]
        assert "operations.cancel" in told["actions"]

    async def test_parts_of_value_objects_stand_by_the_name_they_are_asked_by(
        self, desk: Backend
    ) -> None:
        told = await ask(desk, "describe", name="Airport")
        assert "position.latitude" in told["properties"]
        asked = {"position.latitude.gt": 40.0}
        assert len((await ask(desk, "search", type="Airport", where=asked))["items"]) == 2

    async def test_an_action_is_told_with_the_schema_of_what_it_is_given(
        self, desk: Backend
    ) -> None:
        told = await ask(desk, "describe", name="operations.cancel")
        assert told["kind"] == "action"
        assert "somebody else" in told["approval"]
        assert told["arguments"]["required"] == ["flight", "reason"]
        assert (await ask(desk, "describe", name="operations.waiting"))["kind"] == "query"

    async def test_rules_events_and_value_objects_are_told(self, desk: Backend) -> None:
        rule = await ask(desk, "describe", name="is_later_than")
        assert rule["given"] == {"flight": "Flight", "limit": "timedelta"}
        event = await ask(desk, "describe", name="FlightPostponed")
        assert event["properties"]["by"] == "timedelta"
        assert "latitude" in (await ask(desk, "describe", name="Position"))["properties"]

    async def test_what_somebody_may_not_is_not_told(self, desk: Backend) -> None:
        assert "operations.cancel" in (await ask(desk, "describe"))["actions"]
        guest = await ask(desk, "describe", BOB)
        assert "operations.cancel" not in guest.get("actions", {})
        assert "CrewMember" not in guest["entities"]
        for hidden in ("operations.cancel", "CrewMember"):
            with pytest.raises(UnknownName) as error:
                await ask(desk, "describe", BOB, name=hidden)
            assert hidden not in error.value.known

    async def test_an_error_proposes_nothing_that_is_not_there_for_them(
        self, desk: Backend
    ) -> None:
        tools = BackendTools(desk)
        for tool, said in (
            ("search", {"type": "CrewMembr"}),
            ("run", {"action": "operations.cancl"}),
        ):
            with pytest.raises(UnknownName) as error:
                await tools.call(tool, said, Asker(BOB))
            assert {"CrewMember", "operations.cancel"} & set(error.value.known)
            assert "CrewMember" not in str(tools.told(error.value, Asker(BOB)))
            assert "operations.cancel'" not in str(tools.told(error.value, Asker(BOB)))
            assert tools.told(error.value, Asker(ADA)).args[2]

    async def test_an_agent_is_told_what_both_may(self, desk: Backend) -> None:
        helped = replace(ADA, agent=BOT)
        assert "actions" not in await ask(desk, "describe", helped)
        both = replace(ADA, agent=EVE)
        assert "operations.cancel" in (await ask(desk, "describe", both))["actions"]
        assert (await ask(desk, "describe", both))["you"] == "ada by eve"


class TestReading:
    async def test_objects_are_found_by_conditions_of_every_kind(self, desk: Backend) -> None:
        where = {"origin": "JFK", "number.in": [1, 2], "plane.missing": False}
        found = await ask(desk, "search", type="flight", where=where, fields="number", total=True)
        assert [each["number"] for each in found["items"]] == [1, 2]
        assert found["total"] == 2
        late = {"limit": "PT0S"}
        rules = ["has_not_left", "is_later_than"]
        found = await ask(desk, "search", type="flight", rule=rules, where=late)
        assert found["items"] == []

    async def test_twenty_are_shown_and_the_next_are_asked_for(self, desk: Backend) -> None:
        with_pages = replace(ADA, roles=ADA.roles | {"staff"})
        page = await ask(desk, "search", with_pages, type="CrewMember", order="name")
        assert len(page["items"]) == 20
        rest = await ask(
            desk, "search", with_pages, type="CrewMember", order="name", after=page["next"]
        )
        assert len(rest["items"]) == 12

    async def test_groups_are_measured(self, desk: Backend) -> None:
        found = await ask(desk, "search", type="Flight", by="origin", measure="count")
        assert found["groups"] == [{"origin": "JFK", "count": 4}]
        found = await ask(
            desk, "links", type="Airport", id="JFK", link="departures", measure="max(number)"
        )
        assert found["groups"] == [{"max(number)": 3}]

    async def test_links_lead_to_one_and_to_many(self, desk: Backend) -> None:
        one = await ask(desk, "links", type="Flight", id=POSTPONE["flight"], link="origin")
        assert one["id"] == "JFK"
        many = await ask(
            desk, "links", type="Airport", id="JFK", link="departures", take=3, fields="number"
        )
        assert len(many["items"]) == 3
        assert many["next"]

    async def test_one_object_is_read_as_it_is_and_as_it_was(self, desk: Backend) -> None:
        asked: dict[str, Any] = {"type": "Flight", "id": POSTPONE["flight"], "fields": "status"}
        done = await ask(desk, "run", action="operations.postpone", arguments=POSTPONE)
        assert (await ask(desk, "get", **asked))["status"] == "delayed"
        before = str(int(done["receipt"]) - 1)
        assert (await ask(desk, "get", **asked, as_of=before))["status"] == "scheduled"

    async def test_what_is_not_seen_is_not_there(self, desk: Backend) -> None:
        assert (await ask(desk, "search", BOB, type="CrewMember"))["items"] == []
        with pytest.raises(ObjectMissing):
            await ask(desk, "get", type="Flight", id=str(flight_id(99)))

    async def test_why_tells_of_rules_and_to_auditors_of_rights(self, desk: Backend) -> None:
        asked: dict[str, Any] = {"type": "Flight", "id": POSTPONE["flight"]}
        told = await ask(desk, "why", **asked, rule="has_not_left")
        assert told["holds"] is True
        assert told["clauses"]
        auditor = replace(ADA, roles=ADA.roles | {"auditor"})
        may = await ask(desk, "why", auditor, action="operations.postpone", arguments=POSTPONE)
        assert may["may"] is True
        assert (await ask(desk, "why", auditor, **asked))["may"] is True
        with pytest.raises(AuditForbidden):
            await ask(desk, "why", BOB, **asked)


class TestActing:
    async def test_who_may_only_read_asks_previews_and_proposes(self, desk: Backend) -> None:
        reading: dict[str, Any] = {"can_write": False}
        with pytest.raises(OnlyReads, match="keep the plan for somebody to commit"):
            await ask(desk, "run", action="operations.cancel", arguments=CANCEL, **reading)
        count = {"origin": "JFK"}
        found = await ask(desk, "run", action="operations.waiting", arguments=count, **reading)
        assert found["result"] == 4
        seen = await ask(desk, "preview", action="operations.cancel", arguments=CANCEL, **reading)
        assert seen["edits"]
        assert "plan" not in seen
        kept = await ask(
            desk, "preview", action="operations.cancel", arguments=CANCEL, keep=True, **reading
        )
        asked: dict[str, Any] = {"type": "Flight", "id": CANCEL["flight"], "fields": "status"}
        assert (await ask(desk, "get", **asked))["status"] == "scheduled"
        await desk.commit_kept(kept["plan"], Caller(EVE))
        assert (await ask(desk, "get", **asked))["status"] == "cancelled"

    async def test_the_same_key_does_nothing_again(self, desk: Backend) -> None:
        asked: dict[str, Any] = {
            "action": "operations.postpone",
            "arguments": POSTPONE,
            "key": "k-1",
        }
        first, second = [await ask(desk, "run", **asked) for _ in range(2)]
        assert first["receipt"] == second["receipt"]
        assert (first["is_replayed"], second["is_replayed"]) == (False, True)

    async def test_an_agent_does_what_both_may(self, desk: Backend) -> None:
        asked: dict[str, Any] = {"action": "operations.postpone", "arguments": POSTPONE}
        for by in (replace(ADA, agent=BOT), replace(BOB, agent=ADA)):
            with pytest.raises(TriptychError) as error:
                await ask(desk, "run", by, **asked)
            assert error.value.code == "not-allowed"
        done = await ask(desk, "run", replace(ADA, agent=EVE), **asked)
        entry = await desk.store.ledger.get(desk.store.database, done["receipt"])
        assert entry.actor == "ada by eve"

    async def test_what_does_not_fit_is_told(self, desk: Backend) -> None:
        for tool, said, told in (
            ("get", {"type": "Flight"}, "missing required field `id`"),
            ("get", {"type": "Flight", "id": "x", "nope": 1}, "unknown field `nope`"),
            ("get", {"type": "Airport", "id": "JFK", "fields": "nope"}, "no property of Airport"),
            ("search", {"type": "Flight", "where": [1]}, "Expected `object`"),
            ("search", {"type": "Flight", "take": 10**9}, "take"),
            ("search", {"type": "Flight", "order": "nope"}, "nope"),
            ("run", {"action": "operations.cancel", "key": "a b"}, "key"),
        ):
            with pytest.raises(InvalidInput, match=told):
                await ask(desk, tool, **said)
        with pytest.raises(UnknownName, match="there is no tool 'drop'"):
            await ask(desk, "drop")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
TOOLS = ("describe", "search", "get", "links", "preview", "why", "run")
NAMES = ("type", "id", "rule", "where", "arguments", "action", "take", "order", "link", "name")


@given(
    tool=st.sampled_from(TOOLS),
    said=st.dictionaries(
        st.sampled_from(NAMES),
        json_values | st.sampled_from(["Flight", "JFK", "Airport", "departures"]),
        max_size=5,
    ),
)
@settings(
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_whatever_is_given_is_answered_or_refused(
    desk: Backend, tool: str, said: dict[str, Any]
) -> None:
    with contextlib.suppress(TriptychError):
        json.loads(await BackendTools(desk).call(tool, said, Asker(ADA)))


def served(desk: Backend, **said: Any) -> Application:
    return Application(Browser(desk.store), Settings(**said), desk)


@asynccontextmanager
async def speaking(app: Application, **headers: str) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    given_ = {"accept": "application/json, text/event-stream", **headers}
    try:
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://here", headers=given_
        ) as made:
            yield made
    finally:
        await app.agents.close()


def text_of(result: CallToolResult) -> Any:
    """Reads the JSON that a tool has answered."""
    (content,) = result.content
    assert isinstance(content, TextContent)
    return json.loads(content.text)


class TestOverHTTP:
    async def test_a_real_client_acts_for_whoever_gave_it_a_key(self, desk: Backend) -> None:
        identity = Identity(desk.store)
        ada, bot = [(await identity.make(each)).text for each in (ADA, replace(EVE, id="bot"))]
        shown = {"authorization": f"Bearer {bot}", "on-behalf-of": ada}
        async with speaking(served(desk, agents="write"), **shown) as http:
            transport = streamable_http_client("http://here/mcp", http_client=http)
            async with Client(transport) as client:
                names = [each.name for each in (await client.list_tools()).tools]
                assert names == ["describe", "search", "get", "links", "preview", "run", "why"]
                done = await client.call_tool(
                    "run", {"action": "operations.postpone", "arguments": POSTPONE}
                )
                told = text_of(done)
                assert not done.is_error
                assert told["touched"]
                refused = await client.call_tool("get", {"type": "Flight", "id": "x"})
                problem = text_of(refused)
                assert refused.is_error
                assert problem["code"] == "invalid-input"
                assert problem["errors"][0]["where"] == "id"
        entry = await desk.store.ledger.get(desk.store.database, told["receipt"])
        assert entry.actor == "ada by bot"

    async def test_many_may_begin_at_once(self, desk: Backend) -> None:
        async with speaking(served(desk)) as http:
            posts = [http.post("/mcp", json=LIST | {"id": n}) for n in range(8)]
            answers = await asyncio.gather(*posts)
        assert [each.json()["id"] for each in answers] == list(range(8))
        assert all(each.headers["x-correlation-id"] for each in answers)

    async def test_a_key_that_is_not_good_is_refused(self, desk: Backend) -> None:
        async with speaking(served(desk), authorization="Bearer tk_x") as http:
            answer = await http.post("/mcp", json=LIST)
        assert (answer.status_code, answer.json()["code"]) == (401, "not-signed-in")

    async def test_a_page_of_elsewhere_is_refused(self, desk: Backend) -> None:
        app = served(desk, actor="ada:dispatcher")
        async with speaking(app, origin="http://evil.example") as http:
            answer = await http.post("/mcp", json=LIST)
        assert (answer.status_code, answer.json()["code"]) == (403, "cross-origin")

    async def test_it_may_be_off_and_is_asked_in_one_way(self, desk: Backend) -> None:
        async with speaking(served(desk, agents="off")) as http:
            assert (await http.post("/mcp", json=LIST)).status_code == 404
        async with speaking(served(desk)) as http:
            assert (await http.get("/mcp")).status_code == 405
            assert (await http.post("/mcp", content=b"{", headers=JSON)).status_code == 400
            large = {"jsonrpc": "2.0", "id": 1, "method": "ping", "params": {"x": "x" * 2**21}}
            assert (await http.post("/mcp", json=large)).status_code == 413

    async def test_actions_are_counted_as_over_every_other_way_in(self, desk: Backend) -> None:
        app = served(desk, actor="ada:dispatcher", agents="write", action_limit="1/minute")
        call = {"action": "operations.postpone", "arguments": POSTPONE}
        asked = LIST | {"method": "tools/call", "params": {"name": "run", "arguments": call}}
        async with speaking(app) as http:
            answers = [(await http.post("/mcp", json=asked)).json()["result"] for _ in range(2)]
            assert [each["isError"] for each in answers] == [False, True]
            assert json.loads(answers[1]["content"][0]["text"])["code"] == "too-many"
            other = await http.post("/api/operations/postpone", json=POSTPONE)
            assert other.status_code == 429

    async def test_what_nobody_expected_is_logged_and_told_without_a_word_of_it(
        self, desk: Backend, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def broken(*_: Any) -> bytes:
            raise RuntimeError("the secret")

        monkeypatch.setattr(BackendTools, "call", broken)
        asked = LIST | {"method": "tools/call", "params": {"name": "describe"}}
        async with speaking(served(desk)) as http:
            result = (await http.post("/mcp", json=asked)).json()["result"]
        told = json.loads(result["content"][0]["text"])
        assert result["isError"]
        assert told["code"] == "unexpected"
        assert "secret" not in str(result)
        assert told["correlation_id"]

    async def test_where_the_protocol_is_not_installed_it_is_said(
        self, desk: Backend, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def missing(_: str, extra: str, purpose: str) -> Any:
            raise MissingExtra(extra, purpose)

        monkeypatch.setattr(agents, "needs", missing)
        async with speaking(served(desk)) as http:
            answer = await http.post("/mcp", json=LIST)
        assert answer.status_code == 500
        assert "triptych[agents]" in answer.json()["detail"]
