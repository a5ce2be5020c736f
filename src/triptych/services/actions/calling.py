"""Calling a backend from Python: typed as the methods are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Concatenate, Protocol

from triptych.domain.actions import Operation, Outcome, Plan
from triptych.domain.ontology import Ontology
from triptych.services.actions.calls import Call, Caller, read_call
from triptych.services.actions.path import Done

type Method[**P, R] = Callable[Concatenate[Any, P], Awaitable[R]]


class Callee(Protocol):
    """What can be called: see `Backend`."""

    @property
    def ontology(self) -> Ontology:
        """What its objects are."""
        ...

    def operation(self, method: Callable[..., Any]) -> Operation:
        """Looks up what was declared of a method."""
        ...

    async def run(self, call: Call, caller: Caller) -> Outcome[Any]:
        """Runs an action."""
        ...

    async def ask(self, call: Call, caller: Caller) -> Done:
        """Answers a query."""
        ...

    async def preview(self, call: Call, caller: Caller) -> Plan:
        """Says what an action would do."""
        ...

    async def commit(self, plan: Plan, caller: Caller) -> Outcome[Any]:
        """Does what a plan says."""
        ...

    async def undo(self, receipt: str, caller: Caller) -> Outcome[None]:
        """Takes back what a call has changed."""
        ...


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls on behalf of somebody, typed as the methods are; entities as they are or by id.

    Attributes:
        backend: What is called.
        by: Who calls, and how.

    Example:
        ```python
        import asyncio
        from datetime import timedelta

        from flights.domain.entities import Airport, Flight
        from flights.domain.value_objects import AirportCode
        from flights.services.business_logic.operations import Operations
        from triptych import Actor, open_backend
        from triptych.testing import add_sample

        async def main() -> list[str]:
            async with open_backend("flights", "sqlite:///:memory:") as backend:
                for code in ("JFK", "LAX"):
                    await add_sample(backend.store, Airport, id=AirportCode(code))
                ends = {"origin": AirportCode("JFK"), "destination": AirportCode("LAX")}
                flight = await add_sample(backend.store, Flight, **ends)
                desk = backend.caller(Actor("ada", frozenset({"dispatcher"})))
                plan = await desk.preview(Operations.postpone, flight, timedelta(hours=1), "fog")
                done = await desk.commit(plan)
                await desk.undo(done.receipt)
                return [each.type_name for each in done.touched]

        assert asyncio.run(main()) == ["Flight"]
        ```
    """

    backend: Callee
    by: Caller

    async def run[**P, R](
        self, action: Method[P, R], /, *arguments: P.args, **named: P.kwargs
    ) -> Outcome[R]:
        """Runs an action.

        Raises:
            InvalidInput: What it is given does not fit.
            Forbidden: The actor may not.
            MissingOrConflict: It is not possible as things stand.
        """
        return await self.backend.run(self._call(action, arguments, named), self.by)

    async def ask[**P, R](self, query: Method[P, R], /, *arguments: P.args, **named: P.kwargs) -> R:
        """Answers a query."""
        done = await self.backend.ask(self._call(query, arguments, named), self.by)
        answer: R = done.result
        return answer

    async def preview[**P, R](
        self, action: Method[P, R], /, *arguments: P.args, **named: P.kwargs
    ) -> Plan:
        """Says what an action would do."""
        return await self.backend.preview(self._call(action, arguments, named), self.by)

    async def commit(self, plan: Plan) -> Outcome[Any]:
        """Does what a plan says, if all that it was made of is still so."""
        return await self.backend.commit(plan, self.by)

    async def undo(self, receipt: str) -> Outcome[None]:
        """Takes back what a call has changed."""
        return await self.backend.undo(receipt, self.by)

    def at_version(self, version: int) -> Calls:
        """Calls only if the first entity that is given is still at a version."""
        return replace(self, by=replace(self.by, version=version))

    def _call(self, method: Any, arguments: Any, named: Any) -> Call:
        operation = self.backend.operation(method)
        return read_call(operation, self.backend.ontology, arguments, dict(named))
