"""An expression as a sentence: for documents, forms and refusals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from enum import Enum
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
    Exists,
    Expression,
    Extract,
    Given,
    Item,
    Length,
    Linked,
    Matches,
    Missing,
    Not,
    Period,
    Reckon,
    TextChange,
    TextMatch,
    Value,
    Variable,
)
from triptych.domain.expression.vocabulary import Match, Operator

_COMPARED = {
    Operator.EQ: ("is", "is not"),
    Operator.LT: ("is less than", "is at least"),
    Operator.LE: ("is at most", "is more than"),
    Operator.GT: ("is more than", "is at most"),
    Operator.GE: ("is at least", "is less than"),
}
_MATCHED = {
    Match.CONTAINS: ("contains", "does not contain"),
    Match.STARTS: ("starts with", "does not start with"),
    Match.ENDS: ("ends with", "does not end with"),
}


def render(of: Expression) -> str:
    """Writes an expression as part of a sentence.

    Example:
        ```python
        from flights.domain.rules import is_later_than
        from triptych import read_ontology
        from triptych.adapters.expression.reader import RuleReader
        from triptych.services.expression import render

        rule = RuleReader(read_ontology("flights")).understand(is_later_than)
        assert render(rule.expression) == "delay is more than 0:15:00 and delay is more than limit"
        ```
    """
    return _clause(of, True) if type(of) in _CLAUSES else _words(of)


def _clause(of: Expression, holds: bool) -> str:
    write = _CLAUSES.get(type(of))
    if write is not None:
        return write(of, holds)
    return _words(of) if holds else f"not {_words(of)}"


def _words(of: Expression) -> str:
    write = _VALUES.get(type(of))
    return write(of) if write is not None else f"whether {_clause(of, True)}"


def _joined(of: All | Either, holds: bool) -> str:
    is_and = isinstance(of, All) is holds
    parts = [
        f"({text})" if isinstance(each, All | Either | Choose) else text
        for each in of.clauses
        for text in [_clause(each, holds)]
    ]
    return (" and " if is_and else " or ").join(parts)


def _compared(of: Compare, holds: bool) -> str:
    return f"{_words(of.left)} {_COMPARED[of.operator][not holds]} {_words(of.right)}"


def _matched(of: TextMatch, holds: bool) -> str:
    return f"{_words(of.text)} {_MATCHED[of.match][not holds]} {_words(of.part)}"


def _spoken(of: Matches, holds: bool) -> str:
    return f"{_variable(of.of)} {'speaks' if holds else 'does not speak'} of {_words(of.words)}"


def _missing(of: Missing, holds: bool) -> str:
    return f"there is {'no' if holds else 'a'} {_words(of.of)}"


def _among(of: Among, holds: bool) -> str:
    return f"{_words(of.item)} is {'' if holds else 'not '}{_listed(of.values)}"


def _listed(of: Expression) -> str:
    if isinstance(of, Constant):
        *first, last = [value_text(each) for each in of.value]
        return f"{', '.join(first)} or {last}" if first else last
    return f"one of {_words(of)}"


def _exists(of: Exists, holds: bool) -> str:
    some = "one" if holds else "none"
    return f"of {_words(of.among)}, {some} is such that {_clause(of.clause, True)}"


def _chosen(of: Choose, holds: bool) -> str:
    then, otherwise = _clause(of.then, holds), _clause(of.otherwise, holds)
    return f"{then} where {_clause(of.clause, True)}, else {otherwise}"


def value_text(value: Any) -> str:
    """Writes a value as people read it.

    Example:
        ```python
        from triptych.services.expression.rendering import value_text

        assert value_text("JFK") == "'JFK'"
        ```
    """
    if isinstance(value, Enum):
        return value.name.lower().replace("_", " ")
    if isinstance(value, datetime | date | timedelta):
        return str(value)
    if isinstance(value, tuple | frozenset | list):
        return ", ".join(value_text(each) for each in value) or "nothing"
    return "nothing" if value is None else repr(value)


def _variable(of: Variable) -> str:
    return of.path[-1].rstrip("0123456789").replace("_", " ") if of.path else "it"


def _stored(of: Value) -> str:
    names = [each.replace("_", " ") for each in of.path.names]
    owner = [_variable(of.of)] if of.of.path else []
    return "'s ".join([*owner, *names])


def _asked(of: Asked) -> str:
    if not of.inputs:
        return f"{_words(of.of)}'s {of.name.replace('_', ' ')}"
    # As it is written: a method may be called anything.
    return f"{_words(of.of)}.{of.name}({', '.join(map(_input, of.inputs))})"


def _input(of: Expression) -> str:
    """Writes what a method is given; a type by its name."""
    named = getattr(of.value, "__name__", None) if isinstance(of, Constant) else None
    return named or _words(of)


_CLAUSES: dict[type, Callable[[Any, bool], str]] = {
    All: _joined,
    Either: _joined,
    Not: lambda of, holds: _clause(of.clause, not holds),
    Compare: _compared,
    TextMatch: _matched,
    Matches: _spoken,
    Missing: _missing,
    Among: _among,
    Exists: _exists,
    Choose: _chosen,
}
_VALUES: dict[type, Callable[[Any], str]] = {
    Constant: lambda of: value_text(of.value),
    Argument: lambda of: of.name.replace("_", " "),
    Given: lambda of: f"what is given ({of.kind.label})",
    Asked: _asked,
    Variable: _variable,
    Linked: _variable,
    Value: _stored,
    Item: lambda of: of.name.rstrip("0123456789"),
    TextChange: lambda of: f"{_words(of.text)} ({of.change})",
    Choose: lambda of: f"({_words(of.then)} or {_words(of.otherwise)}, as {_clause(of.clause, True)})",
    Reckon: lambda of: f"{_words(of.left)} {of.sign} {_words(of.right)}",
    Extract: lambda of: f"the {of.part.replace('_', ' ')} of {_words(of.of)}",
    Bin: lambda of: f"{_words(of.of)} in steps of {value_text(of.width.value)}",
    Period: lambda of: f"the {of.unit} of {_words(of.of)} in {of.zone}",
    Length: lambda of: f"the length of {_words(of.of)}",
    Count: lambda of: f"the number of {_words(of.among)}",
}
