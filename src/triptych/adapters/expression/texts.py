"""Rules as text: `rule=is_later_than&limit=PT1H`, as they come over HTTP and in the shell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from triptych.adapters.expression.filtering import ReadText
from triptych.domain.errors import InvalidInput, Problem, UnknownName
from triptych.domain.expression import Condition, Kind, Understood, give


def read_rules(
    rules: Mapping[str, Understood],
    names: Sequence[str],
    texts: Mapping[str, str],
    read: ReadText,
) -> list[Condition]:
    """Reads rules that are named, each with its arguments as text.

    Raises:
        InvalidInput: There is no such rule, or its arguments do not fit.
    """
    found = [find_rule(rules, name) for name in names]
    return [give(each, read_arguments(each, texts, read)) for each in found]


def find_rule(rules: Mapping[str, Understood], name: str) -> Understood:
    """Finds a rule by its name.

    Raises:
        InvalidInput: There is no such rule.
    """
    if name not in rules:
        raise InvalidInput([Problem("rule", str(UnknownName("rule", name, rules)))])
    return rules[name]


def read_arguments(rule: Understood, texts: Mapping[str, str], read: ReadText) -> dict[str, Any]:
    """Reads those arguments of a rule that are said.

    Raises:
        InvalidInput: The rule is given an object, which no text can be.
    """
    arguments = {}
    for parameter, kind in rule.parameters.items():
        if kind is None:
            raise InvalidInput([Problem("rule", f"{rule.name} cannot be asked by name")])
        if parameter in texts:
            arguments[parameter] = _argument(kind, texts[parameter], read)
    return arguments


def _argument(kind: Kind, text: str, read: ReadText) -> Any:
    if kind.many:
        return tuple(read(kind.type, each) for each in text.split(",")) if text else ()
    return read(kind.type, text)
