"""Every rule of the registry finds its own bad example, and nothing in the mended one."""

from __future__ import annotations

import pytest

from tests.conftest import MakeDomain
from triptych.domain.diagnostics import RULES, DiagnosticRule
from triptych.services.ontology import check_package

_EACH = pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))


def _marked(modules: dict[str, str]) -> list[tuple[str, int]]:
    return [
        (path, line)
        for path, text in modules.items()
        for line, source in enumerate(text.splitlines(), start=1)
        if source.endswith("# here")
    ]


class TestRules:
    @_EACH
    def test_a_bad_example_is_found_at_its_line_and_nothing_else(
        self, rule: DiagnosticRule, make_domain: MakeDomain
    ) -> None:
        name = make_domain(rule.example)
        found = check_package(name).diagnostics
        assert [(each.code, each.file, each.line) for each in found] == [
            (rule.code, f"{name}/domain/{path}", line) for path, line in _marked(rule.example)
        ]

    @_EACH
    def test_a_mended_example_is_clean(self, rule: DiagnosticRule, make_domain: MakeDomain) -> None:
        assert check_package(make_domain(rule.mended)).diagnostics == ()

    @_EACH
    def test_a_rule_says_what_why_and_how_to_mend_it(
        self, rule: DiagnosticRule, make_domain: MakeDomain
    ) -> None:
        assert rule.title
        assert rule.mend
        assert rule.reason.endswith(".")
        assert _marked(rule.example)
