"""The files of a new project: templates, filled and written."""

from __future__ import annotations

import json
import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import distribution
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

_SUFFIX = ".tmpl"


class _Text(string.Template):
    """A text with names behind a sign that stands in no other file."""

    delimiter = "§"
    idpattern = "(?a:[a-z]+)"


@dataclass(frozen=True, slots=True)
class ProjectFile:
    """One file of a project.

    Attributes:
        path: Where, from the project's folder.
        text: What is in it.

    Example:
        ```python
        from pathlib import PurePosixPath

        from triptych.adapters.projects.files import ProjectFile

        assert ProjectFile(PurePosixPath("README.md"), "# Shop").path.name == "README.md"
        ```
    """

    path: PurePosixPath
    text: str


def project_files(names: Mapping[str, str], trees: Sequence[str]) -> Iterator[ProjectFile]:
    """Yields the files of a new project, in the order of their paths.

    Args:
        names: What stands for the names in the files.
        trees: The folders of templates that it is made of; of two files at one place, the one
            of the later.

    Raises:
        KeyError: A file asks for a name that is not given.

    Example:
        ```python
        from triptych.adapters.projects.files import project_files

        names = {"package": "shop", "project": "shop", "title": "Shop", "key": "item"}
        names |= {"main": "Item"}
        paths = [str(each.path) for each in project_files(names, ["loaded"])]
        assert "tests/e2e/test_program.py" in paths
        ```
    """
    found: dict[PurePosixPath, Traversable] = {}
    for tree in trees:
        found |= _found(files("triptych.adapters.projects") / "template" / tree, PurePosixPath())
    for path, template in sorted(found.items()):
        filled = PurePosixPath(_Text(str(path)).substitute(names))
        text = _Text(template.read_text(encoding="utf-8")).substitute(names)
        yield ProjectFile(filled.with_name(filled.name.removesuffix(_SUFFIX)), text)


def _found(folder: Traversable, at: PurePosixPath) -> Iterator[tuple[PurePosixPath, Traversable]]:
    for each in folder.iterdir():
        if each.is_dir():
            yield from _found(each, at / each.name)
        elif each.name.endswith(_SUFFIX):
            yield at / each.name, each


def installed_from() -> Path | None:
    """Returns the folder or wheel that Triptych itself was installed from, if it is still there.

    None says that it came from an index.
    """
    said = distribution("triptych").read_text("direct_url.json")
    url = urlsplit(str(json.loads(said)["url"])) if said else urlsplit("")
    path = Path(unquote(url.path))
    return path if url.scheme == "file" and path.exists() else None


def licence_text() -> str | None:
    """Returns the text of the licence that Triptych itself is under, where it came along."""
    return distribution("triptych").read_text("licenses/LICENSE")


def write(folder: Path, file: ProjectFile) -> None:
    """Writes one file, which must not be there yet.

    Raises:
        FileExistsError: It is.
    """
    path = folder / file.path
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8", newline="\n") as written:
        written.write(file.text)
