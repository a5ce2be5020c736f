"""What has an identity and a life."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Protocol

from flights.domain.value_objects import (
    AirportCode,
    CarrierCode,
    CrewMemberId,
    FlightId,
    FlightStatus,
    Miles,
    Passengers,
    Percent,
    Position,
    Seats,
    TailNumber,
    WeatherReportId,
    Wind,
)

LATE = timedelta(minutes=15)


class Named(Protocol):
    """What people call by a name."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """An airline."""

    id: CarrierCode
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Airport:
    """A place flights leave from and arrive at.

    Attributes:
        altitude: Above the sea, in feet.
        time_zone: The zone of its clocks, such as `America/New_York`.
    """

    id: AirportCode
    name: str
    position: Position
    altitude: int
    time_zone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plane:
    """An aircraft, known by the number on its tail.

    Attributes:
        built: The year it was made.
        model: As its maker calls it; none where only the tail number is known.
    """

    id: TailNumber
    kind: str | None = None
    manufacturer: str | None = None
    model: str | None = None
    engine: str | None = None
    engines: int | None = None
    seats: Seats | None = None
    built: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flight:
    """One scheduled departure.

    Attributes:
        number: What the carrier calls it; not unique.
        plane: The aircraft; none where a flight never had one.
        departure: When it is due to leave, in UTC.
        arrival: When it is due to arrive, in UTC; none where the zone is unknown.
        delay: How much later than due it left; negative when early.
        arrival_delay: How much later than due it arrived; none when it did not.
        air_time: How long it flew.
        distance: How far it is to go, in miles.
        reason: Why it is late, or does not take place; none where nobody said.
        passengers: How many are on board; none where nobody counted.
    """

    id: FlightId
    carrier: CarrierCode
    number: int
    plane: TailNumber | None = None
    origin: Annotated[AirportCode, "departures"]
    destination: Annotated[AirportCode, "arrivals"]
    departure: datetime
    arrival: datetime | None = None
    delay: timedelta = timedelta(0)
    arrival_delay: timedelta | None = None
    air_time: timedelta | None = None
    distance: Miles
    status: FlightStatus = FlightStatus.SCHEDULED
    reason: str | None = None
    passengers: Passengers | None = None

    @property
    def is_late(self) -> bool:
        """Whether it is more than fifteen minutes behind."""
        return self.delay > LATE

    def postponed(self, by: timedelta, reason: str | None = None) -> Flight:
        """Return this flight, later."""
        return replace(self, delay=self.delay + by, status=FlightStatus.DELAYED, reason=reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeatherReport:
    """An hour of weather at an airport.

    Attributes:
        hour: When it was observed, in UTC.
        temperature: In degrees Fahrenheit.
        dew_point: In degrees Fahrenheit.
        precipitation: In inches.
        pressure: In millibars.
        visibility: In miles.
    """

    id: WeatherReportId
    airport: Annotated[AirportCode, "weather"]
    hour: datetime
    temperature: float | None
    dew_point: float | None
    humidity: Percent | None
    wind: Wind
    precipitation: Decimal
    pressure: Decimal | None
    visibility: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CrewMember:
    """Somebody who works on flights.

    Attributes:
        languages: Spoken well enough for an announcement, as ISO 639 codes.
    """

    id: CrewMemberId
    name: str
    carrier: Annotated[CarrierCode, "crew"]
    languages: frozenset[str] = frozenset()
