"""Filters with their values: typed in Python, as text over HTTP and in the shell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from triptych.adapters.expression.reader import RuleReader
from triptych.domain.errors import InvalidInput, Problem
from triptych.domain.expression import Condition, Kind, Operator
from triptych.domain.expression.filters import Asked, ask, split_key
from triptych.domain.ontology import ObjectType

type ReadText = Callable[[Any, str], Any]

_BOOLS = {"true": True, "false": False}


def read_filter(rules: RuleReader, of: ObjectType, where: Mapping[str, Any]) -> Condition:
    """Reads a filter whose values are typed already.

    Raises:
        InvalidInput: A name is unknown or the value is of the wrong shape for its operator;
            all problems are told at once.

    Example:
        ```python
        from triptych import read_ontology
        from triptych.adapters.expression.filtering import read_filter
        from triptych.adapters.expression.reader import RuleReader

        rules = RuleReader(read_ontology("flights"))
        flight = rules.ontology.object_type("Flight")
        condition = read_filter(rules, flight, {"origin": "JFK", "number.in": [1, 2]})
        assert condition.given == ("JFK", (1, 2))
        ```
    """
    asked = tuple([ask(key, value) for key, value in where.items()])
    template = rules.template(of, asked)
    values = [tuple(each) if isinstance(each, list | set) else each for each in where.values()]
    problems = [
        Problem(each.key, f"{value!r:.60} is neither True nor False")
        for each, kind, value in zip(asked, template.kinds, values, strict=True)
        if kind is None and not isinstance(value, bool | None)
    ]
    if problems:
        raise InvalidInput(problems)
    return template.given(values)


def read_texts(
    rules: RuleReader, of: ObjectType, pairs: Sequence[tuple[str, str]], read: ReadText
) -> Condition:
    """Reads a filter as it comes over HTTP or from the shell.

    Args:
        rules: Reads names.
        of: The object type.
        pairs: Keys and values.
        read: Reads a value of a type from text.

    Raises:
        InvalidInput: A name is unknown or a value does not fit; all of it is told.

    Example:
        ```python
        from triptych import read_ontology
        from triptych.adapters.expression.filtering import read_texts
        from triptych.adapters.expression.reader import RuleReader
        from triptych.adapters.objects.values import read_value

        rules = RuleReader(read_ontology("flights"))
        flight = rules.ontology.object_type("Flight")
        pairs = [("origin.name.contains", "York"), ("is_late", "true")]
        assert read_texts(rules, flight, pairs, read_value).given == ("York",)
        ```
    """
    try:
        asked = [_asked(key, text) for key, text in pairs]
        template = rules.template(of, tuple(asked))
        parts = list(zip(asked, template.kinds, (text for _, text in pairs), strict=True))
        values = [_value(*part, read) for part in parts]
    except (InvalidInput, ValueError):
        raise InvalidInput(list(_problems(rules, of, pairs, read))) from None
    return template.given(values)


def _asked(key: str, text: str) -> Asked:
    name, operator = split_key(key)
    if operator is Operator.IN:
        return ask(key, text.split(","))
    return Asked(name, operator, int(text == "true"))


def _value(asked: Asked, kind: Kind | None, text: str, read: ReadText) -> Any:
    """Reads one value.

    Raises:
        ValueError: It does not fit.
    """
    if kind is None:
        if text not in _BOOLS:
            raise ValueError(f"{text!r:.60} is neither true nor false")
        return _BOOLS[text]
    if asked.operator is Operator.IN:
        return tuple(read(kind.type, each) for each in text.split(","))
    return read(kind.type, text)


def _problems(
    rules: RuleReader, of: ObjectType, pairs: Sequence[tuple[str, str]], read: ReadText
) -> Iterator[Problem]:
    """Reads each part by itself, to tell all that is wrong."""
    for key, text in pairs:
        asked = _asked(key, text)
        try:
            (kind,) = rules.template(of, (asked,)).kinds
            _value(asked, kind, text, read)
        except InvalidInput as error:
            yield from error.problems
        except ValueError as error:
            yield Problem(key, str(error))
