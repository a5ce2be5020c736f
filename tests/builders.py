"""Builders of test data: domains as source text, and values for their fields."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from triptych.adapters.objects.values import LARGEST_INT

HEADER = '''\
"""What there is."""
from __future__ import annotations
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from typing import Annotated, Literal, NewType
from uuid import UUID

ThingId = NewType("ThingId", {key})
Tag = NewType("Tag", str)
type Pair[T] = tuple[T, ...]


class Colour(StrEnum):
    """A colour."""
    RED = "red"
    BLUE = "it's blue"


class Level(IntEnum):
    """A level."""
    LOW = -1
    HIGH = 2**40


class Odd(Enum):
    """Neither text nor numbers."""
    A = (1, 2)
    B = None


@dataclass(frozen=True)
class Point[T]:
    """Somewhere."""
    x: T
    y: T | None


@dataclass(frozen=True)
class Vague:
    """Perhaps something."""
    a: str | None
    b: Point[int] | None


'''
ENTITIES = '''\
"""What has an identity."""
from __future__ import annotations
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID
from .value_objects import Colour, Level, Odd, Pair, Point, Tag, ThingId, Vague


@dataclass(frozen=True, kw_only=True)
class Thing:
    """Something."""
    id: ThingId
'''

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
offsets = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_longest = timedelta(microseconds=LARGEST_INT)
_decimals = st.tuples(
    st.integers(0, 1), st.lists(st.integers(0, 9), min_size=1, max_size=40), st.integers(-60, 60)
)

SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "str": texts,
    "Tag": texts,
    "int": st.integers(-LARGEST_INT - 1, LARGEST_INT),
    "float": st.floats(allow_nan=False, allow_infinity=False),
    "bool": st.booleans(),
    "Decimal": _decimals.map(lambda parts: Decimal((parts[0], tuple(parts[1]), parts[2]))),
    "UUID": st.uuids(),
    "bytes": st.binary(),
    "date": st.dates(),
    "time": st.times(),
    "datetime": st.datetimes(
        datetime(1, 1, 3),
        datetime(9999, 12, 29),
        timezones=offsets,
    )
    | st.sampled_from([datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]),
    "timedelta": st.timedeltas(-_longest, _longest),
    "Literal[3, 5]": st.sampled_from([3, 5]),
    "Literal['a b', 'b']": st.sampled_from(["a b", "b"]),
    "Annotated[int, range(-5, 6)]": st.integers(-5, 5),
    "Annotated[str, slice(1, 3)]": texts.filter(lambda text: 1 <= len(text) <= 3),
}


@dataclass(frozen=True)
class FieldType:
    """A type as source text, and the values that it may have given the module."""

    text: str
    values: Any


def _named(name: str, members: tuple[str, ...]) -> FieldType:
    return FieldType(name, lambda m: st.sampled_from([getattr(m, name)[each] for each in members]))


def _scalar(text: str) -> FieldType:
    return FieldType(text, lambda _: SCALARS[text])


def _point(inner: FieldType) -> FieldType:
    def values(module: Any) -> st.SearchStrategy[Any]:
        part = inner.values(module)
        return st.builds(module.Point, part, st.none() | part)

    return FieldType(f"Point[{inner.text}]", values)


_vague = FieldType(
    "Vague",
    lambda m: st.builds(
        m.Vague,
        st.none() | texts,
        st.none() | st.builds(m.Point, SCALARS["int"], st.none() | SCALARS["int"]),
    ),
)
_single = (
    st.sampled_from(sorted(SCALARS)).map(_scalar)
    | st.just(_named("Colour", ("RED", "BLUE")))
    | st.just(_named("Level", ("LOW", "HIGH")))
    | st.just(_named("Odd", ("A", "B")))
)
_part = _single | _single.map(_point) | st.just(_vague)


def _several(inner: FieldType, text: str, container: type) -> FieldType:
    def values(module: Any) -> st.SearchStrategy[Any]:
        return st.lists(inner.values(module), max_size=4).map(container)

    return FieldType(text.format(inner.text), values)


def _optional(inner: FieldType) -> FieldType:
    return FieldType(f"{inner.text} | None", lambda m: st.none() | inner.values(m))


_any = (
    _part
    | _part.map(lambda each: _several(each, "tuple[{}, ...]", tuple))
    | _part.map(lambda each: _several(each, "Pair[{}]", tuple))
    | _single.map(lambda each: _several(each, "frozenset[{}]", frozenset))
)
field_types = _any | _any.map(_optional)
key_types = st.sampled_from(
    ["str", "int", "UUID", "bytes", "Decimal", "date", "datetime", "timedelta"]
)


def one_entity(key: str, fields: list[FieldType]) -> dict[str, str]:
    """Writes a domain with one entity of some fields."""
    lines = [f"    field_{n}: {each.text}\n" for n, each in enumerate(fields)]
    return {"value_objects.py": HEADER.format(key=key), "entities.py": ENTITIES + "".join(lines)}
