"""Reports of a review, in the formats that programs read, each loaded by whoever asks for it."""

from __future__ import annotations

import importlib

from triptych.domain.review import Report, Rule

FORMATS = {
    "concise": "lines:concise",
    "json": "lines:json_document",
    "jsonl": "lines:json_lines",
    "sarif": "sarif:sarif",
    "github": "lines:github",
    "gitlab": "lines:gitlab",
    "junit": "lines:junit",
    "markdown": "page:markdown",
    "html": "page:html",
    "mermaid": "picture:mermaid",
    "svg": "picture:svg",
}


def write_report(name: str, report: Report, rules: dict[str, Rule]) -> str:
    """Writes a report in one of the formats.

    Args:
        name: Of the format, one of `FORMATS`.
        report: What is told.
        rules: By their codes.

    Example:
        ```python
        from triptych.adapters.review.reports import write_report
        from triptych.domain.review import Report, Score

        assert write_report("jsonl", Report(findings=[], score=Score(100)), {}) == ""
        ```
    """
    module, _, function = FORMATS[name].partition(":")
    write = getattr(importlib.import_module(f"{__name__}.{module}"), function)
    return str(write(report, rules))
