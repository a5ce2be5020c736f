"""What is wrong with an input: one thing at a time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with an input.

    Attributes:
        where: The path to the value, such as `filter.delay` or `row 12.origin`.
        found: What was found there, in a few words.
        mend: What to try.

    Example:
        ```python
        from triptych.domain.errors import Problem

        problem = Problem("take", "100000 is too many", "ask for at most 1000")
        assert str(problem) == "take: 100000 is too many; ask for at most 1000"
        ```
    """

    where: str
    found: str
    mend: str = ""

    def __str__(self) -> str:
        said = f"{self.where}: {self.found}" if self.where else self.found
        return f"{said}; {self.mend}" if self.mend else said
