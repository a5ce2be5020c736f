"""Writes the pages that are derived from the code, and brings what draws diagrams."""

from __future__ import annotations

import importlib
import logging
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

from triptych.adapters.review.pages import read_page
from triptych.api.application import Application
from triptych.cli.main import TRIPTYCH, application
from triptych.domain.diagnostics import RULES, DiagnosticRule
from triptych.domain.review import Rule
from triptych.infrastructure.configuration import documented_settings
from triptych.infrastructure.monitoring import DELIVERIES_KEPT, TIMERS
from triptych.services.objects import Browser
from triptych.services.review import RULES as REVIEWED
from triptych.services.stores import open_store

_DIAGNOSTICS, _REVIEWED = "reference/diagnostics", "reference/rules"
_MERMAID, _SCRIPT = "mermaid@11.12.0", "javascripts/mermaid.min.js"
_PACKED = Path(__file__).parent.parent / "build" / "mermaid"
_HERE = Path(__file__).parent
_PLACES = (str(_HERE), str(_HERE.parent / "examples" / "flights" / "src"))
_log = logging.getLogger("mkdocs.hooks")


def on_config(config: Any) -> Any:
    """Lets diagrams be drawn by a script of the site's own: no page loads one from elsewhere."""
    if _mermaid() is None:
        _log.info("npm is not here, or has no %s: diagrams stay text", _MERMAID)
        return config
    superfences = importlib.import_module("pymdownx.superfences")
    fence = {"name": "mermaid", "class": "mermaid", "format": superfences.fence_code_format}
    config.mdx_configs["pymdownx.superfences"] = {"custom_fences": [fence]}
    config.extra_javascript.append(_SCRIPT)
    return config


def _mermaid() -> Path | None:
    """Brings the script from npm, once; `None` where that is not possible."""
    script = _PACKED / "package" / "dist" / "mermaid.min.js"
    npm = shutil.which("npm")
    if not script.exists() and npm is not None:
        _PACKED.mkdir(parents=True, exist_ok=True)
        command = [npm, "pack", _MERMAID, "--silent"]
        if subprocess.run(command, cwd=_PACKED, check=False, capture_output=True).returncode:
            return None
        with tarfile.open(next(_PACKED.glob("*.tgz"))) as archive:
            archive.extract("package/dist/mermaid.min.js", _PACKED, filter="data")
    return script if script.exists() else None


def on_files(files: Files, config: Any) -> Files:
    """Adds one page a diagnostic, and one a rule of a review."""
    for rule in RULES.values():
        path = f"{_DIAGNOSTICS}/{rule.code}.md"
        files.append(File.generated(config, path, content=_page(rule)))
    for each in REVIEWED:
        path = f"{_REVIEWED}/{each.rule.code}.md"
        files.append(File.generated(config, path, content=_reviewed(each.rule)))
    script = _mermaid()
    if script is not None:
        files.append(File.generated(config, _SCRIPT, abs_src_path=str(script)))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Fills in the tables."""
    sys.path[:0] = [each for each in _PLACES if each not in sys.path]
    tables = {
        "diagnostics": _index,
        "settings": _settings,
        "constructs": _constructs,
        "shell": _shell,
        "http": _http,
        "metrics": _metrics,
        "rules": _rules,
    }
    for name, write in tables.items():
        mark = f"{{{{ {name} }}}}"
        if mark in markdown:
            markdown = markdown.replace(mark, write())
    return markdown


def _constructs() -> str:
    text: str = importlib.import_module("constructs").table()
    return text


def _shell() -> str:
    own, example = TRIPTYCH.document(), application("flights").document()
    return f"{own}\n{example}"


def _http() -> str:
    """Lists the addresses of the example, of its object types that of one."""
    store = open_store("flights", "sqlite:///:memory:")
    app = Application(Browser(store))
    types = (each for each in store.ontology.object_types if each.name != "Flight")
    others = {f"/api/{each.collection.replace('_', '-')}" for each in types}
    rows = [
        f"| `{method.upper()} {path}` | {operation.get('summary', '')} |"
        for path, operations in app.documentation.openapi()["paths"].items()
        if "/".join(path.split("/")[:3]) not in others
        for method, operation in operations.items()
    ]
    return "\n".join(["| address | what it does |", "|---|---|", *rows])


def _metrics() -> str:
    rows = [
        f"| `{each.name}` | {each.about} | {', '.join(f'`{label}`' for label in each.labels)} |"
        for each in TIMERS
    ]
    kept = DELIVERIES_KEPT
    rows.append(f"| `{kept.name}` | {kept.about} | `{kept.label}` |")
    return "\n".join(["| metric | what it is | by |", "|---|---|---|", *rows])


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


def _rules() -> str:
    rows = [
        f"| [{each.rule.code}](rules/{each.rule.code}.md) | {each.rule.severity} "
        f"| {each.rule.axis} | {each.rule.title} | {each.rule.mending} |"
        for each in REVIEWED
    ]
    head = ["| code | severity | axis | what is wrong | mended |", "|---|---|---|---|---|"]
    return "\n".join([*head, *rows])


def _reviewed(rule: Rule) -> str:
    mend = f"**Mend.** {rule.mend[:1].upper()}{rule.mend[1:]}."
    head = f"# {rule.code}: {rule.title}\n\n*{rule.severity}, {rule.axis}*\n\n{mend}\n\n"
    return head + read_page(rule.code).text


def _settings() -> str:
    rows = [
        f"| `{name}` | `{default or '(empty)'}` | {about} |"
        for name, default, about in documented_settings()
    ]
    return "\n".join(["| variable | default | what it sets |", "|---|---|---|", *rows])
