"""Running the programs that a project is checked by."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

_MOST = 200_000


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


async def run(words: Sequence[str], folder: Path) -> tuple[int, str]:
    """Runs a program in a folder, and returns its exit code and what it said.

    It is ended where whoever waits for it gives up.

    Raises:
        FileNotFoundError: There is no such program.
    """
    program = find_program(words[0], folder)
    if program is None:
        raise FileNotFoundError(words[0])
    source = str(folder / "src")
    # review: ignore[CFG001] nothing is read of it: a program gets what this one has
    environment = os.environ | {"PYTHONPATH": source, "NO_COLOR": "1", "COLUMNS": "100"}
    # The words are those of a check: none of them comes from elsewhere.
    running = await asyncio.create_subprocess_exec(
        program,
        *words[1:],
        cwd=folder,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        said, _ = await running.communicate()
    except BaseException:
        with suppress(ProcessLookupError):
            running.kill()
        await running.wait()
        raise
    return running.returncode or 0, said[-_MOST:].decode(errors="replace").strip()
