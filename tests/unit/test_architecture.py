"""The architecture, held against the folders."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import triptych

ROOT = Path(triptych.__file__).parent
PROJECT = ROOT.parents[1]
FORBIDDEN = {"utils", "helpers", "common", "misc", "base", "core", "kit", "manager"}


def test_the_public_names_are_these() -> None:
    assert triptych.__all__ == [
        "Actions",
        "Actor",
        "Backend",
        "Clock",
        "CsvFile",
        "Events",
        "Invariant",
        "Lifecycle",
        "Ontology",
        "Outcome",
        "Page",
        "Plan",
        "Repository",
        "Secret",
        "Store",
        "Table",
        "TriptychError",
        "action",
        "allows",
        "effect",
        "forbids",
        "on",
        "open_backend",
        "open_store",
        "query",
        "read_ontology",
        "recorded_statements",
        "rule",
        "source",
        "why",
    ]
    for name in triptych.__all__:
        assert getattr(triptych, name).__name__ == name


def test_a_name_that_is_not_public_is_told() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = triptych.nothing


def test_the_table_of_concepts_names_what_is_there() -> None:
    text = (PROJECT / "docs/architecture/index.md").read_text()
    named = re.findall(r"`((?:domain|adapters|services|api|cli)/[\w./]+)`", text)
    assert len(named) > 12
    for path in named:
        assert (ROOT / path).exists(), path


def test_every_package_below_a_layer_is_in_the_table() -> None:
    text = (PROJECT / "docs/architecture/index.md").read_text()
    for layer in ("domain", "adapters", "services"):
        for folder in (ROOT / layer).iterdir():
            if (folder / "__init__.py").exists():
                assert f"`{layer}/{folder.name}`" in text


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert not {path.stem for path in ROOT.rglob("*.py")} & FORBIDDEN


def test_every_module_postpones_its_annotations() -> None:
    for path in ROOT.rglob("*.py"):
        text = path.read_text()
        has_code = len(ast.parse(text).body) > 1
        assert not has_code or "from __future__ import annotations" in text, path


def test_every_decision_is_listed() -> None:
    folder = PROJECT / "docs/architecture/decisions"
    listed = (folder / "index.md").read_text()
    for path in folder.glob("0*.md"):
        assert path.name in listed
        for heading in ("Context", "Decision", "Consequences", "Alternatives", "Held by"):
            assert f"## {heading}" in path.read_text()


def test_no_page_index_or_machine_is_named() -> None:
    assert not (PROJECT / "uv.lock").exists() or "uv.lock" in (PROJECT / ".gitignore").read_text()
    assert "index-url" not in (PROJECT / "requirements.lock").read_text()
