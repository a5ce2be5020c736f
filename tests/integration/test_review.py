"""Code that nobody wrote for a review goes through it: no crash, and nothing is left out."""

from __future__ import annotations

import sysconfig
from datetime import date
from pathlib import Path

import pytest

from triptych.domain.review import ReviewSettings
from triptych.services.review.project import ReviewedProject

STDLIB = Path(sysconfig.get_paths()["stdlib"])
INSTALLED = Path(sysconfig.get_paths()["purelib"])


@pytest.mark.parametrize(
    "folder",
    [STDLIB / "asyncio", STDLIB / "email", INSTALLED / "airflow", INSTALLED / "fastapi"],
    ids=lambda folder: folder.name,
)
def test_it_is_reviewed_whole(folder: Path) -> None:
    project = ReviewedProject(folder, ReviewSettings(), date(2026, 1, 1), is_cached=False)
    read = project.read()
    report = project.review()
    assert report.modules + len(read.unread) == len(list(_files(folder)))
    assert 0 <= report.score.whole <= 100


def _files(folder: Path) -> list[Path]:
    skipped = {"__pycache__", "build", "dist", "env"}
    return [e for e in folder.rglob("*.py") if not skipped & set(e.relative_to(folder).parts)]
