"""From edits to writes: the statements that make them, and keep what was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from triptych.adapters.database.database import Write
from triptych.adapters.database.dialect import Statement
from triptych.adapters.objects.access import Access
from triptych.adapters.objects.tables import ENTRY, UNTIL, VERSION
from triptych.domain.actions import Edit

_INTEGER = sa.BigInteger()


@dataclass(frozen=True, slots=True)
class Editing:
    """How the edits of one object type are written.

    Attributes:
        access: The object type.
        entry: The entry of the ledger that they belong to.
        ready: An object whose cells are known already, with them.
    """

    access: Access
    entry: int
    ready: tuple[Any, Sequence[Any]] | None = None

    def first(self, edit: Edit) -> Iterator[Write]:
        """Writes an edit of which nothing has been written yet; what was is kept."""
        key = self.access.key_cells(edit.key) | {"version": edit.version, "entry": self.entry}
        if edit.before is not None:
            yield from self._keep(edit, key)
        yield from self._write(edit, edit.before, key)

    def again(self, edit: Edit, written: Any | None) -> Iterator[Write]:
        """Writes another end of an edit of which one was written."""
        key = self.access.key_cells(edit.key) | {"version": edit.version + 1, "entry": self.entry}
        yield from self._write(edit, written, key)

    def still(self, key: Any, version: int) -> Write:
        """Asks whether an object is still at a version."""
        statement = self._compiled("still", self._still)
        values = self.access.key_cells(key) | {"version": version}
        return Write(statement.text, statement.arguments(values), rows=1)

    def _write(self, edit: Edit, there: Any | None, key: dict[str, Any]) -> Iterator[Write]:
        """Makes of what is there, by its id and version, what is to be."""
        if edit.after is None:
            if there is not None:
                table = self.access.stored.table
                delete = sa.delete(table).where(*self._is_at())
                yield self._run("delete", lambda: delete, key)
            return
        cells = _cells(self.access, edit.after, self.ready)
        key = key | {"next": edit.version + 1}
        if there is None:
            values = key | {f"c_{name}": cell for name, cell in cells.items()}
            yield self._run("insert", self._insert, values)
        else:
            changed = self._changed(edit if there is edit.before else replace(edit, before=there))
            values = key | {f"c_{name}": cells[name] for name in changed}
            yield self._run(("update", changed), lambda: self._update(changed), values)
        for name in self.access.stored.joined:
            old = None if there is None else getattr(there, name)
            if old != getattr(edit.after, name):
                yield from self._join(name, edit.key, cells)

    def _changed(self, edit: Edit) -> tuple[str, ...]:
        """Names the columns that become other ones.

        A column that is written is looked up in its indexes, even if it stays the same.
        """
        names = edit.changes()
        return tuple([each.name for each in self.access.layout.columns if each.path[0] in names])

    def _run(self, name: Any, make: Any, values: Mapping[str, Any]) -> Write:
        statement = self._compiled(name, make)
        return Write(statement.text, statement.arguments(values), rows=1)

    def _compiled(self, name: Any, make: Any) -> Statement:
        return self.access.statements.compiled(name, make)

    def _keep(self, edit: Edit, values: Mapping[str, Any]) -> Iterator[Write]:
        """Copies the rows of an object, as they are, into their history."""
        yield self._run("keep", self._copy, values)
        for name in self.access.stored.joined:
            after = edit.after
            if after is None or getattr(edit.before, name) != getattr(after, name):
                statement = self._compiled(("keep", name), lambda of=name: self._copy_joined(of))
                yield Write(statement.text, statement.arguments(values))

    def _join(self, name: str, key: Any, cells: Mapping[str, Any]) -> Iterator[Write]:
        """Writes the rows of a link to many anew."""
        owner = self.access.key_cells(key)
        clear = self._compiled(
            ("clear", name),
            lambda: sa.delete(self.access.stored.joined[name]).where(*self._owned(name)),
        )
        yield Write(clear.text, clear.arguments(owner), is_alone=True)
        fill = self._compiled(("fill", name), lambda: self._fill(name))
        owned = {f"owner_{cell.removeprefix('k_')}": value for cell, value in owner.items()}
        column = self.access.layout.column((name,)).name
        for place, target in enumerate(cells[column]):
            row = {**owned, ENTRY: self.entry, "place": place, "target": target}
            yield Write(fill.text, fill.arguments(row), rows=1, is_alone=place == 0)

    def _is_it(self) -> list[Any]:
        """Says `this object`."""
        table = self.access.stored.table
        return [
            table.c[each.name] == sa.bindparam(f"k_{each.name}", type_=table.c[each.name].type)
            for each in self.access.layout.key
        ]

    def _is_at(self) -> list[Any]:
        """Says `this object, at this version`."""
        return [*self._is_it(), self.access.stored.table.c[VERSION] == _parameter("version")]

    def _owned(self, name: str) -> list[Any]:
        joined = self.access.stored.joined[name]
        return [
            joined.c[f"owner_{each.name}"]
            == sa.bindparam(f"k_{each.name}", type_=joined.c[f"owner_{each.name}"].type)
            for each in self.access.layout.key
        ]

    def _still(self) -> Any:
        return (
            sa.select(sa.literal_column("1"))
            .select_from(self.access.stored.table)
            .where(*self._is_at())
        )

    def _insert(self) -> Any:
        names = [each.name for each in self.access.layout.columns]
        return sa.insert(self.access.stored.table).values(self._cells(names))

    def _update(self, names: Sequence[str]) -> Any:
        return sa.update(self.access.stored.table).where(*self._is_at()).values(self._cells(names))

    def _cells(self, names: Sequence[str]) -> dict[str, Any]:
        columns = self.access.stored.table.c
        cells = {
            name: sa.bindparam(f"c_{name}", type_=columns[name].type)
            for name in names
            if name in columns
        }
        return {VERSION: _parameter("next"), ENTRY: _parameter("entry"), **cells}

    def _copy(self) -> Any:
        return self._copied(self.access.stored.table, self._is_at())

    def _copy_joined(self, name: str) -> Any:
        return self._copied(self.access.stored.joined[name], self._owned(name))

    def _copied(self, table: sa.Table, which: list[Any]) -> Any:
        history = self.access.stored.history[table.name]
        names = [each.name for each in table.columns]
        rows = sa.select(_parameter("entry").label(UNTIL), *table.columns).where(*which)
        return sa.insert(history).from_select([UNTIL, *names], rows)

    def _fill(self, name: str) -> Any:
        columns = self.access.stored.joined[name].columns
        return sa.insert(self.access.stored.joined[name]).values(
            {each.name: sa.bindparam(each.name, type_=each.type) for each in columns}
        )


def _cells(access: Access, of: Any, ready: tuple[Any, Sequence[Any]] | None) -> dict[str, Any]:
    """Returns the cells of an object by column; those that are ready are not made again."""
    values = ready[1] if ready is not None and ready[0] is of else access.values(of)
    columns = access.layout.columns
    return {column.name: value for column, value in zip(columns, values, strict=True)}


def _parameter(name: str) -> Any:
    return sa.bindparam(name, type_=_INTEGER)
