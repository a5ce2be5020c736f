"""One rule for each construct, for the table in the guide: its source, and its SQL."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from datetime import timedelta

from flights.domain.entities import Airport, CrewMember, Flight, Plane, WeatherReport
from flights.domain.rules import has_not_left
from flights.domain.value_objects import CarrierCode, FlightStatus
from triptych import read_ontology
from triptych.adapters.database.dialect import Dialect
from triptych.adapters.database.postgres_dialect import PostgresDialect
from triptych.adapters.database.sqlite_dialect import SqliteDialect
from triptych.adapters.expression.reader import RuleReader
from triptych.adapters.objects.access import Access, make_access
from triptych.domain.expression import Condition, conclude, rule

type Construct = Callable[..., bool]


def equality(flight: Flight) -> bool:
    return flight.origin == "JFK"


def inequality_with_what_may_be_missing(flight: Flight) -> bool:
    return flight.plane != "N14228"


def order_and_chains(flight: Flight) -> bool:
    return timedelta(minutes=15) < flight.delay <= timedelta(hours=1)


def negation(flight: Flight) -> bool:
    return not (flight.distance > 1000 and flight.origin == "JFK")


def missing(flight: Flight) -> bool:
    return flight.arrival is None


def asked_before_it_is_used(flight: Flight) -> bool:
    return flight.air_time is not None and flight.air_time > timedelta(hours=5)


def among_constants(flight: Flight) -> bool:
    return flight.status in (FlightStatus.SCHEDULED, FlightStatus.DELAYED)


def among_arguments(flight: Flight, carriers: frozenset[CarrierCode]) -> bool:
    return flight.carrier in carriers


def among_stored_values(member: CrewMember) -> bool:
    return "de" in member.languages


def either_of_two(flight: Flight) -> bool:
    return flight.distance > 2000 if flight.origin == "JFK" else flight.distance > 1000


def guards(flight: Flight) -> bool:
    if flight.arrival_delay is None:
        return False
    return flight.arrival_delay > flight.delay


def sums(flight: Flight) -> bool:
    return flight.distance * 2 + 1 > 5000


def instants_and_durations(flight: Flight, airborne: timedelta) -> bool:
    return flight.arrival is not None and flight.arrival - flight.departure > airborne


def parts_of_an_instant(flight: Flight) -> bool:
    return flight.departure.month == 2


def prefix(flight: Flight, letters: str) -> bool:
    return flight.carrier.startswith(letters)


def substring_in_lower_case(airport: Airport, part: str) -> bool:
    return part in airport.name.lower()


def parts_of_value_objects(report: WeatherReport) -> bool:
    return report.wind.speed is not None and report.wind.speed > 30


def linked_object(flight: Flight, origin: Airport) -> bool:
    return origin.altitude > 1000


def linked_object_that_may_be_missing(flight: Flight, plane: Plane | None) -> bool:
    return plane is not None and plane.seats is not None and plane.seats > 300


def any_of_a_link(airport: Airport, departures: tuple[Flight, ...]) -> bool:
    return any(flight.is_late for flight in departures)


def all_of_a_link(airport: Airport, departures: tuple[Flight, ...]) -> bool:
    return all(flight.distance < 3000 for flight in departures)


def number_of_a_link(airport: Airport, departures: tuple[Flight, ...]) -> bool:
    return len(departures) > 100


def other_rules_and_properties(flight: Flight) -> bool:
    return has_not_left(flight) and flight.is_late


_GIVEN = {
    "carriers": frozenset({"UA", "AA"}),
    "letters": "U",
    "part": "inter",
    "airborne": timedelta(hours=5),
}


def table() -> str:
    """Writes the table, by reading and compiling each rule of this page."""
    rows = ["| construct | Python | SQLite | PostgreSQL |", "|---|---|---|---|"]
    rows += [f"| {' | '.join(cells)} |" for cells in _rows()]
    return "\n".join(rows)


def _rows() -> Iterator[tuple[str, ...]]:
    ontology = read_ontology("flights")
    reader = RuleReader(ontology)
    dialects: list[Dialect] = [SqliteDialect(), PostgresDialect()]
    accesses = [make_access(reader, each) for each in dialects]
    for name, function in globals().copy().items():
        if not inspect.isfunction(function) or function.__module__ != __name__:
            continue
        if name.startswith("_") or name == "table":
            continue
        parameters = reader.understand(function).parameters
        criterion = rule(function, **{each: _GIVEN[each] for each in parameters})
        condition = conclude(criterion, reader.understand)
        body = inspect.getsource(function).partition("\n")[2]
        python = " ".join(body.split()).removeprefix("return ")
        found = (_said(each[condition.type_name], condition) for each in accesses)
        yield name.replace("_", " "), f"`{python}`", *found


def _said(access: Access, condition: Condition) -> str:
    text = " ".join(access.count(condition)[0].text.split())
    text = re.sub(r"^SELECT count\(\*\) AS count_1 FROM \w+ ", "", text)
    return f"`{text}`".replace("|", "\\|")
