"""All that is derived of one object type for one database, once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from triptych.adapters.database.dialect import Dialect, Statement
from triptych.adapters.objects.aggregating import Asking, ReadRow
from triptych.adapters.objects.givens import Binder, query_of
from triptych.adapters.objects.layout import Column, Layout
from triptych.adapters.objects.mapping import Mapping, encoder, make_mapping
from triptych.adapters.objects.paging import list_digest, read_cursor
from triptych.adapters.objects.statements import (
    Shape,
    Statements,
    order_shape,
)
from triptych.adapters.objects.tables import StoredType, Table, make_tables
from triptych.adapters.objects.values import Unfit
from triptych.domain.errors import InvalidInput, Problem
from triptych.domain.expression import Condition, Expression, Kind, Operator, Order, find_path
from triptych.domain.expression.aggregates import Aggregation, Grouping
from triptych.domain.expression.building import both
from triptych.domain.expression.names import Names
from triptych.domain.expression.nodes import Compare, Given, Value, Variable
from triptych.domain.expression.paths import RANK
from triptych.domain.expression.spelling import spell
from triptych.domain.ontology import Many, ObjectType, Scalar

_MOST_ONES, _MOST_BINDERS = 64, 512


@dataclass(frozen=True, slots=True)
class Listing:
    """One list that is asked for: which objects, in which order, from where on.

    Attributes:
        condition: What they must fulfil.
        order: What they are put in order by; empty for any.
        take: How many at the most; one more is read, to know whether there is a next page.
        after: The cursor of the page before.
        words: What they are ranked by, where they are.
    """

    condition: Condition
    order: tuple[Order, ...] = ()
    take: int = 0
    after: str | None = None
    words: str | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """An object type in one database: its row, its mapping, its statements.

    Attributes:
        stored: The object type and its tables.
        mapping: From rows to objects and back.
        statements: What is asked of the database.
        ones: The statements that read one object, by the properties they show.
        binders: What binds values to statements, by the spelling of their expression.
        aggregates: The statements that measure groups, by what they ask, with what reads them.
        encoders: From a Python value to what the driver takes, by column.
    """

    stored: StoredType
    mapping: Mapping
    statements: Statements
    encoders: dict[str, Callable[[Any], Any]]
    ones: dict[tuple[str, ...] | None, Statement] = field(default_factory=dict)
    binders: dict[str, Binder] = field(default_factory=dict)
    aggregates: dict[tuple[str, str], tuple[Any, ReadRow]] = field(default_factory=dict)

    @property
    def object_type(self) -> ObjectType:
        """The object type."""
        return self.stored.layout.object_type

    @property
    def layout(self) -> Layout:
        """The row."""
        return self.stored.layout

    def key_of(self, of: Any) -> Any:
        """Returns an object's id, or the tuple of ids of a relationship."""
        names = self.object_type.key
        if len(names) == 1:
            return getattr(of, names[0])
        return tuple(getattr(of, name) for name in names)

    def key_cells(self, key: Any) -> dict[str, Any]:
        """Returns the cells of an id by parameter, `k_` and the column's name.

        Raises:
            InvalidInput: It is not an id of this object type.
        """
        columns, cells = self.layout.key, self._key_cells(key)
        return {f"k_{each.name}": cell for each, cell in zip(columns, cells, strict=True)}

    def _key_cells(self, key: Any) -> list[Any]:
        columns = self.layout.key
        parts = key if len(columns) > 1 and isinstance(key, tuple) else (key,)
        if len(parts) != len(columns):
            wanted = ", ".join(each.name for each in columns)
            raise InvalidInput([Problem("id", f"{key!r:.60} is not ({wanted})")])
        cells, problems = [], []
        for column, part in zip(columns, parts, strict=True):
            try:
                cells.append(self.encoders[column.name](part))
            except Unfit as error:
                problems.append(Problem(column.name, str(error)))
        if problems:
            raise InvalidInput(problems)
        return cells

    def values(self, of: Any) -> tuple[Any, ...]:
        """Returns the cells of an object, in the order of the columns; links to many as JSON.

        Raises:
            InvalidInput: It is of another class, or some values do not fit their types.
        """
        return self.mapping.checked_values(of)

    def one_statement(self, fields: tuple[str, ...] | None = None) -> Statement:
        """Returns the statement that reads one object by its id."""
        known = self.ones.get(fields)
        if known is None:
            known = self.statements.select(
                self._shape(self.equal(self.object_type.key), fields=fields)
            )
            if len(self.ones) < _MOST_ONES:
                self.ones[fields] = known
        return known

    def equal(self, names: Sequence[str], values: Sequence[Any] = ()) -> Condition:
        """Asks for the objects whose properties, never missing, are equal to values."""
        subject = Variable((), self.object_type.name)
        clauses: list[Expression] = []
        for place, name in enumerate(names):
            path = find_path(self.object_type, name)
            kind = Kind(path.leaf.type)
            clauses.append(Compare(Operator.EQ, Value(subject, path, kind), Given(place, kind)))
        return Condition(self.object_type.name, both(clauses), tuple(values))

    def one_arguments(self, key: Any) -> dict[str, Any]:
        """Returns the values for the statement that reads one object.

        Raises:
            InvalidInput: The id is of another type.
        """
        return {f"g{place}": cell for place, cell in enumerate(self._key_cells(key))}

    def page(
        self,
        listing: Listing,
        fields: tuple[str, ...] | None = None,
        extra: tuple[str, ...] = (),
        *,
        is_joined: bool = False,
    ) -> tuple[Statement, tuple[Any, ...]]:
        """Returns the statement that reads a page, and its arguments.

        Args:
            listing: What is asked for.
            fields: The properties of documents, or `None` for the cells of objects.
            extra: Further columns.
            is_joined: Whether all documents are read as one text, a line each.

        Raises:
            InvalidInput: A value of the filter does not fit.
            InvalidCursor: The cursor is forged, or of another list.
        """
        values = self.bound(listing.condition)
        shape = self._shape(
            listing.condition,
            order=order_shape(self.layout, listing.order),
            fields=fields,
            extra=extra,
            is_limited=True,
            is_joined=is_joined,
        )
        if listing.after is not None:
            ended = read_cursor(self.digest(listing), listing.order, listing.after)
            shape = replace(shape, after=tuple(value is not None for value in ended))
            values |= self._ended(shape, ended)
        values["take"] = listing.take + 1
        if listing.words is not None:
            values["words"] = query_of(self.statements.dialect)(listing.words)
        statement = self.statements.select(shape)
        return statement, statement.arguments(values)

    def _shape(self, condition: Condition, **more: Any) -> Shape:
        return Shape(condition.spelling, expression=condition.expression, **more)

    def _ended(self, shape: Shape, ended: Sequence[Any]) -> dict[str, Any]:
        encoded = {}
        for place, ((name, _), value) in enumerate(zip(shape.order, ended, strict=True)):
            if value is not None:
                encoded[f"a{place}"] = self.encoders[name](value)
        return encoded

    def target_cell(self, name: str, key: Any) -> Any:
        """Encodes the id of an object that a link to many may lead to."""
        return self.encoders[self.layout.column((name,)).name]((key,))[0]

    def digest(self, listing: Listing) -> str:
        """Names the list that a cursor belongs to."""
        return list_digest(listing.condition, listing.order)

    def count(self, condition: Condition) -> tuple[Statement, tuple[Any, ...]]:
        """Returns the statement that counts, and its arguments.

        Raises:
            InvalidInput: A value of the filter does not fit.
        """
        values = self.bound(condition)
        statement = self.statements.count(self._shape(condition))
        return statement, statement.arguments(values)

    def bound(self, condition: Condition) -> dict[str, Any]:
        """Returns the values of a condition by parameter.

        Raises:
            InvalidInput: Some do not fit their types; all of them are told.
        """
        binder = self.binders.get(condition.spelling)
        if binder is None:
            if len(self.binders) >= _MOST_BINDERS:
                self.binders.pop(next(iter(self.binders)))
            binder = Binder(condition.expression, self.statements.dialect)
            self.binders[condition.spelling] = binder
        return binder.values(condition.given)

    @property
    def _asking(self) -> Asking:
        return Asking(self.stored, self.statements.others, self.statements.dialect)

    def groups(
        self, condition: Condition, aggregation: Aggregation
    ) -> tuple[Statement, tuple[Any, ...], ReadRow]:
        """Returns the statement that measures groups, its arguments, and what reads its rows.

        Raises:
            InvalidInput: A value of the filter does not fit.
        """
        values = self.bound(condition) | {"take": aggregation.take + 1}
        key = (condition.spelling, aggregation.spelling)
        known = self.aggregates.get(key)
        if known is None:
            if len(self.aggregates) >= _MOST_BINDERS:
                self.aggregates.pop(next(iter(self.aggregates)))
            known = self._asking.groups(condition.expression, aggregation)
            self.aggregates[key] = known
        select, read = known
        statement = self.statements.compiled(("groups", *key), lambda: select)
        return statement, statement.arguments(values), read

    def facets(
        self, condition: Condition, by: Sequence[Grouping], take: int
    ) -> tuple[Statement, tuple[Any, ...]]:
        """Returns the statement that counts how often values occur, and its arguments.

        Raises:
            InvalidInput: A value of the filter does not fit.
        """
        said = tuple((each.name, spell(each.of)) for each in by)
        statement = self.statements.compiled(
            ("facets", condition.spelling, said),
            lambda: self._asking.facets(condition.expression, by),
        )
        return statement, statement.arguments(self.bound(condition) | {"take": take})


def make_access(names: Names, dialect: Dialect, options: Iterable[Table] = ()) -> dict[str, Access]:
    """Derives everything for every object type, by the object type's name.

    Args:
        names: The ontology, and what reads its computed properties.
        dialect: How the database says things.
        options: What the application says about some of the tables.

    Raises:
        InvalidInput: An option names a class or property that is not there.
        Misconfigured: Two values of an object type would share a column name.
    """
    types = make_tables(names.ontology, dialect, options)
    return {
        name: Access(
            stored,
            make_mapping(stored.layout, dialect),
            Statements(stored, dialect, types, names),
            {RANK: float} | {each.name: _asked(each, dialect) for each in stored.layout.columns},
        )
        for name, stored in types.items()
    }


def _asked(column: Column, dialect: Dialect) -> Callable[[Any], Any]:
    """Encodes a value that is asked for: it may lie beyond what the column allows."""
    if column.is_joined:
        return encoder(replace(column, many=Many.TUPLE), dialect)
    if isinstance(column.type, Scalar):
        return encoder(replace(column, type=replace(column.type, bounds=None)), dialect)
    return encoder(column, dialect)
