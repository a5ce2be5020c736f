"""Plans: what an action would do, kept, and committed exactly."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from typing import Any

from triptych.adapters.actions.arguments import read_result
from triptych.adapters.actions.plans import read_plan, write_plan
from triptych.adapters.database.database import Write
from triptych.adapters.objects.repository import Repository
from triptych.adapters.objects.sql import SqlStore
from triptych.adapters.objects.work import Work, still_finds
from triptych.domain.actions import Outcome, Output, Plan
from triptych.domain.errors import (
    ApprovalNeeded,
    Forbidden,
    MissingOrConflict,
    ObjectMissing,
    PlanStale,
    WriteConflict,
)
from triptych.services.actions.calls import Call, Caller
from triptych.services.actions.path import Deed, Done, WritePath
from triptych.services.actions.performing import Performer
from triptych.services.actions.registry import Declared
from triptych.services.actions.returning import Returner, called_by


class Planner:
    """Makes plans of calls, keeps them, and commits them.

    Args:
        store: Where the objects are.
        path: Does deeds.
        performer: Makes deeds of calls.
        returner: Asks who may do what was written down.
        declared: What there is to be called.
    """

    def __init__(
        self,
        store: SqlStore,
        path: WritePath,
        performer: Performer,
        returner: Returner,
        declared: Declared,
    ) -> None:
        self._store, self._path, self._declared = store, path, declared
        self._performer, self._returner = performer, returner

    async def preview(self, call: Call, caller: Caller) -> Plan:
        """Says what an action would do; nothing is written, and nobody hears of it."""
        deed = self._performer.deed(call, caller)

        async def once(work: Work) -> Plan:
            done = await self._path.do(deed, caller, work)
            return Plan(
                action=deed.name,
                maker=caller.actor,
                parameters=deed.parameters,
                edits=work.changed,
                events=tuple(work.events),
                rules=tuple(done.rules),
                result=done.plain,
                versions={at: each.version for at, each in work.seen.items()},
                evidence=tuple(work.searches),
                needs_approval=call.operation.mark.is_approved,
            )

        return await self._path.race(deed, once)

    async def commit(self, plan: Plan, caller: Caller) -> Outcome[Any]:
        """Does what a plan says, exactly, if everything that it was made of is still so.

        Raises:
            ApprovalNeeded: Somebody else than its maker must commit it.
            ActionForbidden: The actor may not do what it says.
            PlanStale: Something has changed; what, is told.
        """
        return await self._path.perform(self._deed(plan, caller), caller)

    async def commit_kept(self, name: str, caller: Caller) -> Outcome[Any]:
        """Does what a plan that was kept says, and lets go of it: it is committed once.

        Raises:
            ObjectMissing: There is none, it was committed before, or its time is over.
            ApprovalNeeded: Somebody else than its maker must commit it.
            ActionForbidden: The actor may not do what it says.
            PlanStale: Something has changed; what, is told.
        """
        digest = _digest(f"plan {name}")
        known = await self._path.replayed(caller, lambda: digest)
        if known is not None:
            return known
        plan = await self.kept(name)
        deed = self._deed(plan, caller, digest, [self._store.plans.dropping(name)])
        try:
            return await self._path.perform(deed, caller)
        except WriteConflict:
            await self.kept(name)  # who was faster may have committed it
            raise

    def _deed(
        self, plan: Plan, caller: Caller, digest: bytes = b"", also: Sequence[Write] = ()
    ) -> Deed:
        """Makes of a plan what the write path does."""
        if plan.needs_approval and caller.actor.id == plan.maker.id:
            raise ApprovalNeeded(plan.action, plan.maker.id)
        operation = self._declared.operations.get(plan.action)
        output, ontology = operation.output if operation else Output(), self._store.ontology

        async def do(work: Work) -> Done:
            await self._check_plan(plan, work)
            what = plan.action, plan.parameters
            await self._returner.allow_all(*what, caller, work, work.repository)
            work.edits = {each.at: each for each in plan.edits}
            work.events = list(plan.events)
            result = read_result(output, plan.result, ontology) if operation else plan.result
            return Done(result, plan.result)

        return Deed(
            name=plan.action,
            do=do,
            parameters={**plan.parameters, "plan of": plan.maker.id},
            digest=lambda: digest or _digest(write_plan(plan, ontology)),
            turns=tuple(f"{name} {key}" for name, key in plan.versions),
            also=tuple(also),
            called=called_by(plan),
        )

    async def keep(self, plan: Plan) -> str:
        """Keeps a plan for somebody to commit, and returns what it is called."""
        name, now = secrets.token_hex(16), self._path.now()
        row = {
            "id": name,
            "maker": plan.maker.id,
            "action": plan.action,
            "body": write_plan(plan, self._store.ontology),
            "made": now,
            "expires": now + self._path.kept_for,
        }
        await self._store.plans.keep(self._store.database, row)
        return name

    async def kept(self, name: str) -> Plan:
        """Reads a plan that was kept.

        Raises:
            ObjectMissing: There is none, or its time is over.
        """
        body = await self._store.plans.find(self._store.database, name, self._path.now())
        return read_plan(body, self._store.ontology)

    async def is_shown(self, plan: Plan, caller: Caller) -> bool:
        """Tells whether somebody may read a plan: its maker, and who may do what it says."""
        if caller.actor.id == plan.maker.id:
            return True
        async with Work(self._store) as work:
            try:
                what = plan.action, plan.parameters
                await self._returner.allow_all(*what, caller, work, work.repository)
            except (Forbidden, MissingOrConflict):
                return False
        return True

    async def _check_plan(self, plan: Plan, work: Work) -> None:
        reasons = []
        for (name, key), version in plan.versions.items():
            of: type[Any] = self._store.ontology.object_type(name).python
            repository: Repository[Any] = work.repository(of)
            try:
                # review: ignore[DYN004] few, and each that is gone is named
                await repository.get(key)
            except ObjectMissing:
                reasons.append(f"{name} {key} is gone")
                continue
            found = repository.version(key)
            if found != version:
                reasons.append(f"{name} {key} is at version {found}, not {version}")
        if not reasons and not await still_finds(work, plan.evidence):
            reasons.append("what it searched has changed")
        if reasons:
            raise PlanStale(reasons)


def _digest(said: str) -> bytes:
    return hashlib.sha256(said.encode()).digest()
