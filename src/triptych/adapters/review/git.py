"""What git knows of a project: which files changed since a commit, and what they were."""

from __future__ import annotations

import io
import os
import re
import subprocess  # nosec B404  # git is asked
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from triptych.adapters.projects.programs import find_program
from triptych.domain.errors import InvalidInput, Problem

# A project's own git configuration may name programs, and none of it is run.
_QUIET = (
    "--no-optional-locks",
    "-c",
    "core.fsmonitor=false",
    "-c",
    f"core.hooksPath={os.devnull}",
)
_SETTINGS = ("config", "--null", "--list", "--name-only")
_NEW = ("ls-files", "-z", "--others", "--exclude-standard", "--", "*.py")
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

    def changed(self, since: str) -> Callable[[], dict[str, Before | None]]:
        """Begins to list the files that changed since work left a commit, and what each was then.

        Returns:
            A function that waits for the answer: what was by the path now, from the project's
            folder on; `None` where it is new.

        Raises:
            InvalidInput: There is no such commit, or no git; now, or when the answer is asked.
        """
        asked = self._since(since)

        def answer() -> dict[str, Before | None]:
            base, settings, new = _answers(*asked)
            found = _parsed(self._diff(settings, "--raw", "--no-abbrev", "-z", base.strip()))
            return found | dict.fromkeys(filter(None, new.split("\0")))

        return answer

    def lines(self, since: str) -> dict[str, frozenset[int]]:
        """Lists the lines that are new since work left a commit, by file: all of a file that is.

        Raises:
            InvalidInput: There is no such commit, or no git.
        """
        base, settings, new = _answers(*self._since(since))
        found: dict[str, set[int]] = {}
        path = ""
        words = ("--unified=0", "--no-color", "--no-ext-diff", "--no-textconv", base.strip())
        for line in self._diff(settings, *words).split("\n"):
            if line.startswith("+++ "):
                path = line[4:].removeprefix("b/").rstrip("\t")
            elif hunk := _HUNK.match(line):
                start, count = int(hunk["start"]), int(hunk["count"] or 1)
                found.setdefault(path, set()).update(range(start, start + count))
        for each in filter(None, new.split("\0")):
            count = (self._folder / each).read_bytes().count(b"\n") + 1
            found[each] = set(range(1, count + 1))
        return {path: frozenset(of) for path, of in found.items()}

    def contents(self, files: Sequence[Before]) -> list[bytes]:
        """Returns what was in files; all by one call.

        Raises:
            InvalidInput: One is not there any more.
        """
        asked = "".join(f"{each.blob}\n" for each in files).encode()
        said = io.BytesIO(self._start("cat-file", "--batch").communicate(asked)[0])
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

    def _since(self, name: str) -> list[subprocess.Popen[bytes]]:
        """Asks where work left a commit, for the names of all settings, and for files that are new.

        Raises:
            InvalidInput: It is no name of a commit, or there is no git.
        """
        if name.startswith("-"):
            raise InvalidInput([Problem("diff", f"{name!r:.60} is no commit", "name a branch")])
        asked = (("merge-base", "HEAD", name), _SETTINGS, _NEW)
        return [self._start(*words) for words in asked]

    def _diff(self, settings: str, *words: str) -> str:
        """Compares files with a commit, as they lie there: no filter of the project is run."""
        free = _unfiltered(settings.split("\0"))
        # Whatever is called like a file and is a repository of its own, has settings of its own.
        whole = ("-M", "--relative", "--ignore-submodules", *words, "--", "*.py")
        return _answers(self._start(*free, "diff", *whole))[0]

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        program = find_program("git")
        if program is None:
            raise InvalidInput([Problem("git", "is not installed", "install it")])
        return subprocess.Popen(  # noqa: S603  # nosec B603  # words of ours, and a commit's name
            [program, "-C", str(self._folder), *_QUIET, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )


def _answers(*asked: subprocess.Popen[bytes]) -> list[str]:
    """Waits for what git answers; for all before any is looked at.

    Raises:
        InvalidInput: It refuses.
    """
    said = [each.communicate() for each in asked]
    for each, (_, refused) in zip(asked, said, strict=True):
        if each.returncode:
            told = refused.decode(errors="replace").strip() or "it is unknown to git"
            raise InvalidInput([Problem("diff", told, "name a commit or a branch of this project")])
    return [answer.decode(errors="surrogateescape") for answer, _ in said]


def _unfiltered(settings: Iterable[str]) -> Iterator[str]:
    """Yields what takes out the programs that files go through on their way to a commit.

    Raises:
        InvalidInput: One is called so that it cannot be taken out.
    """
    names = {each.rpartition(".")[0] for each in settings if each.startswith("filter.")}
    for name in sorted(names):
        if "=" in name:
            mend = "take it out of the project's git configuration"
            raise InvalidInput([Problem("diff", f"{name!r:.60} would be run", mend)])
        for setting in ("clean=", "process=", "required=false"):
            yield from ("-c", f"{name}.{setting}")


def _parsed(said: str) -> dict[str, Before | None]:
    """Reads what git says of files that it knows and that have changed."""
    words, found = iter(said.split("\0")), dict[str, Before | None]()
    for word in filter(None, words):
        *_, blob, _, status = word.split()
        path = then = next(words)
        if status[0] in "RC":
            path = next(words)
        found[path] = None if status == "A" else Before(then, blob)
    return found
