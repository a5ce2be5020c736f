"""What every change is held to: lifecycles, and rules that must always hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import batched
from operator import or_
from typing import Any

from triptych.adapters.expression.filtering import read_filter
from triptych.adapters.expression.reader import RuleReader
from triptych.adapters.objects.guard import Repositories
from triptych.adapters.objects.inclusion import key_of
from triptych.adapters.objects.integrity import held_ids
from triptych.adapters.objects.objectset import ReadingRepository
from triptych.adapters.objects.page import Page
from triptych.adapters.objects.work import Work
from triptych.domain.actions import Edit, EditKind, Invariant, Lifecycle
from triptych.domain.errors import InvariantBroken, Misconfigured
from triptych.domain.expression import Condition, Understood, World, join_conditions, rule
from triptych.domain.expression.building import either
from triptych.domain.expression.moving import around
from triptych.domain.expression.nodes import Linked, Value, walk
from triptych.domain.ontology import Link
from triptych.services.expression.explaining import explain
from triptych.services.expression.why import types_of, ways, world_of

_MOST_TOLD = 3
# How many objects are asked about by one statement: databases bound how long one may be.
_TOGETHER = 100


@dataclass(frozen=True, slots=True)
class _Bound:
    """An invariant, and by what it can be broken.

    Attributes:
        invariant: What must hold.
        understood: What was read of its rule.
        links: Those that the rule follows.
        asked: By object type, the properties that the rule depends on.
    """

    invariant: Invariant
    understood: Understood
    links: tuple[Linked, ...]
    asked: dict[str, set[str]]

    def is_touched(self, edit: Edit, changed: Container[str] | None) -> bool:
        """Tells whether an edit can make a difference, given what it changes; `None` for all."""
        if edit.type_name not in self.asked:
            return edit.type_name == self.understood.type_name and edit.before is None
        return changed is None or any(name in changed for name in self.asked[edit.type_name])


class Guards:
    """Checks what a piece of work would change.

    Args:
        rules: Reads rules.
        lifecycles: Which states may follow which.
        invariants: What must always hold.

    Raises:
        Misconfigured: An invariant needs arguments.
    """

    def __init__(
        self,
        rules: RuleReader,
        lifecycles: Iterable[Lifecycle] = (),
        invariants: Iterable[Invariant] = (),
    ) -> None:
        self._rules = rules
        self._lifecycles: dict[str, list[Lifecycle]] = defaultdict(list)
        for each in lifecycles:
            self._lifecycles[rules.ontology.object_type(each.of).name].append(each)
        self._invariants = [_bound(each, rules) for each in invariants]

    async def check(self, work: Work, *, is_return: bool = False) -> None:
        """Checks the edits of a piece of work.

        Args:
            work: The work.
            is_return: Whether it goes back to what was, which no lifecycle forbids.

        Raises:
            IllegalTransition: A state may not follow the other.
            InvariantBroken: A rule that must hold would not.
        """
        if not is_return:
            self._check_lifecycles(work.changed)
        changed = [
            (each, each.changes() if each.kind is EditKind.CHANGED else None)
            for each in work.changed
        ]
        for bound in self._invariants:
            edits = [each for each, names in changed if bound.is_touched(each, names)]
            if edits and bound.links:
                await self._check_linked(bound, edits, work)
            elif edits:
                self._check_own(bound, edits)

    def _check_lifecycles(self, edits: Iterable[Edit]) -> None:
        for edit in edits:
            for each in self._lifecycles.get(edit.type_name, ()):
                each.check(edit)

    def _check_own(self, bound: _Bound, edits: Sequence[Edit]) -> None:
        """Checks the objects themselves, where no link need be followed."""
        broken = [
            edit
            for edit in edits
            if edit.type_name == bound.understood.type_name
            and edit.after is not None
            and not bound.invariant.rule(edit.after)
        ]
        if broken:
            world = World(objects={(): broken[0].after})
            raise _broken(bound, [each.key for each in broken], world)

    async def _check_linked(self, bound: _Bound, edits: Sequence[Edit], work: Work) -> None:
        """Checks every object from which links lead to what is changed."""
        affected = [
            *self._changed(bound, edits),
            *(each for edit in edits for each in self._around(bound, edit)),
        ]
        # What is written by now, and what is not yet, is seen alike: a search writes first.
        # Where nothing is affected, what is gone was linked to nothing.
        for among in batched(affected, _TOGETHER):
            which = among[0] if len(among) == 1 else join_conditions(either, among)
            await self._check_some(bound, which & ~rule(bound.invariant.rule), work.repository)

    async def check_all(self, names: Collection[str], objects: Repositories) -> None:
        """Checks all objects there are against the rules about some object types.

        Args:
            names: The object types that were written.
            objects: Reads what is there.

        Raises:
            InvariantBroken: A rule that must hold does not.
        """
        concerned = defaultdict[str, list[_Bound]](list)
        for bound in self._invariants:
            if bound.understood.type_name in names or not bound.asked.keys().isdisjoint(names):
                concerned[bound.understood.type_name].append(bound)
        for name, bounds in concerned.items():
            of = self._rules.ontology.object_type(name)
            broken = [~rule(each.invariant.rule) for each in bounds]
            # Counted in any order, all objects are gone through once, whatever holds of them.
            is_broken = await objects(of.python).count(reduce(or_, broken))
            for bound, condition in zip(bounds, broken, strict=True) if is_broken else ():
                await self._check_some(bound, condition, objects)

    async def _check_some(self, bound: _Bound, broken: Any, objects: Repositories) -> None:
        """Looks for objects that break a rule, and tells of the first few."""
        ontology, understood = self._rules.ontology, bound.understood
        of = ontology.object_type(understood.type_name)
        repository: ReadingRepository[Any] = objects(of.python)
        page: Page[Any] = await repository.find(broken, take=_MOST_TOLD)
        if page.objects:
            keys = [key_of(of, each) for each in page.objects]
            raise _broken(
                bound,
                keys,
                await world_of(repository, ontology, keys[0], ways(understood.expression)),
            )

    def _changed(self, bound: _Bound, edits: Sequence[Edit]) -> Iterator[Condition]:
        """Asks for the objects of the rule's own type that are changed."""
        of = self._rules.ontology.object_type(bound.understood.type_name)
        for edit in edits:
            if edit.type_name == of.name and edit.after is not None:
                yield self._known(of.name, edit.key)

    def _known(self, type_name: str, key: Any) -> Condition:
        of = self._rules.ontology.object_type(type_name)
        parts = key if isinstance(key, tuple) else (key,)
        return read_filter(self._rules, of, dict(zip(of.key, parts, strict=True)))

    def _around(self, bound: _Bound, edit: Edit) -> Iterator[Condition]:
        """Asks for the objects from which the rule's links lead to an edited one, or led."""
        for linked in bound.links:
            if linked.type_name == edit.type_name:
                yield from self._starts(linked.link, edit)

    def _starts(self, link: Link, edit: Edit) -> Iterator[Condition]:
        """Asks for the objects from which a link leads to an edited one, or led."""
        if link.is_reverse:
            forward = link.reversed()
            ends = {
                end
                for of in (edit.before, edit.after)
                if of is not None
                for end in held_ids(forward, of)
            }
            yield from (self._known(link.source, end) for end in ends)
        else:
            yield around(self._known(edit.type_name, edit.key), link)


def _bound(invariant: Invariant, rules: RuleReader) -> _Bound:
    understood = rules.understand(invariant.rule)
    if understood.parameters:
        needs = ", ".join(understood.parameters)
        raise Misconfigured(
            f"{understood.name} cannot be an invariant: nobody says {needs}; write it into the rule"
        )
    links = tuple(each for each in walk(understood.expression) if isinstance(each, Linked))
    return _Bound(invariant, understood, tuple(dict.fromkeys(links)), _asked(understood))


def _asked(understood: Understood) -> dict[str, set[str]]:
    """Lists the properties that a rule depends on, by object type."""
    asked: dict[str, set[str]] = defaultdict(set)
    for each in walk(understood.expression):
        if isinstance(each, Linked):
            holder = each.link.target if each.link.is_reverse else each.link.source
            asked[holder].add(each.link.property)
            asked[each.type_name] |= set()
        elif isinstance(each, Value):
            asked[each.of.type_name].add(each.path.names[0])
    return dict(asked)


def _broken(bound: _Bound, keys: Sequence[Any], world: World) -> InvariantBroken:
    understood = bound.understood
    cause = "; ".join(map(str, explain(understood, world).clauses))
    return InvariantBroken(
        understood.name,
        understood.description,
        understood.type_name,
        keys,
        cause,
        types_of(understood.expression),
    )
