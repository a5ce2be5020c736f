"""Running what a project is checked by, and reading what it says."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from triptych.adapters.projects.programs import run
from triptych.domain.errors import InvalidInput, Problem
from triptych.domain.review import Covered, Measured, Mistake, Tier

_MISTAKE = re.compile(
    r"^(?P<path>[^:\n]+):(?P<line>\d+): error: (?P<text>.+?)(?:  \[(?P<code>[\w-]+)\])?$",
    re.MULTILINE,
)
_TROUBLE = re.compile(r"^.*?(?:WARNING|ERROR)\W+(?P<text>.+)$", re.MULTILINE)
_LAST, _MARK = 300, "triptych: example fails: "


async def measure_types(folder: Path, sources: Sequence[str]) -> Measured:
    """Asks the type checker of a project.

    It is as strict as the settings of the project say; strict, where they say nothing.

    Args:
        folder: The project.
        sources: Which of its folders.

    Raises:
        InvalidInput: There is no type checker, or it could not work.
    """
    settings = folder / "pyproject.toml"
    is_said = settings.exists() and "[tool.mypy]" in settings.read_text(errors="replace")
    words = ["mypy", "--no-error-summary", "--no-pretty", "--hide-error-context"]
    words += [] if is_said else ["--strict", "--ignore-missing-imports"]
    places = [each for each in sources if (folder / each).exists()] or ["."]
    code, said = await _run(Tier.TYPES, [*words, *places], folder)
    found = tuple(
        Mistake(each["path"], int(each["line"]), each["code"] or "misc", each["text"])
        for each in _MISTAKE.finditer(said)
    )
    if code and not found:
        raise InvalidInput([Problem("tier types", said[-_LAST:], "let mypy run by itself first")])
    return Measured(mistakes=found)


async def measure_tests(folder: Path) -> Measured:
    """Runs the tests of a project, and notes which lines they run.

    Raises:
        InvalidInput: There is nothing to run tests with, or nothing was measured.
    """
    with tempfile.TemporaryDirectory(prefix="triptych-") as held:
        data, file = f"--data-file={held}/data", Path(held) / "coverage.json"
        words = ["python", "-m", "coverage", "run", data, "-m", "pytest", "-q", "-p"]
        code, said = await _run(Tier.TESTS, [*words, "no:cacheprovider"], folder)
        # Where tests run in several processes, each has written a file of its own.
        await _run(Tier.TESTS, ["python", "-m", "coverage", "combine", "--append", data], folder)
        words = ["python", "-m", "coverage", "json", "-q", data, "--fail-under=0", "-o", str(file)]
        _, told = await _run(Tier.TESTS, words, folder)
        if not file.exists():
            mend = "pytest and coverage must be installed, and tests must run"
            raise InvalidInput([Problem("tier tests", (told or said)[-_LAST:], mend)])
        read = json.loads(file.read_bytes())["files"]
    coverage = {
        Path(path).as_posix(): Covered(
            frozenset(each["executed_lines"]), frozenset(each["missing_lines"])
        )
        for path, each in read.items()
    }
    last = said.splitlines()[-1] if said else "they ended at once"
    return Measured(coverage=coverage, failed=last if code else "")


async def measure_docs(folder: Path) -> Measured:
    """Builds the documents of a project, strictly; nothing where it has none.

    Raises:
        InvalidInput: There is nothing to build them with.
    """
    if not (folder / "mkdocs.yml").exists():
        return Measured()
    with tempfile.TemporaryDirectory(prefix="triptych-") as held:
        words = ["mkdocs", "build", "--strict", "--site-dir", held]
        code, said = await _run(Tier.DOCS, words, folder)
    found = tuple(dict.fromkeys(each["text"].strip() for each in _TROUBLE.finditer(said)))
    return Measured(broken=(found or (said[-_LAST:],)) if code else ())


async def measure_examples(folder: Path, modules: Mapping[str, str]) -> Measured:
    """Runs the examples of modules.

    Args:
        folder: The project.
        modules: The names of modules that have examples, and their files.

    Raises:
        InvalidInput: There is nothing to run them with.
    """
    if not modules:
        return Measured()
    # Handed over as text: its folder would stand before the project's own modules.
    _, said = await _run(Tier.DOCS, ["python", "-c", _script(), _MARK, *modules], folder)
    lines = [line.removeprefix(_MARK) for line in said.splitlines() if _MARK in line]
    found = [json.loads(line) for line in lines]
    return Measured(
        examples=tuple(Mistake(modules[name], line, "example", told) for name, line, told in found)
    )


def _script() -> str:
    return (Path(__file__).parent / "examples.py").read_text(encoding="utf-8")


async def _run(tier: Tier, words: Sequence[str], folder: Path) -> tuple[int, str]:
    try:
        return await run(words, folder)
    except FileNotFoundError as error:
        mend = f"install {error} in the project's environment"
        raise InvalidInput([Problem(f"tier {tier}", f"there is no {error}", mend)]) from error
