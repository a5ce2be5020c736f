"""Where a rule is asked of one module: what it may know besides, which is nothing of the others."""

from __future__ import annotations

from dataclasses import dataclass, replace

from triptych.domain.review import Finding, Layer, Module, Placement, ReviewSettings, Rule


@dataclass(frozen=True, slots=True)
class Frame:
    """What is so for all modules of a project.

    Attributes:
        settings: What the project says of its review.
        is_layered: Whether there is a model of layers to be held to.
        tops: The packages of the project.
    """

    settings: ReviewSettings
    is_layered: bool
    tops: frozenset[str]


@dataclass(frozen=True, slots=True)
class Site:
    """Where a rule is asked: a module, and where that was placed.

    Attributes:
        rule: The rule.
        module: The module.
        placement: Where it was placed, and why.
        frame: What is so for all modules.
    """

    rule: Rule
    module: Module
    placement: Placement
    frame: Frame

    @property
    def layer(self) -> Layer:
        """The layer of the module."""
        return self.placement.layer

    @property
    def settings(self) -> ReviewSettings:
        """What the project says of its review."""
        return self.frame.settings

    @property
    def is_layered(self) -> bool:
        """Whether there is a model of layers to be held to."""
        return self.frame.is_layered

    def finding(self, line: int, found: str, symbol: str = "") -> Finding:
        """Makes a finding of a line.

        Args:
            line: Which.
            found: What is there.
            symbol: The function or class that it stands in; empty for none.
        """
        rule, module = self.rule, self.module
        return Finding(
            code=rule.code,
            path=module.path,
            line=line,
            found=found,
            severity=self.settings.severities.get(rule.code, rule.severity),
            symbol=f"{module.name}.{symbol}" if symbol else module.name,
            text=module.texts.get(line, ""),
        )

    def about(self, found: str) -> Finding:
        """Makes a finding of the module as a whole, which no line of it can be told from."""
        return replace(self.finding(1, found), text="")
