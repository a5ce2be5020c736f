"""Rules of operations, bound to what they are given: the actor, objects, parameters."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from triptych.adapters.expression.reader import RuleReader
from triptych.domain.actions import Operation
from triptych.domain.actor import Actor
from triptych.domain.errors import InvalidInput, Misconfigured, UnknownName
from triptych.domain.expression import Understood
from triptych.domain.ontology import Ontology
from triptych.services.expression.why import ways

type Rule = Callable[..., bool]


@dataclass(frozen=True, slots=True)
class BoundRule:
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


def bind_rule(rules: RuleReader, operation: Operation, rule: Rule) -> BoundRule:
    """Finds out where what a rule of an operation is given comes from.

    Raises:
        Misconfigured: A parameter of it can be given nothing.
    """
    understood = _understood(rules, rule)
    links = ways(understood.expression) if understood else ()
    parameters = _Parameters(rules.ontology, operation, typing.get_type_hints(rule))
    for name in inspect.signature(rule).parameters:
        if name not in links:
            parameters.take(name)
    parameters.check(rule)
    about = (inspect.getdoc(rule) or "").partition("\n\n")[0]
    return BoundRule(
        rule,
        " ".join(about.split()),
        tuple(parameters.actors),
        parameters.subject,
        parameters.inputs,
        tuple(parameters.named),
        links,
        understood,
    )


def _understood(rules: RuleReader, rule: Rule) -> Understood | None:
    """Reads a rule; one that asks more than databases know is only called.

    One that is about no object is read as if it were about any.
    """
    for about in ("", *(each.name for each in rules.ontology.object_types[:1])):
        with suppress(InvalidInput):
            return rules.understand(rule, about)
    return None


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


def subjects_of(of: BoundRule, given: Mapping[str, Any]) -> Iterator[Any]:
    """Yields the objects that a rule is asked of."""
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
