"""What is particular about the tables."""

from __future__ import annotations

from flights.domain.entities import Flight, WeatherReport
from triptych import Table

FLIGHTS = Table(
    Flight,
    indexes=[("origin", "departure"), ("departure",)],
    unique=[("departure", "carrier", "number", "origin")],
)
WEATHER = Table(WeatherReport, indexes=[("airport", "hour")])
