"""A project is read from where it lies, and as if some of it were otherwise."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from triptych.domain.errors import InvalidInput
from triptych.services.review.project import open_project

TODAY = date(2026, 12, 1)


def test_a_file_alone_is_a_project(tmp_path: Path) -> None:
    file = tmp_path / "one.py"
    file.write_text("x = 1\n")
    project = open_project(file, TODAY, is_cached=False)
    assert [each.name for each in project.read().modules] == ["one"]
    assert project.folder == tmp_path
    with pytest.raises(InvalidInput, match="there is no"):
        open_project(tmp_path / "two.py", TODAY)


def test_it_is_read_as_if_a_file_were_otherwise(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.py").write_text("import os\n")
    project = open_project(tmp_path, TODAY, is_cached=False)
    (first, _), read = project.sources(), project.read()
    changed = project.changed(read, {first: "import sys\n"})
    assert [each.imports[0].module for each in changed.modules] == ["sys", "os"]
    assert [each.imports[0].module for each in read.modules] == ["os", "os"]
    assert [each.path for each in project.changed(read, {first: "def ("}).unread] == ["one.py"]


def test_what_changes_is_seen(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("x = 1\n")
    project = open_project(tmp_path, TODAY, is_cached=False)
    before = project.state()
    assert project.state() == before
    (tmp_path / "one.py").write_text("x = 10\n")
    assert project.state() != before
