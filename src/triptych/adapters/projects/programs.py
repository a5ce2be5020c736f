"""The programs that a project is checked by: where they are."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path


def find_program(name: str, folder: Path | None = None) -> str | None:
    """Finds a program: in a project's own environment, beside this Python, or where shells look.

    Args:
        name: What it is called.
        folder: The project, if one is asked about.

    Example:
        ```python
        from triptych.adapters.projects.programs import find_program

        assert find_program("python") and not find_program("no-such-program")
        ```
    """
    places = [folder / ".venv" / "bin"] if folder else []
    found = (shutil.which(name, path=str(each)) for each in (*places, Path(sys.executable).parent))
    return next(filter(None, found), None) or shutil.which(name)


def find_engine() -> str:
    """Names the program that builds images here, if there is one; all take the same words."""
    return next((each for each in ("docker", "podman") if find_program(each)), "")
