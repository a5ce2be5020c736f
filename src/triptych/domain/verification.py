"""Verification: what a project is held to, and how it came out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How far a check has come.

    Example:
        ```python
        from triptych.domain.verification import State

        assert State("passed").is_good and not State("failed").is_good
        ```
    """

    WAITING = "waiting"
    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"
    MISSING = "missing"
    SKIPPED = "skipped"

    @property
    def is_good(self) -> bool:
        """Whether nothing is to be mended."""
        return self in (State.PASSED, State.SKIPPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that a project is held to, by a program.

    Attributes:
        name: What it is called.
        about: What it holds.
        standard: The number in the standard.
        words: The program and what it is given.
        mend: What mends the safe part of it; nothing where a person must.
        is_silent: Whether the program says something only where something is wrong.
        is_alone: Whether it runs after all others: it takes long, and builds on them.
        skipped: Why it is not run; empty where it is.
        absent: What its program says where it cannot run here; then it is skipped, too.

    Example:
        ```python
        from triptych.domain.verification import Check

        check = Check(name="format", about="written alike", standard="C5", words=("black", "src"))
        assert not check.mend
        ```
    """

    name: str
    about: str
    standard: str
    words: tuple[str, ...]
    mend: tuple[str, ...] = ()
    is_silent: bool = False
    is_alone: bool = False
    skipped: str = ""
    absent: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a check came out.

    Attributes:
        check: The check.
        state: How far it has come.
        seconds: How long it took.
        output: What the program said.

    Example:
        ```python
        from triptych.domain.verification import Check, State, Verdict

        check = Check(name="image", about="it is built", standard="P4", words=("docker", "build"))
        assert not Verdict(check, State.MISSING).state.is_good
        assert Verdict(check, State.SKIPPED, output="no engine").note == "no engine"
        ```
    """

    check: Check
    state: State
    seconds: float = 0.0
    output: str = ""

    @property
    def note(self) -> str:
        """What the check holds, or why it was not run."""
        why = self.check.skipped or (self.output if self.state is State.SKIPPED else "")
        return why.strip().rpartition("\n")[2] or self.check.about
