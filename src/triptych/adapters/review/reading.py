"""Reading a whole project: only what has changed since, and much of it in several processes."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from triptych.adapters.review.files import (
    Source,
    find_files,
    module_name,
    read_content,
    read_module,
)
from triptych.adapters.review.keeping import Cache
from triptych.domain.review import Module, Unread

_FEW = 120


def find_sources(root: Path, folders: Sequence[str] = ()) -> Iterator[Source | Unread]:
    """Yields the files of a project, with what is in them; or says why not.

    Args:
        root: The project.
        folders: Which of its folders; all of it where none is named.
    """
    base = root if root.is_dir() else root.parent
    before = str(base).rstrip(os.sep)
    for file in _files(root, folders):
        path = file.removeprefix(before).lstrip(os.sep).replace(os.sep, "/")
        content = read_content(file)
        if isinstance(content, str):
            yield Unread(path, content)
        else:
            yield Source(path, name_of(base, path), content)


def _files(root: Path, folders: Sequence[str]) -> Iterator[str]:
    for place in [root / each for each in folders] if folders else [root]:
        yield from find_files(place)


def find_state(root: Path, folders: Sequence[str] = ()) -> dict[str, tuple[int, int]]:
    """Tells when each file was changed, in nanoseconds, and how long it is, in bytes.

    Args:
        root: The project.
        folders: Which of its folders; all of it where none is named.
    """
    found = {}
    for file in _files(root, folders):
        with suppress(OSError):
            state = os.lstat(file)
            found[file] = state.st_mtime_ns, state.st_size
    return found


def name_of(folder: Path, path: str) -> str:
    """Names a module by its path from a folder, which may be within packages itself."""
    return module_name(f"{_packages(folder)}{path}")


@cache
def _packages(folder: Path) -> str:
    """Returns the packages that a folder is within, as the beginning of a path."""
    names: list[str] = []
    while (folder / "__init__.py").exists() and folder.name:
        names.insert(0, folder.name)
        folder = folder.parent
    return "".join(f"{each}/" for each in names)


def read_sources(sources: Iterable[Source], cache: Cache | None = None) -> list[Module | Unread]:
    """Reads what is known of the modules; those that the cache knows are not read again.

    Args:
        sources: The files.
        cache: What was known before.
    """
    sources = list(sources)
    keys = [each.digest for each in sources]
    known: dict[str, Module | Unread] = cache.modules(keys) if cache else {}
    new = {key: each for each, key in zip(sources, keys, strict=True) if key not in known}
    read = dict(zip(new, _read_all(list(new.values())), strict=True))
    if cache and read:
        cache.keep_modules(keys, read)
    return [known[key] if key in known else read[key] for key in keys]


def _read_all(sources: Sequence[Source]) -> list[Module | Unread]:
    workers = min(os.cpu_count() or 1, 8)
    if len(sources) < _FEW or workers == 1:
        return [read_module(each.path, each.name, each.content) for each in sources]
    # Loaded where it is needed: whoever reads little begins sooner.
    together = importlib.import_module("triptych.adapters.review.together")
    read: list[Module | Unread] = together.read_together(sources, workers)
    return read
