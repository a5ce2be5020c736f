"""What git knows of a project: which files changed since a commit, and what they were."""

from __future__ import annotations

import io
import re
import subprocess  # nosec B404  # git is asked
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from triptych.adapters.projects.programs import find_program
from triptych.domain.errors import InvalidInput, Problem

_HUNK = re.compile(r"@@ -\S+ \+(?P<start>\d+)(?:,(?P<count>\d+))? @@")


@dataclass(frozen=True, slots=True)
class Before:
    """What a file was at a commit.

    Attributes:
        path: What it was called, from the project's folder on.
        blob: What git calls its content.
    """

    path: str
    blob: str


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

    def changed(self, base: str) -> dict[str, Before | None]:
        """Lists the files that changed since a commit, and what each was then.

        Returns:
            What was by the path now, from the project's folder on; `None` where it is new.
        """
        said = self._ask(
            "diff", "--raw", "--no-abbrev", "-z", "-M", "--relative", base, "--", "*.py"
        )
        words, found = iter(said.split("\0")), dict[str, Before | None]()
        for word in filter(None, words):
            *_, blob, _, status = word.split()
            path = then = next(words)
            if status[0] in "RC":
                path = next(words)
            found[path] = None if status == "A" else Before(then, blob)
        new = self._ask("ls-files", "-z", "--others", "--exclude-standard", "--", "*.py")
        return found | dict.fromkeys(filter(None, new.split("\0")))

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

    def contents(self, files: Sequence[Before]) -> list[bytes]:
        """Returns what was in files; all by one call.

        Raises:
            InvalidInput: One is not there any more.
        """
        asked = "".join(f"{each.blob}\n" for each in files).encode()
        said = io.BytesIO(self._run("cat-file", "--batch", said=asked).stdout)
        found = []
        for each in files:
            *_, kind, size = said.readline().split() or [b"", b""]
            if kind != b"blob":
                raise InvalidInput(
                    [Problem(each.path, "is not to be had", "fetch all of the commit")]
                )
            found.append(said.read(int(size)))
            said.read(1)
        return found

    def _ask(self, *words: str) -> str:
        done = self._run(*words)
        if done.returncode:
            told = done.stderr.decode(errors="replace").strip() or "it is unknown to git"
            raise InvalidInput([Problem("diff", told, "name a commit or a branch of this project")])
        return done.stdout.decode(errors="surrogateescape")

    def _run(self, *words: str, said: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        program = find_program("git")
        if program is None:
            raise InvalidInput([Problem("git", "is not installed", "install it")])
        return subprocess.run(  # noqa: S603  # nosec B603  # words of ours, and a commit's name
            [program, "-C", str(self._folder), *words],
            input=said,
            capture_output=True,
            check=False,
        )
