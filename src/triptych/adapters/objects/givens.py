"""The values of a condition, as the driver takes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from triptych.adapters.database.dialect import Dialect
from triptych.adapters.objects.values import Unfit, fitter
from triptych.domain.errors import InvalidInput, Problem
from triptych.domain.expression.nodes import Expression, Given, Matches, TextMatch, walk
from triptych.domain.expression.searching import MOST_WORDS, words_of
from triptych.domain.expression.vocabulary import Kind
from triptych.domain.ontology import Scalar, ScalarKind, Structure

_LAST = "\U0010ffff"


def encoder_of(kind: Kind, dialect: Dialect) -> Callable[[Any], Any]:
    """Returns a function that encodes values of one kind as the driver takes them.

    They may lie beyond the bounds of their type: nothing is kept of them.

    Raises:
        Unfit: (the function) The value is of another type.

    Example:
        ```python
        from triptych.adapters.database.sqlite_dialect import SqliteDialect
        from triptych.adapters.objects.givens import encoder_of
        from triptych.domain.expression import Kind
        from triptych.domain.ontology import Scalar, ScalarKind

        assert encoder_of(Kind(Scalar(ScalarKind.BOOL)), SqliteDialect())(True) == 1
        ```
    """
    type_ = kind.type
    if isinstance(type_, Structure) or kind.scalar is None:
        raise Unfit(f"a {kind.label} is not one plain value")
    if isinstance(type_, Scalar):
        type_ = Scalar(type_.kind, type_.name)
    fit, encode = fitter(type_), dialect.codecs[kind.scalar].encode
    return fit if encode is None else lambda value: encode(fit(value))


def encoded(value: Any, kind: Kind, dialect: Dialect) -> Any:
    """Encodes a value of an expression as the driver takes it.

    Raises:
        InvalidInput: It is of another type.
    """
    try:
        return encoder_of(kind, dialect)(value)
    except Unfit as error:
        raise InvalidInput([Problem(str(kind.label), str(error))]) from None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a value of a condition goes."""

    given: Given
    encode: Callable[[Any], Any]
    is_prefix: bool
    name: str

    def values(self, value: Any) -> Iterator[tuple[str, Any]]:
        """Yields the parameters that the value is given by."""
        name = self.name
        if self.given.size:
            last = len(value) - 1
            cells = [self.encode(each) for each in value]
            yield from ((f"{name}_{n}", cells[min(n, last)]) for n in range(self.given.size))
            return
        yield name, self.encode(value)
        if self.is_prefix:
            yield f"{name}_after", after_prefix(value)


class Binder:
    """Binds the values of conditions of one shape to the parameters of their statement.

    Args:
        expression: What they ask.
        dialect: How the database takes values.
        prefix: What the names of the parameters begin with.

    Example:
        ```python
        from triptych.adapters.database.sqlite_dialect import SqliteDialect
        from triptych.adapters.objects.givens import Binder
        from triptych.domain.expression.building import INT
        from triptych.domain.expression.nodes import Given

        assert Binder(Given(0, INT), SqliteDialect()).values([7]) == {"g0": 7}
        ```
    """

    def __init__(self, expression: Expression, dialect: Dialect, prefix: str = "g") -> None:
        nodes = list(walk(expression))
        prefixes = {
            each.part.number
            for each in nodes
            if isinstance(each, TextMatch) and isinstance(each.part, Given)
        }
        spoken = {
            each.words.number
            for each in nodes
            if isinstance(each, Matches) and isinstance(each.words, Given)
        }
        self._places = tuple(
            _Place(
                each,
                query_of(dialect) if each.number in spoken else encoder_of(each.kind, dialect),
                each.number in prefixes,
                f"{prefix}{each.number}",
            )
            for each in nodes
            if isinstance(each, Given)
        )

    def values(self, given: Sequence[Any]) -> dict[str, Any]:
        """Returns values by the names of their parameters.

        Raises:
            InvalidInput: Some are of another type; all of them are told.
        """
        values: dict[str, Any] = {}
        problems: list[Problem] = []
        for each in self._places:
            try:
                values.update(each.values(given[each.given.number]))
            except Unfit as error:
                problems.append(Problem(_where(each.given), str(error)))
        if problems:
            raise InvalidInput(problems)
        return values


def _where(of: Given) -> str:
    return of.place.text if of.place else of.kind.label


def query_of(dialect: Dialect) -> Callable[[Any], str]:
    """Returns a function that writes the words of a text as a database asks for them.

    Raises:
        Unfit: (the function) It is no text, or has no words, or too many.

    Example:
        ```python
        from triptych.adapters.database.sqlite_dialect import SqliteDialect
        from triptych.adapters.objects.givens import query_of

        assert query_of(SqliteDialect())("Kennedy, New!") == '"kennedy"* "new"*'
        ```
    """
    fit = fitter(Scalar(ScalarKind.STR))

    def query(value: Any) -> str:
        words = words_of(fit(value))
        if not 1 <= len(words) <= MOST_WORDS:
            raise Unfit(f"{value!r:.60} has {len(words)} words; give 1 to {MOST_WORDS}")
        return dialect.search.query(words)

    return query


def not_searched(type_name: str) -> InvalidInput:
    """Says that no texts of an object type are searched."""
    found = f"no texts of {type_name} are searched"
    mend = f"say Table({type_name}, search=[...]) in adapters/database"
    return InvalidInput([Problem("search", found, mend)])


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
