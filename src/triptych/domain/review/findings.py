"""Findings: what breaks a rule, where, how bad, and what to do about it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

LAYER = " layer"
"""How the symbol of a finding ends that is about a whole layer, wherever it is shown."""


class Severity(StrEnum):
    """How bad it is.

    Example:
        ```python
        from triptych.domain.review import Severity

        assert Severity.ERROR.is_at_least(Severity.WARNING)
        ```
    """

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    def is_at_least(self, other: Severity) -> bool:
        """Tells whether it is as bad as another."""
        order = list(Severity)
        return order.index(self) <= order.index(other)


class Axis(StrEnum):
    """What a rule is about.

    Example:
        ```python
        from triptych.domain.review import Axis

        assert Axis("boundaries") is Axis.BOUNDARIES
        ```
    """

    BOUNDARIES = "boundaries"
    MODEL = "model"
    EFFECTS = "effects"
    ASYNC = "async"
    SAFETY = "safety"
    ERRORS = "errors"
    TYPES = "types"
    DOCS = "docs"
    TESTS = "tests"
    COMPLEXITY = "complexity"


class Mending(StrEnum):
    """Who mends what breaks a rule.

    Example:
        ```python
        from triptych.domain.review import Mending

        assert Mending("safe") is Mending.SAFE
        ```
    """

    SAFE = "safe"
    """`triptych improve`: nothing that the code does is changed by it."""
    UNSAFE = "unsafe"
    """`triptych improve --unsafe`: what the code does may change, for the better as a rule."""
    HAND = "by hand"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the standard; its page tells why, and shows it broken and kept.

    Attributes:
        code: Stable, such as `LYR001`.
        title: What it forbids, in one sentence.
        severity: How bad it is to break it.
        axis: What it is about.
        mend: What to do, in one sentence.
        mending: Who does it.
    """

    code: str
    title: str
    severity: Severity
    axis: Axis
    mend: str
    mending: Mending = Mending.HAND


@dataclass(frozen=True, slots=True)
class Finding:
    """A place that breaks a rule.

    Attributes:
        code: The rule.
        path: The file, from the root of the review.
        line: Where, from one on.
        found: What was found, in one sentence.
        severity: How bad it is here.
        symbol: The class or function, with its module.
        text: The line, stripped.
    """

    code: str
    path: str
    line: int
    found: str
    severity: Severity
    symbol: str = ""
    text: str = ""

    def fingerprint(self, ordinal: int = 0) -> str:
        """Returns what tells this finding from others, however its line moves.

        Args:
            ordinal: How many before it are the same but for their line.

        Example:
            ```python
            from dataclasses import replace

            from triptych.domain.review import Finding, Severity

            found = Finding("LYR001", "a.py", 3, "imports b", Severity.ERROR, text="import b")
            assert found.fingerprint() == replace(found, line=9).fingerprint()
            assert found.fingerprint() != found.fingerprint(1)
            ```
        """
        path = "" if self.symbol.endswith(LAYER) else self.path
        said = "\0".join((self.code, path, self.symbol, self.text, str(ordinal)))
        return hashlib.sha256(said.encode(errors="surrogatepass")).hexdigest()[:16]
