"""Surveying what somebody has: a database, files, a document, a package."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from triptych.adapters.drafts.classes import find_package, survey_classes
from triptych.adapters.drafts.schemas import is_schema, read_document, survey_schema
from triptych.domain.drafts import Survey
from triptych.domain.errors import InvalidInput, Problem
from triptych.infrastructure.optional import needs

type Progress = Callable[[str, int], None]
_DOCUMENTS = (".json", ".yaml", ".yml")
_MEND = "name a database's address, files of data, an OpenAPI document, or a Python package"


def survey(said: Sequence[str], data: Path, *, with_rows: bool, progress: Progress) -> Survey:
    """Finds out what is there.

    Args:
        said: A database's address; or files and folders of data; or a document; or a package.
        data: The folder, which is there, that gets the rows.
        with_rows: Whether the rows of a database come along.
        progress: Is told a table's name and how many of its rows were read.

    Raises:
        InvalidInput: It is nothing of these, or cannot be read as what it is.
        Misconfigured: It cannot be reached.
        MissingExtra: It needs a part that is not installed.
    """
    if "://" in said[0]:
        databases = needs("triptych.adapters.drafts.databases", "files", "to read a database")
        return _tables(
            *databases.read_database(said[0], data, with_rows=with_rows, progress=progress)
        )
    package = find_package(said[0])
    if package is not None:
        return survey_classes(package)
    paths = [Path(each) for each in said]
    for each in paths:
        if not each.exists():
            raise InvalidInput([Problem("from", f"there is no {each}", _MEND)])
    return _document(paths[0]) or _files(paths, data)


def _document(path: Path) -> Survey | None:
    """Surveys a document that says what others look like; nothing where it is data itself."""
    if path.suffix.lower() not in _DOCUMENTS:
        return None
    document = read_document(path)
    return survey_schema(document) if is_schema(document) else None


def _files(paths: Sequence[Path], data: Path) -> Survey:
    files = needs("triptych.adapters.drafts.files", "files", "to read files of data")
    found = [file for each in paths for file in files.data_files(each)]
    if not found:
        raise InvalidInput([Problem("from", f"{paths[0]} holds no files of data", _MEND)])
    return _tables(*files.read_files(found, data))


def _tables(tables: object, doubts: Sequence[Problem]) -> Survey:
    module = needs("triptych.adapters.drafts.tables", "files", "to look into data")
    found: Survey = module.survey_tables(tables)
    return Survey(found.shapes, (*doubts, *found.doubts))
