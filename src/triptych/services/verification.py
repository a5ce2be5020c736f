"""Verifying a project: the standard's checklist, in one go."""

from __future__ import annotations

import asyncio
import os
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

from triptych.adapters.projects.programs import find_engine, find_program
from triptych.adapters.projects.running import run
from triptych.domain.errors import InvalidInput, Problem
from triptych.domain.verification import Check, State, Verdict

type Told = Callable[[Verdict], None]

_PYTEST = "pytest --quiet --failed-first --new-first --cov --cov-report= --cov-fail-under=80"


@dataclass(frozen=True, slots=True)
class Project:
    """A project in a folder.

    Attributes:
        folder: Where it is.
        package: The package that has the `domain`.
        said: What its `pyproject.toml` says.
    """

    folder: Path
    package: str
    said: dict[str, Any]


def find_project(folder: Path) -> Project:
    """Finds the project in a folder.

    Raises:
        InvalidInput: There is none: no `pyproject.toml`, or no package with a `domain`.
    """
    file = folder / "pyproject.toml"
    try:
        said = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInput([Problem(str(file), str(error), "name a project's folder")]) from None
    found = sorted(each.parent for each in (folder / "src").glob("*/domain") if each.is_dir())
    if not found:
        mend = "keep the standard's layout: src/PACKAGE/domain"
        raise InvalidInput([Problem(str(folder), "has no package with a domain", mend)])
    return Project(folder, found[0].name, said)


def checks_of(project: Project) -> list[Check]:
    """Lists what a project is held to; what does not apply says why it is skipped."""
    return [*_code(project.package), *_whole(project)]


def _code(package: str) -> Iterator[Check]:
    places = ("src", "tests")
    yield Check(
        name="ontology",
        about="the domain has no mistakes",
        standard="L1",
        words=("triptych", "check", package),
    )
    yield Check(
        name="layers",
        about="imports run one way",
        standard="L",
        words=("lint-imports", "--no-cache"),
    )
    yield Check(
        name="format",
        about="all is written alike",
        standard="C5",
        words=("black", "--check", *places),
        mend=("black", "--quiet", *places),
    )
    yield Check(
        name="lint",
        about="no known fault is made",
        standard="C6",
        words=("ruff", "check", "--no-cache", *places),
        mend=("ruff", "check", "--no-cache", "--fix", *places),
    )
    yield Check(name="types", about="every type fits", standard="C3", words=("mypy",))
    yield Check(
        name="complexity",
        about="no block is worse than B",
        standard="C7",
        words=("radon", "cc", "--min", "C", "src"),
        is_silent=True,
    )
    yield Check(
        name="security",
        about="no known hole is open",
        standard="C8",
        words=("bandit", "--quiet", "--recursive", "src"),
    )
    yield Check(
        name="review",
        about="nothing breaks the three layers",
        standard="A2",
        words=("triptych", "review", ".", "--format", "concise"),
    )


def _whole(project: Project) -> Iterator[Check]:
    folder, services = project.folder, f"*/{project.package}/services/*"
    yield Check(
        name="docs",
        about="the site is built, strictly",
        standard="D3",
        words=("mkdocs", "build", "--strict"),
        skipped="" if (folder / "mkdocs.yml").exists() else "there is no mkdocs.yml",
    )
    yield Check(
        name="database",
        about="it is in step with the code",
        standard="W4",
        words=("triptych", "db", project.package, "check"),
        skipped=_no_database(project),
        absent="check the address and that it runs",
    )
    yield Check(
        name="lock",
        about="what is locked is what is asked for",
        standard="P1",
        words=("uv", "lock", "--check"),
        skipped="" if (folder / "uv.lock").exists() else "there is no uv.lock",
    )
    yield Check(
        name="image",
        about="the image is built",
        standard="P4",
        words=(find_engine(), "build", "--quiet", "--file", "docker/Dockerfile", "."),
        skipped=_no_image(folder),
        absent="Cannot connect to the Docker daemon",
    )
    yield Check(
        name="tests",
        about="all tests pass, and cover 80 %",
        standard="T1",
        words=tuple(_PYTEST.split()),
        is_alone=True,
    )
    yield Check(
        name="coverage",
        about="services are covered whole",
        standard="T2",
        words=("coverage", "report", "--fail-under=100", f"--include={services}"),
        is_alone=True,
    )


def _no_database(project: Project) -> str:
    """Says why there is no database to be looked at: none is named, and none was made here."""
    # review: ignore[CFG001] settings would be read, and may be wrong; that is for its check to say
    is_named = bool(os.environ.get("TRIPTYCH_DATABASE")) or _is_set(project.folder, "database")
    is_made = (project.folder / "var" / f"{project.package}.db").exists()
    return "" if is_named or is_made else "there is none here"


def _is_set(folder: Path, name: str) -> bool:
    """Tells whether a project's settings say something."""
    try:
        return name in tomllib.loads((folder / "triptych.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False


def _no_image(folder: Path) -> str:
    if not (folder / "docker" / "Dockerfile").exists():
        return "there is no docker/Dockerfile"
    if "editable = true" in (folder / "pyproject.toml").read_text(encoding="utf-8"):
        return "it is made from folders outside of it, which an image cannot hold"
    return "" if find_engine() else "there is no engine here"


async def verify(
    project: Project,
    checks: Sequence[Check],
    tell: Told = lambda verdict: None,
    *,
    mends: bool = False,
) -> list[Verdict]:
    """Runs checks, several at once; those that run alone come last, one after the other.

    Args:
        project: What is checked.
        checks: By what.
        tell: Is told each time a check begins and ends.
        mends: Whether the safe part is mended first.

    Returns:
        How each came out, in the order of the checks.
    """
    if mends:
        await _mend(project.folder, checks)
    turns = asyncio.Semaphore(os.cpu_count() or 1)

    async def one(check: Check) -> Verdict:
        async with turns:
            return await _run(project, check, tell)

    together = [each for each in checks if not each.is_alone]
    found = dict(zip([e.name for e in together], await _all(map(one, together)), strict=True))
    for each in checks:
        if each.is_alone:
            found[each.name] = await one(each)
    return [found[each.name] for each in checks]


async def _mend(folder: Path, checks: Sequence[Check]) -> None:
    """Mends the safe part, one after the other: lint first, whose mends are then formatted."""
    for each in reversed(checks):
        if each.mend and find_program(each.mend[0]):
            await run(each.mend, folder)


async def _all(calls: Any) -> list[Verdict]:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(each) for each in calls]
    return [each.result() for each in tasks]


async def _run(project: Project, check: Check, tell: Told) -> Verdict:
    begun = Verdict(check, State.SKIPPED, output=check.skipped)
    if not check.skipped:
        tell(replace(begun, state=State.RUNNING))
        started = perf_counter()
        state, output = await _come_out(project.folder, check)
        begun = Verdict(check, state, perf_counter() - started, output)
    tell(begun)
    return begun


async def _come_out(folder: Path, check: Check) -> tuple[State, str]:
    try:
        code, said = await run(check.words, folder)
    except FileNotFoundError:
        mend = f"uv add --dev {check.words[0]}"
        return State.MISSING, f"{check.words[0]} is not installed; {mend}"
    if check.absent and check.absent in said:
        return State.SKIPPED, said
    is_good = code == 0 and not (check.is_silent and said)
    return State.PASSED if is_good else State.FAILED, said
