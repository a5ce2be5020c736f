"""Watching a project: it is reviewed again whenever a file has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from triptych.domain.review import Finding, Report, fingerprints
from triptych.services.review.project import ReviewedProject


@dataclass(frozen=True, slots=True)
class Seen:
    """What a review found, and what is otherwise than the time before.

    Attributes:
        report: All of it.
        new: What was not found before.
        gone: What is not found any more.
    """

    report: Report
    new: list[Finding]
    gone: list[Finding]


def watch(project: ReviewedProject, wait: Callable[[], None], since: str = "") -> Iterator[Seen]:
    """Reviews a project, and again whenever one of its files has changed.

    Args:
        project: The project.
        wait: Called between two looks at the files; what it raises ends the watch.
        since: A commit or a branch: only what is new since work left it is told.

    Yields:
        What was found: first all, later where a file has changed.

    Raises:
        InvalidInput: There is no such commit, or the baseline cannot be read.
    """
    known: dict[str, Finding] = {}
    state: object = None
    while True:
        now = project.state()
        if now != state:
            state = now
            report = project.review(since)
            found = dict(zip(fingerprints(report.findings), report.findings, strict=True))
            yield Seen(
                report,
                [each for mark, each in found.items() if mark not in known],
                [each for mark, each in known.items() if mark not in found],
            )
            known = found
        wait()
