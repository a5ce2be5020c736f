"""Running the programs that a project is checked by."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from triptych.adapters.projects.programs import find_program

_MOST = 200_000


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
