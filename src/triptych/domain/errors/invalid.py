"""What cannot be, whatever the state."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from triptych.domain.diagnostics.diagnostic import Diagnostic, Severity
from triptych.domain.errors.families import Invalid
from triptych.domain.problem import Problem

_SHOWN = 30


class InvalidInput(Invalid):
    """Values do not fit their types; all problems are told at once.

    Example:
        ```python
        from triptych.domain.errors import InvalidInput, Problem

        error = InvalidInput([Problem("take", "-1 is not a number of objects")])
        assert str(error) == "take: -1 is not a number of objects"
        ```
    """

    code = "invalid-input"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(*self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class UnknownName(Invalid):
    """A name that the ontology does not have.

    Example:
        ```python
        from triptych.domain.errors import UnknownName

        error = UnknownName("object type", "Fligt", ["Flight", "Airport"])
        assert str(error) == "there is no object type 'Fligt'; did you mean 'Flight'?"
        ```
    """

    code = "unknown-name"

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind, self.name, self.known = kind, name, tuple(known)
        super().__init__(kind, name, self.known)

    def __str__(self) -> str:
        return f"there is no {self.kind} {self.name!r}{self.mend}"

    @property
    def mend(self) -> str:
        """What to try: the nearest name, or those that there are; the first of many."""
        near = difflib.get_close_matches(self.name.lower(), [name.lower() for name in self.known])
        for name in self.known:
            if near and name.lower() == near[0]:
                return f"; did you mean {name!r}?"
        shown, more = ", ".join(self.known[:_SHOWN]), len(self.known) - _SHOWN
        return f"; there are {shown or 'none'}{f' and {more} more' if more > 0 else ''}"


class InvalidCursor(Invalid):
    """A page cursor is forged, damaged, or belongs to another list.

    Example:
        ```python
        from triptych.domain.errors import InvalidCursor

        assert str(InvalidCursor("is damaged")) == "the cursor is damaged; start again without one"
        ```
    """

    code = "invalid-cursor"

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)

    def __str__(self) -> str:
        return f"the cursor {self.reason}; start again without one"


class InvalidOntology(Invalid):
    """A domain package has mistakes; all are told at once.

    Example:
        ```python
        from triptych.domain.errors import InvalidOntology

        assert "has 0 mistakes" in str(InvalidOntology("shop", []))
        ```
    """

    code = "invalid-ontology"

    def __init__(self, package: str, diagnostics: Sequence[Diagnostic]) -> None:
        self.package, self.diagnostics = package, tuple(diagnostics)
        super().__init__(package, self.diagnostics)

    def __str__(self) -> str:
        errors = sum(each.severity is Severity.ERROR for each in self.diagnostics)
        listed = "\n".join(str(each) for each in self.diagnostics)
        return f"{self.package}.domain has {errors} mistake{'s' * (errors != 1)}\n{listed}"
