"""Telling what was done, and what would be, as far as whoever asks may know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from triptych.adapters.actions.plans import (
    shown_change,
    shown_entry,
    shown_plan,
)
from triptych.adapters.objects.plain import key_text
from triptych.adapters.objects.questions import read_key
from triptych.adapters.objects.sql import SqlStore
from triptych.domain.actions import EditKind, Entry, Outcome, Output, Plan
from triptych.domain.actor import ANONYMOUS, Actor
from triptych.domain.errors import ObjectMissing
from triptych.domain.ontology import ObjectType
from triptych.services.actions.calls import Caller
from triptych.services.actions.planning import Planner
from triptych.services.actions.registry import Declared
from triptych.services.actions.returning import called_by
from triptych.services.ledger import Change, History
from triptych.services.policies import Policies

_NOTHING = EditKind.NOTHING


class Teller:
    """Writes outcomes, plans, entries and timelines as JSON documents for one who asks.

    Args:
        store: Where the objects and the ledger are.
        policies: What actors may read.
        declared: What the operations return.
        planner: Where plans are kept.
    """

    def __init__(
        self, store: SqlStore, policies: Policies, declared: Declared, planner: Planner
    ) -> None:
        self._store, self._policies, self._declared = store, policies, declared
        self._planner = planner
        self._history = History(store)

    async def outcome(self, outcome: Outcome[Any], actor: Actor) -> dict[str, Any]:
        """Writes what came of a call."""
        return {
            "result": await self._result(outcome.plain, actor, outcome.called),
            "receipt": outcome.receipt,
            "touched": await self._policies.showing(actor).touched(outcome),
            "is_replayed": outcome.is_replayed,
        }

    async def _result(self, plain: Any, actor: Actor, operations: Sequence[str]) -> Any:
        showing = self._policies.showing(actor)
        outputs = [self._output(each) for each in operations]
        if len(outputs) == 1:
            return await showing.result(outputs[0], plain)
        pairs = zip(outputs, plain or (), strict=True)
        return [await showing.result(*each) for each in pairs] if outputs else plain

    def _output(self, name: str) -> Output:
        operation = self._declared.operations.get(name)
        return operation.output if operation else Output()

    async def plan(self, plan: Plan, actor: Actor) -> dict[str, Any]:
        """Writes what a plan says."""
        showing = self._policies.showing(actor)
        edits = [await showing.edit(each) for each in plan.edits]
        result = await self._result(plan.result, actor, called_by(plan))
        shown = [each for each in edits if each["kind"] is not _NOTHING]
        return shown_plan(plan, shown, result, self._store.ontology)

    async def kept_plan(self, name: str, caller: Caller) -> dict[str, Any]:
        """Writes what a plan says that was kept: to its maker, who may do it, and auditors.

        Raises:
            ObjectMissing: There is none, its time is over, or it is not for whoever asks.
        """
        plan = await self._planner.kept(name)
        is_auditor = self._policies.may_audit(caller.actor)
        if not is_auditor and not await self._planner.is_shown(plan, caller):
            raise ObjectMissing("plan", name)
        return await self.plan(plan, caller.actor)

    async def entry(self, receipt: str, actor: Actor) -> dict[str, Any]:
        """Writes an entry of the ledger: to who did it, and to who may audit.

        Raises:
            ObjectMissing: There is none, or not for whoever asks.
        """
        entry = await self._store.ledger.get(self._store.database, receipt)
        is_auditor = self._policies.may_audit(actor)
        if not is_auditor and not self.is_own(entry, actor):
            raise ObjectMissing("receipt", receipt)
        return await self._entry(entry, actor, is_auditor=is_auditor)

    async def entries(self, entries: Sequence[Entry], actor: Actor) -> list[dict[str, Any]]:
        """Writes entries of the ledger, as far as they are for whoever asks."""
        is_auditor = self._policies.may_audit(actor)
        own = [each for each in entries if is_auditor or self.is_own(each, actor)]
        return [await self._entry(each, actor, is_auditor=is_auditor) for each in own]

    async def _entry(self, entry: Entry, actor: Actor, *, is_auditor: bool) -> dict[str, Any]:
        done = Outcome(result=None, receipt=entry.receipt, touched=entry.touched)
        touched = await self._policies.showing(actor).touched(done)
        # What it was refused for may name what only an auditor may know.
        reason = entry.reason if is_auditor else ""
        return shown_entry(replace(entry, reason=reason)) | {"touched": touched}

    def is_own(self, entry: Entry, actor: Actor) -> bool:
        """Tells whether somebody did what an entry says; nobody is anonymous twice."""
        return entry.actor == str(actor) and actor.id != ANONYMOUS.id

    async def timeline(
        self, of: ObjectType, key: Sequence[str], take: int, actor: Actor
    ) -> list[dict[str, Any]]:
        """Writes what became of an object, the latest first, as far as it is seen.

        Who did it is told to them, and to who may audit.

        Raises:
            ObjectMissing: There is none, and never was, or not for whoever asks.
        """
        shown: list[dict[str, Any]] = []
        is_auditor = self._policies.may_audit(actor)
        async for each in self._history.changes(of, key):
            edit = await self._seen(each, actor)
            if edit["kind"] is _NOTHING:
                continue
            is_told = each.entry is not None and (is_auditor or self.is_own(each.entry, actor))
            shown.append(shown_change(each.number, edit, each.entry if is_told else None))
            if len(shown) == take:
                break
        if not shown:
            raise ObjectMissing(of.name, key_text(read_key(of, key)))
        return shown

    async def _seen(self, change: Change, actor: Actor) -> dict[str, Any]:
        return await self._policies.showing(actor).edit_of_past(
            change.edit, (change.number - 1, change.number)
        )

    async def difference(
        self, of: ObjectType, key: Sequence[str], span: tuple[int, int], actor: Actor
    ) -> dict[str, Any]:
        """Writes what became of an object between two entries, as far as it is seen."""
        edit = await self._history.difference(of, key, *span)
        return await self._policies.showing(actor).edit_of_past(edit, span)
