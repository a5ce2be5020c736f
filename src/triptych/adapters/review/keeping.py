"""What is kept between reviews: what was read of a project, and what was found in it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Mapping, Set
from contextlib import suppress
from enum import StrEnum, auto
from functools import cache
from pathlib import Path
from typing import Self

import msgspec
from msgspec.msgpack import Decoder, decode, encode

from triptych.adapters.review.files import digest
from triptych.domain.review import Earlier, Found, Module, Unread, facts
from triptych.infrastructure.configuration import cache_folder

_MODULE, _FOUND = Decoder(Module), Decoder(Found)
_FEW = 10
_LONG = 30 * 24 * 3600.0


class _Modules(msgspec.Struct, frozen=True):
    """What was read of a project's files, by their digests."""

    modules: dict[str, msgspec.Raw] = {}
    unread: dict[str, Unread] = {}

    def __or__(self, other: _Modules) -> _Modules:
        return _Modules(self.modules | other.modules, self.unread | other.unread)

    def only(self, keys: Set[str]) -> _Modules:
        """Leaves out what is not asked for."""
        return _Modules(
            {key: self.modules[key] for key in self.modules.keys() & keys},
            {key: self.unread[key] for key in self.unread.keys() & keys},
        )

    def decoded(self) -> dict[str, Module | Unread]:
        """Returns what it holds.

        Raises:
            DecodeError: It cannot be read.
        """
        return {key: _MODULE.decode(of) for key, of in self.modules.items()} | self.unread

    @classmethod
    def encoded(cls, read: Mapping[str, Module | Unread]) -> Self:
        """Holds what was read, but for what no encoding can say, which is read again."""
        made = cls({}, {})
        for key, each in read.items():
            with suppress(UnicodeEncodeError):
                raw = msgspec.Raw(encode(each))
                if isinstance(each, Module):
                    made.modules[key] = raw
                else:
                    made.unread[key] = each
        return made

    @property
    def keys(self) -> Set[str]:
        """The digests of all."""
        return self.modules.keys() | self.unread.keys()


class Slot(StrEnum):
    """Which review it was; the last of each kind is kept."""

    NOW = auto()
    BEFORE = auto()


class State(msgspec.Struct, frozen=True):
    """What tells all that findings depend on from how it was before.

    Attributes:
        files: The digests of files, by their paths.
        rules: That of the rules and the settings.
        moment: That of what only rules of a whole project depend on.
    """

    files: dict[str, str]
    rules: str
    moment: str


class _Findings(msgspec.Struct, frozen=True):
    """What was found, and in which state."""

    state: State
    found: msgspec.Raw


@cache
def sources_of(*folders: Path) -> bytes:
    """Returns the Python code of some folders: what other code has made is worth nothing."""
    return b"".join(file.read_bytes() for each in folders for file in sorted(each.glob("*.py")))


class Cache:
    """What is kept of a project between reviews.

    Args:
        root: The project.
        folder: Where it is kept; the user's folder for such things where none is named.
    """

    def __init__(self, root: Path, folder: Path | None = None) -> None:
        reader = sources_of(Path(__file__).parent, Path(facts.__file__).parent)
        self._key = digest(str(root.resolve()), sys.version, reader)
        self._folder = folder or cache_folder() / "triptych" / "review"
        self._whole = self._recent = _Modules()

    def _file(self, what: str) -> Path:
        return self._folder / f"{self._key}.{what}"

    def modules(self, keys: Iterable[str]) -> dict[str, Module | Unread]:
        """Returns what was read of files before.

        Args:
            keys: Their digests.

        Returns:
            What is known, by the digests; nothing where it cannot be read.
        """
        self._whole = _read(self._file("facts"), _Modules) or _Modules()
        self._recent = _read(self._file("recent"), _Modules) or _Modules()
        try:
            return (self._whole | self._recent).only(set(keys)).decoded()
        except msgspec.DecodeError:
            self._whole = self._recent = _Modules()
            return {}

    def keep_modules(self, keys: Iterable[str], read: Mapping[str, Module | Unread]) -> None:
        """Keeps what was read: few beside what is kept already, many in place of it.

        Args:
            keys: The digests of all files that there are.
            read: What was read of those that are not known, by their digests.
        """
        wanted = set(keys)
        recent = (self._recent | _Modules.encoded(read)).only(wanted - self._whole.keys)
        if len(recent.keys) * _FEW < len(wanted):
            _write(self._file("recent"), recent)
        else:
            _write(self._file("facts"), (self._whole | recent).only(wanted))
            _write(self._file("recent"), _Modules())

    def found(self, slot: Slot, state: State) -> Found | None:
        """Returns what was found in a project that is as it is now, if that is known.

        Args:
            slot: Where it is kept from now on.
            state: As it is.
        """
        for each, kept in self._kept().items():
            found = _decoded(kept) if kept.state == state else None
            if found is not None:
                if each is not slot:
                    self.keep_found(slot, state, found)
                return found
        return None

    def earlier(self, state: State) -> Earlier | None:
        """Returns what was found by the same rules where most files were as they are now."""
        nearest, unchanged = None, set[str]()
        for each in self._kept().values():
            same = {path for path, _ in each.state.files.items() & state.files.items()}
            if each.state.rules == state.rules and len(same) > len(unchanged):
                nearest, unchanged = each, same
        found = _decoded(nearest) if nearest else None
        return Earlier(found, unchanged) if found else None

    def keep_found(self, slot: Slot, state: State, found: Found) -> None:
        """Keeps what was found, in place of the last time's."""
        with suppress(UnicodeEncodeError):
            _write(self._file(slot), _Findings(state, msgspec.Raw(encode(found))))

    def _kept(self) -> dict[Slot, _Findings]:
        read = {each: _read(self._file(each), _Findings) for each in Slot}
        return {slot: each for slot, each in read.items() if each}


def _decoded(kept: _Findings) -> Found | None:
    try:
        return _FOUND.decode(kept.found)
    except msgspec.DecodeError:
        return None


def _read[T](file: Path, kind: type[T]) -> T | None:
    try:
        return decode(file.read_bytes(), type=kind)
    except (OSError, msgspec.DecodeError):
        return None


def _write(file: Path, kept: object) -> None:
    """Keeps something, whole or not at all; that it cannot be kept is no error."""
    content = encode(kept)
    new = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        new.write_bytes(content)
        new.replace(file)
        _forget(file.parent)
    except OSError:
        with suppress(OSError):
            new.unlink(missing_ok=True)


def _forget(folder: Path) -> None:
    """Removes what nobody has written for long: of other versions, and of projects that are gone."""
    for each in folder.iterdir():
        if time.time() - each.stat().st_mtime > _LONG:
            each.unlink(missing_ok=True)
