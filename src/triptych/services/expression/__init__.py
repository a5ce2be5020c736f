"""What is done with expressions besides asking a database: explaining them, and saying them."""

from __future__ import annotations

from triptych.services.expression.explaining import Clause, Explanation, explain
from triptych.services.expression.rendering import render
from triptych.services.expression.why import why

__all__ = ["Clause", "Explanation", "explain", "render", "why"]
