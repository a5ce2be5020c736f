"""What an actor is shown of objects in memory: results, plans, what became of something."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from triptych.adapters.actions.plans import shown_edit, shown_touched
from triptych.adapters.objects.mapping import plain_property
from triptych.adapters.objects.objectset import ReadingRepository
from triptych.adapters.objects.plain import parse_object, plain_object
from triptych.adapters.objects.questions import key_parts, read_key
from triptych.adapters.objects.sight import Sight
from triptych.adapters.objects.sql import SqlStore
from triptych.adapters.objects.view import View
from triptych.domain.actions import Edit, EditKind, Outcome, Output, Touched
from triptych.domain.errors import ObjectMissing
from triptych.domain.expression import World
from triptych.domain.expression.building import ALWAYS
from triptych.domain.expression.evaluation import evaluate, holds
from triptych.services.expression.why import ways, world_of

type Repositories = Callable[[Any], ReadingRepository[Any]]


class Showing:
    """Shows objects as one actor sees them.

    The same expressions that the database is asked by are evaluated on the objects, with what
    these are linked to as it is kept, or as it was.

    Args:
        store: Where what they are linked to is.
        sights: What the actor sees of each object type.
        view: How they read what is.
    """

    def __init__(self, store: SqlStore, sights: Mapping[str, Sight], view: View) -> None:
        self._store, self._ontology, self._sights = store, store.ontology, sights
        self._view = view

    async def sees(self, type_name: str, of: Any, objects: Repositories | None = None) -> bool:
        """Tells whether an object is seen.

        Args:
            type_name: Its object type.
            of: The object.
            objects: Where what it is linked to is read; what is kept where it is `None`.
        """
        sight = self._sights[type_name]
        if sight.rows == ALWAYS:
            return True
        return holds(sight.rows, await self._world(sight, type_name, of, objects))

    async def document(
        self, type_name: str, of: Any, objects: Repositories | None = None
    ) -> dict[str, Any] | None:
        """Writes an object as plain JSON, as far as it is seen; `None` where it is not."""
        object_type, sight = self._ontology.object_type(type_name), self._sights[type_name]
        if sight.is_whole:
            return plain_object(object_type, of)
        world = await self._world(sight, type_name, of, objects)
        if not holds(sight.rows, world):
            return None
        document = plain_object(object_type, of)
        for name, screen in sight.screens.items():
            if not holds(screen.shown, world):
                held, is_there = object_type.property(name), getattr(of, name) is not None
                document[name] = None
                if screen.mask is not None and is_there:
                    document[name] = plain_property(held, evaluate(screen.mask, world))
        return document

    async def _world(
        self, sight: Sight, type_name: str, of: Any, objects: Repositories | None
    ) -> World:
        """Returns what the expressions of a sight are evaluated in."""
        asked = [sight.rows, *(each.shown for each in sight.screens.values())]
        links = ways(*asked)
        alone = World(objects={(): of}, given=sight.given)
        if not links:
            return alone
        access = self._store.access[type_name]
        repository = (objects or self._store.repository)(access.object_type.python)
        try:
            found = await world_of(repository, self._ontology, access.key_of(of), links)
        except ObjectMissing:
            return alone
        return replace(found, objects={(): of}, given=sight.given)

    async def result(self, output: Output, plain: Any) -> Any:
        """Writes what an operation returned, as far as it is seen.

        Args:
            output: What the operation returns.
            plain: That as plain JSON, whole.
        """
        if output.entity is None or plain is None or self._sights[output.entity].is_whole:
            return plain
        of = self._ontology.object_type(output.entity)
        if output.held is None:
            return await self.document(of.name, parse_object(of, plain))
        shown = [await self.document(of.name, parse_object(of, each)) for each in plain]
        return [each for each in shown if each is not None]

    async def edit(self, edit: Edit) -> dict[str, Any]:
        """Writes what an edit changes, as far as it is seen."""
        return await self._edit(edit, (None, None))

    async def edit_of_past(self, edit: Edit, span: tuple[int, int]) -> dict[str, Any]:
        """Writes what was changed between two entries of the ledger, as far as it is seen."""
        before, after = [self._store.as_of(each).repository for each in span]
        return await self._edit(edit, (before, after))

    async def _edit(
        self, edit: Edit, objects: tuple[Repositories | None, Repositories | None]
    ) -> dict[str, Any]:
        before, after = [
            None if of is None else await self.document(edit.type_name, of, where)
            for of, where in zip((edit.before, edit.after), objects, strict=True)
        ]
        shown = shown_edit(edit, before, after)
        return shown | {"version": None} if self._is_screened(edit.type_name) else shown

    def _is_screened(self, type_name: str) -> bool:
        """Tells whether versions would tell that something changes that is not seen."""
        return bool(self._sights[type_name].screens)

    async def touched(self, outcome: Outcome[Any]) -> list[dict[str, Any]]:
        """Writes what was touched, as far as it is seen; what is gone is as it was before."""
        seen: set[tuple[str, str]] = set()
        entry = int(outcome.receipt)
        gone = [each for each in outcome.touched if each.kind is EditKind.REMOVED]
        there = [each for each in outcome.touched if each.kind is not EditKind.REMOVED]
        seen |= await self._seen(there, self._view)
        seen |= await self._seen(gone, None if not gone else self._past(entry - 1))
        told = shown_touched([e for e in outcome.touched if (e.type_name, e.key) in seen])
        return [
            each | {"version": None} if self._is_screened(each["type"]) else each for each in told
        ]

    def _past(self, entry: int) -> View:
        return self._store.as_of(entry, self._sights)

    async def _seen(self, of: Sequence[Touched], view: View | None) -> set[tuple[str, str]]:
        """Lists which of some objects are seen; whole types are not asked about."""
        seen = {(each.type_name, each.key) for each in of if self._is_open(each.type_name)}
        for name in dict.fromkeys(each.type_name for each in of):
            if view is not None and not self._is_open(name):
                keys = [each.key for each in of if each.type_name == name]
                seen |= {(name, key) for key in await self._found(view, name, keys)}
        return seen

    def _is_open(self, type_name: str) -> bool:
        return self._sights[type_name].rows == ALWAYS

    async def _found(self, view: View, type_name: str, keys: Iterable[str]) -> list[str]:
        """Lists which ids, as texts, are those of objects that a view has."""
        of = self._ontology.object_type(type_name)
        parts = {key: key_parts(of, key) for key in keys}
        found = []
        for key, part in parts.items():
            access = view.access[type_name]
            statement = access.one_statement(of.key)
            arguments = statement.arguments(access.one_arguments(read_key(of, part)))
            if await view.database.fetch(statement.text, arguments):
                found.append(key)
        return found
