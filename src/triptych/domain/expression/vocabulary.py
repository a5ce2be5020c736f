"""The words of expressions: kinds of values, places in source, signs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from triptych.domain.ontology import (
    Choice,
    Enumeration,
    Identifier,
    Many,
    Scalar,
    ScalarKind,
    Structure,
)


@dataclass(frozen=True, slots=True)
class Kind:
    """What an expression gives.

    Attributes:
        type: Of one value.
        is_optional: Whether it may give nothing.
        many: How it gives several, or `None` for one.

    Example:
        ```python
        from triptych.domain.expression import Kind
        from triptych.domain.ontology import Scalar, ScalarKind

        assert Kind(Scalar(ScalarKind.INT), is_optional=True).label == "int | None"
        ```
    """

    type: Scalar | Identifier | Enumeration | Choice | Structure
    is_optional: bool = False
    many: Many | None = None

    @property
    def scalar(self) -> ScalarKind | None:
        """The plain type of one value; none of a value object."""
        return None if isinstance(self.type, Structure) else self.type.kind

    @property
    def label(self) -> str:
        """The type as a reader of Python knows it."""
        text = self.type.label
        if self.many:
            text = f"{self.many.value}[{text}]"
        return f"{text} | None" if self.is_optional else text


@dataclass(frozen=True, slots=True)
class Place:
    """Where an expression is written.

    Attributes:
        file: The path of the module, or what else it came from.
        line: Counted from 1.
        column: Counted from 1.
        text: What is written there.

    Example:
        ```python
        from triptych.domain.expression.vocabulary import Place

        assert str(Place("flights/domain/rules.py", 12, 5, "delay > limit")).endswith(":12:5")
        ```
    """

    file: str
    line: int
    column: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Operator(StrEnum):
    """How a property is compared.

    Example:
        ```python
        from triptych.domain.expression import Operator

        assert Operator("gt") is Operator.GT
        ```
    """

    EQ = "eq"
    NE = "ne"
    LT = "lt"
    LE = "le"
    GT = "gt"
    GE = "ge"
    IN = "in"
    MISSING = "missing"


class Match(StrEnum):
    """What can be asked of a text.

    Example:
        ```python
        from triptych.domain.expression.vocabulary import Match

        assert Match("startswith") is Match.STARTS
        ```
    """

    CONTAINS = "contains"
    STARTS = "startswith"
    ENDS = "endswith"


class Change(StrEnum):
    """What a text can be made of another.

    Example:
        ```python
        from triptych.domain.expression.vocabulary import Change

        assert Change("lower") is Change.LOWER
        ```
    """

    LOWER = "lower"
    UPPER = "upper"
    STRIP = "strip"
    CASEFOLD = "casefold"


class Sign(StrEnum):
    """How two values are reckoned with.

    Example:
        ```python
        from triptych.domain.expression.vocabulary import Sign

        assert Sign("//") is Sign.FLOOR
        ```
    """

    ADD = "+"
    SUBTRACT = "-"
    MULTIPLY = "*"
    DIVIDE = "/"
    FLOOR = "//"
    REST = "%"


class Part(StrEnum):
    """What a date, an instant or a duration is made of.

    Example:
        ```python
        from triptych.domain.expression.vocabulary import Part

        assert Part("month") is Part.MONTH
        ```
    """

    YEAR = "year"
    MONTH = "month"
    DAY = "day"
    HOUR = "hour"
    MINUTE = "minute"
    SECOND = "second"
    TOTAL_SECONDS = "total_seconds"


class Unit(StrEnum):
    """What a calendar is divided into.

    Example:
        ```python
        from triptych.domain.expression.vocabulary import Unit

        assert Unit("quarter") is Unit.QUARTER
        ```
    """

    YEAR = "year"
    QUARTER = "quarter"
    MONTH = "month"
    WEEK = "week"
    DAY = "day"
    HOUR = "hour"
