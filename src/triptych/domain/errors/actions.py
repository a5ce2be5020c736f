"""What an action may not do, or cannot as things stand."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from triptych.domain.errors.families import Misconfigured, MissingOrConflict
from triptych.domain.errors.objects import shown


class ActionRefused(MissingOrConflict, ValueError):
    """The application's own code says that it cannot be, by a `ValueError`.

    Example:
        ```python
        from triptych.domain.errors import ActionRefused

        error = ActionRefused("swap", "a flight cannot exchange its aircraft with itself")
        assert str(error) == "swap is not possible: a flight cannot exchange its aircraft with itself"
        ```
    """

    code = "refused"

    def __init__(self, action: str, reason: str) -> None:
        self.action, self.reason = action, reason
        super().__init__(action, reason)

    def __str__(self) -> str:
        return f"{self.action} is not possible: {self.reason}"


class RequirementFailed(MissingOrConflict):
    """A rule that an action requires does not hold.

    Example:
        ```python
        from triptych.domain.errors import RequirementFailed

        error = RequirementFailed("postpone", "has_not_left", "The flight has not left yet.")
        assert str(error) == "postpone is not possible: not so: The flight has not left yet."
        ```
    """

    code = "requirement-failed"

    def __init__(
        self,
        action: str,
        rule: str,
        sentence: str,
        cause: str = "",
        looked_at: Collection[str] = (),
    ) -> None:
        self.action, self.rule, self.sentence, self.cause = action, rule, sentence, cause
        self.looked_at = frozenset(looked_at)
        super().__init__(action, rule, sentence, cause, self.looked_at)

    def __str__(self) -> str:
        said = f"{self.action} is not possible: not so: {self.sentence or self.rule}"
        return f"{said} ({self.cause})" if self.cause else said


class IllegalTransition(MissingOrConflict):
    """A lifecycle does not let one state follow the other.

    Example:
        ```python
        from triptych.domain.errors import IllegalTransition

        error = IllegalTransition("Flight", "x", ("departed", "delayed"), ())
        assert str(error) == "Flight 'x' is departed, and cannot become delayed; that is its end"
        ```
    """

    code = "illegal-transition"

    def __init__(
        self, type_name: str, key: object, states: tuple[str | None, str], legal: Sequence[str]
    ) -> None:
        self.type_name, self.key, self.states, self.legal = type_name, key, states, tuple(legal)
        super().__init__(type_name, key, states, self.legal)

    def __str__(self) -> str:
        old, new = self.states
        begins = "is new" if old is None else f"is {old}"
        legal = f"it can become {' or '.join(self.legal)}" if self.legal else "that is its end"
        return f"{self.type_name} {shown(self.key)} {begins}, and cannot become {new}; {legal}"


class InvariantBroken(MissingOrConflict):
    """What must always hold would not hold afterwards.

    Example:
        ```python
        from triptych.domain.errors import InvariantBroken

        error = InvariantBroken("has_name", "The city has a name.", "City", ["x"])
        assert str(error) == "it would no longer be so of City 'x': The city has a name."
        ```
    """

    code = "invariant-broken"

    def __init__(
        self,
        rule: str,
        sentence: str,
        type_name: str,
        keys: Sequence[object],
        cause: str = "",
        looked_at: Collection[str] = (),
    ) -> None:
        self.rule, self.sentence, self.cause = rule, sentence, cause
        self.type_name, self.keys = type_name, tuple(keys)
        self.looked_at = frozenset(looked_at)
        super().__init__(rule, sentence, type_name, self.keys, cause, self.looked_at)

    def __str__(self) -> str:
        which = " and ".join(shown(each) for each in self.keys) or "of some kind"
        said = f"it would no longer be so of {self.type_name} {which}: {self.sentence or self.rule}"
        return f"{said} ({self.cause})" if self.cause else said


class WriteConflict(MissingOrConflict):
    """Others changed meanwhile what this depends on, again and again.

    Example:
        ```python
        from triptych.domain.errors import WriteConflict

        assert str(WriteConflict("Flight 'x'")).startswith("Flight 'x' was changed meanwhile")
        ```
    """

    code = "write-conflict"

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(what)

    def __str__(self) -> str:
        return f"{self.what} was changed meanwhile by somebody else; look again and try again"


class KeyReused(MissingOrConflict):
    """An idempotency key stands for another call already.

    Example:
        ```python
        from triptych.domain.errors import KeyReused

        assert str(KeyReused("k1")).endswith("take a new one for each call")
        ```
    """

    code = "key-reused"

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(key)

    def __str__(self) -> str:
        return f"the idempotency key {self.key!r} stands for another call; take a new one for each call"


class PlanStale(MissingOrConflict):
    """What a plan was made of has changed since.

    Example:
        ```python
        from triptych.domain.errors import PlanStale

        assert "Flight 1 has changed" in str(PlanStale(["Flight 1 has changed"]))
        ```
    """

    code = "plan-stale"

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__(self.reasons)

    def __str__(self) -> str:
        return f"the plan no longer holds: {'; '.join(self.reasons)}; make it anew"


class UndoConflict(MissingOrConflict):
    """What would be undone has been built upon since.

    Example:
        ```python
        from triptych.domain.errors import UndoConflict

        assert "City 1 was changed" in str(UndoConflict("7", ["City 1 was changed"]))
        ```
    """

    code = "undo-conflict"

    def __init__(self, receipt: str, conflicts: Sequence[str]) -> None:
        self.receipt, self.conflicts = receipt, tuple(conflicts)
        super().__init__(receipt, self.conflicts)

    def __str__(self) -> str:
        return f"{self.receipt} cannot be undone: {'; '.join(self.conflicts)}"


class DeadlineExceeded(Misconfigured):
    """An action took longer than it may; nothing was written.

    Example:
        ```python
        from triptych.domain.errors import DeadlineExceeded

        assert str(DeadlineExceeded("postpone", 10)) == "postpone took longer than 10 s; try again"
        ```
    """

    code = "deadline-exceeded"

    def __init__(self, action: str, seconds: float) -> None:
        self.action, self.seconds = action, seconds
        super().__init__(action, seconds)

    def __str__(self) -> str:
        return f"{self.action} took longer than {self.seconds:g} s; try again"


class EffectRefused(Misconfigured):
    """An action tried to reach out into the world.

    Example:
        ```python
        from triptych.domain.errors import EffectRefused

        assert "handler" in str(EffectRefused("send mail", "postpone"))
        ```
    """

    code = "effect-refused"

    def __init__(self, effect: str, action: str) -> None:
        self.effect, self.action = effect, action
        super().__init__(effect, action)

    def __str__(self) -> str:
        return (
            f"{self.action} tried to {self.effect}, and may have to be run again; record an "
            "event, and do that in its handler"
        )
