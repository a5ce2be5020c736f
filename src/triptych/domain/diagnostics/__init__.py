"""The mistakes that a domain package can have: one registry for reader, tests and docs."""

from __future__ import annotations

from triptych.domain.diagnostics.catalogue import RULES
from triptych.domain.diagnostics.diagnostic import (
    Diagnostic,
    DiagnosticRule,
    Severity,
    diagnose,
)

__all__ = ["RULES", "Diagnostic", "DiagnosticRule", "Severity", "diagnose"]
