"""A script as one would write it without a framework: csv, Pydantic, a tuple for the driver."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, BeforeValidator

COLUMNS = (
    "_version",
    "_entry",
    "id",
    "carrier",
    "number",
    "plane",
    "origin",
    "destination",
    "departure",
    "delay",
    "arrival_delay",
    "air_time",
    "distance",
    "status",
)
type Missing[T] = Annotated[T | None, BeforeValidator(lambda cell: None if cell == "NA" else cell)]


class FlightRecord(BaseModel):
    """A row of the raw file, as far as it is read."""

    time_hour: datetime
    minute: int
    carrier: str
    flight: int
    tailnum: Missing[str]
    origin: str
    dest: str
    dep_time: Missing[int]
    dep_delay: Missing[int]
    arr_delay: Missing[int]
    air_time: Missing[int]
    distance: int


def rows(path: Path, *, is_text: bool) -> Iterator[tuple[Any, ...]]:
    """Yields the cells of each flight; for SQLite with ids, instants and durations as ours."""
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            read = FlightRecord.model_validate(row)
            hour, letters = read.time_hour, read.carrier.encode().hex()
            key = UUID(f"{hour:%Y%m%d-%H}00-8000-8000-{letters}{read.flight:08}")
            departure = hour + timedelta(minutes=read.minute)
            spans = (read.dep_delay or 0, read.arr_delay, read.air_time)
            yield (
                1,
                1,
                str(key) if is_text else key,
                read.carrier,
                read.flight,
                read.tailnum,
                read.origin,
                read.dest,
                f"{departure:%Y-%m-%dT%H:%M:%S.%fZ}" if is_text else departure,
                *(map(_microseconds, spans) if is_text else map(_duration, spans)),
                read.distance,
                "cancelled" if read.dep_time is None else "departed",
            )


def _microseconds(minutes: int | None) -> int | None:
    return None if minutes is None else minutes * 60_000_000


def _duration(minutes: int | None) -> timedelta | None:
    return None if minutes is None else timedelta(minutes=minutes)
