"""Repositories over a database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from triptych.adapters.database.database import Collided, Database, Fetcher, Write
from triptych.adapters.database.memory import Memory
from triptych.adapters.database.schema import differences, expected_schema
from triptych.adapters.expression.reader import RuleReader
from triptych.adapters.identity.keys import ApiKeys
from triptych.adapters.identity.tickets import Tickets
from triptych.adapters.ledger.chain import Chain
from triptych.adapters.ledger.horizon import Horizon, Within
from triptych.adapters.ledger.keys import Keys
from triptych.adapters.ledger.ledger import Ledger
from triptych.adapters.ledger.plans import Plans
from triptych.adapters.objects.access import Access, make_access
from triptych.adapters.objects.forgetting import Forgetting
from triptych.adapters.objects.guard import Guard
from triptych.adapters.objects.kinds import kinds_of_own, kinds_of_type
from triptych.adapters.objects.objectset import ReadingRepository
from triptych.adapters.objects.past import AS_OF, make_past
from triptych.adapters.objects.plain import key_text
from triptych.adapters.objects.sight import Sight, hidden_of, narrowed, sight_values
from triptych.adapters.objects.sql_reading import SqlReader
from triptych.adapters.objects.store import Repositories
from triptych.adapters.objects.tables import Table
from triptych.adapters.objects.view import View, given
from triptych.adapters.objects.work import Work, WorkingRepository
from triptych.domain.actions import Decision, Edit, Entry, Ticker, Touched, last_entry
from triptych.domain.actor import SYSTEM
from triptych.domain.errors import (
    InvalidInput,
    Misconfigured,
    Problem,
    SchemaMismatch,
    WriteConflict,
)
from triptych.domain.expression import Expression
from triptych.domain.expression.nodes import TextChange, walk
from triptych.domain.ontology import Ontology
from triptych.infrastructure.memory import collected_later
from triptych.infrastructure.tracing import look_for_collector

_TRIES, _MOST_VIEWS = 10, 64


class SqlStore:
    """Everything that is kept of an ontology in one database.

    Args:
        ontology: What is kept.
        database: Where.
        tables: What the application says about some of the tables.

    Attributes:
        guard: What everything that is written is held to, actions and scripts alike.
        horizon: Until when it is not kept any more what was.
        api_keys: By what callers show who they are.
        tickets: What browsers hold of sign-ins and sessions.
        keys: By what a call that comes twice is told from two.
        plans: What actions would do, kept until somebody commits it.
        chain: What makes a ledger that was changed afterwards show it.
        forgetting: What makes a person's data be gone.
        options: What the application says about some of the tables.
        memory: How the tables came to be.
        excuse: Tells whether tables that are not as the code says are good enough to begin with.
    """

    def __init__(
        self, ontology: Ontology, database: Database, tables: Iterable[Table] = ()
    ) -> None:
        self.ontology = ontology
        self.database = database
        self.rules = RuleReader(ontology)
        self.options = tuple(tables)
        self.access = make_access(self.rules, database.dialect, self.options)
        self.ledger = Ledger(database.dialect)
        self.ticker = Ticker(lambda: datetime.now(UTC))
        self.horizon = Horizon(self.ledger.tables, database.dialect)
        self.api_keys = ApiKeys(database.dialect)
        self.tickets = Tickets(database.dialect)
        self.keys = Keys(self.ledger.tables, database.dialect)
        self.plans = Plans(self.ledger.tables, database.dialect)
        self.chain = Chain(self.ledger)
        self.forgetting = Forgetting(self.ledger)
        self.memory = Memory(database.dialect)
        self.guard: Guard | None = None
        self.excuse: Callable[[], Awaitable[bool]] | None = None
        self._views: dict[tuple[bool, str], dict[str, Access]] = {}

    async def open(self) -> None:
        """Connects; makes the tables where there are none.

        Raises:
            SchemaMismatch: There are tables, and they are not as the code says.
            Misconfigured: A rule asks for something that this database cannot do.
            DatabaseUnavailable: The database cannot be reached, read or written.
        """
        look_for_collector()
        self._check_rules()
        await self.database.open()
        try:
            with collected_later():
                await self._prepare()
        except BaseException:
            await self.database.close()
            raise

    def _check_rules(self) -> None:
        """Checks that the database can be asked by the rules of the domain."""
        for each in self.ontology.rules:
            self.check_askable(self.rules.understand(each.python).expression)

    def check_askable(self, expression: Expression) -> None:
        """Checks that the database can be asked an expression.

        Raises:
            Misconfigured: It asks for something that this database cannot do.
        """
        idioms = self.database.dialect.idioms
        for node in walk(expression):
            if isinstance(node, TextChange):
                try:
                    idioms.change(node.change, sa.literal(""))
                except Misconfigured as error:
                    raise Misconfigured(f"{node.place}: {error}") from None

    @property
    def tables(self) -> list[sa.Table]:
        """All its tables: those of objects and their history, of the ledger, and of keys."""
        tables = [table for each in self.access.values() for table in each.stored.tables]
        return [*tables, *self.own_tables]

    @property
    def own_tables(self) -> list[sa.Table]:
        """Those of the ledger, of keys, tickets and migrations."""
        own = (self.api_keys.table, self.tickets.table, self.memory.table)
        return [*self.ledger.tables.all, *own]

    def _made(self) -> Write:
        """Notes that all tables were made, and what they hold."""
        kinds = {each.name: kinds_of_own(each, self.database.dialect) for each in self.own_tables}
        for each in self.access.values():
            kinds |= kinds_of_type(each.stored)
        return self.memory.remember("", ["make all tables"], kinds)

    async def _prepare(self) -> None:
        tables = self.tables
        expected = expected_schema(tables, self.database.dialect)
        found = await self.database.describe()
        if not set(expected) & set(found):
            try:
                async for _ in self.database.create(tables, [self._made()]):
                    pass
            except Exception:
                # Another process that starts at the same time may have been faster.
                found = await self.database.describe()
                if not set(expected) & set(found):
                    raise
            else:
                return
        told = differences(expected, found)
        if told and not (self.excuse and await self.excuse()):
            raise SchemaMismatch(self.database.name, told)

    async def close(self) -> None:
        """Lets go of everything; closing twice does nothing."""
        await self.database.close()

    def repository[T](self, of: type[T]) -> SqlRepository[T]:
        """Makes a repository of an entity or relationship; each writing call holds by itself."""
        return SqlRepository(self, self.ontology.object_type(of).name)

    def as_of(self, moment: datetime | int, sights: Mapping[str, Sight] | None = None) -> View:
        """Returns what was, to be asked the same questions.

        A moment is settled once every action that was begun before it has ended. What is
        forgotten cannot be asked about: asking raises `NotKept`.

        Args:
            moment: When, aware; or the number of an entry of the ledger.
            sights: What whoever asks sees; everything where it is `None`.

        Raises:
            InvalidInput: The moment is in no time zone.
        """
        if isinstance(moment, datetime) and moment.utcoffset() is None:
            raise InvalidInput([Problem("as_of", f"{moment} is in no time zone", "say which")])
        entry = moment if isinstance(moment, int) else last_entry(moment)
        within, at = Within(self.database, self.horizon, entry), {AS_OF: entry}
        if sights is not None:
            return self._view(self._past, sights, within, at)
        return View(self.ontology, self.rules, given(self._past, at), within)

    @cached_property
    def _past(self) -> dict[str, Access]:
        return make_past(self.access)

    def seen(self, sights: Mapping[str, Sight], fetcher: Fetcher | None = None) -> View:
        """Returns what somebody sees, to be asked the same questions.

        Args:
            sights: What they see of each object type.
            fetcher: Where it is asked, such as a piece of work; the database where it is `None`.
        """
        return self._view(self.access, sights, fetcher or self.database, {})

    def _view(
        self,
        access: Mapping[str, Access],
        sights: Mapping[str, Sight],
        fetcher: Fetcher,
        values: Mapping[str, Any],
    ) -> View:
        """Looks through sights; what is compiled for those of one shape is kept."""
        shape = access is self.access, "\n".join(each.spelling for each in sights.values())
        known = self._views.get(shape)
        if known is None:
            if len(self._views) >= _MOST_VIEWS:
                self._views.pop(next(iter(self._views)))
            known = self._views[shape] = narrowed(access, sights)
        seen = given(known, {**sight_values(access, sights), **values})
        hidden = {name: hidden_of(self.access[name], each) for name, each in sights.items()}
        return View(self.ontology, self.rules, seen, fetcher, hidden)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Repositories]:
        """Begins a transaction whose repositories see its own writes.

        It is for scripts and tests: what it changes is held to lifecycles and invariants, has
        its history, and its entry in the ledger, by the actor `system`.

        Raises:
            Forbidden: A lifecycle or an invariant does not allow it.
            WriteConflict: What was read has changed meanwhile.
        """
        try:
            async with Work(self) as work:
                await work.begin()
                yield work
                await self._commit("transaction", work)
        except Collided as error:
            raise WriteConflict("what the transaction has read") from error

    async def write_alone(self, name: str, do: Callable[[Work], Awaitable[None]]) -> None:
        """Makes one write by itself; tried again where another was faster, which then tells."""
        for _ in range(_TRIES):
            with suppress(Collided):
                async with Work(self) as work:
                    await do(work)
                    await self._commit(name, work)
                    return
        raise WriteConflict(name)

    async def _commit(self, name: str, work: Work) -> None:
        if self.guard is not None:
            await self.guard.check(work)
        await work.commit(lambda entry, edits: self._record(name, entry, edits))

    def _record(self, name: str, entry: int, edits: Sequence[Edit]) -> Iterable[Write]:
        """Writes the entry of what the system itself has changed."""
        if edits:
            yield self.ledger.write(
                Entry(
                    number=entry,
                    actor=SYSTEM.id,
                    action=name,
                    decision=Decision.DONE,
                    touched=tuple(map(touched, edits)),
                )
            )


def touched(edit: Edit) -> Touched:
    """Says which object an edit has touched, and how.

    Example:
        ```python
        from triptych.adapters.objects.sql import touched
        from triptych.domain.actions import Edit

        assert touched(Edit("City", ("a", 7), None, object())).key == "a,7"
        ```
    """
    return Touched(edit.type_name, key_text(edit.key), edit.kind, edit.version)


class SqlRepository[T](ReadingRepository[T]):
    """All objects of one type in a database; see `Repository` for what each call does."""

    def __init__(self, store: SqlStore, name: str) -> None:
        super().__init__(SqlReader(store.rules, store.access, name, store.database))
        self._store = store
        self._of: type[T] = store.ontology.object_type(name).python

    async def _alone(self, action: str, do: Callable[[WorkingRepository[T]], Any]) -> None:
        """Makes one write by itself, and takes over the versions that came of it."""
        made: list[WorkingRepository[T]] = []

        async def write(work: Work) -> None:
            made.append(work.repository(self._of))
            await do(made[-1])

        await self._store.write_alone(f"{self._reader.object_type.name}.{action}", write)
        self._reader.versions |= made[-1].versions

    async def add(self, added: T) -> T:
        """Writes a new object."""
        await self._alone("add", lambda repository: repository.add(added))
        return added

    async def save(self, saved: T, *, version: int | None = None) -> T:
        """Writes an object that is there already."""
        access = self._store.access[self._reader.object_type.name]
        access.values(saved)
        at = self.version(access.key_of(saved)) if version is None else version
        await self._alone("save", lambda repository: repository.save(saved, version=at))
        return saved

    async def remove(self, key: Any, *, version: int | None = None) -> None:
        """Removes an object by its id."""
        at = self._reader.versions.get(key) if version is None else version
        await self._alone("remove", lambda repository: repository.remove(key, version=at))
        self._reader.versions.pop(key, None)
