"""Finding the policies of an application, and reading what they say."""

from __future__ import annotations

import inspect
import typing
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from triptych.adapters.expression.reader import RuleReader
from triptych.adapters.expression.source import function_source
from triptych.domain.actor import Actor
from triptych.domain.errors import InvalidInput, Misconfigured, UnknownName
from triptych.domain.expression import Expression, Kind, Understood, find_path
from triptych.domain.expression.building import Unfitting, kind_of
from triptych.domain.expression.condition import rebuilt
from triptych.domain.expression.nodes import Argument, Value, Variable
from triptych.domain.ontology import ObjectType, Property, Structure
from triptych.domain.policies import AUDIT, CHANGE, READ, Effect, Policy, policies_of
from triptych.infrastructure.optional import find_modules


@dataclass(frozen=True, slots=True)
class Stated:
    """A policy about objects that was read.

    Attributes:
        policy: What is declared.
        understood: What its rule says.
        mask: What stands in the place of a property that may not be read.
    """

    policy: Policy
    understood: Understood
    mask: Expression | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """All that is said about one thing.

    Attributes:
        allows: One of these must hold, where there are any.
        forbids: None of these may.

    Example:
        ```python
        from triptych.services.policies.registry import Terms

        assert not Terms().is_said
        ```
    """

    allows: tuple[Stated, ...] = ()
    forbids: tuple[Stated, ...] = ()

    @property
    def is_said(self) -> bool:
        """Whether anything is."""
        return bool(self.allows or self.forbids)

    @property
    def stated(self) -> tuple[Stated, ...]:
        """All policies."""
        return (*self.allows, *self.forbids)

    def with_one(self, stated: Stated) -> Terms:
        """Adds a policy."""
        if stated.policy.effect is Effect.ALLOWS:
            return Terms((*self.allows, stated), self.forbids)
        return Terms(self.allows, (*self.forbids, stated))


NOTHING_SAID = Terms()


@dataclass(frozen=True, slots=True)
class Bound:
    """All policies of an application, by what they are about.

    Attributes:
        reads: By object type, who may read objects of it.
        fields: By object type and property, who may read it.
        changes: By object type, who may change objects of it, whatever the action.
        audit: Who may read plans and the ledger, whoever made them.
        actions: Those of actions and queries.
    """

    reads: Mapping[str, Terms] = field(default_factory=dict)
    fields: Mapping[str, Mapping[str, Terms]] = field(default_factory=dict)
    changes: Mapping[str, Terms] = field(default_factory=dict)
    audit: tuple[Policy, ...] = ()
    actions: tuple[Policy, ...] = ()


def find_policies(package: str) -> tuple[Policy, ...]:
    """Finds the policies in `PACKAGE.services`, each where it was declared.

    Example:
        ```python
        from triptych.services.policies.registry import find_policies

        assert "is_anybody" in [each.name for each in find_policies("flights")]
        ```
    """
    found: dict[int, Policy] = {}
    for module in find_modules(f"{package}.services"):
        for value in vars(module).values():
            if inspect.isfunction(value):
                found |= {id(each): each for each in policies_of(value)}
    return tuple(found.values())


def bind(
    rules: RuleReader,
    policies: Iterable[Policy],
    searched: Mapping[str, Collection[str]] | None = None,
) -> Bound:
    """Reads policies.

    Args:
        rules: Reads their functions.
        policies: What is declared.
        searched: By object type, the properties that are searched by words.

    Raises:
        Misconfigured: Some say what no database can be asked, or name what is not there; all of
            it is told.
    """
    binder = _Binder(rules, searched or {})
    for each in policies:
        binder.take(each)
    if binder.problems:
        raise Misconfigured("the policies cannot be kept:\n  " + "\n  ".join(binder.problems))
    return binder.bound


class _Binder:
    """Sorts policies by what they are about, and gathers what is wrong with them."""

    def __init__(self, rules: RuleReader, searched: Mapping[str, Collection[str]]) -> None:
        self._rules, self._searched = rules, searched
        self.problems: list[str] = []
        self._reads: dict[str, Terms] = {}
        self._changes: dict[str, Terms] = {}
        self._fields: dict[str, dict[str, Terms]] = defaultdict(dict)
        self._audit: list[Policy] = []
        self._actions: list[Policy] = []

    @property
    def bound(self) -> Bound:
        return Bound(
            self._reads, dict(self._fields), self._changes, tuple(self._audit), tuple(self._actions)
        )

    def take(self, policy: Policy) -> None:
        """Takes one policy, or notes what is wrong with it."""
        try:
            if policy.what in (READ, CHANGE):
                self._take_objects(policy)
            elif policy.about or policy.fields:
                raise Unfitting(f"{policy.what} is about no objects", "name actions, or say read")
            elif policy.what == AUDIT:
                self._check_parameters(policy, ())
                self._audit.append(policy)
            elif "." in policy.what:
                self._actions.append(policy)
            else:
                mend = "say read, change, audit, or an action such as operations.postpone"
                raise Unfitting(f"there is no {policy.what!r} to be allowed", mend)
        except Unfitting as error:
            self.problems.append(f"{place_of(policy.rule)} {policy.name}: {error}")
        except (InvalidInput, UnknownName) as error:
            self.problems.append(f"{place_of(policy.rule)} {policy.name}: {error}")

    def _take_objects(self, policy: Policy) -> None:
        if not policy.about:
            raise Unfitting("it is about nothing", "name the entities that it is about")
        if policy.what == CHANGE and policy.fields:
            raise Unfitting("properties are not changed one by one", "leave fields out")
        if policy.mask is not None and not policy.fields:
            raise Unfitting("objects are not masked as a whole", "say of which fields")
        for python in policy.about:
            name = self._rules.ontology.object_type(python).name
            understood = self._rules.understand(policy.rule, name)
            self._check_parameters(policy, understood.parameters)
            terms = self._reads if policy.what == READ else self._changes
            for each in policy.fields:
                stated = Stated(policy, understood, self._mask(policy, name, each))
                known = self._fields[name].get(each, NOTHING_SAID)
                self._fields[name][each] = known.with_one(stated)
            if not policy.fields:
                terms[name] = terms.get(name, NOTHING_SAID).with_one(Stated(policy, understood))

    def _check_parameters(self, policy: Policy, names: Iterable[str]) -> None:
        """Checks that all that a rule is given, besides objects, is the actor."""
        hints = typing.get_type_hints(policy.rule)
        asked = list(names) if policy.what != AUDIT else inspect.signature(policy.rule).parameters
        for name in asked:
            if hints.get(name) is not Actor:
                raise Unfitting(f"nothing gives it {name}", "ask for an Actor and for objects")

    def _mask(self, policy: Policy, type_name: str, name: str) -> Expression | None:
        """Reads what stands in the place of a property."""
        of = self._rules.ontology.object_type(type_name)
        names = [each.name for each in of.properties]
        if name not in names:
            raise UnknownName(f"property of {type_name}", name, names)
        held = of.property(name)
        if name in of.key:
            raise Unfitting(f"{name} is what {type_name} is known by", "hide whole objects")
        if name in self._searched.get(type_name, ()):
            found = f"{name} of {type_name} is searched by words, which would tell it"
            raise Unfitting(found, "leave it out of search=[...] in adapters/database")
        if policy.mask is None:
            return None
        mask = self._read_mask(policy.mask, of, held)
        if not _fits(mask, held):
            found = f"the mask of {name} is {kind_of(mask).label}, not {held.annotation}"
            raise Unfitting(found, "let it give what the property may be")
        return mask

    def _read_mask(self, mask: Any, of: ObjectType, held: Property) -> Expression:
        """Reads a constant, or a function of the value that it masks."""
        if not inspect.isfunction(mask):
            return self._rules.kinds.constant(mask)
        understood = self._rules.understand(mask, of.name, is_rule=False)
        if len(understood.parameters) != 1 or isinstance(held.type, Structure):
            raise Unfitting("a mask is made of one value", "let it take what it masks only")
        own = Value(Variable((), of.name), find_path(of, held.name), Kind(held.type))

        def replaced(node: Expression) -> Expression:
            if isinstance(node, Argument):
                return own
            return node if isinstance(node, Variable) else rebuilt(node, replaced)

        return replaced(understood.expression)


def _fits(mask: Expression, held: Property) -> bool:
    if isinstance(held.type, Structure) or held.many:
        return False
    kind = kind_of(mask)
    is_same = kind.scalar is held.type.kind and not kind.many
    return is_same and (held.is_optional or not kind.is_optional)


def place_of(rule: Any) -> str:
    """Says where a function is declared, as `file:line`."""
    try:
        source = function_source(rule)
    except Unfitting:
        return "?"
    return f"{source.file}:{source.line}"
