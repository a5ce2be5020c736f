"""How a program ends: one number for each family of errors."""

from __future__ import annotations

from triptych.domain.errors import (
    Forbidden,
    Invalid,
    InvalidOntology,
    Misconfigured,
    MissingOrConflict,
    TriptychError,
)

DONE = 0
MISTAKES_FOUND = 1
INTERRUPTED = 130
EXITS: dict[type[TriptychError], int] = {
    InvalidOntology: MISTAKES_FOUND,
    Invalid: 2,
    MissingOrConflict: 3,
    Misconfigured: 4,
    Forbidden: 5,
}


def exit_of(error: TriptychError) -> int:
    """Returns the exit code of an error: that of the nearest family in the table.

    Example:
        ```python
        from triptych.cli.exits import exit_of
        from triptych.domain.errors import ObjectMissing

        assert exit_of(ObjectMissing("Airport", "XXX")) == 3
        ```
    """
    return next(EXITS[family] for family in type(error).__mro__ if family in EXITS)
