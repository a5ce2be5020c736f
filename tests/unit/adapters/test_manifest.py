"""What is taken back is gone, with what was compiled of it, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from triptych.adapters.projects.manifest import Manifest
from triptych.domain.additions import FileChange

NEW = [FileChange("src/shop/cli/pay.py", None, "x = 1\n", "it is new")]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "src/shop").mkdir(parents=True)
    (tmp_path / "src/shop/__init__.py").write_text("")
    return tmp_path


def compiled(folder: Path) -> None:
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__/pay.cpython-312.pyc").write_bytes(b"compiled")


def test_a_folder_of_what_was_compiled_is_empty(project: Path) -> None:
    manifest = Manifest(project)
    manifest.make("pay", NEW)
    compiled(project / "src/shop/cli")
    manifest.take_back()
    assert not (project / "src/shop/cli").exists()
    assert (project / "src/shop/__init__.py").exists()


def test_a_folder_of_somebody_elses_is_kept(project: Path) -> None:
    manifest = Manifest(project)
    manifest.make("pay", NEW)
    compiled(project / "src/shop/cli")
    (project / "src/shop/cli/own.py").write_text("y = 2\n")
    manifest.take_back()
    assert (project / "src/shop/cli/own.py").read_text() == "y = 2\n"
    assert (project / "src/shop/cli/__pycache__").exists()
    assert not (project / "src/shop/cli/pay.py").exists()
