"""Making a project: all of it, or nothing."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from triptych.adapters.projects.files import (
    ProjectFile,
    installed_from,
    licence_text,
    project_files,
    write,
)
from triptych.domain.drafts import Draft, Role, field_name
from triptych.domain.errors import InvalidInput, Misconfigured, Problem
from triptych.domain.ontology import collection_name
from triptych.domain.projects import Choices, Ci, Engine, ProjectName
from triptych.services.drafts.deciding import draft_of
from triptych.services.drafts.modules import domain_modules, table_module
from triptych.services.drafts.pages import page_names
from triptych.services.drafts.readers import reader_module
from triptych.services.drafts.surveying import survey

_TASKS = {
    "about": "People, tasks, and who works on what.",
    "copied": "COPY data /app/data",
    "needed": '"triptych[standard]", "dishka", "structlog"',
    "pages": "",
}


def _say_nothing(table: str, rows: int) -> None:
    """Is the progress that nobody watches."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What a domain is drafted from.

    Attributes:
        said: A database's address; or files and folders of data; or a document; or a package.
        with_rows: Whether the rows of a database come along.
        progress: Is told a table's name and how many of its rows were read.

    Example:
        ```python
        from triptych.services.projects import Origin

        assert Origin(("data/airlines.csv",)).with_rows
        ```
    """

    said: tuple[str, ...]
    with_rows: bool = True
    progress: Callable[[str, int], None] = _say_nothing


_VENDOR = "vendor"
_OWN_LICENCE = "Apache-2.0"
_USUAL = Choices()


@dataclass(frozen=True, slots=True)
class Made:
    """A project that was made.

    Attributes:
        folder: Where it is.
        count: How many files it has.
        draft: The domain that was drafted, where one was.
    """

    folder: Path
    count: int
    draft: Draft | None = None


def new_project(
    name: ProjectName, parent: Path, origin: Origin | None = None, choices: Choices = _USUAL
) -> Made:
    """Makes a project in a folder of its own, which must not be there yet.

    It is made beside its place and moved there once it is whole.

    Args:
        name: What it is called.
        parent: Where its folder is made.
        origin: What its domain is drafted from; a small one of people and tasks otherwise.
        choices: What else is chosen.

    Raises:
        InvalidInput: There is something of that name already, or no domain is to be found.
        Misconfigured: It cannot be written, or what it is drafted from cannot be read.
    """
    folder = parent / name.project
    if folder.exists():
        found = f"{folder} is there already"
        raise InvalidInput([Problem("name", found, "choose another name, or another folder")])
    own = installed_from()
    wheel = own if own and own.is_file() else None
    names = _names(name, choices, own, wheel)
    try:
        with tempfile.TemporaryDirectory(dir=parent, prefix=".triptych-") as made:
            whole = Path(made) / name.project
            draft = _drafted(origin, whole) if origin else None
            written = [*_files(draft, names, _chosen(choices)), *_licence(choices)]
            for each in written:
                write(whole, each)
            if wheel:
                (whole / _VENDOR).mkdir()
                shutil.copy(wheel, whole / _VENDOR)
            count = sum(each.is_file() for each in whole.rglob("*"))
            shutil.move(whole, folder)
    except OSError as error:
        raise Misconfigured(f"{folder} cannot be written: {error}") from error
    return Made(folder, count, draft)


def _names(
    name: ProjectName, choices: Choices, own: Path | None, wheel: Path | None
) -> dict[str, str]:
    """Says what stands for the names in the templates."""
    source = Path(_VENDOR, wheel.name) if wheel else own
    return {
        "package": name.package,
        "project": name.project,
        "title": name.title,
        "year": str(datetime.now(UTC).year),
        "source": _source(source, is_editable=not wheel),
        "vendored": f"\nCOPY {_VENDOR} {_VENDOR}" if wheel else "",
        "spdx": choices.licence,
        "licence": f'\nlicense = "{choices.licence}"' if choices.licence else "",
    }


def _drafted(origin: Origin, whole: Path) -> Draft:
    """Drafts a domain; the rows that come along are in the project's folder then.

    Raises:
        InvalidInput: Nothing that was found has an identity.
    """
    data = whole / "data"
    data.mkdir(parents=True)
    found = survey(origin.said, data, with_rows=origin.with_rows, progress=origin.progress)
    if not any(data.iterdir()):
        data.rmdir()
    draft = draft_of(found)
    if not draft.of(Role.ENTITY):
        mend = "an entity is told by its id; begin with `triptych add entity` instead"
        raise InvalidInput([Problem("from", "nothing that was found has an id", mend)])
    return draft


def _chosen(choices: Choices) -> list[str]:
    """Names the templates of what is chosen."""
    trees = ["licensed" if choices.licence else "reserved"]
    trees += [choices.ci] if choices.ci is not Ci.NONE else []
    return trees + (["postgresql"] if choices.database is Engine.POSTGRESQL else [])


def _licence(choices: Choices) -> Iterator[ProjectFile]:
    """Yields the text of a licence, where it is at hand."""
    text = licence_text() if choices.licence == _OWN_LICENCE else None
    if text:
        yield ProjectFile(PurePosixPath("LICENSE"), text)


def _files(
    draft: Draft | None, names: Mapping[str, str], chosen: Sequence[str]
) -> Iterator[ProjectFile]:
    if draft is None:
        yield from project_files({**names, **_TASKS}, ["frame", "tasks", *chosen])
        return
    package = names["package"]
    loaded = [each for each in draft.classes if each.shape.data]
    told = page_names(draft, package, is_loaded=bool(loaded))
    trees = ["frame", "draft", *(["loaded"] if loaded else []), *chosen]
    yield from project_files({**names, **told}, trees)
    modules = domain_modules(draft, package)
    modules["adapters/database/__init__.py"] = table_module(draft, package)
    if loaded:
        about = '"""Files of others, and what is made of them."""\n'
        modules["adapters/file_parsers/__init__.py"] = about
    for each in loaded:
        name = field_name(collection_name(each.name))
        modules[f"adapters/file_parsers/{name}.py"] = reader_module(each, package)
    for path, text in modules.items():
        yield ProjectFile(PurePosixPath("src", package, path), text)


def _source(path: Path | None, *, is_editable: bool) -> str:
    """Says where Triptych is found, where it does not come from an index."""
    if path is None:
        return ""
    editable = ", editable = true" if is_editable else ""
    return f"\n[tool.uv.sources]\ntriptych = {{ path = {json.dumps(str(path))}{editable} }}\n"
