"""Who may do what, and why: for whoever develops, and for whoever may audit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from triptych.adapters.objects.sql import SqlStore
from triptych.adapters.objects.work import Work
from triptych.domain.actions import Operation
from triptych.domain.actor import ANONYMOUS, SYSTEM, Actor
from triptych.domain.errors import AuditForbidden, ObjectMissing
from triptych.domain.expression import Expression
from triptych.domain.ontology import ObjectType
from triptych.services.actions.calls import Call, Caller
from triptych.services.actions.performing import Performer
from triptych.services.actions.registry import Declared
from triptych.services.actions.requirements import Requirements
from triptych.services.identity import Identity
from triptych.services.policies import Policies
from triptych.services.policies.explaining import Decision
from triptych.services.policies.matrix import Cell, Matrix, May, read_cell, roles_in, somebody


class Permissions:
    """Tells who may read and do what.

    Args:
        store: Where the objects are.
        policies: What actors may read.
        requirements: What they may do.
        performer: Loads what a call is given.
        declared: What there is to be called.
    """

    def __init__(
        self,
        store: SqlStore,
        policies: Policies,
        requirements: Requirements,
        performer: Performer,
        declared: Declared,
    ) -> None:
        self._store, self._policies, self._requirements = store, policies, requirements
        self._performer, self._declared = performer, declared

    def check(self, asker: Actor) -> None:
        """Checks that somebody may be told.

        Raises:
            AuditForbidden: They may not.
        """
        if not self._policies.may_audit(asker):
            raise AuditForbidden(str(asker))

    def may_ever(self, operation: Operation, actor: Actor) -> bool:
        """Tells whether somebody may do something, to some object at least, as far as is known."""
        cells = (self._requirements.cell(operation, each) for each in actor.actors)
        return all(each.may is not May.NONE for each in cells)

    async def why_read(
        self, actor: Actor, of: ObjectType, key: Sequence[str], asker: Actor
    ) -> Decision:
        """Explains why an actor may read an object, or may not.

        Args:
            actor: Who would read it.
            of: Its object type.
            key: The text of its id.
            asker: Who is told: of values, only those that they may see.

        Raises:
            AuditForbidden: Whoever asks may not be told.
            ObjectMissing: There is no such object.
        """
        self.check(asker)
        return await self._policies.explainer.reading(actor, of, key, self._policies.sights(asker))

    async def why_act(self, actor: Actor, call: Call, asker: Actor) -> Decision:
        """Explains why an actor may do something, or may not.

        Raises:
            AuditForbidden: Whoever asks may not be told.
            ObjectMissing: Something that it is given is not there.
        """
        self.check(asker)
        name, caller = call.operation.full_name, Caller(actor)
        async with Work(self._store) as work:
            try:
                await self._performer.load(call, caller, work.repository)
            except ObjectMissing as error:
                note = f"{error.type_name} {error.key} is not there, or not for them"
                return Decision(str(actor), name, False, (), note)
            whole = Caller(SYSTEM)
            given = await self._performer.load(call, whole, work.repository)
            is_told = all(each.is_whole for each in self._policies.sights(asker).values())
            return await self._requirements.explain(
                call.operation, actor, given, work, has_values=is_told
            )

    async def who_can(
        self, asker: Actor, of: ObjectType, key: Sequence[str], call: Call | None = None
    ) -> dict[str, Any]:
        """Lists of which roles somebody may read an object, or act on it, and which key holders.

        Somebody of a role is asked about once with no claim at all, and once by the matrix.

        Raises:
            AuditForbidden: Whoever asks may not be told.
        """
        self.check(asker)

        async def may(actor: Actor) -> bool:
            if call is None:
                return (await self.why_read(actor, of, key, asker)).may
            return (await self.why_act(actor, call, asker)).may

        row = f"read {of.name}" if call is None else call.operation.full_name
        matrix = self.matrix()
        roles: dict[str, str] = {}
        for role in matrix.roles:
            named = ANONYMOUS if role == ANONYMOUS.id else Actor("somebody", frozenset({role}))
            roles[role] = "yes" if await may(named) else "no"
            is_named = named is not ANONYMOUS
            if is_named and roles[role] == "no" and matrix.cell(row, role).may == "some":
                roles[role] = "depends on who"
        holders = await Identity(self._store).holders()
        actors = {str(each): await may(each) for each in holders}
        return {"what": row, "roles": roles, "actors": actors}

    def matrix(self) -> Matrix:
        """Works out who may do what, role by role."""
        roles = (*roles_in(self._expressions()), ANONYMOUS.id)
        actors = [somebody(each) for each in roles]
        rows: dict[str, tuple[Cell, ...]] = {}
        for of in self._store.ontology.object_types:
            sights = [self._policies.sights(each)[of.name] for each in actors]
            rows[f"read {of.name}"] = tuple(map(read_cell, sights))
        for name, operation in self._declared.operations.items():
            rows[name] = tuple(self._requirements.cell(operation, each) for each in actors)
        return Matrix(roles, rows)

    def _expressions(self) -> Iterator[Expression]:
        yield from self._policies.expressions()
        yield from self._requirements.expressions()
