"""Aggregates as SQL: one statement for all groups, and one for all facets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from triptych.adapters.database.dialect import Dialect
from triptych.adapters.objects.conditions import begin, common_to, make_writer
from triptych.adapters.objects.groups import Facet
from triptych.adapters.objects.tables import StoredType
from triptych.adapters.objects.values import parse
from triptych.adapters.objects.writer import Writer
from triptych.domain.errors import InvalidInput, Problem
from triptych.domain.expression import Expression, Kind
from triptych.domain.expression.aggregates import Aggregation, Function, Grouping, Measure
from triptych.domain.expression.building import kind_of
from triptych.domain.expression.nodes import Period, Value
from triptych.domain.expression.summary import mean, middle, zero
from triptych.domain.ontology import Enumeration, Scalar, ScalarKind

type Decode = Callable[[Any], Any]
type ReadRow = Callable[[Sequence[Any]], tuple[Any, ...]]

_TAKE: sa.BindParameter[int] = sa.bindparam("take", type_=sa.Integer())


@dataclass(frozen=True, slots=True)
class Asking:
    """What aggregates are asked of.

    Attributes:
        stored: The object type and its tables.
        others: All object types and their tables, which expressions may lead to.
        dialect: How the database says things.
    """

    stored: StoredType
    others: Mapping[str, StoredType]
    dialect: Dialect

    def picked(
        self, condition: Expression, write: Callable[[Writer], Mapping[str, Any]], *, is_apart: bool
    ) -> Any:
        """Selects values of the objects that fulfil a condition.

        Args:
            condition: The condition.
            write: Writes the values, by the names of their columns.
            is_apart: Whether they are worked out before anything is done with them: a database
                that takes the two selects for one works a value out at every mention.
        """
        writer = make_writer(self.others, self.dialect, self.stored.table)
        clause = writer.clause(condition)
        columns = [each.label(name) for name, each in write(writer).items()]
        # Something must be selected, even where objects are only counted.
        columns = columns or [sa.literal_column("1").label("one")]
        picked = sa.select(*columns).select_from(writer.rows).where(clause)
        return picked.offset(sa.literal_column("0")) if is_apart else picked

    def groups(self, condition: Expression, aggregation: Aggregation) -> tuple[Any, ReadRow]:
        """Groups objects and measures each group.

        Returns:
            The statement, whose parameters are the condition's and `take`; and a function that
            reads one of its rows.
        """
        of = [each.of for each in aggregation.measures]

        def write(writer: Writer) -> dict[str, Any]:
            keys = {f"k{n}": _common(writer, each.of) for n, each in enumerate(aggregation.by)}
            return keys | {f"x{n}": writer.value(x) for n, x in enumerate(of) if x is not None}

        # What rows are grouped by is worked out once a row, however often it is mentioned.
        rows = self.picked(condition, write, is_apart=_is_reckoned(of)).subquery()
        keys, measured = self._keys(rows, aggregation), self._measured(rows, aggregation)
        ordered = [each.order for each in keys] + [each.order for each in measured]
        columns = [each.column for each in keys]
        columns += [column for each in measured for column in each.columns]
        grouped = sa.select(*columns).select_from(rows).group_by(*(each.order for each in keys))
        statement = grouped.order_by(*_order(ordered, aggregation)).limit(_TAKE)
        return statement, _row_reader([each.decode for each in keys], measured)

    def _keys(self, rows: Any, aggregation: Aggregation) -> list[_Key]:
        return [
            _Key(rows.c[f"k{place}"], each, self.dialect)
            for place, each in enumerate(aggregation.by)
        ]

    def _measured(self, rows: Any, aggregation: Aggregation) -> list[_Measured]:
        return [
            _measured(each, rows.c.get(f"x{place}"), self.dialect)
            for place, each in enumerate(aggregation.measures)
        ]

    def facets(self, condition: Expression, by: Sequence[Grouping]) -> Any:
        """Counts how often values occur, the most frequent first; `take` of each at the most."""
        of = [each.of for each in by]

        def write(writer: Writer) -> dict[str, Any]:
            return {f"k{n}": writer.value(each) for n, each in enumerate(of)}

        rows = self.picked(condition, write, is_apart=_is_reckoned(of)).cte("picked")
        counted = [self._facet(rows, place, each) for place, each in enumerate(by)]
        return sa.union_all(*(sa.select(each.subquery()) for each in counted))

    def _facet(self, rows: Any, place: int, of: Grouping) -> Any:
        column = rows.c[f"k{place}"]
        key = self.dialect.idioms.comparable(column, _scalar(of.kind))
        json = self.dialect.codecs[_scalar(of.kind)].json
        count = sa.func.count().label("count")
        grouped = sa.select(column.label("key"), count).select_from(rows).group_by(key)
        groups = grouped.order_by(count.desc(), key.asc().nulls_last()).limit(_TAKE)
        inner = groups.subquery()
        column = inner.c.key
        document = self.dialect.json_object([("value", json(column) if json else column)])
        return sa.select(
            sa.literal_column(str(place)).label("place"),
            sa.cast(document, sa.Text).label("document"),
            inner.c.count.label("count"),
        )


def _is_reckoned(values: Iterable[Expression | None]) -> bool:
    """Tells whether any of them is more than a column."""
    return not all(isinstance(each, Value | None) for each in values)


def _common(writer: Writer, of: Expression) -> Any:
    """Writes what tells a group from others."""
    return common_to(writer, of) if isinstance(of, Period) else writer.value(of)


class _Key:
    """Something that rows are grouped by: its column, and what puts equal ones together."""

    def __init__(self, common: Any, of: Grouping, dialect: Dialect) -> None:
        self.column = begin(dialect, of.of, common) if isinstance(of.of, Period) else common
        self.order = dialect.idioms.comparable(common, _scalar(of.kind))
        self.decode = decoder_of(of.kind, dialect)


def _order(columns: Sequence[Any], aggregation: Aggregation) -> list[Any]:
    return [
        (columns[place].desc() if is_descending else columns[place].asc()).nulls_last()
        for place, is_descending in aggregation.order
    ]


@dataclass(frozen=True, slots=True)
class _Measured:
    """One measure as SQL.

    Attributes:
        name: Of the measure.
        columns: What it is made of.
        order: What groups are put in order by.
        finish: Makes a value of the cells of the columns.
    """

    name: str
    columns: tuple[Any, ...]
    order: Any
    finish: Callable[[Sequence[Any]], Any]


def _measured(measure: Measure, of: Any, dialect: Dialect) -> _Measured:
    if measure.of is None:
        return _Measured(measure.name, (sa.func.count(),), sa.func.count(), _first)
    return _MEASURES[measure.function](_Column(measure, kind_of(measure.of), of, dialect))


@dataclass(frozen=True, slots=True)
class _Column:
    """What a measure is made of: a column of the rows of a group, and its kind."""

    measure: Measure
    kind: Kind
    of: Any
    dialect: Dialect

    @property
    def scalar(self) -> ScalarKind:
        return _scalar(self.kind)

    @property
    def plain(self) -> Any:
        return self.dialect.idioms.comparable(self.of, self.scalar)

    @property
    def number(self) -> Any:
        return self.dialect.idioms.number(self.of, self.scalar)

    @property
    def totals(self) -> tuple[Any, ...]:
        return self.dialect.idioms.totals(self.of, self.scalar)

    def total(self, cells: Sequence[Any]) -> Any:
        found = self.dialect.idioms.total(cells, self.scalar)
        return zero(self.kind) if found is None else found

    def ranked(self, fraction: float, *, is_descending: bool = False) -> Any:
        idioms = self.dialect.idioms
        return idioms.ranked(self.of, self.scalar, fraction, is_descending=is_descending)

    def counted(self, column: Any) -> _Measured:
        return _Measured(self.measure.name, (column,), column, _first)

    def one(self, column: Any) -> _Measured:
        """Takes one of the values as it is."""
        decode = decoder_of(self.kind, self.dialect)
        ordered = self.dialect.idioms.comparable(column, self.scalar)
        return _Measured(self.measure.name, (column,), ordered, lambda cells: decode(cells[0]))


def _sum(of: _Column) -> _Measured:
    return _Measured(of.measure.name, of.totals, sa.func.sum(of.number), of.total)


def _mean(of: _Column) -> _Measured:
    columns = (*of.totals, sa.func.count(of.of))

    def finish(cells: Sequence[Any]) -> Any:
        return mean(of.total(cells[:-1]), cells[-1])

    return _Measured(of.measure.name, columns, sa.func.avg(of.number), finish)


def _median(of: _Column) -> _Measured:
    ends = (of.ranked(0.5), of.ranked(0.5, is_descending=True))
    low, high = (of.dialect.idioms.number(each, of.scalar) for each in ends)
    decode = decoder_of(of.kind, of.dialect)
    return _Measured(of.measure.name, ends, low + high, lambda cells: middle(*map(decode, cells)))


_MEASURES: Mapping[Function, Callable[[_Column], _Measured]] = {
    Function.COUNT: lambda of: of.counted(sa.func.count(of.of)),
    Function.DISTINCT: lambda of: of.counted(sa.func.count(of.plain.distinct())),
    Function.SUM: _sum,
    Function.MEAN: _mean,
    Function.MEDIAN: _median,
    Function.MIN: lambda of: of.one(sa.func.min(of.plain)),
    Function.MAX: lambda of: of.one(sa.func.max(of.plain)),
    Function.PERCENTILE: lambda of: of.one(of.ranked(of.measure.fraction)),
}


def _first(cells: Sequence[Any]) -> int:
    return int(cells[0])


def _scalar(kind: Kind) -> ScalarKind:
    return kind.scalar or ScalarKind.INT


def _row_reader(decoders: Sequence[Decode], measured: Sequence[_Measured]) -> ReadRow:
    def read(row: Sequence[Any]) -> tuple[Any, ...]:
        values = [decode(cell) for decode, cell in zip(decoders, row, strict=False)]
        start = len(decoders)
        for each in measured:
            end = start + len(each.columns)
            try:
                values.append(each.finish(row[start:end]))
            except OverflowError as error:
                found = f"is beyond what can be told: {error}"
                raise InvalidInput([Problem(each.name, found)]) from None
            start = end
        return tuple(values)

    return read


def decoder_of(kind: Kind, dialect: Dialect) -> Decode:
    """Returns a function from what the driver gives to a value of a kind; nothing stays nothing.

    Example:
        ```python
        from datetime import timedelta

        from triptych.adapters.database.sqlite_dialect import SqliteDialect
        from triptych.adapters.objects.aggregating import decoder_of
        from triptych.domain.expression import Kind
        from triptych.domain.ontology import Scalar, ScalarKind

        decode = decoder_of(Kind(Scalar(ScalarKind.TIMEDELTA)), SqliteDialect())
        assert decode(1_000_000) == timedelta(seconds=1) and decode(None) is None
        ```
    """
    decode = dialect.codecs[_scalar(kind)].decode
    if isinstance(kind.type, Enumeration):
        members: dict[Any, Any] = {
            value: kind.type.python[name] for value, name in kind.type.members
        }
        decode = members.__getitem__
    if decode is None:
        return lambda cell: cell
    known = decode
    return lambda cell: None if cell is None else known(cell)


def read_facets(
    rows: Sequence[Sequence[Any]], by: Sequence[Grouping]
) -> dict[str, tuple[Facet, ...]]:
    """Reads the rows of the statement of facets."""
    found: dict[str, list[Facet]] = {each.name: [] for each in by}
    for place, document, count in rows:
        raw, kind = msgspec.json.decode(document)["value"], by[place].kind
        type_: Any = Scalar(_scalar(kind)) if isinstance(kind.type, Scalar) else kind.type
        value = None if raw is None else parse(type_, raw)
        found[by[place].name].append(Facet(value, count))
    return {
        name: tuple(sorted(each, key=lambda facet: -facet.count)) for name, each in found.items()
    }
