"""What is particular about the tables."""

from __future__ import annotations

from flights.domain.entities import Airport, Carrier, CrewMember, Flight, Plane, WeatherReport
from triptych import Table

FLIGHTS = Table(
    Flight,
    indexes=[("origin", "departure"), ("departure",)],
    unique=[("departure", "carrier", "number", "origin")],
)
AIRPORTS = Table(Airport, search=["id", "name"])
CARRIERS = Table(Carrier, search=["id", "name"])
PLANES = Table(Plane, search=["id", "kind", "manufacturer", "model", "engine"])
CREW = Table(CrewMember, search=["name"])
WEATHER = Table(WeatherReport, indexes=[("airport", "hour")])
