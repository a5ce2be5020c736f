"""Conditions ready for use: rules with their arguments, joined and turned round."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from triptych.domain.errors import InvalidInput, Problem
from triptych.domain.expression.building import (
    BOOL,
    both,
    choose,
    either,
    kind_of,
    missing,
    negated,
)
from triptych.domain.expression.evaluation import World, evaluate
from triptych.domain.expression.nodes import (
    All,
    Among,
    Argument,
    Asked,
    Choose,
    Compare,
    Constant,
    Either,
    Exists,
    Expression,
    Given,
    Item,
    Not,
    Value,
    Variable,
    field_names,
    walk,
)
from triptych.domain.expression.spelling import spell
from triptych.domain.expression.vocabulary import Kind, Operator


class Criterion:
    """What objects are picked out by: a rule with its arguments, or several of them joined.

    `&` asks for both, `|` for one of the two, `~` for the contrary.
    """

    __slots__ = ()

    def __and__(self, other: Criterion) -> Criterion:
        return Joined(both, (self, other))

    def __or__(self, other: Criterion) -> Criterion:
        return Joined(either, (self, other))

    def __invert__(self) -> Criterion:
        return Joined(lambda parts: negated(parts[0]), (self,))


type Where = Mapping[str, Any] | Callable[..., bool] | Criterion

EVERYTHING: Where = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class RuleUse(Criterion):
    """A rule with its arguments.

    Attributes:
        function: The rule.
        arguments: By name.
    """

    function: Callable[..., bool]
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Joined(Criterion):
    """Criteria that are joined, or one that is turned round."""

    join: Callable[[list[Expression]], Expression]
    parts: tuple[Criterion, ...]


def rule(function: Callable[..., bool], /, **arguments: Any) -> Criterion:
    """Uses a rule, so that it can be joined with others by `&`, `|` and `~`.

    Args:
        function: A rule of the domain.
        arguments: What its parameters are given, beside objects.

    Example:
        ```python
        from datetime import timedelta

        from flights.domain.rules import has_not_left, is_later_than
        from triptych import rule

        stuck = rule(has_not_left) & ~rule(is_later_than, limit=timedelta(hours=1))
        assert stuck == stuck
        ```
    """
    return RuleUse(function, MappingProxyType(arguments))


@dataclass(frozen=True, slots=True)
class Condition(Criterion):
    """An expression whose arguments are given: of one shape for all values of one size.

    Attributes:
        type_name: The object type that it is about.
        expression: With `Given` in the place of everything that is known.
        given: The values, by number.
        spelling: The expression as text, the same for all of one shape; derived where it is
            not known.
    """

    type_name: str
    expression: Expression = field(default_factory=lambda: Constant(True, BOOL))
    given: tuple[Any, ...] = ()
    spelling: str = field(default="", compare=False, repr=False)

    def __post_init__(self) -> None:
        if not self.spelling:
            object.__setattr__(self, "spelling", spell(self.expression))


@dataclass(frozen=True, slots=True)
class Understood:
    """A rule that was read.

    Attributes:
        name: The function's.
        type_name: The object type that it is about.
        expression: What it says.
        parameters: What its arguments must be; `None` for an object.
        description: Its docstring's summary.
    """

    name: str
    type_name: str
    expression: Expression
    parameters: Mapping[str, Kind | None]
    description: str = ""


def conclude(
    criterion: Criterion, understand: Callable[[Callable[..., bool]], Understood]
) -> Condition:
    """Makes one condition of a criterion.

    Args:
        criterion: Rules with their arguments, joined.
        understand: Reads a rule.

    Raises:
        InvalidInput: Arguments are missing, unknown or of another type, or the rules are
            about different object types.
    """
    if isinstance(criterion, Condition):
        return criterion
    if isinstance(criterion, RuleUse):
        return give(understand(criterion.function), criterion.arguments)
    if not isinstance(criterion, Joined):
        raise InvalidInput(
            [Problem("rule", f"{criterion!r:.60} is no rule", "make it by rule(...)")]
        )
    parts = [conclude(each, understand) for each in criterion.parts]
    names = {each.type_name for each in parts}
    if len(names) > 1:
        found = f"the rules are about {' and '.join(sorted(names))}"
        raise InvalidInput([Problem("rule", found, "join rules about one object type")])
    return join_conditions(criterion.join, parts)


def join_conditions(
    join: Callable[[list[Expression]], Expression], conditions: Sequence[Condition]
) -> Condition:
    """Joins conditions about one object type.

    Example:
        ```python
        from triptych.domain.expression import Condition, join_conditions
        from triptych.domain.expression.building import both

        joined = join_conditions(both, [Condition("Flight"), Condition("Flight")])
        assert joined.type_name == "Flight"
        ```
    """
    expressions, given = side_by_side(conditions)
    return Condition(conditions[0].type_name, join(expressions), given)


def side_by_side(conditions: Sequence[Condition]) -> tuple[list[Expression], tuple[Any, ...]]:
    """Returns the expressions of conditions, and all that they are given, numbered together.

    Example:
        ```python
        from triptych.domain.expression import Condition
        from triptych.domain.expression.building import INT
        from triptych.domain.expression.condition import side_by_side
        from triptych.domain.expression.nodes import Given

        one = Condition("Flight", Given(0, INT), (7,))
        assert side_by_side([one, one]) == ([Given(0, INT), Given(1, INT)], (7, 7))
        ```
    """
    expressions: list[Expression] = []
    given: tuple[Any, ...] = ()
    for each in conditions:
        expressions.append(_renumbered(each.expression, len(given)))
        given = (*given, *each.given)
    return expressions, given


def give(of: Understood, arguments: Mapping[str, Any]) -> Condition:
    """Gives a rule its arguments.

    Raises:
        InvalidInput: Some are missing, unknown or of another type; all of it is told.
    """
    check_arguments(of, arguments)
    giver = _Giver(World(arguments=arguments))
    return Condition(of.type_name, giver.given(of.expression), tuple(giver.values))


def check_arguments(of: Understood, arguments: Mapping[str, Any]) -> None:
    """Checks the arguments of a rule.

    Raises:
        InvalidInput: Some are missing, unknown or of another type; all of it is told.
    """
    problems = list(_argument_problems(of, arguments))
    if problems:
        raise InvalidInput(problems)


def _argument_problems(of: Understood, arguments: Mapping[str, Any]) -> Iterator[Problem]:
    for name in arguments.keys() - of.parameters.keys():
        known = ", ".join(of.parameters) or "none"
        yield Problem(name, f"{of.name} has no parameter {name}", f"it has {known}")
    for name, kind in of.parameters.items():
        label = kind.label if kind else name
        if name not in arguments:
            yield Problem(name, f"{of.name} needs it", f"give a {label}")
        elif kind and not _is_of(arguments[name], kind):
            yield Problem(name, f"{arguments[name]!r:.60} is not a {label}")


def _is_of(value: Any, kind: Kind) -> bool:
    if value is None:
        return kind.is_optional
    if kind.many:
        return isinstance(value, tuple | list | frozenset | set)
    return True


def _renumbered(of: Expression, offset: int) -> Expression:
    if not offset:
        return of
    if isinstance(of, Variable):
        return of
    if isinstance(of, Given):
        return replace(of, number=of.number + offset)
    return rebuilt(of, lambda each: _renumbered(each, offset))


def rebuilt(of: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """Changes the parts of an expression; those that stay as they are cost nothing.

    Example:
        ```python
        from triptych.domain.expression.building import BOOL
        from triptych.domain.expression.condition import rebuilt
        from triptych.domain.expression.nodes import Constant, Not

        turned = rebuilt(Not(Constant(True, BOOL)), lambda each: Constant(False, BOOL))
        assert turned == Not(Constant(False, BOOL))
        ```
    """
    changed: dict[str, Any] = {}
    for name in field_names(type(of)):
        value = getattr(of, name)
        new: Any = value
        if isinstance(value, Expression):
            new = change(value)
        elif isinstance(value, tuple):
            new = _rebuilt_parts(value, change)
        if new is not value:
            changed[name] = new
    return replace(of, **changed) if changed else of


def _rebuilt_parts(
    parts: tuple[Any, ...], change: Callable[[Expression], Expression]
) -> tuple[Any, ...]:
    news = tuple(change(each) if isinstance(each, Expression) else each for each in parts)
    is_same = all(new is old for new, old in zip(news, parts, strict=True))
    return parts if is_same else news


@dataclass(slots=True)
class _Giver:
    """Puts values in the place of all that depends on arguments alone."""

    world: World
    values: list[Any] = field(default_factory=list)

    def given(self, of: Expression) -> Expression:
        if isinstance(of, Constant | Variable | Item):
            return of
        if isinstance(of, Argument | Asked) or _is_known(of):
            return self._known(of)
        if isinstance(of, All | Either):
            return self._joined(of)
        if isinstance(of, Choose):
            return self._chosen(of)
        return _simplified(rebuilt(of, self.given))

    def _chosen(self, of: Choose) -> Expression:
        """Takes the one that is decided for; the other is not even worked out."""
        decides = self.given(of.clause)
        if isinstance(decides, Constant):
            return self.given(of.then if decides.value else of.otherwise)
        return choose(decides, self.given(of.then), self.given(of.otherwise), of.place)

    def _joined(self, of: All | Either) -> Expression:
        """Asks clause by clause, as Python does: what is decided guards what comes after."""
        clauses: list[Expression] = []
        for each in of.clauses:
            clauses.append(self.given(each))
            last = clauses[-1]
            if isinstance(last, Constant) and last.value is isinstance(of, Either):
                return last
        return (both if isinstance(of, All) else either)(clauses, of.place)

    def _known(self, of: Expression) -> Expression:
        kind = kind_of(of)
        value = evaluate(of, self.world)
        if value is None or value is True or value is False:
            return Constant(value, replace(kind, is_optional=value is None), place=of.place)
        size = 0
        if kind.many:
            value = tuple(value)
            if not value:
                return Constant((), kind, place=of.place)
            size = 1 << (len(value) - 1).bit_length()
        self.values.append(value)
        sure = replace(kind, is_optional=False)
        return Given(len(self.values) - 1, sure, size, place=of.place)


def _simplified(of: Expression) -> Expression:
    """Leaves out what is decided by now."""
    match of:
        case Not():
            return negated(of.clause, of.place)
        case Among(values=Constant(value=())) | Exists(clause=Constant(value=False)):
            return Constant(False, BOOL, place=of.place)
        case Compare(operator=Operator.EQ):
            return _without_nothing(of)
    return of


def _without_nothing(of: Compare) -> Expression:
    """Asks whether a value is missing, where it is compared with nothing."""
    for one, other in ((of.left, of.right), (of.right, of.left)):
        if isinstance(one, Constant) and one.value is None:
            is_sure = not kind_of(other).is_optional
            return Constant(False, BOOL, place=of.place) if is_sure else missing(other, of.place)
    return of


def _is_known(of: Expression) -> bool:
    """Tells whether an expression depends on arguments, and on nothing else."""
    is_given = False
    for each in walk(of):
        if isinstance(each, Variable | Value | Item | Given):
            return False
        is_given = is_given or isinstance(each, Argument)
    return is_given
