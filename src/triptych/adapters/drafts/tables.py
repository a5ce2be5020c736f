"""Tables of text: which rows are told apart by what, and which lead to which."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, combinations, count
from math import prod
from pathlib import Path

import polars as pl

from triptych.adapters.drafts.columns import Column, column_of, constant, stand_ins
from triptych.domain.drafts import Part, Shape, Survey, class_name, singular, words_of
from triptych.domain.problem import Problem

_KEY_TYPES = ("str", "int", "UUID")
_PART_TYPES = (*_KEY_TYPES, "date", "datetime")
_KEY_NAMES = ("id", "key", "code", "uuid", "slug", "number")
_MOST_KEYS, _MOST_IN_KEY = 10, 3
_LEAST_SHARED, _NEARLY = 3, 0.8
_SAMPLE = 5_000
_UNSAFE = re.compile(r"[^\w.-]+")


def free_file(data: Path, name: str) -> Path:
    """Finds a file for the rows of a table, in a folder and nowhere else.

    Example:
        ```python
        from pathlib import Path

        from triptych.adapters.drafts.tables import free_file

        assert free_file(Path("data"), "../my table") == Path("data/my_table.csv")
        ```
    """
    plain = _UNSAFE.sub("_", name).strip("._") or "table"
    endings = chain([""], (f"_{number}" for number in count(2)))
    paths = (data / f"{plain}{ending}.csv" for ending in endings)
    return next(each for each in paths if not each.exists())


@dataclass(frozen=True, slots=True)
class Table:
    """A table, as it was found.

    Attributes:
        name: As it is called there.
        frame: Its rows, every cell text or nothing.
        data: The file that its rows will be in, from the project's folder on; empty for none.
        types: What is known of the types of its columns; `text` may be moments, or ids.
        declared: What is known of it for sure; nothing of that is guessed.
    """

    name: str
    frame: pl.DataFrame
    data: str = ""
    types: Mapping[str, str] = field(default_factory=dict)
    declared: Shape | None = None


@dataclass(slots=True)
class _Seen:
    """A table with what was found in it."""

    table: Table
    missing: tuple[str, ...]
    columns: dict[str, Column]
    key: tuple[str, ...] = ()
    links: dict[str, str] = field(default_factory=dict)
    doubts: list[Problem] = field(default_factory=list)

    @property
    def is_declared(self) -> bool:
        return self.table.declared is not None

    def doubt(self, column: str, found: str, mend: str) -> None:
        where = f"{self.table.name}.{column}" if column else self.table.name
        self.doubts.append(Problem(where, found, mend))


def survey_tables(tables: Sequence[Table]) -> Survey:
    """Finds out what tables are about: types, keys, links, enums, and what is doubtful.

    Example:
        ```python
        import polars as pl

        from triptych.adapters.drafts.tables import Table, survey_tables

        airlines = pl.DataFrame({"carrier": ["UA", "DL"], "name": ["United", "Delta"]})
        survey = survey_tables([Table("airlines", airlines)])
        assert survey.shapes[0].key == ("carrier",)
        ```
    """
    seen = [_looked_at(each) for each in tables]
    for each in seen:
        _find_key(each)
    for each in seen:
        if not each.is_declared:
            _find_links(each, seen)
    shapes = tuple(_shape(each) for each in seen)
    return Survey(shapes, tuple(doubt for each in seen for doubt in each.doubts))


def _looked_at(table: Table) -> _Seen:
    missing = () if table.types else stand_ins(table.frame)
    columns = {
        series.name: column_of(series, missing, table.types.get(series.name, ""))
        for series in table.frame
    }
    seen = _Seen(table, missing, columns)
    if missing:
        seen.doubt("", f"{', '.join(missing)} is taken for no value", "look whether it is one")
    for name, column in columns.items():
        _doubt_column(seen, name, column)
    return seen


def _doubt_column(seen: _Seen, name: str, column: Column) -> None:
    if not len(column.filled) and len(seen.table.frame):
        seen.doubt(name, "is empty in every row", "take it out, or say what it is for")
    elif constant(column) is not None and len(column.filled) > 2:
        seen.doubt(
            name, f"is {constant(column)!r:.40} in every row", "take it out if it says nothing"
        )
    if not column.has_zone:
        mend = "change its reader if it is the time of another zone"
        seen.doubt(name, "says no zone, and is taken for UTC", mend)


def _find_key(seen: _Seen) -> None:
    declared = seen.table.declared
    if declared and declared.key:
        seen.key = declared.key
        return
    unique = [each.name for each in seen.columns.values() if _may_be_key(each)]
    ranked = sorted(unique, key=lambda name: _rank(name, seen))
    if ranked and (_rank(ranked[0], seen) < len(_KEY_NAMES) or len(seen.table.frame) > 1):
        seen.key = (ranked[0],)
        _doubt_key(seen, ranked)
        return
    seen.key = next(_together(seen), ())
    if seen.key:
        found = f"{' and '.join(seen.key)} tell its rows apart together"
        seen.doubt("", found, "look whether that is so for rows to come")
    else:
        seen.doubt("", "nothing tells its rows apart", "they are numbered; give them an id")


def _doubt_key(seen: _Seen, ranked: Sequence[str]) -> None:
    if words_of(ranked[0])[-1:] != ["id"]:
        rest = f", as {' and '.join(ranked[1:3])} would" if len(ranked) > 1 else ""
        found = f"{ranked[0]} tells its rows apart{rest}"
        seen.doubt(ranked[0], found, "look whether that is so for rows to come")


def _may_be_key(column: Column) -> bool:
    return column.is_unique and column.type in _KEY_TYPES


def _rank(name: str, seen: _Seen) -> int:
    """Ranks a column among those that could be the key: by its name, then by its place."""
    one = words_of(singular("_".join(words_of(seen.table.name))))
    words = words_of(name)
    named = [words in ([key], [*one, key]) for key in _KEY_NAMES]
    if any(named):
        return named.index(True)
    return len(_KEY_NAMES) + list(seen.columns).index(name)


def _together(seen: _Seen) -> Iterator[tuple[str, ...]]:
    """Yields sets of columns that tell rows apart together, the smallest first."""
    frame, rows = seen.table.frame, len(seen.table.frame)
    names = [each.name for each in seen.columns.values() if _may_be_part(each)][:_MOST_KEYS]
    head = frame.head(_SAMPLE)
    for size in range(2, _MOST_IN_KEY + 1):
        for several in combinations(names, size):
            most = prod(seen.columns[name].distinct for name in several)
            if most >= rows and _are_distinct(head, several) and _are_distinct(frame, several):
                yield several


def _may_be_part(column: Column) -> bool:
    return not column.is_optional and column.type in _PART_TYPES and column.distinct > 1


def _are_distinct(frame: pl.DataFrame, names: Sequence[str]) -> bool:
    return not frame.select(names).is_duplicated().any()


def _find_links(seen: _Seen, others: Sequence[_Seen]) -> None:
    for name, column in seen.columns.items():
        if seen.key == (name,) or column.type not in _KEY_TYPES or not len(column.filled):
            continue
        found = [
            (_shared(column, each), each)
            for each in others
            if len(each.key) == 1 and _may_lead(name, column, each, seen)
        ]
        share, target = max(found, key=lambda each: each[0], default=(0.0, seen))
        if share == 1:
            seen.links[name] = target.table.name
            text = f"is taken for a link to {class_name(target.table.name)}"
            seen.doubt(name, f"{text}: each value is one of its ids", "else make it plain")
        elif share >= _NEARLY:
            _doubt_link(seen, name, column, target)


def _doubt_link(seen: _Seen, name: str, column: Column, target: _Seen) -> None:
    ids = target.columns[target.key[0]].filled
    values = column.filled.unique().sort()
    lost = values.filter(values.is_in(ids.implode()).not_())
    some = ", ".join(str(each) for each in lost.head(3))
    found = f"{len(lost)} of its {column.distinct} values are no {class_name(target.table.name)}"
    seen.doubt(name, f"{found} ({some})", "add those to make it a link; it is plain now")


def _may_lead(name: str, column: Column, target: _Seen, seen: _Seen) -> bool:
    """Tells whether a column may hold the ids of a table: by name, or by enough shared values."""
    key = target.columns[target.key[0]]
    if key.type != column.type or target is seen:
        return False
    one = words_of(singular("_".join(words_of(target.table.name))))
    words = words_of(name)
    is_named = words == words_of(key.name) != ["id"] or words[: len(one)] == one
    return is_named or (column.type == "str" and column.distinct >= _LEAST_SHARED)


def _shared(column: Column, target: _Seen) -> float:
    """Tells how much of what a column holds are ids of a table."""
    values, ids = column.filled.unique(), target.columns[target.key[0]].filled
    return float(values.is_in(ids.implode()).mean() or 0)  # type: ignore[arg-type]  # of booleans


def _shape(seen: _Seen) -> Shape:
    declared = seen.table.declared
    if declared is not None:
        parts = tuple(_filled_in(each, seen) for each in declared.parts)
        return replace(declared, parts=parts, key=seen.key, data=seen.table.data)
    return Shape(
        name=seen.table.name,
        parts=tuple(_part(each, seen) for each in seen.columns.values()),
        key=seen.key,
        data=seen.table.data,
        missing=seen.missing,
        rows=len(seen.table.frame),
    )


def _filled_in(part: Part, seen: _Seen) -> Part:
    """Adds to what is known of a column the members that its values suggest."""
    column = seen.columns.get(part.name)
    if column is None or part.members or part.of or part.name in seen.key:
        return part
    return replace(part, type=column.type, members=_members(column, seen))


def _part(column: Column, seen: _Seen) -> Part:
    of = seen.links.get(column.name, "")
    is_plain = not of and seen.key != (column.name,)
    return Part(
        name=column.name,
        type=column.type,
        of=of,
        members=_members(column, seen) if is_plain else (),
        is_optional=column.is_optional,
    )


def _members(column: Column, seen: _Seen) -> tuple[str, ...]:
    members = column.members
    if members:
        shown = ", ".join(members[:4]) + (" and more" if len(members) > 4 else "")
        found = f"is taken for one of {len(members)}: {shown}"
        seen.doubt(column.name, found, "make it text if there may be others")
    return members
