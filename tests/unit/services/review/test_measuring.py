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


def test_what_cannot_be_measured_is_told(tmp_path: Path) -> None:
    project = open_project(tmp_path, date(2026, 12, 1), is_cached=False)
    with pytest.raises(InvalidInput) as told:
        measure(project, [Tier.TYPES])
    assert told.value.problems[0].where == "tier types"
    with pytest.raises(InvalidInput, match="git"):
        measure(project, [], "main")
