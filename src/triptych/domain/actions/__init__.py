"""Actions: what they are given, what they change, which changes are legal, what came of them."""

from __future__ import annotations

from triptych.domain.actions.declaration import Invariant, Mark, Secret, action, on, query
from triptych.domain.actions.edits import At, Edit, EditKind
from triptych.domain.actions.entries import Decision, Entry, Touched
from triptych.domain.actions.lifecycle import Lifecycle
from triptych.domain.actions.moments import Ticker, last_entry, moment_of
from triptych.domain.actions.operations import Held, Input, Operation, Output
from triptych.domain.actions.plans import Consulted, Outcome, Plan

__all__ = [
    "At",
    "Consulted",
    "Decision",
    "Edit",
    "EditKind",
    "Entry",
    "Held",
    "Input",
    "Invariant",
    "Lifecycle",
    "Mark",
    "Operation",
    "Outcome",
    "Output",
    "Plan",
    "Secret",
    "Ticker",
    "Touched",
    "action",
    "last_entry",
    "moment_of",
    "on",
    "query",
]
