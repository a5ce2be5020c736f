"""All rules, by family."""

from __future__ import annotations

from triptych.services.review.registry import Rules
from triptych.services.review.rules.asynchrony import ASYNC
from triptych.services.review.rules.boundaries import BOUNDARIES
from triptych.services.review.rules.complexity import COMPLEXITY
from triptych.services.review.rules.documents import DOCUMENTS
from triptych.services.review.rules.effects import EFFECTS
from triptych.services.review.rules.failures import FAILURES
from triptych.services.review.rules.model import MODEL
from triptych.services.review.rules.patterns import PATTERNS
from triptych.services.review.rules.promises import PROMISES
from triptych.services.review.rules.queries import QUERIES
from triptych.services.review.rules.safety import SAFETY
from triptych.services.review.rules.structure import STRUCTURE
from triptych.services.review.rules.tiers import TIERS

_FAMILIES = (
    BOUNDARIES,
    STRUCTURE,
    MODEL,
    EFFECTS,
    QUERIES,
    ASYNC,
    SAFETY,
    FAILURES,
    PROMISES,
    DOCUMENTS,
    COMPLEXITY,
    PATTERNS,
    TIERS,
)
RULES: Rules = sum(_FAMILIES, Rules())
