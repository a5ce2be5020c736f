"""The past: whatever was is asked as whatever is, on every database."""

from __future__ import annotations

import asyncio
import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from flights.domain.entities import Airport, Carrier, CrewMember, Flight
from flights.domain.relationships import CrewAssignment
from flights.domain.value_objects import CarrierCode, CrewRole
from flights.services.business_logic.operations import Operations
from tests.fixtures.desk import ADA, HOUR, flight, flight_id, member_id
from tests.fixtures.library.domain.entities import Author, Book
from tests.fixtures.library.domain.value_objects import AuthorId, BookId, Pages
from triptych import Backend
from triptych.adapters.database.database import Collided
from triptych.adapters.objects.sql import SqlStore
from triptych.adapters.objects.work import Work
from triptych.domain.actions import EditKind
from triptych.domain.errors import (
    InvalidInput,
    NotKept,
    ObjectLinked,
    ObjectMissing,
    ObjectStale,
    WriteConflict,
)
from triptych.services.events import Patience, Relay
from triptych.services.forgetting import Archive
from triptych.services.ledger import History
from triptych.services.objects import Browser


async def last(store: SqlStore) -> int:
    """Names the latest entry of the ledger."""
    return (await store.ledger.latest(store.database, 1))[0].number


class TestAsOf:
    async def test_every_moment_is_as_it_was(self, sql_store: SqlStore) -> None:
        chance = random.Random(7)
        authors = [Author(id=AuthorId(UUID(int=n)), name=f"Author {n}") for n in range(3)]
        for each in authors:
            await sql_store.repository(Author).add(each)
        was: list[tuple[int, dict[Any, Book]]] = []
        there: dict[Any, Book] = {}
        for step in range(60):
            books = sql_store.repository(Book)
            key = BookId(f"b{chance.randrange(5)}")
            held = tuple(each.id for each in authors if chance.random() < 0.5)
            made = Book(id=key, title=f"Title {step}", pages=Pages(step), authors=held)
            if key not in there:
                await books.add(made)
                there = {**there, key: made}
            elif chance.random() < 0.3:
                await books.remove(key)
                there = {name: each for name, each in there.items() if name != key}
            else:
                await books.get(key)
                await books.save(made)
                there = {**there, key: made}
            was.append((await last(sql_store), there))
        for entry, expected in was:
            past = sql_store.as_of(entry).repository(Book)
            assert {each.id: each for each in await past.find()} == expected
            assert await past.count({"pages.gt": 20}) == sum(
                each.pages > 20 for each in expected.values()
            )
            by = past.find({"authors.contains": authors[0].id})
            assert await by.count() == sum(
                authors[0].id in each.authors for each in expected.values()
            )
            groups = await past.find().aggregate("sum(pages)")
            assert groups[0]["sum(pages)"] == sum(each.pages for each in expected.values())

    async def test_links_are_followed_in_the_same_time(self, desk: Backend) -> None:
        before = await last(desk.store)
        await desk.caller(ADA).run(Operations.postpone, flight(1), HOUR, "fog")
        for entry, late in ((before, 0), (await last(desk.store), 1)):
            past = desk.store.as_of(entry).repository(Airport)
            leaving = past.find({"id": "JFK"}).around("departures", {"is_late": True})
            assert await leaving.count() == late

    async def test_a_moment_is_a_time_or_a_receipt(self, desk: Backend) -> None:
        start = datetime.now(UTC)
        outcome = await desk.caller(ADA).run(Operations.postpone, flight(1), HOUR, "fog")
        browser = Browser(desk.store)
        of = browser.ontology.object_type("flight")
        key = [str(flight_id(1))]
        then = await browser.at(start.isoformat()).get(of, key)
        now = await browser.at(outcome.receipt).get(of, key)
        assert json.loads(then.text)["delay"] == "PT0S"
        assert json.loads(now.text)["delay"] == "PT3600S"
        for text in ("yesterday", "2026-01-01T00:00:00", ""):
            with pytest.raises(InvalidInput, match="as_of"):
                browser.at(text)

    async def test_a_time_in_no_zone_is_refused(self, desk: Backend) -> None:
        with pytest.raises(InvalidInput, match="in no time zone"):
            desk.store.as_of(datetime(2026, 1, 1))

    async def test_words_are_found_in_what_is_only(self, desk: Backend) -> None:
        past = desk.store.as_of(datetime.now(UTC)).repository(Airport)
        with pytest.raises(InvalidInput, match="not in what was"):
            await past.find(search="kennedy")
        with pytest.raises(InvalidInput, match="not in what was"):
            await past.find(search="kennedy", order="name")

    async def test_a_clock_that_goes_back_keeps_the_order(self, desk: Backend) -> None:
        first = await desk.caller(ADA).run(Operations.postpone, flight(1), HOUR, "fog")
        desk.store.ticker._now = lambda: datetime.now(UTC) - timedelta(days=1)
        desk.store.ticker._last = 0
        second = await desk.caller(ADA).run(Operations.postpone, flight(1), HOUR, "fog")
        assert int(second.receipt) > int(first.receipt)
        past = desk.store.as_of(int(first.receipt)).repository(Flight)
        assert (await past.get(flight_id(1))).delay == HOUR


class TestHistory:
    async def test_a_timeline_tells_who_did_what(self, desk: Backend) -> None:
        calls = desk.caller(ADA)
        await calls.run(Operations.postpone, flight(1), HOUR, "fog")
        await calls.run(Operations.depart, flight(1))
        await desk.store.repository(Flight).remove(flight_id(1))
        of = desk.store.ontology.object_type("flight")
        changes = await History(desk.store).timeline(of, [str(flight_id(1))])
        assert [each.edit.kind for each in changes] == [
            EditKind.REMOVED,
            EditKind.CHANGED,
            EditKind.CHANGED,
            EditKind.ADDED,
        ]
        assert [each.edit.version for each in changes] == [3, 2, 1, 0]
        told = [each.entry.action for each in changes if each.entry]
        assert told == [
            "Flight.remove",
            "operations.depart",
            "operations.postpone",
            "transaction",
        ]

    async def test_a_timeline_of_nothing_is_told(self, desk: Backend) -> None:
        of = desk.store.ontology.object_type("flight")
        for ask in (History(desk.store).timeline(of, [str(flight_id(99))]),):
            with pytest.raises(ObjectMissing):
                await ask

    async def test_a_difference_is_one_edit(self, desk: Backend) -> None:
        start = await last(desk.store)
        for _ in range(3):
            await desk.caller(ADA).run(Operations.postpone, flight(1), HOUR, "fog")
        of = desk.store.ontology.object_type("flight")
        edit = await History(desk.store).difference(of, [str(flight_id(1))], start)
        assert edit.changes()["delay"] == (timedelta(0), 3 * HOUR)
        gone = await History(desk.store).difference(of, [str(flight_id(99))], start)
        assert gone.kind is EditKind.NOTHING


class TestErasure:
    async def test_what_is_erased_is_gone_and_the_chain_is_sound(self, desk: Backend) -> None:
        store = desk.store
        members, key = store.repository(CrewMember), member_id(1)
        await members.save(replace(await members.get(key), name="Secret Name"))
        calls = desk.caller(ADA, key="k")
        member: Any = key
        assigned = await calls.run(Operations.assign_crew, flight(1), member, CrewRole.CABIN)
        await store.chain.bind(store.database)
        of = store.ontology.object_type("crew-member")
        with pytest.raises(ObjectLinked, match="still has assignments"):
            await Archive(store).erase(of, [str(key)], ADA)
        await store.repository(CrewAssignment).remove((key, flight_id(1)))
        assert await Archive(store).erase(of, [str(key)], ADA) == 4
        for table in (
            "crew_members",
            "crew_members__history",
            "triptych_entries",
            "triptych_events",
            "triptych_keys",
            "triptych_plans",
            "triptych_deliveries",
        ):
            rows = await store.database.fetch(f"SELECT * FROM {table}")
            assert not any(str(key) in str(tuple(row)) for row in rows), table
            assert not any("Secret Name" in str(tuple(row)) for row in rows), table
        await store.chain.bind(store.database)
        assert (await store.chain.verify(store.database)).is_sound
        emptied = await store.ledger.get(store.database, assigned.receipt)
        assert (emptied.actor, emptied.parameters, emptied.touched) == ("ada", {}, ())

    async def test_what_is_changed_meanwhile_is_not_erased(
        self, desk: Backend, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def beaten(*_: Any) -> None:
            raise Collided

        monkeypatch.setattr(Work, "commit", beaten)
        of = desk.store.ontology.object_type("flight")
        with pytest.raises(WriteConflict, match="was changed meanwhile"):
            await Archive(desk.store).erase(of, [str(flight_id(1))], ADA)

    async def test_what_was_removed_before_is_erased_too(self, desk: Backend) -> None:
        store, key = desk.store, flight_id(1)
        await store.repository(Flight).remove(key)
        of = store.ontology.object_type("flight")
        await Archive(store).erase(of, [str(key)], ADA)
        with pytest.raises(ObjectMissing):
            await History(store).timeline(of, [str(key)])
        with pytest.raises(ObjectMissing):
            await Archive(store).erase(of, [str(key)], ADA)

    async def test_a_short_id_is_no_part_of_other_texts(self, desk: Backend) -> None:
        store = desk.store
        carriers = store.repository(Carrier)
        await carriers.add(Carrier(id=CarrierCode("fo"), name="Short"))
        outcome = await desk.caller(ADA).run(Operations.postpone, flight(1), HOUR, "fog")
        of = store.ontology.object_type("carrier")
        assert await Archive(store).erase(of, ["fo"], ADA) == 1
        entry = await store.ledger.get(store.database, outcome.receipt)
        assert entry.parameters["reason"] == "fog"

    async def test_links_to_many_are_erased(self, sql_store: SqlStore) -> None:
        author = Author(id=AuthorId(UUID(int=1)), name="Sappho")
        await sql_store.repository(Author).add(author)
        books = sql_store.repository(Book)
        await books.add(Book(id=BookId("b1"), title="Odes", authors=(author.id,)))
        await books.save(Book(id=BookId("b1"), title="Odes"))
        of = sql_store.ontology.object_type("book")
        await Archive(sql_store).erase(of, ["b1"], ADA)
        joined = sql_store.access["Book"].stored.joined["authors"]
        history = sql_store.access["Book"].stored.history[joined.name]
        assert await sql_store.database.fetch(f"SELECT * FROM {history.name}") == []


class TestForgetting:
    async def test_what_was_over_is_forgotten_and_the_chain_is_sound(self, desk: Backend) -> None:
        store, relay, calls = desk.store, Relay(desk), desk.caller(ADA)
        old = await calls.run(Operations.postpone, flight(1), HOUR, "fog")
        await relay.deliver_all()
        before = await _later()
        new = await calls.run(Operations.postpone, flight(1), HOUR, "snow")
        assert await Archive(store).forget(before, ADA) == before
        await store.chain.bind(store.database)
        assert (await store.chain.verify(store.database)).is_sound
        of = store.ontology.object_type("flight")
        key = [str(flight_id(1))]
        assert [str(each.number) for each in await History(store).timeline(of, key)] == [
            new.receipt
        ]
        assert (await store.as_of(before).repository(Flight).get(flight_id(1))).delay == HOUR
        with pytest.raises(NotKept, match="ask about"):
            await store.as_of(int(old.receipt) - 1).repository(Flight).get(flight_id(1))
        with pytest.raises(NotKept):
            await History(store).difference(of, key, int(old.receipt) - 1)
        emptied = await store.ledger.get(store.database, old.receipt)
        assert (emptied.actor, emptied.action, emptied.parameters) == (
            "ada",
            "operations.postpone",
            {},
        )
        rows = await store.database.fetch("SELECT type, entry FROM triptych_events")
        assert [str(row[1]) for row in rows] == [new.receipt]
        assert len(await store.database.fetch("SELECT 1 FROM flights__history")) == 1

    async def test_what_was_done_before_is_not_undone(self, desk: Backend) -> None:
        calls = desk.caller(ADA)
        old = await calls.run(Operations.postpone, flight(1), HOUR, "fog")
        new = await calls.run(Operations.postpone, flight(1), HOUR, "snow")
        await Archive(desk.store).forget(await _later(), ADA)
        for each in (old, new):
            with pytest.raises(NotKept):
                await calls.undo(each.receipt)
        found = desk.store.repository(Flight)
        assert (await found.get(flight_id(1))).delay == 2 * HOUR
        with pytest.raises(ObjectStale, match="no longer at version 1; read"):
            await calls.at_version(1).run(Operations.postpone, flight(1), HOUR, "fog")

    async def test_events_that_are_still_to_be_delivered_stay(self, desk: Backend) -> None:
        await desk.caller(ADA).run(Operations.postpone, flight(1), HOUR, "fog")
        await Archive(desk.store).forget(await _later(), ADA)
        assert await Relay(desk).deliver_all() == 1

    async def test_it_goes_on_from_where_it_was(self, desk: Backend) -> None:
        archive, calls = Archive(desk.store), desk.caller(ADA)
        await calls.run(Operations.postpone, flight(1), HOUR, "fog")
        later = await _later()
        await archive.forget(later, ADA)
        assert await archive.forget(later - HOUR, ADA) == later
        said = await desk.store.ledger.latest(desk.store.database, 10, action="forget")
        assert len(said) == 1

    async def test_nothing_is_forgotten_that_is_still_to_come(self, desk: Backend) -> None:
        archive = Archive(desk.store)
        with pytest.raises(InvalidInput, match="still to come"):
            await archive.forget(datetime.now(UTC) + HOUR, ADA)
        with pytest.raises(InvalidInput, match="in no time zone"):
            await archive.forget(datetime(2026, 1, 1), ADA)

    async def test_the_relay_forgets_where_it_is_told_to(self, desk: Backend) -> None:
        relay = Relay(desk, Patience(keep_days=1))
        await relay.deliver_all()
        (said,) = await desk.store.ledger.latest(desk.store.database, 10, action="forget")
        assert said.actor == "system"


async def _later() -> datetime:
    """Returns a moment after everything so far, and before everything from now on."""
    await asyncio.sleep(0.002)
    now = datetime.now(UTC)
    await asyncio.sleep(0.002)
    return now
