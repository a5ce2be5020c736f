"""Docstrings, types and tests: ratios for a layer, and what is plainly wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache

from triptych.domain.review import (
    LAYER,
    PANELS,
    Axis,
    Finding,
    Function,
    Layer,
    Mending,
    Module,
    Rule,
    Severity,
)
from triptych.services.review.lexicon import CLIENTS, DRIVERS, ORM
from triptych.services.review.registry import Rules, of_modules
from triptych.services.review.reviewed import Reviewed
from triptych.services.review.rules.effects import is_connected, is_migration, is_request
from triptych.services.review.shares import Count
from triptych.services.review.sites import Site

DOCUMENTS = Rules()
_rule = DOCUMENTS.rule
_WORST, _FEW, _MIXED = 10, 20, 2
_LOGS = {
    "logging", "structlog", "loguru", "opentelemetry", "logfire", "log", "logger", "monitoring",
    "telemetry", "tracing", "observability",
}  # fmt: skip
_CHECKS = (
    "assert",
    "raises",
    "warns",
    "fail",
    "expect",
    "verify",
    "check",
    "snapshot",
    "approve",
    "state_machine",
)


def _public(module: Module) -> list[Function]:
    return [
        each
        for each in module.functions
        if each.is_public
        and not each.is_nested
        and not (each.decorators and any("overload" in d for d in each.decorators))
    ]


def _ratio(
    project: Reviewed,
    rule: Rule,
    layer: Layer,
    least: int,
    counted: Count,
) -> Iterator[Finding]:
    """Yields one finding for a layer whose ratio is too low, with its worst modules."""
    counts = [(module, *project.shares.of(counted, module)) for module in project.code(layer)]
    whole = sum(count for *_, count in counts)
    good = sum(count for _, count, _ in counts)
    if not whole or good * 100 >= least * whole:
        return
    worst = sorted(counts, key=lambda each: each[1] - each[2])[:_WORST]
    named = ", ".join(f"{m.name} {count} of {of}" for m, count, of in worst[:3] if count < of)
    found = f"{good} of {whole} in the {layer} layer, {least} % are wanted; least in {named}"
    yield replace(project.about(rule, worst[0][0], found), symbol=f"{layer}{LAYER}")


@_rule(
    "DOC001",
    "A layer's public names have too few docstrings",
    Severity.INFO,
    Axis.DOCS,
    "say in one sentence what each is for",
)
def too_few_docstrings(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """One finding for a layer: a list of a thousand names helps nobody."""
    for layer, least in project.settings.docstrings.items():
        yield from _ratio(project, rule, layer, least, documented)


def documented(module: Module) -> tuple[int, int]:
    """Counts what has a docstring, of the public names of a module."""
    functions = _public(module)
    classes = [each for each in module.classes if not each.name.startswith("_")]
    told = sum(each.told is not None for each in functions)
    return told + sum(each.is_told for each in classes), len(functions) + len(classes)


@_rule(
    "DOC002",
    "A docstring names a parameter that is not there",
    Severity.WARNING,
    Axis.DOCS,
    "say what the parameters are now",
)
@of_modules()
def docstring_contradicts(module: Module, at: Site) -> Iterator[Finding]:
    """A docstring that is wrong is worse than none."""
    for each in module.functions:
        names = {parameter.name for parameter in each.parameters}
        told = each.told.parameters if each.told else ()
        gone = [name for name in told if name not in names]
        # A function that passes on what it is given may name what it passes on.
        is_open = names & {"kwargs", "args", "options"}
        if gone and not is_open and set(told) & (names | {"self"}):
            found = f"{each.name} has no {', '.join(gone)}, which its docstring names"
            yield at.finding(each.line, found, each.name)


@_rule(
    "DOC005",
    "Few examples show how the inner layers are used",
    Severity.INFO,
    Axis.DOCS,
    "show the use of the most important names, as a doctest or a fenced block",
)
def few_examples(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """An example that runs is a test that people read."""
    for layer in (Layer.SEMANTIC, Layer.DYNAMIC):
        yield from _ratio(project, rule, layer, 5, _shown)


def _shown(module: Module) -> tuple[int, int]:
    """Counts the public functions of a module that show how they are used."""
    functions = [each for each in _public(module) if "." not in each.name]
    return sum(bool(e.told and e.told.has_example) for e in functions), len(functions)


@_rule(
    "TYP001",
    "A layer's functions have too few types",
    Severity.WARNING,
    Axis.TYPES,
    "say the types of parameters and results, and let mypy hold them",
    Mending.SAFE,
)
def too_few_types(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """One finding for a layer; `mypy --strict` names the places."""
    for layer in (*PANELS, Layer.ENTRY):
        yield from _ratio(project, rule, layer, 90, typed)


def typed(module: Module) -> tuple[int, int]:
    """Counts the functions of a module of which all types are said."""
    functions = [each for each in module.functions if not each.is_nested]
    whole = [
        each
        for each in functions
        if all(p.annotation for p in each.parameters)
        and (each.returns or each.name.endswith("__init__"))
    ]
    return len(whole), len(functions)


@_rule(
    "TYP002",
    "Many types are Any",
    Severity.INFO,
    Axis.TYPES,
    "say what it is, or give the function a type parameter",
)
def types_are_any(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """`Any` turns the type checker off for everybody who calls it."""
    for layer in PANELS:
        yield from _ratio(project, rule, layer, 80, _precise)


def _precise(module: Module) -> tuple[int, int]:
    """Counts the public functions of a module that say no `Any`, of those that say all types."""
    said = [each for each in _public(module) if each.returns]
    types = [{each.returns, *(p.annotation for p in each.parameters)} for each in said]
    return sum("typing.Any" not in each for each in types), len(said)


@_rule(
    "TYP004",
    "The type checker is silenced, whatever is wrong",
    Severity.INFO,
    Axis.TYPES,
    "say what is known to be wrong: # type: ignore[arg-type]",
)
@of_modules()
def checker_is_silenced(module: Module, at: Site) -> Iterator[Finding]:
    """The next mistake on that line is hidden, too."""
    if module.silenced and not is_migration(module):
        found = f"{module.silenced} line{'s' if module.silenced > 1 else ''} of it"
        yield at.about(found)


@_rule(
    "DOC004",
    "Docstrings are written in several styles",
    Severity.INFO,
    Axis.DOCS,
    "take the one that most have",
)
def styles_are_mixed(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """Readers and tools must know one style, not three: one finding for all."""
    places: dict[str, list[tuple[Module, Function]]] = defaultdict(list)
    for module in project.code():
        for each in module.functions:
            if each.told and each.told.style:
                places[each.told.style].append((module, each))
    whole = sum(map(len, places.values()))
    first, *others = sorted(places, key=lambda style: -len(places[style])) or [""]
    for style in others:
        if len(places[style]) >= _MIXED and len(places[style]) * 20 >= whole:
            module, one = places[style][0]
            found = f"{len(places[style])} of {whole} are {style}, most are {first}"
            yield project.finding(rule, module, one.line, found, one.name)


@_rule(
    "LOG004",
    "What reaches out leaves no trace",
    Severity.INFO,
    Axis.ERRORS,
    "log what was asked of whom, and how long it took",
)
def nothing_is_logged(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """Who looks for what went wrong at night finds nothing: one finding for the layer."""
    yield from _ratio(project, rule, Layer.KINETIC, 50, _logged)


def _logged(module: Module) -> tuple[int, int]:
    """Tells whether a module reaches out, and whether it logs then."""
    words = {word for each in module.imports for word in each.module.split(".")}
    tops = {each.module.partition(".")[0] for each in module.imports}
    reaches = bool(tops & (CLIENTS | DRIVERS - {"sqlite3"}))
    return int(reaches and bool(words & _LOGS)), int(reaches)


@_rule(
    "TST004",
    "Nothing tests a module of an inner layer",
    Severity.WARNING,
    Axis.TESTS,
    "write a test that imports it and can fail",
)
def module_is_untested(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """Tests that only reach a rule through a web page seldom reach all of it."""
    tested = _tested(project)
    for module in project.code(Layer.SEMANTIC, Layer.DYNAMIC):
        does_something = any(not each.is_stub for each in module.functions)
        if tested and does_something and module.name not in tested:
            yield project.about(rule, module, f"no test imports {module.name}")


def _tested(project: Reviewed) -> set[str]:
    """Names the modules that tests import something of, and their neighbours that those use."""
    tests = [each for each in project.modules if each.is_test]
    if len(tests) * _FEW < len(project.modules):
        # They lie elsewhere, and were not given.
        return set()
    tested = _imported(project, tests)
    beside, stack = _beside(project), list(tested)
    while stack:
        new = beside[stack.pop()] - tested
        tested |= new
        stack += new
    return tested


def _imported(project: Reviewed, tests: Sequence[Module]) -> set[str]:
    reached = {project.definitions.real(each.target) for test in tests for each in test.imports}
    found = [project.module_of(name) for name in reached]
    return {each.name for each in found if each is not None and not each.is_test}


def _beside(project: Reviewed) -> dict[str, set[str]]:
    """Names the neighbours that modules use: those of the same package."""
    found: dict[str, set[str]] = defaultdict(set)
    for edge in project.edges:
        if _package(edge.importer) == _package(edge.imported):
            found[edge.importer.name].add(edge.imported.name)
    return found


def _package(module: Module) -> str:
    is_whole = module.path.endswith("/__init__.py")
    return module.name if is_whole else module.name.rpartition(".")[0]


@_rule(
    "TST005",
    "A unit test reaches for a database or the network",
    Severity.WARNING,
    Axis.TESTS,
    "give it a fake, or put it with the integration tests",
)
@of_modules(Layer.TESTS)
def unit_test_reaches_out(module: Module, at: Site) -> Iterator[Finding]:
    """A test that needs a server is run seldom."""
    for each in module.imports if "/unit/" in f"/{module.path}" else ():
        if each.module.partition(".")[0] in (ORM | DRIVERS) - {"sqlite3"}:
            found = f"the unit test imports {each.target}"
            yield at.finding(each.line, found)
            break


@_rule(
    "TST006",
    "Collecting the tests reaches out",
    Severity.WARNING,
    Axis.TESTS,
    "make it in a fixture",
)
@of_modules(Layer.TESTS)
def collecting_has_effects(module: Module, at: Site) -> Iterator[Finding]:
    """Without the server not even the list of tests can be read."""
    for each in module.calls:
        if not each.within and (is_connected(each) or is_request(each)):
            found = f"{each.name} is called when the tests are collected"
            yield at.finding(each.line, found)


@_rule(
    "TST007",
    "A test checks nothing",
    Severity.WARNING,
    Axis.TESTS,
    "say what must hold",
)
@of_modules(Layer.TESTS)
def test_checks_nothing(module: Module, at: Site) -> Iterator[Finding]:
    """It passes as long as nothing is raised."""
    checked = _checked(module)
    for each in module.functions:
        last = each.name.rpartition(".")[2]
        is_test = last.startswith("test") and not (each.is_nested or each.is_stub)
        if is_test and each.name not in checked and not each.decorators:
            yield at.finding(each.line, f"{last} checks nothing", each.name)


def _checked(module: Module) -> set[str]:
    """Names the functions of a module in which something is checked, or that call one that does."""
    checked = {_outermost(note.within) for note in module.notes if note.kind == "assert"}
    checked |= {_outermost(call.within) for call in module.calls if _is_check(call.verb)}
    helpers = {f"{module.name}.{each}" for each in checked}
    helped = (call.within for call in module.calls if call.name.removesuffix("()") in helpers)
    return checked | set(map(_outermost, helped))


def _outermost(function: str) -> str:
    return function.partition(".<locals>")[0]


@cache
def _is_check(verb: str) -> bool:
    return any(word in verb.lower() for word in _CHECKS)
