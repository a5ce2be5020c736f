"""Reviews: what breaks the standard, where, how bad it is, and what to do."""

from __future__ import annotations

from triptych.services.review.reviewed import Reviewed
from triptych.services.review.reviewing import review
from triptych.services.review.rules import RULES

__all__ = ["RULES", "Reviewed", "review"]
