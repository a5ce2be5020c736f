"""From layouts to tables: keys, checks, indexes, and what an application adds to them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import SchemaItem

from triptych.adapters.database.dialect import Dialect
from triptych.adapters.database.search import SEARCHED
from triptych.adapters.objects.layout import Column, Layout, lay_out
from triptych.domain.errors import InvalidInput, Problem
from triptych.domain.ontology import (
    Bounds,
    Choice,
    Enumeration,
    Identifier,
    Ontology,
    Scalar,
    ScalarKind,
    Structure,
)

VERSION, ENTRY, UNTIL = "_version", "_entry", "_until"
_RESERVED = ("rank", "rowid")


@dataclass(frozen=True, slots=True)
class Table:
    """What an application says about the table of one of its object types.

    Every link has an index already, and every key; an index is completed by the key, so that
    paging in its order needs no sorting. Properties are named by their dotted path.

    Attributes:
        of: The class.
        name: The table's name, or `None` for the plural in snake case.
        indexes: Groups of properties that are looked up, or put in order, together.
        unique: Groups of properties of which no two objects have the same values.
        search: Texts that are searched by words.
        was: Names that the table had before.
        renamed: What properties were called before, by what they are called now: of the earlier
            row, parts of value objects by their dotted path.
        backfill: What properties hold in rows from before they were there, or before they held
            what they do now: a value; a mapping from what it was to what it is; or a function
            of the row as it was, a mapping by the names of columns, to the value.

    Example:
        ```python
        from flights.domain.entities import Flight

        from triptych import Table

        FLIGHTS = Table(Flight, indexes=(("origin", "departure"),))
        assert FLIGHTS.unique == FLIGHTS.search == ()
        ```
    """

    of: type
    name: str | None = None
    indexes: Sequence[Sequence[str]] = ()
    unique: Sequence[Sequence[str]] = ()
    search: Sequence[str] = ()
    was: Sequence[str] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    backfill: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredType:
    """An object type with its layout and its tables in one database's terms.

    Attributes:
        layout: The row.
        table: Its table; the first two columns are the version, and the entry of the ledger
            that made it.
        joined: The tables of its links to many, by property.
        history: By table, what its rows once were, and until which entry of the ledger.
        origin: The table that all rows are of, and whose texts are searched by words; none
            where rows are of several.
        screened: The properties of which something else may be seen.
    """

    layout: Layout
    table: sa.Table
    joined: Mapping[str, sa.Table]
    history: Mapping[str, sa.Table] = field(default_factory=dict)
    origin: sa.Table | None = None
    screened: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The object type's name."""
        return self.layout.object_type.name

    @property
    def tables(self) -> tuple[sa.Table, ...]:
        """Its own table, those of its links to many, and those of their history."""
        return self.table, *self.joined.values(), *self.history.values()


def make_tables(
    ontology: Ontology, dialect: Dialect, options: Iterable[Table] = ()
) -> dict[str, StoredType]:
    """Makes the tables of every object type, by the object type's name.

    Args:
        ontology: What is to be stored.
        dialect: In which database's terms.
        options: What the application says about some of the tables.

    Raises:
        InvalidInput: An option names a class or property that is not there.
        UnknownName: An option is about a class that is no object type.
        Misconfigured: Two values of an object type would share a column name.

    Example:
        ```python
        from triptych import read_ontology
        from triptych.adapters.database.sqlite_dialect import SqliteDialect
        from triptych.adapters.objects.tables import make_tables

        tables = make_tables(read_ontology("flights"), SqliteDialect())
        assert tables["CrewAssignment"].table.name == "crew_assignments"
        ```
    """
    said = {ontology.object_type(each.of).name: each for each in options}
    metadata = sa.MetaData()
    layouts = {each.name: lay_out(each) for each in ontology.object_types}
    names = {
        name: (said[name].name if name in said else None) or layout.object_type.collection
        for name, layout in layouts.items()
    }
    stored = {}
    for name, layout in layouts.items():
        builder = _TableBuilder(layout, layouts, names, dialect)
        option = said.get(name, Table(layout.object_type.python))
        table = sa.Table(
            names[name],
            metadata,
            *builder.items(option),
            sqlite_strict=True,
            info={SEARCHED: builder.searched(option.search)},
        )
        # An index of words attaches itself to the table whose columns it names.
        list(dialect.search.indexes(table))
        joined = {
            column.path[0]: builder.joined(column, target, metadata)
            for column, target in layout.links()
            if column.is_joined
        }
        history = {each.name: _history(each, metadata) for each in (table, *joined.values())}
        stored[name] = StoredType(layout, table, joined, history, origin=table)
    return stored


def _history(of: sa.Table, metadata: sa.MetaData) -> sa.Table:
    """Makes the table of what the rows of a table once were, and until when."""
    key = [each.name for each in of.primary_key.columns]
    return sa.Table(
        f"{of.name}__history",
        metadata,
        sa.Column(UNTIL, of.c[ENTRY].type, nullable=False),
        *(sa.Column(each.name, each.type, nullable=each.nullable) for each in of.columns),
        sa.PrimaryKeyConstraint(*key, UNTIL, name=f"pk_{of.name}__history"),
        sa.Index(f"ix_{of.name}__history_until", UNTIL),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


@dataclass(frozen=True, slots=True)
class _TableBuilder:
    layout: Layout
    layouts: Mapping[str, Layout]
    names: Mapping[str, str]
    dialect: Dialect

    @property
    def name(self) -> str:
        return self.names[self.layout.object_type.name]

    def items(self, option: Table) -> Iterator[SchemaItem]:
        for name in (VERSION, ENTRY):
            yield sa.Column(name, self.dialect.codecs[ScalarKind.INT].sql, nullable=False)
        for column in self.layout.columns:
            if not column.is_joined:
                yield sa.Column(column.name, self._sql_type(column), nullable=column.is_nullable)
                yield from self._checks(column)
        yield sa.PrimaryKeyConstraint(
            *(column.name for column in self.layout.key), name=f"pk_{self.name}"
        )
        for column, target in self.layout.links():
            if not column.is_joined:
                yield self._foreign_key(self.name, column.name, target)
                yield self._index([column.name])
        for paths in option.indexes:
            yield self._index(self._named(paths))
        for paths in option.unique:
            columns = self._named(paths)
            # An index, not a constraint: it can be made after many rows are in, everywhere.
            yield sa.Index(f"uq_{self.name}_{'_'.join(columns)}", *columns, unique=True)

    def _index(self, columns: list[str]) -> SchemaItem:
        """An index ends in the key, so that a page in its order needs no sorting."""
        rest = [each.name for each in self.layout.key if each.name not in columns]
        return sa.Index(f"ix_{self.name}_{'_'.join(columns)}", *columns, *rest)

    def _named(self, paths: Sequence[str]) -> list[str]:
        names = []
        for path in paths:
            try:
                names.append(self.layout.column(tuple(path.split("."))).name)
            except KeyError:
                owner = self.layout.object_type.name
                raise InvalidInput(
                    [Problem(f"Table({owner})", f"{owner} has no stored value {path!r}")]
                ) from None
        return names

    def searched(self, paths: Sequence[str]) -> tuple[str, ...]:
        """Names the columns that are searched by words.

        Raises:
            InvalidInput: There is no such value, or it is no text.
        """
        names = self._named(paths)
        for path in paths:
            column = self.layout.column(tuple(path.split(".")))
            is_text = column.type is not None and not isinstance(column.type, Structure)
            if column.many or not is_text or column.type.kind is not ScalarKind.STR:  # type: ignore[union-attr]  # checked before
                found = f"{path} of {self.layout.object_type.name} is no text"
                raise InvalidInput([Problem("search", found, "search texts only")])
            if column.name in _RESERVED:
                found = f"{path} of {self.layout.object_type.name} is called as no word index can"
                raise InvalidInput([Problem("search", found, "call it otherwise")])
        return tuple(names)

    def _sql_type(self, column: Column) -> Any:
        if column.many:
            return self.dialect.array.sql
        if column.type is None or isinstance(column.type, Structure):
            return self.dialect.codecs[ScalarKind.BOOL].sql
        return self.dialect.codecs[column.type.kind].sql

    def _foreign_key(self, table: str, column: str, target: Identifier) -> SchemaItem:
        return sa.ForeignKeyConstraint(
            [column],
            [f"{self.names[target.target]}.id"],
            name=f"fk_{table}_{column}",
            deferrable=True,
            initially="DEFERRED",
        )

    def _checks(self, column: Column) -> Iterator[SchemaItem]:
        """A check's name ends in a digest of what it says, so that a change of it is seen."""
        condition = None if column.many else self._allowed(column)
        if condition is not None:
            yield self._check(column, condition)

    def _allowed(self, column: Column) -> sa.ColumnElement[bool] | None:
        """Says what a column may hold, beyond its type."""
        named: sa.ColumnElement[Any] = sa.column(column.name)
        match column.type:
            case Structure() | Identifier():
                return None
            case Enumeration() | Choice(kind=ScalarKind.STR | ScalarKind.INT):
                return named.in_(column.type.values)
            case Scalar(bounds=Bounds() as bounds):
                return self._bounds(column.type, bounds, named)
            case None | Choice() | Scalar(kind=ScalarKind.BOOL) if self.dialect.name == "sqlite":
                return named.in_([0, 1])
        return None

    def _check(self, column: Column, condition: sa.ColumnElement[bool]) -> SchemaItem:
        text = condition.compile(dialect=self.dialect.sql, compile_kwargs={"literal_binds": True})
        digest = hashlib.sha256(str(text).encode()).hexdigest()[:8]
        return sa.CheckConstraint(sa.text(str(text)), name=f"ck_{self.name}_{column.name}_{digest}")

    def _bounds(self, of: Scalar, bounds: Bounds, named: Any) -> sa.ColumnElement[bool] | None:
        codec = self.dialect.codecs[of.kind]
        is_sized = of.kind in (ScalarKind.STR, ScalarKind.BYTES)
        measured = sa.func.length(named) if is_sized else named
        limits = []
        for limit, compare in ((bounds.low, "__ge__"), (bounds.high, "__le__")):
            if limit is None:
                continue
            if is_sized:
                bound: Any = sa.literal(limit, sa.Integer())
            else:
                encoded = codec.encode(limit) if codec.encode else limit
                bound = sa.literal(encoded, codec.sql)
            limits.append(getattr(measured, compare)(bound))
        return sa.and_(*limits) if limits else None

    def joined(self, column: Column, target: Identifier, metadata: sa.MetaData) -> sa.Table:
        """Makes the table of a link to many: owner, place, target."""
        name = f"{self.name}__{column.name}"
        key = self.layout.key
        owners = [f"owner_{each.name}" for each in key]
        columns = [
            sa.Column(owner, self._sql_type(each), nullable=False)
            for owner, each in zip(owners, key, strict=True)
        ]
        return sa.Table(
            name,
            metadata,
            sa.Column(ENTRY, self.dialect.codecs[ScalarKind.INT].sql, nullable=False),
            *columns,
            sa.Column("place", self.dialect.codecs[ScalarKind.INT].sql, nullable=False),
            sa.Column("target", self.dialect.codecs[target.kind].sql, nullable=False),
            sa.PrimaryKeyConstraint(*owners, "place", name=f"pk_{name}"),
            sa.ForeignKeyConstraint(
                owners,
                [f"{self.name}.{each.name}" for each in key],
                name=f"fk_{name}_owner",
                ondelete="CASCADE",
                deferrable=True,
                initially="DEFERRED",
            ),
            self._foreign_key(name, "target", target),
            sa.Index(f"ix_{name}_target", "target"),
            sqlite_strict=True,
        )
