"""The closed set of types that a single value of a property may have."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any


class ScalarKind(StrEnum):
    """The plain types of Python that a value is made of in the end.

    Example:
        ```python
        from triptych.domain.ontology import ScalarKind

        assert ScalarKind("timedelta") is ScalarKind.TIMEDELTA
        ```
    """

    STR = "str"
    INT = "int"
    FLOAT = "float"
    BOOL = "bool"
    DECIMAL = "Decimal"
    UUID = "UUID"
    BYTES = "bytes"
    DATE = "date"
    TIME = "time"
    DATETIME = "datetime"
    TIMEDELTA = "timedelta"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a constrained scalar allows.

    For numbers, dates and times the limits are values; for `str` and `bytes` they are
    lengths. Both ends belong to what is allowed.

    Attributes:
        low: The least value or length, or `None` for no limit.
        high: The greatest value or length, or `None` for no limit.
        pattern: A regular expression that the whole text must match.

    Example:
        ```python
        from triptych.domain.ontology import Bounds

        assert Bounds(low=0, high=100).sentence == "from 0 to 100"
        ```
    """

    low: Any = None
    high: Any = None
    pattern: str | None = None

    @property
    def sentence(self) -> str:
        """The limits as words for people, such as `from 0 to 100`."""
        parts = []
        if self.low is not None and self.high is not None:
            parts.append(f"from {self.low} to {self.high}")
        elif self.low is not None:
            parts.append(f"at least {self.low}")
        elif self.high is not None:
            parts.append(f"at most {self.high}")
        if self.pattern is not None:
            parts.append(f"matching {self.pattern}")
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Scalar:
    """One plain value, perhaps under a name of its own and within bounds.

    Attributes:
        kind: The plain type.
        name: The `NewType` or alias it was declared by, or `None`.
        bounds: What its values must keep to, or `None`.

    Example:
        ```python
        from triptych.domain.ontology import Scalar, ScalarKind

        assert Scalar(kind=ScalarKind.INT, name="Seats").label == "Seats"
        ```
    """

    kind: ScalarKind
    name: str | None = None
    bounds: Bounds | None = None

    @property
    def label(self) -> str:
        """The name a reader knows it by."""
        return self.name or self.kind.value


@dataclass(frozen=True, slots=True)
class Identifier:
    """The id of one object type: wherever else it stands, it is a link.

    Attributes:
        kind: The plain type underneath.
        name: The `NewType`.
        target: The object type that it identifies.

    Example:
        ```python
        from triptych.domain.ontology import Identifier, ScalarKind

        assert Identifier(ScalarKind.UUID, "FlightId", "Flight").label == "FlightId"
        ```
    """

    kind: ScalarKind
    name: str
    target: str

    @property
    def label(self) -> str:
        """The name a reader knows it by."""
        return self.name


@dataclass(frozen=True, slots=True)
class Enumeration:
    """One of the members of an `Enum`.

    Attributes:
        kind: What is stored: `int` where every value is one, else `str`.
        name: The class's name.
        python: The class itself.
        members: Pairs of what is stored and what it is called. Values that are neither
            all text nor all whole numbers are stored by the member's name.
        description: The class's docstring.

    Example:
        ```python
        from enum import Enum, StrEnum

        from triptych.domain.ontology import Enumeration, ScalarKind

        Side = StrEnum("Side", ["LEFT", "RIGHT"])
        side = Enumeration(ScalarKind.STR, "Side", Side, (("left", "LEFT"), ("right", "RIGHT")))
        assert side.values == ("left", "right")
        ```
    """

    kind: ScalarKind
    name: str
    python: type[Enum]
    members: tuple[tuple[str | int, str], ...]
    description: str = ""

    @property
    def label(self) -> str:
        """The name a reader knows it by."""
        return self.name

    @property
    def values(self) -> tuple[str | int, ...]:
        """What may be stored, in the order of declaration."""
        return tuple(value for value, _ in self.members)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values of a `Literal`.

    Attributes:
        kind: The plain type of all of its values.
        values: What may be stored, in the order of declaration.

    Example:
        ```python
        from triptych.domain.ontology import Choice, ScalarKind

        assert Choice(ScalarKind.STR, ("A", "N")).label == "'A' | 'N'"
        ```
    """

    kind: ScalarKind
    values: tuple[Any, ...]

    @property
    def label(self) -> str:
        """The values, as they are written in Python."""
        return " | ".join(repr(value) for value in self.values)
