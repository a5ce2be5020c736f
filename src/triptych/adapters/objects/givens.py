"""The values of a condition, as the driver takes them."""

from __future__ import annotations

from typing import Any

from triptych.adapters.database.dialect import Dialect
from triptych.adapters.objects.values import Unfit, fitter
from triptych.domain.errors import InvalidInput, Problem
from triptych.domain.expression.condition import Condition
from triptych.domain.expression.nodes import Given, TextMatch, walk
from triptych.domain.expression.vocabulary import Kind
from triptych.domain.ontology import Scalar, Structure

_LAST = "\U0010ffff"


def encoded(value: Any, kind: Kind, dialect: Dialect) -> Any:
    """Encodes a value of an expression as the driver takes it.

    Raises:
        InvalidInput: It is of another type.
    """
    type_ = kind.type
    if isinstance(type_, Structure) or kind.scalar is None:
        raise InvalidInput([Problem("value", f"{value!r:.60} is not one plain value")])
    if isinstance(type_, Scalar):
        type_ = Scalar(type_.kind, type_.name)
    encode = dialect.codecs[kind.scalar].encode
    try:
        fit = fitter(type_)(value)
    except Unfit as error:
        raise InvalidInput([Problem(str(kind.label), str(error))]) from None
    return encode(fit) if encode else fit


def given_values(condition: Condition, dialect: Dialect) -> dict[str, Any]:
    """Returns the values of a condition by the names of their parameters.

    Raises:
        InvalidInput: One is of another type than its parameter.
    """
    values: dict[str, Any] = {}
    prefixes = {
        each.part.number
        for each in walk(condition.expression)
        if isinstance(each, TextMatch) and isinstance(each.part, Given)
    }
    for each in walk(condition.expression):
        if not isinstance(each, Given):
            continue
        given = condition.given[each.number]
        if each.size:
            for place in range(each.size):
                one = given[min(place, len(given) - 1)]
                values[f"g{each.number}_{place}"] = encoded(one, each.kind, dialect)
            continue
        values[f"g{each.number}"] = encoded(given, each.kind, dialect)
        if each.number in prefixes:
            values[f"g{each.number}_after"] = after_prefix(given)
    return values


def after_prefix(prefix: str) -> str:
    """Returns the text that comes after every text with a prefix.

    Example:
        ```python
        from triptych.adapters.objects.givens import after_prefix

        assert after_prefix("ab") == "ac"
        ```
    """
    kept = prefix.rstrip(_LAST)
    if not kept:
        return prefix + _LAST * 16
    following = ord(kept[-1]) + 1
    # Half of a surrogate pair is no letter.
    return kept[:-1] + chr(0xE000 if following == 0xD800 else following)
