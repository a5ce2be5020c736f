"""The tables that the code wants, and what the application says about how they came to be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from triptych.adapters.database.dialect import Dialect
from triptych.adapters.migrations.fills import Filler
from triptych.adapters.objects.kinds import kinds_of_own, kinds_of_type
from triptych.adapters.objects.layout import Column, Layout
from triptych.adapters.objects.tables import StoredType, Table
from triptych.domain.errors import InvalidInput, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedTable:
    """A table as the code wants it.

    Attributes:
        table: The table.
        kinds: What its columns hold.
        before: What it was called, perhaps.
        renamed: What its columns were called, perhaps.
        filler: Knows how its columns can be filled; `None` for tables of Triptych's own.
        moved_from: The column of a table, by all names that table may have, whose links to one
            each it holds now as links to many.
    """

    table: sa.Table
    kinds: Mapping[str, str]
    before: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    filler: Filler | None = None
    moved_from: tuple[tuple[str, ...], str] | None = None

    @property
    def name(self) -> str:
        """What it is called."""
        return str(self.table.name)

    @property
    def key(self) -> tuple[str, ...]:
        """The columns of its primary key."""
        return tuple(each.name for each in self.table.primary_key.columns)


def wanted_tables(
    stored: Iterable[StoredType],
    options: Iterable[Table],
    own: Iterable[sa.Table],
    dialect: Dialect,
) -> list[WantedTable]:
    """Lists all tables that the code wants.

    Args:
        stored: The object types.
        options: What the application says about some of their tables.
        own: Triptych's own tables.
        dialect: How the database says things.

    Raises:
        InvalidInput: The application speaks of a property that is not there.
    """
    said = {each.of: each for each in options}
    found: list[WantedTable] = []
    for each in stored:
        python = each.layout.object_type.python
        found += _Wanted(each, said.get(python, Table(python)), dialect).tables()
    return [*found, *(WantedTable(table=each, kinds=kinds_of_own(each, dialect)) for each in own)]


@dataclass(frozen=True, slots=True)
class _Wanted:
    stored: StoredType
    option: Table
    dialect: Dialect

    @property
    def layout(self) -> Layout:
        return self.stored.layout

    def tables(self) -> Iterator[WantedTable]:
        self._check()
        names = tuple(self.option.was)
        yield from self._with_history(
            WantedTable(
                table=self.stored.table,
                kinds=self.kinds[self.stored.table.name],
                before=names,
                renamed=self._renamed(),
                filler=Filler(self.layout, self.option.backfill, self.dialect),
            )
        )
        for column, _ in self.layout.links():
            if column.is_joined:
                yield from self._with_history(self._joined(column, names))

    @property
    def kinds(self) -> dict[str, dict[str, str]]:
        return kinds_of_type(self.stored)

    def _with_history(self, of: WantedTable) -> Iterator[WantedTable]:
        yield of
        history = self.stored.history[of.name]
        yield WantedTable(
            table=history,
            kinds=self.kinds[history.name],
            before=tuple(f"{name}__history" for name in of.before),
            renamed=of.renamed,
            filler=of.filler,
            moved_from=_history_of(of.moved_from),
        )

    def _joined(self, column: Column, names: tuple[str, ...]) -> WantedTable:
        own, table = self.stored.table.name, self.stored.joined[column.path[0]]
        was = self.option.renamed.get(".".join(column.path))
        called = [was.replace(".", "_")] if was else []
        places = [(owner, each) for owner in (own, *names) for each in (column.name, *called)]
        return WantedTable(
            table=table,
            kinds=self.kinds[table.name],
            before=tuple(f"{owner}__{each}" for owner, each in places),
            moved_from=((own, *names), called[0]) if called else None,
        )

    def _renamed(self) -> dict[str, str]:
        """Says what the columns were called, those of value objects part by part."""
        called = {}
        for column in self.layout.columns:
            for size in range(len(column.path), 0, -1):
                was = self.option.renamed.get(".".join(column.path[:size]))
                if was is not None:
                    rest = column.path[size:]
                    end = "__present" if column.is_presence else ""
                    called[column.name] = "_".join((*was.split("."), *rest)) + end
                    break
        return called

    def _check(self) -> None:
        """Checks that what is said is about properties that are there."""
        known = {
            ".".join(each.path[:size])
            for each in self.layout.columns
            for size in range(1, len(each.path) + 1)
        }
        owner = self.layout.object_type.name
        problems = [
            Problem(f"Table({owner}).{what}", f"{owner} has no stored value {path!r}")
            for what, said in (("renamed", self.option.renamed), ("backfill", self.option.backfill))
            for path in said
            if path not in known
        ]
        if problems:
            raise InvalidInput(problems)


def _history_of(
    moved: tuple[tuple[str, ...], str] | None,
) -> tuple[tuple[str, ...], str] | None:
    if moved is None:
        return None
    names, column = moved
    return tuple(f"{name}__history" for name in names), column
