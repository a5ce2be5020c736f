"""Thirty-two clients at once: nothing is lost, doubled, or broken, on every database."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from flights.domain.entities import Flight
from flights.domain.relationships import CrewAssignment
from flights.domain.value_objects import CrewRole
from flights.services.business_logic.operations import Operations
from tests.fixtures.desk import ADA, DUE, HOUR, flight, flight_id, member_id
from triptych import Backend
from triptych.adapters.database.database import Collided
from triptych.adapters.objects.work import Work
from triptych.domain.actions import Decision
from triptych.domain.errors import (
    InvariantBroken,
    ObjectExists,
    RequirementFailed,
    UndoConflict,
    WriteConflict,
)
from triptych.services.actions.path import Deed, Done
from triptych.services.events import Relay

CLIENTS = 32


async def at_once(calls: Iterable[Awaitable[Any]]) -> Counter[str]:
    """Makes calls side by side, and counts what came of them by the kind of error."""
    ends = await asyncio.gather(*calls, return_exceptions=True)
    return Counter("done" if not isinstance(e, Exception) else type(e).__name__ for e in ends)


async def read(desk: Backend, number: int) -> Flight:
    """Reads a flight."""
    return await desk.store.repository(Flight).get(flight_id(number))


def member(number: int) -> Any:
    """Names a crew member, as calls take them."""
    return member_id(number)


class TestOneObject:
    async def test_no_update_is_lost(self, desk: Backend) -> None:
        calls = desk.caller(ADA)
        ends = await at_once(
            calls.run(Operations.postpone, flight(1), HOUR, "fog") for _ in range(CLIENTS)
        )
        assert ends == {"done": CLIENTS}
        assert (await read(desk, 1)).delay == CLIENTS * HOUR

    async def test_of_many_who_undo_one_does(self, desk: Backend) -> None:
        calls = desk.caller(ADA)
        outcome = await calls.run(Operations.postpone, flight(1), HOUR, "fog")
        ends = await at_once(calls.undo(outcome.receipt) for _ in range(CLIENTS))
        assert ends == {"done": 1, UndoConflict.__name__: CLIENTS - 1}
        assert await read(desk, 1) == flight(1)

    async def test_previews_meanwhile_change_nothing(self, desk: Backend) -> None:
        calls = desk.caller(ADA)
        some = CLIENTS // 2
        ends = await at_once(
            [
                *(calls.preview(Operations.postpone, flight(1), HOUR, "x") for _ in range(some)),
                *(calls.run(Operations.postpone, flight(1), HOUR, "fog") for _ in range(some)),
            ]
        )
        assert ends == {"done": CLIENTS}
        assert (await read(desk, 1)).delay == some * HOUR

    async def test_of_many_who_commit_a_plan_one_does(self, desk: Backend) -> None:
        calls = desk.caller(ADA)
        plan = await calls.preview(Operations.postpone, flight(1), HOUR, "fog")
        ends = await at_once(calls.commit(plan) for _ in range(CLIENTS))
        assert ends == {"done": 1, "PlanStale": CLIENTS - 1}
        assert (await read(desk, 1)).delay == HOUR

    async def test_twins_with_one_key_are_done_once(self, desk: Backend) -> None:
        calls = desk.caller(ADA, key="k1")
        ends = await at_once(
            calls.run(Operations.postpone, flight(1), HOUR, "fog") for _ in range(CLIENTS)
        )
        assert ends == {"done": CLIENTS}
        assert (await read(desk, 1)).delay == HOUR


class TestSets:
    async def test_overlapping_sets_keep_what_is_in_them(self, desk: Backend) -> None:
        calls = desk.caller(ADA)
        pairs = [(n % 4, (n + 1 + n // 4 % 3) % 4) for n in range(CLIENTS)]
        ends = await at_once(
            calls.run(Operations.swap_aircraft, flight(a), flight(b)) for a, b in pairs
        )
        assert ends == {"done": CLIENTS}
        planes = [(await read(desk, n)).plane for n in range(4)]
        assert sorted(str(each) for each in planes) == ["N0", "N1", "N2", "N3"]

    async def test_a_rule_over_a_set_is_never_broken(self, desk: Backend) -> None:
        calls = desk.caller(ADA)
        ends = await at_once(
            calls.run(Operations.assign_crew, flight(1), member(n), CrewRole.CABIN)
            for n in range(CLIENTS)
        )
        assert ends == {"done": 12, InvariantBroken.__name__: CLIENTS - 12}
        crew = await desk.store.repository(CrewAssignment).count({"flight": flight_id(1)})
        assert crew == 12

    async def test_of_many_twins_one_is_added(self, desk: Backend) -> None:
        calls = desk.caller(ADA)
        ends = await at_once(
            calls.run(Operations.assign_crew, flight(1), member(1), CrewRole.CABIN)
            for _ in range(CLIENTS)
        )
        assert ends == {"done": 1, ObjectExists.__name__: CLIENTS - 1}

    async def test_a_unique_set_holds_one_of_each(self, desk: Backend) -> None:
        calls, due = desk.caller(ADA), DUE + timedelta(days=1)
        ends = await at_once(
            calls.run(Operations.schedule, flight(n % 4), due) for n in range(CLIENTS)
        )
        assert ends == {"done": 4, ObjectExists.__name__: CLIENTS - 4}
        assert await desk.store.repository(Flight).count({"departure": due}) == 4


class TestTornReads:
    async def test_what_was_read_between_two_writes_of_others_is_not_acted_upon(
        self, desk: Backend
    ) -> None:
        calls, store = desk.caller(ADA), desk.store
        async with Work(store) as work:
            flights = work.repository(Flight)
            first = await flights.get(flight_id(1))
            await calls.run(Operations.swap_aircraft, flight(1), flight(2))
            second = await flights.get(flight_id(2))
            # As read, both have the same aircraft: to exchange them would change nothing.
            await flights.save(replace(first, plane=second.plane))
            await flights.save(replace(second, plane=first.plane))
            assert not work.changed
            with pytest.raises(Collided):
                await work.commit(lambda *_: ())

    async def test_nothing_is_refused_because_of_what_never_was(self, desk: Backend) -> None:
        calls = desk.caller(ADA)
        tries: list[Flight] = []

        async def once(work: Work) -> int:
            flights = work.repository(Flight)
            first = await flights.get(flight_id(1))
            if not tries:
                await calls.run(Operations.swap_aircraft, flight(1), flight(2))
            tries.append(first)
            second = await flights.get(flight_id(2))
            if first.plane == second.plane:
                raise RequirementFailed("swap", "have_two", "The flights have two aircraft.")
            return len(tries)

        assert await desk.path.race(Deed(name="swap", do=_nothing), once) == 2

    async def test_who_may_not_be_tried_again_is_told_what_has_changed(self, desk: Backend) -> None:
        calls = desk.caller(ADA)

        async def once(work: Work) -> None:
            flights = work.repository(Flight)
            found = await flights.get(flight_id(1))
            await flights.get(flight_id(2))
            await calls.run(Operations.postpone, flight(1), HOUR, "fog")
            await flights.save(replace(found, number=7))
            await work.commit(lambda *_: ())

        deed = Deed(name="renumber", do=_nothing, is_pure=False)
        with pytest.raises(WriteConflict) as raised:
            await desk.path.race(deed, once)
        said = f"Flight {flight_id(1)} (delay and status and reason) was changed meanwhile"
        assert str(raised.value).startswith(said)


async def _nothing(_: Work) -> Done:
    return Done()


class TestAllSorts:
    async def test_whatever_is_asked_for_at_once_adds_up(self, desk: Backend) -> None:
        calls, first = desk.caller(ADA), flight(0)
        undone = [await calls.run(Operations.postpone, flight(3), HOUR, "x") for _ in range(1)]
        sorts: list[Awaitable[Any]] = []
        for n in range(CLIENTS // 4):
            sorts += [
                calls.run(Operations.postpone, flight(n % 2), HOUR, "fog"),
                calls.preview(Operations.swap_aircraft, flight(1), flight(2)),
                calls.run(Operations.swap_aircraft, flight(1), flight(2)),
                calls.undo(undone[0].receipt),
            ]
        ends = await at_once(sorts)
        assert ends == {"done": 25, UndoConflict.__name__: 7}
        found = [await read(desk, n) for n in range(4)]
        assert [each.delay for each in found] == [4 * HOUR, 4 * HOUR, timedelta(0), timedelta(0)]
        assert [str(each.plane) for each in found] == ["N0", "N1", "N2", "N3"]
        assert found[0] == replace(
            first, delay=found[0].delay, status=found[0].status, reason="fog"
        )
        relay, database = Relay(desk), desk.store.database
        await relay.deliver_all()
        assert (await desk.store.chain.verify(database)).is_sound
        done = await desk.store.ledger.latest(database, 100, decision=str(Decision.DONE))
        assert sum(each.actor == "ada" for each in done) == 18
