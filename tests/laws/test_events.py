"""Events: delivered at least once, in order for each object, whatever goes wrong."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from dishka import Provider, Scope

from flights.adapters.external_apis.notifier import Notifier
from flights.domain.relationships import CrewAssignment
from flights.domain.value_objects import CrewRole
from flights.services.business_logic.operations import Operations
from tests.fixtures.desk import ADA, EVE, HOUR, flight, flight_id, member_id, open_desk
from triptych import Backend
from triptych.adapters.database.database import Collided
from triptych.domain.errors import DatabaseUnavailable, Misconfigured
from triptych.services.events import Patience, Relay

QUICK = Patience(tries=3, first=0.0, idle=0.01)


class Told:
    """What was sent, and how often sending is to fail."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.failures: dict[str, int] = defaultdict(int)

    async def send(self, text: str) -> None:
        """Notes a text, or fails."""
        for word, left in self.failures.items():
            if word in text and left:
                self.failures[word] = left - 1
                raise ConnectionError("nobody answers")
        self.texts.append(text)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
async def desk(url: str, told: Told) -> AsyncIterator[Backend]:
    """Gives the example's operations desk, which tells the test instead of people."""
    stand_in = Provider(scope=Scope.APP)
    stand_in.provide(lambda: told, provides=Notifier)
    async with open_desk(url, providers=[stand_in]) as backend:
        yield backend


async def postpone(desk: Backend, number: int, reason: str) -> None:
    """Puts a flight off."""
    await desk.caller(ADA).run(Operations.postpone, flight(number), HOUR, reason)


class TestRelay:
    async def test_a_handler_hears_of_what_has_happened(self, desk: Backend, told: Told) -> None:
        await postpone(desk, 1, "fog")
        assert told.texts == []
        assert await Relay(desk).deliver_all() == 1
        assert told.texts == [f"{flight_id(1)} leaves 60 minutes later: fog"]
        assert await Relay(desk).deliver_all() == 0

    async def test_nobody_hears_of_what_was_refused(self, desk: Backend, told: Told) -> None:
        with pytest.raises(ValueError, match="itself"):
            await desk.caller(ADA).run(Operations.swap_aircraft, flight(1), flight(1))
        assert await Relay(desk).deliver_all() == 0

    async def test_one_object_is_told_of_in_order(self, desk: Backend, told: Told) -> None:
        for n in range(6):
            await postpone(desk, n % 2, f"reason {n}")
        told.failures["reason 0"] = 1
        relay = Relay(desk, QUICK)
        while sum((await relay.deliveries.counts(desk.store.database)).values()):
            await relay.deliver_all()
        even = [each[-1] for each in told.texts if str(flight_id(0)) in each]
        assert even == ["0", "2", "4"]

    async def test_what_fails_is_tried_again(self, desk: Backend, told: Told) -> None:
        await postpone(desk, 1, "fog")
        told.failures["fog"] = 2
        relay = Relay(desk, QUICK)
        for _ in range(3):
            await relay.deliver()
        assert len(told.texts) == 1

    async def test_what_fails_for_good_is_a_dead_letter(self, desk: Backend, told: Told) -> None:
        await postpone(desk, 1, "fog")
        told.failures["fog"] = 99
        relay, database = Relay(desk, QUICK), desk.store.database
        for _ in range(4):
            await relay.deliver()
        (dead,) = await relay.deliveries.listed(database, "dead")
        assert dead.error == "ConnectionError: nobody answers"
        assert (dead.handler, dead.tries) == ("Notices.tell_of_delay", 3)
        assert await relay.deliveries.counts(database) == {"waiting": 0, "dead": 1}

    async def test_a_dead_letter_is_replayed_or_dropped(self, desk: Backend, told: Told) -> None:
        relay, database = Relay(desk, QUICK), desk.store.database
        told.failures["fog"] = 6
        for n in (1, 2):
            await postpone(desk, n, "fog")
        for _ in range(4):
            await relay.deliver()
        first, second = await relay.deliveries.listed(database, "dead")
        assert await relay.deliveries.revive(database, first.id, 0) == 1
        assert await relay.deliveries.revive(database, "nothing:1.2", 0) == 0
        assert await relay.deliveries.drop(database, second.id) == 1
        assert await relay.deliver_all() == 1
        assert len(told.texts) == 1
        assert await relay.deliveries.drop(database, "all") == 0

    async def test_what_a_dead_worker_had_is_taken_again(self, desk: Backend, told: Told) -> None:
        await postpone(desk, 1, "fog")
        lost, database = Relay(desk), desk.store.database
        assert len(await lost.deliveries.claim(database, 2**60, 2**60 + 5, 10)) == 1
        assert await Relay(desk).deliver_all() == 0
        taken = await Relay(desk).deliveries.claim(database, 2**60 + 6, 2**61, 10)
        assert len(taken) == 1

    async def test_what_stands_behind_a_delivery_of_others_is_left_alone(
        self, desk: Backend, told: Told
    ) -> None:
        for n in range(3):
            await postpone(desk, 1, f"reason {n}")
        await postpone(desk, 2, "fog")
        lost, database = Relay(desk), desk.store.database
        soon = int(datetime.now(UTC).timestamp() * 1e6) + 400_000
        assert len(await lost.deliveries.claim(database, soon, soon, 1)) == 1
        relay = Relay(desk, QUICK)
        assert await relay.deliver_all() == 3
        assert [text[-3:] for text in told.texts] == ["fog"]
        left = await relay.deliveries.listed(database, "waiting")
        assert [each.tries for each in left] == [1, 0, 0]
        while sum((await relay.deliveries.counts(database)).values()):
            await relay.deliver_all()
        assert [text[-1] for text in told.texts] == ["g", "0", "1", "2"]

    async def test_what_stands_behind_a_delivery_that_failed_waits_as_long(
        self, desk: Backend, told: Told
    ) -> None:
        for n in range(3):
            await postpone(desk, 1, f"reason {n}")
        told.failures["reason 1"] = 1
        relay, database = Relay(desk, Patience(tries=3, first=60.0)), desk.store.database
        await relay.deliver_all()
        assert [text[-1] for text in told.texts] == ["0"]
        first, second = await relay.deliveries.listed(database, "waiting")
        assert (first.tries, second.tries) == (1, 0)
        assert await relay.deliver_all() == 0

    async def test_a_line_that_is_longer_than_the_lease_is_worked_on_later(
        self, desk: Backend, told: Told
    ) -> None:
        for n in range(4):
            await postpone(desk, 1, f"reason {n}")
        send = told.send

        async def slowly(text: str) -> None:
            await asyncio.sleep(0.1)
            await send(text)

        told.send = slowly  # type: ignore[method-assign]  # it takes its time
        relay = Relay(desk, Patience(tries=1, lease=0.5, limit=0.3))
        assert await relay.deliver() == 4
        assert len(told.texts) < 4
        assert await relay.deliver_all()
        assert [text[-1] for text in told.texts] == ["0", "1", "2", "3"]

    def test_a_lease_outlasts_its_handlers(self) -> None:
        with pytest.raises(Misconfigured, match="make the lease half as long again"):
            Patience(lease=30.0)

    async def test_a_handler_that_takes_too_long_has_failed(
        self, desk: Backend, told: Told
    ) -> None:
        await postpone(desk, 1, "fog")

        async def never(text: str) -> None:
            await asyncio.sleep(60)

        told.send = never  # type: ignore[method-assign]  # it does not come back
        relay = Relay(desk, Patience(tries=1, limit=0.05))
        await relay.deliver()
        (dead,) = await relay.deliveries.listed(desk.store.database, "dead")
        assert dead.error == "TimeoutError: "

    async def test_a_long_line_costs_no_more_than_a_short_one(self, desk: Backend) -> None:
        await postpone(desk, 1, "fog")
        relay, database = Relay(desk), desk.store.database
        plan = "EXPLAIN QUERY PLAN " if database.dialect.name == "sqlite" else "EXPLAIN "
        values = {"now": 2**60, "until": 2**60, "take": 10}
        claim = relay.deliveries._claim
        rows = await database.fetch(plan + claim.text, claim.arguments(values))
        assert any("ix_triptych_deliveries_due" in str(row) for row in rows)

    async def test_several_share_the_work_and_do_nothing_twice(
        self, desk: Backend, told: Told
    ) -> None:
        for n in range(20):
            await postpone(desk, n % 4, f"reason {n}")
        relays = [Relay(desk, QUICK) for _ in range(4)]
        while sum((await relays[0].deliveries.counts(desk.store.database)).values()):
            await asyncio.gather(*(each.deliver_all() for each in relays))
        assert len(told.texts) == len(set(told.texts)) == 20

    async def test_it_works_in_the_background(self, desk: Backend, told: Told) -> None:
        relay = Relay(desk, QUICK)
        relay.start()
        relay.start()
        await postpone(desk, 1, "fog")
        for _ in range(200):
            if told.texts:
                break
            await asyncio.sleep(0.01)
        await relay.stop()
        await relay.stop()
        assert len(told.texts) == 1

    async def test_a_handler_runs_actions_once_however_often_it_is_called(
        self, desk: Backend, told: Told
    ) -> None:
        member: Any = member_id(1)
        await desk.caller(ADA).run(Operations.assign_crew, flight(1), member, CrewRole.CABIN)
        plan = await desk.caller(ADA).preview(Operations.cancel, flight(1), "snow")
        await desk.caller(EVE).commit(plan)
        relay, database = Relay(desk, QUICK), desk.store.database
        (release,) = [
            each
            for each in await relay.deliveries.claim(database, 2**60, 2**61, 10)
            if each.delivery.handler == "Replanning.release_crew"
        ]
        for _ in range(2):
            await relay._handle(release.delivery, release.event)
        crew = await desk.store.repository(CrewAssignment).count({"flight": flight_id(1)})
        assert crew == 0
        done = await desk.store.ledger.latest(
            database, 10, action="operations.release_crew", decision="done"
        )
        assert [each.actor for each in done] == ["handler:Replanning.release_crew"]

    async def test_a_handler_that_is_gone_leaves_a_dead_letter(
        self, desk: Backend, told: Told
    ) -> None:
        await postpone(desk, 1, "fog")
        handler = desk.declared.handlers.pop("Notices.tell_of_delay")
        relay, database = Relay(desk, Patience(tries=1)), desk.store.database
        await relay.deliver()
        (dead,) = await relay.deliveries.listed(database, "dead")
        assert "there is no handler" in dead.error
        desk.declared.handlers[handler.name] = handler
        await database.execute("DELETE FROM triptych_events")
        await relay.deliveries.revive(database, "all", 0)
        await relay.deliver()
        (dead,) = await relay.deliveries.listed(database, "dead")
        assert "there is no event" in dead.error

    async def test_a_database_that_is_gone_costs_no_try(self, desk: Backend, told: Told) -> None:
        await postpone(desk, 1, "fog")

        async def meddle(text: str) -> None:
            raise DatabaseUnavailable("the database", text)

        told.send = meddle  # type: ignore[method-assign]  # it is gone
        relay, database = Relay(desk, QUICK), desk.store.database
        await relay.deliver()
        assert (await relay.deliveries.counts(database))["waiting"] == 1

    async def test_what_was_made_is_noted_though_another_line_stumbles(
        self, desk: Backend, told: Told, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for n in (1, 2):
            await postpone(desk, n, f"reason {n}")
        told.failures["reason 1"] = 1
        relay, database = Relay(desk, QUICK), desk.store.database

        async def collide(*_: Any) -> None:
            await asyncio.sleep(0.05)
            raise Collided

        monkeypatch.setattr(relay.deliveries, "put_off", collide)
        with pytest.raises(Collided):
            await relay.deliver()
        left = await relay.deliveries.listed(database, "waiting")
        assert [each.subject for each in left] == [f"Flight {flight_id(1)}"]

    async def test_it_goes_on_whatever_happens(
        self, desk: Backend, told: Told, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        relay = Relay(desk, QUICK)
        deliver, errors = relay.deliver, [Collided(), RuntimeError("odd")]

        async def stumbling() -> int:
            if errors:
                raise errors.pop()
            return await deliver()

        monkeypatch.setattr(relay, "deliver", stumbling)
        relay.start()
        await postpone(desk, 1, "fog")
        for _ in range(200):
            if told.texts:
                break
            await asyncio.sleep(0.01)
        await relay.stop()
        assert len(told.texts) == 1


class TestChain:
    async def test_entries_are_bound_and_found_sound(self, desk: Backend) -> None:
        chain, database = desk.store.chain, desk.store.database
        for n in range(3):
            await postpone(desk, n, "fog")
        assert (await chain.verify(database)).waiting == 4
        assert await chain.bind(database) == 4
        assert await chain.bind(database) == 0
        found = await chain.verify(database)
        assert found.is_sound
        assert (found.bound, found.waiting, len(found.head)) == (4, 0, 64)

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            ("UPDATE triptych_entries SET actor = 'bob' WHERE actor = 'ada'", "not as it was"),
            ("UPDATE triptych_entries SET content = '{}' WHERE actor = 'ada'", "was changed"),
            ("UPDATE triptych_entries SET content = NULL WHERE actor = 'ada'", "no erasure"),
            ("DELETE FROM triptych_entries WHERE actor = 'ada'", "is missing"),
            ("DELETE FROM triptych_chain WHERE position = 2", "position 2 of the chain"),
        ],
    )
    async def test_whoever_changes_the_past_is_seen(
        self, desk: Backend, change: str, told: str
    ) -> None:
        chain, database = desk.store.chain, desk.store.database
        for n in range(3):
            await postpone(desk, n, "fog")
        await chain.bind(database)
        await database.execute(change)
        found = await chain.verify(database)
        assert not found.is_sound
        assert told in found.problems[-1] or told in found.problems[0]

    async def test_several_bind_without_a_gap(self, desk: Backend) -> None:
        database = desk.store.database
        for n in range(8):
            await postpone(desk, n % 4, "fog")
        await asyncio.gather(*(desk.store.chain.bind(database) for _ in range(4)))
        found = await desk.store.chain.verify(database)
        assert found.is_sound
        assert found.bound == 9
