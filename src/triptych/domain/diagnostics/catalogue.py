"""The registry of every rule that a domain package is held to."""

from __future__ import annotations

from triptych.domain.diagnostics.class_rules import CLASS_RULES
from triptych.domain.diagnostics.expression_rules import EXPRESSION_RULES
from triptych.domain.diagnostics.field_rules import FIELD_RULES
from triptych.domain.diagnostics.package_rules import PACKAGE_RULES

RULES = {
    rule.code: rule for rule in (*PACKAGE_RULES, *CLASS_RULES, *FIELD_RULES, *EXPRESSION_RULES)
}
RULES = dict(sorted(RULES.items()))
