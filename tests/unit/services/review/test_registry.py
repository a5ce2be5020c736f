"""Rules have one place, one order, and one code each."""

from __future__ import annotations

import pytest

from triptych.domain.review import Axis, Rule, Severity
from triptych.services.review import RULES
from triptych.services.review.registry import Rules


def said(*codes: str) -> Rules:
    rules = Rules()
    for each in codes:
        rules.add(Rule(each, each, Severity.INFO, Axis.DOCS, "mend it"), lambda *_: iter(()))
    return rules


def test_families_stay_together_in_the_order_in_which_they_came() -> None:
    rules = said("LYR002", "ERR001") + said("LYR001")
    assert [each.rule.code for each in rules] == ["LYR001", "LYR002", "ERR001"]
    with pytest.raises(KeyError):
        rules["LYR009"]


def test_every_rule_says_what_to_do() -> None:
    for each in RULES:
        assert each.rule.mend
        assert not each.rule.mend.endswith(".")
        assert each.rule.title[0].isupper()
