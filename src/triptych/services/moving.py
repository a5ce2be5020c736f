"""Moving: a definition gets another module of its own concept, and whoever imports it follows."""

from __future__ import annotations

import re
from collections.abc import Sequence

from triptych.adapters.projects.modules import ProjectSource
from triptych.adapters.projects.moving import Taken, defined_name, take_out, with_source
from triptych.adapters.projects.splicing import with_definition, with_import
from triptych.adapters.projects.workspace import Workspace
from triptych.domain.additions import check_name
from triptych.domain.errors import InvalidInput, Problem, UnknownName
from triptych.services.additions.semantic import dotted, imported, opened
from triptych.services.renaming import Refactored
from triptych.services.verification import Project

_WHY = "a concept that outgrows its module becomes a package of the same name"
_CONCEPT = 2


def plan_move(project: Project, names: Sequence[str], to: str) -> Refactored:
    """Says what becomes of which file; nothing is touched.

    Args:
        project: The project.
        names: What is to be moved, all from one module.
        to: The module, without the package, such as `domain.entities.billing`.

    Raises:
        InvalidInput: It cannot be moved so.
        MissingExtra: What tidies is not installed.
        UnknownName: There is nothing of a name.
    """
    with Workspace(project.folder, project.package) as space:
        for part in to.split("."):
            check_name(part)
        old = _home(ProjectSource(space.folder, space.package), names)
        new = f"{space.package}.{to}"
        _check_place(old, new)
        taken = _taken(space, old, names)
        _make_room(space, old, new)
        _put(space, taken, (old, new))
        _lead(space, old, names, new)
        space.tidy()
        return Refactored(space.changes(_WHY), _doubts(space, old, names))


def _home(source: ProjectSource, names: Sequence[str]) -> str:
    """Finds the module that defines some names, as it is imported.

    Raises:
        InvalidInput: They are not in one module.
        UnknownName: One is in none.
    """
    known = _defined(source)
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UnknownName("name in the project", unknown[0], list(filter(None, known)))
    homes = {home for name in names for home in known[name]}
    if len(homes) != 1:
        mend = "move what one module defines, and what has a name of its own"
        found = f"{', '.join(names) or 'nothing'} is in {', '.join(sorted(homes)) or 'no module'}"
        raise InvalidInput([Problem("names", found, mend)])
    return homes.pop()


def _defined(source: ProjectSource) -> dict[str, list[str]]:
    """Lists the modules that define each name."""
    known: dict[str, list[str]] = {}
    for path in source.modules(""):
        for each in source.tree(path).body:
            known.setdefault(defined_name(each), []).append(_module(path))
    return known


def _module(path: str) -> str:
    return dotted(path).removesuffix(".__init__")


def _check_place(old: str, new: str) -> None:
    """Checks that a concept stays what it is."""
    concept = old.split(".")[1 : 1 + _CONCEPT]
    if new == old or new.split(".")[1 : 1 + _CONCEPT] != concept:
        mend = f"name another module of {'.'.join(concept)}"
        found = f"{new.partition('.')[2]} is not elsewhere in {'.'.join(concept)}"
        raise InvalidInput([Problem("to", found, mend)])


def _path(space: Workspace, module: str) -> str:
    """Finds the file of a module; where it will be, if there is none."""
    whole = f"src/{module.replace('.', '/')}"
    package = f"{whole}/__init__.py"
    return package if (space.folder / package).exists() else f"{whole}.py"


def _taken(space: Workspace, old: str, names: Sequence[str]) -> Taken:
    """Takes names out of their module.

    Raises:
        InvalidInput: They and what stays would import each other.
    """
    taken = take_out(space.read(_path(space, old)), names)
    if taken.is_needed and taken.needs_rest:
        stays, goes = ", ".join(taken.needs_rest), ", ".join(taken.is_needed)
        found = f"what stays needs {goes}, which needs {stays}: they would import each other"
        raise InvalidInput([Problem("names", found, f"move {stays} along")])
    return taken


def _make_room(space: Workspace, old: str, new: str) -> None:
    """Makes packages of the modules that the new one is to be within."""
    parts = new.split(".")
    for count in range(_CONCEPT, len(parts)):
        within = ".".join(parts[:count])
        path = _path(space, within)
        if path.endswith("/__init__.py"):
            continue
        is_there = (space.folder / path).exists()
        text = space.read(path) if is_there else f'"""{parts[count - 1].capitalize()}."""\n'
        space.write(f"src/{within.replace('.', '/')}/__init__.py", text)
        if is_there:
            space.remove(path)


def _put(space: Workspace, taken: Taken, way: tuple[str, str]) -> None:
    """Writes what was taken into its new module, and what stays into the old one."""
    old, new = way
    source, path = ProjectSource(space.folder, space.package), _path(space, new)
    text = opened(source, path, f"{new.rpartition('.')[2].replace('_', ' ').capitalize()}.")
    for module, name in taken.needs:
        text = with_import(text, module, [name] if name else (), space.package)
    text = imported(text, [(old, each) for each in taken.needs_rest], space.package, new)
    space.write(path, with_definition(text, taken.code))
    rest = imported(taken.rest, [(new, each) for each in taken.is_needed], space.package, "")
    space.write(_path(space, old), rest)


def _lead(space: Workspace, old: str, names: Sequence[str], new: str) -> None:
    """Lets everybody import what was moved from where it is."""
    whole = re.compile(rf"\b{re.escape(old)}\.({'|'.join(names)})\b")
    for path in list(space.texts(".py")):
        text, at = space.read(path), _module(path)
        space.write(path, with_source(text, old, names, new, at=at, package=space.package))
    for path in list(space.texts(".md")):
        text = whole.sub(rf"{new}.\g<1>", space.read(path))
        one = re.compile(rf"^from {re.escape(old)} import ([\w, ]+)$", re.MULTILINE)
        space.write(path, one.sub(lambda line: _led(line[0], old, names, new).rstrip(), text))


def _led(line: str, old: str, names: Sequence[str], new: str) -> str:
    return with_source(f"{line}\n", old, names, new, at="docs")


def _doubts(space: Workspace, old: str, names: Sequence[str]) -> list[Problem]:
    """Names what still speaks of the old place, and what the type checker says now."""
    whole = re.compile(rf"\b{re.escape(old)}[.:]({'|'.join(names)})\b")
    told = [
        Problem(f"{path}:{number}", f"still says {found[0]}", "mend it by hand")
        for path in space.texts(".py")
        for number, line in enumerate(space.read(path).splitlines(), start=1)
        if (found := whole.search(line))
    ]
    try:
        wrong = [Problem(f"{each.path}:{each.line}", each.text) for each in space.mistakes()]
    except InvalidInput as missing:
        # Without a type checker it can be moved, too; that nobody has looked is told.
        wrong = list(missing.problems)
    return [*told, *wrong]
