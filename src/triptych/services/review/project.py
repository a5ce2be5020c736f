"""Reviewing a project that lies somewhere: all of it, or what is new since a commit."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from triptych.adapters.review.baseline import read_baseline, write_baseline
from triptych.adapters.review.configuration import read_review_settings
from triptych.adapters.review.files import Source, digest, read_module, root_of
from triptych.adapters.review.keeping import Cache, Slot, State, sources_of
from triptych.adapters.review.reading import (
    find_sources,
    find_state,
    name_of,
    read_sources,
)
from triptych.domain.errors import InvalidInput, Problem, UnknownName
from triptych.domain.review import (
    Earlier,
    Finding,
    Found,
    Measured,
    Module,
    Report,
    ReviewSettings,
    Unread,
)
from triptych.infrastructure.memory import collected_later
from triptych.services.review.explaining import Explanation, explain_module
from triptych.services.review.reviewed import Reviewed
from triptych.services.review.reviewing import find_out, narrowed, renamed
from triptych.services.review.rules import RULES

if TYPE_CHECKING:
    from triptych.adapters.review.git import Before, Git


@dataclass(frozen=True, slots=True)
class ReviewedProject:
    """A project that lies in a folder.

    Attributes:
        root: The folder, or one file.
        settings: What it says of its review.
        today: By which exceptions end.
        is_cached: Whether what was read is kept for the next time.
        measured: What running it has told.
        part: The folder or file that is asked about, from the root; empty for all.
    """

    root: Path
    settings: ReviewSettings
    today: date
    is_cached: bool = True
    measured: Measured | None = None
    part: str = ""

    def is_asked(self, path: str) -> bool:
        """Tells whether a file is in the part that is asked about."""
        return not self.part or path == self.part or path.startswith(f"{self.part}/")

    @property
    def folder(self) -> Path:
        """The folder."""
        return self.root if self.root.is_dir() else self.root.parent

    @property
    def baseline(self) -> Path:
        """The file of findings that were there before."""
        return self.folder / self.settings.baseline

    def read(self) -> Reviewed:
        """Reads the project; nothing of it is imported or run."""
        return self._made(self._read(list(self._files())), self.measured)

    def _files(self) -> Iterator[Source | Unread]:
        return find_sources(self.root, self.settings.src)

    @property
    def _cache(self) -> Cache | None:
        return Cache(self.root) if self.is_cached else None

    def _read(self, files: Sequence[Source | Unread]) -> list[Module | Unread]:
        sources = [each for each in files if isinstance(each, Source)]
        unread = [each for each in files if isinstance(each, Unread)]
        return [*read_sources(sources, self._cache), *unread]

    # What is read and found stays until the end.
    @collected_later()
    def _found(
        self,
        files: Sequence[Source | Unread],
        read: Callable[[], list[Module | Unread]],
        slot: Slot = Slot.NOW,
    ) -> Found:
        """Finds all there is; what has not changed since the last time is known."""
        cache = self._cache
        # What running it has told, it has told of the project as it is now.
        measured = self.measured if slot is Slot.NOW else None
        if cache is None:
            return find_out(self._made(read(), measured))
        state = self._state(files, measured)
        found = cache.found(slot, state)
        if found is None:
            found = find_out(self._made(read(), measured, cache.earlier(state)))
            cache.keep_found(slot, state, found)
        return found

    def _state(self, files: Sequence[Source | Unread], measured: Measured | None) -> State:
        """Returns what tells all that findings depend on from how it was before."""
        here = Path(__file__).parent
        said = {e.path: e.digest if isinstance(e, Source) else repr(e) for e in files}
        rules = digest(repr(self.settings), "", sources_of(here, here / "rules"))
        return State(said, rules, repr((self.today, measured)))

    def sources(self) -> list[Source]:
        """Lists its files, with what is in them."""
        return [each for each in self._files() if isinstance(each, Source)]

    def shown(self) -> dict[str, str]:
        """Names the modules that show examples as Python's own prompt does, with their files."""
        code = {each.path for each in self.read().code()}
        return {
            each.name: each.path
            for each in self.sources()
            if each.path in code and b">>> " in each.content
        }

    def state(self) -> dict[str, tuple[int, int]]:
        """Returns what tells whether one of its files has changed: its moment and size, by path."""
        return find_state(self.root, self.settings.src)

    def changed(self, project: Reviewed, texts: Mapping[Source, str]) -> Reviewed:
        """Reads it as if some of its files had other texts."""
        paths = {each.path for each in texts}
        read = [read_module(of.path, of.name, text.encode()) for of, text in texts.items()]
        known: list[Module | Unread] = [*project.modules, *project.unread]
        return self._made([*(each for each in known if each.path not in paths), *read])

    def _made(
        self,
        read: list[Module | Unread],
        measured: Measured | None = None,
        earlier: Earlier | None = None,
    ) -> Reviewed:
        modules = [each for each in read if isinstance(each, Module)]
        unread = [each for each in read if isinstance(each, Unread)]
        return Reviewed(modules, unread, self.settings, self.today, measured, earlier)

    def review(self, since: str = "") -> Report:
        """Reviews it.

        Args:
            since: A commit or a branch: only what is new since work left it is told.

        Raises:
            InvalidInput: There is no such commit, or the baseline cannot be read.
        """
        # Git looks for what has changed while files are read.
        changed = self._git.changed(since) if since else None
        files = list(self._files())
        read = cache(lambda: self._read(files))
        before = self._before(files, read, changed()) if changed else None
        report = narrowed(self._found(files, read).report, read_baseline(self.baseline), before)
        if not self.part:
            return report
        findings = [each for each in report.findings if self.is_asked(each.path)]
        note = f"what is found in {self.part} is told; the scores are those of the whole project"
        return replace(report, findings=findings, notes=[*report.notes, note])

    def explain(self, name: str) -> Explanation:
        """Says why a module is where it is, and what is found in it.

        Args:
            name: The module, or its file: from the project's root, or from the current folder.

        Raises:
            UnknownName: There is no such module.
            InvalidInput: It cannot be read.
        """
        files = list(self._files())
        path = self._path_of(name)
        file = next((each for each in files if _is_called(each, path)), None)
        if file is None:
            known = [*(each.rule.code for each in RULES), *(each.path for each in files)]
            raise UnknownName("rule or file", name, known)
        read = read_sources([file])[0] if isinstance(file, Source) else file
        if isinstance(read, Unread):
            raise InvalidInput([Problem(f"{read.path}:{read.line}", read.reason)])
        return explain_module(read, self._found(files, lambda: self._read(files)))

    def _path_of(self, name: str) -> str:
        file = Path(name).resolve()
        is_inside = file.is_file() and file.is_relative_to(self.folder)
        return file.relative_to(self.folder).as_posix() if is_inside else name

    def before(self, project: Reviewed, since: str) -> list[Finding]:
        """Finds what was there at a commit.

        Args:
            project: As it is now.
            since: The commit.

        Raises:
            InvalidInput: There is no such commit.
        """
        known: list[Module | Unread] = [*project.modules, *project.unread]
        changed = self._git.changed(since)
        return self._before(list(self._files()), lambda: known, changed())

    @property
    def _git(self) -> Git:
        # Loaded where it is asked for: whoever asks for no commit begins sooner.
        git: Git = importlib.import_module("triptych.adapters.review.git").Git(self.folder)
        return git

    def _before(
        self,
        files: Sequence[Source | Unread],
        read: Callable[[], list[Module | Unread]],
        changed: Mapping[str, Before | None],
    ) -> list[Finding]:
        """Finds what was there at a commit: files that did not change are not read again."""
        then = [each for each in changed.values() if each and self._is_looked_at(each.path)]
        old = [
            Source(each.path, name_of(self.folder, each.path), content)
            for each, content in zip(then, self._git.contents(then), strict=True)
        ]
        kept = [each for each in files if each.path not in changed]

        def read_old() -> list[Module | Unread]:
            same = [each for each in read() if each.path not in changed]
            return [*same, *read_sources(old)]

        names = {each.path: now for now, each in changed.items() if each}
        return renamed(self._found([*kept, *old], read_old, Slot.BEFORE).findings, names)

    def _is_looked_at(self, path: str) -> bool:
        """Tells whether a file lies in one of the folders that are reviewed."""
        src = self.settings.src
        return not src or any(Path(path).is_relative_to(each) for each in src)

    def keep_baseline(self) -> tuple[int, int]:
        """Writes the baseline, or lets what is mended out of it; nothing comes in anew.

        Returns:
            How many findings it holds, and how many it held.

        Raises:
            InvalidInput: It cannot be read, or not be written.
        """
        before = read_baseline(self.baseline) if self.baseline.exists() else None
        files = list(self._files())
        found = self._found(files, lambda: self._read(files))
        try:
            return write_baseline(self.baseline, found.report.findings, before)
        except OSError as error:
            raise InvalidInput([Problem(str(self.baseline), str(error))]) from None


def _is_called(file: Source | Unread, name: str) -> bool:
    return name == file.path or (isinstance(file, Source) and name == file.name)


def open_project(root: Path, today: date, *, is_cached: bool = True) -> ReviewedProject:
    """Opens a project that is to be reviewed; all of it, or the part that is named.

    Args:
        root: The project, or a folder or file of it.
        today: By which exceptions end.
        is_cached: Whether what was read is kept for the next time.

    Raises:
        InvalidInput: There is no such folder, or its settings make no sense.
    """
    if not root.exists():
        raise InvalidInput([Problem("path", f"there is no {root}", "name a folder or a file")])
    whole = root_of(root)
    part = "" if whole == root else root.relative_to(whole).as_posix()
    return ReviewedProject(whole, read_review_settings(whole), today, is_cached, part=part)
