"""What picks objects out, says which comes first, decides and explains: one closed set of nodes."""

from __future__ import annotations

from triptych.domain.expression.building import Unfitting
from triptych.domain.expression.condition import (
    EVERYTHING,
    Condition,
    Criterion,
    Understood,
    Where,
    check_arguments,
    conclude,
    give,
    join_conditions,
    rule,
)
from triptych.domain.expression.evaluation import World, evaluate, holds
from triptych.domain.expression.nodes import Expression
from triptych.domain.expression.paths import Order, Path, find_path, read_order
from triptych.domain.expression.vocabulary import Kind, Operator, Place

__all__ = [
    "EVERYTHING",
    "Condition",
    "Criterion",
    "Expression",
    "Kind",
    "Operator",
    "Order",
    "Path",
    "Place",
    "Understood",
    "Unfitting",
    "Where",
    "World",
    "check_arguments",
    "conclude",
    "evaluate",
    "find_path",
    "give",
    "holds",
    "join_conditions",
    "read_order",
    "rule",
]
