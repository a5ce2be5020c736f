"""Columns of text: what is in them, as far as their values tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from triptych.domain.drafts import member_name, words_of

_STAND_INS = ("NA", "N/A", "NULL", "null", "None", "nan", "NaN", "-", "\\N")
_ZONE = r"(Z|[+-]\d{2}:?\d{2})"
_PATTERNS = {
    "int": r"^-?(0|[1-9]\d{0,17})$",
    "float": r"^-?\d+(\.\d+)?([eE][-+]?\d+)?$",
    "bool": r"^(?i:true|false)$",
    "date": r"^\d{4}-[01]\d-[0-3]\d$",
    "datetime": rf"^\d{{4}}-[01]\d-[0-3]\d[T ][0-2]\d:[0-5]\d(:[0-6]\d(\.\d+)?)?{_ZONE}?$",
    "time": r"^[0-2]\d:[0-5]\d(:[0-5]\d(\.\d+)?)?$",
    "UUID": r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
}
_NUMBERS = ("int", "float", "Decimal", "bool")
_MONEY = {"amount", "balance", "cost", "fee", "price", "salary", "tax", "total"}
_MOST_MEMBERS, _LEAST_REPEATED, _LONGEST_MEMBER = 12, 10, 30
_MEMBER = r"^[A-Za-z][A-Za-z0-9 _-]*$"


@dataclass(frozen=True, slots=True)
class Column:
    """What is known of a column.

    Attributes:
        name: As it is called.
        type: Its type, in Python's words.
        filled: Its values, without those that stand for nothing.
        distinct: How many different ones there are.
        is_optional: Whether some are missing.
        has_zone: Whether moments say where they are; true for all that are none.
    """

    name: str
    type: str
    filled: pl.Series
    distinct: int
    is_optional: bool
    has_zone: bool = True

    @property
    def is_unique(self) -> bool:
        """Whether every row has a value, and no two the same."""
        return not self.is_optional and self.distinct == len(self.filled) > 0

    @property
    def members(self) -> tuple[str, ...]:
        """Its values, where they look like those of an enum: a few, each a word, each often."""
        if self.type != "str" or not 1 < self.distinct <= _MOST_MEMBERS:
            return ()
        if len(self.filled) < self.distinct * _LEAST_REPEATED:
            return ()
        values: list[str] = self.filled.unique().sort().to_list()
        is_worded = bool(self.filled.str.contains(_MEMBER).all())
        names = {member_name(each) for each in values}
        is_short = max(map(len, values)) <= _LONGEST_MEMBER
        is_whole = is_worded and is_short and None not in names and len(names) == len(values)
        return tuple(values) if is_whole else ()


def stand_ins(frame: pl.DataFrame) -> tuple[str, ...]:
    """Finds what stands for no value: texts among what otherwise are numbers or moments.

    Example:
        ```python
        import polars as pl

        from triptych.adapters.drafts.columns import stand_ins

        assert stand_ins(pl.DataFrame({"year": ["2001", "NA"], "name": ["-", "x"]})) == ("NA",)
        ```
    """
    found: set[str] = set()
    for series in frame:
        text = series.drop_nulls()
        used = [each for each in _STAND_INS if each not in found and (text == each).any()]
        if used and type_of(text.filter(text.is_in(used).not_()), series.name) != "str":
            found |= set(used)
    return tuple(each for each in _STAND_INS if each in found)


def type_of(filled: pl.Series, name: str) -> str:
    """Tells which type all values of a column have; text where it is none.

    Example:
        ```python
        import polars as pl

        from triptych.adapters.drafts.columns import type_of

        assert type_of(pl.Series(["1", "-2"]), "size") == "int"
        assert type_of(pl.Series(["007"]), "agent") == "str"
        ```
    """
    if not len(filled):
        return "str"
    found = next((of for of, how in _PATTERNS.items() if _is(filled, of, how)), "str")
    return "Decimal" if found == "float" and _MONEY & set(words_of(name)) else found


def _is(filled: pl.Series, of: str, pattern: str) -> bool:
    if not filled.str.contains(pattern).all():
        return False
    if of == "float":
        # 007 is no number, it is a name made of digits.
        return not filled.str.contains(r"^-?0\d").any()
    if of == "date":
        return filled.str.to_date(strict=False).null_count() == 0
    return True


def column_of(series: pl.Series, missing: Sequence[str], type_: str = "") -> Column:
    """Looks at a column.

    Args:
        series: Its values, as text.
        missing: What stands for no value.
        type_: Its type, where that is known; `text` may be a moment, or an id.
    """
    filled = series.drop_nulls()
    if missing:
        filled = filled.filter(filled.is_in(list(missing)).not_())
    of = type_ if type_ not in ("", "text") else type_of(filled, series.name)
    if type_ == "text" and of in _NUMBERS:
        of = "str"
    is_optional = len(filled) < len(series)
    has_zone = of != "datetime" or bool(filled.str.contains(f"{_ZONE}$").all())
    return Column(series.name, of, filled, filled.n_unique(), is_optional, has_zone)


def constant(of: Column) -> Any:
    """Returns what a column holds in every row, where it is the same; else nothing."""
    return of.filled[0] if of.distinct == 1 and len(of.filled) > 1 else None
