"""How columns that were not there get their values."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from triptych.adapters.database.dialect import Dialect
from triptych.adapters.migrations.found import FoundColumn
from triptych.adapters.objects.kinds import PRESENCE, kind_of
from triptych.adapters.objects.layout import Column, Group, Layout
from triptych.adapters.objects.mapping import encoder
from triptych.domain.ontology import Property, ScalarKind, Structure

type Row = Mapping[str, Any]
type Cells = tuple[Any, ...]

CONVERSIONS: Mapping[tuple[str, str], Callable[[Any], Any]] = {
    ("bool", "int"): int,
    ("int", "float"): float,
    ("int", "Decimal"): Decimal,
    ("int", "str"): str,
    ("float", "Decimal"): lambda value: Decimal(repr(value)),
    ("Decimal", "str"): lambda value: format(value, "f"),
    ("UUID", "str"): str,
    ("date", "str"): date.isoformat,
    ("date", "datetime"): lambda value: datetime.combine(value, time(), UTC),
    ("str", "int"): int,
    ("str", "Decimal"): Decimal,
    ("str", "UUID"): UUID,
    ("str", "date"): date.fromisoformat,
    ("str", "datetime"): datetime.fromisoformat,
}
"""From what a column held to what it holds now, where nothing is lost and nothing guessed."""


@dataclass(frozen=True, slots=True)
class Fill:
    """Where the cells of some columns of a table come from.

    Attributes:
        columns: Which columns.
        about: Where from, for people.
        compute: From the row as it was to the cells.
        constant: The cells, where they are the same in each row.
        is_said: Whether the application says so.
    """

    columns: tuple[str, ...]
    about: str
    compute: Callable[[Row], Cells]
    constant: Cells | None = None
    is_said: bool = False


def constant(columns: Sequence[str], cells: Cells, about: str) -> Fill:
    """Makes a fill that is the same in each row.

    Example:
        ```python
        from triptych.adapters.migrations.fills import constant

        assert constant(["delay"], (0,), "the default").compute({}) == (0,)
        ```
    """
    return Fill(tuple(columns), about, lambda row: cells, cells)


@dataclass(frozen=True, slots=True)
class Filler:
    """Knows how the columns of an object type can be filled.

    Attributes:
        layout: The row as the code wants it.
        backfills: What the application says, by dotted path: a value, a mapping from what it
            was to what it is, or a function of the row as it was.
        dialect: How the database says things.
    """

    layout: Layout
    backfills: Mapping[str, Any]
    dialect: Dialect

    def fill(self, name: str, before: str, found: Mapping[str, FoundColumn]) -> Fill | None:
        """Finds out how a column is filled; `None` where nobody says.

        Args:
            name: The column.
            before: What it was called; the same where it was not renamed.
            found: The columns that are there.
        """
        column = next(each for each in self.layout.columns if each.name == name)
        said = self._said(column)
        if said is not None:
            return said
        if before in found:
            return self._converted(column, before, found[before].kind)
        return self._natural(column, found)

    def _said(self, column: Column) -> Fill | None:
        """Looks for what the application says about a column, or about what it is part of."""
        for size in range(len(column.path), 0, -1):
            path = ".".join(column.path[:size])
            if path in self.backfills:
                said = self.backfills[path]
                made = self._of(self._field(column.path[:size]), said, f"backfill of {path}")
                return replace(made, is_said=True)
        return None

    def replaced(self, column: Column) -> Mapping[Any, Any]:
        """Returns which values of a column become others, by cells; none where nobody says."""
        said = self.backfills.get(".".join(column.path))
        if not isinstance(said, Mapping):
            return {}
        encode = encoder(column, self.dialect)
        return {_plain_cell(old): encode(new) for old, new in said.items() if old is not None}

    def _of(self, field: Column | Group, said: Any, about: str) -> Fill:
        names = tuple(_names(field))
        if isinstance(said, Mapping):
            return Fill(names, about, self._mapped(field, said))
        if not callable(said):
            return constant(names, self._cells(field, said), about)
        return Fill(names, about, lambda row: self._cells(field, said(row)))

    def _mapped(self, field: Column | Group, said: Mapping[Any, Any]) -> Callable[[Row], Cells]:
        path = ".".join(field.path)

        def compute(row: Row) -> Cells:
            was = row.get("_".join(field.path))
            if was is not None and was not in said:
                raise ValueError(f"{was!r:.60} is not in the backfill of {path}")
            return self._cells(field, said.get(was))

        return compute

    def _cells(self, field: Column | Group, value: Any) -> Cells:
        return tuple(cell for _, cell in _cells(field, value, self.dialect))

    def _field(self, path: tuple[str, ...]) -> Column | Group:
        fields: Sequence[Column | Group] = self.layout.fields
        field: Column | Group | None = None
        for name in path:
            field = next(each for each in fields if each.path[-1] == name)
            fields = field.fields if isinstance(field, Group) else ()
        if field is None:
            raise KeyError(path)
        return field

    def _converted(self, column: Column, before: str, kind: str) -> Fill | None:
        convert = CONVERSIONS.get((kind, kind_of(column)))
        if convert is None:
            return None

        def compute(row: Row) -> Cells:
            was = row[before]
            return self._cells(column, None if was is None else convert(was))

        return Fill((column.name,), f"{kind} read as {kind_of(column)}", compute)

    def _natural(self, column: Column, found: Mapping[str, FoundColumn]) -> Fill | None:
        """Fills a new column by the default of what is new, or with nothing where it may be so."""
        properties: Sequence[Property] = self.layout.object_type.properties
        for size, name in enumerate(column.path, 1):
            held = next(each for each in properties if each.name == name)
            path = column.path[:size]
            field = self._field(path)
            if held.default is not None and not set(_names(field)) & set(found):
                return self._defaulted(field, held, path, found)
            if isinstance(held.type, Structure) and not held.many:
                if held.is_optional and not set(_names(field)) & set(found):
                    return self._of(field, None, "none")
                properties = held.type.properties
        return self._empty(column, held, found)

    def _empty(
        self, column: Column, held: Property, found: Mapping[str, FoundColumn]
    ) -> Fill | None:
        if column.is_presence:
            return self._present(column, found)
        if held.is_optional:
            return constant([column.name], (None,), "none")
        if held.many:
            return constant([column.name], ("[]",), "empty")
        return None

    def _present(self, column: Column, found: Mapping[str, FoundColumn]) -> Fill:
        return Fill((column.name,), "as it was", lambda row: (self._is_there(column.path, row),))

    def _defaulted(
        self,
        field: Column | Group,
        held: Property,
        path: tuple[str, ...],
        found: Mapping[str, FoundColumn],
    ) -> Fill:
        """Fills by a default; within a value object that may be missing, only where it is there."""
        make = _default_maker(self._owner(path), held)
        names, about = tuple(_names(field)), "the default"
        around = self._optional_group(path)
        if around is not None:
            return Fill(names, about, self._only_where(around, field, make))
        first, second = self._cells(field, make()), self._cells(field, make())
        if first != second:
            return Fill(
                names, f"{about}, made for each row", lambda row: self._cells(field, make())
            )
        return constant(names, first, about)

    def _only_where(
        self, around: tuple[str, ...], field: Column | Group, make: Callable[[], Any]
    ) -> Callable[[Row], Cells]:
        return lambda row: self._cells(field, make() if self._is_there(around, row) else None)

    def _optional_group(self, path: tuple[str, ...]) -> tuple[str, ...] | None:
        for size in range(1, len(path)):
            field = self._field(path[:size])
            if isinstance(field, Group) and field.is_optional:
                return path[:size]
        return None

    def _is_there(self, path: tuple[str, ...], row: Row) -> bool:
        """Tells whether a value object was there in a row as it was."""
        name = "_".join(path)
        if f"{name}__present" in row:
            return bool(row[f"{name}__present"])
        return any(value is not None for key, value in row.items() if key.startswith(f"{name}_"))

    def _owner(self, path: tuple[str, ...]) -> type:
        of: Any = self.layout.object_type
        for name in path[:-1]:
            of = next(each for each in of.properties if each.name == name).type
        python: type = of.python
        return python


def _default_maker(owner: type, held: Property) -> Callable[[], Any]:
    declared = next(each for each in dataclasses.fields(owner) if each.name == held.name)
    if declared.default_factory is not dataclasses.MISSING:
        return declared.default_factory
    return lambda: declared.default


def _names(field: Column | Group) -> Iterator[str]:
    if isinstance(field, Column):
        yield field.name
        return
    if field.witness and field.witness.is_presence:
        yield field.witness.name
    for each in field.fields:
        yield from _names(each)


def _cells(field: Column | Group, value: Any, dialect: Dialect) -> Iterator[tuple[str, Any]]:
    """Yields the cells of a property, in the order of its columns.

    Raises:
        Unfit: The value does not fit.
    """
    if isinstance(field, Column):
        is_missing = value is None and field.is_nullable
        yield field.name, None if is_missing else encoder(field, dialect)(value)
        return
    if field.witness and field.witness.is_presence:
        yield field.witness.name, value is not None
    for each in field.fields:
        part = None if value is None else getattr(value, each.path[-1])
        yield from _cells(each, part, dialect)


def _plain_cell(value: Any) -> Any:
    return getattr(value, "value", value)


def row_reader(
    columns: Mapping[str, FoundColumn], aliases: Mapping[str, str], dialect: Dialect
) -> Callable[[Sequence[Any]], dict[str, Any]]:
    """Returns a function from the cells of a row that is there to what they hold, by column.

    Args:
        columns: The columns, in order.
        aliases: Other names that some of them may be asked for by.
        dialect: How the database says things.

    Example:
        ```python
        from triptych.adapters.database.sqlite_dialect import SqliteDialect
        from triptych.adapters.migrations.fills import row_reader
        from triptych.adapters.migrations.found import FoundColumn

        read = row_reader({"due": FoundColumn("TEXT", True, "date")}, {}, SqliteDialect())
        assert read(["2026-11-25"])["due"].year == 2026
        ```
    """
    decoders = [(name, _decoder(each.kind, dialect)) for name, each in columns.items()]

    def read(cells: Sequence[Any]) -> dict[str, Any]:
        row = {
            name: cell if cell is None or decode is None else decode(cell)
            for (name, decode), cell in zip(decoders, cells, strict=True)
        }
        return row | {other: row[name] for other, name in aliases.items() if name in row}

    return read


def _decoder(kind: str, dialect: Dialect) -> Callable[[Any], Any] | None:
    if kind == PRESENCE:
        return bool
    if kind.startswith(("tuple[", "frozenset[")):
        return msgspec.json.decode
    return dialect.codecs[ScalarKind(kind)].decode if kind in set(ScalarKind) else None
