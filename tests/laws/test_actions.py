"""The one write path: what every action keeps to, on every database."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from flights.domain.entities import Carrier, Flight
from flights.domain.events import FlightPostponed
from flights.domain.relationships import CrewAssignment
from flights.domain.value_objects import AirportCode, CarrierCode, CrewRole, FlightStatus
from flights.services.business_logic import operations
from flights.services.business_logic.operations import Operations
from tests.fixtures.desk import ADA, BOB, DUE, EVE, HOUR, flight, flight_id, member_id, open_desk
from triptych import Backend
from triptych.adapters.database.database import Collided
from triptych.domain.actions import Decision, EditKind, Entry
from triptych.domain.actor import Actor
from triptych.domain.errors import (
    ActionForbidden,
    ActionRefused,
    ApprovalNeeded,
    DatabaseUnavailable,
    DeadlineExceeded,
    EffectRefused,
    IllegalTransition,
    InvalidInput,
    InvariantBroken,
    KeyReused,
    LinkDangling,
    ObjectExists,
    ObjectMissing,
    ObjectStale,
    PlanStale,
    RequirementFailed,
    UndoConflict,
    UnknownName,
    WriteConflict,
)
from triptych.services.actions import Limits


async def entries(desk: Backend, take: int = 10) -> list[Entry]:
    """Reads the latest entries of the ledger."""
    return await desk.store.ledger.latest(desk.store.database, take)


async def read(desk: Backend, number: int) -> Flight:
    """Reads a flight."""
    return await desk.store.repository(Flight).get(flight_id(number))


async def assigned(desk: Backend, number: int) -> int:
    """Counts the crew of a flight."""
    return await desk.store.repository(CrewAssignment).count({"flight": flight_id(number)})


class TestRun:
    async def test_an_action_changes_things_and_says_which(self, desk: Backend) -> None:
        outcome = await desk.caller(ADA).run(Operations.postpone, flight(1), HOUR, "fog")
        assert outcome.result.delay == HOUR
        assert await read(desk, 1) == outcome.result
        (touched,) = outcome.touched
        assert (touched.type_name, touched.kind) == ("Flight", EditKind.CHANGED)

    async def test_an_entity_is_given_by_its_id_or_as_it_is(self, desk: Backend) -> None:
        calls = desk.caller(ADA)
        await calls.run(Operations.postpone, flight_id(1), HOUR, "fog")  # type: ignore[arg-type]  # by its id
        await calls.run(Operations.postpone, flight=flight(1), by=HOUR, reason="fog")
        assert (await read(desk, 1)).delay == 2 * HOUR

    async def test_it_is_written_down_who_did_what(self, desk: Backend) -> None:
        outcome = await desk.caller(ADA).run(Operations.postpone, flight(1), HOUR, "fog")
        entry = (await entries(desk))[0]
        assert (entry.receipt, entry.actor) == (outcome.receipt, "ada")
        assert (entry.action, entry.decision) == ("operations.postpone", Decision.DONE)
        assert entry.parameters == {
            "flight": str(flight_id(1)),
            "by": "PT3600S",
            "reason": "fog",
        }
        assert entry.touched == outcome.touched
        assert entry.duration > timedelta(0)

    async def test_who_may_not_is_refused_and_that_is_written_down(self, desk: Backend) -> None:
        with pytest.raises(ActionForbidden, match=r"bob may not .* The actor is a dispatcher"):
            await desk.caller(BOB).run(Operations.postpone, flight(1), HOUR, "fog")
        entry = (await entries(desk))[0]
        assert (entry.decision, entry.code, entry.actor) == (
            Decision.REFUSED,
            "not-allowed",
            "bob",
        )
        assert (await read(desk, 1)).delay == timedelta(0)

    async def test_a_rule_that_does_not_hold_is_told_with_its_clause(self, desk: Backend) -> None:
        calls = desk.caller(ADA)
        await calls.run(Operations.depart, flight(1))
        with pytest.raises(RequirementFailed) as caught:
            await calls.run(Operations.postpone, flight(1), HOUR, "fog")
        assert caught.value.rule == "has_not_left"
        assert "The flight has not left yet." in str(caught.value)
        assert "status is departed" in caught.value.cause
        assert "rules.py" in caught.value.cause

    async def test_a_rule_is_asked_of_every_object_of_its_type(self, desk: Backend) -> None:
        calls = desk.caller(ADA)
        await calls.run(Operations.depart, flight(2))
        with pytest.raises(RequirementFailed, match="has not left"):
            await calls.run(Operations.swap_aircraft, flight(1), flight(2))

    async def test_a_missing_object_is_told(self, desk: Backend) -> None:
        with pytest.raises(ObjectMissing, match="no Flight"):
            await desk.caller(ADA).run(Operations.depart, flight(99))

    async def test_values_that_do_not_fit_are_told(self, desk: Backend) -> None:
        with pytest.raises(InvalidInput, match="by: is 5, not a timedelta"):
            await desk.caller(ADA).run(Operations.postpone, flight(1), 5, "fog")  # type: ignore[arg-type]  # what is tested

    async def test_arguments_that_no_signature_takes_are_told(self, desk: Backend) -> None:
        with pytest.raises(InvalidInput, match="missing a required argument: 'by'"):
            await desk.caller(ADA).run(Operations.postpone, flight(1))  # type: ignore[call-arg]  # what is tested

    async def test_a_method_that_is_no_action_is_told(self, desk: Backend) -> None:
        with pytest.raises(UnknownName, match=r"no action .Operations.__init__."):
            desk.operation(Operations.__init__)

    async def test_what_the_application_refuses_itself_is_told(self, desk: Backend) -> None:
        with pytest.raises(ActionRefused, match="is not possible: a flight cannot") as raised:
            await desk.caller(ADA).run(Operations.swap_aircraft, flight(1), flight(1))
        assert isinstance(raised.value, ValueError)
        entry = (await entries(desk))[0]
        assert (entry.decision, entry.code) == (Decision.REFUSED, "refused")
        assert "with itself" in entry.reason

    async def test_what_fails_leaves_nothing_but_an_entry(
        self, desk: Backend, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(operations, "uuid4", lambda: UUID("no id"))
        with pytest.raises(ValueError, match="badly formed") as raised:
            await desk.caller(ADA).run(Operations.schedule, flight(1), DUE)
        assert not isinstance(raised.value, ActionRefused)
        entry = (await entries(desk))[0]
        assert (entry.decision, entry.code, entry.reason) == (Decision.FAILED, "ValueError", "")

    async def test_an_object_that_has_moved_on_is_told(self, desk: Backend) -> None:
        calls = desk.caller(ADA)
        await calls.at_version(1).run(Operations.postpone, flight(1), HOUR, "fog")
        told = r"no longer at version 1 \(delay and status and reason changed since\)"
        with pytest.raises(ObjectStale, match=told):
            await calls.at_version(1).run(Operations.postpone, flight(1), HOUR, "fog")

    async def test_a_version_that_never_was_is_told(self, desk: Backend) -> None:
        with pytest.raises(ObjectStale, match="no longer at version 9; read"):
            await desk.caller(ADA).at_version(9).run(Operations.depart, flight(1))

    async def test_a_dangling_link_is_told(self, desk: Backend) -> None:
        repository = desk.store.repository(Flight)
        lost = replace(await repository.get(flight_id(1)), origin=AirportCode("XXX"))
        with pytest.raises(LinkDangling, match="Airport 'XXX'"):
            await repository.save(lost)


class TestGuards:
    async def test_a_lifecycle_is_held_whoever_writes(self, desk: Backend) -> None:
        calls = desk.caller(ADA)
        await calls.run(Operations.depart, flight(1))
        plan = await desk.caller(EVE).preview(Operations.cancel, flight(2), "snow")
        back = replace(plan, edits=(replace(plan.edits[0], after=flight(2)),))
        assert back.edits[0].kind is EditKind.NOTHING
        departed = replace(flight(2), status=FlightStatus.DEPARTED)
        odd = replace(plan.edits[0], before=departed, after=flight(2))
        with pytest.raises(IllegalTransition, match="is departed, and cannot become scheduled"):
            await calls.commit(replace(plan, edits=(odd,)))

    async def test_an_invariant_is_held_over_links(self, desk: Backend) -> None:
        calls = desk.caller(ADA)
        for n in range(12):
            await calls.run(Operations.assign_crew, flight(1), _member(n), CrewRole.CABIN)
        with pytest.raises(InvariantBroken) as caught:
            await calls.run(Operations.assign_crew, flight(1), _member(12), CrewRole.CABIN)
        assert caught.value.rule == "fits_its_crew"
        assert "the number of crew is 13" in caught.value.cause
        assert await assigned(desk, 1) == 12

    async def test_an_invariant_of_the_object_itself_is_held(self, desk: Backend) -> None:
        await desk.caller(ADA).run(Operations.schedule, flight(2), DUE + HOUR)
        plan = await desk.caller(EVE).preview(Operations.cancel, flight(2), "snow")
        circle = replace(flight(2), destination=AirportCode("JFK"))
        odd = replace(plan.edits[0], after=circle)
        with pytest.raises(InvariantBroken, match="leads to another airport"):
            await desk.caller(ADA).commit(replace(plan, edits=(odd,)))

    async def test_an_invariant_is_held_from_every_end(self, desk: Backend) -> None:
        await desk.store.repository(Carrier).add(Carrier(id=CarrierCode("DL"), name="Delta"))
        calls = desk.caller(ADA)
        await calls.run(Operations.assign_crew, flight(1), _member(1), CrewRole.CABIN)
        plan = await desk.caller(EVE).preview(Operations.cancel, flight(1), "snow")
        moved = replace(flight(1), carrier=CarrierCode("DL"))
        odd = replace(plan.edits[0], after=moved)
        with pytest.raises(InvariantBroken, match="is employed by its carrier"):
            await calls.commit(replace(plan, edits=(odd,)))
        free = replace(flight(2), carrier=CarrierCode("DL"))
        alone = replace(odd, key=flight_id(2), before=flight(2), after=free)
        versions = {("Flight", flight_id(2)): 1}
        await calls.commit(replace(plan, edits=(alone,), versions=versions))

    async def test_a_twin_is_told_by_its_ids(self, desk: Backend) -> None:
        calls = desk.caller(ADA)
        await calls.run(Operations.assign_crew, flight(1), _member(1), CrewRole.CABIN)
        with pytest.raises(ObjectExists, match=r"CrewAssignment .* is there already"):
            await calls.run(Operations.assign_crew, flight(1), _member(1), CrewRole.CAPTAIN)


class TestPlans:
    async def test_a_preview_says_all_and_does_nothing(self, desk: Backend) -> None:
        before = await entries(desk, 100)
        plan = await desk.caller(ADA).preview(Operations.postpone, flight(1), HOUR, "fog")
        (edit,) = plan.edits
        assert edit.changes() == {
            "delay": (timedelta(0), HOUR),
            "status": (FlightStatus.SCHEDULED, FlightStatus.DELAYED),
            "reason": (None, "fog"),
        }
        assert plan.events == (FlightPostponed(flight=flight_id(1), by=HOUR, reason="fog"),)
        assert [each.rule for each in plan.rules] == ["is_dispatcher", "has_not_left"]
        assert "delay: 0:00:00 -> 1:00:00" in str(plan)
        assert await read(desk, 1) == flight(1)
        assert await entries(desk, 100) == before

    async def test_a_plan_is_committed_as_it_was_shown(self, desk: Backend) -> None:
        calls = desk.caller(ADA)
        plan = await calls.preview(Operations.postpone, flight(1), HOUR, "fog")
        outcome = await calls.commit(plan)
        assert outcome.result.delay == HOUR
        assert await read(desk, 1) == plan.edits[0].after

    async def test_a_plan_is_stale_once_what_it_read_has_changed(self, desk: Backend) -> None:
        calls = desk.caller(ADA)
        plan = await calls.preview(Operations.postpone, flight(1), HOUR, "fog")
        await calls.run(Operations.postpone, flight(1), HOUR, "snow")
        with pytest.raises(PlanStale, match="is at version 2, not 1"):
            await calls.commit(plan)

    async def test_a_plan_is_stale_once_what_it_read_is_gone(self, desk: Backend) -> None:
        plan = await desk.caller(ADA).preview(Operations.postpone, flight(1), HOUR, "fog")
        await desk.store.repository(Flight).remove(flight_id(1))
        with pytest.raises(PlanStale, match="is gone"):
            await desk.caller(ADA).commit(plan)

    async def test_a_plan_is_stale_once_what_it_searched_has_changed(self, desk: Backend) -> None:
        calls = desk.caller(ADA)
        await calls.run(Operations.assign_crew, flight(1), _member(1), CrewRole.CABIN)
        plan = await calls.preview(Operations.release_crew, flight(1))
        await calls.run(Operations.assign_crew, flight(1), _member(2), CrewRole.CABIN)
        with pytest.raises(PlanStale, match="what it searched has changed"):
            await calls.commit(plan)
        await calls.commit(await calls.preview(Operations.release_crew, flight(1)))
        assert await assigned(desk, 1) == 0

    async def test_what_must_be_approved_is_committed_by_somebody_else(self, desk: Backend) -> None:
        calls = desk.caller(ADA)
        with pytest.raises(ApprovalNeeded, match="somebody else than ada"):
            await calls.run(Operations.cancel, flight(1), "snow")
        plan = await calls.preview(Operations.cancel, flight(1), "snow")
        with pytest.raises(ApprovalNeeded):
            await calls.commit(plan)
        with pytest.raises(ActionForbidden, match="bob may not"):
            await desk.caller(BOB).commit(plan)
        await desk.caller(EVE).commit(plan)
        assert (await read(desk, 1)).status is FlightStatus.CANCELLED


class TestUndo:
    async def test_what_was_done_is_taken_back(self, desk: Backend) -> None:
        calls = desk.caller(ADA)
        outcome = await calls.run(Operations.swap_aircraft, flight(1), flight(2))
        await calls.undo(outcome.receipt)
        assert [await read(desk, n) for n in (1, 2)] == [flight(1), flight(2)]

    async def test_what_was_undone_is_undone_again(self, desk: Backend) -> None:
        calls = desk.caller(ADA)
        await calls.run(Operations.assign_crew, flight(1), _member(1), CrewRole.CABIN)
        released = await calls.run(Operations.release_crew, flight(1))
        back = await calls.undo(released.receipt)
        assert await assigned(desk, 1) == 1
        await calls.undo(back.receipt)
        assert await assigned(desk, 1) == 0

    async def test_what_was_built_upon_is_named(self, desk: Backend) -> None:
        calls = desk.caller(ADA)
        first = await calls.run(Operations.postpone, flight(1), HOUR, "fog")
        second = await calls.run(Operations.postpone, flight(1), HOUR, "fog")
        with pytest.raises(UndoConflict, match=f"was changed by {second.receipt}"):
            await calls.undo(first.receipt)

    async def test_what_is_gone_since_is_named(self, desk: Backend) -> None:
        calls = desk.caller(ADA)
        outcome = await calls.run(Operations.postpone, flight(1), HOUR, "fog")
        await desk.store.repository(Flight).remove(flight_id(1))
        with pytest.raises(UndoConflict, match="is gone"):
            await calls.undo(outcome.receipt)

    async def test_who_may_not_act_may_not_undo(self, desk: Backend) -> None:
        outcome = await desk.caller(ADA).run(Operations.postpone, flight(1), HOUR, "fog")
        with pytest.raises(ActionForbidden):
            await desk.caller(BOB).undo(outcome.receipt)

    async def test_who_may_not_act_may_not_undo_what_was_undone(self, desk: Backend) -> None:
        outcome = await desk.caller(ADA).run(Operations.postpone, flight(1), HOUR, "fog")
        undone = await desk.caller(ADA).undo(outcome.receipt)
        with pytest.raises(ActionForbidden):
            await desk.caller(BOB).undo(undone.receipt)

    async def test_what_was_no_action_is_not_undone(self, desk: Backend) -> None:
        receipt = (await entries(desk))[0].receipt
        with pytest.raises(ActionForbidden, match="transaction is an action of the application"):
            await desk.caller(ADA).undo(receipt)

    async def test_a_batch_and_a_plan_are_taken_back(self, desk: Backend) -> None:
        raws = [desk.read_call("operations.postpone", _raw(n, "PT1H")) for n in (1, 2)]
        batch = await desk.run_all(raws, desk.caller(ADA).by)
        with pytest.raises(ActionForbidden):
            await desk.caller(BOB).undo(batch.receipt)
        await desk.caller(ADA).undo(batch.receipt)
        plan = await desk.caller(ADA).preview(Operations.cancel, flight(1), "snow")
        done = await desk.caller(EVE).commit(plan)
        await desk.caller(ADA).undo(done.receipt)
        assert [await read(desk, n) for n in (1, 2)] == [flight(1), flight(2)]

    async def test_an_unknown_receipt_is_told(self, desk: Backend) -> None:
        for receipt in ("7", "x", "-1", "9" * 30):
            with pytest.raises(ObjectMissing, match="no receipt"):
                await desk.caller(ADA).undo(receipt)

    async def test_what_changed_nothing_is_not_undone(self, desk: Backend) -> None:
        with pytest.raises(ActionForbidden):
            await desk.caller(BOB).run(Operations.depart, flight(1))
        receipt = (await entries(desk))[0].receipt
        with pytest.raises(InvalidInput, match="has changed nothing"):
            await desk.caller(ADA).undo(receipt)


class TestKeys:
    async def test_the_same_call_again_does_nothing_again(self, desk: Backend) -> None:
        calls = desk.caller(ADA, key="k")
        first = await calls.run(Operations.postpone, flight(1), HOUR, "fog")
        second = await calls.run(Operations.postpone, flight(1), HOUR, "fog")
        assert second.is_replayed
        assert (second.result, second.receipt, second.touched) == (
            first.result,
            first.receipt,
            first.touched,
        )
        assert (await read(desk, 1)).delay == HOUR

    async def test_another_call_with_the_same_key_is_a_conflict(self, desk: Backend) -> None:
        calls = desk.caller(ADA, key="k")
        await calls.run(Operations.postpone, flight(1), HOUR, "fog")
        with pytest.raises(KeyReused, match="take a new one"):
            await calls.run(Operations.postpone, flight(1), 2 * HOUR, "fog")

    async def test_another_plan_with_the_same_key_is_a_conflict(self, desk: Backend) -> None:
        calls = desk.caller(ADA, key="k")
        first, second = [
            await calls.preview(Operations.postpone, flight(n), HOUR, "fog") for n in (1, 2)
        ]
        await calls.commit(first)
        assert (await calls.commit(first)).is_replayed
        with pytest.raises(KeyReused):
            await calls.commit(second)

    async def test_the_keys_of_others_are_their_own(self, desk: Backend) -> None:
        await desk.caller(ADA, key="k").run(Operations.postpone, flight(1), HOUR, "fog")
        await desk.caller(EVE, key="k").run(Operations.postpone, flight(1), HOUR, "fog")
        assert (await read(desk, 1)).delay == 2 * HOUR

    async def test_twins_run_once(self, desk: Backend) -> None:
        calls = desk.caller(ADA, key="k")
        outcomes = await asyncio.gather(
            *(calls.run(Operations.postpone, flight(1), HOUR, "fog") for _ in range(8))
        )
        assert len({each.receipt for each in outcomes}) == 1
        assert [each.is_replayed for each in outcomes].count(False) == 1
        assert (await read(desk, 1)).delay == HOUR

    async def test_a_refusal_is_not_kept(self, desk: Backend) -> None:
        calls = desk.caller(ADA, key="k")
        with pytest.raises(ObjectMissing):
            await calls.run(Operations.depart, flight(99))
        await calls.run(Operations.depart, flight(1))

    async def test_a_key_whose_time_is_over_is_forgotten(self, desk: Backend) -> None:
        keys = desk.store.keys
        calls = desk.caller(ADA, key="k")
        await calls.run(Operations.postpone, flight(1), HOUR, "fog")
        assert await keys.sweep(desk.store.database, 0) == 0
        assert await keys.sweep(desk.store.database, 2**62) == 1
        again = await calls.run(Operations.postpone, flight(1), HOUR, "fog")
        assert not again.is_replayed


class TestBatches:
    async def test_several_actions_are_done_as_one(self, desk: Backend) -> None:
        calls = [desk.read_call("operations.postpone", _raw(n, "PT1H")) for n in (1, 2, 1)]
        outcome = await desk.run_all(calls, desk.caller(ADA).by)
        assert [each.delay for each in outcome.result] == [HOUR, HOUR, 2 * HOUR]
        assert len(outcome.touched) == 2
        assert (await entries(desk))[0].action == "operations.postpone"

    async def test_one_that_is_refused_takes_all_back(self, desk: Backend) -> None:
        calls = [desk.read_call("operations.postpone", _raw(n, "PT1H")) for n in (1, 99)]
        with pytest.raises(ObjectMissing):
            await desk.run_all(calls, desk.caller(ADA).by)
        assert await read(desk, 1) == flight(1)

    async def test_what_must_be_approved_is_in_no_batch(self, desk: Backend) -> None:
        raw = {"flight": str(flight_id(1)), "reason": "snow"}
        with pytest.raises(ApprovalNeeded):
            await desk.run_all([desk.read_call("operations.cancel", raw)], desk.caller(ADA).by)

    async def test_a_batch_that_is_made_again_is_answered_again(self, desk: Backend) -> None:
        calls = [desk.read_call("operations.postpone", _raw(1, "PT1H"))]
        by = desk.caller(ADA, key="b").by
        first, second = [await desk.run_all(calls, by) for _ in range(2)]
        assert second.is_replayed
        assert second.result == first.result


class TestScenarios:
    async def test_what_would_be_is_seen_by_every_question(self, desk: Backend) -> None:
        by = desk.caller(ADA).by
        async with desk.scenario(by) as scenario:
            for n in (1, 2):
                await scenario.run(desk.read_call("operations.postpone", _raw(n, "PT1H")))
            flights = scenario.repository(Flight)
            assert await flights.count({"is_late": True}) == 2
            (group,) = await flights.find().aggregate("sum(delay)")
            assert group["sum(delay)"] == 2 * HOUR
            await scenario.run(desk.read_call("operations.postpone", _raw(1, "PT1H")))
            plan = scenario.plan
        assert len(plan.edits) == 2
        assert len(plan.events) == 3
        assert await read(desk, 1) == flight(1)
        outcome = await desk.commit(plan, by)
        assert [each["delay"] for each in outcome.result] == ["PT3600S", "PT3600S", "PT7200S"]
        assert (await read(desk, 1)).delay == 2 * HOUR
        assert (await entries(desk))[0].action == "scenario"
        await desk.undo(outcome.receipt, by)
        assert await read(desk, 1) == flight(1)

    async def test_a_step_that_is_refused_leaves_it_as_it_was(self, desk: Backend) -> None:
        by = desk.caller(ADA).by
        crowd = [_crew(1, n) for n in range(13)]
        async with desk.scenario(by) as scenario:
            for each in crowd[:12]:
                await scenario.run(desk.read_call("operations.assign_crew", each))
            before = scenario.plan
            with pytest.raises(InvariantBroken):
                await scenario.run(desk.read_call("operations.assign_crew", crowd[12]))
            assert scenario.plan.edits == before.edits
            assert scenario.plan.events == before.events
            assert await scenario.repository(CrewAssignment).count() == 12
            plan = scenario.plan
        await desk.commit(plan, by)
        assert await assigned(desk, 1) == 12

    async def test_one_that_the_database_refuses_may_go_on(self, desk: Backend) -> None:
        by = desk.caller(ADA).by
        async with desk.scenario(by) as scenario:
            await scenario.run(desk.read_call("operations.assign_crew", _crew(1, 1)))
            with pytest.raises(ObjectExists):
                await scenario.run(desk.read_call("operations.assign_crew", _crew(1, 1)))
            await scenario.run(desk.read_call("operations.assign_crew", _crew(1, 2)))
            assert await scenario.repository(CrewAssignment).count() == 2
            plan = scenario.plan
        await desk.commit(plan, by)
        assert await assigned(desk, 1) == 2

    async def test_it_is_stale_once_anything_has_changed(self, desk: Backend) -> None:
        by = desk.caller(ADA).by
        async with desk.scenario(by) as scenario:
            await scenario.run(desk.read_call("operations.postpone", _raw(1, "PT1H")))
            plan = scenario.plan
        await desk.caller(ADA).run(Operations.postpone, flight(1), HOUR, "fog")
        with pytest.raises(PlanStale, match="version 2, not 1"):
            await desk.commit(plan, by)

    async def test_what_must_be_approved_makes_all_of_it_so(self, desk: Backend) -> None:
        by = desk.caller(ADA).by
        raw = {"flight": str(flight_id(1)), "reason": "snow"}
        async with desk.scenario(by) as scenario:
            await scenario.run(desk.read_call("operations.cancel", raw))
            plan = scenario.plan
        with pytest.raises(ApprovalNeeded):
            await desk.commit(plan, by)
        await desk.commit(plan, desk.caller(EVE).by)

    async def test_it_does_not_last_for_ever(self, url: str) -> None:
        async with open_desk(url, Limits(deadline=0.1)) as desk:
            with pytest.raises(DeadlineExceeded, match="scenario took longer"):
                async with desk.scenario(desk.caller(ADA).by) as scenario:
                    assert await scenario.repository(Flight).count() == 4
                    await asyncio.sleep(1)


class TestQueries:
    async def test_a_query_is_answered(self, desk: Backend) -> None:
        airport: Any = AirportCode("JFK")
        assert await desk.caller(BOB).ask(Operations.waiting, airport) == 4

    async def test_a_query_is_no_action(self, desk: Backend) -> None:
        airport: Any = AirportCode("JFK")
        with pytest.raises(InvalidInput, match="is a query"):
            await desk.caller(BOB).run(Operations.waiting, airport)

    async def test_an_action_that_is_asked_changes_nothing(self, desk: Backend) -> None:
        with pytest.raises(EffectRefused, match="change something"):
            await desk.caller(ADA).ask(Operations.depart, flight(1))


class TestLimits:
    async def test_what_takes_too_long_is_given_up(self, url: str) -> None:
        async with (
            open_desk(url, Limits(deadline=0.3)) as desk,
            desk.store.database.transaction() as holding,
        ):
            await holding.execute("UPDATE flights SET distance = distance + 1")
            with pytest.raises(DeadlineExceeded, match=r"longer than 0\.3 s"):
                await asyncio.wait_for(desk.caller(ADA).run(Operations.depart, flight(1)), 5)

    async def test_a_time_out_of_the_action_itself_is_its_own(
        self, desk: Backend, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def late(*_: Any, **__: Any) -> None:
            raise TimeoutError("nobody answers")

        monkeypatch.setattr(desk.path._guards, "check", late)
        with pytest.raises(TimeoutError, match="nobody answers"):
            await desk.caller(ADA).run(Operations.depart, flight(1))

    async def test_who_is_never_fast_enough_is_told(
        self, desk: Backend, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def beaten(*_: Any, **__: Any) -> None:
            raise Collided

        monkeypatch.setattr(desk.path._guards, "check", beaten)
        with pytest.raises(WriteConflict, match=f"Flight {flight_id(1)} was changed meanwhile"):
            await desk.caller(ADA).run(Operations.depart, flight(1))

    async def test_a_refusal_that_cannot_be_written_down_is_told_all_the_same(
        self, desk: Backend, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def refuse(*_: Any, **__: Any) -> None:
            await desk.store.close()
            raise RequirementFailed("depart", "is_so", "It is so.")

        monkeypatch.setattr(desk.path._guards, "check", refuse)
        with pytest.raises(RequirementFailed, match="It is so"):
            await desk.caller(ADA).run(Operations.depart, flight(1))

    async def test_a_database_that_is_gone_is_told(self, desk: Backend) -> None:
        await desk.close()
        with pytest.raises(DatabaseUnavailable, match="it is closed"):
            await desk.caller(ADA).run(Operations.depart, flight(1))


def _member(number: int) -> Any:
    return member_id(number)


def _crew(number: int, member: int) -> dict[str, Any]:
    ids = {"flight": str(flight_id(number)), "member": str(member_id(member))}
    return {**ids, "role": "cabin"}


def _raw(number: int, by: str) -> dict[str, Any]:
    return {"flight": str(flight_id(number)), "by": by, "reason": "fog"}


def test_an_actor_has_roles_and_claims() -> None:
    actor = Actor("ada", frozenset({"dispatcher"}), {"carriers": ("UA",)})
    assert actor.has_role("dispatcher")
    assert actor.claim("carriers") == ("UA",)
    assert actor.claim("planes") == ()
