"""The flights themselves: every one that left New York in 2013."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from flights.adapters.file_parsers.reference import DATA, FLIGHTS
from flights.domain.entities import Flight
from triptych import CsvFile, source


@source(Flight, FLIGHTS)
def scheduled_flights(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Reads the flights.

    A flight without a departure time was cancelled. One without a tail number never had an
    aircraft. `time_hour` is the scheduled hour in UTC; the minute is a column of its own.
    Arrivals are due at a local time of the destination, on the first day on which that time
    comes after the departure.
    """
    hour = pl.col("time_hour").str.to_datetime(
        "%Y-%m-%dT%H:%M:%SZ", time_unit="us", time_zone="UTC"
    )
    departure = hour + pl.duration(minutes=pl.col("minute").cast(pl.Int64))
    day = pl.date(*(pl.col(part).cast(pl.Int64) for part in ("year", "month", "day")))
    clock = pl.col("sched_arr_time").cast(pl.Int64)
    local = day.cast(pl.Datetime("us")) + pl.duration(hours=clock // 100, minutes=clock % 100)
    same_day, next_day = (pl.col(name).dt.replace_time_zone("UTC") for name in ("local", "next"))
    is_past = same_day - pl.col("offset") < pl.col("departure")
    return (
        rows.with_columns(departure=departure, local=local)
        .join(_zones(), left_on="dest", right_on="faa", how="left", maintain_order="left")
        .with_columns(next=pl.col("local") + pl.duration(days=1))
        .with_columns(
            hour_key=pl.col("local").dt.truncate("1h"), next_key=pl.col("next").dt.truncate("1h")
        )
        .join(
            _offsets(),
            left_on=["zone", "hour_key"],
            right_on=["zone", "local_hour"],
            how="left",
            maintain_order="left",
        )
        .join(
            _offsets(),
            left_on=["zone", "next_key"],
            right_on=["zone", "local_hour"],
            how="left",
            maintain_order="left",
            suffix="_next",
        )
        .with_columns(
            arrival=pl.when(is_past)
            .then(next_day - pl.col("offset_next"))
            .otherwise(same_day - pl.col("offset"))
        )
        .select(
            id=_flight_id(),
            carrier="carrier",
            number=pl.col("flight").cast(pl.Int64),
            plane="tailnum",
            origin="origin",
            destination="dest",
            departure="departure",
            arrival="arrival",
            delay=_minutes("dep_delay").fill_null(pl.duration(minutes=0)),
            arrival_delay=_minutes("arr_delay"),
            air_time=_minutes("air_time"),
            distance=pl.col("distance").cast(pl.Int64),
            status=pl.when(pl.col("dep_time").is_null())
            .then(pl.lit("cancelled"))
            .otherwise(pl.lit("departed")),
        )
    )


def _minutes(column: str) -> pl.Expr:
    return pl.duration(minutes=pl.col(column).cast(pl.Int64))


def _flight_id() -> pl.Expr:
    """Derives the id from what makes a flight unique: hour, carrier and number.

    It is a UUID of version 8, which is free to say what it likes: date, hour, the carrier's
    letters as hexadecimal, number. So the same row has the same id on every load.
    """
    hour = pl.col("time_hour")
    return pl.format(
        "{}{}{}-{}00-8000-8000-{}{}",
        hour.str.slice(0, 4),
        hour.str.slice(5, 2),
        hour.str.slice(8, 2),
        hour.str.slice(11, 2),
        pl.col("carrier").str.encode("hex"),
        pl.col("flight").str.zfill(8),
    )


def _zones() -> pl.LazyFrame:
    """The time zone of every airport."""
    listed = pl.scan_csv(
        CsvFile(f"{DATA}/airports.csv").found(), infer_schema=False, null_values="NA"
    )
    unlisted = CsvFile("package:flights/adapters/file_parsers/unlisted_airports.csv").found()
    both = [listed, pl.scan_csv(unlisted, infer_schema=False)]
    return pl.concat([each.select("faa", zone="tzone") for each in both])


def _offsets() -> pl.LazyFrame:
    """How far local clocks are ahead of UTC, for every local hour of the year and zone.

    An hour that clocks skip has no offset; of one that comes twice, the first is meant.
    """
    first, last = datetime(2013, 1, 1), datetime(2014, 1, 2, 23)
    hours = pl.LazyFrame().select(
        local_hour=pl.datetime_range(first, last, "1h", time_unit="us", eager=False)
    )
    zoned = (
        hours.with_columns(
            zone=pl.lit(zone),
            instant=pl.col("local_hour")
            .dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
            .dt.convert_time_zone("UTC")
            .dt.replace_time_zone(None),
        )
        for zone in ZONES
    )
    return pl.concat(zoned).select(
        "zone", "local_hour", offset=pl.col("local_hour") - pl.col("instant")
    )


ZONES = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
    "America/Puerto_Rico",
    "America/St_Thomas",
)
