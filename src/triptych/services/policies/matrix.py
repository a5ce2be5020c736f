"""Who may do what, role by role: the same table for people, for documents and for tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from triptych.adapters.objects.sight import Sight
from triptych.domain.actor import ANONYMOUS, Actor
from triptych.domain.expression import Expression
from triptych.domain.expression.building import ALWAYS, NEVER
from triptych.domain.expression.nodes import Asked, Constant, walk

_SAMPLES: Mapping[Any, Any] = {
    str: "?",
    int: 0,
    float: 0.0,
    UUID: UUID(int=0),
    date: date.min,
    datetime: datetime.min.replace(tzinfo=UTC),
}


class May(StrEnum):
    """Whether somebody of a role may.

    Example:
        ```python
        from triptych.services.policies.matrix import May

        assert May("some") is May.SOME
        ```
    """

    ALL = "all"
    SOME = "some"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Somebody(Actor):
    """An actor of a role of whom no more is known: each claim has some value."""

    def claim(self, name: str, of: Any = str) -> tuple[Any, ...]:
        """Returns one value, whatever is asked for."""
        while hasattr(of, "__supertype__"):
            of = of.__supertype__
        return (_SAMPLES[of],) if of in _SAMPLES else ()


@dataclass(frozen=True, slots=True)
class Cell:
    """What somebody of a role may do.

    Attributes:
        may: Of which objects.
        hidden: The properties that they do not see as they are, of some objects at least.

    Example:
        ```python
        from triptych.services.policies.matrix import Cell, May

        assert str(Cell(May.SOME, ("reason",))) == "some, less reason"
        ```
    """

    may: May
    hidden: tuple[str, ...] = ()

    def __str__(self) -> str:
        if not self.hidden or self.may is May.NONE:
            return str(self.may)
        return f"{self.may}, less {', '.join(self.hidden)}"


@dataclass(frozen=True, slots=True)
class Matrix:
    """Who may do what.

    Attributes:
        roles: The columns; `anonymous` is whoever shows nothing.
        rows: By what is done, such as `read Flight`, a cell for each role.

    Example:
        ```python
        from triptych.services.policies.matrix import Cell, Matrix, May

        matrix = Matrix(("anonymous",), {"read Flight": (Cell(May.ALL),)})
        assert matrix.markdown().splitlines()[-1] == "| read Flight | all |"
        ```
    """

    roles: tuple[str, ...]
    rows: Mapping[str, tuple[Cell, ...]] = field(default_factory=dict)

    def cell(self, what: str, role: str) -> Cell:
        """Looks up what somebody of a role may."""
        return self.rows[what][self.roles.index(role)]

    def markdown(self) -> str:
        """Writes it as a table in Markdown."""
        lines = [f"| | {' | '.join(self.roles)} |", "|---" * (len(self.roles) + 1) + "|"]
        lines += [f"| {name} | {' | '.join(map(str, row))} |" for name, row in self.rows.items()]
        return "\n".join(lines)

    def plain(self) -> dict[str, Any]:
        """Writes it as plain JSON."""
        return {
            name: {role: str(cell) for role, cell in zip(self.roles, row, strict=True)}
            for name, row in self.rows.items()
        }


def roles_in(expressions: Iterable[Expression]) -> tuple[str, ...]:
    """Lists the roles that expressions ask for, in the order of the alphabet.

    Example:
        ```python
        from triptych.services.policies.matrix import roles_in

        assert roles_in([]) == ()
        ```
    """
    return tuple(sorted({role for each in expressions for role in _roles(each)}))


def _roles(expression: Expression) -> Iterator[str]:
    for node in walk(expression):
        if isinstance(node, Asked) and node.name == "has_role" and node.inputs:
            yield from (each.value for each in node.inputs if isinstance(each, Constant))


def somebody(role: str) -> Actor:
    """Makes an actor of a role, of whom no more is known."""
    return ANONYMOUS if role == ANONYMOUS.id else Somebody("somebody", frozenset({role}))


def read_cell(sight: Sight) -> Cell:
    """Says what is read by whoever has a sight.

    Example:
        ```python
        from triptych.adapters.objects.sight import Sight
        from triptych.services.policies.matrix import May, read_cell

        assert read_cell(Sight()).may is May.ALL
        ```
    """
    if sight.rows == NEVER:
        return Cell(May.NONE)
    return Cell(May.ALL if sight.rows == ALWAYS else May.SOME, tuple(sight.screens))


def action_cell(ways: Sequence[May], forbids: Sequence[May], *, is_open: bool) -> Cell:
    """Says what may be done by whoever each rule holds of.

    Args:
        ways: Of each way in which it is allowed, of which objects.
        forbids: Of each rule that forbids it, of which objects.
        is_open: Whether everybody may what nothing is said of.
    """
    if May.ALL in forbids or (not ways and not is_open):
        return Cell(May.NONE)
    best = May.ALL if not ways or May.ALL in ways else May.SOME if May.SOME in ways else May.NONE
    return Cell(May.SOME if best is May.ALL and May.SOME in forbids else best)
