"""Who may change what, whatever the action: asked of each object before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from triptych.adapters.objects.sql import SqlStore
from triptych.adapters.objects.work import Work
from triptych.domain.actions import Edit
from triptych.domain.actor import Actor
from triptych.domain.errors import ChangeForbidden
from triptych.domain.expression import Expression, World
from triptych.domain.expression.evaluation import evaluate
from triptych.domain.policies import Effect
from triptych.services.expression.why import ways, world_of
from triptych.services.policies.registry import Bound, Stated, Terms
from triptych.services.policies.sights import give_actor


async def check_changes(bound: Bound, store: SqlStore, actor: Actor, work: Work) -> None:
    """Checks that an actor may change what a piece of work would change.

    What an object is linked to is read as it is kept for the object before, and as the work
    sees it for the object after.

    Raises:
        ChangeForbidden: They may not change an object as it was, or not to what it would be.
    """
    if actor.is_ours or not bound.changes:
        return
    for edit in work.changed:
        terms = bound.changes.get(edit.type_name)
        for each in actor.actors if terms else ():
            await _check(terms or Terms(), edit, (edit.before, store.repository), each, store)
            await _check(terms or Terms(), edit, (edit.after, work.repository), each, store)


async def _check(terms: Terms, edit: Edit, side: Any, actor: Actor, store: SqlStore) -> None:
    of, objects = side
    if of is None:
        return
    if terms.allows and not await _first(terms.allows, edit, of, objects, actor, store):
        raise _refused(edit, actor, terms.allows)
    forbidden = await _first(terms.forbids, edit, of, objects, actor, store)
    if forbidden:
        raise _refused(edit, actor, [forbidden], is_forbidden=True)


async def _first(
    stated: Sequence[Stated], edit: Edit, of: Any, objects: Any, actor: Actor, store: SqlStore
) -> Stated | None:
    """Returns the first policy that holds of an object."""
    for each in stated:
        condition = give_actor(each.understood, actor)
        world = World(objects={(): of}, given=condition.given)
        links = ways(condition.expression)
        if links:
            found = await world_of(objects(type(of)), store.ontology, edit.key, links)
            world = replace(found, objects={(): of}, given=condition.given)
        if _is_so(each, condition.expression, world):
            return each
    return None


def _is_so(stated: Stated, expression: Expression, world: World) -> bool:
    """Tells whether a policy holds; one that cannot be reckoned forbids, and does not allow."""
    try:
        return bool(evaluate(expression, world))
    except ArithmeticError:
        return stated.policy.effect is Effect.FORBIDS


def _refused(
    edit: Edit, actor: Actor, by: Sequence[Stated], *, is_forbidden: bool = False
) -> ChangeForbidden:
    rule = " or ".join(each.policy.name for each in by)
    said = " Or: ".join(each.understood.description or each.policy.name for each in by)
    return ChangeForbidden(edit.type_name, str(actor), rule, said, is_forbidden=is_forbidden)
