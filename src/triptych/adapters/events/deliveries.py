"""Deliveries: which event is still to reach which handler, shared by all who deliver."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from triptych.adapters.database.database import Database, Write
from triptych.adapters.database.dialect import Dialect, Statement, compile_statement
from triptych.adapters.events.outbox import DEAD, WAITING
from triptych.adapters.ledger.tables import LedgerTables

_INTEGER = sa.BigInteger()


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event that is to reach a handler.

    Attributes:
        handler: The name of the handler.
        entry: The entry of the ledger that the event belongs to.
        place: Which of the entry's events it is.
        subject: The object that it is about.
        tries: How often it was tried.
        state: Whether it waits or is dead.
        error: What went wrong the last time.

    Example:
        ```python
        from triptych.adapters.events.deliveries import Delivery

        assert Delivery("notices.tell", 7, 0, "City x", 1).id == "notices.tell:7.0"
        ```
    """

    handler: str
    entry: int
    place: int
    subject: str
    tries: int
    state: str = WAITING
    error: str = ""

    @property
    def id(self) -> str:
        """How it is named, in the shell and as an idempotency key."""
        return f"{self.handler}:{self.entry}.{self.place}"


class Deliveries:
    """Takes, finishes and puts off deliveries; several processes may share the work.

    A handler gets the events about one object in the order in which they happened, one at a
    time. Whoever takes a delivery has it for a while only: if they die, others take it again.

    Args:
        tables: The tables of the ledger.
        dialect: How the database says things.
        worker: Names who takes them.
    """

    def __init__(self, tables: LedgerTables, dialect: Dialect, worker: str) -> None:
        self._deliveries, self._events = tables.deliveries, tables.events
        self._dialect, self._worker = dialect, worker
        self._claim = self._compiled(self._claiming())
        self._finish = self._compiled(sa.delete(self._deliveries).where(*self._is_mine()))
        self._put_off = self._compiled(
            sa.update(self._deliveries)
            .where(*self._is_mine())
            .values(state=_text("state"), error=_text("error"), due=_number("due_at"), leased=0)
        )

    def _compiled(self, statement: Any) -> Statement:
        return compile_statement(statement, self._dialect)

    def _claiming(self) -> Any:
        """Takes what is due, the first of each object that a handler waits for."""
        found, earlier = self._deliveries.alias("found"), self._deliveries.alias("earlier")
        now = _number("now")
        is_first = ~(
            sa.select(sa.literal_column("1"))
            .select_from(earlier)
            .where(
                earlier.c.handler == found.c.handler,
                earlier.c.subject == found.c.subject,
                earlier.c.state == WAITING,
                sa.tuple_(earlier.c.entry, earlier.c.place)
                < sa.tuple_(found.c.entry, found.c.place),
            )
            .exists()
        )
        due = (
            sa.select(found.c.handler, found.c.entry, found.c.place)
            .where(found.c.state == WAITING, found.c.due <= now, found.c.leased <= now, is_first)
            .order_by(found.c.due, found.c.entry, found.c.place)
            .limit(_number("take"))
            .with_for_update(skip_locked=True)
        )
        of = self._deliveries.c
        return (
            sa.update(self._deliveries)
            .where(sa.tuple_(of.handler, of.entry, of.place).in_(due))
            .values(leased=_number("until"), worker=self._worker, tries=of.tries + 1)
            .returning(of.handler, of.entry, of.place, of.subject, of.tries)
        )

    def _is_mine(self) -> list[Any]:
        of = self._deliveries.c
        return [
            of.handler == _text("for_handler"),
            of.entry == _number("of_entry"),
            of.place == _number("at_place"),
            of.worker == self._worker,
        ]

    def _one(self, of: Delivery) -> dict[str, Any]:
        return {"for_handler": of.handler, "of_entry": of.entry, "at_place": of.place}

    async def claim(self, database: Database, now: int, until: int, take: int) -> list[Delivery]:
        """Takes deliveries that are due.

        Args:
            database: Where they are.
            now: The present, in microseconds since 1970.
            until: For how long they are taken.
            take: How many at the most.
        """
        values = {"now": now, "until": until, "take": take}
        rows = await database.returning(self._claim.text, self._claim.arguments(values))
        return sorted((Delivery(*row) for row in rows), key=lambda each: (each.entry, each.place))

    async def finish(self, database: Database, made: Sequence[Delivery]) -> None:
        """Notes that deliveries were made."""
        if made:
            text, arguments = self._finish.text, self._finish.arguments
            await database.write_all([Write(text, arguments(self._one(each))) for each in made])

    async def put_off(self, database: Database, of: Delivery, error: str, due: int) -> None:
        """Notes that a delivery failed, and when it is to be tried again."""
        await self._left(database, of, WAITING, error, due)

    async def bury(self, database: Database, of: Delivery, error: str) -> None:
        """Notes that a delivery failed for the last time: it is a dead letter."""
        await self._left(database, of, DEAD, error, 0)

    async def _left(
        self, database: Database, of: Delivery, state: str, error: str, due: int
    ) -> None:
        values = self._one(of) | {"state": state, "error": error[:2_000], "due_at": due}
        await database.execute(self._put_off.text, self._put_off.arguments(values))

    async def events(
        self, database: Database, of: Sequence[Delivery]
    ) -> dict[tuple[int, int], Sequence[Any]]:
        """Reads the events of deliveries, by entry and place: those, type, body, correlation."""
        events = self._events.c
        columns = (events.entry, events.place, events.type, events.body, events.correlation)
        entries = [sa.literal(each.entry, _INTEGER) for each in of]
        statement = self._compiled(sa.select(*columns).where(events.entry.in_(entries)))
        rows = await database.fetch(statement.text, statement.arguments({}))
        return {(row[0], row[1]): row for row in rows}

    async def listed(self, database: Database, state: str, take: int = 100) -> list[Delivery]:
        """Lists deliveries of a state, the oldest first."""
        of = self._deliveries.c
        columns = (of.handler, of.entry, of.place, of.subject, of.tries, of.state, of.error)
        query = sa.select(*columns).where(of.state == _text("of_state"))
        statement = self._compiled(query.order_by(of.entry, of.place, of.handler).limit(take))
        rows = await database.fetch(statement.text, statement.arguments({"of_state": state}))
        return [Delivery(*row) for row in rows]

    async def counts(self, database: Database) -> dict[str, int]:
        """Counts deliveries by state."""
        of = self._deliveries.c
        statement = self._compiled(sa.select(of.state, sa.func.count()).group_by(of.state))
        rows = await database.fetch(statement.text, statement.arguments({}))
        return {WAITING: 0, DEAD: 0} | {state: int(count) for state, count in rows}

    async def revive(self, database: Database, name: str, now: int) -> int:
        """Lets a dead letter, or all of them for `all`, be tried again; returns how many."""
        of = self._deliveries.c
        update = sa.update(self._deliveries).where(of.state == DEAD, *self._named(name))
        changed = update.values(state=WAITING, tries=0, due=_number("now"), leased=0)
        statement = self._compiled(changed)
        return await database.execute(statement.text, statement.arguments({"now": now}))

    async def drop(self, database: Database, name: str) -> int:
        """Forgets a dead letter, or all of them for `all`; returns how many."""
        gone = sa.delete(self._deliveries).where(
            self._deliveries.c.state == DEAD, *self._named(name)
        )
        statement = self._compiled(gone)
        return await database.execute(statement.text, statement.arguments({}))

    def _named(self, name: str) -> list[Any]:
        """Says which delivery an id names."""
        if name == "all":
            return []
        handler, _, at = name.rpartition(":")
        entry, _, place = at.partition(".")
        numbers = [
            int(text) if text.isascii() and text.isdigit() else -1 for text in (entry, place)
        ]
        of = self._deliveries.c
        return [of.handler == handler, of.entry == numbers[0], of.place == numbers[1]]


def _number(name: str) -> Any:
    return sa.bindparam(name, type_=_INTEGER)


def _text(name: str) -> Any:
    return sa.bindparam(name, type_=sa.Text())
