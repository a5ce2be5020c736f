"""A concept gets another name in every layer, and what is stored by it stays."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.test_add import tree
from tests.e2e.test_new import verified
from triptych.cli.main import TRIPTYCH

pytestmark = pytest.mark.unmeasured


@pytest.fixture
def project(tmp_path: Path) -> Path:
    assert TRIPTYCH.run(["new", "shop", "--folder", str(tmp_path)]) == 0
    return tmp_path / "shop"


def shop(project: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "shop", *words],
        check=True,
        cwd=project,
        env=os.environ | {"PYTHONPATH": "src", "TRIPTYCH_DATABASE": "sqlite:///kept.db"},
        capture_output=True,
        text=True,
    )
    return done.stdout


def rename(project: Path, old: str, new: str) -> None:
    assert TRIPTYCH.run(["rename", old, new, "--yes", "--folder", str(project)]) == 0


def move(project: Path, to: str, *names: str) -> None:
    words = ["move", *names, "--to", to, "--yes", "--folder", str(project)]
    assert TRIPTYCH.run(words) == 0


def test_everything_follows_and_what_is_kept_stays(project: Path) -> None:
    before = tree(project)
    shop(project, "board", "open", "--title", "Paint the door", "--as", "ada:member")
    rename(project, "Task.title", "name")
    rename(project, "Task", "Job")
    rename(project, "Assignment", "Duty")
    rename(project, "Effort.least", "shortest")
    rename(project, "is_open", "is_ongoing")
    move(project, "domain.entities.work", "Job")
    move(project, "domain.rules.work", "is_ongoing", "is_overdue")
    found = verified(project, "ontology", "layers", "format", "lint", "types", "docs")
    assert set(found.values()) == {"passed"}
    # The policies' tests try every read and action as everybody; these reach the same names.
    tested = ["tests/unit/domain", "tests/unit/services/test_board.py", "tests/e2e"]
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tested]
    done = subprocess.run(words, check=False, cwd=project, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    shop(project, "db", "apply", "--yes")
    (kept,) = json.loads(shop(project, "list", "job", "--json", "--as", "ada:member"))["items"]
    assert kept["name"] == "Paint the door"
    for _ in range(7):
        assert TRIPTYCH.run(["add", "--undo", "--folder", str(project)]) == 0
    assert {path: tree(project)[path] for path in before} == before
