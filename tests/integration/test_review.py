"""Code that nobody wrote for a review goes through it: no crash, and nothing is left out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from datetime import date
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]  # its stubs are a package more

from triptych.domain.review import ReviewSettings
from triptych.services.review.project import ReviewedProject

ROOT = Path(__file__).parents[2]
PROGRAM = Path(sys.executable).parent / "triptych"
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


class TestAction:
    """The action of code hosts, run by the shell that they run it by."""

    def run(self, tmp_path: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
        said = yaml.safe_load((ROOT / "action.yml").read_text())
        (step,) = said["runs"]["steps"]
        names = {
            name: str(value).split()[1].removeprefix("inputs.")
            for name, value in step["env"].items()
        }
        given = {name: said["inputs"][of]["default"] for name, of in names.items()}
        given |= {name: inputs[of] for name, of in names.items() if of in inputs}
        programs = tmp_path / "bin"
        programs.mkdir()
        # What is fetched there is what is here.
        (programs / "uvx").write_text(
            f'#!/bin/sh\ntest "$1" = --from || exit 9\nshift 3\nexec {PROGRAM} "$@"\n'
        )
        (programs / "uvx").chmod(0o755)
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            env=os.environ
            | given
            | {
                "PATH": f"{programs}:{os.environ['PATH']}",
                "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
                "XDG_CACHE_HOME": str(tmp_path / "cache"),
            },
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    def test_findings_stand_beside_the_change_and_on_the_page(self, tmp_path: Path) -> None:
        (tmp_path / "billing.py").write_text("def pay() -> None:\n    raise Exception('no')\n")
        done = self.run(tmp_path, **{"fail-on": "warning", "sarif": "review.sarif"})
        assert done.returncode == 1, done.stderr
        assert "::warning file=billing.py,line=2" in done.stdout
        assert "ERR004" in (tmp_path / "summary.md").read_text()
        assert json.loads((tmp_path / "review.sarif").read_text())["version"] == "2.1.0"

    def test_it_fails_as_the_project_says(self, tmp_path: Path) -> None:
        (tmp_path / "billing.py").write_text("def pay() -> None:\n    raise Exception('no')\n")
        assert self.run(tmp_path).returncode == 0
