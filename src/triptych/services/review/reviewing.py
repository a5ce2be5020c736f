"""A review: every rule is asked, and what is found is told, known, or taken out with a reason."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace

from triptych.adapters.review.files import module_name
from triptych.domain.review import (
    Finding,
    Found,
    Layer,
    LayerSummary,
    Measured,
    Report,
    counted,
    fingerprints,
)
from triptych.services.review.registry import OfModules
from triptych.services.review.reviewed import Reviewed
from triptych.services.review.rules import RULES
from triptych.services.review.rules.tiers import TIERS
from triptych.services.review.scoring import score

_OWN = "SUP001"
_RUN = {each.rule.code for each in TIERS}


def review(
    project: Reviewed, known: Iterable[str] = (), before: Sequence[Finding] | None = None
) -> Report:
    """Reviews a project.

    Args:
        project: What was read of it.
        known: The fingerprints of findings that its baseline knows.
        before: What was found at another commit: only what is new since is told.

    Example:
        ```python
        from triptych.domain.review import Import, Module
        from triptych.services.review import Reviewed, review

        domain = Module(path="shop/domain/orders.py", name="shop.domain.orders", lines=9)
        broken = Module(
            path="shop/services/bills.py",
            name="shop.services.bills",
            lines=9,
            imports=(Import("fastapi", "HTTPException", 3),),
        )
        report = review(Reviewed([domain, broken]))
        assert [each.code for each in report.findings] == ["LYR004"]
        ```
    """
    return narrowed(find_out(project).report, known, before)


def narrowed(
    report: Report, known: Iterable[str] = (), before: Sequence[Finding] | None = None
) -> Report:
    """Leaves out of a report what is known; see `review`. The scores are those of all."""
    old = Counter(fingerprints(before)) if before is not None else Counter[str]()
    marks = set(known)
    findings, count = [], 0
    for each, mark in zip(report.findings, fingerprints(report.findings), strict=True):
        if before is not None and old[mark]:
            continue
        if mark in marks:
            count += 1
            continue
        findings.append(each)
    return replace(report, findings=findings, known=count)


def find_out(project: Reviewed) -> Found:
    """Finds all there is to be told of a project."""
    everything = find_all(project)
    told, suppressed = _suppressed(project, everything)
    report = Report(
        findings=told,
        score=score(project, told),
        layers=_layers(project),
        arrows=_arrows(project),
        modules=len(project.modules),
        lines=sum(each.lines for each in project.modules),
        is_layered=project.is_layered,
        foreign=project.foreign,
        suppressed=suppressed,
        notes=[*_notes(project), *_idle(project, suppressed)],
    )
    names = {each.name: each.path for each in project.modules}
    return Found(report, everything, project.placements, names, project.shares.counted)


def find_all(project: Reviewed) -> list[Finding]:
    """Asks every rule that the project does not ignore; in the order of files and lines.

    What a rule of modules found earlier in a file that has not changed is not asked again.
    """
    same = _unchanged(project)
    changed = [each for each in project.modules if each.path not in same]
    found = set(_found_in(project, same))
    for rule, check in ((each.rule, each.check) for each in RULES):
        if project.settings.is_ignored(rule.code):
            continue
        if isinstance(check, OfModules):
            found.update(check.of(changed, project, rule))
        else:
            found.update(check(project, rule))
    return sorted(found, key=lambda each: (each.path, each.line, each.code, each.found))


def _unchanged(project: Reviewed) -> Set[str]:
    """Names the files in which rules of modules find what they found earlier."""
    if project.earlier is None:
        return set()
    found = project.earlier.found
    tops = frozenset(name.partition(".")[0] for name in found.names)
    is_framed_alike = (found.report.is_layered, tops) == (project.is_layered, project.tops)
    return project.earlier.unchanged if is_framed_alike else set()


def _found_in(project: Reviewed, files: Set[str]) -> Iterator[Finding]:
    """Yields what rules of modules found earlier in some files."""
    for each in project.earlier.found.findings if project.earlier else ():
        if each.path in files and isinstance(RULES[each.code].check, OfModules):
            yield each


def _suppressed(
    project: Reviewed, findings: Sequence[Finding]
) -> tuple[list[Finding], list[tuple[Finding, str]]]:
    """Parts what comments take out from what is told."""
    said = _said(project)
    told, out = [], []
    for each in findings:
        reason = said.get((each.path, each.line, each.code), "")
        if reason and each.code != _OWN:
            out.append((each, reason))
        else:
            told.append(each)
    return told, out


def _said(project: Reviewed) -> dict[tuple[str, int, str], str]:
    """Lists what comments take out: the path, the line and the rule, with the reason."""
    return {
        (module.path, each.line, code): each.reason.strip()
        for module in project.modules
        for each in module.suppressions
        for code in each.codes
    }


def _idle(project: Reviewed, out: Sequence[tuple[Finding, str]]) -> Iterator[str]:
    """Tells of comments that take nothing out any more."""
    used = {(each.path, each.line, each.code) for each, _ in out}
    is_run = project.measured != Measured()
    for path, line, code in _said(project):
        is_asked = not project.settings.is_ignored(code) and (is_run or code not in _RUN)
        if (path, line, code) not in used and is_asked:
            yield f"{path}:{line} takes {code} out, which is not found there"


def _layers(project: Reviewed) -> list[LayerSummary]:
    counts: dict[Layer, list[int]] = defaultdict(lambda: [0, 0])
    for module in project.modules:
        counts[project.layer(module)][0] += 1
        counts[project.layer(module)][1] += module.lines
    return [LayerSummary(layer, *counts[layer]) for layer in Layer if layer in counts]


def _arrows(project: Reviewed) -> dict[tuple[Layer, Layer], tuple[int, int]]:
    """Counts the imports between layers: all, and those that may not be."""
    arrows = {}
    for pair, edges in sorted(project.crossings.items()):
        count = sum(not each.by.is_typing for each in edges)
        if count and pair[0] is not pair[1] and Layer.TESTS not in pair:
            arrows[pair] = count, 0 if pair[0].may_import(pair[1]) else count
    return arrows


def _notes(project: Reviewed) -> list[str]:
    notes = []
    if not project.modules:
        notes.append("there is no Python code that could be read here, so nothing is reviewed")
    elif project.foreign:
        notes.append(f"this is a project of {project.foreign}: layers are not looked for")
    elif not project.is_layered:
        notes.append(
            "no model of layers was found here, so boundaries are not scored and the whole is "
            "50 at most; `triptych review init` writes down what could be told"
        )
    return [*notes, *_decided(project)]


def _decided(project: Reviewed) -> Iterator[str]:
    """Tells what decisions allow, so that nobody takes it for what nobody does."""
    allowed: Counter[str] = Counter()
    imports = Counter((edge.importer.name, edge.imported.name) for edge in project.edges)
    for each in project.settings.exemptions:
        count = sum(n for pair, n in imports.items() if each.holds(*pair, project.today))
        allowed[each.adr] += count
        if each.until is not None and project.today > each.until:
            yield f"the exception of decision {each.adr} has ended on {each.until}"
        elif not count:
            yield f"decision {each.adr} allows {each.imported} to {each.importer}: nobody imports it"
    for adr, count in (+allowed).items():
        yield f"decision {adr} allows {counted(count, 'import')}"


def renamed(findings: Sequence[Finding], names: Mapping[str, str]) -> list[Finding]:
    """Lets findings of before speak of the paths and modules of now.

    Args:
        findings: What was found before.
        names: The path now by the path then, of the files that were renamed.
    """
    return [_renamed(each, names.get(each.path, each.path)) for each in findings]


def _renamed(finding: Finding, path: str) -> Finding:
    if path == finding.path:
        return finding
    old, new = module_name(finding.path), module_name(path)
    is_within = f"{finding.symbol}.".startswith(f"{old}.")
    symbol = new + finding.symbol.removeprefix(old) if is_within else finding.symbol
    return replace(finding, path=path, symbol=symbol)
