"""The relay: brings events to their handlers, at least once, in order for each object."""

from __future__ import annotations

import asyncio
import os
import random
import secrets
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

from triptych.adapters.database.database import Collided
from triptych.adapters.events.broker import Message
from triptych.adapters.events.deliveries import Deliveries, Delivery, Taken
from triptych.adapters.events.outbox import BROKER
from triptych.adapters.objects.work import Work
from triptych.domain.actions import Outcome
from triptych.domain.actor import HANDLER, SYSTEM, Actor
from triptych.domain.errors import DatabaseUnavailable, Misconfigured
from triptych.infrastructure.logging import get_logger
from triptych.infrastructure.monitoring import DELIVERIES
from triptych.services.actions.backend import Backend
from triptych.services.actions.calls import Caller, read_call
from triptych.services.actions.contracts import Actions
from triptych.services.actions.registry import Handler
from triptych.services.events.patience import Patience
from triptych.services.forgetting import Archive

_log = get_logger("triptych.events")
_SECOND = 1_000_000
# How long what stands behind a delivery that others make is left alone, in microseconds.
_ASIDE = 200_000


class Relay:
    """Delivers events, binds the ledger's chain, and sweeps what is over.

    Any number may run, in one process or in several.

    Args:
        backend: Whose events.
        patience: How deliveries are made.
    """

    def __init__(self, backend: Backend, patience: Patience | None = None) -> None:
        self._backend = backend
        self._patience = patience or Patience()
        store = backend.store
        worker = f"{os.getpid()}-{secrets.token_hex(4)}"
        self.deliveries = Deliveries(store.ledger.tables, store.database.dialect, worker)
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._last: dict[str, float] = {}

    def start(self) -> None:
        """Begins to deliver, until it is stopped."""
        if self._task is None:
            self._backend.woken.append(self._wake.set)
            self._task = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """Lets what has begun come to its end, and stops."""
        if self._task is not None:
            task, self._task = self._task, None
            self._backend.woken.remove(self._wake.set)
            self._wake.set()
            await task

    async def _work(self) -> None:
        while self._task is not None:
            self._wake.clear()
            try:
                done = await self.deliver()
                await self._upkeep()
            except (DatabaseUnavailable, Collided) as error:
                _log.warning("the relay waits", error=str(error))
                done = 0
            except Exception:  # noqa: BLE001 - the last line: it goes on, and says so
                _log.exception("the relay stumbled")
                done = 0
            if not done and self._task is not None:
                await self._rest()

    async def _rest(self) -> None:
        """Waits until there is something, or other processes may have left something."""
        try:
            await asyncio.wait_for(self._wake.wait(), self._patience.idle)
        except TimeoutError:
            return

    async def _upkeep(self) -> None:
        """Does what is to be done now and then, if it is time."""
        database, patience = self._backend.store.database, self._patience
        if self._is_time("settle", patience.settle):
            await self._backend.store.chain.bind(database)
        elif self._is_time("bind", patience.bind):
            await self._backend.store.chain.bind(database, is_whole=False)
        if self._is_time("upkeep", patience.upkeep):
            await self._backend.store.keys.sweep(database, _now())
            await self._backend.store.plans.sweep(database, _now())
        if patience.keep_days and self._is_time("forget", patience.forget):
            before = datetime.now(UTC) - timedelta(days=patience.keep_days)
            await Archive(self._backend.store).forget(before, SYSTEM)

    def _is_time(self, what: str, pause: float) -> bool:
        now = perf_counter()
        if now - self._last.get(what, -pause) < pause:
            return False
        self._last[what] = now
        return True

    async def deliver(self) -> int:
        """Makes the deliveries that are due, and returns how many there were."""
        now, lease = _now(), int(self._patience.lease * _SECOND)
        database = self._backend.store.database
        taken = await self.deliveries.claim(database, now, now + lease, self._patience.at_once)
        if not taken:
            return 0
        lines: dict[tuple[str, str], list[Taken]] = {}
        for each in taken:
            lines.setdefault(each.line, []).append(each)
        made: list[Delivery] = []
        work = (self._deliver_line(each, made) for each in lines.values())
        ends = await asyncio.gather(*work, return_exceptions=True)
        # What is not noted because this process dies is delivered again.
        if any(ends):
            await self.deliveries.finish(database, made)
        else:
            await self.deliveries.finish_all(database)
        for end in ends:
            if isinstance(end, BaseException):
                raise end
        return len(taken)

    async def _deliver_line(self, line: Sequence[Taken], made: list[Delivery]) -> bool:
        """Delivers events about one object one after the other, as far as it goes.

        Returns:
            Whether the database was lost: leases end by themselves, and it is tried again.
        """
        try:
            for place, each in enumerate(line):
                due = self._obstacle(each)
                if due is not None:
                    await self._set_aside(line[place:], due)
                    break
                due = await self._deliver(each, made)
                if due is not None:
                    await self._set_aside(line[place + 1 :], due)
                    break
        except DatabaseUnavailable:
            return True
        return False

    def _obstacle(self, of: Taken) -> int | None:
        """Tells when to try again, if this is not the time for a delivery."""
        now = _now()
        if of.blocked is not None:
            return max(of.blocked, now + _ASIDE)
        end = self.deliveries.until - int(self._patience.limit * _SECOND)
        return now if now > end else None

    async def _set_aside(self, line: Sequence[Taken], due: int) -> None:
        database = self._backend.store.database
        await self.deliveries.set_aside(database, [each.delivery for each in line], due)

    async def deliver_all(self) -> int:
        """Makes deliveries until none is due, and returns how many there were."""
        count = 0
        while done := await self.deliver():
            count += done
        for each in ("bind", "upkeep", "forget"):
            self._last.pop(each, None)
        # What took long to commit is found by who serves: it is a look at the whole ledger.
        self._last["settle"] = perf_counter()
        await self._upkeep()
        return count

    async def _deliver(self, taken: Taken, made: list[Delivery]) -> int | None:
        """Makes one delivery; returns when to try it again, if that is to be waited for.

        Raises:
            DatabaseUnavailable: The lease ends by itself, and it is tried again.
        """
        started, of = perf_counter(), taken.delivery
        try:
            async with asyncio.timeout(self._patience.limit):
                await self._handle(of, taken.event)
        except DatabaseUnavailable:
            DELIVERIES.record(started, of.handler, "waiting")
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it is kept with the delivery
            return await self._failed(of, error, started)
        DELIVERIES.record(started, of.handler, "done")
        made.append(of)
        return None

    async def _failed(self, of: Delivery, error: Exception, started: float) -> int | None:
        """Puts a delivery off, and returns until when; buries it after the last try."""
        said = f"{type(error).__name__}: {error}"
        database, patience = self._backend.store.database, self._patience
        if of.tries >= patience.tries:
            _log.error("dead letter", delivery=of.id, error=said)
            DELIVERIES.record(started, of.handler, "dead")
            await self.deliveries.bury(database, of, said)
            return None
        _log.warning("delivery failed", delivery=of.id, tries=of.tries, error=said)
        DELIVERIES.record(started, of.handler, "failed")
        pause = min(patience.first * 2 ** (of.tries - 1), patience.longest)
        jitter = random.uniform(0.5, 1.0)  # noqa: S311  # nosec B311 - no secret
        due = _now() + int(pause * jitter * _SECOND)
        await self.deliveries.put_off(database, of, said, due)
        return due

    async def _handle(self, of: Delivery, event: Sequence[Any] | None) -> None:
        """Calls the handler of a delivery."""
        backend = self._backend
        if of.handler == BROKER and backend.broker and event:
            _, _, name, body, correlation = event
            id_ = f"{of.entry}.{of.place}"
            message = Message(id_, name, of.subject, body.encode(), correlation)
            await backend.broker.publish([message])
            return
        handler = backend.declared.handlers.get(of.handler)
        if handler is None or event is None:
            lost = f"handler {of.handler}" if handler is None else "event"
            raise Misconfigured(f"there is no {lost} any more")
        recorded = backend.outbox.read(event)
        actor = Actor(f"{HANDLER}{handler.name}", frozenset({"handler"}))
        actions = _HandlerActions(backend, Caller(actor, of.id, recorded.correlation))
        async with Work(backend.store) as work:
            context = {Work: work, Actor: actor, Actions: actions}
            await self._call(handler, recorded.event, context)
            if work.changed or work.events:
                raise Misconfigured(f"{handler.name} changes things; let it run actions instead")

    async def _call(self, handler: Handler, event: Any, context: dict[Any, Any]) -> None:
        async with self._backend.container(context=context) as scope:
            owner: Any = await scope.get(handler.owner)
            await getattr(owner, handler.method)(event)


class _HandlerActions:
    """Runs actions for one handler and one event; each has an idempotency key of its own."""

    def __init__(self, backend: Backend, caller: Caller) -> None:
        self._backend, self._caller = backend, caller
        self._count = 0

    async def run(
        self, action: Callable[..., Awaitable[Any]], /, *arguments: Any, **named: Any
    ) -> Outcome[Any]:
        """Runs an action.

        Raises:
            TriptychError: It was refused.
        """
        self._count += 1
        key = f"{self._caller.key}.{self._count}"
        caller = Caller(self._caller.actor, key, self._caller.correlation)
        operation = self._backend.operation(action)
        call = read_call(operation, self._backend.store.ontology, arguments, named)
        return await self._backend.run(call, caller)


def _now() -> int:
    return int(datetime.now(UTC).timestamp() * _SECOND)
