"""Rules of the example use an index on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from flights.domain.entities import Airport, Carrier, Flight
from flights.domain.value_objects import AirportCode, CarrierCode, FlightId, Position
from tests.conftest import MakeDomain
from triptych import Table
from triptych.adapters.database.postgres import PostgresDatabase
from triptych.adapters.database.sqlite import SqliteDatabase
from triptych.adapters.objects.sql import SqlStore
from triptych.domain.errors import Misconfigured
from triptych.domain.expression import conclude, rule
from triptych.services.ontology import read_ontology

START = datetime(2024, 1, 1, tzinfo=UTC)


def leaves_from(flight: Flight, where: AirportCode) -> bool:
    return flight.origin == where


def leaves_between(flight: Flight, since: datetime, until: datetime) -> bool:
    return since <= flight.departure < until


def is_flown_by(flight: Flight, carriers: frozenset[CarrierCode]) -> bool:
    return flight.carrier in carriers


def carrier_begins(flight: Flight, letters: str) -> bool:
    return flight.carrier.startswith(letters)


def leaves_a_place_called(flight: Flight, origin: Airport, name: str) -> bool:
    return origin.name == name


RULES: list[tuple[Any, dict[str, Any], str]] = [
    (leaves_from, {"where": AirportCode("A7")}, "ix_flights_origin"),
    (leaves_between, {"since": START, "until": START + timedelta(hours=3)}, "ix_flights_departure"),
    (is_flown_by, {"carriers": {CarrierCode("C3"), CarrierCode("C4")}}, "ix_flights_carrier"),
    (carrier_begins, {"letters": "C39"}, "ix_flights_carrier"),
    (leaves_a_place_called, {"name": "Place 3"}, "ix_flights_origin"),
]


@pytest.fixture(params=["sqlite", "postgres"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[SqlStore]:
    database: Any = SqliteDatabase(":memory:")
    if request.param == "postgres":
        database = PostgresDatabase(request.getfixturevalue("postgres_url"))
    tables = [Table(Flight, indexes=(("departure",),)), Table(Airport, indexes=(("name",),))]
    made = SqlStore(read_ontology("flights"), database, tables)
    await made.open()
    async with made.transaction() as transaction:
        for number in range(40):
            await transaction.repository(Airport).add(
                Airport(
                    id=AirportCode(f"A{number}"),
                    name=f"Place {number}",
                    position=Position(0.0, 0.0),
                    altitude=0,
                )
            )
            carrier = Carrier(id=CarrierCode(f"C{number}"), name="x")
            await transaction.repository(Carrier).add(carrier)
        for number in range(2_000):
            await transaction.repository(Flight).add(_flight(number))
    await database.execute("ANALYZE")
    yield made
    await made.close()


def _flight(number: int) -> Flight:
    return Flight(
        id=FlightId(uuid7()),
        carrier=CarrierCode(f"C{number % 40}"),
        number=number,
        origin=AirportCode(f"A{number % 40}"),
        destination=AirportCode("A0"),
        departure=START + timedelta(hours=number),
        distance=100,
    )


async def test_a_rule_that_a_database_cannot_be_asked_is_refused_at_start(
    make_domain: MakeDomain, postgres_url: str
) -> None:
    modules = {
        "entities.py": (
            '"""Cities."""\nfrom __future__ import annotations\n'
            "from dataclasses import dataclass\nfrom typing import NewType\n"
            'CityId = NewType("CityId", int)\n\n\n'
            '@dataclass(frozen=True)\nclass City:\n    """One."""\n'
            "    id: CityId\n    name: str\n"
        ),
        "rules.py": (
            '"""Conditions."""\nfrom __future__ import annotations\n'
            "from .entities import City\n\n\n"
            'def is_rome(city: City) -> bool:\n    """It is Rome."""\n'
            '    return city.name.casefold() == "rome"\n'
        ),
    }
    ontology = read_ontology(make_domain(modules))
    sqlite = SqlStore(ontology, SqliteDatabase(":memory:"))
    await sqlite.open()
    await sqlite.close()
    with pytest.raises(Misconfigured, match=r"rules.py:8:12: PostgreSQL has no casefold"):
        await SqlStore(ontology, PostgresDatabase(postgres_url)).open()


async def test_equality_range_in_prefix_and_join_use_an_index(store: SqlStore) -> None:
    explain = "EXPLAIN QUERY PLAN " if store.database.dialect.name == "sqlite" else "EXPLAIN "
    for function, given, index in RULES:
        condition = conclude(rule(function, **given), store.rules.understand)
        statement, values = store.access["Flight"].count(condition)
        rows = await store.database.fetch(explain + statement.text, values)
        plan = "\n".join(str(cell) for row in rows for cell in row)
        assert index in plan, f"{function.__name__}\n{statement.text}\n{plan}"
        assert await store.repository(Flight).count(function, **given) > 0
