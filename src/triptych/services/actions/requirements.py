"""Rules that an action asks: about the actor, and about the state of things."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
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
from triptych.services.expression.explaining import explain
from triptych.services.expression.why import ways, world_of

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


class Requirements:
    """The rules of every operation, bound to what they are given.

    Args:
        rules: Reads rules.

    Raises:
        Misconfigured: (when an operation is bound) A parameter of a rule can be given nothing.
    """

    def __init__(self, rules: RuleReader) -> None:
        self._rules = rules
        self._bound: dict[str, tuple[tuple[Asked, ...], tuple[Asked, ...]]] = {}

    def bind(self, operation: Operation) -> None:
        """Binds the rules of an operation."""
        mark = operation.mark
        allow = tuple(self._asked(operation, each) for each in mark.allow)
        require = tuple(self._asked(operation, each) for each in mark.require)
        self._bound[operation.full_name] = allow, require

    def _asked(self, operation: Operation, rule: Rule) -> Asked:
        understood = self._understood(rule)
        links = ways(understood) if understood else ()
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
        """Asks whether the actor may.

        Raises:
            ActionForbidden: They may not.
        """
        asked = []
        for each in self._bound[operation.full_name][0]:
            holds, _ = await self._holds(each, actor, given, work)
            if not holds:
                raise ActionForbidden(operation.full_name, actor.id, each.name, each.sentence)
            asked.append(Consulted(each.name, each.sentence))
        return asked

    async def require(
        self, operation: Operation, actor: Actor, given: Mapping[str, Any], work: Work
    ) -> list[Consulted]:
        """Asks whether it is possible as things stand.

        Raises:
            RequirementFailed: It is not; the clauses that decided are told.
        """
        asked = []
        for each in self._bound[operation.full_name][1]:
            holds, cause = await self._holds(each, actor, given, work)
            if not holds:
                raise RequirementFailed(operation.full_name, each.name, each.sentence, cause)
            asked.append(Consulted(each.name, each.sentence))
        return asked

    async def _holds(
        self, of: Asked, actor: Actor, given: Mapping[str, Any], work: Work
    ) -> tuple[bool, str]:
        """Asks a rule of every object that it is about."""
        arguments = {name: given[name] for name in of.named} | dict.fromkeys(of.actors, actor)
        if not of.subject:
            return bool(of.rule(**arguments)), ""
        for subject in _subjects(of, given):
            holds, cause = await self._holds_of(of, subject, arguments, work)
            if not holds:
                return False, cause
        return True, ""

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
            world = await world_of(repository, ontology, understood, key, arguments)
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
