"""What a database must be able to say so that expressions mean there what they mean in Python."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import ColumnElement, FromClause

from triptych.domain.expression.vocabulary import Change, Part, Sign, Unit
from triptych.domain.ontology import ScalarKind

# There is none beyond: to look at all there are takes longer than anything else at the start.
_LAST_SPACE = 0x3000
SPACE = "".join(each for each in map(chr, range(_LAST_SPACE + 1)) if each.isspace())


class Idioms(Protocol):
    """One database's way of reckoning, measuring and comparing as Python does.

    What has no answer in Python, such as a division by zero, is NULL.
    """

    def exact(self, of: ColumnElement[Any], kind: ScalarKind) -> ColumnElement[Any]:
        """Writes a value so that it can be compared with a Decimal, or with what was reckoned."""
        ...

    def decimals(
        self, left: ColumnElement[Any], right: ColumnElement[Any]
    ) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
        """Writes two Decimals, neither a plain column, so that they compare by their value."""
        ...

    def change(self, change: Change, text: ColumnElement[Any]) -> ColumnElement[Any]:
        """Makes a text of another.

        Raises:
            Misconfigured: The database cannot.
        """
        ...

    def contains(self, text: ColumnElement[Any], part: ColumnElement[Any]) -> ColumnElement[Any]:
        """Asks whether a text holds another."""
        ...

    def ends(self, text: ColumnElement[Any], part: ColumnElement[Any]) -> ColumnElement[Any]:
        """Asks whether a text ends with another."""
        ...

    def extract(self, part: Part, kind: ScalarKind, of: ColumnElement[Any]) -> ColumnElement[Any]:
        """Takes a part of a date, an instant, a time or a duration."""
        ...

    def reckon(
        self,
        sign: Sign,
        left: tuple[ColumnElement[Any], ScalarKind],
        right: tuple[ColumnElement[Any], ScalarKind],
    ) -> ColumnElement[Any]:
        """Adds, subtracts, multiplies or divides."""
        ...

    def items(
        self, values: ColumnElement[Any], kind: ScalarKind
    ) -> tuple[FromClause, ColumnElement[Any]]:
        """Opens several values that one column holds: where from, and each value."""
        ...

    def size(self, values: ColumnElement[Any]) -> ColumnElement[Any]:
        """Counts the values that one column holds."""
        ...

    def comparable(self, of: ColumnElement[Any], kind: ScalarKind) -> ColumnElement[Any]:
        """Writes a value so that it is grouped with equal ones, and put in order among others."""
        ...

    def totals(self, of: ColumnElement[Any], kind: ScalarKind) -> tuple[ColumnElement[Any], ...]:
        """Sums values up exactly, in as many parts as that takes."""
        ...

    def total(self, cells: Sequence[Any], kind: ScalarKind) -> Any:
        """Puts the parts of a sum together."""
        ...

    def number(self, of: ColumnElement[Any], kind: ScalarKind) -> ColumnElement[Any]:
        """Writes a value as something that the database itself can sum up, nearly exactly."""
        ...

    def ranked(
        self, of: ColumnElement[Any], kind: ScalarKind, fraction: float, *, is_descending: bool
    ) -> ColumnElement[Any]:
        """Takes the value of the nearest rank out of many."""
        ...

    def binned(
        self, of: ColumnElement[Any], kind: ScalarKind, width: ColumnElement[Any]
    ) -> ColumnElement[Any]:
        """Takes the beginning of the step that a value lies on."""
        ...

    def common(
        self, unit: Unit, zone: str, of: ColumnElement[Any], kind: ScalarKind
    ) -> ColumnElement[Any]:
        """Takes what dates or instants of one year, month, day ... share, in the order of those."""
        ...

    def period(
        self, unit: Unit, zone: str, common: ColumnElement[Any], kind: ScalarKind
    ) -> ColumnElement[Any]:
        """Makes the beginning of a year, month, day ... of what is common to it."""
        ...
