"""Letting go of what was: the statements that erase one object, or all that is too old."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from triptych.adapters.database.database import Executor, Write
from triptych.adapters.database.dialect import compile_statement
from triptych.adapters.ledger.chain import ERASE, FORGET
from triptych.adapters.ledger.ledger import Ledger
from triptych.adapters.objects.access import Access
from triptych.adapters.objects.plain import key_text
from triptych.adapters.objects.tables import UNTIL

LOAD = "load"


class Forgetting:
    """Makes the statements that let go of what was.

    Args:
        ledger: The ledger.

    Example:
        ```python
        from triptych.adapters.database.sqlite_dialect import SqliteDialect
        from triptych.adapters.objects.forgetting import Forgetting
        from triptych.adapters.ledger.ledger import Ledger

        (entries, events) = Forgetting(Ledger(SqliteDialect())).emptied_until(7)
        assert entries.text.startswith("UPDATE triptych_entries SET content=NULL")
        ```
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def _write(self, statement: Any, values: dict[str, Any] | None = None) -> Write:
        compiled = compile_statement(statement, self._ledger.dialect)
        return Write(compiled.text, compiled.arguments(values or {}))

    async def naming(self, executor: Executor, key: Any) -> set[int]:
        """Finds the entries whose content names an id."""
        entries = self._ledger.tables.entries.c
        query = sa.select(entries.number).where(_names(entries.content, key))
        return {row[0] for row in await self._ledger.fetch(executor, query)}

    async def loads(self, executor: Executor, numbers: Iterable[int]) -> set[int]:
        """Tells which entries are loads: they tell how many rows, and nothing of any of them."""
        found = await self._ledger.read(executor, numbers)
        return {number for number, each in found.items() if each.action == LOAD}

    def erased(self, access: Access, key: Any, entries: Sequence[int]) -> Iterator[Write]:
        """Takes an object out of its history, and out of whatever names it.

        Args:
            access: Its object type.
            key: Its id.
            entries: The entries that are to be emptied.
        """
        own = access.stored.table
        for table in (own, *access.stored.joined.values()):
            history = access.stored.history[table.name]
            prefix = "" if table is own else "owner_"
            gone = sa.delete(history).where(*is_it(access, history, prefix))
            yield self._write(gone, access.key_cells(key))
        tables = self._ledger.tables
        subject = f"{access.object_type.name} {key_text(key)}"
        is_named = _names(tables.events.c.body, key)
        yield self._write(sa.update(tables.events).where(is_named).values(body="{}", subject=""))
        yield self._write(sa.delete(tables.keys).where(_names(tables.keys.c.outcome, key)))
        yield self._write(sa.delete(tables.plans).where(_names(tables.plans.c.body, key)))
        yield self._write(
            sa.delete(tables.deliveries).where(tables.deliveries.c.subject == subject)
        )
        for number in entries:
            which = tables.entries.c.number == number
            yield self._write(sa.update(tables.entries).where(which).values(content=sa.null()))

    def emptied_until(self, entry: int) -> Iterator[Write]:
        """Empties entries, the last of them and all before it, and takes their events away.

        What says that something was erased or forgotten stays, and so do events that are still
        to be delivered.
        """
        entries, events = self._ledger.tables.entries, self._ledger.tables.events
        last = sa.bindparam("last", type_=entries.c.number.type)
        full = sa.and_(
            entries.c.number <= last,
            entries.c.content.is_not(None),
            entries.c.action != ERASE,
            entries.c.action != FORGET,
        )
        values = {"last": entry}
        yield self._write(sa.update(entries).where(full).values(content=sa.null()), values)
        of = self._ledger.tables.deliveries
        is_waited_for = (
            sa.select(sa.literal_column("1"))
            .select_from(of)
            .where(of.c.entry == events.c.entry, of.c.place == events.c.place)
            .exists()
        )
        yield self._write(sa.delete(events).where(events.c.entry <= last, ~is_waited_for), values)

    def outlived(self, access: Access, entry: int) -> Iterator[Write]:
        """Takes the versions away that were over by an entry of the ledger."""
        for history in access.stored.history.values():
            last = sa.bindparam("last", type_=history.c[UNTIL].type)
            yield self._write(sa.delete(history).where(history.c[UNTIL] <= last), {"last": entry})


def is_it(access: Access, table: sa.Table, prefix: str = "") -> list[Any]:
    """Says `this object`, or that it is the owner; its id is given as `k_NAME`."""
    columns = ((each.name, table.c[f"{prefix}{each.name}"]) for each in access.layout.key)
    return [column == sa.bindparam(f"k_{name}", type_=column.type) for name, column in columns]


def _names(column: sa.Column[Any], key: Any) -> sa.ColumnElement[bool]:
    """Says that JSON names an id: as a whole text, or among the ids of a relationship.

    So a short id is no part of other texts.
    """
    text = msgspec.json.encode(key_text(key)).decode()[1:-1]
    ways = [f"{before}{text}{after}" for before in '",' for after in '",']
    return sa.or_(*(column.contains(each, autoescape=True) for each in ways))
