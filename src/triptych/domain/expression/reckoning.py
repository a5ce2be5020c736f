"""Expressions that make one value of others: sums, parts of dates, texts."""

from __future__ import annotations

from triptych.domain.expression.building import Known, Unfitting, a_kind, kind_of, present, said
from triptych.domain.expression.nodes import (
    Expression,
    Extract,
    Length,
    Matches,
    Reckon,
    TextChange,
    TextMatch,
    Variable,
)
from triptych.domain.expression.vocabulary import Change, Kind, Match, Part, Place, Sign
from triptych.domain.ontology import Enumeration, Scalar, ScalarKind

_K = ScalarKind


def text_match(
    match: Match, text: Expression, part: Expression, known: Known, place: Place | None = None
) -> Expression:
    """Asks whether a text holds another.

    Raises:
        Unfitting: One of the two is no text, or may be missing.

    Example:
        ```python
        from triptych.domain.expression.building import TEXT, kind_of
        from triptych.domain.expression.nodes import Argument
        from triptych.domain.expression.reckoning import text_match
        from triptych.domain.expression.vocabulary import Match

        name = Argument("name", TEXT)
        asked = text_match(Match.STARTS, name, name, frozenset())
        assert kind_of(asked).label == "bool"
        ```
    """
    for each in (text, part):
        _check_text(present(each, known))
    return TextMatch(match, text, part, place=place)


def matches(of: Variable, words: Expression, place: Place | None = None) -> Expression:
    """Asks whether the texts of an object that are searched have all of some words.

    Raises:
        Unfitting: The words are no text.

    Example:
        ```python
        from triptych.domain.expression.building import TEXT, kind_of
        from triptych.domain.expression.nodes import Argument, Variable
        from triptych.domain.expression.reckoning import matches

        asked = matches(Variable((), "Airport"), Argument("words", TEXT))
        assert kind_of(asked).label == "bool"
        ```
    """
    _check_text(present(words, frozenset()))
    return Matches(of, words, place=place)


def text_change(
    change: Change, text: Expression, known: Known, place: Place | None = None
) -> Expression:
    """Makes a text of another.

    Raises:
        Unfitting: It is no text, or may be missing.

    Example:
        ```python
        from triptych.domain.expression.building import TEXT, kind_of
        from triptych.domain.expression.nodes import Argument
        from triptych.domain.expression.reckoning import text_change
        from triptych.domain.expression.vocabulary import Change

        name = Argument("name", TEXT)
        assert kind_of(text_change(Change.LOWER, name, frozenset())) == TEXT
        ```
    """
    _check_text(present(text, known))
    return TextChange(change, text, place=place)


def _check_text(of: Expression) -> None:
    kind = kind_of(of)
    if kind.scalar is not _K.STR or kind.many or isinstance(kind.type, Enumeration):
        raise Unfitting(f"{said(of)} is {a_kind(kind)}, not a text", "ask it of a text")


def length(of: Expression, known: Known, place: Place | None = None) -> Expression:
    """Measures a text, or several values.

    Raises:
        Unfitting: It has no length, or may be missing.

    Example:
        ```python
        from triptych.domain.expression.building import INT, TEXT, kind_of
        from triptych.domain.expression.nodes import Argument
        from triptych.domain.expression.reckoning import length

        assert kind_of(length(Argument("name", TEXT), frozenset())) == INT
        ```
    """
    if not kind_of(present(of, known)).many:
        _check_text(of)
    return Length(of, place=place)


_PARTS = {
    _K.DATE: {Part.YEAR, Part.MONTH, Part.DAY},
    _K.DATETIME: set(Part) - {Part.TOTAL_SECONDS},
    _K.TIME: {Part.HOUR, Part.MINUTE, Part.SECOND},
    _K.TIMEDELTA: {Part.TOTAL_SECONDS},
}


def extract(part: str, of: Expression, known: Known, place: Place | None = None) -> Expression:
    """Takes a part of a date, an instant or a duration.

    Raises:
        Unfitting: It has no such part, or may be missing.
    """
    kind = kind_of(present(of, known))
    parts = _PARTS.get(kind.scalar, set()) if kind.scalar else set()
    if kind.many or part not in parts:
        names = ", ".join(sorted(parts)) or "no parts"
        raise Unfitting(f"{said(of)}, {a_kind(kind)}, has no {part} to ask for", f"it has {names}")
    return Extract(Part(part), of, place=place)


_SUMS: dict[tuple[ScalarKind, Sign, ScalarKind], ScalarKind] = {
    **{
        (one, sign, other): _K.FLOAT
        for one in (_K.INT, _K.FLOAT)
        for other in (_K.INT, _K.FLOAT)
        for sign in (Sign.ADD, Sign.SUBTRACT, Sign.MULTIPLY, Sign.DIVIDE)
    },
    **{
        (_K.INT, sign, _K.INT): _K.INT
        for sign in (Sign.ADD, Sign.SUBTRACT, Sign.MULTIPLY, Sign.FLOOR, Sign.REST)
    },
    **{
        (one, sign, other): _K.DECIMAL
        for one, other in ((_K.DECIMAL, _K.DECIMAL), (_K.INT, _K.DECIMAL), (_K.DECIMAL, _K.INT))
        for sign in (Sign.ADD, Sign.SUBTRACT, Sign.MULTIPLY)
    },
    **{
        (kind, sign, _K.TIMEDELTA): kind
        for kind in (_K.DATETIME, _K.DATE, _K.TIMEDELTA)
        for sign in (Sign.ADD, Sign.SUBTRACT)
    },
    (_K.TIMEDELTA, Sign.ADD, _K.DATETIME): _K.DATETIME,
    (_K.TIMEDELTA, Sign.ADD, _K.DATE): _K.DATE,
    (_K.DATETIME, Sign.SUBTRACT, _K.DATETIME): _K.TIMEDELTA,
    (_K.DATE, Sign.SUBTRACT, _K.DATE): _K.TIMEDELTA,
    (_K.TIMEDELTA, Sign.MULTIPLY, _K.INT): _K.TIMEDELTA,
    (_K.INT, Sign.MULTIPLY, _K.TIMEDELTA): _K.TIMEDELTA,
    (_K.TIMEDELTA, Sign.DIVIDE, _K.TIMEDELTA): _K.FLOAT,
}


def reckon(
    sign: Sign, left: Expression, right: Expression, known: Known, place: Place | None = None
) -> Expression:
    """Adds, subtracts, multiplies or divides.

    Raises:
        Unfitting: The two cannot be reckoned with exactly, or one may be missing.

    Example:
        ```python
        from triptych.domain.expression.building import INT, kind_of
        from triptych.domain.expression.nodes import Argument
        from triptych.domain.expression.vocabulary import Sign
        from triptych.domain.expression.reckoning import reckon

        count = Argument("count", INT)
        assert kind_of(reckon(Sign.ADD, count, count, frozenset())) == INT
        ```
    """
    kinds = [kind_of(present(each, known)) for each in (left, right)]
    one, other = kinds[0].scalar, kinds[1].scalar
    is_plain = all(isinstance(each.type, Scalar) and not each.many for each in kinds)
    given = _SUMS.get((one, sign, other)) if is_plain and one and other else None
    if given is None:
        raise Unfitting(
            f"{said(left)} {sign} {said(right)} is {a_kind(kinds[0])} {sign} {a_kind(kinds[1])}",
            "numbers, Decimals, dates and durations can be added, subtracted and multiplied; "
            "whole numbers and floats divided, Decimals not, as that would round",
        )
    return Reckon(sign, left, right, Kind(Scalar(given)), place=place)
