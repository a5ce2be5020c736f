"""Going back: the inverse of what an entry of the ledger has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from triptych.adapters.actions.arguments import read_recorded
from triptych.adapters.objects.questions import key_parts, read_key
from triptych.adapters.objects.repository import Repository
from triptych.adapters.objects.sql import SqlStore
from triptych.adapters.objects.work import Work
from triptych.domain.actions import Edit, EditKind, Entry, Plan, Touched
from triptych.domain.errors import ActionForbidden, UndoConflict
from triptych.services.actions.calls import Call, Caller
from triptych.services.actions.performing import Performer
from triptych.services.actions.registry import Declared
from triptych.services.actions.requirements import Requirements

UNDO = "undo"


class Returner:
    """Takes back what entries of the ledger have changed.

    Args:
        store: Where the objects are.
        declared: What there is to be called.
        performer: Loads what a call was given.
        requirements: The rules of every operation.
    """

    def __init__(
        self,
        store: SqlStore,
        declared: Declared,
        performer: Performer,
        requirements: Requirements,
    ) -> None:
        self._store, self._declared = store, declared
        self._performer, self._requirements = performer, requirements

    async def allow(self, entry: Entry, caller: Caller, work: Work) -> None:
        """Asks whether the actor may: whoever may act so may undo it.

        Raises:
            ActionForbidden: They may not; or it was no action of the application.
        """
        if entry.action == UNDO:
            receipt = str(entry.parameters["receipt"])
            undone = await self._store.ledger.get(self._store.database, receipt)
            await self.allow(undone, caller, work)
            return
        # They may be gone by now: the rules are asked of what was.
        past = self._store.as_of(entry.number - 1)
        await self.allow_all(entry.action, entry.parameters, caller, work, past.repository)

    async def allow_all(
        self,
        action: str,
        parameters: Mapping[str, Any],
        caller: Caller,
        work: Work,
        objects: Callable[[Any], Any],
    ) -> None:
        """Asks whether the actor may do what was written down, of a batch each.

        Raises:
            ActionForbidden: They may not; or it was no action of the application.
        """
        for name, raw in _called(action, parameters):
            operation = self._declared.operations.get(name)
            if operation is None:
                sentence = f"{name} is an action of the application."
                raise ActionForbidden(UNDO, str(caller.actor), name, sentence)
            if self._requirements.asks(operation):
                call = Call(operation, read_recorded(operation, raw))
                loaded = await self._performer.load(call, caller, objects)
                await self._requirements.allow(operation, caller.actor, loaded, work)

    async def undo(self, entry: Entry, work: Work) -> None:
        """Makes the inverse edits, where nothing has been built upon these.

        Raises:
            UndoConflict: Something has; all of it is told.
        """
        conflicts: list[str] = []
        for each in entry.touched:
            conflicts += await self._undo_one(entry, each, work)
        if conflicts:
            raise UndoConflict(entry.receipt, conflicts)

    async def _undo_one(self, entry: Entry, of: Touched, work: Work) -> list[str]:
        """Makes one inverse edit, or says what stands against it."""
        object_type = self._store.ontology.object_type(of.type_name)
        python: type[Any] = object_type.python
        key = read_key(object_type, key_parts(object_type, of.key))
        at = object_type.name, key
        repository: Repository[Any] = work.repository(python)
        there = (await repository.get_many([key])).get(key)
        if there is None and of.kind is not EditKind.REMOVED:
            return [f"{of.type_name} {of.key} is gone"]
        if there is not None and work.seen[at].entry != entry.number:
            return [f"{of.type_name} {of.key} was changed by {work.seen[at].entry}"]
        before: Any = None
        if of.kind is not EditKind.ADDED:
            before = await self._store.as_of(entry.number - 1).repository(python).get(key)
        version = 0 if there is None else work.seen[at].version
        work.edits[at] = Edit(*at, there, before, version)
        return []


def called_by(plan: Plan) -> tuple[str, ...]:
    """Names the operations that a plan is of.

    Example:
        ```python
        from triptych import Actor, Plan
        from triptych.services.actions.returning import called_by

        assert called_by(Plan(action="desk.close", maker=Actor("ada"))) == ("desk.close",)
        ```
    """
    return tuple(name for name, _ in _called(plan.action, plan.parameters))


def _called(action: str, parameters: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yields the actions that were called, of a batch each, and what they were given."""
    calls = parameters.get("calls")
    if calls is None:
        yield action, parameters
        return
    for each in calls:
        yield each["action"], each["parameters"]
