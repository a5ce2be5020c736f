"""Performing calls: what is given is loaded, rules are asked, the method is run."""

from __future__ import annotations

import traceback
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from triptych.adapters.actions.arguments import read_result, write_result
from triptych.adapters.objects.sql import SqlStore
from triptych.adapters.objects.work import Work
from triptych.domain.actions import Operation, Outcome
from triptych.domain.actor import Actor
from triptych.domain.errors import (
    ActionRefused,
    EffectRefused,
    InvalidInput,
    ObjectMissing,
    ObjectStale,
    Problem,
    TriptychError,
)
from triptych.services.actions.calls import Call, Caller
from triptych.services.actions.contracts import Actions
from triptych.services.actions.path import Deed, Done
from triptych.services.actions.requirements import Requirements
from triptych.services.ledger import History
from triptych.services.policies import Policies

if TYPE_CHECKING:
    from dishka import AsyncContainer


class Performer:
    """Performs calls in pieces of work.

    Args:
        store: Where the objects are.
        container: Builds services.
        requirements: The rules of every operation.
        policies: What actors see.
    """

    def __init__(
        self,
        store: SqlStore,
        container: AsyncContainer,
        requirements: Requirements,
        policies: Policies,
    ) -> None:
        self._store, self._container, self._requirements = store, container, requirements
        self._policies, self._package = policies, store.ontology.package

    def deed(self, call: Call, caller: Caller) -> Deed:
        """Makes of a call what the write path does.

        Raises:
            InvalidInput: It is a query.
        """
        operation, ontology = call.operation, self._store.ontology
        if not operation.mark.is_action:
            raise InvalidInput([Problem(operation.full_name, "is a query, no action", "ask it")])
        entities = {each.name: each.entity for each in operation.inputs if each.entity}
        turns = [
            f"{entities[name]} {key}"
            for name, value in call.given.items()
            if name in entities
            for key in (value if isinstance(value, list | tuple | frozenset) else (value,))
        ]
        return Deed(
            name=operation.full_name,
            do=lambda work: self.do(call, caller, work),
            parameters=call.parameters,
            digest=lambda: call.digest,
            read=lambda plain: read_result(operation.output, plain, ontology),
            turns=tuple(turns) or (operation.full_name,),
            is_pure=operation.mark.is_pure,
            called=(operation.full_name,),
        )

    async def do(self, call: Call, caller: Caller, work: Work) -> Done:
        """Loads, authorises, requires, and runs the method."""
        operation = call.operation
        loaded = await self.load(call, caller, work.repository)
        await self._check_version(call, caller, work)
        rules = await self._requirements.allow(operation, caller.actor, loaded, work)
        rules += await self._requirements.require(operation, caller.actor, loaded, work)
        context = {Work: work, Actor: caller.actor, Actions: _NoActions(operation.full_name)}
        async with self._container(context=context) as scope:
            service: Any = await scope.get(operation.owner)
            result = await self._called(operation, service, loaded)
        plain = write_result(operation.output, result, self._store.ontology)
        return Done(result, plain, rules)

    async def _called(self, operation: Operation, service: Any, loaded: dict[str, Any]) -> Any:
        """Calls the method; a `ValueError` of the application's own code is its way to refuse."""
        try:
            return await getattr(service, operation.name)(**loaded)
        except ValueError as error:
            if isinstance(error, TriptychError) or not _is_raised_in(self._package, error):
                raise
            raise ActionRefused(operation.full_name, str(error)) from error

    async def load(
        self, call: Call, caller: Caller, objects: Callable[[Any], Any]
    ) -> dict[str, Any]:
        """Reads the entities that are given by their ids, and fills defaults in.

        Raises:
            ObjectMissing: One is not there, or not for whoever calls.
        """
        loaded = {}
        for each in call.operation.inputs:
            if each.name not in call.given:
                loaded[each.name] = each.value.default.value if each.value.default else None
                continue
            value = call.given[each.name]
            if each.entity is not None and value is not None:
                if each.held is None:
                    value = await self._load_one(each.entity, value, caller, objects)
                else:
                    loading = [(each.entity, key, caller, objects) for key in value]
                    value = type(value)([await self._load_one(*one) for one in loading])
            loaded[each.name] = value
        return loaded

    async def _load_one(
        self, type_name: str, key: Any, caller: Caller, objects: Callable[[Any], Any]
    ) -> Any:
        found = await objects(self._store.ontology.object_type(type_name).python).get(key)
        if not await self._policies.showing(caller.actor).sees(type_name, found):
            raise ObjectMissing(type_name, key)
        return found

    async def _check_version(self, call: Call, caller: Caller, work: Work) -> None:
        """Checks that the first entity is as the caller has seen it."""
        if caller.version is None:
            return
        for each in call.operation.inputs:
            key = call.given.get(each.name)
            if each.entity is not None and each.held is None and key is not None:
                if work.seen[each.entity, key].version != caller.version:
                    of = self._store.ontology.object_type(each.entity)
                    changed = await History(self._store).changed_since(of, key, caller.version)
                    raise ObjectStale(each.entity, key, caller.version, changed)
                return
        found = f"{call.operation.full_name} is about no one object"
        raise InvalidInput([Problem("version", found, "leave it out")])


def _is_raised_in(package: str, error: Exception) -> bool:
    """Tells whether it is the code of a package itself that raises an error."""
    last = deque(traceback.walk_tb(error.__traceback__), maxlen=1).pop()[0]
    raised_in = str(last.f_globals.get("__name__", ""))
    return f"{raised_in}.".startswith(f"{package}.")


class _NoActions:
    """What an action gets that would run another one."""

    def __init__(self, action: str) -> None:
        self._action = action

    async def run(self, action: Any, /, *_: Any, **__: Any) -> Outcome[Any]:
        """Refuses.

        Raises:
            EffectRefused: Always.
        """
        raise EffectRefused(f"run {getattr(action, '__name__', action)}", self._action)


def batch_of(deeds: Sequence[Deed]) -> Deed:
    """Makes one deed of several: all of them, or none; each sees what those before did."""

    async def do(work: Work) -> Done:
        done = [await each.do(work) for each in deeds]
        rules = [rule for each in done for rule in each.rules]
        return Done([each.result for each in done], [each.plain for each in done], rules)

    def read(plain: Any) -> list[Any]:
        return [deed.read(each) for deed, each in zip(deeds, plain, strict=True)]

    names = list(dict.fromkeys(each.name for each in deeds))
    return Deed(
        name=names[0] if len(names) == 1 else "batch",
        do=do,
        parameters={
            "calls": [{"action": each.name, "parameters": dict(each.parameters)} for each in deeds]
        },
        digest=lambda: b"".join(each.digest() for each in deeds),
        read=read,
        turns=tuple(dict.fromkeys(turn for each in deeds for turn in each.turns)),
        is_pure=all(each.is_pure for each in deeds),
        called=tuple(each.name for each in deeds),
    )
