"""Reports of a review, in the formats that people and programs read."""

from __future__ import annotations

from collections.abc import Callable

from triptych.adapters.review.reports.lines import (
    concise,
    github,
    gitlab,
    json_document,
    json_lines,
    junit,
)
from triptych.adapters.review.reports.page import html, markdown
from triptych.adapters.review.reports.picture import mermaid, svg
from triptych.adapters.review.reports.sarif import sarif
from triptych.domain.review import Report, Rule

type Write = Callable[[Report, dict[str, Rule]], str]

FORMATS: dict[str, Write] = {
    "concise": concise,
    "json": json_document,
    "jsonl": json_lines,
    "sarif": sarif,
    "github": github,
    "gitlab": gitlab,
    "junit": junit,
    "markdown": markdown,
    "html": html,
    "mermaid": mermaid,
    "svg": svg,
}
