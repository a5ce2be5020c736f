"""What a project says of its own review."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from functools import lru_cache

from triptych.domain.review.findings import Severity
from triptych.domain.review.layers import Layer

# The same few names are asked about at each of their imports.
_fits = lru_cache(maxsize=2**16)(fnmatchcase)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption:
    """An import that a decision allows, for a time.

    Attributes:
        importer: The module that imports, as a pattern.
        imported: The module that is imported, as a pattern.
        adr: The number of the decision.
        until: The last day on which it holds; for ever where nothing is said.
    """

    importer: str
    imported: str
    adr: str
    until: date | None = None

    def holds(self, importer: str, imported: str, today: date) -> bool:
        """Tells whether it allows an import.

        Example:
            ```python
            from datetime import date

            from triptych.domain.review import Exemption

            exemption = Exemption(importer="shop.services.*", imported="shop.adapters.pdf", adr="7")
            assert exemption.holds("shop.services.bills", "shop.adapters.pdf", date(2026, 1, 1))
            ```
        """
        is_over = self.until is not None and today > self.until
        is_meant = _fits(importer, self.importer) and _fits(imported, self.imported)
        return is_meant and not is_over


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewSettings:
    """What a project says of its own review.

    Attributes:
        src: The folders that are reviewed, from the project's on.
        layers: The modules of each layer, as patterns; they stand before everything else.
        allowed: Packages of others that each layer may import.
        ignored: Codes, or beginnings of codes, that are not looked for.
        severities: How bad rules are here.
        fail_on: From which severity on the review fails.
        exemptions: Imports that decisions allow.
        baseline: The file of findings that were there before.
        docstrings: How many of a layer's public names must have one, in percent.
        complexity: How many independent paths a function may have.
        module_lines: How many lines a module may have.
        packages: What the project needs of others when it runs.
    """

    src: tuple[str, ...] = ()
    layers: Mapping[Layer, tuple[str, ...]] = field(default_factory=dict)
    allowed: Mapping[Layer, tuple[str, ...]] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    severities: Mapping[str, Severity] = field(default_factory=dict)
    fail_on: Severity = Severity.ERROR
    exemptions: tuple[Exemption, ...] = ()
    baseline: str = ".review-baseline.jsonl"
    docstrings: Mapping[Layer, int] = field(
        default_factory=lambda: {Layer.SEMANTIC: 100, Layer.DYNAMIC: 100, Layer.KINETIC: 80}
    )
    complexity: int = 10
    module_lines: int = 600
    packages: tuple[str, ...] = ()

    def is_ignored(self, code: str) -> bool:
        """Tells whether a rule is not looked for.

        Example:
            ```python
            from triptych.domain.review import ReviewSettings

            assert ReviewSettings(ignored=("DOC",)).is_ignored("DOC001")
            ```
        """
        return any(code.startswith(each) for each in self.ignored)
