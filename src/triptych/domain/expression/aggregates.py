"""Aggregates: what is counted, summed and measured of many objects, and by what they are grouped."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from triptych.domain.errors import InvalidInput, Problem, UnknownName
from triptych.domain.expression.building import FLOAT, INT, Unfitting, a_kind, kind_of
from triptych.domain.expression.names import Names, named_value
from triptych.domain.expression.nodes import Bin, Constant, Expression, Period
from triptych.domain.expression.scales import find_zone
from triptych.domain.expression.vocabulary import Kind, Unit
from triptych.domain.ontology import ObjectType, Scalar, ScalarKind

MOST_TERMS = 20
_TERM = re.compile(r"(?P<function>[a-z_]+)\((?P<inside>[^()]*)\)")
_K = ScalarKind
_STEPS = {_K.INT, _K.FLOAT, _K.DECIMAL, _K.TIMEDELTA}
_SUMMED = _STEPS | {_K.BOOL}
_ORDERED = _STEPS | {_K.STR, _K.DATE, _K.TIME, _K.DATETIME}
_WHOLE = {_K.INT, _K.BOOL}


class Function(StrEnum):
    """What is made of many values.

    Example:
        ```python
        from triptych.domain.expression.aggregates import Function

        assert Function("mean") is Function.MEAN
        ```
    """

    COUNT = "count"
    DISTINCT = "distinct"
    SUM = "sum"
    MIN = "min"
    MAX = "max"
    MEAN = "mean"
    MEDIAN = "median"
    PERCENTILE = "percentile"


_ALLOWED = {
    Function.COUNT: set(_K),
    Function.DISTINCT: set(_K),
    Function.SUM: _SUMMED,
    Function.MEAN: _SUMMED,
    Function.MEDIAN: _STEPS,
}


@dataclass(frozen=True, slots=True)
class Grouping:
    """Something that objects are grouped by.

    Attributes:
        name: As it is asked for, such as `month(departure)`.
        of: What they have in common.

    Example:
        ```python
        from triptych.domain.expression.aggregates import Grouping
        from triptych.domain.expression.building import INT
        from triptych.domain.expression.nodes import Constant

        assert Grouping("seven", Constant(7, INT)).kind == INT
        ```
    """

    name: str
    of: Expression

    @property
    def kind(self) -> Kind:
        """What it gives."""
        return kind_of(self.of)


@dataclass(frozen=True, slots=True)
class Measure:
    """One number, or other value, of many objects. What is missing is left out of account.

    Attributes:
        name: As it is asked for, such as `mean(delay)`.
        function: What is made of their values.
        of: The value of each; none where the objects themselves are counted.
        fraction: How far up the values are gone, from 0 to 1, for a percentile.

    Example:
        ```python
        from triptych.domain.expression.aggregates import Function, Measure

        assert Measure("count", Function.COUNT).kind.label == "int"
        ```
    """

    name: str
    function: Function
    of: Expression | None = None
    fraction: float = 0.0

    @property
    def kind(self) -> Kind:
        """What it gives: nothing where there are no values, unless it is counted or summed."""
        if self.of is None or self.function in (Function.COUNT, Function.DISTINCT):
            return INT
        kind = replace(kind_of(self.of), is_optional=True)
        if self.function in (Function.MIN, Function.MAX, Function.PERCENTILE):
            return kind
        if kind.scalar in _WHOLE:
            kind = INT if self.function is Function.SUM else replace(FLOAT, is_optional=True)
        plain = Scalar(kind.scalar or _K.INT)
        return Kind(plain, is_optional=self.function is not Function.SUM)


@dataclass(frozen=True, slots=True)
class Aggregation:
    """What is asked of many objects at once.

    Attributes:
        by: What they are grouped by; all of them are one group where empty.
        measures: What is asked of each group.
        order: Places among `by` and `measures`, and whether the greatest comes first; what is
            missing comes last.
        take: How many groups at the most.
        spelling: The same for the same aggregation.
    """

    by: tuple[Grouping, ...]
    measures: tuple[Measure, ...]
    order: tuple[tuple[int, bool], ...]
    take: int
    spelling: str

    @property
    def terms(self) -> tuple[Grouping | Measure, ...]:
        """What the values of a group stand for, in their order."""
        return (*self.by, *self.measures)


def split_terms(text: str) -> tuple[str, ...]:
    """Splits `carrier, bins(distance, 500)` at the commas outside of brackets.

    Example:
        ```python
        from triptych.domain.expression.aggregates import split_terms

        assert split_terms("carrier, bins(distance, 500)") == ("carrier", "bins(distance, 500)")
        ```
    """
    found = re.findall(r"[^,(]*(?:\([^)]*\)?[^,(]*)*", text)
    return tuple(each.strip() for each in found if each.strip())


@dataclass(frozen=True, slots=True)
class AggregateReader:
    """Reads aggregates of one object type.

    Attributes:
        names: What the names of properties are looked up in.
        of: The object type.
        read: Reads a value of a type from text, or raises `ValueError`.
        zone: Whose calendar instants are put into.
    """

    names: Names
    of: ObjectType
    read: Callable[[Any, str], Any]
    zone: str = "UTC"

    def aggregation(
        self, measures: Sequence[str], by: Sequence[str], order: str, take: int
    ) -> Aggregation:
        """Reads what is asked of many objects at once.

        Args:
            measures: `count`, `count(x)`, `distinct(x)`, `sum(x)`, `min(x)`, `max(x)`, `mean(x)`,
                `median(x)`, `percentile(x, 0.9)`.
            by: Names, such as `carrier` or `origin.name`; `bins(distance, 500)`;
                `month(departure)` and other units of a calendar.
            order: Those of `by` and `measures`, `-` before one for the greatest first.
            take: How many groups at the most.

        Raises:
            InvalidInput: Something is unknown or makes no sense; all of it is told.

        Example:
            ```python
            from triptych import read_ontology
            from triptych.adapters.expression.reader import RuleReader
            from triptych.adapters.objects.values import read_value
            from triptych.domain.expression.aggregates import AggregateReader

            names = RuleReader(read_ontology("flights"))
            flight = names.ontology.object_type("Flight")
            reader = AggregateReader(names, flight, read_value)
            asked = reader.aggregation(["mean(delay)"], ["is_late"], "", 10)
            assert [term.kind.label for term in asked.terms] == ["bool", "timedelta | None"]
            ```
        """
        problems: list[Problem] = []
        groupings = tuple(self._each(by, self._grouping, "by", problems))
        measured = tuple(self._each(measures or ("count",), self._measure, "measure", problems))
        try:
            find_zone(self.zone)
        except ValueError as error:
            problems.append(Problem("zone", str(error), "name one such as Europe/Paris"))
        named = [each.name for each in groupings] + [each.name for each in measured]
        if len(named) > MOST_TERMS:
            problems.append(Problem("by", f"{len(named)} are too many", f"ask for {MOST_TERMS}"))
        for name in {each for each in named if named.count(each) > 1}:
            mend = "ask once; what counts the objects of a group is written count(), too"
            problems.append(Problem("by", f"{name} is asked twice", mend))
        ordered = tuple(_order(order, named, len(groupings), problems))
        if problems:
            raise InvalidInput(problems)
        spelling = "\0".join((self.zone, *named, "", *map(str, ordered), str(len(groupings))))
        return Aggregation(groupings, measured, ordered, take, spelling)

    def _each[T](
        self, terms: Sequence[str], read: Callable[[str], T], where: str, problems: list[Problem]
    ) -> Iterator[T]:
        for term in terms:
            try:
                yield read(term)
            except UnknownName as error:
                problems.append(Problem(where, f"{term!r:.60}: {error}"))
            except Unfitting as error:
                problems.append(Problem(where, f"{term!r:.60}: {error.found}", error.mend))
            except InvalidInput as error:
                problems += error.problems

    def _grouping(self, term: str) -> Grouping:
        function, inside = _parsed(term)
        if not function:
            return Grouping(term, self._single(inside[0]))
        if function == "bins" and len(inside) == 2:
            return Grouping(term, self._bins(*inside))
        if function not in Unit or len(inside) != 1:
            known = ", ".join(f"{each}(x)" for each in Unit)
            raise Unfitting("nothing is grouped so", f"write x, bins(x, WIDTH), {known}")
        unit, of = Unit(function), self._single(inside[0])
        kind = kind_of(of)
        if kind.scalar is not _K.DATETIME and (kind.scalar is not _K.DATE or unit is Unit.HOUR):
            raise Unfitting(f"{inside[0]} is {a_kind(kind)}, which lies in no {unit}", "use a date")
        return Grouping(term, Period(unit, self.zone, of))

    def _single(self, name: str) -> Expression:
        """Finds a value of which each object has one."""
        found = named_value(self.names, self.of, name)
        if kind_of(found).many or kind_of(found).scalar is None:
            raise Unfitting(f"{name} holds several values", "name a single one")
        return found

    def _bins(self, name: str, text: str) -> Bin:
        of = self._single(name)
        kind = replace(kind_of(of), is_optional=False)
        if kind.scalar not in _STEPS or not isinstance(kind.type, Scalar):
            raise Unfitting(f"{name} is {a_kind(kind)}", "make steps of a number or duration")
        plain = Scalar(kind.scalar)
        try:
            width = self.read(plain, text)
        except ValueError as error:
            raise Unfitting(str(error), f"give the width as {a_kind(kind)}") from None
        if not width > type(width)(0):
            raise Unfitting(f"{text} is no width", "give one above zero")
        return Bin(of, Constant(width, Kind(plain)))

    def _measure(self, term: str) -> Measure:
        asked, inside = _asked(term)
        if asked is Function.COUNT and not any(inside):
            return Measure(term, asked)
        if len(inside) != (2 if asked is Function.PERCENTILE else 1):
            example = "percentile(x, 0.9)" if asked is Function.PERCENTILE else f"{asked}(x)"
            raise Unfitting(f"{asked} is not asked so", f"write {example}")
        of = self._single(inside[0])
        _check_measured(asked, inside[0], kind_of(of))
        return Measure(term, asked, of, _fraction(inside[1]) if inside[1:] else 0.0)


def _asked(term: str) -> tuple[Function, tuple[str, ...]]:
    """Reads the function of a measure, and what it is asked of."""
    function, inside = _parsed(term)
    if not function:
        function, inside = inside[0], ()
    if function not in Function:
        known = ", ".join(each if each == "count" else f"{each}(x)" for each in Function)
        raise Unfitting(f"there is no {function!r:.40}", f"write {known}")
    return Function(function), inside


def _check_measured(asked: Function, name: str, kind: Kind) -> None:
    is_plain = isinstance(kind.type, Scalar) or asked in (Function.COUNT, Function.DISTINCT)
    if not is_plain or kind.scalar not in _ALLOWED.get(asked, _ORDERED):
        raise Unfitting(f"{name} is {a_kind(kind)}, which has no {asked}", "count it")


def _parsed(term: str) -> tuple[str, tuple[str, ...]]:
    """Splits `bins(distance, 500)` into function and inputs; a name alone has no function."""
    match = _TERM.fullmatch(term)
    if match is None:
        return "", (term,)
    return match["function"], tuple(each.strip() for each in match["inside"].split(","))


def _fraction(text: str) -> float:
    try:
        fraction = float(text)
    except ValueError:
        fraction = -1
    if not 0 <= fraction <= 1:
        raise Unfitting(f"{text!r:.20} is no fraction", "give one from 0 to 1, such as 0.9")
    return fraction


def _order(
    text: str, names: Sequence[str], groupings: int, problems: list[Problem]
) -> Iterator[tuple[int, bool]]:
    """Reads an order; what the objects are grouped by is added, so that it is total."""
    said = set()
    for term in split_terms(text):
        name = term.removeprefix("-")
        if name not in names:
            problems.append(Problem("order", str(UnknownName("value asked for", name, names))))
            continue
        said.add(names.index(name))
        yield names.index(name), term.startswith("-")
    yield from ((place, False) for place in range(groupings) if place not in said)
