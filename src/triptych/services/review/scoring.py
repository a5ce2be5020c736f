"""Scores: what is broken, of what could have been."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from triptych.domain.review import Axis, Cause, Finding, Layer, Score, Severity
from triptych.services.review.reviewed import Reviewed
from triptych.services.review.rules import RULES
from triptych.services.review.rules.documents import documented, typed

_COSTS = {Severity.ERROR: 3.0, Severity.WARNING: 1.0, Severity.INFO: 0.2}
_WEIGHTS = {
    Axis.BOUNDARIES: 4.0,
    Axis.MODEL: 2.0,
    Axis.EFFECTS: 2.0,
    Axis.ASYNC: 2.0,
    Axis.SAFETY: 2.0,
    Axis.ERRORS: 1.0,
    Axis.TYPES: 1.0,
    Axis.DOCS: 1.0,
    Axis.TESTS: 1.0,
    Axis.COMPLEXITY: 1.0,
}
_LEAST, _CAUSES, _ABOVE_WORST, _FLAT = 5, 5, 25, 50
_CAPS = ((3, 59), (1, 79))
_SCORED = (Layer.SEMANTIC, Layer.KINETIC, Layer.DYNAMIC, Layer.PLUMBING, Layer.ENTRY)


def score(project: Reviewed, findings: Iterable[Finding]) -> Score:
    """Scores a project: by layer and axis, from what could have been broken.

    Args:
        project: The project.
        findings: What was found in it, whether it is told or not.
    """
    layers = {module.path: project.layer(module) for module in project.code()}
    broken: dict[tuple[Layer, Axis], list[Finding]] = defaultdict(list)
    for each in findings:
        layer = layers.get(each.path, Layer.UNKNOWN)
        broken[(layer, RULES[each.code].rule.axis)].append(each)
    counts = _opportunities(project)
    axes: dict[Layer, dict[Axis, int]] = defaultdict(dict)
    causes = []
    for (layer, axis), count in counts.items():
        if count and layer in (*_SCORED, Layer.UNKNOWN):
            found = broken[(layer, axis)]
            axes[layer][axis] = _axis(project, layer, axis, found, count)
            causes += _causes(layer, axis, found, count)
    scores = {layer: _layer(of, broken, layer) for layer, of in axes.items()}
    causes.sort(key=lambda each: -each.points)
    return Score(_whole(project, scores), scores, dict(axes), tuple(causes[:_CAUSES]))


def _opportunities(project: Reviewed) -> dict[tuple[Layer, Axis], int]:
    """Counts what could be wrong: imports that cross, classes, coroutines, functions."""
    counts: dict[tuple[Layer, Axis], int] = defaultdict(int)
    for (layer, _), edges in project.crossings.items():
        counts[(layer, Axis.BOUNDARIES)] += len(edges)
    for module in project.code():
        layer, functions = project.layer(module), len(module.functions)
        counts[(layer, Axis.MODEL)] += len(module.classes) if layer is Layer.SEMANTIC else 0
        for axis in (Axis.EFFECTS, Axis.SAFETY, Axis.COMPLEXITY):
            counts[(layer, axis)] += functions + 1
        counts[(layer, Axis.ASYNC)] += sum(each.is_async for each in module.functions)
        raised = sum(note.kind == "raise" for note in module.notes)
        counts[(layer, Axis.ERRORS)] += len(module.handlers) + raised + 1
        counts[(layer, Axis.TYPES)] += functions
        counts[(layer, Axis.DOCS)] += project.shares.of(documented, module)[1]
        counts[(layer, Axis.TESTS)] += layer in (Layer.SEMANTIC, Layer.DYNAMIC)
    if not project.is_layered:
        return {(of, axis): n for (of, axis), n in counts.items() if axis is not Axis.BOUNDARIES}
    return counts


def _axis(project: Reviewed, layer: Layer, axis: Axis, found: list[Finding], count: int) -> int:
    if axis in (Axis.TYPES, Axis.DOCS):
        ratio = typed if axis is Axis.TYPES else documented
        counts = [project.shares.of(ratio, module) for module in project.code(layer)]
        whole = sum(of for _, of in counts)
        return round(100 * sum(good for good, _ in counts) / whole) if whole else 100
    cost = sum(_COSTS[each.severity] for each in found)
    return round(100 * (1 - min(1.0, cost / max(_LEAST, count))))


def _causes(layer: Layer, axis: Axis, found: list[Finding], count: int) -> list[Cause]:
    by_code: dict[str, list[Finding]] = defaultdict(list)
    for each in found:
        by_code[each.code].append(each)
    share = 100 * _WEIGHTS[axis] / sum(_WEIGHTS.values())
    return [
        Cause(layer, code, round(min(share, share * cost / max(_LEAST, count)), 1), len(of))
        for code, of in by_code.items()
        if (cost := sum(_COSTS[each.severity] for each in of))
    ]


def _layer(
    axes: dict[Axis, int], broken: dict[tuple[Layer, Axis], list[Finding]], layer: Layer
) -> int:
    weights = sum(_WEIGHTS[axis] for axis in axes)
    mean = sum(_WEIGHTS[axis] * of for axis, of in axes.items()) / weights
    grave = [
        each
        for axis in (Axis.BOUNDARIES, Axis.SAFETY)
        for each in broken[(layer, axis)]
        if each.severity is Severity.ERROR
    ]
    cap = next((most for least, most in _CAPS if len(grave) >= least), 100)
    return round(min(mean, cap))


def _whole(project: Reviewed, scores: dict[Layer, int]) -> int:
    """The mean over the lines of layers, not far above the worst; halved where there are none."""
    if not scores:
        return 100
    lines: dict[Layer, int] = defaultdict(int)
    for module in project.code():
        lines[project.layer(module)] += module.lines + 1
    weights = {layer: lines[layer] for layer in scores}
    mean = sum(scores[layer] * weight for layer, weight in weights.items()) / sum(weights.values())
    large = [scores[e] for e in scores if weights[e] * 20 >= sum(weights.values())]
    whole = min(mean, min(large, default=100) + _ABOVE_WORST)
    return round(whole if project.is_layered else min(whole, _FLAT))
