"""Who may change what, whatever the action: asked of each object before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from triptych.adapters.objects.sql import SqlStore
from triptych.adapters.objects.work import Work
from triptych.domain.actions import Edit
from triptych.domain.actor import Actor
from triptych.domain.errors import ChangeForbidden
from triptych.domain.expression import Condition, World
from triptych.domain.expression.evaluation import evaluate
from triptych.domain.policies import Effect
from triptych.services.expression.why import ways, world_of
from triptych.services.policies.registry import Bound, Stated, Terms
from triptych.services.policies.sights import give_actor


@dataclass(frozen=True, slots=True)
class _Given:
    """A policy that was given somebody.

    Attributes:
        stated: The policy.
        condition: What it asks of an object.
        links: Which links that follows.
    """

    stated: Stated
    condition: Condition
    links: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Share:
    """What one of those who act together may change of an object type."""

    actor: Actor
    allows: Sequence[_Given]
    forbids: Sequence[_Given]


class Changing:
    """What an actor may change, whatever the action; policies are given them once.

    Args:
        bound: The policies.
        store: Where the objects are.
        actor: Who acts; and whoever acts in their stead must be allowed to, too.
    """

    def __init__(self, bound: Bound, store: SqlStore, actor: Actor) -> None:
        self._store, self._actor = store, actor
        self._terms: Mapping[str, Terms] = {} if actor.is_ours else bound.changes
        self._shares: dict[str, Sequence[_Share]] = {}

    async def check(self, work: Work) -> None:
        """Checks what a piece of work would change.

        What an object is linked to is read as it is kept for the object before, and as the work
        sees it for the object after.

        Raises:
            ChangeForbidden: They may not change an object as it was, or not to what it would be.
        """
        if not self._terms:
            return
        for edit in work.changed:
            for each in self._shares_of(edit.type_name):
                await self._check(each, edit, edit.before, self._store.repository)
                await self._check(each, edit, edit.after, work.repository)

    def _shares_of(self, type_name: str) -> Sequence[_Share]:
        known = self._shares.get(type_name)
        if known is None:
            terms = self._terms.get(type_name)
            actors = self._actor.actors if terms else ()
            known = self._shares[type_name] = [_share(terms or Terms(), each) for each in actors]
        return known

    async def _check(self, share: _Share, edit: Edit, of: Any, objects: Any) -> None:
        if of is None:
            return
        allows = share.allows
        if allows and not await self._first(allows, edit, of, objects):
            raise _refused(edit, share.actor, allows)
        forbidden = await self._first(share.forbids, edit, of, objects)
        if forbidden:
            raise _refused(edit, share.actor, [forbidden], is_forbidden=True)

    async def _first(
        self, policies: Sequence[_Given], edit: Edit, of: Any, objects: Any
    ) -> _Given | None:
        """Returns the first policy that holds of an object."""
        for each in policies:
            world = World(objects={(): of}, given=each.condition.given)
            if each.links:
                ontology = self._store.ontology
                found = await world_of(objects(type(of)), ontology, edit.key, each.links)
                world = replace(found, objects={(): of}, given=each.condition.given)
            if _is_so(each, world):
                return each
        return None


def _share(terms: Terms, actor: Actor) -> _Share:
    """Gives all that is said of an object type one actor."""
    allows, forbids = ([_given(each, actor) for each in of] for of in (terms.allows, terms.forbids))
    return _Share(actor, allows, forbids)


def _given(stated: Stated, actor: Actor) -> _Given:
    condition = give_actor(stated.understood, actor)
    return _Given(stated, condition, ways(condition.expression))


def _is_so(of: _Given, world: World) -> bool:
    """Tells whether a policy holds; one that cannot be reckoned forbids, and does not allow."""
    try:
        return bool(evaluate(of.condition.expression, world))
    except ArithmeticError:
        return of.stated.policy.effect is Effect.FORBIDS


def _refused(
    edit: Edit, actor: Actor, by: Sequence[_Given], *, is_forbidden: bool = False
) -> ChangeForbidden:
    rule = " or ".join(each.stated.policy.name for each in by)
    said = " Or: ".join(
        each.stated.understood.description or each.stated.policy.name for each in by
    )
    return ChangeForbidden(edit.type_name, str(actor), rule, said, is_forbidden=is_forbidden)
