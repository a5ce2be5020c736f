"""Writes the pages that are derived from the code: diagnostics, and settings."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

from triptych.domain.diagnostics import RULES, DiagnosticRule
from triptych.infrastructure.configuration import documented_settings

_DIAGNOSTICS = "reference/diagnostics"


def on_files(files: Files, config: Any) -> Files:
    """Adds one page a diagnostic."""
    for rule in RULES.values():
        path = f"{_DIAGNOSTICS}/{rule.code}.md"
        files.append(File.generated(config, path, content=_page(rule)))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Fills in the tables."""
    tables = {"diagnostics": _index, "settings": _settings, "constructs": _constructs}
    for name, write in tables.items():
        mark = f"{{{{ {name} }}}}"
        if mark in markdown:
            markdown = markdown.replace(mark, write())
    return markdown


def _constructs() -> str:
    here = Path(__file__).parent
    sys.path[:0] = [str(here), str(here.parent / "examples" / "flights" / "src")]
    text: str = importlib.import_module("constructs").table()
    return text


def _index() -> str:
    rows = [
        f"| [{rule.code}](diagnostics/{rule.code}.md) | {rule.severity} | {rule.title} |"
        for rule in RULES.values()
    ]
    return "\n".join(["| code | severity | what is wrong |", "|---|---|---|", *rows])


def _page(rule: DiagnosticRule) -> str:
    return (
        f"# {rule.code}: {rule.title}\n\n*{rule.severity}*\n\n{rule.reason}\n\n"
        f"**Mend.** {rule.mend}\n\n## What is refused\n\n{_source(rule.example)}"
        f"\n## As it should be\n\n{_source(rule.mended)}"
    )


def _source(modules: dict[str, str]) -> str:
    return "\n".join(
        f'```python title="domain/{path}"\n{text.rstrip()}\n```\n' for path, text in modules.items()
    )


def _settings() -> str:
    rows = [
        f"| `{name}` | `{default or '(empty)'}` | {about} |"
        for name, default, about in documented_settings()
    ]
    return "\n".join(["| variable | default | what it sets |", "|---|---|---|", *rows])
