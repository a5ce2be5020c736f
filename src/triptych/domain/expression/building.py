"""Putting expressions together, each checked against the types of its parts.

Both readers build by these functions, that of Python's source and that of JSON, so that the same
things are refused in the same words.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from triptych.domain.expression.nodes import (
    All,
    Among,
    Argument,
    Asked,
    Bin,
    Choose,
    Compare,
    Constant,
    Count,
    Either,
    Expression,
    Extract,
    Given,
    Item,
    Length,
    Missing,
    Not,
    Period,
    Reckon,
    TextChange,
    Value,
    Variable,
)
from triptych.domain.expression.vocabulary import Kind, Operator, Part, Place, Unit
from triptych.domain.ontology import Enumeration, Identifier, Scalar, ScalarKind

type Known = frozenset[Expression]


class Unfitting(Exception):
    """Expressions that cannot be put together.

    Attributes:
        found: What does not fit.
        mend: One way to say it.
    """

    def __init__(self, found: str, mend: str) -> None:
        self.found, self.mend = found, mend
        super().__init__(f"{found}; {mend}")


BOOL, TEXT = Kind(Scalar(ScalarKind.BOOL)), Kind(Scalar(ScalarKind.STR))
ALWAYS, NEVER = Constant(True, BOOL), Constant(False, BOOL)
INT, FLOAT = Kind(Scalar(ScalarKind.INT)), Kind(Scalar(ScalarKind.FLOAT))
_K = ScalarKind
_ALWAYS = {TextChange: TEXT, Extract: INT, Length: INT, Count: INT}
_NUMBERS = {_K.INT, _K.FLOAT, _K.DECIMAL}
_LISTED = {_K.STR, _K.INT, _K.UUID, _K.DATE, _K.BOOL}
_LARGEST_EXACT = 2**53


def kind_of(of: Expression) -> Kind:
    """Returns what an expression gives.

    Raises:
        Unfitting: It is an object, not a value.

    Example:
        ```python
        from triptych.domain.expression.building import INT, kind_of
        from triptych.domain.expression.nodes import Constant

        assert kind_of(Constant(3, INT)) == INT
        ```
    """
    match of:
        case Constant() | Value() | Item() | Given() | Reckon():
            return of.kind
        case Argument(kind=Kind() as kind) | Asked(kind=Kind() as kind):
            return kind
        case Choose(then=inner) | Bin(of=inner):
            return kind_of(inner)
        case Extract(part=Part.TOTAL_SECONDS):
            return FLOAT
        case Period():
            begins = _K.DATETIME if of.unit is Unit.HOUR else _K.DATE
            return Kind(Scalar(begins), kind_of(of.of).is_optional)
        case Variable() | Argument() | Asked():
            raise Unfitting("an object is no value", "ask for one of its attributes")
    return _ALWAYS.get(type(of), BOOL)


def is_condition(of: Expression) -> bool:
    """Tells whether an expression is either true or false.

    Example:
        ```python
        from triptych.domain.expression.building import INT, is_condition
        from triptych.domain.expression.nodes import Constant

        assert not is_condition(Constant(3, INT))
        ```
    """
    try:
        kind = kind_of(of)
    except Unfitting:
        return False
    return kind == replace(BOOL, type=kind.type) and kind.scalar is ScalarKind.BOOL


def clause(of: Expression, known: Known = frozenset()) -> Expression:
    """Checks that an expression can be a clause.

    Raises:
        Unfitting: It is a value whose truth would have to be guessed.
    """
    is_sure = of in known and kind_of(of) == replace(kind_of(of), type=BOOL.type, many=None)
    if not is_condition(of) and not is_sure:
        raise Unfitting(
            f"{said(of)} is no condition",
            "say what is meant, such as `is not None`, `!= 0` or `len(...) > 0`",
        )
    return of


def both(clauses: list[Expression], place: Place | None = None) -> Expression:
    """Joins clauses that must all hold, leaving out those that always do.

    Example:
        ```python
        from triptych.domain.expression.building import BOOL, both
        from triptych.domain.expression.nodes import Constant

        assert both([Constant(True, BOOL)]) == Constant(True, BOOL)
        ```
    """
    flat = [
        part for each in clauses for part in (each.clauses if isinstance(each, All) else [each])
    ]
    kept = [each for each in flat if not _is_constant(each, True)]
    if any(_is_constant(each, False) for each in kept):
        return Constant(False, BOOL, place=place)
    if not kept:
        return Constant(True, BOOL, place=place)
    return kept[0] if len(kept) == 1 else All(tuple(kept), place=place)


def either(clauses: list[Expression], place: Place | None = None) -> Expression:
    """Joins clauses of which one must hold, leaving out those that never do.

    Example:
        ```python
        from triptych.domain.expression.building import BOOL, either
        from triptych.domain.expression.nodes import Constant

        assert either([Constant(False, BOOL)]) == Constant(False, BOOL)
        ```
    """
    flat = [
        part for each in clauses for part in (each.clauses if isinstance(each, Either) else [each])
    ]
    kept = [each for each in flat if not _is_constant(each, False)]
    if any(_is_constant(each, True) for each in kept):
        return Constant(True, BOOL, place=place)
    if not kept:
        return Constant(False, BOOL, place=place)
    return kept[0] if len(kept) == 1 else Either(tuple(kept), place=place)


def negated(of: Expression, place: Place | None = None) -> Expression:
    """Turns a clause round.

    Example:
        ```python
        from triptych.domain.expression.building import BOOL, negated
        from triptych.domain.expression.nodes import Constant

        assert negated(Constant(False, BOOL)) == Constant(True, BOOL)
        ```
    """
    if isinstance(of, Not):
        return of.clause
    if isinstance(of, Constant):
        return Constant(not of.value, BOOL, place=place)
    return Not(of, place=place)


def _is_constant(of: Expression, value: bool) -> bool:
    return isinstance(of, Constant) and of.value is value


def choose(
    decides: Expression, then: Expression, otherwise: Expression, place: Place | None = None
) -> Expression:
    """Takes one of two expressions; of two clauses it makes a clause.

    Raises:
        Unfitting: The two give different things, or one may give nothing.
    """
    if is_condition(then) and is_condition(otherwise):
        return _chosen_clause(decides, then, otherwise, place)
    then, otherwise = _alike(then, otherwise)
    for each in (then, otherwise):
        if kind_of(each).is_optional or kind_of(each).many:
            raise Unfitting(
                f"{said(each)} may give nothing", "choose between values that are there"
            )
    return Choose(decides, then, otherwise, place=place)


def _chosen_clause(
    decides: Expression, then: Expression, otherwise: Expression, place: Place | None
) -> Expression:
    """Says `a if c else b` by `and` and `or` where one of the two is constant."""
    turned = negated(decides, decides.place)
    if isinstance(then, Constant):
        return (
            either([decides, otherwise], place) if then.value else both([turned, otherwise], place)
        )
    if isinstance(otherwise, Constant):
        return either([turned, then], place) if otherwise.value else both([decides, then], place)
    return Choose(decides, then, otherwise, place=place)


def missing(of: Expression, place: Place | None = None) -> Expression:
    """Asks whether there is nothing.

    Raises:
        Unfitting: There is always something.
    """
    if isinstance(of, Variable):
        return Missing(of, place=place) if of.is_optional else Constant(False, BOOL, place=place)
    if kind_of(of).is_optional:
        return Missing(of, place=place)
    if isinstance(of, Value | Item | Constant | Argument | Given):
        return Constant(False, BOOL, place=place)
    raise Unfitting(f"{said(of)} is never None", "leave the question out")


def present(of: Expression, known: Known) -> Expression:
    """Checks that a value is there for sure.

    Raises:
        Unfitting: It may be missing, and nothing before it says that it is not.
    """
    if kind_of(of).is_optional and of not in known:
        raise Unfitting(
            f"{said(of)} may be None, where Python would raise",
            f"ask first: `{said(of)} is not None and ...`",
        )
    return of


def compare(
    operator: Operator,
    left: Expression,
    right: Expression,
    known: Known = frozenset(),
    place: Place | None = None,
) -> Expression:
    """Compares two values.

    Raises:
        Unfitting: Their types cannot be compared, or an order is asked of what may be missing.

    Example:
        ```python
        from triptych.domain.expression.building import INT, compare
        from triptych.domain.expression.nodes import Argument, Compare, Constant
        from triptych.domain.expression import Operator

        asked = compare(Operator.GT, Argument("count", INT), Constant(3, INT))
        assert isinstance(asked, Compare)
        ```
    """
    left, right = _alike(left, right)
    if kind_of(left).many or kind_of(right).many or kind_of(left).scalar is None:
        raise Unfitting(f"{said(left)} is not one plain value", "compare its parts, or its length")
    if operator is Operator.NE:
        return Not(Compare(Operator.EQ, left, right, place=place), place=place)
    if operator is not Operator.EQ:
        for each in (left, right):
            present(each, known)
        if kind_of(left).scalar is ScalarKind.BOOL or isinstance(kind_of(left).type, Enumeration):
            raise Unfitting(f"{said(left)} has no order", "compare with == or in")
    return Compare(operator, left, right, place=place)


def _alike(left: Expression, right: Expression) -> tuple[Expression, Expression]:
    """Brings two values to types that can be compared."""
    one, other = kind_of(left), kind_of(right)
    if {one.scalar, other.scalar} <= _NUMBERS and one.scalar is not other.scalar:
        return _number(left, other), _number(right, one)
    is_same = one.scalar is other.scalar
    if isinstance(one.type, Identifier) and isinstance(other.type, Identifier):
        is_same = one.type.target == other.type.target
    elif isinstance(one.type, Enumeration) or isinstance(other.type, Enumeration):
        is_same = one.type == other.type
    if not is_same:
        raise Unfitting(
            f"{said(left)} is {a_kind(one)}, {said(right)} is {a_kind(other)}",
            "compare values of one type",
        )
    return left, right


def _number(of: Expression, other: Kind) -> Expression:
    """Writes a whole constant as the kind of number that it stands next to."""
    kinds = {kind_of(of).scalar, other.scalar}
    if kinds == {_K.FLOAT, _K.DECIMAL}:
        raise Unfitting(f"{said(of)} mixes float and Decimal", "make both of one kind")
    if not isinstance(of, Constant) or kind_of(of).scalar is not _K.INT or of.value is None:
        return of
    if other.scalar is _K.DECIMAL:
        return replace(of, value=_each(of.value, Decimal), kind=replace(of.kind, type=other.type))
    sizes = of.value if isinstance(of.value, tuple) else (of.value,)
    if any(abs(size) > _LARGEST_EXACT for size in sizes):
        raise Unfitting(f"{said(of)} is no exact float", "compare whole numbers with whole numbers")
    return replace(of, value=_each(of.value, float), kind=replace(of.kind, type=FLOAT.type))


def _each(value: Any, convert: Callable[[Any], Any]) -> Any:
    return tuple(map(convert, value)) if isinstance(value, tuple) else convert(value)


def among(item: Expression, values: Expression, place: Place | None = None) -> Expression:
    """Asks whether a value is one of several.

    Raises:
        Unfitting: The types differ, or the several are not plain values.
    """
    if kind_of(values).scalar is None:
        raise Unfitting(f"{said(values)} holds value objects", "ask for one of their parts")
    if isinstance(values, Constant) and not values.value:
        return Constant(False, BOOL, place=place)
    if isinstance(values, Value):
        check_items(values)
    one = replace(kind_of(values), many=None, is_optional=False)
    stand_in = Given(0, one, place=values.place)
    item, _ = _alike(item, stand_in if not isinstance(values, Constant) else values)
    if isinstance(values, Constant):
        values = _alike(item, values)[1]
    return Among(item, values, place=place)


def check_items(of: Value) -> None:
    """Checks that stored values can be asked for one by one.

    Raises:
        Unfitting: They are written in a way that does not tell equal ones.
    """
    if kind_of(of).scalar not in _LISTED:
        raise Unfitting(
            f"{said(of)} holds {a_kind(kind_of(of))}",
            "texts, whole numbers, UUIDs, dates, bools and enums can be asked for one by one",
        )


def facts(of: Expression, *, holds: bool) -> Known:
    """Returns what is known to be there where a clause holds, or where it does not.

    Example:
        ```python
        from triptych.domain.expression.building import BOOL, facts
        from triptych.domain.expression.nodes import Constant

        assert facts(Constant(True, BOOL), holds=True) == frozenset()
        ```
    """
    match of:
        case Not():
            return facts(of.clause, holds=not holds)
        case Missing() if not holds:
            return frozenset({of.of})
        case All() if holds:
            return frozenset().union(*(facts(each, holds=True) for each in of.clauses))
        case Either() if not holds:
            return frozenset().union(*(facts(each, holds=False) for each in of.clauses))
    return frozenset()


def said(of: Expression) -> str:
    """Returns an expression as it was written."""
    if of.place:
        return of.place.text
    if isinstance(of, Value):
        return str(of.path)
    return str(of.value) if isinstance(of, Constant) else "it"


def a_kind(kind: Kind) -> str:
    """Returns a kind with its article."""
    return f"{'an' if kind.label[0].lower() in 'aeiou' else 'a'} {kind.label}"
