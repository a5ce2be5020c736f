"""What an earlier commit's code made becomes what today's code wants."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import pytest

from triptych.domain.errors import InvalidInput
from triptych.services.earlier import plan_since


def test_a_commit_that_is_none_is_told(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    with pytest.raises(InvalidInput) as told:
        asyncio.run(plan_since("flights", "no-such-commit", tmp_path))
    (problem,) = told.value.problems
    assert problem.where == "--since no-such-commit"
    assert problem.mend == "name a commit of this project"
