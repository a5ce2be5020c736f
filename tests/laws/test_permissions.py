"""Who may do what, on each database: actions, changes, plans, receipts, queries, and why."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from flights.domain.entities import Airport, Carrier, CrewMember, Flight
from flights.domain.relationships import CrewAssignment
from flights.domain.value_objects import CarrierCode, CrewRole
from flights.services.business_logic.operations import Operations
from tests.fixtures.desk import ADA, BOB, EVE, HOUR, fill, flight, flight_id, member_id
from triptych import Actor, Backend, open_store
from triptych.domain.actor import ANONYMOUS, SYSTEM
from triptych.domain.errors import (
    ActionForbidden,
    AuditForbidden,
    ChangeForbidden,
    InvariantBroken,
    Misconfigured,
    ObjectMissing,
    ObjectStale,
    PropertyHidden,
    RequirementFailed,
    WriteConflict,
)
from triptych.domain.policies import Effect, Policy
from triptych.services.actions.calls import Call, Caller
from triptych.services.identity import Identity
from triptych.services.ledger import History
from triptych.services.policies import Policies, seen_document
from triptych.services.policies import policies as at_work
from triptych.services.policies.matrix import May

SUE = Actor("sue", frozenset({"staff"}), {"carriers": ["UA"]})
TOM = Actor("tom", frozenset({"staff"}), {"carriers": ["DL"]})
CAT = Actor("cat", frozenset({"crew"}), {"member": str(member_id(0))})
ANN = Actor("ann", frozenset({"auditor"}))


def call(desk: Backend, name: str, **arguments: Any) -> Call:
    return desk.read_call(f"operations.{name}", arguments)


def one(desk: Backend, number: int = 1) -> list[str]:
    return [str(flight_id(number))]


@pytest.fixture
async def gone(desk: Backend) -> Backend:
    """Gives the desk with a flight that is cancelled, and told why."""
    plan = await desk.caller(ADA).preview(Operations.cancel, flight(1), "strike")
    await desk.commit(plan, Caller(EVE))
    return desk


class TestActions:
    async def test_one_of_several_ways_must_hold(self, desk: Backend) -> None:
        for actor in (ADA, SUE):
            await desk.caller(actor).run(Operations.postpone, flight(1), HOUR, "fog")
        with pytest.raises(ActionForbidden) as raised:
            await desk.caller(TOM).run(Operations.postpone, flight(1), HOUR, "fog")
        said = "not so: The actor is a dispatcher. Or: The actor works for the carrier"
        assert said in str(raised.value)

    async def test_what_is_not_seen_is_not_there(self, gone: Backend) -> None:
        for number in (1, 99):
            with pytest.raises(ObjectMissing) as raised:
                await gone.caller(TOM).run(Operations.postpone, flight(number), HOUR, "fog")
            assert str(raised.value) == f"there is no Flight {flight_id(number)}"

    async def test_an_agent_may_what_both_may(self, desk: Backend) -> None:
        helped = replace(ADA, agent=Actor("bot", frozenset({"dispatcher"})))
        done = await desk.caller(helped).run(Operations.postpone, flight(1), HOUR, "fog")
        entry = await desk.store.ledger.get(desk.store.database, done.receipt)
        assert entry.actor == "ada by bot"
        with pytest.raises(ActionForbidden, match="bot may not operations"):
            await desk.caller(replace(ADA, agent=Actor("bot"))).run(
                Operations.postpone, flight(1), HOUR, "fog"
            )
        poorer = desk.policies.view(replace(ADA, agent=Actor("bot")))
        assert "reason" in desk.policies.sights(replace(ADA, agent=Actor("bot")))["Flight"].screens
        assert await poorer.repository(CrewMember).count() == 0

    async def test_what_handlers_do_is_allowed_to_handlers(self, desk: Backend) -> None:
        with pytest.raises(ActionForbidden):
            await desk.caller(BOB).run(Operations.release_crew, flight(1))
        handler = Actor("handler:Replanning.release_crew", frozenset({"handler"}))
        await desk.caller(handler).run(Operations.release_crew, flight(1))

    async def test_forbidding_wins(self, url: str) -> None:
        frozen = Policy(effect=Effect.FORBIDS, what="operations.*", rule=_is_number_two)
        async with Opened(url, [*_everything(), frozen]) as desk:
            await desk.caller(ADA).run(Operations.board, flight(1), 7)
            with pytest.raises(ActionForbidden, match="it is so: Number two stays as it is"):
                await desk.caller(ADA).run(Operations.board, flight(2), 7)
            (cell,) = {
                desk.permissions.matrix().cell("operations.board", role) for role in ("dispatcher",)
            }
            assert cell.may is May.SOME
            told = await desk.permissions.why_act(
                ADA, call(desk, "board", flight=one(desk, 2)[0], passengers=7), SYSTEM
            )
            assert not told.may
            assert "forbids _is_number_two: it is so" in str(told)


def _is_number_two(actor: Actor, flight: Flight) -> bool:
    """Number two stays as it is."""
    return flight.number == 2


def _everything() -> list[Policy]:
    return []


class Opened:
    """Opens the desk with other policies."""

    def __init__(self, url: str, policies: list[Policy], **more: Any) -> None:
        self._url, self._policies, self._more = url, policies, more

    async def __aenter__(self) -> Backend:
        store = open_store("flights", self._url)
        self._backend = Backend(store, policies=self._policies, **self._more)
        await self._backend.open()
        await fill(self._backend)
        return self._backend

    async def __aexit__(self, *_: object) -> None:
        await self._backend.close()


class TestChanges:
    async def test_objects_are_asked_about_before_and_after(self, desk: Backend) -> None:
        async with desk.store.transaction() as transaction:
            await transaction.repository(Carrier).add(Carrier(id=CarrierCode("DL"), name="Delta"))
        change = Policy(effect=Effect.FORBIDS, what="change", about=(Flight,), rule=_is_far)
        allow = Policy(effect=Effect.ALLOWS, what="change", about=(Flight,), rule=_is_known)
        strict = Policies(desk.store, [change, allow], is_open=True)
        near, far = flight(1), replace(flight(1), distance=9_000)
        for before, after, said in (
            (near, replace(near, number=9), None),
            (near, far, "it is so: It is far."),
            (far, near, "it is so: It is far."),
            (near, replace(near, number=500), "not so: It has one of our numbers."),
        ):
            await _saved(desk, before)
            async with desk.store.transaction() as work:
                flights = work.repository(Flight)
                await flights.get(before.id)
                await flights.save(after)
                for actor in (BOB, replace(ADA, agent=BOB)):
                    if said is None:
                        await strict.check_changes(actor, work)  # type: ignore[arg-type]
                        continue
                    with pytest.raises(ChangeForbidden) as raised:
                        await strict.check_changes(actor, work)  # type: ignore[arg-type]
                    assert said in str(raised.value)
                await strict.check_changes(SYSTEM, work)  # type: ignore[arg-type]
                await flights.save(before)

    async def test_links_of_an_object_are_followed(self, desk: Backend) -> None:
        crowded = Policy(effect=Effect.FORBIDS, what="change", about=(Flight,), rule=_has_crew)
        strict = Policies(desk.store, [crowded], is_open=True)
        member = await desk.store.repository(CrewMember).get(member_id(1))
        await desk.caller(ADA).run(Operations.assign_crew, flight(1), member, CrewRole.CABIN)
        async with desk.store.transaction() as work:
            flights = work.repository(Flight)
            await flights.save(replace(await flights.get(flight_id(1)), number=9))
            with pytest.raises(ChangeForbidden, match="Somebody works it"):
                await strict.check_changes(BOB, work)  # type: ignore[arg-type]
            await flights.save(flight(1))
        async with desk.store.transaction() as work:
            flights = work.repository(Flight)
            await flights.remove((await flights.get(flight_id(2))).id)
            await strict.check_changes(BOB, work)  # type: ignore[arg-type]
            await flights.add(flight(2))

    async def test_what_cannot_be_reckoned_forbids(self, desk: Backend) -> None:
        for effect in Effect:
            odd = Policy(effect=effect, what="change", about=(Flight,), rule=_is_odd)
            strict = Policies(desk.store, [odd], is_open=True)
            async with desk.store.transaction() as work:
                flights = work.repository(Flight)
                await flights.save(replace(await flights.get(flight_id(0)), passengers=7))
                with pytest.raises(ChangeForbidden):
                    await strict.check_changes(BOB, work)  # type: ignore[arg-type]
                await flights.save(flight(0))

    async def test_staff_change_only_what_is_of_their_carrier(self, desk: Backend) -> None:
        staff = Actor("kim", frozenset({"staff", "dispatcher"}), {"carriers": ["DL"]})
        with pytest.raises(ChangeForbidden, match="kim may not change a Flight so"):
            await desk.caller(staff).run(Operations.board, flight(1), 7)
        assert (await desk.store.repository(Flight).get(flight_id(1))).passengers is None


def _is_odd(actor: Actor, flight: Flight) -> bool:
    """It goes further than its number, which may be nothing."""
    return flight.distance % flight.number == 0


def _is_far(actor: Actor, flight: Flight) -> bool:
    """It is far."""
    return flight.distance > 5_000


def _is_known(actor: Actor, flight: Flight) -> bool:
    """It has one of our numbers."""
    return flight.number < 100


def _has_crew(actor: Actor, flight: Flight, crew: tuple[CrewAssignment, ...]) -> bool:
    """Somebody works it."""
    return len(crew) > 0


async def _saved(desk: Backend, of: Flight) -> None:
    async with desk.store.transaction() as transaction:
        flights = transaction.repository(Flight)
        await flights.get(of.id)
        await flights.save(of)


class TestReading:
    async def test_who_calls_from_python_reads_as_they_see(self, gone: Backend) -> None:
        for actor, count in ((ADA, 4), (BOB, 3), (SUE, 4)):
            flights = gone.policies.view(actor).repository(Flight)
            assert await flights.count() == count
        seen = await gone.policies.view(SUE).repository(Flight).get(flight_id(1))
        assert seen.reason == "strike"

    async def test_a_query_sees_what_its_caller_sees(self, gone: Backend) -> None:
        asked = call(gone, "waiting", origin="JFK")
        assert (await gone.ask(asked, Caller(BOB))).result == 3
        secret = Policy(effect=Effect.ALLOWS, what="read", about=(Airport,), rule=_is_staff)
        strict = Policies(gone.store, [secret], is_open=True)
        gone.policies = strict
        gone._performer._policies = strict
        with pytest.raises(ObjectMissing):
            await gone.ask(asked, Caller(BOB))

    async def test_objects_are_not_made_without_what_they_always_have(self, desk: Backend) -> None:
        hidden = Policy(
            effect=Effect.ALLOWS,
            what="read",
            about=(Airport,),
            fields=("position", "altitude"),
            rule=_is_staff,
        )
        strict = Policies(desk.store, [hidden], is_open=True)
        with pytest.raises(PropertyHidden, match="altitude and position of Airport is hidden"):
            strict.view(BOB).repository(Airport)
        assert await strict.view(SUE).repository(Airport).count() == 2

    async def test_what_was_is_seen_as_what_is(self, gone: Backend) -> None:
        latest = 2**62
        for actor, count in ((ADA, 4), (BOB, 3)):
            view = gone.policies.view(actor, latest)
            assert await view.repository(Flight).count() == count

    async def test_the_ontology_has_what_is_ever_seen(self, desk: Backend) -> None:
        policies = desk.policies
        whole = seen_document(desk.ontology, policies.sights(ADA))
        assert whole == seen_document(desk.ontology, policies.sights(SYSTEM))
        narrow = seen_document(desk.ontology, policies.sights(BOB))
        assert "CrewMember" not in json.dumps(narrow)
        assert "FlightPostponed" in [each["name"] for each in narrow["events"]]
        (seen,) = [each for each in narrow["entities"] if each["name"] == "Flight"]
        names = [each["name"] for each in seen["properties"]]
        assert "passengers" in names
        assert "crew" not in [each["name"] for each in seen["links"]]
        secret = Policy(
            effect=Effect.ALLOWS,
            what="read",
            about=(Flight,),
            fields=("plane", "reason"),
            rule=_is_nobody,
        )
        strict = Policies(desk.store, [secret], is_open=True)
        (seen,) = [
            each
            for each in seen_document(desk.ontology, strict.sights(BOB))["entities"]
            if each["name"] == "Flight"
        ]
        assert not {"plane", "reason"} & {each["name"] for each in seen["properties"]}
        assert "plane" not in [each["name"] for each in seen["links"]]


def _is_staff(actor: Actor) -> bool:
    """The actor is staff."""
    return actor.has_role("staff")


def _is_nobody(actor: Actor) -> bool:
    """Nobody is."""
    return False


class TestTelling:
    async def test_results_are_shown_as_they_are_seen(self, desk: Backend) -> None:
        await desk.caller(ADA).run(Operations.board, flight(1), 123)
        outcome = await desk.caller(ADA).run(Operations.postpone, flight(1), HOUR, "fog")
        whole = await desk.teller.outcome(outcome, ADA)
        assert (whole["result"]["passengers"], whole["result"]["reason"]) == (123, "fog")
        part = await desk.teller.outcome(outcome, BOB)
        assert (part["result"]["passengers"], part["result"]["reason"]) == (100, None)
        assert part["touched"][0]["version"] is None

    async def test_what_is_not_seen_is_left_out_of_results(self, gone: Backend) -> None:
        swap = call(gone, "swap_aircraft", first=one(gone, 2)[0], second=one(gone, 3)[0])
        outcome = await gone.run_all([swap, swap], Caller(ADA))
        assert len((await gone.teller.outcome(outcome, BOB))["result"][0]) == 2
        assigned = call(
            gone, "assign_crew", flight=one(gone, 2)[0], member=str(member_id(1)), role="cabin"
        )
        done = await gone.run(assigned, Caller(ADA))
        assert [each["type"] for each in (await gone.teller.outcome(done, ADA))["touched"]] == [
            "CrewAssignment"
        ]
        assert (await gone.teller.outcome(done, BOB))["touched"] == []
        assert len((await gone.teller.outcome(done, SUE))["touched"]) == 1
        freed = await gone.run(call(gone, "release_crew", flight=one(gone, 2)[0]), Caller(ADA))
        assert len((await gone.teller.outcome(freed, SUE))["touched"]) == 1
        assert (await gone.teller.outcome(freed, TOM))["touched"] == []

    async def test_receipts_are_for_who_did_it_and_for_auditors(self, desk: Backend) -> None:
        done = await desk.caller(SUE).run(Operations.postpone, flight(1), HOUR, "fog")
        for actor in (SUE, ANN, ADA):
            assert (await desk.teller.entry(done.receipt, actor))["actor"] == "sue"
        for actor in (TOM, ANONYMOUS):
            with pytest.raises(ObjectMissing) as raised:
                await desk.teller.entry(done.receipt, actor)
            assert str(raised.value) == f"there is no receipt {done.receipt!r}"
        latest = await desk.store.ledger.latest(desk.store.database, 10)
        assert [each["actor"] for each in await desk.teller.entries(latest, SUE)] == ["sue"]

    async def test_plans_are_for_their_maker_and_who_may_act(self, desk: Backend) -> None:
        plan = await desk.caller(SUE).preview(Operations.postpone, flight(1), HOUR, "fog")
        name = await desk.keep(plan)
        for actor in (SUE, ADA, ANN):
            assert (await desk.teller.kept_plan(name, Caller(actor)))["maker"] == "sue"
        for actor in (TOM, BOB):
            with pytest.raises(ObjectMissing):
                await desk.teller.kept_plan(name, Caller(actor))
        elsewhere = replace(SUE, id="ruth")
        assert (await desk.teller.kept_plan(name, Caller(elsewhere)))["edits"][0][
            "kind"
        ] == "changed"

    async def test_timelines_name_nobody_but_to_auditors(self, desk: Backend) -> None:
        await desk.caller(SUE).run(Operations.board, flight(1), 120)
        await desk.caller(SUE).run(Operations.board, flight(1), 130)
        await desk.caller(ADA).run(Operations.postpone, flight(1), HOUR, "fog")
        of, key = desk.ontology.object_type("flight"), one(desk)
        told = [each["actor"] for each in await desk.teller.timeline(of, key, 9, ANN)]
        assert told == ["ada", "sue", "sue", "system"]
        own = await desk.teller.timeline(of, key, 9, SUE)
        assert [each["actor"] for each in own] == [None, "sue", "sue", None]
        public = await desk.teller.timeline(of, key, 9, BOB)
        assert [sorted(each["changes"]) for each in public[:2]] == [
            ["delay", "status"],
            ["passengers"],
        ]
        assert len(public) == 3
        assert len(await desk.teller.timeline(of, key, 1, BOB)) == 1
        since = await desk.teller.difference(of, key, (0, 2**62), BOB)
        assert since["changes"]["passengers"]["after"] == 100

    async def test_what_never_was_seen_has_no_timeline(self, gone: Backend) -> None:
        of = gone.ontology.object_type("crew_member")
        told = []
        for number in (1, 999):
            with pytest.raises(ObjectMissing) as raised:
                await gone.teller.timeline(of, [str(member_id(number)).upper()], 9, BOB)
            told.append(str(raised.value).replace(str(member_id(number)), "X"))
        assert told[0] == told[1]

    async def test_what_is_not_kept_yet_is_shown_by_itself(self, gone: Backend) -> None:
        crowded = Policy(effect=Effect.ALLOWS, what="read", about=(Flight,), rule=_has_crew)
        strict = Policies(gone.store, [crowded], is_open=True)
        assert not await strict.showing(BOB).sees("Flight", flight(77))

    async def test_a_timeline_may_be_cut(self, desk: Backend) -> None:
        history = History(desk.store)
        await desk.caller(ADA).run(Operations.board, flight(1), 120)
        of = desk.ontology.object_type("flight")
        assert len(await history.timeline(of, one(desk), 1)) == 1
        assert len(await history.timeline(of, one(desk))) == 2

    async def test_nobody_is_taken_for_the_somebody_of_the_matrix(self, desk: Backend) -> None:
        desk.permissions.matrix()
        real = desk.policies.sights(Actor("somebody", frozenset({"staff"})))["CrewMember"]
        assert real.given == ()

    async def test_only_so_many_actors_are_remembered(
        self, desk: Backend, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(at_work, "_MOST_ACTORS", 2)
        for n in range(4):
            desk.policies.view(Actor(f"actor {n}"))
        assert len(desk.policies._known) == 2


class TestErrors:
    async def test_values_are_not_told_to_who_may_not_see_them(self, desk: Backend) -> None:
        sees, sees_not = ADA, BOB
        for error, whole, part in (
            (RequirementFailed("a", "r", "S.", "is 7", ["Flight"]), "(is 7)", "not so: S."),
            (InvariantBroken("r", "S.", "Flight", [7], "is 7", ["Flight"]), "7", "of some kind"),
            (ObjectStale("Flight", 7, 1, ["reason", "delay"]), "reason", "(delay changed"),
            (WriteConflict("Flight 7"), "Flight 7", "what it depends on"),
            (ObjectMissing("Flight", 7), "no Flight 7", "no Flight 7"),
            (ObjectStale("Airport", 7, 1, ["name"]), "name", "name"),
        ):
            assert whole in str(desk.policies.concealed(error, sees))
            assert part in str(desk.policies.concealed(error, sees_not))
            if part != whole:
                assert whole not in str(desk.policies.concealed(error, sees_not))


class TestWhy:
    async def test_reading_is_explained_policy_by_policy(self, gone: Backend) -> None:
        of, key = gone.ontology.object_type("flight"), one(gone)
        told = await gone.permissions.why_read(BOB, of, key, ANN)
        assert not told.may
        said = str(told)
        assert "allows is_on_the_board: not so: Everybody may see a flight that takes" in said
        assert "status is cancelled" in said
        assert "reading.py:" in said
        assert (await gone.permissions.why_read(SUE, of, key, ANN)).may
        helped = replace(SUE, agent=BOB)
        assert not (await gone.permissions.why_read(helped, of, key, ANN)).may
        assert (await gone.permissions.why_read(SYSTEM, of, key, ANN)).may
        assert told.plain()["policies"][0]["clauses"]

    async def test_values_are_told_only_to_who_sees_them(self, gone: Backend) -> None:
        of, key = gone.ontology.object_type("flight"), one(gone)
        asker = gone.policies.sights(BOB)
        told = await gone.policies.explainer.reading(BOB, of, key, asker)
        assert "status is cancelled" not in str(told)

    async def test_acting_is_explained(self, desk: Backend) -> None:
        asked = call(desk, "postpone", flight=one(desk)[0], by="PT1H", reason="x")
        for actor, may in ((ADA, True), (SUE, True), (TOM, False), (BOB, False)):
            told = await desk.permissions.why_act(actor, asked, ANN)
            assert told.may is may
            assert len(told.verdicts) == 2
        lost = call(desk, "postpone", flight=one(desk, 77)[0], by="PT1H", reason="x")
        assert "is not there, or not for them" in str(
            await desk.permissions.why_act(BOB, lost, ANN)
        )
        waiting = call(desk, "waiting", origin="JFK")
        assert (await desk.permissions.why_act(BOB, waiting, ANN)).may

    async def test_only_auditors_are_told(self, desk: Backend) -> None:
        of = desk.ontology.object_type("flight")
        with pytest.raises(AuditForbidden):
            await desk.permissions.why_read(ADA, of, one(desk), BOB)

    async def test_who_can_lists_roles_and_holders_of_keys(self, gone: Backend) -> None:
        identity = Identity(gone.store)
        await identity.make(SUE)
        await identity.make(TOM)
        of, key = gone.ontology.object_type("flight"), one(gone)
        found = await gone.permissions.who_can(ANN, of, key)
        assert found["roles"] == {
            "auditor": "yes",
            "dispatcher": "yes",
            "handler": "depends on who",
            "staff": "depends on who",
            "anonymous": "no",
        }
        assert found["actors"] == {"sue": True, "tom": False}
        board = call(gone, "board", flight=key[0], passengers=7)
        acting = await gone.permissions.who_can(ANN, of, key, board)
        assert acting["roles"]["dispatcher"] == "yes"
        assert acting["actors"] == {"sue": True, "tom": False}

    async def test_the_matrix_has_a_row_for_everything(self, desk: Backend) -> None:
        matrix = desk.permissions.matrix()
        assert matrix.roles == ("auditor", "dispatcher", "handler", "staff", "anonymous")
        assert str(matrix.cell("read Flight", "staff")) == "some, less reason, passengers"
        assert matrix.cell("read CrewMember", "anonymous").may is May.NONE
        assert str(matrix.cell("operations.postpone", "dispatcher")) == "all"
        assert matrix.cell("operations.waiting", "anonymous").may is May.ALL
        assert matrix.plain()["read Plane"]["anonymous"] == "all"


class TestOutsideDevelopment:
    async def test_what_no_policy_is_about_stops_the_start(self, url: str) -> None:
        store = open_store("flights", url)
        with pytest.raises(Misconfigured) as raised:
            Backend(store, policies=[], is_development=False)
        assert "no policy says who may read or do Carrier, Airport" in str(raised.value)
        assert Backend(store, policies=[]).unsaid

    async def test_nobody_may_what_nobody_is_allowed(self, desk: Backend) -> None:
        nothing = Policies(desk.store, [], is_open=False)
        of = desk.ontology.object_type("flight")
        assert await nothing.view(ADA).repository(Flight).count() == 0
        told = await nothing.explainer.reading(ADA, of, one(desk), nothing.sights(SYSTEM))
        assert str(told).endswith("no policy is about it, and then nobody may")
        everything = Policies(desk.store, [], is_open=True)
        told = await everything.explainer.reading(ADA, of, one(desk), everything.sights(ADA))
        assert told.may
        assert everything.may_audit(BOB)
        assert not nothing.may_audit(BOB)
        assert nothing.may_audit(SYSTEM)

    async def test_the_example_may_be_served_outside(self, url: str) -> None:
        assert Backend(open_store("flights", url), is_development=False).unsaid == ()

    async def test_a_policy_of_no_action_is_told(self, url: str) -> None:
        lost = Policy(effect=Effect.ALLOWS, what="operations.postpne", rule=_is_staff)
        with pytest.raises(Misconfigured, match="_is_staff: there is no action"):
            Backend(open_store("flights", url), policies=[lost])


def test_who_audits_is_said_and_may_be_forbidden() -> None:
    store = open_store("flights", "sqlite:///:memory:")
    audit = Policy(effect=Effect.ALLOWS, what="audit", rule=_is_staff)
    never = Policy(effect=Effect.FORBIDS, what="audit", rule=_is_nobody)
    policies = Policies(store, [audit, never])
    assert policies.may_audit(SUE)
    assert not policies.may_audit(BOB)
    assert not policies.may_audit(replace(SUE, agent=BOB))
