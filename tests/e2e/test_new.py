"""A new project passes every check that it comes with."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from triptych.cli.main import TRIPTYCH

BIN = Path(sys.executable).parent
CHECKS = ["ontology", "layers", "format", "lint", "types", "complexity", "security", "docs"]
CHECKS += ["lock", "image", "tests", "coverage"]
NAMES = ["job-board", "zoo", "thirty-letters-are-quite-a-lot"]


@pytest.fixture(scope="module", params=NAMES)
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("new")
    assert TRIPTYCH.run(["new", request.param, "--folder", str(folder)]) == 0
    made: Path = folder / request.param
    return made


def verified(project: Path, *checks: str) -> dict[str, str]:
    """Verifies a project by its own checks, and returns how each came out."""
    done = subprocess.run(
        [BIN / "triptych", "verify", *checks, "--json"],
        check=False,
        cwd=project,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    found = json.loads(done.stdout)
    bad = [each for each in found if each["state"] not in ("passed", "skipped")]
    assert done.returncode == 0, bad
    assert not bad
    return {each["check"]: each["state"] for each in found}


@pytest.mark.parametrize("project", NAMES[:1], indirect=True)
def test_everything_holds(project: Path) -> None:
    # Its own tests, and their coverage, are verified when everything was added to it.
    found = verified(project, *(name for name in CHECKS if name not in ("tests", "coverage")))
    assert found.pop("lock") == "skipped"
    assert found.pop("image") in ("passed", "skipped")
    assert set(found.values()) == {"passed"}


@pytest.mark.parametrize("project", NAMES[1:], indirect=True)
def test_whatever_it_is_called_its_code_is_in_order(project: Path) -> None:
    verified(project, "ontology", "layers", "format", "lint", "types")


def test_bad_names_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert TRIPTYCH.run(["new", "../x"]) != 0
    assert "is no name; begin with a letter" in capsys.readouterr().err
