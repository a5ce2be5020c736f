"""Values that mean something: codes, a position, a state of things."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, NewType
from uuid import UUID

AirportCode = NewType("AirportCode", str)
CarrierCode = NewType("CarrierCode", str)
TailNumber = NewType("TailNumber", str)
FlightId = NewType("FlightId", UUID)
WeatherReportId = NewType("WeatherReportId", str)
CrewMemberId = NewType("CrewMemberId", UUID)

type Percent = Annotated[float, slice(0, 100)]
type Degrees = Annotated[int, range(361)]
type Seats = Annotated[int, range(1, 1000)]
type Passengers = Annotated[int, range(1000)]
type Miles = Annotated[int, range(1, 20_000)]


class FlightStatus(StrEnum):
    """How far a flight has come."""

    SCHEDULED = "scheduled"
    DELAYED = "delayed"
    DEPARTED = "departed"
    CANCELLED = "cancelled"


class CrewRole(StrEnum):
    """What a crew member does on a flight."""

    CAPTAIN = "captain"
    FIRST_OFFICER = "first officer"
    CABIN = "cabin"


@dataclass(frozen=True, slots=True)
class Position:
    """A point on the globe, in degrees.

    Attributes:
        latitude: North of the equator is positive.
        longitude: East of Greenwich is positive.
    """

    latitude: float
    longitude: float

    def __post_init__(self) -> None:
        if not (-90 <= self.latitude <= 90 and -180 <= self.longitude <= 180):
            raise ValueError(f"({self.latitude}, {self.longitude}) is not on the globe")


@dataclass(frozen=True, slots=True)
class Wind:
    """Moving air.

    Attributes:
        direction: Where it comes from, in degrees from north; none when it is still.
        speed: In miles an hour.
        gust: The strongest gust, in miles an hour.
    """

    direction: Degrees | None
    speed: float | None
    gust: float | None
