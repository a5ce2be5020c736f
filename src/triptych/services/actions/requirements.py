"""Rules that an action asks: about the actor, and about the state of things."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
    InvalidInput,
    Misconfigured,
    RequirementFailed,
    UnknownName,
)
from triptych.domain.expression import Understood, World
from triptych.domain.ontology import Ontology
from triptych.domain.policies import Effect, Policy
from triptych.services.expression.explaining import explain
from triptych.services.expression.why import types_of, ways, world_of

type Rule = Callable[..., bool]


@dataclass(frozen=True, slots=True)
class Asked:
    """A rule, and where what it is given comes from.

    Attributes:
        rule: The function.
        sentence: What it says.
        actors: Its parameters that are the actor.
        subject: Its parameter that is an object; empty where it is about none.
        inputs: The parameters of the action that are such objects.
        named: Its other parameters, which are those of the action by the same names.
        ways: The links that it follows from the object.
        understood: What was read of it, where it can be read.
    """

    rule: Rule
    sentence: str
    actors: tuple[str, ...]
    subject: str
    inputs: tuple[str, ...]
    named: tuple[str, ...]
    ways: tuple[str, ...]
    understood: Understood | None

    @property
    def name(self) -> str:
        """The rule's name."""
        return self.rule.__name__


@dataclass(slots=True)
class _Parameters:
    """Where the parameters of a rule come from: the actor, an entity, or the action's own."""

    ontology: Ontology
    operation: Operation
    hints: Mapping[str, Any]
    actors: list[str] = field(default_factory=list)
    named: list[str] = field(default_factory=list)
    subject: str = ""
    inputs: tuple[str, ...] = ()

    def take(self, name: str) -> None:
        """Takes one parameter."""
        entity = _entity(self.ontology, self.hints.get(name))
        if self.hints.get(name) is Actor:
            self.actors.append(name)
        elif entity is not None and not self.subject:
            self.subject = name
            self.inputs = tuple(_inputs_of(self.operation, name, entity))
        else:
            self.named.append(name)

    def check(self, rule: Rule) -> None:
        """Checks that each is given something.

        Raises:
            Misconfigured: One is not.
        """
        known = {each.name for each in self.operation.inputs}
        lost = [name for name in self.named if name not in known]
        if self.subject and not self.inputs:
            lost.append(self.subject)
        if lost:
            raise Misconfigured(
                f"{self.operation.full_name} has nothing to give {rule.__name__} as {lost[0]}; "
                "name a parameter so"
            )


@dataclass(frozen=True, slots=True)
class _Bound:
    """What decides about an operation.

    Attributes:
        allow: Ways in which it is allowed, all rules of one of which must hold.
        forbid: Rules of which none may hold.
        require: Rules about the state of things, all of which must hold.
    """

    allow: tuple[tuple[Asked, ...], ...]
    forbid: tuple[Asked, ...]
    require: tuple[Asked, ...]


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
        about = [each for each in self._policies if fnmatchcase(operation.full_name, each.what)]
        own = [tuple(self._asked(operation, each) for each in mark.allow)] if mark.allow else []
        asked = [(each.effect, self._asked(operation, each.rule)) for each in about]
        self._bound[operation.full_name] = _Bound(
            (*own, *((each,) for effect, each in asked if effect is Effect.ALLOWS)),
            tuple(each for effect, each in asked if effect is Effect.FORBIDS),
            tuple(self._asked(operation, each) for each in mark.require),
        )

    @property
    def unsaid(self) -> list[str]:
        """Names the operations that nothing allows."""
        return [name for name, each in self._bound.items() if not each.allow]

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

    def _asked(self, operation: Operation, rule: Rule) -> Asked:
        understood = self._understood(rule)
        links = ways(understood.expression) if understood else ()
        parameters = _Parameters(self._rules.ontology, operation, typing.get_type_hints(rule))
        for name in inspect.signature(rule).parameters:
            if name not in links:
                parameters.take(name)
        parameters.check(rule)
        about = (inspect.getdoc(rule) or "").partition("\n\n")[0]
        return Asked(
            rule,
            " ".join(about.split()),
            tuple(parameters.actors),
            parameters.subject,
            parameters.inputs,
            tuple(parameters.named),
            links,
            understood,
        )

    def _understood(self, rule: Rule) -> Understood | None:
        """Reads a rule; one that asks more than databases know is only called."""
        try:
            return self._rules.understand(rule)
        except InvalidInput:
            return None

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
    ) -> Sequence[Asked]:
        """Returns the rules by which one actor may."""
        name, bound = operation.full_name, self._bound[operation.full_name]
        for each in bound.forbid:
            holds, _ = await self._holds(each, actor, given, work, every=False)
            if holds:
                raise ActionForbidden(name, str(actor), each.name, each.sentence, is_forbidden=True)
        missed: list[Asked] = []
        for way in bound.allow:
            lost = await self._lost(way, actor, given, work)
            if lost is None:
                return way
            missed.append(lost)
        if missed or not self.is_open:
            rule = " or ".join(each.name for each in missed) or "a policy"
            said = " Or: ".join(each.sentence or each.name for each in missed)
            raise ActionForbidden(name, str(actor), rule, said or "A policy allows it.")
        return ()

    async def _lost(
        self, way: Sequence[Asked], actor: Actor, given: Mapping[str, Any], work: Work
    ) -> Asked | None:
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
        of: Asked,
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
        for subject in _subjects(of, given):
            holds, cause = await self._holds_of(of, subject, arguments, work)
            if holds is not every:
                return holds, cause
        return every, ""

    async def _holds_of(
        self, of: Asked, subject: Any, arguments: dict[str, Any], work: Work
    ) -> tuple[bool, str]:
        if not of.ways and of.rule(**{of.subject: subject}, **arguments):
            return True, ""
        if of.understood is None:
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


def _subjects(of: Asked, given: Mapping[str, Any]) -> Iterator[Any]:
    for name in of.inputs:
        value = given.get(name)
        if isinstance(value, list | tuple | frozenset):
            yield from value
        elif value is not None:
            yield value


def _entity(ontology: Ontology, hint: Any) -> str | None:
    if not isinstance(hint, type):
        return None
    try:
        return ontology.object_type(hint).name
    except UnknownName:
        return None


def _inputs_of(operation: Operation, name: str, entity: str) -> Iterator[str]:
    """Names the parameters of an action that a rule about an entity is about."""
    fitting = [each.name for each in operation.inputs if each.entity == entity]
    yield from [name] if name in fitting else fitting
