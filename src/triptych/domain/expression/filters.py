"""Filters: conditions as names and values, in the same words on every way in.

`{"origin": "JFK", "delay.gt": timedelta(hours=1)}` in Python, `?origin=JFK&delay.gt=PT1H` over
HTTP, `--where delay.gt=PT1H` in the shell. A name is a property, a part of one, a property that
is computed, or one of what the object is linked to: `origin.name.contains`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from triptych.domain.errors import InvalidInput, Problem, UnknownName
from triptych.domain.expression.building import (
    BOOL,
    TEXT,
    Unfitting,
    among,
    both,
    compare,
    facts,
    is_condition,
    kind_of,
    missing,
    negated,
)
from triptych.domain.expression.condition import Condition
from triptych.domain.expression.names import Names, named_value
from triptych.domain.expression.nodes import Constant, Expression, Given
from triptych.domain.expression.reckoning import text_match
from triptych.domain.expression.vocabulary import Kind, Match, Operator, Place
from triptych.domain.ontology import (
    ObjectType,
)

_MATCHES = {each.value: each for each in Match}


@dataclass(frozen=True, slots=True)
class Asked:
    """One part of a filter without its value.

    Attributes:
        name: What is asked, such as `origin.name`.
        operator: How.
        size: How many values there are, rounded up, for `in`; whether it is to be so, for what
            is true or false.

    Example:
        ```python
        from triptych.domain.expression import Operator
        from triptych.domain.expression.filters import Asked

        assert Asked("delay", Operator.GT).key == "delay.gt"
        ```
    """

    name: str
    operator: Operator | Match
    size: int = 0

    @property
    def key(self) -> str:
        """How it is said."""
        return self.name if self.operator is Operator.EQ else f"{self.name}.{self.operator}"


@dataclass(frozen=True, slots=True)
class Template:
    """A filter without its values, which is the same for all values of one size.

    Attributes:
        condition: What it asks.
        kinds: What each part of the filter is to be given; `None` where nothing.
    """

    condition: Condition
    kinds: tuple[Kind | None, ...]

    def given(self, values: Sequence[Any]) -> Condition:
        """Returns the condition with its values, those of parts that are given nothing left out."""
        taken = [value for value, kind in zip(values, self.kinds, strict=True) if kind]
        of = self.condition
        return Condition(of.type_name, of.expression, tuple(taken), of.spelling)


def split_key(key: str) -> tuple[str, Operator | Match]:
    """Splits `delay.gt` into name and operator; `eq` where none is said.

    Example:
        ```python
        from triptych.domain.expression import Operator
        from triptych.domain.expression.filters import split_key

        assert split_key("delay.ge") == ("delay", Operator.GE)
        ```
    """
    name, dot, last = key.rpartition(".")
    if dot and last in Operator:
        return name, Operator(last)
    return (name, _MATCHES[last]) if dot and last in _MATCHES else (key, Operator.EQ)


def ask(key: str, value: Any) -> Asked:
    """Reads what a key of a filter asks, given its value.

    Raises:
        InvalidInput: `in` is not given several values.

    Example:
        ```python
        from triptych.domain.expression.filters import ask

        assert ask("origin.in", ["JFK", "LGA", "EWR"]).size == 4
        ```
    """
    name, operator = split_key(key)
    if value is None and operator in (Operator.EQ, Operator.NE):
        return Asked(name, Operator.MISSING, int(operator is Operator.EQ))
    if operator is Operator.IN:
        if not isinstance(value, tuple | list | set | frozenset):
            raise InvalidInput([Problem(key, f"{value!r:.60} are not several", "give a list")])
        return Asked(name, operator, _rounded(len(value)))
    return Asked(name, operator, int(value is True))


def _rounded(count: int) -> int:
    """Rounds up to a power of two, so that lists of like length share a statement."""
    return 1 << (count - 1).bit_length() if count else 0


def make_template(names: Names, of: ObjectType, parts: Sequence[Asked]) -> Template:
    """Makes a filter of its parts.

    Raises:
        InvalidInput: A name is unknown or cannot be asked so; all problems are told at once.

    Example:
        ```python
        from triptych import read_ontology
        from triptych.adapters.expression.reader import RuleReader
        from triptych.domain.expression.filters import ask, make_template

        rules = RuleReader(read_ontology("flights"))
        flight = rules.ontology.object_type("Flight")
        late = make_template(rules, flight, [ask("is_late", True), ask("origin.name", "Kennedy")])
        assert [kind.label if kind else None for kind in late.kinds] == [None, "str"]
        ```
    """
    problems: list[Problem] = []
    clauses: list[Expression] = []
    kinds: list[Kind | None] = []
    for each in parts:
        place = Place("filter", 1, 1, each.key)
        number = sum(kind is not None for kind in kinds)
        try:
            clause, kind = _clause(named_value(names, of, each.name), each, number, place)
        except UnknownName as error:
            problems.append(Problem(each.key, str(error)))
        except Unfitting as error:
            problems.append(Problem(each.key, error.found, error.mend))
        else:
            clauses.append(clause)
            kinds.append(kind)
    if problems:
        raise InvalidInput(problems)
    return Template(Condition(of.name, both(clauses)), tuple(kinds))


@dataclass(frozen=True, slots=True)
class _Part:
    """One part of a filter: what is asked of which value.

    Attributes:
        value: What is asked.
        given: What it is compared with.
        place: How it is said.
    """

    asked: Asked
    value: Expression
    given: Given
    place: Place

    @property
    def there(self) -> Expression:
        """Whether there is a value."""
        is_optional = kind_of(self.value).is_optional
        return negated(missing(self.value)) if is_optional else Constant(True, BOOL)

    def where_there(self, clause: Expression) -> Expression:
        """Asks for a value before it is compared."""
        return both([self.there, clause], self.place)


def _clause(
    value: Expression, asked: Asked, number: int, place: Place
) -> tuple[Expression, Kind | None]:
    """Writes one part of a filter; of which kind its value must be, unless none is taken."""
    one = replace(kind_of(value), is_optional=False, many=None)
    part = _Part(asked, value, Given(number, one, place=place), place)
    if isinstance(asked.operator, Match):
        return _matched(part, asked.operator)
    return _CLAUSES.get(asked.operator, _ordered)(part)


def _missing(of: _Part) -> tuple[Expression, None]:
    return negated(of.there, of.place) if of.asked.size else of.there, None


def _among(of: _Part) -> tuple[Expression, Kind]:
    if kind_of(of.value).many:
        raise Unfitting(f"{of.asked.name} holds several values", "ask what it contains")
    if not of.asked.size:
        return Constant(False, BOOL, place=of.place), of.given.kind
    return among(of.value, replace(of.given, size=of.asked.size), of.place), of.given.kind


def _equal(of: _Part) -> tuple[Expression, Kind | None]:
    operator = Operator(of.asked.operator)
    if is_condition(of.value):
        is_so = bool(of.asked.size) is (operator is Operator.EQ)
        return of.value if is_so else negated(of.value, of.place), None
    return compare(operator, of.value, of.given, place=of.place), of.given.kind


def _ordered(of: _Part) -> tuple[Expression, Kind]:
    known = facts(of.there, holds=True)
    compared = compare(Operator(of.asked.operator), of.value, of.given, known, of.place)
    return of.where_there(compared), of.given.kind


def _matched(of: _Part, match: Match) -> tuple[Expression, Kind]:
    """Asks what a text holds, or whether a value is one of several that are stored."""
    if kind_of(of.value).many and match is Match.CONTAINS:
        return of.where_there(among(of.given, of.value, of.place)), of.given.kind
    known, text = facts(of.there, holds=True), replace(of.given, kind=TEXT)
    return of.where_there(text_match(match, of.value, text, known, of.place)), TEXT


_CLAUSES: dict[Operator, Callable[[_Part], tuple[Expression, Kind | None]]] = {
    Operator.MISSING: _missing,
    Operator.IN: _among,
    Operator.EQ: _equal,
    Operator.NE: _equal,
}
