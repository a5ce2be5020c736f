"""The weather at the three airports of New York, hour by hour."""

from __future__ import annotations

import polars as pl

from flights.adapters.file_parsers.reference import DATA, NOTHING
from flights.domain.entities import WeatherReport
from triptych import CsvFile, source


@source(WeatherReport, CsvFile(f"{DATA}/weather.csv", missing=NOTHING))
def weather(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Reads the weather.

    When clocks were put back, one local hour came twice; in UTC each is an hour of its own.
    A pressure of a thousand millibars is written `1e3`.
    """
    hour = pl.col("time_hour").str.to_datetime(
        "%Y-%m-%dT%H:%M:%SZ", time_unit="us", time_zone="UTC"
    )
    return rows.select(
        pl.col("wind_dir").cast(pl.Int64).alias("wind.direction"),
        pl.col("wind_speed").cast(pl.Float64).alias("wind.speed"),
        pl.col("wind_gust").cast(pl.Float64).alias("wind.gust"),
        id=pl.format("{}@{}", "origin", "time_hour"),
        airport="origin",
        hour=hour,
        temperature=pl.col("temp").cast(pl.Float64),
        dew_point=pl.col("dewp").cast(pl.Float64),
        humidity=pl.col("humid").cast(pl.Float64),
        precipitation=pl.col("precip").cast(pl.Decimal(6, 2)),
        pressure=pl.col("pressure").cast(pl.Float64).round(1).cast(pl.Decimal(6, 1)),
        visibility=pl.col("visib").cast(pl.Float64),
    )
