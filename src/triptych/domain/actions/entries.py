"""Entries of the ledger: who did what, when, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from triptych.domain.actions.edits import EditKind
from triptych.domain.actions.moments import moment_of


class Decision(StrEnum):
    """What became of a call.

    Example:
        ```python
        from triptych.domain.actions import Decision

        assert Decision("done") is Decision.DONE
        ```
    """

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Touched:
    """An object that an entry has touched.

    Attributes:
        type_name: Its object type.
        key: Its id as text; the ids of a relationship between commas.
        kind: What was done to it.
        version: At which it was before; 0 where there was none.

    Example:
        ```python
        from triptych.domain.actions import EditKind, Touched

        assert Touched("City", "x", EditKind.ADDED, 0).key == "x"
        ```
    """

    type_name: str
    key: str
    kind: EditKind
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of the ledger.

    Attributes:
        number: Names it, orders it, and says when it was.
        actor: On whose behalf it was.
        action: What was called, such as `operations.postpone`.
        decision: What became of it.
        parameters: What it was given, as plain JSON, secrets masked.
        touched: The objects that it changed.
        code: Of the error, where it was not done.
        reason: Of the error, for people.
        duration: How long it took.
        correlation: The id by which the call is found in logs.

    Example:
        ```python
        from triptych.domain.actions import Decision, Entry

        entry = Entry(number=7 << 10, actor="ada", action="desk.postpone", decision=Decision.DONE)
        assert entry.receipt == "7168" and entry.moment.year == 1970
        ```
    """

    number: int
    actor: str
    action: str
    decision: Decision
    parameters: Mapping[str, Any] = field(default_factory=dict)
    touched: tuple[Touched, ...] = ()
    code: str = ""
    reason: str = ""
    duration: timedelta = timedelta(0)
    correlation: str = ""

    @property
    def receipt(self) -> str:
        """The number as text, by which the entry is asked for."""
        return str(self.number)

    @property
    def moment(self) -> datetime:
        """When it was made."""
        return moment_of(self.number)
