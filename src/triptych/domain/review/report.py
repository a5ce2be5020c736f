"""What a review comes to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field

from triptych.domain.review.findings import Axis, Finding, Severity
from triptych.domain.review.layers import Layer, Placement


def counted(count: int, noun: str) -> str:
    """Writes how many there are of something whose plural is regular.

    Example:
        ```python
        from triptych.domain.review import counted

        assert (counted(1, "module"), counted(2000, "line")) == ("1 module", "2,000 lines")
        ```
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class Cause:
    """A rule that costs a layer points.

    Attributes:
        layer: The layer.
        code: The rule.
        points: How many of a hundred.
        count: How often it is broken there.
    """

    layer: Layer
    code: str
    points: float
    count: int


@dataclass(frozen=True, slots=True)
class Score:
    """How well a project keeps the standard, from 0 to 100.

    Attributes:
        whole: Over all.
        layers: By layer.
        axes: By layer and axis; those without an opportunity to fail are not there.
        causes: What costs most, the dearest first.
    """

    whole: int
    layers: Mapping[Layer, int] = field(default_factory=dict)
    axes: Mapping[Layer, Mapping[Axis, int]] = field(default_factory=dict)
    causes: tuple[Cause, ...] = ()


@dataclass(frozen=True, slots=True)
class LayerSummary:
    """What is known of a layer.

    Attributes:
        layer: The layer.
        modules: How many it has.
        lines: How many they have.
    """

    layer: Layer
    modules: int
    lines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a review comes to.

    Attributes:
        findings: What breaks a rule, in the order of files and lines.
        score: How well the standard is kept.
        layers: The layers, with how much is in each.
        arrows: How many imports lead from one layer to another, and how many may not.
        modules: How many were read.
        lines: How many they have.
        is_layered: Whether there is a model of layers.
        foreign: Another architecture that the project follows; or empty.
        suppressed: Findings that comments take out, with their reasons.
        known: How many findings the baseline knows.
        notes: What whoever reads the report should know.
    """

    findings: Sequence[Finding]
    score: Score
    layers: Sequence[LayerSummary] = ()
    arrows: Mapping[tuple[Layer, Layer], tuple[int, int]] = field(default_factory=dict)
    modules: int = 0
    lines: int = 0
    is_layered: bool = True
    foreign: str = ""
    suppressed: Sequence[tuple[Finding, str]] = ()
    known: int = 0
    notes: Sequence[str] = ()

    def fails(self, at: Severity) -> bool:
        """Tells whether something is at least as bad as that.

        Example:
            ```python
            from triptych.domain.review import Report, Score, Severity

            assert not Report(findings=[], score=Score(100)).fails(Severity.INFO)
            ```
        """
        return any(each.severity.is_at_least(at) for each in self.findings)

    def counts(self) -> dict[Severity, int]:
        """Counts the findings by how bad they are."""
        found = Counter(each.severity for each in self.findings)
        return {each: found[each] for each in Severity}

    def headline(self) -> str:
        """Says how much was read, and how many findings of each kind there are.

        Example:
            ```python
            from triptych.domain.review import Report, Score

            report = Report(findings=[], score=Score(100), modules=1, lines=9)
            assert report.headline() == "1 module, 9 lines: 0 errors, 0 warnings, 0 info"
            ```
        """
        counts = self.counts()
        told = [counted(counts[each], each) for each in (Severity.ERROR, Severity.WARNING)]
        told.append(f"{counts[Severity.INFO]:,} {Severity.INFO}")
        return (
            f"{counted(self.modules, 'module')}, {counted(self.lines, 'line')}: {', '.join(told)}"
        )


@dataclass(frozen=True, slots=True)
class Found:
    """All that was found in a project, whatever is known of it already.

    Attributes:
        report: What is told of all of it.
        findings: What breaks a rule, in the order of files and lines, with what comments take out.
        placements: Where its modules were placed, by their paths.
        names: The paths of modules, by their names.
        shares: How many of a module are as they should be, and of how many: by what was counted,
            such as `documented`, and by the path.
    """

    report: Report
    findings: Sequence[Finding] = ()
    placements: Mapping[str, Placement] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    shares: Mapping[str, Mapping[str, tuple[int, int]]] = field(default_factory=dict)

    @property
    def places(self) -> dict[str, Placement]:
        """Where its modules were placed, by their names.

        Example:
            ```python
            from triptych.domain.review import Found, Layer, Placement, Report, Score

            placements = {"shop/bills.py": Placement(Layer.DYNAMIC, 1.0)}
            report = Report(findings=[], score=Score(100))
            found = Found(report, [], placements, {"shop.bills": "shop/bills.py"})
            assert found.places["shop.bills"].layer is Layer.DYNAMIC
            ```
        """
        return {name: self.placements[path] for name, path in self.names.items()}


@dataclass(frozen=True, slots=True)
class Earlier:
    """What was found in a project earlier.

    Attributes:
        found: All of it; by the same rules and settings as now.
        unchanged: The paths of files that are as they were.
    """

    found: Found
    unchanged: Set[str]


def fingerprints(findings: Sequence[Finding]) -> list[str]:
    """Returns the fingerprints of findings, which tell even equal lines apart.

    Example:
        ```python
        from triptych.domain.review import Finding, Severity, fingerprints

        found = Finding("LYR001", "a.py", 3, "imports b", Severity.ERROR, text="import b")
        assert len(set(fingerprints([found, found]))) == 2
        ```
    """
    counts: Counter[str] = Counter()
    made = []
    for each in findings:
        same = each.fingerprint()
        made.append(each.fingerprint(counts[same]))
        counts[same] += 1
    return made
