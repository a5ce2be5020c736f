"""What running a project tells: its linters, types, tests, documents; nothing where nothing was run."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from triptych.domain.review import LAYER, Axis, Finding, Layer, Mistake, Module, Rule, Severity
from triptych.services.review.registry import Rules
from triptych.services.review.reviewed import Reviewed

TIERS = Rules()
_rule = TIERS.rule
_GRAVE = ("attr-defined", "call-arg", "unused-coroutine", "name-defined", "union-attr")
_LEAST, _SHOWN, _WORST = 80, 5, 3


def _modules(project: Reviewed) -> dict[str, Module]:
    return {module.path: module for module in project.modules}


@_rule(
    "CPX006",
    "The linter finds faults in a layer",
    Severity.WARNING,
    Axis.COMPLEXITY,
    "mend them, the most frequent kind first; `ruff check` names each place",
)
def layer_has_faults(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """One finding for a layer, of its lines: a list of a thousand faults helps nobody."""
    found = _by_layer(project, project.measured.faults)
    for layer, faults in found.items():
        lines = sum(module.lines for module in project.code(layer))
        if project.measured.changed is not None or len(faults) * 1_000 >= lines:
            yield _rolled_up(project, rule, faults, f"{len(faults)} in {lines:,} lines")


@_rule(
    "SEC008",
    "The security checker finds holes in a layer",
    Severity.INFO,
    Axis.SAFETY,
    "close them, or say beside each why it is none; `bandit -ll -ii` names each place",
)
def layer_has_holes(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """One finding for a layer, however small: what it is fairly sure of, and more than a hint."""
    for holes in _by_layer(project, project.measured.holes).values():
        yield _rolled_up(project, rule, holes, str(len(holes)))


def _by_layer(project: Reviewed, mistakes: Iterable[Mistake]) -> dict[Layer, list[Mistake]]:
    """Sorts what a checker says of code that is no test."""
    modules, found = _modules(project), defaultdict[Layer, list[Mistake]](list)
    for each in mistakes:
        if each.path in modules and not modules[each.path].is_test:
            found[project.layer(modules[each.path])].append(each)
    return found


def _rolled_up(project: Reviewed, rule: Rule, mistakes: list[Mistake], told: str) -> Finding:
    """Makes one finding of many mistakes, in the file that has most of them."""
    kinds, paths = Counter(e.code for e in mistakes), Counter(e.path for e in mistakes)
    named = ", ".join(f"{code} {count}" for code, count in kinds.most_common(_SHOWN))
    worst = ", ".join(f"{path} {count}" for path, count in paths.most_common(_WORST))
    module = _modules(project)[paths.most_common(1)[0][0]]
    layer = project.layer(module)
    where = "no layer" if layer is Layer.UNKNOWN else f"the {layer} layer"
    finding = project.about(rule, module, f"{told} of {where}: {named}; most in {worst}")
    return replace(finding, symbol=f"{layer}{LAYER}")


@_rule(
    "TYP003",
    "The type checker finds mistakes",
    Severity.WARNING,
    Axis.TYPES,
    "mend them; what it cannot know, say in an annotation",
)
def types_are_wrong(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """What it finds is wrong in some way: one finding for each kind in a module."""
    modules = _modules(project)
    kinds: dict[tuple[str, str], list[Mistake]] = defaultdict(list)
    for each in project.measured.mistakes:
        if each.path in modules and not modules[each.path].is_test:
            kinds[each.path, each.code].append(each)
    for (path, code), mistakes in kinds.items():
        more = f", {len(mistakes)} times" if len(mistakes) > 1 else ""
        found = f"{code}{more}: {mistakes[0].text}"
        told = project.finding(rule, modules[path], mistakes[0].line, found)
        is_told = rule.code in project.settings.severities
        yield replace(told, severity=Severity.ERROR) if code in _GRAVE and not is_told else told


@_rule(
    "TST001",
    "Too little of the code is run by tests",
    Severity.ERROR,
    Axis.TESTS,
    "test first what the business would miss most",
)
def too_little_is_covered(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """What no test runs may be anything: one finding for all."""
    modules, coverage = _modules(project), project.measured.coverage
    found = {path: of for path, of in coverage.items() if path in modules}
    run = sum(len(each.run) for each in found.values())
    missed = sum(len(each.missed) for each in found.values())
    if project.measured.changed is None and run * 100 < _LEAST * (run + missed):
        worst = max(found, key=lambda path: len(found[path].missed))
        told = f"{run * 100 // (run + missed)} % of the lines, {_LEAST} are wanted"
        yield project.about(rule, modules[worst], f"{told}; least of all here")


@_rule(
    "TST002",
    "Tests do not run all of a service",
    Severity.WARNING,
    Axis.TESTS,
    "test each way through it",
)
def service_is_not_covered(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """What a service decides is what the business pays for."""
    for module in project.code(Layer.DYNAMIC):
        covered = project.measured.coverage.get(module.path)
        if covered and covered.missed and project.measured.changed is None:
            whole = len(covered.missed) + len(covered.run)
            found = f"{len(covered.missed)} of {whole} lines are not run: {_said(covered.missed)}"
            yield project.finding(rule, module, min(covered.missed), found)


@_rule(
    "TST003",
    "A new line is run by no test",
    Severity.ERROR,
    Axis.TESTS,
    "write the test that would have needed it",
)
def new_line_is_not_covered(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """Nobody will be nearer to it again than who has just written it."""
    for module in project.code():
        covered = project.measured.coverage.get(module.path)
        if covered and covered.missed and project.measured.changed is not None:
            found = f"no test runs {_said(covered.missed)}"
            yield project.finding(rule, module, min(covered.missed), found)


def _said(lines: Iterable[int]) -> str:
    """Writes numbers of lines, those that follow each other as one."""
    spans: list[list[int]] = []
    for line in sorted(lines):
        if spans and spans[-1][-1] == line - 1:
            spans[-1].append(line)
        else:
            spans.append([line])
    told = [f"{of[0]}-{of[-1]}" if len(of) > 1 else str(of[0]) for of in spans[:_SHOWN]]
    return ", ".join(told) + (" and more" if len(spans) > _SHOWN else "")


@_rule(
    "TST008",
    "Tests fail",
    Severity.ERROR,
    Axis.TESTS,
    "mend what they show, or take out what they wrongly want",
)
def tests_fail(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """Where some fail always, nobody sees when one more does."""
    if project.measured.failed:
        yield project.at(rule, "tests", project.measured.failed)


@_rule(
    "DOC007",
    "The documents cannot be built strictly",
    Severity.ERROR,
    Axis.DOCS,
    "mend the links and names that lead nowhere",
)
def documents_are_broken(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """A link that leads nowhere is found by readers, who do not tell you."""
    for each in project.measured.broken:
        yield project.at(rule, "mkdocs.yml", each)


@_rule(
    "DOC006",
    "An example fails",
    Severity.ERROR,
    Axis.DOCS,
    "mend the example, or what it shows",
)
def example_fails(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """It was true once, and it is what people copy."""
    modules = _modules(project)
    for each in project.measured.examples:
        if each.path in modules:
            yield project.finding(rule, modules[each.path], each.line, each.text)
