"""A copy of a project to work on: what is refactored is tried there before anything is touched."""

from __future__ import annotations

import re
import shutil
import subprocess  # nosec B404  # the project's own checkers are run
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from triptych.adapters.projects.programs import find_program
from triptych.domain.additions import FileChange
from triptych.domain.errors import InvalidInput, Problem
from triptych.infrastructure.optional import needs

_PARTS = ("src", "tests", "docs")
_FILES = ("pyproject.toml", "README.md", "AGENTS.md")
_TEXTS = (".py", ".md")
_ERROR = re.compile(
    r"(?P<path>[^:\n]+):(?P<line>\d+):(?P<column>\d+):\d+:\d+: error: (?P<text>.+?)(  \[[\w-]+\])?$",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class TypeMistake:
    """What the type checker says of a place.

    Attributes:
        path: The file, from the project's folder on.
        line: From one on.
        column: From one on.
        text: What it says.
    """

    path: str
    line: int
    column: int
    text: str


class Workspace:
    """A copy of a project's code, tests and documents, in a folder that is gone afterwards.

    Args:
        folder: Where the project is.
        package: The package that has the `domain`.
    """

    def __init__(self, folder: Path, package: str) -> None:
        self._origin, self.package = folder, package
        self._held = tempfile.TemporaryDirectory(prefix="triptych-")
        self.folder = Path(self._held.name)

    def __enter__(self) -> Self:
        for part in _PARTS:
            if (self._origin / part).is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(self._origin / part, self.folder / part, ignore=ignored)
        for file in _FILES:
            if (self._origin / file).is_file():
                shutil.copy(self._origin / file, self.folder / file)
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._held.cleanup()

    def texts(self, suffix: str) -> Iterator[str]:
        """Yields the paths of the files that end so, in order."""
        for each in sorted(self.folder.rglob(f"*{suffix}")):
            yield each.relative_to(self.folder).as_posix()

    def read(self, path: str) -> str:
        """Returns what is in a file.

        Raises:
            InvalidInput: It is not UTF-8.
        """
        try:
            return (self.folder / path).read_bytes().decode()
        except UnicodeDecodeError as error:
            raise InvalidInput([Problem(path, str(error), "mend the file")]) from None

    def write(self, path: str, text: str) -> None:
        """Writes a file, and makes the folders that it is in."""
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_bytes(text.encode())

    def remove(self, path: str) -> None:
        """Removes a file."""
        (self.folder / path).unlink()

    def rename(self, path: str, offset: int, new: str) -> None:
        """Renames what is defined at a place, and all that leads to it.

        Raises:
            InvalidInput: A module cannot be read.
            MissingExtra: What does it is not installed.
        """
        with warnings.catch_warnings():
            # What it warns of is its own.
            warnings.simplefilter("ignore", DeprecationWarning)
            project = needs("rope.base.project", "refactoring", "to rename").Project
            refactoring = needs("rope.refactor.rename", "refactoring", "to rename").Rename
            opened: Any = project(
                str(self.folder),
                ropefolder=None,
                source_folders=["src", "."],
                ignore_syntax_errors=True,
            )
            try:
                found = refactoring(opened, opened.get_resource(path), offset)
                opened.do(found.get_changes(new))
            finally:
                opened.close()

    def mistakes(self) -> list[TypeMistake]:
        """Asks the type checker what is wrong, in the code and the tests.

        Raises:
            InvalidInput: There is no type checker.
        """
        program = find_program("mypy")
        if program is None:
            raise InvalidInput([Problem("mypy", "is not installed", "uv sync")])
        said = self._run(
            program,
            "--show-column-numbers",
            "--show-error-end",
            "--no-error-summary",
            "--no-pretty",
            "--explicit-package-bases",
            f"--cache-dir={self._origin / '.mypy_cache'}",
            *(each for each in ("src", "tests") if (self.folder / each).is_dir()),
        )
        return [
            TypeMistake(each["path"], int(each["line"]), int(each["column"]), each["text"])
            for each in _ERROR.finditer(said)
        ]

    def tidy(self) -> None:
        """Puts imports and lines of the files that changed in order, where the tools are there."""
        changes = self.changes("")
        changed = [e.path for e in changes if e.path.endswith(".py") and e.after is not None]
        ruff, black = find_program("ruff"), find_program("black")
        if changed and ruff:
            self._run(ruff, "check", "--quiet", "--no-cache", "--select", "I", "--fix", *changed)
        if changed and black:
            self._run(black, "--quiet", *changed)

    def _run(self, *words: str) -> str:
        done = subprocess.run(  # noqa: S603  # nosec B603  # the project's own checkers
            words, cwd=self.folder, capture_output=True, text=True, check=False
        )
        return done.stdout

    def changes(self, why: str) -> list[FileChange]:
        """Lists what became of which file."""
        found = []
        for path in (each for suffix in _TEXTS for each in self.texts(suffix)):
            there = self._origin / path
            before = there.read_bytes().decode(errors="replace") if there.exists() else None
            after = self.read(path)
            if after != before:
                found.append(FileChange(path, before, after, why))
        return [*found, *self._gone(why)]

    def _gone(self, why: str) -> Iterator[FileChange]:
        for part in _PARTS:
            for there in sorted((self._origin / part).rglob("*.py")):
                path = there.relative_to(self._origin).as_posix()
                if not (self.folder / path).exists():
                    before = there.read_bytes().decode(errors="replace")
                    yield FileChange(path, before, None, why)
