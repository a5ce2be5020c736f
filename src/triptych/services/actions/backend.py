"""The backend of an application: its actions in process, as every way in calls them."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from triptych.adapters.actions.arguments import read_arguments
from triptych.adapters.events.broker import Broker
from triptych.adapters.events.outbox import BROKER, Outbox
from triptych.adapters.objects.sql import SqlStore
from triptych.adapters.objects.view import View
from triptych.adapters.objects.work import Work
from triptych.domain.actions import Decision, Operation, Outcome, Plan
from triptych.domain.actor import ANONYMOUS, Actor
from triptych.domain.errors import (
    ApprovalNeeded,
    DeadlineExceeded,
    EffectRefused,
    InvalidInput,
    Misconfigured,
    Problem,
    UnknownName,
)
from triptych.domain.ontology import Ontology
from triptych.domain.policies import Policy
from triptych.infrastructure.clock import Clock, SystemClock
from triptych.infrastructure.effects import acting
from triptych.services.actions.calling import Calls
from triptych.services.actions.calls import Call, Caller
from triptych.services.actions.guards import Guards
from triptych.services.actions.path import Deed, Done, Limits, WritePath
from triptych.services.actions.performing import Performer, batch_of
from triptych.services.actions.permissions import Permissions
from triptych.services.actions.planning import Planner
from triptych.services.actions.registry import Declared, find_declared
from triptych.services.actions.requirements import Requirements
from triptych.services.actions.returning import UNDO, Returner
from triptych.services.actions.scenario import SCENARIO, Scenario
from triptych.services.actions.telling import Teller
from triptych.services.policies import Policies, find_policies

if TYPE_CHECKING:
    from dishka import AsyncContainer, Provider


class Backend:
    """All that an application does, in one process.

    Args:
        store: Where the objects of the application are.
        limits: How far an action may go.
        clock: Tells the time.
        providers: Parts that stand in for the application's own.
        broker: What every event is published to, besides reaching its handlers.
        policies: Who may read and do what; those of the application where it is `None`.
        is_development: Whether everybody may read and do what no policy is about; elsewhere
            nobody may, and it is refused to start.

    Raises:
        Misconfigured: A service cannot be built, a signature or a policy cannot be read, or
            there is no policy about something.

    Example:
        ```python
        from triptych import Backend, open_store

        backend = Backend(open_store("flights", "sqlite:///:memory:"))
        assert "operations.postpone" in backend.declared.operations
        ```
    """

    def __init__(  # noqa: PLR0913 - what it is made of, all but the store with a default
        self,
        store: SqlStore,
        limits: Limits | None = None,
        clock: Clock | None = None,
        providers: Iterable[Provider] = (),
        broker: Broker | None = None,
        *,
        policies: Iterable[Policy] | None = None,
        is_development: bool = True,
    ) -> None:
        self.store, self.broker = store, broker
        package = store.ontology.package
        self.limits = limits or Limits()
        clock = clock or SystemClock()
        self.declared: Declared = find_declared(package, store.ontology)
        declared = self.declared
        # Loaded here: whoever only reads begins sooner.
        wiring = importlib.import_module("triptych.services.actions.wiring")
        parts = [*wiring.find_providers(package), *providers]
        self.container: AsyncContainer = wiring.make_container(
            declared.owners, store.ontology, clock, parts
        )
        said = find_policies(package) if policies is None else policies
        self.policies = Policies(store, said, is_open=is_development)
        self._requirements = self._bound(is_open=is_development)
        guards = Guards(store.rules, declared.lifecycles, declared.invariants)
        store.guard = guards
        self.outbox = Outbox(
            store.ledger.tables, store.database.dialect, store.ontology, self._handlers()
        )
        self.woken: list[Callable[[], None]] = []
        self.path = WritePath(store, guards, self.outbox, self.limits, self._wake, self.policies)
        self._performer = Performer(store, self.container, self._requirements, self.policies)
        self._returner = Returner(store, declared, self._performer, self._requirements)
        self.planner = Planner(store, self.path, self._performer, self._returner, declared)
        self.permissions = Permissions(
            store, self.policies, self._requirements, self._performer, declared
        )
        self.teller = Teller(store, self.policies, declared, self.planner)
        self._by_function = {each.function: each for each in declared.operations.values()}

    def _bound(self, *, is_open: bool) -> Requirements:
        """Binds the rules and policies of every operation.

        Raises:
            Misconfigured: One cannot be; or there is no policy about something, and must be.
        """
        requirements = Requirements(self.store.rules, self.policies.bound.actions)
        requirements.is_open = is_open
        for each in self.declared.operations.values():
            requirements.bind(each)
        requirements.check_names()
        self.unsaid = (*self.policies.unsaid, *requirements.unsaid)
        if self.unsaid and not is_open:
            raise Misconfigured(
                f"no policy says who may read or do {', '.join(self.unsaid)}; say it by "
                "@allows in services/policies"
            )
        return requirements

    def _wake(self) -> None:
        """Tells whoever delivers events that there are some."""
        for wake in self.woken:
            wake()

    def _handlers(self) -> dict[str, list[str]]:
        """Lists who handles what, by the event's name; a broker takes everything."""
        handlers: dict[str, list[str]] = {}
        for each in self.declared.handlers.values():
            for event in each.events:
                handlers.setdefault(event.__name__, []).append(each.name)
        for known in self.ontology.events if self.broker else ():
            handlers.setdefault(known.name, []).append(BROKER)
        return handlers

    async def open(self) -> None:
        """Connects; see `Store.open`."""
        await self.store.open()

    async def close(self) -> None:
        """Lets go of everything; closing twice does nothing."""
        await self.container.close()
        if self.broker is not None:
            await self.broker.close()
        await self.store.close()

    @property
    def ontology(self) -> Ontology:
        """What its objects are."""
        return self.store.ontology

    def caller(self, actor: Actor = ANONYMOUS, *, key: str | None = None) -> Calls:
        """Begins to call on behalf of somebody.

        Args:
            actor: Who.
            key: The idempotency key of the call: making it again does nothing again.
        """
        return Calls(self, Caller(actor, key))

    def operation(self, method: Callable[..., Any]) -> Operation:
        """Looks up what was declared of a method.

        Raises:
            UnknownName: It is no action or query of the application.
        """
        if method not in self._by_function:
            name = getattr(method, "__qualname__", repr(method))
            raise UnknownName("action", name, self.declared.operations)
        return self._by_function[method]

    def read_call(self, name: str, raw: Mapping[str, Any]) -> Call:
        """Reads a call from plain JSON.

        Raises:
            UnknownName: There is no such action.
            InvalidInput: What it is given does not fit.
        """
        operation = self.declared.operation(name)
        return Call(operation, read_arguments(operation, raw))

    async def run(self, call: Call, caller: Caller) -> Outcome[Any]:
        """Runs an action: see `WritePath.perform`."""
        self._check_approval(call, caller)
        return await self.path.perform(self._performer.deed(call, caller), caller)

    async def run_all(self, calls: Sequence[Call], caller: Caller) -> Outcome[list[Any]]:
        """Runs several actions as one: all of them, or none; each sees what those before did.

        Args:
            calls: What is done, in this order.
            caller: Who does it.

        Raises:
            ApprovalNeeded: One of them must be approved.

        Example:
            ```python
            import asyncio
            from datetime import timedelta

            from flights.domain.entities import Airport, Flight
            from flights.domain.value_objects import AirportCode
            from triptych import Actor, open_backend
            from triptych.testing import add_sample

            async def main() -> timedelta:
                async with open_backend("flights", "sqlite:///:memory:") as backend:
                    for code in ("JFK", "LAX"):
                        await add_sample(backend.store, Airport, id=AirportCode(code))
                    ends = {"origin": AirportCode("JFK"), "destination": AirportCode("LAX")}
                    flight = await add_sample(backend.store, Flight, **ends)
                    said = {"flight": str(flight.id), "by": "PT45M", "reason": "fog"}
                    call = backend.read_call("operations.postpone", said)
                    ada = backend.caller(Actor("ada", frozenset({"dispatcher"}))).by
                    done = await backend.run_all([call, call], ada)
                    return done.result[1].delay

            assert asyncio.run(main()) == timedelta(minutes=90)
            ```
        """
        for call in calls:
            self._check_approval(call, caller)
        whole = batch_of([self._performer.deed(call, caller) for call in calls])
        return await self.path.perform(whole, caller)

    def _check_approval(self, call: Call, caller: Caller) -> None:
        """Checks that nobody else must commit a plan of it."""
        if call.operation.mark.is_approved:
            raise ApprovalNeeded(call.operation.full_name, str(caller.actor))

    async def ask(self, call: Call, caller: Caller) -> Done:
        """Answers a query; what it would change is refused.

        Raises:
            EffectRefused: It tried to change something.
        """

        async def once(work: Work) -> Any:
            with acting(call.operation.full_name):
                done = await self._performer.do(call, caller, work)
            if work.changed or work.events:
                raise EffectRefused("change something", call.operation.full_name)
            return done

        def view(work: Work) -> View:
            return self.policies.view_in(work, caller.actor)

        deed = Deed(name=call.operation.full_name, do=once, view=view)
        done: Done = await self.path.race(deed, once)
        return done

    async def preview(self, call: Call, caller: Caller) -> Plan:
        """Says what an action would do; nothing is written, and nobody hears of it."""
        return await self.planner.preview(call, caller)

    async def commit(self, plan: Plan, caller: Caller) -> Outcome[Any]:
        """Does what a plan says: see `Planner.commit`."""
        return await self.planner.commit(plan, caller)

    async def keep(self, plan: Plan) -> str:
        """Keeps a plan for somebody to commit, and returns what it is called.

        It is kept as long as idempotency keys are, a day where nothing else is said.
        """
        return await self.planner.keep(plan)

    async def commit_kept(self, name: str, caller: Caller) -> Outcome[Any]:
        """Does what a plan that was kept says, once: see `Planner.commit_kept`."""
        return await self.planner.commit_kept(name, caller)

    @asynccontextmanager
    async def scenario(self, caller: Caller) -> AsyncIterator[Scenario]:
        """Begins to try several actions together; at the end of the block all of it is dropped.

        Its plan may be committed afterwards. It lasts as long as one action may: once it
        searches, it holds a transaction, on SQLite that of the one writer.

        Raises:
            DeadlineExceeded: It took too long.
        """
        try:
            async with asyncio.timeout(self.limits.deadline), Work(self.store) as work:
                yield Scenario(self.store, work, self.path, self._performer, caller, self.policies)
        except TimeoutError as error:
            raise DeadlineExceeded(SCENARIO, self.limits.deadline) from error

    async def undo(self, receipt: str, caller: Caller) -> Outcome[None]:
        """Takes back what an entry of the ledger has changed.

        Whoever may act so may undo it. Events are not taken back; who heard of them has.

        Raises:
            ObjectMissing: There is no such entry.
            NotKept: It is not kept any more what was before it.
            InvalidInput: It has changed nothing, or was no action.
            UndoConflict: Something has been built upon it since; what, is told.
            ActionForbidden: The actor may not do what is to be undone.
        """
        entry = await self.store.ledger.get(self.store.database, receipt)
        await self.store.horizon.check(self.store.database, entry.number)
        if entry.decision is not Decision.DONE or not entry.touched:
            found = f"{receipt} has changed nothing"
            raise InvalidInput([Problem("receipt", found, "name one that has")])

        async def do(work: Work) -> Done:
            await self._returner.allow(entry, caller, work)
            await self._returner.undo(entry, work)
            return Done()

        deed = Deed(
            name=UNDO,
            do=do,
            parameters={"receipt": receipt, "action": entry.action},
            digest=f"undo {receipt}".encode,
            turns=tuple(f"{each.type_name} {each.key}" for each in entry.touched),
            is_return=True,
        )
        return await self.path.perform(deed, caller)
