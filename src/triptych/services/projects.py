"""Making a project: all of it, or nothing."""

from __future__ import annotations

import json
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from triptych.adapters.projects.files import installed_from, project_files, write
from triptych.domain.errors import InvalidInput, Misconfigured, Problem
from triptych.domain.projects import ProjectName


def new_project(name: ProjectName, parent: Path) -> tuple[Path, int]:
    """Makes a project in a folder of its own, which must not be there yet.

    It is made beside its place and moved there once it is whole.

    Args:
        name: What it is called.
        parent: Where its folder is made.

    Returns:
        Its folder, and how many files it has.

    Raises:
        InvalidInput: There is something of that name already.
        Misconfigured: It cannot be written.
    """
    folder = parent / name.project
    if folder.exists():
        found = f"{folder} is there already"
        raise InvalidInput([Problem("name", found, "choose another name, or another folder")])
    names = {
        "package": name.package,
        "project": name.project,
        "title": name.title,
        "year": str(datetime.now(UTC).year),
        "source": _source(installed_from()),
    }
    try:
        with tempfile.TemporaryDirectory(dir=parent, prefix=".triptych-") as made:
            whole, written = Path(made) / name.project, list(project_files(names))
            for each in written:
                write(whole, each)
            shutil.move(whole, folder)
    except OSError as error:
        raise Misconfigured(f"{folder} cannot be written: {error}") from error
    return folder, len(written)


def _source(path: str) -> str:
    """Says where Triptych is found, where it does not come from an index."""
    if not path:
        return ""
    editable = ", editable = true" if Path(path).is_dir() else ""
    return f"\n[tool.uv.sources]\ntriptych = {{ path = {json.dumps(path)}{editable} }}\n"
