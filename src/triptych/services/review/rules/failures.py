"""Errors and the log: what is swallowed, and what is said to nobody."""

from __future__ import annotations

from collections.abc import Iterator

from triptych.domain.review import Axis, Finding, Layer, Mending, Rule, Severity
from triptych.services.review.registry import Rules
from triptych.services.review.reviewed import Reviewed
from triptych.services.review.rules.effects import is_migration

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
def error_is_swallowed(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """A mistake in the code looks as if nothing had happened."""
    for module in project.code():
        for each in () if is_migration(module) else module.handlers:
            is_broad = not each.caught or bool(_BROAD & set(each.caught))
            if is_broad and each.deed == "nothing":
                caught = f"except {', '.join(each.caught)}" if each.caught else "a bare except"
                found = f"{caught} does nothing about it"
                yield project.finding(rule, module, each.line, found, each.within)


@_rule(
    "ERR002",
    "An error does not say which error led to it",
    Severity.INFO,
    Axis.ERRORS,
    "write `raise` to pass it on, and `raise ... from error` for another",
    Mending.SAFE,
)
def error_is_unlinked(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """Its traceback reads as if the handler itself had failed."""
    for module in project.code():
        for note in module.notes:
            if note.kind == "reraise":
                found = f"raises {note.detail} again, where `raise` passes it on"
                yield project.finding(rule, module, note.line, found, note.within)
            elif note.kind == "unlinked" and not note.detail.endswith("Exit"):
                found = f"raises {note.detail} without saying from which error"
                yield project.finding(rule, module, note.line, found, note.within)


@_rule(
    "ERR004",
    "An error without a name is raised",
    Severity.WARNING,
    Axis.ERRORS,
    "raise an error of the project's own tree",
)
def error_has_no_name(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """Who wants to catch it must catch everything."""
    for module in project.code():
        for note in module.notes:
            if note.kind == "raise" and note.detail in _BROAD:
                found = f"raises {note.detail}"
                yield project.finding(rule, module, note.line, found, note.within)


@_rule(
    "ERR005",
    "An assert checks what may happen",
    Severity.INFO,
    Axis.ERRORS,
    "raise an error; what only a type checker needs may stay",
)
def assert_checks(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """Under -O it is not there."""
    for module in project.code():
        found = [note for note in module.notes if note.kind == "assert"]
        if found:
            told = f"{len(found)} assert{'s' if len(found) > 1 else ''} outside of tests"
            yield project.finding(rule, module, found[0].line, told, found[0].within)


@_rule(
    "LOG001",
    "Something is printed",
    Severity.WARNING,
    Axis.ERRORS,
    "write it to the log, or return it",
)
def something_is_printed(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """Nobody reads what a server prints."""
    for module in project.code(Layer.SEMANTIC, Layer.KINETIC, Layer.DYNAMIC):
        found = [each for each in module.calls if each.name == "print"]
        if found and not is_migration(module):
            told = f"{len(found)} print{'s' if len(found) > 1 else ''} in the package"
            yield project.finding(rule, module, found[0].line, told, found[0].within)


@_rule(
    "LOG003",
    "A module sets the log up for everybody",
    Severity.WARNING,
    Axis.ERRORS,
    "set it up where the program starts",
)
def module_sets_logging(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """Whoever imports it gets a log that they did not ask for."""
    for module in project.code(Layer.SEMANTIC, Layer.KINETIC, Layer.DYNAMIC):
        for each in module.calls:
            if each.name == "logging.basicConfig":
                yield project.finding(rule, module, each.line, "calls basicConfig", each.within)
