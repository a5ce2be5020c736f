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
_NEVER = 2**63 - 1


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


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery that was taken, with its event.

    Attributes:
        delivery: What is to be delivered.
        event: Its entry, place, type, body and correlation; `None` where it is gone.
        blocked: When to try again, in microseconds since 1970, because an earlier event about
            the same object is not delivered yet; 0 for soon, `None` where there is none.

    Example:
        ```python
        from triptych.adapters.events.deliveries import Delivery, Taken

        assert Taken(Delivery("notices.tell", 7, 0, "City x", 1), None, None).line[1] == "City x"
        ```
    """

    delivery: Delivery
    event: Sequence[Any] | None
    blocked: int | None

    @property
    def line(self) -> tuple[str, str]:
        """What stands in one line, and is delivered one after the other."""
        return self.delivery.handler, self.delivery.subject


class Deliveries:
    """Takes, finishes and puts off deliveries; several processes may share the work.

    Whoever takes a delivery has it for a while only: if they die, others take it again. The
    line is short to read: what waits for later, is taken or is dead is due later.

    Args:
        tables: The tables of the ledger.
        dialect: How the database says things.
        worker: Names who takes them.

    Attributes:
        until: Until when what was claimed last is taken, in microseconds since 1970.
    """

    def __init__(self, tables: LedgerTables, dialect: Dialect, worker: str) -> None:
        self._deliveries, self._events = tables.deliveries, tables.events
        self._dialect, self._worker = dialect, worker
        of = self._deliveries
        self._claim = self._compiled(self._claiming())
        self._read = self._compiled(self._reading())
        # What was put off or aside is leased no more.
        whole = of.c.due == _number("until"), of.c.leased == _number("until")
        self._finish_all = self._compiled(sa.delete(of).where(*whole, of.c.worker == worker))
        self._finish = self._compiled(sa.delete(of).where(*self._is_mine()))
        free = sa.update(of).where(*self._is_mine()).values(due=_number("due_at"), leased=0)
        self._set_aside = self._compiled(free.values(tries=of.c.tries - 1))
        self._put_off = self._compiled(free.values(state=_text("state"), error=_text("error")))
        self.until = 0

    def _compiled(self, statement: Any) -> Statement:
        return compile_statement(statement, self._dialect)

    def _claiming(self) -> Any:
        """Takes what is due, the longest due first."""
        of, found = self._deliveries.c, self._deliveries.alias("found")
        due = (
            sa.select(found.c.handler, found.c.entry, found.c.place)
            .where(found.c.due <= _number("now"))
            .order_by(found.c.due, found.c.entry, found.c.place)
            .limit(_number("take"))
            .with_for_update(skip_locked=True)
        )
        return (
            sa.update(self._deliveries)
            .where(sa.tuple_(of.handler, of.entry, of.place).in_(due))
            .values(
                due=_number("until"),
                leased=_number("until"),
                worker=self._worker,
                tries=of.tries + 1,
            )
        )

    def _reading(self) -> Any:
        """Reads what was taken, with its events, and what is in its way."""
        mine, events = self._deliveries.alias("mine"), self._events.c
        is_its = sa.and_(events.entry == mine.c.entry, events.place == mine.c.place)
        of = mine.c
        return (
            sa.select(
                *(of.handler, of.entry, of.place, of.subject, of.tries),
                *(events.type, events.body, events.correlation),
                self._in_the_way(mine),
            )
            .select_from(mine.outerjoin(self._events, is_its))
            .where(of.due == _number("until"), of.worker == self._worker)
            .order_by(of.entry, of.place)
        )

    def _in_the_way(self, mine: Any) -> Any:
        """Tells until when an earlier event about the same object waits, or is taken by others."""
        earlier = self._deliveries.alias("earlier")
        of, until = earlier.c, _number("until")
        is_taken = of.leased > _number("now")
        return (
            sa.select(sa.func.max(sa.case((is_taken, sa.literal_column("0")), else_=of.due)))
            .select_from(earlier)
            .where(
                of.handler == mine.c.handler,
                of.subject == mine.c.subject,
                of.state == WAITING,
                sa.tuple_(of.entry, of.place) < sa.tuple_(mine.c.entry, mine.c.place),
                sa.or_(of.due != until, of.worker != self._worker),
            )
            .scalar_subquery()
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

    async def claim(self, database: Database, now: int, until: int, take: int) -> list[Taken]:
        """Takes deliveries that are due, and reads their events.

        Args:
            database: Where they are.
            now: The present, in microseconds since 1970.
            until: For how long they are taken.
            take: How many at the most.
        """
        self.until = until = max(until, self.until + 1)
        values = {"now": now, "until": until, "take": take}
        if not await database.execute(self._claim.text, self._claim.arguments(values)):
            return []
        rows = await database.fetch(self._read.text, self._read.arguments(values))
        return [_taken(row) for row in rows]

    async def finish(self, database: Database, made: Sequence[Delivery]) -> None:
        """Notes that deliveries were made."""
        await self._note(database, self._finish, [self._one(each) for each in made])

    async def finish_all(self, database: Database) -> None:
        """Notes that all that were claimed last were made, but for those put off or aside."""
        arguments = self._finish_all.arguments({"until": self.until})
        await database.execute(self._finish_all.text, arguments)

    async def set_aside(self, database: Database, of: Sequence[Delivery], due: int) -> None:
        """Gives deliveries back that were not tried, and says when they are to be taken again."""
        values = [self._one(each) | {"due_at": due} for each in of]
        await self._note(database, self._set_aside, values)

    async def _note(
        self, database: Database, statement: Statement, values: Sequence[dict[str, Any]]
    ) -> None:
        """Writes down what became of deliveries that are this worker's own: nobody collides."""
        if values:
            writes = [Write(statement.text, statement.arguments(each)) for each in values]
            async with database.transaction(is_exact=False) as transaction:
                await transaction.write_all(writes)

    async def put_off(self, database: Database, of: Delivery, error: str, due: int) -> None:
        """Notes that a delivery failed, and when it is to be tried again."""
        await self._left(database, of, WAITING, error, due)

    async def bury(self, database: Database, of: Delivery, error: str) -> None:
        """Notes that a delivery failed for the last time: it is a dead letter."""
        await self._left(database, of, DEAD, error, _NEVER)

    async def _left(
        self, database: Database, of: Delivery, state: str, error: str, due: int
    ) -> None:
        values = self._one(of) | {"state": state, "error": error[:2_000], "due_at": due}
        await database.execute(self._put_off.text, self._put_off.arguments(values))

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


def _taken(row: Sequence[Any]) -> Taken:
    handler, entry, place, subject, tries, type_name, body, correlation, blocked = row
    event = None if type_name is None else (entry, place, type_name, body, correlation)
    return Taken(Delivery(handler, entry, place, subject, tries), event, blocked)


def _number(name: str) -> Any:
    return sa.bindparam(name, type_=_INTEGER)


def _text(name: str) -> Any:
    return sa.bindparam(name, type_=sa.Text())
