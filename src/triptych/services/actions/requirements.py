"""Rules that an action asks: about the actor, and about the state of things."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from triptych.adapters.expression.reader import RuleReader
from triptych.adapters.objects.inclusion import key_of
from triptych.adapters.objects.objectset import ReadingRepository
from triptych.adapters.objects.work import Work
from triptych.domain.actions import Consulted, Operation
from triptych.domain.actor import Actor
from triptych.domain.errors import (
    ActionForbidden,
    Misconfigured,
    RequirementFailed,
    UnknownName,
)
from triptych.domain.expression import Expression, World
from triptych.domain.expression.nodes import Constant
from triptych.domain.policies import Effect, Policy
from triptych.services.actions.binding import BoundRule, Rule, bind_rule, subjects_of
from triptych.services.expression.explaining import explain
from triptych.services.expression.why import types_of, world_of
from triptych.services.policies.explaining import Decision, Verdict
from triptych.services.policies.matrix import Cell, May, action_cell
from triptych.services.policies.registry import place_of
from triptych.services.policies.sights import give_actor


@dataclass(frozen=True, slots=True)
class _Bound:
    """What decides about an operation.

    Attributes:
        allow: Ways in which it is allowed, all rules of one of which must hold.
        forbid: Rules of which none may hold.
        require: Rules about the state of things, all of which must hold.
    """

    allow: tuple[tuple[BoundRule, ...], ...]
    forbid: tuple[BoundRule, ...]
    require: tuple[BoundRule, ...]


class Requirements:
    """The rules of every operation, bound to what they are given.

    Args:
        rules: Reads rules.
        policies: Those of operations.

    Attributes:
        is_open: Whether everybody may do what nothing is said of, as while developing.

    Raises:
        Misconfigured: (when an operation is bound) A parameter of a rule can be given nothing.
    """

    def __init__(self, rules: RuleReader, policies: Iterable[Policy] = ()) -> None:
        self._rules, self._policies = rules, tuple(policies)
        self._bound: dict[str, _Bound] = {}
        self.is_open = True

    def bind(self, operation: Operation) -> None:
        """Binds the rules of an operation, and the policies that are about it."""
        mark = operation.mark
        about = [each for each in self._policies if self._is_about(each, operation)]
        ways = [mark.allow] if mark.allow else []
        ways += [(each.rule,) for each in about if each.effect is Effect.ALLOWS]
        forbid = [each.rule for each in about if each.effect is Effect.FORBIDS]
        self._bound[operation.full_name] = _Bound(
            tuple(self._bind_all(operation, each) for each in ways),
            self._bind_all(operation, forbid),
            self._bind_all(operation, mark.require),
        )

    def _bind_all(self, operation: Operation, rules: Iterable[Rule]) -> tuple[BoundRule, ...]:
        return tuple(bind_rule(self._rules, operation, each) for each in rules)

    @property
    def unsaid(self) -> list[str]:
        """Names the operations that nothing allows."""
        return [name for name, each in self._bound.items() if not each.allow]

    def _is_about(self, policy: Policy, operation: Operation) -> bool:
        """Tells whether a policy is about an operation; with `*`, of those that fit its rule."""
        if policy.what == operation.full_name:
            return True
        if not fnmatchcase(operation.full_name, policy.what):
            return False
        try:
            bind_rule(self._rules, operation, policy.rule)
        except Misconfigured:
            return False
        return True

    def expressions(self) -> Iterator[Expression]:
        """Yields what is said of actors by the rules of all operations, where it can be read."""
        for bound in self._bound.values():
            for each in (*(rule for way in bound.allow for rule in way), *bound.forbid):
                if each.understood is not None:
                    yield each.understood.expression

    def cell(self, operation: Operation, actor: Actor) -> Cell:
        """Says whether somebody may do something, whatever it is given."""
        bound = self._bound[operation.full_name]
        ways = [_least([_may(each, actor) for each in way]) for way in bound.allow]
        return action_cell(ways, [_may(each, actor) for each in bound.forbid], is_open=self.is_open)

    async def explain(
        self,
        operation: Operation,
        actor: Actor,
        given: Mapping[str, Any],
        work: Work,
        *,
        has_values: bool,
    ) -> Decision:
        """Explains why an actor may do something, or may not.

        Args:
            operation: What they would do.
            actor: Who would.
            given: What it is given, loaded.
            work: In which links are followed.
            has_values: Whether the values are told that decided.
        """
        bound, name = self._bound[operation.full_name], operation.full_name
        verdicts: list[Verdict] = []
        for each in actor.actors:
            for way in bound.allow:
                for one in way:
                    holds, cause = await self._holds(one, each, given, work)
                    told = cause if has_values else ""
                    verdicts.append(_verdict(one, Effect.ALLOWS, told, holds=holds))
            for one in bound.forbid:
                holds, _ = await self._holds(one, each, given, work, every=False)
                verdicts.append(_verdict(one, Effect.FORBIDS, "", holds=holds))
        try:
            await self.allow(operation, actor, given, work)
        except ActionForbidden:
            return Decision(str(actor), name, False, tuple(verdicts))
        note = "" if bound.allow else "nothing says who may, and while developing everybody may"
        return Decision(str(actor), name, True, tuple(verdicts), note)

    def asks(self, operation: Operation) -> bool:
        """Tells whether anything decides who may do something."""
        bound = self._bound[operation.full_name]
        return bool(bound.allow or bound.forbid) or not self.is_open

    def check_names(self) -> None:
        """Checks that every policy is about an operation that there is.

        Raises:
            Misconfigured: One is not.
        """
        for each in self._policies:
            if not any(fnmatchcase(name, each.what) for name in self._bound):
                told = UnknownName("action", each.what, self._bound)
                raise Misconfigured(f"the policy {each.name}: {told}")

    async def allow(
        self, operation: Operation, actor: Actor, given: Mapping[str, Any], work: Work
    ) -> list[Consulted]:
        """Asks whether the actor may, and whoever acts in their stead: one of the ways must hold.

        Raises:
            ActionForbidden: They may not.
        """
        asked: dict[str, Consulted] = {}
        for each in actor.actors:
            held = await self._allow(operation, each, given, work)
            asked |= {rule.name: Consulted(rule.name, rule.sentence) for rule in held}
        return list(asked.values())

    async def _allow(
        self, operation: Operation, actor: Actor, given: Mapping[str, Any], work: Work
    ) -> Sequence[BoundRule]:
        """Returns the rules by which one actor may."""
        name, bound = operation.full_name, self._bound[operation.full_name]
        for each in bound.forbid:
            holds, _ = await self._holds(each, actor, given, work, every=False)
            if holds:
                raise ActionForbidden(name, str(actor), each.name, each.sentence, is_forbidden=True)
        missed: list[BoundRule] = []
        for way in bound.allow:
            lost = await self._lost(way, actor, given, work)
            if lost is None:
                return way
            missed.append(lost)
        if missed or not self.is_open:
            raise _unallowed(name, actor, missed)
        return ()

    async def _lost(
        self, way: Sequence[BoundRule], actor: Actor, given: Mapping[str, Any], work: Work
    ) -> BoundRule | None:
        """Returns the first rule of several that does not hold; nothing where all do."""
        for each in way:
            holds, _ = await self._holds(each, actor, given, work)
            if not holds:
                return each
        return None

    async def require(
        self, operation: Operation, actor: Actor, given: Mapping[str, Any], work: Work
    ) -> list[Consulted]:
        """Asks whether it is possible as things stand.

        Raises:
            RequirementFailed: It is not; the clauses that decided are told.
        """
        asked = []
        for each in self._bound[operation.full_name].require:
            holds, cause = await self._holds(each, actor, given, work)
            if not holds:
                looked_at = types_of(each.understood.expression) if each.understood else ()
                name = operation.full_name
                raise RequirementFailed(name, each.name, each.sentence, cause, looked_at)
            asked.append(Consulted(each.name, each.sentence))
        return asked

    async def _holds(
        self,
        of: BoundRule,
        actor: Actor,
        given: Mapping[str, Any],
        work: Work,
        *,
        every: bool = True,
    ) -> tuple[bool, str]:
        """Asks a rule of every object that it is about; or whether it holds of any."""
        arguments = {name: given[name] for name in of.named} | dict.fromkeys(of.actors, actor)
        if not of.subject:
            return bool(of.rule(**arguments)), ""
        for subject in subjects_of(of, given):
            holds, cause = await self._holds_of(of, subject, arguments, work)
            if holds is not every:
                return holds, cause
        return every, ""

    async def _holds_of(
        self, of: BoundRule, subject: Any, arguments: dict[str, Any], work: Work
    ) -> tuple[bool, str]:
        if not of.ways and of.rule(**{of.subject: subject}, **arguments):
            return True, ""
        if of.understood is None or not of.subject:
            return False, ""
        world = World(objects={(): subject}, arguments=arguments)
        if of.ways:
            ontology, understood = self._rules.ontology, of.understood
            about = ontology.object_type(understood.type_name)
            repository: ReadingRepository[Any] = work.repository(about.python)
            key = key_of(about, subject)
            world = replace(await world_of(repository, ontology, key, of.ways), arguments=arguments)
        explanation = explain(of.understood, world)
        return explanation.holds, "; ".join(map(str, explanation.clauses))


def _unallowed(name: str, actor: Actor, missed: Sequence[BoundRule]) -> ActionForbidden:
    """Says that no way holds in which somebody might."""
    rule = " or ".join(each.name for each in missed) or "a policy"
    said = " Or: ".join(each.sentence or each.name for each in missed)
    return ActionForbidden(name, str(actor), rule, said or "A policy allows it.")


def _may(of: BoundRule, actor: Actor) -> May:
    """Says of which objects a rule holds for somebody; of some where that is not known."""
    if of.understood is None or of.named:
        return May.SOME
    given = give_actor(of.understood, actor).expression
    if isinstance(given, Constant):
        return May.ALL if given.value else May.NONE
    return May.SOME


def _least(of: Sequence[May]) -> May:
    """Says of which objects several rules hold together."""
    return May.NONE if May.NONE in of else May.SOME if May.SOME in of else May.ALL


def _verdict(of: BoundRule, effect: Effect, cause: str, *, holds: bool) -> Verdict:
    said = of.sentence or of.name
    sentence = f"{said} ({cause})" if cause and not holds else said
    return Verdict(of.name, effect, holds, sentence, place_of(of.rule))
