"""Crashes between any two steps of the write path: nothing is lost, doubled, or half done."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar, cast

import asyncpg
import pytest
from dishka import Provider, Scope
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from flights.adapters.external_apis.notifier import Notifier
from flights.domain.entities import Flight
from flights.domain.relationships import CrewAssignment
from flights.domain.value_objects import CrewRole, FlightStatus
from flights.services.business_logic.operations import Operations
from tests.fixtures.desk import ADA, EVE, HOUR, flight_id, member_id, open_desk
from triptych import Backend, open_backend
from triptych.adapters.database.database import Database, Write
from triptych.domain.actions import Decision
from triptych.domain.errors import MissingOrConflict
from triptych.services.events import Patience, Relay

pytestmark = pytest.mark.unmeasured

ROUNDS = int(os.environ.get("TRIPTYCH_TEST_ROUNDS", "6"))
QUICK = Patience(tries=50, first=0.0, lease=0.45, limit=0.3)
FLIGHTS, MEMBERS = 4, 14


class Crash(BaseException):
    """The process dies: nobody catches it, and what was not committed is gone."""


@dataclass
class Fate:
    """Lets the process die at one of its steps towards the database, before it or after it.

    Attributes:
        left: How many steps are made until then; never where it is negative.
    """

    left: int = -1

    def step(self) -> None:
        """Makes one step, or dies."""
        if self.left == 0:
            self.left = -1
            raise Crash
        self.left -= self.left > 0


@dataclass
class Fragile:
    """A database, or a transaction in one, in front of which the process may die."""

    inner: Any
    fate: Fate

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    async def fetch(self, sql: str, arguments: Sequence[Any] = ()) -> Any:
        return await self._step(self.inner.fetch(sql, arguments))

    async def execute(self, sql: str, arguments: Sequence[Any] = ()) -> Any:
        return await self._step(self.inner.execute(sql, arguments))

    async def returning(self, sql: str, arguments: Sequence[Any] = ()) -> Any:
        return await self._step(self.inner.returning(sql, arguments))

    async def write_all(self, writes: Sequence[Write]) -> None:
        if self.fate.left < 0:
            await self._step(self.inner.write_all(writes))
            return
        # One by one, so that the process may die between any two.
        async with self.transaction() as transaction:
            for each in writes:
                await transaction.write_all([each])

    async def _step(self, done: Any) -> Any:
        try:
            self.fate.step()
        except Crash:
            done.close()
            raise
        result = await done
        self.fate.step()
        return result

    @asynccontextmanager
    async def transaction(self, **options: Any) -> AsyncIterator[Any]:
        async with self.inner.transaction(**options) as transaction:
            yield _Within(transaction, self.fate)
            self.fate.step()
        self.fate.step()


class _Within(Fragile):
    async def write_all(self, writes: Sequence[Write]) -> None:
        await self._step(self.inner.write_all(writes))


@dataclass
class Told:
    """What people were told."""

    texts: list[str] = field(default_factory=list)

    async def send(self, text: str) -> None:
        """Notes a text."""
        self.texts.append(text)


WHATS = ("postpone", "swap", "assign", "release", "depart", "cancel", "undo", "relay")


@dataclass(frozen=True)
class Step:
    """Something that somebody asks for, and how long the process lives meanwhile."""

    what: str
    number: int
    crash: int


async def ask(backend: Backend, step: Step, key: str, receipts: list[str]) -> None:
    """Makes one call, with a key of its own."""
    calls, flight = backend.caller(ADA, key=key), flight_id(step.number)
    other = flight_id((step.number + 1) % FLIGHTS)
    run: Any = calls.run
    match step.what:
        case "postpone":
            outcome = await run(Operations.postpone, flight, HOUR, key)
        case "swap":
            outcome = await run(Operations.swap_aircraft, flight, other)
        case "assign":
            member = member_id(hash(key) % MEMBERS)
            outcome = await run(Operations.assign_crew, flight, member, CrewRole.CABIN)
        case "release":
            outcome = await run(Operations.release_crew, flight)
        case "depart":
            outcome = await run(Operations.depart, flight)
        case "cancel":
            preview: Any = calls.preview
            plan = await preview(Operations.cancel, flight, key)
            outcome = await backend.caller(EVE).commit(plan)
        case "undo" if receipts:
            outcome = await calls.undo(receipts[-1])
        case _:
            await Relay(backend, QUICK).deliver_all()
            return
    if outcome.receipt not in receipts and outcome.touched:
        receipts.append(outcome.receipt)


@dataclass
class Life:
    """One desk that lives through steps, its processes dying and being replaced.

    Attributes:
        url: The database, which outlives every process.
    """

    url: str
    told: Told = field(default_factory=Told)
    fate: Fate = field(default_factory=Fate)
    receipts: list[str] = field(default_factory=list)
    count: int = 0
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    backend: Backend | None = None

    @property
    def _stand_in(self) -> Provider:
        stand_in = Provider(scope=Scope.APP)
        stand_in.provide(lambda: self.told, provides=Notifier)
        return stand_in

    async def begin(self) -> None:
        """Makes an empty desk and starts the first process."""
        async with open_desk(self.url, providers=[self._stand_in]):
            pass
        await self.start()

    async def start(self) -> None:
        """Starts a process on what there is."""
        opened = open_backend("flights", self.url, providers=[self._stand_in])
        self.backend = await self.stack.enter_async_context(opened)
        self.backend.store.database = cast(
            Database, Fragile(self.backend.store.database, self.fate)
        )

    async def end(self) -> None:
        """Ends the process."""
        self.fate.left = -1
        await self.stack.aclose()

    async def live(self, step: Step) -> None:
        """Lives through one step; after a crash another process makes the same call again."""
        key = f"k{self.count}"
        self.count += 1
        self.fate.left = max(step.crash, -1)
        for _ in range(2):
            assert self.backend is not None
            try:
                await ask(self.backend, step, key, self.receipts)
            except Crash:
                await self.end()
                await self.start()
                continue
            except MissingOrConflict:
                pass
            break
        self.fate.left = -1

    async def check(self) -> None:
        """Checks what is left."""
        await self.end()
        async with open_backend("flights", self.url, providers=[self._stand_in]) as backend:
            await check(backend, self.told)


async def check(backend: Backend, told: Told) -> None:
    """Checks that nothing is lost, doubled, or half done."""
    store, database = backend.store, backend.store.database
    relay = Relay(backend, QUICK)
    while (await relay.deliveries.counts(database))["waiting"]:
        await relay.deliver_all()
        await asyncio.sleep(0.02)
    entries = await store.ledger.latest(database, 10_000)
    done = [each for each in entries if each.decision is Decision.DONE]
    # State is the fold of history: each version follows the one before, entry by entry.
    of = store.ontology.object_type("flight")
    table = store.access[of.name].stored.table.name
    for number in range(FLIGHTS):
        key = flight_id(number)
        touching = [e for e in done if any(t.key == str(key) for t in e.touched)]
        repository = store.repository(Flight)
        now = await repository.get(key)
        assert repository.version(key) == len(touching)
        for before, entry in zip([*touching[1:]], touching, strict=False):
            past = await store.as_of(before.number).repository(Flight).get(key)
            gone = await store.as_of(entry.number - 1).repository(Flight).get(key)
            assert past == gone
        assert await store.as_of(touching[0].number).repository(Flight).get(key) == now
    rows = await database.fetch(f"SELECT count(*) FROM {table}__history")
    changed = sum(t.kind != "added" for e in done for t in e.touched if t.type_name == of.name)
    assert rows[0][0] == changed
    await _check_calls(backend, told, done)


async def _check_calls(backend: Backend, told: Told, done: list[Any]) -> None:
    """Checks that each call was done once, and that each event has reached whom it concerns."""
    database = backend.store.database
    reasons = [e.parameters.get("reason") for e in done if e.action == "operations.postpone"]
    assert len(reasons) == len(set(reasons))
    keys = [row[0] for row in await database.fetch("SELECT entry FROM triptych_keys")]
    numbers = {each.number for each in done}
    assert set(keys) <= numbers
    events = await database.fetch("SELECT type, entry FROM triptych_events")
    assert {row[1] for row in events} <= numbers
    postponed = [row for row in events if row[0] == "FlightPostponed"]
    assert len(postponed) == len(reasons)
    for reason in reasons:
        assert any(text.endswith(f": {reason}") for text in told.texts)
    chain = backend.store.chain
    await chain.bind(database)
    found = await chain.verify(database)
    assert found.is_sound
    assert found.waiting == 0
    crew = await backend.store.repository(CrewAssignment).find(take=1_000)
    for each in crew:
        flight = await backend.store.repository(Flight).get(each.flight)
        assert flight.status is not FlightStatus.CANCELLED or flight.delay >= timedelta(0)


class Desk(RuleBasedStateMachine):
    """Random actions, plans, undo and deliveries, with a crash between any two steps."""

    url: ClassVar[Callable[[], str]]

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.life = Life(type(self).url())
        self.runner.run(self.life.begin())

    @rule(
        what=st.sampled_from(WHATS),
        number=st.integers(0, FLIGHTS - 1),
        crash=st.integers(-6, 14),
    )
    def step(self, what: str, number: int, crash: int) -> None:
        """Somebody asks for something, and the process may die."""
        self.runner.run(self.life.live(Step(what, number, crash)))

    @rule()
    def restart(self) -> None:
        """The process ends in peace, and another one starts."""
        self.runner.run(self.life.end())
        self.runner.run(self.life.start())

    def teardown(self) -> None:
        """Looks at what is left: nothing lost, nothing twice, nothing half."""
        with self.runner:
            self.runner.run(self.life.check())


SETTINGS = settings(
    max_examples=ROUNDS,
    stateful_step_count=14,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def test_a_process_may_die_at_any_step_on_sqlite(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    class OnSqlite(Desk):
        url = staticmethod(lambda: f"sqlite:///{tmp_path_factory.mktemp('life')}/desk.db")

    run_state_machine_as_test(OnSqlite, settings=SETTINGS)


def test_a_process_may_die_at_any_step_on_postgresql(postgres_url: str) -> None:
    def fresh() -> str:
        asyncio.run(_fresh(postgres_url))
        return postgres_url

    class OnPostgres(Desk):
        url = staticmethod(fresh)

    run_state_machine_as_test(OnPostgres, settings=SETTINGS)


async def _fresh(url: str) -> None:
    """Empties a schema."""
    schema = url.rpartition("=")[2]
    connection = await asyncpg.connect(url)
    await connection.execute(f"DROP SCHEMA {schema} CASCADE; CREATE SCHEMA {schema}")
    await connection.close()


async def one_life(url: str, steps: Sequence[Step]) -> None:
    """Lives through steps, and checks what is left."""
    life = Life(url)
    await life.begin()
    for each in steps:
        await life.live(each)
    await life.check()


def test_a_crash_leaves_nothing_half_done(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Dies at each step of one action in turn."""
    for crash in range(24):
        steps = [
            Step("postpone", 1, crash),
            Step("assign", 1, crash),
            Step("cancel", 1, crash),
            Step("relay", 0, crash),
            Step("undo", 0, -1),
        ]
        folder = tmp_path_factory.mktemp("life")
        asyncio.run(one_life(f"sqlite:///{folder}/desk.db", steps))
