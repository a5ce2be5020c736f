"""What an actor sees of each object type, by the policies of an application."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from triptych.adapters.objects.sight import Screen, Sight
from triptych.domain.actor import Actor
from triptych.domain.expression import Condition, Expression, join_conditions
from triptych.domain.expression.building import ALWAYS, NEVER, both, either, negated
from triptych.domain.expression.condition import Understood, give, side_by_side
from triptych.domain.ontology import ObjectType
from triptych.services.policies.registry import NOTHING_SAID, Bound, Terms


def sight_of(bound: Bound, of: ObjectType, actor: Actor, *, is_open: bool) -> Sight:
    """Says what an actor sees of an object type.

    Args:
        bound: The policies.
        of: The object type.
        actor: Who asks; and whoever acts in their stead must be allowed to, too.
        is_open: Whether all is seen of what no policy is about.
    """
    terms = bound.reads.get(of.name, NOTHING_SAID)
    if actor.is_ours or (is_open and not terms.is_said):
        rows = Condition(of.name)
    else:
        rows = join_conditions(both, [_allowed(terms, of.name, each) for each in actor.actors])
    if actor.is_ours or rows.expression == NEVER:
        return Sight(rows.expression, given=rows.given)
    return _screened(rows, bound, of, actor)


def _screened(rows: Condition, bound: Bound, of: ObjectType, actor: Actor) -> Sight:
    """Adds what is seen of properties that policies are about."""
    names, parts, masks = [], [rows], []
    for name, terms in bound.fields.get(of.name, {}).items():
        conditions = [_field_shown(terms, each) for each in actor.actors]
        shown = join_conditions(both, conditions)
        if shown.expression != ALWAYS:
            names.append(name)
            parts.append(shown)
            masks.append(_mask(terms))
    expressions, given = side_by_side(parts)
    pairs = zip(expressions[1:], masks, strict=True)
    screens = dict(zip(names, (Screen(*each) for each in pairs), strict=True))
    return Sight(expressions[0], screens, given)


def _mask(terms: Terms) -> Expression | None:
    """Returns what stands in the place of a property: what the first policy says that says it."""
    return next((each.mask for each in terms.stated if each.mask is not None), None)


def _allowed(terms: Terms, type_name: str, actor: Actor) -> Condition:
    """Joins what allows and what forbids: deny by default, and forbid wins."""
    if not terms.allows:
        return Condition(type_name, NEVER)
    return _joined(terms, actor, either)


def _field_shown(terms: Terms, actor: Actor) -> Condition:
    """Joins what is said of a property: where nobody is allowed by name, all but the forbidden."""
    return _joined(terms, actor, either if terms.allows else both)


def _joined(
    terms: Terms, actor: Actor, join: Callable[[list[Expression]], Expression]
) -> Condition:
    stated = [give_actor(each.understood, actor) for each in terms.stated]
    count = len(terms.allows)

    def together(of: list[Expression]) -> Expression:
        return both([join(of[:count]), *(negated(each) for each in of[count:])])

    return join_conditions(together, stated)


def give_actor(understood: Understood, actor: Actor) -> Condition:
    """Gives the rule of a policy the actor, under whatever name it asks for one."""
    return give(understood, dict.fromkeys(understood.parameters, actor))


def sights_of(
    bound: Bound, types: Iterable[ObjectType], actor: Actor, *, is_open: bool
) -> dict[str, Sight]:
    """Says what an actor sees of all object types.

    Example:
        ```python
        from triptych import Actor, read_ontology
        from triptych.services.policies.registry import Bound
        from triptych.services.policies.sights import sights_of

        types = read_ontology("flights").object_types
        assert all(each.is_whole for each in sights_of(Bound(), types, Actor("a"), is_open=True).values())
        ```
    """
    return {each.name: sight_of(bound, each, actor, is_open=is_open) for each in types}
