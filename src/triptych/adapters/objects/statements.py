"""The statements of one object type, each compiled once per shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import sqlalchemy as sa

from triptych.adapters.database.dialect import Dialect, Statement, compile_statement
from triptych.adapters.objects.conditions import make_writer
from triptych.adapters.objects.documents import document_column, joined_cell
from triptych.adapters.objects.layout import Column, Layout
from triptych.adapters.objects.tables import ENTRY, VERSION, StoredType
from triptych.domain.errors import InvalidInput, Problem
from triptych.domain.expression import Expression, Order
from triptych.domain.expression.building import kind_of
from triptych.domain.expression.names import Names
from triptych.domain.expression.paths import BY_RANK, RANK
from triptych.domain.ontology import ScalarKind

_MOST_SHAPES = 512


@dataclass(frozen=True, slots=True)
class Shape:
    """What a reading statement looks like, whatever its values.

    Attributes:
        spelling: Of the expression.
        order: Column and whether the greatest comes first.
        after: For each column of the order, whether the last page ended in a value there;
            `None` for a first page.
        fields: The properties of a JSON document, or `None` for the cells of objects.
        extra: Further columns to return.
        is_limited: Whether at most `take` rows are read.
        is_joined: Whether all documents are read as one text, a line each.
        expression: What must hold; `None` for nothing.
    """

    spelling: str = ""
    order: tuple[tuple[str, bool], ...] = ()
    after: tuple[bool, ...] | None = None
    fields: tuple[str, ...] | None = None
    extra: tuple[str, ...] = ()
    is_limited: bool = False
    is_joined: bool = False
    expression: Expression | None = field(default=None, compare=False)


@dataclass(slots=True)
class Statements:
    """Makes and keeps the statements of one object type.

    Attributes:
        stored: The object type and its tables.
        dialect: How the database says things.
        others: All object types and their tables, which expressions may lead to.
        names: Reads computed properties.
        given: What every statement is given, whatever it asks.
    """

    stored: StoredType
    dialect: Dialect
    others: Mapping[str, StoredType]
    names: Names
    given: Mapping[str, Any] = field(default_factory=dict)
    _known: dict[Any, Statement] = field(default_factory=dict)

    @property
    def layout(self) -> Layout:
        """The row."""
        return self.stored.layout

    def compiled(self, key: Any, make: Callable[[], Any]) -> Statement:
        """Compiles what is made, unless that was done before under the same key."""
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _MOST_SHAPES:
                self._known.pop(next(iter(self._known)))
            known = self._known[key] = compile_statement(make(), self.dialect)
        return replace(known, constants={**known.constants, **self.given}) if self.given else known

    def select(self, shape: Shape) -> Statement:
        """Reads a page; its parameters are those of the expression, `after` and `take`."""
        make = self._joined if shape.is_joined else self._select
        return self.compiled(("select", shape), lambda: make(shape))

    def count(self, shape: Shape) -> Statement:
        """Counts what a filter picks out."""
        return self.compiled(("count", shape), lambda: self._counted(shape))

    def _counted(self, shape: Shape) -> Any:
        rows, clauses = self._rows(shape)
        return sa.select(sa.func.count()).select_from(rows).where(*clauses)

    def _select(self, shape: Shape) -> Any:
        table = self.stored.table
        if shape.fields is None:
            cells = [self._cell(column) for column in self.layout.columns]
        else:
            cells = [self._document(shape.fields, table)]
        made = (
            [table.c[VERSION]] if shape.fields is not None else [table.c[VERSION], table.c[ENTRY]]
        )
        return self._picked(shape, [*made, *cells])

    def _joined(self, shape: Shape) -> Any:
        """Makes all documents of a page one text.

        The page is picked first, and documents are made of its rows alone: where it must be
        sorted, that spares making those of all the others. Where rows have an address, the page
        is one of addresses: an index may hold all that it is picked by.
        """
        table = self.stored.table
        address = self.dialect.address(table) if self.stored.origin is not None else None
        if address is not None:
            page = self._picked(shape, [address]).subquery()
            document = sa.select(self._document(shape.fields or (), table)).correlate(page)
            of_row = document.where(address == page.c[address.name]).scalar_subquery()
            return sa.select(self.dialect.json_lines(of_row)).select_from(page)
        columns = (each for each in self.layout.columns if not each.is_joined)
        page = self._picked(shape, [table.c[each.name] for each in columns]).subquery()
        return sa.select(self.dialect.json_lines(self._document(shape.fields or (), page)))

    def _document(self, fields: Sequence[str], rows: sa.FromClause) -> Any:
        """Makes the JSON document of a row, with the computed properties that are named."""
        of = self.layout.object_type
        named = {each.name for each in of.computed} & set(fields)
        written: dict[str, tuple[Any, ScalarKind]] = {}
        for name in sorted(named, key=fields.index):
            expression = self.names.computed(of, name)
            kind = kind_of(expression).scalar if expression else None
            if expression is None or kind is None or kind_of(expression).many:
                found = f"{name} is not one plain value"
                raise InvalidInput([Problem("fields", found, "ask for its parts by themselves")])
            writer = make_writer(self.others, self.dialect, rows)
            written[name] = writer.value(expression), kind
        return document_column(self.stored, self.dialect, fields, rows, written)

    def _picked(self, shape: Shape, cells: list[Any]) -> Any:
        """Selects cells of the rows that a shape picks out, in its order."""
        rows, clauses = self._rows(shape)
        columns: dict[str, Any] = dict(self.stored.table.c.items())
        if any(name == RANK for name, _ in shape.order):
            words = sa.bindparam("words", type_=sa.Text())
            searched, own = self.stored.origin, self.stored.table
            ranked = self.dialect.search.ranked(cast(sa.Table, searched), own, rows, words)
            rows, clause, columns[RANK] = ranked
            clauses += [] if clause is None else [clause]
        statement = sa.select(*cells, *(columns[name] for name in shape.extra)).select_from(rows)
        statement = statement.where(*clauses)
        if shape.after is not None:
            compared = [columns[name] for name, _ in shape.order]
            statement = statement.where(_after(compared, shape.order, shape.after))
        ordered = [_ordered(columns[name], desc) for name, desc in shape.order]
        if ordered:
            statement = statement.order_by(*ordered)
        if shape.is_limited:
            statement = statement.limit(sa.bindparam("take", type_=sa.Integer()))
        return statement

    def _cell(self, column: Column) -> Any:
        if column.is_joined:
            return joined_cell(self.stored, column, self.dialect, self.stored.table).label(
                column.name
            )
        return self.stored.table.c[column.name]

    def _rows(self, shape: Shape) -> tuple[sa.FromClause, list[Any]]:
        """Returns the rows that are asked, joined with those along links, and what must hold."""
        if shape.expression is None:
            return self.stored.table, []
        writer = make_writer(self.others, self.dialect, self.stored.table)
        clause = writer.clause(shape.expression)
        return writer.rows, [clause]

    def pairs_of(self, name: str, count: int, by: str) -> Statement:
        """Finds owner and target of a link to many by some of its owners or of its targets."""
        joined = self.stored.joined[name]
        owner = joined.c[f"owner_{self.layout.key[0].name}"]
        known = owner if by == "owner" else joined.c.target
        parameters = [_parameter(f"w0_{n}", known) for n in range(count)]
        return self.compiled(
            ("pairs", name, count, by),
            lambda: sa.select(owner, joined.c.target)
            .where(known.in_(parameters))
            .order_by(owner, joined.c.place)
            .limit(sa.bindparam("take", type_=sa.Integer())),
        )


def _after(
    columns: Sequence[Any], order: Sequence[tuple[str, bool]], has_value: Sequence[bool]
) -> Any:
    """Says `comes later than the last object of the page before`."""
    values = [_parameter(f"a{place}", column) for place, column in enumerate(columns)]
    directions = {is_descending for _, is_descending in order}
    if len(directions) == 1 and not any(map(_may_be_missing, columns)):
        left, right = sa.tuple_(*columns), sa.tuple_(*values)
        return left < right if directions == {True} else left > right
    later: sa.ColumnElement[bool] = sa.false()
    for place in reversed(range(len(order))):
        column, value = columns[place], values[place]
        if not has_value[place]:
            later = sa.and_(column.is_(None), later)
            continue
        beyond = _beyond(column, value, is_descending=order[place][1])
        later = sa.or_(beyond, sa.and_(column == value, later))
    return later


def _may_be_missing(column: Any) -> bool:
    """Tells whether a column may be NULL; a rank never is."""
    return bool(getattr(column, "nullable", False))


def _ordered(column: Any, is_descending: bool) -> Any:
    ordered = column.desc() if is_descending else column.asc()
    return ordered.nulls_last() if _may_be_missing(column) else ordered


def _beyond(column: Any, value: Any, *, is_descending: bool) -> Any:
    beyond = column < value if is_descending else column > value
    return sa.or_(beyond, column.is_(None)) if _may_be_missing(column) else beyond


def _parameter(name: str, column: Any) -> Any:
    return sa.bindparam(name, type_=column.type)


def order_shape(layout: Layout, order: Sequence[Order]) -> tuple[tuple[str, bool], ...]:
    """Returns the shape of an order."""
    return tuple((_column_name(layout, each), each.is_descending) for each in order)


def _column_name(layout: Layout, order: Order) -> str:
    return RANK if order is BY_RANK else layout.column(order.path.names).name
