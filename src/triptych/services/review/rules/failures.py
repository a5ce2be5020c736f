"""Errors and the log: what is swallowed, and what is said to nobody."""

from __future__ import annotations

from collections.abc import Iterator

from triptych.domain.review import Axis, Finding, Layer, Mending, Module, Severity
from triptych.services.review.registry import Rules, of_modules
from triptych.services.review.rules.effects import is_migration
from triptych.services.review.sites import Site

FAILURES = Rules()
_rule = FAILURES.rule
_BROAD = {"Exception", "BaseException"}


@_rule(
    "ERR001",
    "Any error is swallowed",
    Severity.WARNING,
    Axis.ERRORS,
    "catch the error that you expect, and let the others through",
)
@of_modules()
def error_is_swallowed(module: Module, at: Site) -> Iterator[Finding]:
    """A mistake in the code looks as if nothing had happened."""
    for each in () if is_migration(module) else module.handlers:
        is_broad = not each.caught or bool(_BROAD & set(each.caught))
        if is_broad and each.deed == "nothing":
            caught = f"except {', '.join(each.caught)}" if each.caught else "a bare except"
            found = f"{caught} does nothing about it"
            yield at.finding(each.line, found, each.within)


@_rule(
    "ERR002",
    "An error does not say which error led to it",
    Severity.INFO,
    Axis.ERRORS,
    "write `raise` to pass it on, and `raise ... from error` for another",
    Mending.SAFE,
)
@of_modules()
def error_is_unlinked(module: Module, at: Site) -> Iterator[Finding]:
    """Its traceback reads as if the handler itself had failed."""
    for note in module.notes:
        if note.kind == "reraise":
            found = f"raises {note.detail} again, where `raise` passes it on"
            yield at.finding(note.line, found, note.within)
        elif note.kind == "unlinked" and not note.detail.endswith("Exit"):
            found = f"raises {note.detail} without saying from which error"
            yield at.finding(note.line, found, note.within)


@_rule(
    "ERR004",
    "An error without a name is raised",
    Severity.WARNING,
    Axis.ERRORS,
    "raise an error of the project's own tree",
)
@of_modules()
def error_has_no_name(module: Module, at: Site) -> Iterator[Finding]:
    """Who wants to catch it must catch everything."""
    for note in module.notes:
        if note.kind == "raise" and note.detail in _BROAD:
            found = f"raises {note.detail}"
            yield at.finding(note.line, found, note.within)


@_rule(
    "ERR005",
    "An assert checks what may happen",
    Severity.INFO,
    Axis.ERRORS,
    "raise an error; what only a type checker needs may stay",
)
@of_modules()
def assert_checks(module: Module, at: Site) -> Iterator[Finding]:
    """Under -O it is not there."""
    found = [note for note in module.notes if note.kind == "assert"]
    if found:
        told = f"{len(found)} assert{'s' if len(found) > 1 else ''} outside of tests"
        yield at.finding(found[0].line, told, found[0].within)


@_rule(
    "LOG001",
    "Something is printed",
    Severity.WARNING,
    Axis.ERRORS,
    "write it to the log, or return it",
)
@of_modules(Layer.SEMANTIC, Layer.KINETIC, Layer.DYNAMIC)
def something_is_printed(module: Module, at: Site) -> Iterator[Finding]:
    """Nobody reads what a server prints."""
    found = [each for each in module.calls if each.name == "print"]
    if found and not is_migration(module):
        told = f"{len(found)} print{'s' if len(found) > 1 else ''} in the package"
        yield at.finding(found[0].line, told, found[0].within)


@_rule(
    "LOG003",
    "A module sets the log up for everybody",
    Severity.WARNING,
    Axis.ERRORS,
    "set it up where the program starts",
)
@of_modules(Layer.SEMANTIC, Layer.KINETIC, Layer.DYNAMIC)
def module_sets_logging(module: Module, at: Site) -> Iterator[Finding]:
    """Whoever imports it gets a log that they did not ask for."""
    for each in module.calls:
        if each.name == "logging.basicConfig":
            yield at.finding(each.line, "calls basicConfig", each.within)
