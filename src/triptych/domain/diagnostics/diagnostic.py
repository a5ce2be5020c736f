"""One mistake in a domain package, and the rule it breaks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """Whether a package can be used as it stands.

    Example:
        ```python
        from triptych.domain.diagnostics import Severity

        assert Severity.ERROR != Severity.WARNING
        ```
    """

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosticRule:
    """What a domain package keeps to: told here once, for reader, tests and docs.

    Attributes:
        code: Stable, such as `ONT001`.
        title: What is wrong, in a few words.
        reason: Why it is so, for the reference.
        mend: One way to mend it.
        example: Source text, by path below `domain/`, that breaks the rule. The
            offending line ends in `# here`.
        mended: The same, as it should be.
        severity: Whether the package can be used all the same.

    Example:
        ```python
        from triptych.domain.diagnostics import RULES

        assert RULES["ONT001"].title == "An object type is not frozen"
        ```
    """

    code: str
    title: str
    reason: str
    mend: str
    example: dict[str, str]
    mended: dict[str, str]
    severity: Severity = Severity.ERROR


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One place where a domain package breaks a rule.

    Attributes:
        code: The rule's.
        severity: The rule's.
        file: The path, relative to the folder that holds the package.
        line: Counted from 1.
        column: Counted from 1; 0 for the line as a whole.
        found: What stands there.
        mend: One way to mend it.

    Example:
        ```python
        from triptych.domain.diagnostics import RULES, diagnose

        here = diagnose(RULES["ONT003"], "shop/domain/entities.py", 9, "Order has no id")
        assert str(here).startswith("shop/domain/entities.py:9 ONT003 Order has no id")
        ```
    """

    code: str
    severity: Severity
    file: str
    line: int
    found: str
    mend: str
    column: int = 0

    def __str__(self) -> str:
        column = f":{self.column}" if self.column else ""
        return f"{self.file}:{self.line}{column} {self.code} {self.found}\n    {self.mend}"


def diagnose(rule: DiagnosticRule, file: str, line: int, found: str) -> Diagnostic:
    """Makes a diagnostic of a rule at a place.

    Example:
        ```python
        from triptych.domain.diagnostics import RULES, diagnose

        assert diagnose(RULES["ONT001"], "a.py", 3, "City is not frozen").line == 3
        ```
    """
    return Diagnostic(
        code=rule.code,
        severity=rule.severity,
        file=file,
        line=line,
        found=found,
        mend=rule.mend,
    )
