"""A new project passes every check that it comes with."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from triptych.cli.main import TRIPTYCH

BIN = Path(sys.executable).parent
NAMES = ["job-board", "zoo", "thirty-letters-are-quite-a-lot"]


@pytest.fixture(scope="module", params=NAMES)
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("new")
    assert TRIPTYCH.run(["new", request.param, "--folder", str(folder)]) == 0
    made: Path = folder / request.param
    return made


def check(project: Path, program: str, *words: str) -> None:
    """Runs a program of this environment in a project, as its own checks do."""
    environment = os.environ | {"PYTHONPATH": "src", "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(
        [BIN / program, *words],
        check=False,
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, f"{program}: {done.stdout[-3_000:]}{done.stderr[-2_000:]}"


def test_its_code_is_in_order(project: Path) -> None:
    package = project.name.replace("-", "_")
    check(project, "black", "--check", "src", "tests")
    check(project, "ruff", "check", "--no-cache", "src", "tests")
    check(project, "mypy")
    check(project, "lint-imports", "--no-cache")
    check(project, "bandit", "-q", "-r", "src")
    check(project, "triptych", "check", package)


@pytest.mark.parametrize("project", NAMES[:1], indirect=True)
def test_its_tests_pass(project: Path) -> None:
    check(project, "python", "-m", "pytest", "-q", "-p", "no:cacheprovider")


def test_its_documents_are_built(project: Path) -> None:
    check(project, "mkdocs", "build", "--strict", "--quiet")


def test_bad_names_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert TRIPTYCH.run(["new", "../x"]) != 0
    assert "is no name; begin with a letter" in capsys.readouterr().err
