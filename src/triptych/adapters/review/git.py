"""What git knows of a project: which files changed since a commit, and what they were."""

from __future__ import annotations

import subprocess  # nosec B404  # git is asked
from pathlib import Path

from triptych.adapters.projects.programs import find_program
from triptych.domain.errors import InvalidInput, Problem


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
