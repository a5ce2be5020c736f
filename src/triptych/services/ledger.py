"""The ledger: what became of an object, by whom; and making a person's data be gone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from triptych.adapters.database.database import Collided, Executor, Write
from triptych.adapters.database.dialect import compile_statement
from triptych.adapters.ledger.chain import ERASE
from triptych.adapters.objects.access import Access
from triptych.adapters.objects.plain import key_text
from triptych.adapters.objects.questions import read_key
from triptych.adapters.objects.sql import SqlStore
from triptych.adapters.objects.tables import ENTRY, UNTIL
from triptych.adapters.objects.work import Work
from triptych.domain.actions import Decision, Edit, Entry
from triptych.domain.actor import Actor
from triptych.domain.errors import ObjectMissing, WriteConflict
from triptych.domain.ontology import ObjectType

_LATEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Change:
    """What one entry of the ledger did to an object.

    Attributes:
        number: Of the entry.
        edit: What it did.
        entry: What is written down of it; `None` where nothing is.

    Example:
        ```python
        from triptych.domain.actions import Edit, EditKind
        from triptych.services.ledger import Change

        assert Change(7, Edit("City", "x", None, None), None).edit.kind is EditKind.NOTHING
        ```
    """

    number: int
    edit: Edit
    entry: Entry | None


class History:
    """Tells what became of objects.

    Args:
        store: Where they are.
    """

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    async def timeline(self, of: ObjectType, key: Sequence[str], take: int = 50) -> list[Change]:
        """Tells what became of one object, the latest first.

        Args:
            of: Its object type.
            key: The text of its id.
            take: How many changes at the most.

        Raises:
            ObjectMissing: There is none, and never was.
        """
        at = read_key(of, key)
        spans = await self._spans(of, at)
        if not spans:
            raise ObjectMissing(of.name, key_text(at))
        marks = sorted({number for span in spans for number in span[:2] if number}, reverse=True)
        shown = marks[:take]
        entries = await self._store.ledger.read(self._store.database, shown)
        return [
            Change(number, await self._edit(of, at, number, spans), entries.get(number))
            for number in shown
        ]

    async def difference(
        self, of: ObjectType, key: Sequence[str], since: int, until: int = _LATEST
    ) -> Edit:
        """Tells what became of one object between two entries of the ledger, as one edit."""
        at = read_key(of, key)
        before, after = [await self._was(of, at, number) for number in (since, until)]
        return Edit(of.name, at, before, after)

    async def changed_since(self, of: ObjectType, key: Any, version: int) -> list[str]:
        """Names the properties that are no longer as they were at a version.

        Nothing where there never was that version.
        """
        starts = [start for start, _, at in await self._spans(of, key) if at == version]
        if not starts:
            return []
        before, after = [await self._was(of, key, number) for number in (max(starts), _LATEST)]
        return list(Edit(of.name, key, before, after).changes())

    async def _edit(self, of: ObjectType, key: Any, number: int, spans: list[Any]) -> Edit:
        before = await self._was(of, key, number - 1)
        after = await self._was(of, key, number)
        version = next((version for _, end, version in spans if end == number), 0)
        return Edit(of.name, key, before, after, version)

    async def _was(self, of: ObjectType, key: Any, number: int) -> Any | None:
        try:
            found: Any = await self._store.as_of(number).repository(of.python).get(key)
        except ObjectMissing:
            return None
        return found

    async def _spans(self, of: ObjectType, key: Any) -> list[Any]:
        """Lists from which entry until which each version of an object was, and is."""
        access = self._store.access[of.name]
        table = access.stored.table
        history = access.stored.history[table.name]
        zero: Any = sa.literal_column("0").label(UNTIL)
        today = sa.select(table.c[ENTRY], zero, table.columns[0]).where(*_is_it(access, table))
        gone = sa.select(history.c[ENTRY], history.c[UNTIL], history.c[table.columns[0].name])
        spans = sa.union_all(today, gone.where(*_is_it(access, history)))
        statement = compile_statement(spans, self._store.database.dialect)
        arguments = statement.arguments(access.key_cells(key))
        return [tuple(row) for row in await self._store.database.fetch(statement.text, arguments)]

    async def erase(self, of: ObjectType, key: Sequence[str], actor: Actor) -> int:
        """Makes an object be gone: from what is, from what was, and from the ledger.

        Of entries that touched it or name it, who, what and when stays, so that the chain
        stays sound; what they were given and what they changed is gone. Nothing brings it back.

        Returns:
            How many entries were emptied.

        Raises:
            ObjectMissing: There is none, and never was.
            ObjectLinked: Others still point to it.
            WriteConflict: It is being changed meanwhile.
        """
        at = read_key(of, key)
        spans = await self._spans(of, at)
        if not spans:
            raise ObjectMissing(of.name, key_text(at))
        touched = {number for start, end, _ in spans for number in (start, end) if number}
        try:
            async with Work(self._store) as work:
                transaction = await work.begin()
                if any(end == 0 for _, end, _ in spans):
                    await work.repository(of.python).remove(at)
                named = await self._naming(transaction, at)
                loads = await self._loads(transaction, touched)
                emptied = sorted((touched | named) - loads)
                await work.settle()
                await transaction.write_all(list(self._emptying(of, at, emptied)))
                await work.commit(lambda number, _: [self._erasure(number, actor, of, emptied)])
        except Collided as error:
            raise WriteConflict(f"{of.name} {key_text(at)}") from error
        return len(emptied)

    async def _naming(self, executor: Executor, key: Any) -> set[int]:
        """Finds the entries whose content names an id."""
        entries = self._store.ledger.tables.entries.c
        query = sa.select(entries.number).where(_names(entries.content, key))
        return {row[0] for row in await self._store.ledger.fetch(executor, query)}

    async def _loads(self, executor: Executor, numbers: Iterable[int]) -> set[int]:
        """Tells which entries are loads: they tell how many rows, and nothing of any of them."""
        found = await self._store.ledger.read(executor, numbers)
        return {number for number, each in found.items() if each.action == "load"}

    def _emptying(self, of: ObjectType, key: Any, entries: Sequence[int]) -> Iterable[Write]:
        ledger, access = self._store.ledger, self._store.access[of.name]
        own = access.stored.table
        for table in (own, *access.stored.joined.values()):
            history = access.stored.history[table.name]
            prefix = "" if table is own else "owner_"
            gone = sa.delete(history).where(*_is_it(access, history, prefix))
            statement = compile_statement(gone, ledger.dialect)
            yield Write(statement.text, statement.arguments(access.key_cells(key)))
        tables = ledger.tables
        subject = f"{of.name} {key_text(key)}"
        changes: tuple[Any, ...] = (
            sa.update(tables.events)
            .where(_names(tables.events.c.body, key))
            .values(body="{}", subject=""),
            sa.delete(tables.keys).where(_names(tables.keys.c.outcome, key)),
            sa.delete(tables.plans).where(_names(tables.plans.c.body, key)),
            sa.delete(tables.deliveries).where(tables.deliveries.c.subject == subject),
        )
        for change in changes:
            statement = compile_statement(change, ledger.dialect)
            yield Write(statement.text, statement.arguments({}))
        for number in entries:
            table = ledger.tables.entries
            emptied = sa.update(table).where(table.c.number == number).values(content=sa.null())
            statement = compile_statement(emptied, ledger.dialect)
            yield Write(statement.text, statement.arguments({}))

    def _erasure(self, number: int, actor: Actor, of: ObjectType, entries: Sequence[int]) -> Write:
        return self._store.ledger.write(
            Entry(
                number=number,
                actor=actor.id,
                action=ERASE,
                decision=Decision.DONE,
                parameters={"type": of.name, "entries": list(entries)},
            )
        )


def _names(column: sa.Column[Any], key: Any) -> sa.ColumnElement[bool]:
    """Says that JSON names an id: as a whole text, or among the ids of a relationship.

    So a short id is no part of other texts.
    """
    text = msgspec.json.encode(key_text(key)).decode()[1:-1]
    ways = [f"{before}{text}{after}" for before in '",' for after in '",']
    return sa.or_(*(column.contains(each, autoescape=True) for each in ways))


def _is_it(access: Access, table: sa.Table, prefix: str = "") -> list[Any]:
    """Says `this object`, or that it is the owner."""
    columns = ((each.name, table.c[f"{prefix}{each.name}"]) for each in access.layout.key)
    return [column == sa.bindparam(f"k_{name}", type_=column.type) for name, column in columns]
