"""What is known of a project only by running it: its types, its tests, its documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum


class Tier(StrEnum):
    """What runs code of the project, and is done only where it is asked for.

    Example:
        ```python
        from triptych.domain.review import Tier

        assert [str(each) for each in Tier] == ["lint", "types", "tests", "docs"]
        ```
    """

    LINT = "lint"
    TYPES = "types"
    TESTS = "tests"
    DOCS = "docs"


@dataclass(frozen=True, slots=True)
class Mistake:
    """What a program that checks says of a place.

    Attributes:
        path: The file, from the root of the review.
        line: Where, from one on.
        code: What kind of mistake, such as `attr-defined`.
        text: What it says.
    """

    path: str
    line: int
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Covered:
    """Which lines of a file its tests have run.

    Attributes:
        run: Those that were.
        missed: Those that were not, and could have been.
    """

    run: frozenset[int] = frozenset()
    missed: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured.

    Attributes:
        faults: What the linter says.
        holes: What the security checker says.
        mistakes: What the type checker says.
        coverage: Which lines the tests have run, by file.
        failed: How the tests failed; empty where they did not.
        broken: What is wrong with the documents.
        examples: The examples that fail.
        changed: The lines that are asked about, by file; `None` where all are.
    """

    faults: tuple[Mistake, ...] = ()
    holes: tuple[Mistake, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    coverage: Mapping[str, Covered] = field(default_factory=dict)
    failed: str = ""
    broken: tuple[str, ...] = ()
    examples: tuple[Mistake, ...] = ()
    changed: Mapping[str, frozenset[int]] | None = None

    def within(self, changed: Mapping[str, frozenset[int]]) -> Measured:
        """Returns what of it is about some lines.

        Args:
            changed: The lines, by file.

        Example:
            ```python
            from triptych.domain.review import Measured, Mistake

            measured = Measured(mistakes=(Mistake("a.py", 3, "misc", "no"),))
            assert measured.within({"a.py": frozenset({3})}).mistakes
            assert not measured.within({}).mistakes
            ```
        """

        def known(mistakes: tuple[Mistake, ...]) -> tuple[Mistake, ...]:
            return tuple(e for e in mistakes if e.line in changed.get(e.path, frozenset()))

        coverage = {
            path: Covered(of.run & changed[path], of.missed & changed[path])
            for path, of in self.coverage.items()
            if path in changed
        }
        shown = tuple(each for each in self.examples if each.path in changed)
        return replace(
            self,
            faults=known(self.faults),
            holes=known(self.holes),
            mistakes=known(self.mistakes),
            coverage=coverage,
            examples=shown,
            changed=changed,
        )
