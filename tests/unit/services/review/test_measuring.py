"""Only what is asked for is run."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from triptych.domain.errors import InvalidInput
from triptych.domain.review import Measured, Tier
from triptych.services.review.measuring import measure
from triptych.services.review.project import open_project


def test_nothing_is_run_that_is_not_asked_for(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("raise SystemExit(3)\n")
    project = open_project(tmp_path, date(2026, 12, 1), is_cached=False)
    assert measure(project, []) == Measured()
    assert measure(project, [Tier.DOCS]) == Measured(), "it has no documents"


@pytest.mark.parametrize(
    ("settings", "codes"),
    [
        ("", ["B006", "F401"]),
        ("[tool.ruff.lint]\nselect = ['E712']\n[tool.bandit]\nskips = ['B307']\n", ["E712"]),
    ],
)
def test_the_linter_looks_for_what_the_project_says(
    tmp_path: Path, settings: str, codes: list[str]
) -> None:
    (tmp_path / "pyproject.toml").write_text(settings)
    (tmp_path / "src").mkdir()
    text = "import os\n\n\ndef f(a=[]):\n    return eval(a) == True\n"
    (tmp_path / "src" / "shop.py").write_text(text)
    project = open_project(tmp_path, date(2026, 12, 1), is_cached=False)
    measured = measure(project, [Tier.LINT])
    assert sorted({e.code for e in measured.faults} & {"B006", "F401", "E712"}) == codes
    assert {e.path for e in (*measured.faults, *measured.holes)} == {"src/shop.py"}
    assert [e.code for e in measured.holes] == (["B307"] if not settings else [])
    assert measured.within({"src/shop.py": frozenset({1})}).holes == ()


def test_a_linter_that_cannot_work_is_told(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.ruff]\nnothing = 1\n")
    project = open_project(tmp_path, date(2026, 12, 1), is_cached=False)
    with pytest.raises(InvalidInput, match="let ruff run by itself first"):
        measure(project, [Tier.LINT])


def test_what_cannot_be_measured_is_told(tmp_path: Path) -> None:
    project = open_project(tmp_path, date(2026, 12, 1), is_cached=False)
    with pytest.raises(InvalidInput) as told:
        measure(project, [Tier.TYPES])
    assert told.value.problems[0].where == "tier types"
    with pytest.raises(InvalidInput, match="git"):
        measure(project, [], "main")
