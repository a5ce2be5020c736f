"""Migrations: what brings a database in step with the code, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MOST_TOLD = 5
"""How many of the rows that are in the way are told one by one."""


class Safety(StrEnum):
    """What a step does to what is kept.

    Example:
        ```python
        from triptych.domain.migrations import Safety

        assert Safety("destructive") is Safety.DESTRUCTIVE
        ```
    """

    SAFE = "safe"
    BACKFILL = "backfill"
    DESTRUCTIVE = "destructive"


class Phase(StrEnum):
    """When a step is taken, where the earlier code goes on while the new one comes.

    Example:
        ```python
        from triptych.domain.migrations import Phase

        assert list(Phase) == [Phase.EXPAND, Phase.CONTRACT]
        ```
    """

    EXPAND = "expand"
    CONTRACT = "contract"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a migration.

    Attributes:
        table: Which table it is about.
        about: What it does, in one sentence.
        safety: What it does to what is kept.
        phase: Whether the new code needs it to begin with, or it waits until the earlier has ended.
        lock: Who waits for it while it runs, and how long; empty where nobody does.
        rows: How many rows it touches; 0 where it touches none.
        breaks: Whether the earlier code fails from then on.

    Example:
        ```python
        from triptych.domain.migrations import Step

        assert not Step(table="tasks", about="make it").is_destructive
        ```
    """

    table: str
    about: str
    safety: Safety = Safety.SAFE
    phase: Phase = Phase.EXPAND
    lock: str = ""
    rows: int = 0
    breaks: bool = False

    @property
    def is_destructive(self) -> bool:
        """Whether something that is kept is gone afterwards."""
        return self.safety is Safety.DESTRUCTIVE


@dataclass(frozen=True, slots=True)
class Breakage:
    """Rows that the code would not take as they are.

    Attributes:
        table: Which table they are in.
        about: What is wrong with them.
        rows: How many there are.
        first: The keys of the first few, or the values that are wrong.
        mend: What would help.

    Example:
        ```python
        from triptych.domain.migrations import Breakage

        found = Breakage("tasks", "status is 'todo'", 2, ("7", "9"), "say what it becomes")
        assert str(found) == "tasks: status is 'todo' in 2 rows (7, 9); say what it becomes"
        ```
    """

    table: str
    about: str
    rows: int
    first: tuple[str, ...] = ()
    mend: str = ""

    def __str__(self) -> str:
        more = ", ..." if self.rows > len(self.first) >= MOST_TOLD else ""
        first = f" ({', '.join(self.first)}{more})" if self.first else ""
        rows = f"{self.rows:,} row{'' if self.rows == 1 else 's'}"
        said = f"{self.table}: {self.about} in {rows}{first}"
        return f"{said}; {self.mend}" if self.mend else said


@dataclass(frozen=True, slots=True)
class Applied:
    """A migration that was made.

    Attributes:
        number: In which order.
        moment: When, in microseconds since 1970.
        actor: By whom.
        steps: What was done, a sentence each.

    Example:
        ```python
        from triptych.domain.migrations import Applied

        assert Applied(1, 0, "ada", ("tasks: make the table",)).number == 1
        ```
    """

    number: int
    moment: int
    actor: str
    steps: tuple[str, ...]
