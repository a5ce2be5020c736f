"""Conditions seen from another object: what holds of one becomes what holds of those around it."""

from __future__ import annotations

from dataclasses import replace

from triptych.domain.expression.building import both, missing, negated
from triptych.domain.expression.condition import Condition, rebuilt
from triptych.domain.expression.nodes import (
    Exists,
    Expression,
    Linked,
    Variable,
)
from triptych.domain.ontology import Cardinality, Link


def moved[E: Expression](of: E, start: Variable) -> E:
    """Writes an expression about one object as if that were reached by a variable.

    Example:
        ```python
        from triptych import read_ontology
        from triptych.domain.expression.moving import moved
        from triptych.domain.expression.nodes import Linked, Variable

        origin = read_ontology("flights").link("Flight", "origin")
        flight = Variable((), "Flight")
        airport = Linked(("origin",), "Airport", link=origin, of=flight)
        assert moved(Variable((), "Airport"), airport) == airport
        ```
    """
    changed: Expression
    match of:
        case Linked():
            origin = moved(of.of, start)
            # A link that starts where there may be nothing may lead to nothing.
            is_optional = of.is_optional or start.is_optional
            path = (*start.path, *of.path)
            changed = replace(of, path=path, of=origin, is_optional=is_optional)
        case Variable():
            changed = start
        case _:
            changed = rebuilt(of, lambda each: moved(each, start))
    return changed  # type: ignore[return-value]  # it stays of its kind


def around(condition: Condition, back: Link) -> Condition:
    """Returns what holds of the objects that a link leads to from those that fulfil a condition.

    Args:
        condition: About where the link starts.
        back: The way back along the link.

    Example:
        ```python
        from triptych import read_ontology
        from triptych.domain.expression import Condition
        from triptych.domain.expression.moving import around

        back = read_ontology("flights").link("Flight", "origin")
        assert around(Condition("Airport"), back).type_name == "Flight"
        ```
    """
    subject = Variable((), back.source)
    among = Linked(
        (back.name,),
        back.target,
        back.cardinality is Cardinality.OPTIONAL,
        link=back,
        of=subject,
    )
    if back.cardinality is Cardinality.MANY:
        item = replace(among, path=(*among.path, "each"))
        found: Expression = Exists(item, among, moved(condition.expression, item))
    else:
        clause = moved(condition.expression, among)
        found = both([negated(missing(among)), clause])
    return Condition(back.source, found, condition.given)
