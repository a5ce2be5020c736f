"""What a review speaks of: modules as facts, layers, rules, findings."""

from __future__ import annotations

from triptych.domain.review.facts import (
    Call,
    Class,
    Function,
    Handler,
    Import,
    Module,
    Note,
    Parameter,
    Suppression,
    Told,
    Unread,
)
from triptych.domain.review.findings import LAYER, Axis, Finding, Mending, Rule, Severity
from triptych.domain.review.layers import PANELS, Evidence, Layer, Placement
from triptych.domain.review.measured import Covered, Measured, Mistake, Tier
from triptych.domain.review.report import (
    Cause,
    Earlier,
    Found,
    LayerSummary,
    Report,
    Score,
    counted,
    fingerprints,
)
from triptych.domain.review.settings import Exemption, ReviewSettings

__all__ = [
    "LAYER",
    "PANELS",
    "Axis",
    "Call",
    "Cause",
    "Class",
    "Covered",
    "Earlier",
    "Evidence",
    "Exemption",
    "Finding",
    "Found",
    "Function",
    "Handler",
    "Import",
    "Layer",
    "LayerSummary",
    "Measured",
    "Mending",
    "Mistake",
    "Module",
    "Note",
    "Parameter",
    "Placement",
    "Report",
    "ReviewSettings",
    "Rule",
    "Score",
    "Severity",
    "Suppression",
    "Tier",
    "Told",
    "Unread",
    "counted",
    "fingerprints",
]
