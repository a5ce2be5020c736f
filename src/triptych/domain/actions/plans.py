"""Plans, receipts and outcomes: what would become of a call, and what has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from triptych.domain.actions.edits import At, Edit
from triptych.domain.actions.entries import Touched
from triptych.domain.actor import Actor


@dataclass(frozen=True, slots=True)
class Consulted:
    """A rule that was asked on the way.

    Attributes:
        rule: Its name.
        sentence: What it says.
        holds: Whether it does.

    Example:
        ```python
        from triptych.domain.actions import Consulted

        assert Consulted("is_late", "It is late.").holds
        ```
    """

    rule: str
    sentence: str
    holds: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a call would do, as a value; nothing of it has happened.

    Attributes:
        action: What was called, such as `operations.postpone`.
        maker: On whose behalf.
        parameters: What it was given, as plain JSON, secrets masked.
        edits: What would become of which object.
        events: What would have happened.
        rules: Which rules were asked.
        result: What it would return.
        versions: Of every object that was read; a plan holds as long as they do.
        evidence: What was searched, to be asked again.
        needs_approval: Whether somebody else than the maker must commit it.

    Example:
        ```python
        from triptych import Actor
        from triptych.domain.actions import Plan

        assert str(Plan(action="desk.close", maker=Actor("ada"))) == "desk.close changes nothing"
        ```
    """

    action: str
    maker: Actor
    parameters: Mapping[str, Any] = field(default_factory=dict)
    edits: tuple[Edit, ...] = ()
    events: tuple[Any, ...] = ()
    rules: tuple[Consulted, ...] = ()
    result: Any = None
    versions: Mapping[At, int] = field(default_factory=dict)
    evidence: tuple[Any, ...] = ()
    needs_approval: bool = False

    def __str__(self) -> str:
        if not self.edits:
            return f"{self.action} changes nothing"
        lines = [f"{self.action} would"]
        for edit in self.edits:
            key = ", ".join(map(str, edit.key)) if isinstance(edit.key, tuple) else edit.key
            lines.append(f"  {edit.kind} {edit.type_name} {key}")
            lines += [
                f"    {name}: {_shown(old)} -> {_shown(new)}"
                for name, (old, new) in edit.changes().items()
            ]
        lines += [f"  and announce {event}" for event in self.events]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome[R]:
    """What became of a call.

    Attributes:
        result: What it returned.
        receipt: By which its entry in the ledger is asked for, and it is undone.
        touched: The objects that it changed.
        is_replayed: Whether it is that of an earlier call with the same idempotency key.
        plain: What it returned, as plain JSON.
        called: The operations; of several that are done as one, each.

    Example:
        ```python
        from triptych.domain.actions import Outcome

        assert Outcome(result=7, receipt="1").is_replayed is False
        ```
    """

    result: R
    receipt: str
    touched: tuple[Touched, ...] = ()
    is_replayed: bool = False
    plain: Any = None
    called: tuple[str, ...] = ()


def _shown(value: Any) -> str:
    return "-" if value is None else str(value)
