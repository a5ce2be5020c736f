"""Whoever writes, and how: lifecycles and invariants hold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from flights.domain.entities import Flight
from flights.domain.relationships import CrewAssignment
from flights.domain.value_objects import AirportCode, CrewRole, FlightStatus
from tests.fixtures.desk import flight, flight_id, member_id
from tests.fixtures.library.domain.entities import Branch
from tests.fixtures.library.domain.value_objects import BranchId
from triptych import Backend, CsvFile, Invariant, source
from triptych.adapters.objects.sql import SqlStore
from triptych.adapters.sources.declaration import declared_source
from triptych.domain.errors import IllegalTransition, InvariantBroken
from triptych.services.actions.guards import Guards
from triptych.services.sources import load_sources
from triptych.services.stores import open_store


async def read(desk: Backend, number: int) -> Flight:
    """Reads a flight."""
    return await desk.store.repository(Flight).get(flight_id(number))


class TestScripts:
    async def test_a_script_keeps_to_lifecycles(self, desk: Backend) -> None:
        cancelled = replace(flight(1), status=FlightStatus.CANCELLED)
        repository = desk.store.repository(Flight)
        await repository.get(cancelled.id)
        await repository.save(cancelled)
        with pytest.raises(IllegalTransition):
            await repository.save(flight(1))
        assert await read(desk, 1) == cancelled

    async def test_a_script_keeps_to_invariants(self, desk: Backend) -> None:
        with pytest.raises(InvariantBroken, match="leads to another airport"):
            async with desk.store.transaction() as transaction:
                flights = transaction.repository(Flight)
                found = await flights.get(flight_id(1))
                await flights.save(replace(found, destination=AirportCode("JFK")))
        assert await read(desk, 1) == flight(1)

    async def test_a_store_without_a_backend_keeps_to_them(self, desk: Backend, url: str) -> None:
        store = open_store("flights", url)
        await store.open()
        repository = store.repository(Flight)
        found = await repository.get(flight_id(1))
        with pytest.raises(InvariantBroken, match="leads to another airport"):
            await repository.save(replace(found, destination=AirportCode("JFK")))
        await store.close()

    async def test_more_objects_than_one_statement_can_name_are_checked(
        self, desk: Backend
    ) -> None:
        numbers = range(100, 430)
        async with desk.store.transaction() as transaction:
            for n in numbers:
                await transaction.repository(Flight).add(replace(flight(n), plane=None))
        with pytest.raises(InvariantBroken, match="no more than twelve"):
            async with desk.store.transaction() as transaction:
                crew = transaction.repository(CrewAssignment)
                for n in numbers:
                    await crew.add(_assigned(member_id(31), n))
                for n in range(13):
                    await crew.add(_assigned(member_id(n), 420))
        assert await desk.store.repository(CrewAssignment).count() == 0


def _assigned(member: Any, number: int) -> CrewAssignment:
    return CrewAssignment(member=member, flight=flight_id(number), role=CrewRole.CABIN)


@dataclass(frozen=True)
class Row:
    """A row of a file of branches."""

    id: int
    name: str


def has_a_short_name(branch: Branch) -> bool:
    """The name is short."""
    return len(branch.name) < 6


class TestLoads:
    async def test_a_load_keeps_to_invariants(self, sql_store: SqlStore, tmp_path: Path) -> None:
        def branches(row: Row) -> Branch:
            return Branch(id=BranchId(row.id), name=row.name)

        sql_store.guard = Guards(sql_store.rules, (), [Invariant(has_a_short_name)])
        path = tmp_path / "branches.csv"
        declared = declared_source(source(Branch, CsvFile(str(path)))(branches))
        assert declared is not None
        path.write_text("id,name\n1,Soho\n2,Kensington\n")
        with pytest.raises(InvariantBroken, match=r"Branch 2: The name is short"):
            await load_sources(sql_store, [declared])
        assert await sql_store.repository(Branch).count() == 0
        path.write_text("id,name\n1,Soho\n")
        await load_sources(sql_store, [declared])
        assert await sql_store.repository(Branch).count() == 1
