"""Reads rules: from the source of a plain function to an expression."""

from __future__ import annotations

import ast
import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from triptych.adapters.expression.body import READERS, Frame, Reader, Unreadable
from triptych.adapters.expression.calls import attribute, call
from triptych.adapters.expression.kinds import Kinds, Parameters
from triptych.adapters.expression.source import FunctionSource, function_source
from triptych.domain.errors import InvalidInput, Problem
from triptych.domain.expression.building import Unfitting, clause
from triptych.domain.expression.condition import Understood
from triptych.domain.expression.filters import Asked, Template, make_template
from triptych.domain.expression.nodes import (
    DEEPEST,
    MOST_NODES,
    Argument,
    Expression,
    Linked,
    Variable,
    walk,
)
from triptych.domain.expression.vocabulary import Kind, Place
from triptych.domain.ontology import Cardinality, ObjectType, Ontology

_MOST_TEMPLATES = 512
_READERS: Mapping[type[ast.expr], Reader] = {**READERS, ast.Attribute: attribute, ast.Call: call}


@dataclass(slots=True)
class RuleReader:
    """Reads the rules of one ontology, each once.

    Example:
        ```python
        from flights.domain.rules import has_not_left
        from triptych import read_ontology
        from triptych.adapters.expression.reader import RuleReader

        read = RuleReader(read_ontology("flights")).understand(has_not_left)
        assert read.type_name == "Flight" and not read.parameters
        ```
    """

    ontology: Ontology
    _kinds: Kinds | None = None
    _known: dict[tuple[Callable[..., Any], str, bool], Understood] = field(default_factory=dict)
    _computed: dict[tuple[str, str], Expression] = field(default_factory=dict)
    _templates: dict[tuple[str, tuple[Asked, ...]], Template] = field(default_factory=dict)

    def understand(
        self, function: Callable[..., Any], about: str = "", *, is_rule: bool = True
    ) -> Understood:
        """Reads a rule, or any function that is written like one.

        Args:
            function: The function.
            about: The object type that it is about, where no parameter need be of one.
            is_rule: Whether it must answer with true or false, rather than with any value.

        Raises:
            InvalidInput: It says something that no expression can; where and how to say it.
        """
        try:
            return self.read(function, about, is_rule=is_rule)
        except Unreadable as error:
            where = str(error.place)
            raise InvalidInput([Problem(where, error.found, error.mend)]) from None

    def read(
        self, function: Callable[..., Any], about: str = "", *, is_rule: bool = True
    ) -> Understood:
        """Reads a rule; see `understand`.

        Raises:
            Unreadable: It says something that no expression can.
        """
        key = function, about, is_rule
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._read(function, about, is_rule=is_rule)
        return known

    def _read(self, function: Callable[..., Any], about: str, *, is_rule: bool) -> Understood:
        try:
            source = function_source(function)
        except Unfitting as error:
            name = getattr(function, "__name__", repr(function))
            raise Unreadable(Place(name, 1, 1, name), error.found, error.mend) from None
        signature = _Signature(source, self.ontology, self.kinds, about)
        try:
            subject = signature.read()
            read = Frame(source, self.kinds, _READERS, signature.scope, signature.classes).read()
            expression = clause(read) if is_rule else read
            _check_size(expression)
        except Unfitting as error:
            raise Unreadable(source.place(source.node), error.found, error.mend) from None
        description = (inspect.getdoc(function) or "").partition("\n\n")[0]
        return Understood(
            function.__name__,
            subject.type_name,
            expression,
            signature.parameters,
            " ".join(description.split()),
        )

    @property
    def kinds(self) -> Kinds:
        """Reads annotations and constants; made when it is first asked for."""
        if self._kinds is None:
            self._kinds = Kinds(self.ontology)
        return self._kinds

    def computed(self, of: ObjectType, name: str) -> Expression | None:
        """Reads a computed property; nothing where there is none of that name.

        Raises:
            InvalidInput: It says something that no expression can; where and how to say it.

        Example:
            ```python
            from triptych import read_ontology
            from triptych.adapters.expression.reader import RuleReader
            from triptych.domain.expression.building import kind_of

            rules = RuleReader(read_ontology("flights"))
            is_late = rules.computed(rules.ontology.object_type("Flight"), "is_late")
            assert is_late is not None and kind_of(is_late).label == "bool"
            ```
        """
        if not any(each.name == name for each in of.computed):
            return None
        known = self._computed.get((of.name, name))
        if known is None:
            try:
                known = _computed(getattr(of.python, name).fget, of, self.kinds)
            except Unreadable as error:
                raise InvalidInput([Problem(str(error.place), error.found, error.mend)]) from None
            self._computed[of.name, name] = known
        return known

    def template(self, of: ObjectType, parts: tuple[Asked, ...]) -> Template:
        """Makes a filter of its parts, once for all values of one size.

        Raises:
            InvalidInput: A name is unknown or cannot be asked so; all problems are told at once.
        """
        key = (of.name, parts)
        known = self._templates.get(key)
        if known is None:
            if len(self._templates) >= _MOST_TEMPLATES:
                self._templates.pop(next(iter(self._templates)))
            known = self._templates[key] = make_template(self, of, parts)
        return known


def _computed(function: Callable[..., Any], of: ObjectType, kinds: Kinds) -> Expression:
    try:
        source = function_source(function)
    except Unfitting as error:
        name = getattr(function, "__qualname__", repr(function))
        raise Unreadable(Place(name, 1, 1, name), error.found, error.mend) from None
    scope: dict[str, Expression] = {source.node.args.args[0].arg: Variable((), of.name)}
    return Frame(source, kinds, _READERS, scope).read()


def _check_size(of: Expression) -> None:
    if sum(1 for _ in walk(of)) > MOST_NODES or _depth(of) > DEEPEST:
        raise Unfitting("the rule is too large", "split it into several")


def _depth(of: Expression) -> int:
    return 1 + max((_depth(each) for each in of.parts), default=0)


@dataclass(slots=True)
class _Signature:
    """What the parameters of a rule stand for."""

    source: FunctionSource
    ontology: Ontology
    kinds: Kinds
    about: str = ""
    scope: dict[str, Expression] = field(default_factory=dict)
    classes: dict[Expression, type] = field(default_factory=dict)
    parameters: dict[str, Kind | None] = field(default_factory=dict)
    subject: Variable | None = None

    def read(self) -> Variable:
        """Reads the parameters, and returns the object that the rule is about."""
        function = self.source.function
        try:
            hints = typing.get_type_hints(function, include_extras=True)
        except (NameError, TypeError, AttributeError) as error:
            raise Unfitting(str(error), "annotate every parameter with a type") from None
        for parameter in inspect.signature(function).parameters.values():
            if parameter.name not in hints or parameter.kind is parameter.VAR_KEYWORD:
                raise Unfitting(f"{parameter.name} has no type", "annotate it")
            read = self.kinds.parameter(hints[parameter.name])
            self.scope[parameter.name] = self._meaning(parameter.name, read)
        if self.subject is None and not self.about:
            raise Unfitting("it is about no object", "let the first parameter be an entity")
        return self.subject or Variable((), self.about)

    def _meaning(self, name: str, read: Parameters) -> Expression:
        if read.object_type is None:
            if read.kind is None and read.is_optional:
                raise Unfitting(f"{name} may be None", "let it always be given")
            argument = Argument(name, read.kind)
            self.parameters[name] = read.kind
            if read.python is not None:
                self.classes[argument] = read.python
            return argument
        if self.subject is None and not read.is_many and not read.is_optional:
            if self.about not in ("", read.object_type.name):
                found = f"{name} is {read.object_type.name}, and it is declared of {self.about}"
                raise Unfitting(found, f"annotate it {self.about}, or declare it of the other")
            self.subject = Variable((), read.object_type.name)
            return self.subject
        if self.subject is None:
            raise Unfitting(f"{name} comes first", "let the first parameter be one entity")
        return self._linked(name, read, read.object_type.name, self.subject)

    def _linked(self, name: str, read: Parameters, target: str, subject: Variable) -> Variable:
        links = {each.name: each for each in self.ontology.links_from(subject.type_name)}
        link = links.get(name)
        if link is None or link.target != target:
            fitting = [each.name for each in links.values() if each.target == target]
            raise Unfitting(
                f"{name} is no link from {subject.type_name} to {target}",
                f"call it {' or '.join(fitting)}" if fitting else "ask for what it is linked to",
            )
        wanted = {
            Cardinality.ONE: target,
            Cardinality.OPTIONAL: f"{target} | None",
            Cardinality.MANY: f"tuple[{target}, ...]",
        }
        leads = (link.cardinality is Cardinality.MANY, link.cardinality is Cardinality.OPTIONAL)
        if (read.is_many, read.is_optional) != leads:
            said = wanted[link.cardinality]
            raise Unfitting(f"{name} leads to {link.cardinality} {target}", f"annotate it {said}")
        return Linked((name,), target, read.is_optional, link=link, of=subject)
