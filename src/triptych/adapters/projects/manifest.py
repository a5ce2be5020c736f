"""What was added to a project, kept so that it can be taken back byte for byte."""

from __future__ import annotations

import hashlib
import shutil
from contextlib import suppress
from pathlib import Path

import msgspec

from triptych.domain.additions import FileChange
from triptych.domain.errors import InvalidInput, Misconfigured, Problem

_FOLDER = ".triptych/additions"


class _File(msgspec.Struct):
    """A file that was written: what was in it, and the digest of what is."""

    path: str
    before: str | None
    digest: str | None


class _Addition(msgspec.Struct):
    about: str
    files: list[_File]


class Manifest:
    """The additions of a project, in a folder that is not for others.

    Args:
        folder: Where the project is.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def make(self, about: str, changes: list[FileChange]) -> None:
        """Notes an addition, then writes its files.

        Raises:
            Misconfigured: They cannot be written; those that were are as before.
        """
        files = [_File(e.path, e.before, e.after and _digest(e.after)) for e in changes]
        noted = self._folder / _FOLDER / f"{len(self._noted()) + 1:04}.json"
        try:
            noted.parent.mkdir(parents=True, exist_ok=True)
            _write(noted, msgspec.json.encode(_Addition(about, files)).decode())
            for each in changes:
                self._put(self._folder / each.path, each.after)
        except OSError as error:
            self._restore(files)
            self._forget(noted)
            raise Misconfigured(f"nothing was written: {error}") from error

    def take_back(self) -> tuple[str, list[str]]:
        """Takes the last addition back.

        Raises:
            InvalidInput: There is none; or one of its files was edited since.
        """
        noted = self._noted()
        if not noted:
            raise InvalidInput([Problem("undo", "nothing was written here", "")])
        addition = msgspec.json.decode(noted[-1].read_bytes(), type=_Addition)
        edited = [each.path for each in addition.files if self._is_edited(each)]
        if edited:
            mend = "take your edit out first, or take the addition out by hand"
            raise InvalidInput([Problem(path, "was edited since", mend) for path in edited])
        self._restore(addition.files)
        self._forget(noted[-1])
        return addition.about, [each.path for each in addition.files]

    def _noted(self) -> list[Path]:
        return sorted((self._folder / _FOLDER).glob("*.json"))

    def _is_edited(self, file: _File) -> bool:
        """Tells whether a file is neither as it was written nor as it was before."""
        now = _read(self._folder / file.path)
        return now != file.before and (now and _digest(now)) != file.digest

    def _restore(self, files: list[_File]) -> None:
        for each in files:
            self._put(self._folder / each.path, each.before)

    def _put(self, path: Path, text: str | None) -> None:
        """Writes a file, or removes it, with the folders that are empty then."""
        if text is not None:
            _write(path, text)
            return
        path.unlink(missing_ok=True)
        self._tidy(path.parent)

    def _forget(self, noted: Path) -> None:
        noted.unlink(missing_ok=True)
        self._tidy(noted.parent)

    def _tidy(self, folder: Path) -> None:
        """Removes folders that nothing is in any more, but what was compiled."""
        with suppress(OSError):
            while folder != self._folder:
                if [each.name for each in folder.iterdir()] == ["__pycache__"]:
                    shutil.rmtree(folder / "__pycache__")
                folder.rmdir()
                folder = folder.parent


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _read(path: Path) -> str | None:
    return path.read_bytes().decode(errors="replace") if path.exists() else None


def _write(path: Path, text: str) -> None:
    """Writes a file whole, or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.triptych")
    try:
        beside.write_bytes(text.encode())
        if path.exists():
            beside.chmod(path.stat().st_mode)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
