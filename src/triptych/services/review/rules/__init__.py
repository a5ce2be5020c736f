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
from triptych.services.review.rules.safety import SAFETY

RULES: Rules = BOUNDARIES + MODEL + EFFECTS + ASYNC + SAFETY + FAILURES + DOCUMENTS + COMPLEXITY
