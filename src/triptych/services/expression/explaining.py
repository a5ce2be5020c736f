"""Why a rule holds of an object, or does not: which clause decided, and what it saw."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from triptych.adapters.objects.values import duration_text, instant_text
from triptych.domain.expression.condition import Understood
from triptych.domain.expression.evaluation import World, evaluate, holds
from triptych.domain.expression.nodes import (
    All,
    Argument,
    Asked,
    Choose,
    Count,
    Either,
    Exists,
    Expression,
    Not,
    Value,
    Variable,
    walk,
)
from triptych.domain.expression.vocabulary import Place
from triptych.services.expression.rendering import render, value_text


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause of a rule, and how it came out for one object.

    Attributes:
        place: Where it is written: file, line, column and text.
        holds: Whether it holds.
        sentence: What it says.
        seen: The values it looked at, by what they are called.
    """

    place: Place | None
    holds: bool
    sentence: str
    seen: tuple[tuple[str, Any], ...]

    def __str__(self) -> str:
        values = ", ".join(f"{name} is {value_text(value)}" for name, value in self.seen)
        where = f" ({self.place})" if self.place else ""
        return f"{'holds' if self.holds else 'does not hold'}: {self.sentence}; {values}{where}"


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a rule holds of one object, or does not.

    Attributes:
        rule: The rule's name.
        description: What it says as a whole.
        holds: Whether it holds.
        clauses: Those that decided, in the order in which they were asked.

    Example:
        ```python
        from triptych.services.expression import Explanation

        assert str(Explanation("is_late", "It is late.", True, ())) == "is_late holds: It is late."
        ```
    """

    rule: str
    description: str
    holds: bool
    clauses: tuple[Clause, ...]

    def json(self) -> bytes:
        """Writes the explanation as one JSON document.

        Example:
            ```python
            from triptych.services.expression import Explanation

            found = Explanation("is_late", "It is late.", True, ()).json()
            assert found.startswith(b'{"rule":"is_late","description":"It is late.","holds":true')
            ```
        """
        document = asdict(self)
        for each in document["clauses"]:
            each["seen"] = [(name, _plain(value)) for name, value in each["seen"]]
        return msgspec.json.encode(document, enc_hook=str)

    def __str__(self) -> str:
        verdict = "holds" if self.holds else "does not hold"
        lines = [f"{self.rule} {verdict}: {self.description}".rstrip(": ")]
        return "\n    ".join([*lines, *map(str, self.clauses)])


def _plain(value: Any) -> Any:
    """Writes times as they are written everywhere else."""
    if isinstance(value, timedelta):
        return duration_text(value)
    return instant_text(value) if isinstance(value, datetime) else value


def explain(rule: Understood, world: World) -> Explanation:
    """Says which clauses of a rule decided about an object.

    Args:
        rule: What was read of it.
        world: The object, what it is linked to, and the rule's arguments.

    Example:
        ```python
        from flights.domain.entities import Carrier
        from flights.domain.value_objects import CarrierCode
        from triptych import read_ontology
        from triptych.adapters.expression.reader import RuleReader
        from triptych.domain.expression import World
        from triptych.services.expression import explain

        def has_short_name(carrier: Carrier) -> bool:
            return len(carrier.name) < 5

        rule = RuleReader(read_ontology("flights")).understand(has_short_name)
        united = Carrier(id=CarrierCode("UA"), name="United")
        (clause,) = explain(rule, World(objects={(): united})).clauses
        assert not clause.holds and clause.seen == (("name", "United"),)
        ```
    """
    is_so = holds(rule.expression, world)
    clauses = tuple(_deciding(rule.expression, world, is_so))
    return Explanation(rule.name, rule.description or render(rule.expression), is_so, clauses)


def _deciding(of: Expression, world: World, is_so: bool) -> Iterator[Clause]:
    """Yields the clauses without which it would have come out otherwise."""
    match of:
        case All() | Either():
            decides = isinstance(of, Either)
            for each in of.clauses:
                came_out = holds(each, world)
                if came_out is is_so:
                    yield from _deciding(each, world, came_out)
                if came_out is decides:
                    break
        case Not(clause=All() | Either() | Choose()):
            yield from _deciding(of.clause, world, not is_so)
        case Choose():
            decided = holds(of.clause, world)
            yield from _deciding(of.clause, world, decided)
            yield from _deciding(of.then if decided else of.otherwise, world, is_so)
        case _:
            yield Clause(of.place, is_so, render(of), tuple(_seen(of, world)))


def _seen(of: Expression, world: World) -> Iterator[tuple[str, Any]]:
    told: set[str] = set()
    inner = {
        each.item.path
        for each in walk(of)
        if isinstance(each, Exists) and isinstance(each.item, Variable)
    }
    for each in walk(of):
        if not isinstance(each, Value | Argument | Asked | Count):
            continue
        if isinstance(each, Value) and each.of.path in inner:
            continue
        name = render(each)
        if name not in told and not _is_object(each):
            told.add(name)
            yield name, evaluate(each, world)


def _is_object(of: Expression) -> bool:
    return isinstance(of, Argument | Asked) and of.kind is None
