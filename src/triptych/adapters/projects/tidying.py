"""Formatting what was changed, where it was formatted before: by the project's own formatter."""

from __future__ import annotations

import shutil
import subprocess  # nosec B404  # formatters are run
import tempfile
from collections.abc import Mapping
from pathlib import Path

from triptych.adapters.projects.programs import find_program

_FORMATTERS = {"black": ("--quiet",), "ruff": ("format", "--quiet", "--no-cache")}
_SETTINGS = ("pyproject.toml", "ruff.toml", ".ruff.toml")


def tidy(folder: Path, texts: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """Formats files that were in the words of a formatter, and still are to be.

    The formatter is the one that the settings name, else the fastest that is there.

    Args:
        folder: The project, whose settings it follows.
        texts: What was in each file, and what is to be, by path.

    Returns:
        What is to be in each, by path: as it was given where no formatter had formatted it.
    """
    found = {path: after for path, (_, after) in texts.items()}
    named = [each for each in _FORMATTERS if _is_named(folder, each)]
    program = next(filter(None, map(find_program, named or ("ruff", "black"))), None)
    if program is None:
        return found
    words = (program, *_FORMATTERS[Path(program).stem])
    before = {path: text for path, (text, _) in texts.items()}
    ours = [
        path for path, text in _formatted(folder, before, words).items() if text == before[path]
    ]
    return found | _formatted(folder, {path: found[path] for path in ours}, words)


def _is_named(folder: Path, formatter: str) -> bool:
    """Tells whether the settings of a project speak of a formatter."""
    settings = folder / "pyproject.toml"
    is_there = settings.is_file() and f"[tool.{formatter}" in settings.read_text(errors="replace")
    return is_there or any((folder / f"{dot}{formatter}.toml").is_file() for dot in ("", "."))


def _formatted(folder: Path, texts: Mapping[str, str], words: tuple[str, ...]) -> dict[str, str]:
    """Formats texts in a folder that is gone afterwards."""
    if not texts:
        return {}
    with tempfile.TemporaryDirectory(prefix="triptych-") as held:
        place = Path(held)
        for name in _SETTINGS:
            if (folder / name).is_file():
                shutil.copy(folder / name, place / name)
        for path, text in texts.items():
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            (place / path).write_bytes(text.encode())
        subprocess.run(  # noqa: S603  # nosec B603  # a formatter, found beside this Python
            (*words, "--", *texts), cwd=place, capture_output=True, check=False
        )
        return {path: (place / path).read_bytes().decode() for path in texts}
