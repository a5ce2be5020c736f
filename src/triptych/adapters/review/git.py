"""What git knows of a project: which files changed since a commit, and what they were."""

from __future__ import annotations

import re
import subprocess  # nosec B404  # git is asked
from pathlib import Path

from triptych.adapters.projects.programs import find_program
from triptych.domain.errors import InvalidInput, Problem

_HUNK = re.compile(r"@@ -\S+ \+(?P<start>\d+)(?:,(?P<count>\d+))? @@")


class Git:
    """A project that git keeps.

    Args:
        folder: Where it is.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def base(self, name: str) -> str:
        """Finds the commit where this work left another branch, or the commit itself.

        Raises:
            InvalidInput: There is no such commit, or no git.
        """
        if name.startswith("-"):
            raise InvalidInput([Problem("diff", f"{name!r:.60} is no commit", "name a branch")])
        return self._ask("merge-base", "HEAD", name).strip()

    def changed(self, base: str) -> dict[str, str]:
        """Lists the files that changed since a commit, and what each was called then.

        Returns:
            The path then by the path now, from the project's folder on; empty where it is new.
        """
        said = self._ask("diff", "--name-status", "-z", "-M", "--relative", base, "--", "*.py")
        words, found = iter(said.split("\0")), {}
        for status in words:
            if status[:1] in ("R", "C"):
                old = next(words)
                found[next(words)] = old
            elif status:
                path = next(words)
                found[path] = "" if status == "A" else path
        new = self._ask("ls-files", "-z", "--others", "--exclude-standard", "--", "*.py")
        return found | {path: "" for path in new.split("\0") if path}

    def lines(self, base: str) -> dict[str, frozenset[int]]:
        """Lists the lines that are new since a commit, by file: all of a file that is."""
        found: dict[str, set[int]] = {}
        path = ""
        words = ("diff", "--unified=0", "--no-color", "--no-ext-diff", "-M", "--relative", base)
        for line in self._ask(*words, "--", "*.py").split("\n"):
            if line.startswith("+++ "):
                path = line[4:].removeprefix("b/").rstrip("\t")
            elif hunk := _HUNK.match(line):
                start, count = int(hunk["start"]), int(hunk["count"] or 1)
                found.setdefault(path, set()).update(range(start, start + count))
        for new in self._ask(
            "ls-files", "-z", "--others", "--exclude-standard", "--", "*.py"
        ).split("\0"):
            if new:
                count = (self._folder / new).read_bytes().count(b"\n") + 1
                found[new] = set(range(1, count + 1))
        return {path: frozenset(of) for path, of in found.items()}

    def content(self, base: str, path: str) -> bytes:
        """Returns what a file was at a commit.

        Raises:
            InvalidInput: It was not there.
        """
        done = self._run("show", f"{base}:./{path}")
        if done.returncode:
            told = done.stderr.decode(errors="replace").strip()
            raise InvalidInput([Problem(path, told, "name another commit")])
        return done.stdout

    def _ask(self, *words: str) -> str:
        done = self._run(*words)
        if done.returncode:
            told = done.stderr.decode(errors="replace").strip() or "it is unknown to git"
            raise InvalidInput([Problem("diff", told, "name a commit or a branch of this project")])
        return done.stdout.decode(errors="surrogateescape")

    def _run(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        program = find_program("git")
        if program is None:
            raise InvalidInput([Problem("git", "is not installed", "install it")])
        return subprocess.run(  # noqa: S603  # nosec B603  # words of ours, and a commit's name
            [program, "-C", str(self._folder), *words], capture_output=True, check=False
        )
