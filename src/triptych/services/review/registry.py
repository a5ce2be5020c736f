"""The rules of a review: each one function with one message, found by its code."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from triptych.domain.review import Axis, Finding, Layer, Mending, Module, Rule, Severity
from triptych.services.review.reviewed import Reviewed
from triptych.services.review.sites import Site

_FAMILY = 3

type ProjectCheck = Callable[[Reviewed, Rule], Iterator[Finding]]
type ModuleCheck = Callable[[Module, Site], Iterator[Finding]]
type Check = ProjectCheck | OfModules


@dataclass(frozen=True, slots=True)
class OfModules:
    """A check that looks at one module at a time, and cannot know any other.

    What it finds of a module that has not changed is what it found before.

    Attributes:
        check: Yields what is found of a module.
        layers: Of modules of which layers; of all but tests where none is named.
    """

    check: ModuleCheck
    layers: tuple[Layer, ...]

    def of(self, modules: Iterable[Module], project: Reviewed, rule: Rule) -> Iterator[Finding]:
        """Looks at some modules of a project."""
        for each in modules:
            is_asked = project.layer(each) in self.layers if self.layers else not each.is_test
            if is_asked:
                yield from self.check(each, project.site(rule, each))


def of_modules(*layers: Layer) -> Callable[[ModuleCheck], OfModules]:
    """Makes a check of the function below, which is asked of one module at a time.

    Args:
        layers: Of modules of which layers; of all but tests where none is named.

    Example:
        ```python
        from triptych.domain.review import Axis, Layer, Severity
        from triptych.services.review.registry import Rules, of_modules

        rules = Rules()


        @rules.rule("SIZ001", "A service is long", Severity.INFO, Axis.COMPLEXITY, "part it")
        @of_modules(Layer.DYNAMIC)
        def long_service(module, at):
            if module.lines > 400:
                yield at.about(f"it has {module.lines} lines")
        ```
    """
    return lambda check: OfModules(check, layers)


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
        """Says a rule of the function below, or of the check that is made of it."""

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
