"""Rules that one place breaks by itself: a table, for they differ in their words only."""

from __future__ import annotations

from collections.abc import Iterator

from triptych.domain.review import Axis, Finding, Layer, Mending, Module, Rule, Severity
from triptych.services.review.registry import Check, Rules, of_modules
from triptych.services.review.rules.effects import is_migration
from triptych.services.review.sites import Site

PATTERNS = Rules()
_INNER = (Layer.SEMANTIC, Layer.DYNAMIC)


def noted(kind: str, *layers: Layer) -> Check:
    """Makes a check that tells the notes of a kind.

    Args:
        kind: Which notes.
        layers: Of modules of which layers; of all where none is named.
    """

    @of_modules(*layers)
    def check(module: Module, at: Site) -> Iterator[Finding]:
        for note in () if is_migration(module) else module.notes:
            if note.kind == kind:
                yield at.finding(note.line, note.detail, note.within)

    return check


_TABLE = (
    (
        Rule(
            "SEM004",
            "A field has no type, so it is none",
            Severity.WARNING,
            Axis.MODEL,
            "say its type; what all objects share is a ClassVar, or stands outside",
        ),
        noted("unannotated"),
    ),
    (
        Rule(
            "SEM005",
            "A default is shared by all calls",
            Severity.WARNING,
            Axis.MODEL,
            "default to None or a tuple, and make the list within",
            Mending.UNSAFE,
        ),
        noted("shared-default"),
    ),
    (
        Rule(
            "SEM007",
            "An error of an inner layer knows the web",
            Severity.WARNING,
            Axis.BOUNDARIES,
            "say what went wrong; let the way in say which status that is",
        ),
        noted("transport", *_INNER),
    ),
    (
        Rule(
            "ERR003",
            "A handler only raises what it caught",
            Severity.INFO,
            Axis.ERRORS,
            "take the handler out",
        ),
        noted("passes"),
    ),
    (
        Rule(
            "LOG002",
            "A line of the log is put together before anybody wants it",
            Severity.INFO,
            Axis.ERRORS,
            "hand the values over: log.info('%s is open', board)",
            Mending.SAFE,
        ),
        noted("formatted"),
    ),
    (
        Rule(
            "ERR007",
            "A comparison does not ask what it seems to",
            Severity.WARNING,
            Axis.ERRORS,
            "compare each pair, and ask isinstance",
        ),
        noted("odd-comparison"),
    ),
    (
        Rule(
            "ERR009",
            "Errors are told apart by their text",
            Severity.WARNING,
            Axis.ERRORS,
            "catch the class of the error, or ask for its code",
        ),
        noted("told-apart"),
    ),
    (
        Rule(
            "SEC002",
            "A secret is shown",
            Severity.WARNING,
            Axis.SAFETY,
            "leave it out: who it belongs to says enough",
        ),
        noted("told-secret"),
    ),
    (
        Rule(
            "SEC004",
            "A client says where a file goes",
            Severity.ERROR,
            Axis.SAFETY,
            "make a name of your own, and keep theirs as a text",
        ),
        noted("client-name"),
    ),
)
for _rule, _check in _TABLE:
    PATTERNS.add(_rule, _check)
