"""The rules of a review: each one function with one message, found by its code."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from triptych.domain.review import Axis, Finding, Mending, Rule, Severity
from triptych.services.review.reviewed import Reviewed

_FAMILY = 3

type Check = Callable[[Reviewed, Rule], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Checked:
    """A rule, with what looks for where it is broken.

    Attributes:
        rule: The rule.
        check: Yields the findings.
    """

    rule: Rule
    check: Check


class Rules:
    """Rules by their codes, in the order in which they are said.

    Example:
        ```python
        from triptych.domain.review import Axis, Severity
        from triptych.services.review.registry import Rules

        rules = Rules()


        @rules.rule("NAM001", "A name is short", Severity.INFO, Axis.DOCS, "name it whole")
        def short_names(project, rule):
            for module in project.code():
                if len(module.name) < 3:
                    yield project.finding(rule, module, 1, f"{module.name} is short")


        assert rules["NAM001"].rule.title == "A name is short"
        ```
    """

    def __init__(self) -> None:
        self._known: dict[str, Checked] = {}

    def rule(
        self,
        code: str,
        title: str,
        severity: Severity,
        axis: Axis,
        mend: str,
        mending: Mending = Mending.HAND,
    ) -> Callable[[Check], Check]:
        """Says a rule of the function below."""

        def said(check: Check) -> Check:
            self.add(Rule(code, title, severity, axis, mend, mending), check)
            return check

        return said

    def add(self, rule: Rule, check: Check) -> None:
        """Says a rule that a check is made for."""
        self._known[rule.code] = Checked(rule, check)

    def __getitem__(self, code: str) -> Checked:
        return self._known[code]

    def __iter__(self) -> Iterator[Checked]:
        families = list(dict.fromkeys(code[:_FAMILY] for code in self._known))
        for code in sorted(self._known, key=lambda of: (families.index(of[:_FAMILY]), of)):
            yield self._known[code]

    def __add__(self, other: Rules) -> Rules:
        both = Rules()
        both._known = self._known | other._known
        return both
