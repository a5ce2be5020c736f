"""What is kept between reviews: what was read of a project, and what was found in it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec.msgpack import Decoder, decode, encode

from triptych.adapters.review.files import digest
from triptych.domain.review import Found, Module, Unread, facts
from triptych.infrastructure.configuration import cache_folder

_MODULE = Decoder(Module)
_LONG = 30 * 24 * 3600.0


class _Modules(msgspec.Struct, frozen=True):
    """What was read of a project's files, by their digests."""

    modules: dict[str, msgspec.Raw]
    unread: dict[str, Unread]


class _Findings(msgspec.Struct, frozen=True):
    """What was found, and the digest of all that it was found in and by."""

    of: str
    found: Found


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
        self._encoded: dict[str, msgspec.Raw] = {}
        self._folder = folder or cache_folder() / "triptych" / "review"

    def _file(self, what: str) -> Path:
        return self._folder / f"{self._key}.{what}"

    def modules(self) -> dict[str, Module | Unread]:
        """Returns what was read of files, by their digests; nothing where it cannot be read."""
        kept = _read(self._file("facts"), _Modules)
        if kept is None:
            return {}
        try:
            modules = {key: _MODULE.decode(each) for key, each in kept.modules.items()}
        except msgspec.DecodeError:
            return {}
        self._encoded = kept.modules
        return {**modules, **kept.unread}

    def keep_modules(self, known: Mapping[str, Module | Unread]) -> None:
        """Keeps what was read, but for what no encoding can say, which is read again."""
        parts: dict[type, dict[str, msgspec.Raw]] = {Module: {}, Unread: {}}
        for key, each in known.items():
            with suppress(UnicodeEncodeError):
                encoded = self._encoded.get(key) or msgspec.Raw(encode(each))
                parts[type(each)][key] = encoded
        _write(self._file("facts"), {"modules": parts[Module], "unread": parts[Unread]})

    def found(self, when: str, of: str) -> Found | None:
        """Returns what was found in a project that is as its digest says, if that is known.

        Args:
            when: `now`, or `before`: the last of each is kept.
            of: The digest.
        """
        kept = _read(self._file(when), _Findings)
        return kept.found if kept and kept.of == of else None

    def keep_found(self, when: str, of: str, found: Found) -> None:
        """Keeps what was found, in place of the last time's."""
        with suppress(UnicodeEncodeError):
            _write(self._file(when), _Findings(of, found))


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
