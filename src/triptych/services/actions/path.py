"""The one write path: every change goes through here, in this order, whoever asks.

```text
validate        the call is read before it comes here, strictly, by its signature
replay          an idempotency key that is known is answered as before
load            entities that the actor sees are read by their ids; from the third lost race on,
                under a lock
authorise       policies, and rules about the actor
require         rules about the state of things
run             the method of the service, whose repositories see its own writes
check           lifecycles and invariants, of everything that changed
authorise       policies about changing, of everything that changed, before and after
commit          state, history, ledger, events and idempotency key, in one transaction
publish         whoever delivers events is woken
```
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

from triptych.adapters.database.database import Collided, Write
from triptych.adapters.events.outbox import Outbox
from triptych.adapters.objects.plain import key_text
from triptych.adapters.objects.seen import Seen
from triptych.adapters.objects.sql import SqlStore, touched
from triptych.adapters.objects.view import View
from triptych.adapters.objects.work import Work
from triptych.domain.actions import At, Consulted, Decision, Edit, Entry, Outcome
from triptych.domain.errors import (
    DatabaseUnavailable,
    DeadlineExceeded,
    KeyReused,
    TriptychError,
    WriteConflict,
)
from triptych.infrastructure.effects import acting
from triptych.infrastructure.logging import get_logger
from triptych.infrastructure.monitoring import ACTIONS
from triptych.services.actions.calls import Caller
from triptych.services.actions.guards import Guards
from triptych.services.actions.outcomes import read_outcome, write_outcome
from triptych.services.ledger import History
from triptych.services.policies import Policies

_log = get_logger("triptych.actions")
_MICROSECOND = timedelta(microseconds=1)
# Seconds that a refusal may take to be written down; whoever is refused waits no longer.
_GRACE = 1.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How far an action may go.

    Attributes:
        deadline: Seconds that it may take in all.
        races: How often it is tried while others are faster.
        optimistic: How many of those tries are made without a lock.
        keys: How long an idempotency key is kept.

    Example:
        ```python
        from triptych.services.actions import Limits

        assert Limits(deadline=2.5).races == 12
        ```
    """

    deadline: float = 10.0
    races: int = 12
    optimistic: int = 2
    keys: timedelta = timedelta(hours=24)


@dataclass(slots=True)
class Done:
    """What came of doing something in a piece of work.

    Attributes:
        result: What is returned.
        plain: The same as plain JSON.
        rules: Which rules were asked.
    """

    result: Any = None
    plain: Any = None
    rules: list[Consulted] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Something that is to be done by the write path.

    Attributes:
        name: How the ledger names it.
        do: Does it in a piece of work.
        parameters: What it is given, as the ledger shows it.
        digest: Works out what tells it from every other deed, for idempotency keys.
        read: Reads its result from plain JSON.
        turns: What it waits in line for once it has lost races.
        is_pure: Whether it may simply be done again where others were faster.
        is_return: Whether it goes back to what was.
        also: What is written besides, in the same transaction.
        view: How it reads, where that is not as things are.
        called: The operations that it is made of.
    """

    name: str
    do: Callable[[Work], Awaitable[Done]]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    digest: Callable[[], bytes] = bytes
    read: Callable[[Any], Any] = lambda plain: plain
    turns: tuple[str, ...] = ()
    is_pure: bool = True
    is_return: bool = False
    also: tuple[Write, ...] = ()
    view: Callable[[Work], View] | None = None
    called: tuple[str, ...] = ()


class WritePath:
    """Does deeds: all of each, or nothing of it.

    Args:
        store: Where the objects are.
        guards: What every change is held to.
        outbox: Where events are written.
        limits: How far an action may go.
        publish: Is called after each commit that has events.
        policies: Who may change what.
    """

    def __init__(
        self,
        store: SqlStore,
        guards: Guards,
        outbox: Outbox,
        limits: Limits,
        publish: Callable[[], None],
        policies: Policies,
    ) -> None:
        self._store, self._guards, self._outbox = store, guards, outbox
        self._policies = policies
        self._limits, self._publish = limits, publish

    async def perform(self, deed: Deed, caller: Caller) -> Outcome[Any]:
        """Does a deed, and writes down what became of it.

        Raises:
            KeyReused: The idempotency key stands for another deed.
            WriteConflict: Others were faster, again and again.
            DeadlineExceeded: It took too long.
            Forbidden: The actor may not.
            MissingOrConflict: It is not possible as things stand.
        """
        started = perf_counter()

        async def once(work: Work) -> Outcome[Any]:
            known = await self.replayed(caller, deed.digest, deed.read)
            if known is not None:
                return known
            return await self._commit(
                deed, caller, work, await self.do(deed, caller, work), started
            )

        try:
            outcome = await self.race(deed, once)
        except Exception as error:
            await self._refused(deed, caller, error, started)
            raise
        ACTIONS.record(started, deed.name, str(Decision.DONE))
        return outcome

    async def race[R](self, deed: Deed, once: Callable[[Work], Awaitable[R]]) -> R:
        """Tries something in a piece of work, until nobody else is faster.

        Raises:
            WriteConflict: Others were, again and again.
            DeadlineExceeded: It took too long.
        """
        limits, seen = self._limits, dict[At, Seen]()
        try:
            async with asyncio.timeout(limits.deadline) as limit:
                for number in range(limits.races if deed.is_pure else 1):
                    if number:
                        await asyncio.sleep(_pause(number))
                    try:
                        async with Work(self._store) as work:
                            work.view = deed.view(work) if deed.view else None
                            if number >= limits.optimistic:
                                await work.begin(deed.turns)
                            return await _consistently(once, work)
                    except Collided:
                        seen = work.seen
                        continue
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise DeadlineExceeded(deed.name, limits.deadline) from error
        raise await self._conflict(deed, seen)

    async def _conflict(self, deed: Deed, seen: Mapping[At, Seen]) -> WriteConflict:
        """Says what has changed of what was read; or else what was waited for."""
        changed = ", ".join([each async for each in self._changed(seen)])
        return WriteConflict(changed or ", ".join(deed.turns) or f"what {deed.name} depends on")

    async def _changed(self, seen: Mapping[At, Seen]) -> AsyncIterator[str]:
        """Names the objects that are not as they were read, and what has changed of each."""
        ontology, history = self._store.ontology, History(self._store)
        for (name, key), each in seen.items():
            of = ontology.object_type(name)
            changed = await history.changed_since(of, key, each.version)
            if changed:
                yield f"{name} {key_text(key)} ({' and '.join(changed)})"

    async def do(self, deed: Deed, caller: Caller, work: Work) -> Done:
        """Does a deed in a piece of work, and checks what it would change."""
        with acting(deed.name):
            done = await deed.do(work)
        await self._guards.check(work, is_return=deed.is_return)
        await self._policies.check_changes(caller.actor, work)
        return done

    async def replayed(
        self,
        caller: Caller,
        digest: Callable[[], bytes],
        read: Callable[[Any], Any] = lambda plain: plain,
    ) -> Outcome[Any] | None:
        """Returns what came of a call that was made before with the same key, if it was.

        Args:
            caller: Who asks, with the key.
            digest: Works out what tells the call from every other one.
            read: Reads its result from plain JSON.

        Raises:
            KeyReused: The key stands for another call.
        """
        if caller.key is None:
            return None
        database, now = self._store.database, self.now()
        known = await self._store.keys.find(database, str(caller.actor), caller.key, now)
        if known is None:
            return None
        if known.digest != digest():
            raise KeyReused(caller.key)
        return read_outcome(known.outcome, read)

    @property
    def kept_for(self) -> int:
        """How long keys and plans are kept, in microseconds."""
        return self._limits.keys // _MICROSECOND

    def now(self) -> int:
        """Returns the present, in microseconds since 1970."""
        return (datetime.now(UTC) - _EPOCH) // _MICROSECOND

    async def _commit(
        self, deed: Deed, caller: Caller, work: Work, done: Done, started: float
    ) -> Outcome[Any]:
        made: list[Outcome[Any]] = []

        def record(number: int, edits: Any) -> Any:
            entry = self._entry(number, deed, caller, edits, started)
            outcome = Outcome(
                result=done.result,
                receipt=entry.receipt,
                touched=entry.touched,
                plain=done.plain,
                called=deed.called,
            )
            made.append(outcome)
            yield self._store.ledger.write(entry)
            yield from deed.also
            yield from self._outbox.write(number, work.events, caller.correlation)
            if caller.key is not None:
                known = write_outcome(outcome, done.plain, number, deed.digest())
                now = self.now()
                expires = now + self.kept_for
                yield from self._store.keys.keep(str(caller.actor), caller.key, known, now, expires)

        await work.commit(record)
        if work.events:
            self._publish()
        return made[0]

    def _entry(
        self, number: int, deed: Deed, caller: Caller, edits: tuple[Edit, ...], started: float
    ) -> Entry:
        return Entry(
            number=number,
            actor=str(caller.actor),
            action=deed.name,
            decision=Decision.DONE,
            parameters=deed.parameters,
            touched=tuple(map(touched, edits)),
            duration=timedelta(seconds=perf_counter() - started),
            correlation=caller.correlation,
        )

    async def _refused(self, deed: Deed, caller: Caller, error: Exception, started: float) -> None:
        """Writes down that something was not done, and why."""
        is_ours = isinstance(error, TriptychError)
        decision = Decision.REFUSED if is_ours else Decision.FAILED
        ACTIONS.record(started, deed.name, str(decision))
        if isinstance(error, DatabaseUnavailable):
            return
        entry = Entry(
            number=self._store.ticker.next(),
            actor=str(caller.actor),
            action=deed.name,
            decision=decision,
            parameters=deed.parameters,
            code=error.code if isinstance(error, TriptychError) else type(error).__name__,
            reason=str(error) if is_ours else "",
            duration=timedelta(seconds=perf_counter() - started),
            correlation=caller.correlation,
        )
        try:
            async with asyncio.timeout(_GRACE):
                await self._store.database.write_all([self._store.ledger.write(entry)])
        except (DatabaseUnavailable, Collided, TimeoutError) as lost:
            _log.error("not in the ledger", action=deed.name, error=str(lost))


async def _consistently[R](once: Callable[[Work], Awaitable[R]], work: Work) -> R:
    """Tries something; what is refused because of several objects is refused of one moment.

    Raises:
        Collided: Others wrote between two of its reads: it may have refused what never was.
    """
    try:
        return await once(work)
    except (Collided, DatabaseUnavailable):
        raise
    except Exception:
        if len(work.seen) > 1:
            await work.begin()
        raise


def _pause(number: int) -> float:
    """Returns how long to wait before another try, so that rivals do not meet again."""
    longest = min(0.002 * 2**number, 0.1)
    return random.uniform(0, longest)  # noqa: S311  # nosec B311 - no secret
