"""Where the tables that are there differ from those that the code wants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from triptych.adapters.database.dialect import Dialect
from triptych.adapters.database.schema import expected_schema
from triptych.adapters.database.sqlite_search import TRIGGER
from triptych.adapters.migrations.fills import Fill, constant
from triptych.adapters.migrations.found import FoundColumn, FoundTable, read_found
from triptych.adapters.migrations.wanted import WantedTable
from triptych.domain.ontology import ScalarKind

MADE = "__made"
"""What ends the name of a column, or a table, that is not whole yet."""
HISTORY = "__history"
"""What ends the name of the table of what the rows of another once were."""
_EMPTY: Mapping[str, Any] = {ScalarKind.INT: 0, ScalarKind.STR: "", ScalarKind.BYTES: b""}


@dataclass(frozen=True, slots=True, kw_only=True)
class TableChange:
    """What is to become of one table.

    Attributes:
        wanted: As the code wants it.
        expected: That, in the words of what is found.
        found: As it is; `None` where it is to be made.
        renamed: What those columns are called now that are to be called otherwise.
        made: The columns that are to be made.
        converted: The columns that are there and hold something of another kind.
        replaced: Which cells of which columns become others.
        required: The columns that may be empty and must not be.
        relaxed: The columns that must not be empty and may be.
        dropped: The columns that nobody wants.
        constraints: The constraints that are to be made.
        lost_constraints: Those that are not wanted, or not as they are.
        indexes: The indexes that are to be made.
        lost_indexes: Those that are not wanted, or not as they are.
        fills: How the columns are filled that are to be.
        unfilled: The columns of which nobody says how they are filled.
        moved_from: The table and its column whose links this one is to hold.
        moved_away: The dropped columns whose links another table is to hold.
    """

    wanted: WantedTable
    expected: FoundTable
    found: FoundTable | None
    renamed: Mapping[str, str] = field(default_factory=dict)
    made: tuple[str, ...] = ()
    converted: tuple[str, ...] = ()
    replaced: Mapping[str, Mapping[Any, Any]] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    relaxed: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    lost_constraints: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()
    lost_indexes: tuple[str, ...] = ()
    fills: tuple[Fill, ...] = ()
    unfilled: tuple[str, ...] = ()
    moved_from: tuple[str, str] | None = None
    moved_away: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """What the table is to be called."""
        return self.wanted.name

    @property
    def is_renamed(self) -> bool:
        """Whether the table is called otherwise now."""
        return self.found is not None and self.found.name != self.name

    @property
    def is_any(self) -> bool:
        """Whether anything is to be done."""
        parts = (
            self.found is None or self.is_renamed or self.moved_from,
            *(self.renamed, self.made, self.converted, self.replaced, self.required),
            *(self.relaxed, self.dropped, self.constraints, self.lost_constraints),
            *(self.indexes, self.lost_indexes),
        )
        return any(parts)

    def before(self, column: str) -> str:
        """Returns what a column is called now."""
        return self.renamed.get(column, column)

    @property
    def aliases(self) -> dict[str, str]:
        """Other names of columns, by which the application may ask for them."""
        there = self.found.columns if self.found else {}
        pairs = self.wanted.renamed.items()
        return {was: now for now, was in pairs} | {n: w for n, w in pairs if w in there}

    def fill_of(self, column: str) -> Fill | None:
        """Returns how a column is filled."""
        return next((each for each in self.fills if column in each.columns), None)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Where all tables differ.

    Attributes:
        changes: By table, in the order of the code; those that are as they should be, too.
        dropped: The tables that the application made once, and that nobody wants any more.
    """

    changes: tuple[TableChange, ...]
    dropped: tuple[FoundTable, ...]

    @property
    def changed(self) -> list[TableChange]:
        """The tables of which something is to become."""
        return [each for each in self.changes if each.is_any]


def compare(
    found: Mapping[str, FoundTable], wanted: Sequence[WantedTable], dialect: Dialect
) -> Comparison:
    """Compares the tables that are there with those that the code wants.

    Args:
        found: The tables that are there, by name.
        wanted: Those that the code wants.
        dialect: How the database says things.
    """
    expected = read_found(expected_schema([each.table for each in wanted], dialect), {})
    free = set(found) - {each.name for each in wanted}
    first = [
        _Comparing(each, expected, found, _taken(each, found, free)).change() for each in wanted
    ]
    changes = [_among(each, first) for each in first]
    free -= {each.found.name for each in changes if each.found}
    dropped = [each for name, each in found.items() if each.is_ours and name in free]
    return Comparison(tuple(changes), tuple(dropped))


def _taken(wanted: WantedTable, found: Mapping[str, FoundTable], free: set[str]) -> str | None:
    """Finds the table that is to become another: of its name, or of a name that it had."""
    if wanted.name in found:
        return wanted.name
    return next((name for name in wanted.before if name in free), None)


def _among(change: TableChange, all_changes: Sequence[TableChange]) -> TableChange:
    """Sees what the changes of other tables mean for one: what was has no checks of its own."""
    if change.found is None:
        return change
    moved = [each.moved_from for each in all_changes if each.moved_from]
    away = frozenset(column for table, column in moved if table == change.found.name)
    owner = change.name.removesuffix(HISTORY)
    replaced = next(each.replaced for each in all_changes if each.name == owner)
    return replace(change, moved_away=away, replaced=replaced)


@dataclass(frozen=True, slots=True)
class _Comparing:
    wanted: WantedTable
    expectations: Mapping[str, FoundTable]
    tables: Mapping[str, FoundTable]
    name: str | None

    def change(self) -> TableChange:
        """Says what is to become of the table."""
        expected = self.expectations[self.wanted.name]
        change = TableChange(
            wanted=self.wanted,
            expected=expected,
            found=None,
            constraints=tuple(expected.constraints),
            indexes=_without_triggers(tuple(expected.indexes)),
            moved_from=self._moved_from(),
        )
        if self.name is None:
            return change
        found = self.tables[self.name]
        change = replace(change, found=found, renamed=self._renamed(found))
        return self._with_promises(
            self._with_fills(self._with_columns(change, found), found), found
        )

    def _with_columns(self, change: TableChange, found: FoundTable) -> TableChange:
        """Compares column by column."""
        wanted, now = change.expected.columns, found.columns
        before = {name: change.before(name) for name in wanted}
        there = {name: now[was] for name, was in before.items() if was in now}
        converted = [name for name in there if self._is_converted(name, found, before[name])]
        must = _required(wanted) - {*converted}
        held = _required(there) - {*converted}
        return replace(
            change,
            made=_in_order(wanted, set(wanted) - set(there)),
            converted=tuple(converted),
            required=_in_order(there, must - held),
            relaxed=_in_order(there, held - must),
            dropped=_gone(now, set(before.values())),
        )

    def _with_fills(self, change: TableChange, found: FoundTable) -> TableChange:
        """Finds out how columns are filled that are to be."""
        fills: list[Fill] = []
        unfilled = []
        for name in (*change.made, *change.converted, *change.required):
            if any(name in each.columns for each in fills):
                continue
            fill = self._fill(name, change.before(name), found)
            if fill is None:
                unfilled.append(name)
            else:
                fills.append(fill)
        return replace(change, fills=tuple(fills), unfilled=tuple(unfilled))

    def _with_promises(self, change: TableChange, found: FoundTable) -> TableChange:
        """Compares constraints and indexes, and sees which values become others."""
        expected, search = change.expected, self._lost_search(found)
        constraints, indexes = self._called(found.constraints), self._called(found.indexes)
        kept = {*expected.columns} - {*change.made, *change.converted}
        return replace(
            change,
            replaced=self._replaced(kept, constraints),
            constraints=_missing(expected.constraints, constraints),
            lost_constraints=_lost(constraints, expected.constraints),
            indexes=_without_triggers(_missing(expected.indexes, indexes) + search),
            lost_indexes=_without_triggers(_lost(indexes, expected.indexes) + search),
        )

    def _called(self, parts: Mapping[str, str]) -> dict[str, str]:
        """Names parts of the table as they are called once it has its name."""
        was = self.name or self.wanted.name
        return {called(name, was, self.wanted.name): how for name, how in parts.items()}

    def _moved_from(self) -> tuple[str, str] | None:
        """Finds the column whose links to one each become links to many."""
        if self.wanted.moved_from is None:
            return None
        names, column = self.wanted.moved_from
        for name in names:
            if name in self.tables and column in self.tables[name].columns:
                return name, column
        return None

    def _renamed(self, found: FoundTable) -> dict[str, str]:
        columns = self.wanted.table.columns
        return {
            name: was
            for name, was in self.wanted.renamed.items()
            if name in columns
            and name not in found.columns
            and was in found.columns
            and was not in columns
        }

    def _is_converted(self, name: str, found: FoundTable, before: str) -> bool:
        now, kind = found.columns[before], self.wanted.kinds[name]
        wanted = self.expectations[self.wanted.name].columns[name]
        return now.type != wanted.type or (now.kind not in ("", kind))

    def _replaced(
        self, kept: set[str], constraints: Mapping[str, str]
    ) -> dict[str, Mapping[Any, Any]]:
        """Finds the columns whose values become others: whose check is still to be made."""
        filler = self.wanted.filler
        if filler is None:
            return {}
        missing = [
            str(each.name)
            for each in self.wanted.table.constraints
            if str(each.name) not in constraints
        ]
        replaced = {}
        for column in filler.layout.columns:
            check = f"ck_{self.wanted.name}_{column.name}_"
            if column.name in kept and any(each.startswith(check) for each in missing):
                replaced[column.name] = filler.replaced(column)
        return {name: pairs for name, pairs in replaced.items() if pairs}

    def _fill(self, name: str, before: str, found: FoundTable) -> Fill | None:
        filler = self.wanted.filler
        if filler is not None and name in [each.name for each in filler.layout.columns]:
            now = found.columns
            if before in now and not self._is_converted(name, found, before):
                # It is there, and empty here and there: what would fill it if it were not there.
                now = {key: value for key, value in now.items() if key != before}
            return filler.fill(name, before, now)
        kind = self.wanted.kinds[name]
        if filler is None and before not in found.columns:
            return constant([name], (_EMPTY[kind],), "nothing")
        return None

    def _lost_search(self, found: FoundTable) -> tuple[str, ...]:
        """Finds an index of words beside the table that is not as it should be."""
        name = f"{self.wanted.name}__search"
        wanted = self.expectations.get(name)
        now = self.tables.get(f"{found.name}__search")
        if (wanted is None and now is None) or found.name != self.wanted.name:
            return ()
        if wanted is None or now is None or set(wanted.columns) != set(now.columns):
            return (name,)
        return ()


def _required(columns: Mapping[str, FoundColumn]) -> set[str]:
    return {name for name, column in columns.items() if column.is_required}


def _in_order(columns: Mapping[str, FoundColumn], some: set[str]) -> tuple[str, ...]:
    return tuple(name for name in columns if name in some)


def _gone(now: Mapping[str, FoundColumn], wanted: set[str]) -> tuple[str, ...]:
    return tuple(name for name in now if name not in wanted and not name.endswith(MADE))


def _lost(now: Mapping[str, str], wanted: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(name for name, how in now.items() if wanted.get(name) != how)


def _missing(wanted: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(name for name, how in wanted.items() if now.get(name) != how)


def called(part: str, was: str, now: str) -> str:
    """Names a constraint or index of a table after the table is renamed.

    Example:
        ```python
        from triptych.adapters.migrations.comparing import called

        assert called("ix_tasks_due", "tasks", "tickets") == "ix_tickets_due"
        ```
    """
    for prefix in ("pk_", "fk_", "ck_", "ix_", "uq_", ""):
        if part.startswith(f"{prefix}{was}_") or part == f"{prefix}{was}":
            return f"{prefix}{now}{part.removeprefix(f'{prefix}{was}')}"
    return part


def _without_triggers(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names an index of words once, and not each trigger that keeps it in step."""
    plain = (
        (
            name.partition(TRIGGER)[0] + "__search"
            if TRIGGER in name and not name.startswith("ix_")
            else name
        )
        for name in names
    )
    return tuple(dict.fromkeys(plain))
