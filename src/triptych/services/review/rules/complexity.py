"""What has grown too large, and what could not be read."""

from __future__ import annotations

from collections.abc import Iterator

from triptych.domain.review import Axis, Finding, Layer, Module, Rule, Severity
from triptych.services.review.registry import Rules, of_modules
from triptych.services.review.reviewed import Reviewed
from triptych.services.review.rules.effects import is_migration
from triptych.services.review.sites import Site

COMPLEXITY = Rules()
_rule = COMPLEXITY.rule
_METHODS, _IMPORTS, _PARAMETERS = 30, 40, 8


@_rule(
    "CPX001",
    "A function has too many paths",
    Severity.WARNING,
    Axis.COMPLEXITY,
    "give its parts names of their own",
)
@of_modules()
def function_is_complex(module: Module, at: Site) -> Iterator[Finding]:
    """More paths than ten nobody holds in their head, and no test takes."""
    for each in module.functions:
        if each.complexity > at.settings.complexity:
            found = f"{each.name} has {each.complexity} independent paths"
            yield at.finding(each.line, found, each.name)


@_rule(
    "CPX002",
    "A function takes too many parameters",
    Severity.INFO,
    Axis.COMPLEXITY,
    "put what belongs together into an object",
)
@of_modules()
def function_takes_too_much(module: Module, at: Site) -> Iterator[Finding]:
    """What frameworks fill in does not count."""
    for each in module.functions:
        count = sum(not parameter.default for parameter in each.parameters)
        if count > _PARAMETERS and not each.decorators:
            found = f"{each.name} takes {count} parameters"
            yield at.finding(each.line, found, each.name)


@_rule(
    "CPX003",
    "A module is about too much",
    Severity.WARNING,
    Axis.COMPLEXITY,
    "make it a package of the same name, a module for each concept",
)
@of_modules()
def module_is_large(module: Module, at: Site) -> Iterator[Finding]:
    """A module should read like a page, or a few."""
    imports = {each.module for each in module.imports if not each.is_typing}
    if module.lines > at.settings.module_lines:
        yield at.about(f"it has {module.lines} lines")
    elif len(imports) > _IMPORTS:
        yield at.about(f"it imports {len(imports)} modules")


@_rule(
    "CPX004",
    "A class does too much",
    Severity.WARNING,
    Axis.COMPLEXITY,
    "part it by what its methods are about",
)
@of_modules()
def class_is_large(module: Module, at: Site) -> Iterator[Finding]:
    """Its methods are seldom all about one thing."""
    for each in module.classes:
        if len(each.methods) > _METHODS:
            found = f"{each.name} has {len(each.methods)} methods"
            yield at.finding(each.line, found, each.name)


@_rule(
    "CPX005",
    "A function is written twice",
    Severity.INFO,
    Axis.COMPLEXITY,
    "keep one, where both can use it",
)
def function_is_copied(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """What is mended in one is not mended in the other."""
    first: dict[str, str] = {}
    for module in project.code():
        for each in () if is_migration(module) else module.functions:
            whole = f"{module.name}.{each.name}"
            if each.digest and first.setdefault(each.digest, whole) != whole:
                found = f"{each.name} is {first[each.digest]}, line for line"
                yield project.finding(rule, module, each.line, found, each.name)


@_rule(
    "PRS001",
    "A file could not be read",
    Severity.ERROR,
    Axis.COMPLEXITY,
    "mend it, or leave its folder out of `src`",
)
def file_is_unread(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """Nothing is known of it, so nothing is said: that is told, and not kept silent."""
    for each in project.unread:
        yield project.at(rule, each.path, each.reason, each.line)


@_rule(
    "SUP001",
    "A finding is taken out without a reason",
    Severity.WARNING,
    Axis.COMPLEXITY,
    "write # review: ignore[CODE] and why",
)
@of_modules(*Layer)
def suppression_without_reason(module: Module, at: Site) -> Iterator[Finding]:
    """Who reads it next year must know whether it still holds."""
    for each in module.suppressions:
        if not each.reason.strip() or not each.codes:
            yield at.finding(each.line, "it gives no code, or no reason")
