"""Outcomes as JSON, for whoever makes a call again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from triptych.adapters.ledger.keys import Known
from triptych.domain.actions import EditKind, Outcome, Touched


def write_outcome(outcome: Outcome[Any], plain: Any, entry: int, digest: bytes) -> Known:
    """Writes what a call was answered."""
    touched = [(each.type_name, each.key, each.kind, each.version) for each in outcome.touched]
    return Known(
        digest,
        entry,
        msgspec.json.encode([outcome.receipt, plain, touched, outcome.called]).decode(),
    )


def read_outcome(text: str, read: Callable[[Any], Any]) -> Outcome[Any]:
    """Reads back what a call was answered.

    Example:
        ```python
        from triptych.services.actions.outcomes import read_outcome

        outcome = read_outcome('["7", 1, [["City", "x", "added", 0]], []]', lambda plain: plain)
        assert outcome.is_replayed and outcome.touched[0].key == "x"
        ```
    """
    receipt, plain, touched, called = msgspec.json.decode(text)
    return Outcome(
        result=read(plain),
        receipt=receipt,
        touched=tuple(Touched(of, key, EditKind(kind), at) for of, key, kind, at in touched),
        is_replayed=True,
        plain=plain,
        called=tuple(called),
    )
