"""Finding the files of a project, and parsing them: what cannot be read is told, never skipped."""

from __future__ import annotations

import ast
import hashlib
import io
import os
import re
import stat
import tokenize
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from triptych.adapters.review.extraction import read_facts
from triptych.domain.review import Module, Unread

# A file that lies in every environment that packages are installed in.
_INSTALLED = "pyvenv.cfg"
_LARGEST = 2_000_000
_DEEPEST = 1_000
_SKIPPED = {
    "__pycache__",
    "node_modules",
    "build",
    "dist",
    "site-packages",
    "venv",
    "env",
    "htmlcov",
}
# Python 3.14 writes several errors without brackets, and has texts that are templates.
_NEWER = (
    (re.compile(r"^(\s*except\*?[ \t]+)([^()\n:]+,[^()\n:]+)(:)", re.MULTILINE), r"\1(\2)\3"),
    (re.compile(r"""(?<![\w"'])[tT](?=["'])"""), "f"),
)
_TEST = re.compile(r"(?:^|/)tests?/|(?:^|/)(?:test_[^/]*|[^/]*_test|conftest)\.py$")


def find_files(root: Path) -> Iterator[str]:
    """Yields the Python files of a folder, in order; hidden and installed ones left out.

    Args:
        root: A folder, or one file.
    """
    if not root.is_dir():
        yield str(root)
        return
    # Paths as plain texts: objects would take longer than the files themselves.
    for folder, folders, names in os.walk(root):
        is_installed = _INSTALLED in names and folder != str(root)
        folders[:] = [] if is_installed else sorted(each for each in folders if _is_code(each))
        for name in () if is_installed else sorted(names):
            if name.endswith(".py"):
                yield f"{folder}{os.sep}{name}"


def root_of(path: Path) -> Path:
    """Finds the project that a folder or a file is part of: where a `pyproject.toml` lies.

    Args:
        path: The folder or the file; it is a project of its own where none is around it, or
            where the one around it would not look at it.
    """
    if (path / "pyproject.toml").exists() or (path / ".git").exists():
        return path
    for each in path.parents:
        inner = path.relative_to(each).parts
        if any(_is_skipped(each.joinpath(*inner[: n + 1])) for n in range(len(inner))):
            return path
        if (each / "pyproject.toml").exists():
            return each
        if (each / ".git").exists():
            return path
    return path


def _is_skipped(folder: Path) -> bool:
    """Tells whether a folder is left out by whoever looks for files in the one around it."""
    return not _is_code(folder.name) or (folder / _INSTALLED).exists() or folder.is_symlink()


def _is_code(name: str) -> bool:
    """Tells whether a folder of that name may hold code of the project."""
    return not (name.startswith(".") or name in _SKIPPED or name.endswith(".egg-info"))


def module_name(path: str) -> str:
    """Names a module by its path.

    Example:
        ```python
        from triptych.adapters.review.files import module_name

        assert module_name("src/shop/domain/__init__.py") == "shop.domain"
        ```
    """
    parts = path.removesuffix(".py").split("/")
    if "src" in parts[:-1]:
        parts = parts[len(parts) - 1 - parts[::-1].index("src") + 1 :]
    if parts[-1] == "__init__" and len(parts) > 1:
        parts.pop()
    return ".".join(parts)


def read_module(path: str, name: str, content: bytes) -> Module | Unread:
    r"""Reads what is known of a module, or says why nothing is.

    Args:
        path: Where it is, from the root of the review.
        name: As it is imported.
        content: What is in it.

    Example:
        ```python
        from triptych.adapters.review.files import read_module
        from triptych.domain.review import Module, Unread

        assert isinstance(read_module("a.py", "a", b"X = 1\n"), Module)
        newer = b"try: ...\nexcept OSError, ValueError: ...\n"
        assert isinstance(read_module("a.py", "a", newer), Module)
        assert isinstance(read_module("a.py", "a", b"def ("), Unread)
        ```
    """
    try:
        text = _text(content)
        tree = _parse(text)
        return read_facts(path, name, text, tree, is_test=bool(_TEST.search(path)))
    except SyntaxError as error:
        return Unread(path, error.msg or "it is no Python", error.lineno or 1)
    except (UnicodeError, LookupError, ValueError) as error:
        return Unread(path, str(error).partition("\n")[0])
    except (RecursionError, MemoryError):
        return Unread(path, "it is nested too deeply to be read")


def _text(content: bytes) -> str:
    encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    return content.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")


def _parse(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text)
        except SyntaxError as error:
            for pattern, written in _NEWER:
                text = pattern.sub(written, text)
            try:
                return ast.parse(text)
            except SyntaxError:
                raise error from None


def read_content(file: str) -> bytes | str:
    """Reads a file, or says why not: it is no plain file, too large, or not for us."""
    try:
        found = os.lstat(file)
        if not stat.S_ISREG(found.st_mode):
            return (
                "it is a link to elsewhere"
                if stat.S_ISLNK(found.st_mode)
                else "it is no plain file"
            )
        if found.st_size > _LARGEST:
            return f"it has {found.st_size:,} bytes, more than {_LARGEST:,}: is it generated?"
        with io.FileIO(file) as content:
            return content.readall()
    except OSError as error:
        return error.strerror or str(error)


def digest(path: str, name: str, content: bytes) -> str:
    """Returns what tells a module's content, and the place it is read as, from all others."""
    said = f"{path}\0{name}\0".encode(errors="surrogateescape")
    return hashlib.blake2b(said + content, digest_size=16).hexdigest()


@dataclass(frozen=True)
class Source:
    """A file that is to be read.

    Attributes:
        path: Where it is, from the root.
        name: As it is imported.
        content: What is in it.
    """

    path: str
    name: str
    content: bytes

    @cached_property
    def digest(self) -> str:
        """What tells its content, and the place it is read as, from all others."""
        return digest(self.path, self.name, self.content)
