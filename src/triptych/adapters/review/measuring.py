"""Running what a project is checked by, and reading what it says."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from triptych.adapters.projects.programs import find_program
from triptych.adapters.projects.running import run
from triptych.domain.errors import InvalidInput, Problem
from triptych.domain.review import Covered, Measured, Mistake, Tier

_MISTAKE = re.compile(
    r"^(?P<path>[^:\n]+):(?P<line>\d+): error: (?P<text>.+?)(?:  \[(?P<code>[\w-]+)\])?$",
    re.MULTILINE,
)
_TROUBLE = re.compile(r"^.*?(?:WARNING|ERROR)\W+(?P<text>.+)$", re.MULTILINE)
_RUFF = ("ruff.toml", ".ruff.toml")
# What breaks programs: names, exceptions, coroutines, security, dates without a zone, logging.
_USUAL = "ASYNC,B,BLE,DTZ,E9,F,G,LOG,PLE,PLW,RUF006,RUF012,RUF100,S,TRY002,TRY203,TRY400"
_NOISE = "B008,PLW2901,S101,S105,S106,S107,S311,S404,S603,S607"
_LAST, _MARK = 300, "triptych: example fails: "


async def measure_lint(folder: Path, sources: Sequence[str]) -> Measured:
    """Asks the linter of a project, and its security checker where it has one.

    They look for what the settings of the project say; for what breaks programs, where they say
    nothing: how code looks is no matter of a review.

    Args:
        folder: The project.
        sources: Which of its folders.

    Raises:
        InvalidInput: There is no linter, or it could not work.
    """
    places = [each for each in sources if (folder / each).exists()] or ["."]
    is_said = _says(folder, "[tool.ruff") or any(map(Path.exists, map(folder.joinpath, _RUFF)))
    words = ["ruff", "check", "--no-fix", "--exit-zero", "--quiet", "--output-format", "json"]
    words += [] if is_said else ["--isolated", "--select", _USUAL, "--ignore", _NOISE]
    _, said = await _run(Tier.LINT, [*words, *places], folder)
    try:
        told = json.loads(said)
    except ValueError:
        found = said.strip()[-_LAST:]
        raise InvalidInput([Problem("tier lint", found, "let ruff run by itself first")]) from None
    faults = tuple(
        Mistake(
            _within(folder, e["filename"]), e["location"]["row"], e["code"] or "E9", e["message"]
        )
        for e in told
    )
    return Measured(faults=faults, holes=await _holes(folder, places))


async def _holes(folder: Path, places: Sequence[str]) -> tuple[Mistake, ...]:
    """Asks the security checker for what it is fairly sure of; nothing where there is none."""
    if find_program("bandit", folder) is None:
        return ()
    with tempfile.TemporaryDirectory(prefix="triptych-") as held:
        file = Path(held) / "bandit.json"
        words = ["bandit", "-q", "-r", "--exit-zero", "-ll", "-ii", "-f", "json", "-o", str(file)]
        words += ["-c", "pyproject.toml"] if _says(folder, "[tool.bandit") else []
        _, said = await _run(Tier.LINT, [*words, *places], folder)
        if not file.exists():
            mend = "let bandit run by itself first"
            raise InvalidInput([Problem("tier lint", said.strip()[-_LAST:], mend)])
        told = json.loads(file.read_bytes())["results"]
    return tuple(
        Mistake(_within(folder, e["filename"]), e["line_number"], e["test_id"], e["issue_text"])
        for e in told
    )


def _within(folder: Path, path: str) -> str:
    """Writes a path as the review does: from its folder, with slashes."""
    return Path(os.path.relpath(folder / path, folder)).as_posix()


def _says(folder: Path, section: str) -> bool:
    """Tells whether the settings of a project have a section."""
    settings = folder / "pyproject.toml"
    return settings.exists() and section in settings.read_text(errors="replace")


async def measure_types(folder: Path, sources: Sequence[str]) -> Measured:
    """Asks the type checker of a project.

    It is as strict as the settings of the project say; strict, where they say nothing.

    Args:
        folder: The project.
        sources: Which of its folders.

    Raises:
        InvalidInput: There is no type checker, or it could not work.
    """
    is_said = _says(folder, "[tool.mypy]")
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
