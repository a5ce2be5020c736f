"""PostgreSQL: step by step, each by itself, so that others go on and nothing is begun anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import AddConstraint, CreateIndex

from triptych.adapters.database.dialect import Dialect
from triptych.adapters.migrations.comparing import HISTORY, MADE, Comparison, TableChange, called
from triptych.adapters.migrations.fills import Fill
from triptych.adapters.migrations.operations import FillRows, Move, Sql
from triptych.adapters.migrations.telling import drops_of, steps_of
from triptych.adapters.migrations.texts import creation, literal, moved, quoted, replaced
from triptych.domain.migrations import Phase, Safety, Step

_BRIEF = "everybody, for a moment"
_WRITERS = "whoever writes these rows, batch by batch"
_READS = "nobody"


def postgres_moves(comparison: Comparison, rows: Mapping[str, int], dialect: Dialect) -> list[Move]:
    """Makes the moves of a migration, in an order that works.

    What the earlier code can live with comes first. Every move holds by itself, and a migration
    that was interrupted goes on where it was: what is there already is not wanted any more.

    Args:
        comparison: What is to become of which table.
        rows: How many rows each table has, by the name that it has now.
        dialect: How the database says things.
    """
    makers = [
        _Moves(each, rows.get(each.found.name, 0) if each.found else 0, dialect)
        for each in comparison.changed
    ]
    stages = (
        "renamed", "made", "let_go", "relaxed", "exchanged", "added", "indexed",
        "converted", "required", "checked", "moved", "dropped",
    )  # fmt: skip
    moves = [move for stage in stages for maker in makers for move in getattr(maker, stage)()]
    for step in drops_of(comparison, dict(rows), _BRIEF):
        moves.append(Move(step, (Sql((f"DROP TABLE {quoted(step.table)} CASCADE",)),)))
    return sorted(moves, key=lambda each: list(Phase).index(each.step.phase))


# review: ignore[CPX004] each is one kind of change in one stage, and all share the table
class _Moves:
    """The moves of one table, stage by stage."""

    def __init__(self, change: TableChange, rows: int, dialect: Dialect) -> None:
        self._change, self._dialect = change, dialect
        self._steps = dict(steps_of(change, rows))
        self._table = quoted(change.name)

    def _constraints(self) -> list[Any]:
        return sorted(self._change.wanted.table.constraints, key=lambda each: str(each.name))

    def _alter(self, *actions: str) -> Sql:
        return Sql((f"ALTER TABLE {self._table} {', '.join(actions)}",))

    def _move(self, key: str, *operations: Sql | FillRows, lock: str = _BRIEF) -> Move:
        return Move(replace(self._steps[key], lock=lock), operations)

    def renamed(self) -> Iterator[Move]:
        """Gives the table and its columns the names that they are to have."""
        change = self._change
        if change.is_renamed and change.found:
            was = change.found.name
            texts = [f"ALTER TABLE {quoted(was)} RENAME TO {self._table}"]
            for name in sorted((*change.found.constraints, *change.found.indexes)):
                now = called(name, was, change.name)
                if now != name:
                    texts.append(self._rename_part(name, now))
            yield self._move("rename table", Sql(tuple(texts)))
        for now, was in change.renamed.items():
            text = f"RENAME COLUMN {quoted(was)} TO {quoted(now)}"
            yield self._move(f"rename {now}", self._alter(text))

    def _rename_part(self, name: str, now: str) -> str:
        if name in (self._change.found.constraints if self._change.found else ()):
            return f"ALTER TABLE {self._table} RENAME CONSTRAINT {quoted(name)} TO {quoted(now)}"
        return f"ALTER INDEX {quoted(name)} RENAME TO {quoted(now)}"

    def made(self) -> Iterator[Move]:
        """Makes the table; what refers to others comes later."""
        if self._change.found is not None:
            return
        table = self._change.wanted.table
        texts = [creation(table, self._dialect, include_foreign_key_constraints=())]
        for index in sorted(table.indexes, key=lambda each: str(each.name)):
            texts.append(str(CreateIndex(index).compile(dialect=self._dialect.sql)))
        yield self._move("make", Sql(tuple(texts)), lock=_READS)

    def let_go(self) -> Iterator[Move]:
        """Lets go of what would stand in the way: constraints, indexes."""
        change = self._change
        for name in change.lost_constraints:
            again = [c for c in self._constraints() if str(c.name) == name]
            drop = self._alter(f"DROP CONSTRAINT {quoted(name)} CASCADE")
            made = [self._checked(each) for each in again]
            yield self._move(f"drop {name}", drop, *(sql for each in made for sql in each))
        for name in change.lost_indexes:
            drop = Sql((f"DROP INDEX CONCURRENTLY IF EXISTS {quoted(name)}",), is_alone=True)
            indexes = [self._index(i) for i in self._indexes() if str(i.name) == name]
            yield self._move(f"unindex {name}", drop, *indexes, lock=_READS)

    def relaxed(self) -> Iterator[Move]:
        """Lets columns be empty that will not be written any more."""
        change = self._change
        for name in change.relaxed:
            yield self._move(f"relax {name}", self._nullable(name))
        for name in change.dropped:
            if change.found and change.found.columns[name].is_required:
                about = f"let {name} be empty, which is not written any more"
                step = Step(table=change.name, about=about, lock=_BRIEF)
                yield Move(step, (self._nullable(name),))

    def exchanged(self) -> Iterator[Move]:
        """Puts other values in the place of some, and what they were, together with the check.

        Once the check is there nothing is exchanged again, whatever comes in between.
        """
        for name, pairs in self._change.replaced.items():
            if self._change.name.endswith(HISTORY):
                yield self._move(f"replace {name}", lock=_WRITERS)
                continue
            prefix = f"ck_{self._change.name}_{name}_"
            checks = [c for c in self._constraints() if str(c.name).startswith(prefix)]
            tables = (self._change.name, f"{self._change.name}{HISTORY}")
            texts = [_exchange(table, name, pairs, self._dialect) for table in tables]
            texts += [text for c in checks for text in self._added(c, " NOT VALID").texts]
            proofs = [self._alter(f"VALIDATE CONSTRAINT {quoted(str(c.name))}") for c in checks]
            yield self._move(f"replace {name}", Sql(tuple(texts)), *proofs, lock=_WRITERS)

    def _is_exchanged(self, constraint: str) -> bool:
        prefixes = tuple(f"ck_{self._change.name}_{name}_" for name in self._change.replaced)
        return bool(prefixes) and constraint.startswith(prefixes)

    def _nullable(self, name: str) -> Sql:
        return self._alter(f"ALTER COLUMN {quoted(name)} DROP NOT NULL")

    def added(self) -> Iterator[Move]:
        """Adds columns: at once where all rows hold the same, else beside, filled, then named."""
        change = self._change
        for name in change.made:
            fill = change.fill_of(name)
            if fill is None or fill.constant is not None:
                text = f"ADD COLUMN {self._column(name, name)}"
                if fill is not None and fill.constant is not None:
                    text += f" DEFAULT {literal(fill.constant[fill.columns.index(name)], self._dialect)}"
                if self._is_required(name):
                    text += " NOT NULL"
                yield self._move(f"add {name}", self._alter(text))
            else:
                beside = self._beside(name, fill)
                rename = f"RENAME COLUMN {quoted(name + MADE)} TO {quoted(name)}"
                yield self._move(f"add {name}", *beside, self._alter(rename), lock=_WRITERS)

    def _column(self, name: str, called: str) -> str:
        type_ = self._change.wanted.table.c[name].type.compile(dialect=self._dialect.sql)
        return f"{quoted(called)} {type_}"

    def _beside(self, name: str, fill: Fill | None) -> Iterator[Sql | FillRows]:
        """Adds a column beside, and fills it."""
        text = f"ADD COLUMN IF NOT EXISTS {self._column(name, name + MADE)}"
        yield self._alter(text)
        if fill is not None:
            yield self._filled(name, fill, name + MADE)

    def _filled(self, name: str, fill: Fill, target: str) -> FillRows:
        change = self._change
        if change.found is None:
            raise ValueError(change.name)
        # The columns have the names by now that they are to have.
        now = {was: to for to, was in change.renamed.items()}
        columns = {now.get(c, c): each for c, each in change.found.columns.items()}
        return FillRows(
            source=change.name,
            columns={c: each for c, each in columns.items() if not c.endswith(MADE)},
            aliases={was: to for to, was in change.wanted.renamed.items()},
            key=change.wanted.key,
            target=change.name,
            fills=(fill,),
            names={name: target},
            empty=target,
        )

    def converted(self) -> Iterator[Move]:
        """Makes columns anew beside the old ones, and puts them in their place."""
        change = self._change
        for name in change.converted:
            fill = change.fill_of(name)
            beside = list(self._beside(name, fill))
            swap = self._alter(f"DROP COLUMN {quoted(name)} CASCADE").texts
            swap += self._alter(f"RENAME COLUMN {quoted(name + MADE)} TO {quoted(name)}").texts
            yield self._move(
                f"convert {name}",
                *beside,
                Sql(swap, learned=(change.name, name, change.wanted.kinds[name])),
                *self._required(name),
                *self._standing_on(name),
                lock=f"{_WRITERS}; then {_BRIEF}",
            )

    def _standing_on(self, name: str) -> Iterator[Sql]:
        """Makes again what has gone with a column."""
        for index in self._indexes():
            if name in [column.name for column in index.columns]:
                yield self._index(index)
        for each in self._constraints():
            is_check = str(each.name).startswith(f"ck_{self._change.name}_{name}_")
            if self._is_cut(each):
                continue
            if is_check or name in [column.name for column in each.columns]:
                yield from self._checked(each)

    def _indexes(self) -> list[sa.Index]:
        return sorted(self._change.wanted.table.indexes, key=lambda each: str(each.name))

    def _index(self, index: sa.Index) -> Sql:
        text = str(CreateIndex(index).compile(dialect=self._dialect.sql))
        for word in ("CREATE UNIQUE INDEX", "CREATE INDEX"):
            if text.startswith(word):
                text = text.replace(word, f"{word} CONCURRENTLY", 1)
        return Sql((text,), is_alone=True)

    def indexed(self) -> Iterator[Move]:
        """Makes indexes while everybody goes on."""
        change = self._change
        if change.found is None:
            return
        for index in self._indexes():
            name = str(index.name)
            if name in change.indexes and name not in change.lost_indexes:
                yield self._move(f"index {name}", self._index(index), lock=_READS)

    def required(self) -> Iterator[Move]:
        """Fills what is empty, and sees to it that nothing is any more."""
        change = self._change
        for name in change.required:
            fill = change.fill_of(name)
            filled = [self._filled(name, fill, name)] if fill else []
            yield self._move(f"require {name}", *filled, *self._required(name))
        for name in change.made:
            fill = change.fill_of(name)
            if fill is None or fill.constant is not None or not self._is_required(name):
                continue
            about = f"require {name}, filled again where it is empty"
            step = Step(table=change.name, about=about, phase=Phase.CONTRACT, lock=_BRIEF)
            filling = self._filled(name, fill, name)
            yield Move(step, (filling, *self._required(name)))

    def _is_required(self, name: str) -> bool:
        return self._change.expected.columns[name].is_required

    def _required(self, name: str) -> Iterator[Sql]:
        """Checks rows while others go on; the column itself then needs no look at them."""
        if not self._is_required(name):
            return
        check = quoted(f"ck_{self._change.name}_{name}{MADE}")
        yield self._alter(f"DROP CONSTRAINT IF EXISTS {check}")
        yield self._alter(f"ADD CONSTRAINT {check} CHECK ({quoted(name)} IS NOT NULL) NOT VALID")
        yield self._alter(f"VALIDATE CONSTRAINT {check}")
        yield self._alter(f"ALTER COLUMN {quoted(name)} SET NOT NULL", f"DROP CONSTRAINT {check}")

    def checked(self) -> Iterator[Move]:
        """Makes constraints: for new rows first, then the others are looked at."""
        for constraint in self._constraints():
            if not (self._is_new(constraint) or self._is_cut(constraint)):
                continue
            step = self._steps.get(f"check {constraint.name}")
            if step is None:
                to = getattr(constraint, "referred_table", None)
                about = f"make {constraint.name}" + (f", to {to.name}" if to is not None else "")
                step = Step(table=self._change.name, about=about, phase=Phase.EXPAND)
            yield Move(replace(step, lock=_BRIEF), tuple(self._checked(constraint)))

    def _is_new(self, constraint: Any) -> bool:
        """Tells whether it is to be made, and is not made with something else."""
        change, name = self._change, str(constraint.name)
        if change.found is None and not isinstance(constraint, sa.ForeignKeyConstraint):
            return False
        is_missing = name in change.constraints and name not in change.lost_constraints
        return is_missing and not self._is_exchanged(name)

    def _is_cut(self, constraint: Any) -> bool:
        """Tells whether it is a link that has gone with a column: it waits for both its ends."""
        columns = {each.name for each in constraint.columns}
        is_link = isinstance(constraint, sa.ForeignKeyConstraint)
        return is_link and bool(columns & {*self._change.converted})

    def _added(self, constraint: sa.Constraint, end: str = "") -> Sql:
        text = str(AddConstraint(constraint).compile(dialect=self._dialect.sql))
        return Sql((text + end,))

    def _checked(self, constraint: sa.Constraint) -> Iterator[Sql]:
        if isinstance(constraint, sa.PrimaryKeyConstraint | sa.UniqueConstraint):
            yield self._added(constraint)
            return
        name = quoted(str(constraint.name))
        yield self._alter(f"DROP CONSTRAINT IF EXISTS {name}")
        yield self._added(constraint, " NOT VALID")
        yield self._alter(f"VALIDATE CONSTRAINT {name}")

    def moved(self) -> Iterator[Move]:
        """Takes over links to one each as links to many."""
        if self._change.moved_from is None:
            return
        source, column = self._change.moved_from
        source = self._named_now(source)
        text = moved(self._change, source, column, self._change.name) + " ON CONFLICT DO NOTHING"
        about = f"take {column} of {source} over as links to many"
        step = Step(table=self._change.name, about=about, safety=Safety.BACKFILL, lock=_READS)
        yield Move(step, (Sql((text,)),))

    def _named_now(self, source: str) -> str:
        """Returns what a table that links came from is called once tables are renamed."""
        end = "__history" if source.endswith("__history") else ""
        return self._change.name.removesuffix(end).partition("__")[0] + end

    def dropped(self) -> Iterator[Move]:
        """Drops the columns that nobody wants."""
        for name in self._change.dropped:
            drop = self._alter(f"DROP COLUMN {quoted(name)} CASCADE")
            yield self._move(f"drop column {name}", drop)


def _exchange(table: str, name: str, pairs: Mapping[Any, Any], dialect: Dialect) -> str:
    value = replaced(quoted(name), pairs, dialect)
    olds = ", ".join(literal(each, dialect) for each in pairs)
    # The names are quoted, the values are literals.
    return f"UPDATE {quoted(table)} SET {quoted(name)} = {value} WHERE {quoted(name)} IN ({olds})"  # noqa: S608  # nosec B608
