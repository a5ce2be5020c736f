"""Writing many objects at once, in one transaction, as fast as the database can."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import AddConstraint, CreateIndex, CreateTable, DropConstraint, DropIndex

from triptych.adapters.database.database import Constraint, ConstraintBroken, Transaction
from triptych.adapters.database.dialect import Dialect, compile_statement
from triptych.adapters.database.keys import primary_key
from triptych.adapters.objects.access import Access
from triptych.adapters.objects.tables import ENTRY, UNTIL, VERSION
from triptych.domain.errors import InvalidInput, Problem

_STAGING = "_staging"
_MOST_TOLD = 5


class BulkTable:
    """The table of one object type while it is being filled.

    An empty table is filled without its indexes and keys, which are made afterwards: that is
    several times as fast. Into a table with rows, new ones go by way of a table beside it;
    objects that are there already are changed only where they differ.

    Args:
        access: The object type.
        transaction: Where all of it happens.
        dialect: How the database says things.
        dropped: The foreign keys that this load has dropped, of all its tables, by their names.
    """

    def __init__(
        self,
        access: Access,
        transaction: Transaction,
        dialect: Dialect,
        dropped: dict[str, sa.ForeignKeyConstraint],
    ) -> None:
        self._access, self._dropped = access, dropped
        self._table = access.stored.table
        self._key = primary_key(self._table, transaction, dialect)
        self._transaction = transaction
        self._dialect = dialect
        self._target = self._table.name

    @property
    def columns(self) -> list[str]:
        """The columns that rows are given by, in order."""
        return [
            VERSION,
            ENTRY,
            *(each.name for each in self._access.layout.columns if not each.is_joined),
        ]

    async def begin(self) -> None:
        """Prepares the table."""
        await self._say(self._dialect.before_rows)
        first = sa.select(self._table.c[VERSION]).limit(1)
        if await self._rows(first):
            self._target = _STAGING
            columns = [sa.Column(each.name, each.type) for each in self._table.columns]
            staging = sa.Table(
                _STAGING, sa.MetaData(), *columns, prefixes=["TEMPORARY"], sqlite_strict=True
            )
            await self._run(CreateTable(staging))
            return
        for index in self._indexes():
            await self._run(DropIndex(index))
        for key in self._all_keys() if self._can_alter else ():
            if key.name not in self._dropped:
                self._dropped[str(key.name)] = key
                await self._run(DropConstraint(key))
        await self._key.drop()

    async def load(self, packed: Any) -> None:
        """Writes what was packed, with a cell for each column of the table, in order."""
        await self._transaction.load_packed(self._target, self.columns, packed)

    async def finish(self, tell: Callable[[int, int], None]) -> None:
        """Brings the table back in order.

        Args:
            tell: Is told how many keys and indexes there are again, and how many there will be.

        Raises:
            ConstraintBroken: Two rows have the same key, or other values that must be unique.
        """
        if self._target == _STAGING:
            await self._merge()
            return
        await self._say(self._dialect.before_indexes)
        indexes = self._indexes()
        tell(0, 1 + len(indexes))
        await self._key.make()
        for made, index in enumerate(indexes, start=1):
            tell(made, 1 + len(indexes))
            await self._run(CreateIndex(index))
        tell(1 + len(indexes), 1 + len(indexes))

    async def check(self) -> None:
        """Checks that every link leads somewhere, and makes the foreign keys.

        Where they are made anew, the database checks them; what is lost is looked for only then.

        Raises:
            InvalidInput: Some do not; the first few are told.
        """
        problems = [each for key in await self._unchecked() async for each in self._dangling(key)]
        if problems:
            raise InvalidInput(problems)

    async def _unchecked(self) -> list[sa.ForeignKeyConstraint]:
        """Makes the foreign keys again that were dropped; lists those that nothing has checked."""
        dropped = [key for key in self._all_keys() if self._dropped.pop(str(key.name), None)]
        lost = [key for key in dropped if not await self._is_made(key)]
        if self._can_alter and self._target != _STAGING:
            return lost
        return lost + [key for key in self._own_keys() if key not in dropped]

    async def _is_made(self, key: sa.ForeignKeyConstraint) -> bool:
        """Makes a foreign key, unless a link leads nowhere."""
        await self._transaction.execute("SAVEPOINT links")
        try:
            await self._run(AddConstraint(key, isolate_from_table=False))
        except ConstraintBroken:
            await self._transaction.execute("ROLLBACK TO SAVEPOINT links")
            return False
        await self._transaction.execute("RELEASE SAVEPOINT links")
        return True

    async def _dangling(self, key: sa.ForeignKeyConstraint) -> Any:
        column, target = key.columns[0], key.elements[0].column
        held = sa.select(column).where(column.is_not(None)).distinct()
        lost = sa.except_(held, sa.select(target)).limit(_MOST_TOLD)
        for (end,) in await self._rows(lost):
            found = f"{end} is not among the {target.table.name}"
            yield Problem(f"{column.table.name}.{column.name}", found, "add it there first")

    async def _merge(self) -> None:
        staging = sa.table(_STAGING, *(sa.column(each.name) for each in self._table.columns))
        names = [each.name for each in self._table.columns]
        key = [each.name for each in self._access.layout.key]
        rows = sa.select(*(staging.c[name] for name in names)).where(sa.literal_column("true"))
        insert = _upsert(self._dialect)(self._table).from_select(names, rows)
        changed = [name for name in names if name not in (VERSION, ENTRY, *key)]
        if changed:
            differs = self._differs(changed, staging)
            is_same = sa.and_(*(self._table.c[name] == staging.c[name] for name in key))
            was = sa.select(staging.c[ENTRY], *self._table.columns)
            kept = was.select_from(self._table.join(staging, is_same)).where(differs)
            history = self._access.stored.history[self._table.name]
            keep = sa.insert(history).from_select([UNTIL, *names], kept)
            await self._transaction.execute(self._text(keep))
            version = {VERSION: self._table.c[VERSION] + sa.literal_column("1")}
            cells = {name: insert.excluded[name] for name in (ENTRY, *changed)}
            merge = insert.on_conflict_do_update(
                index_elements=key,
                set_=cells | version,
                where=self._differs(changed, insert.excluded),
            )
        else:
            merge = insert.on_conflict_do_nothing(index_elements=key)
        await self._transaction.execute(self._text(merge))
        await self._transaction.execute(f"DROP TABLE {_STAGING}")

    def _differs(self, names: Sequence[str], other: Any) -> sa.ColumnElement[bool]:
        """Says that a row differs from another in some of its columns."""
        columns = other.c if isinstance(other, sa.TableClause) else other
        return sa.or_(*(self._table.c[name].is_distinct_from(columns[name]) for name in names))

    async def _rows(self, statement: Any) -> Sequence[Sequence[Any]]:
        compiled = compile_statement(statement, self._dialect)
        return await self._transaction.fetch(compiled.text, compiled.arguments({}))

    async def _run(self, statement: Any) -> None:
        await self._transaction.execute(self._text(statement))

    async def _say(self, text: str) -> None:
        if text:
            await self._transaction.execute(text)

    def _text(self, statement: Any) -> str:
        return str(statement.compile(dialect=self._dialect.sql))

    def _indexes(self) -> list[sa.Index]:
        return sorted(self._table.indexes, key=lambda each: str(each.name))

    @property
    def _can_alter(self) -> bool:
        """Whether foreign keys can be dropped and made again."""
        return self._dialect.name != "sqlite"

    def _own_keys(self) -> list[sa.ForeignKeyConstraint]:
        return sorted(self._table.foreign_key_constraints, key=lambda each: str(each.name))

    def _all_keys(self) -> list[sa.ForeignKeyConstraint]:
        """Lists the foreign keys of the table, and those that lead to it."""
        keys = {
            key
            for table in self._table.metadata.tables.values()
            for key in table.foreign_key_constraints
            if self._table in (table, key.referred_table)
        }
        return sorted(keys, key=lambda each: str(each.name))


def _upsert(dialect: Dialect) -> Any:
    return sqlite.insert if dialect.name == "sqlite" else postgresql.insert


def explained(error: ConstraintBroken, access: Access) -> InvalidInput:
    """Says what a broken promise of a table means for a whole load."""
    name = access.object_type.name
    if error.constraint is Constraint.UNIQUE:
        same = " and ".join(error.columns)
        return InvalidInput([Problem(name, f"two rows have the same {same} ({error.detail})")])
    return InvalidInput([Problem(name, error.detail)])
