"""Renaming: a name of the domain, with all that leads to it, and what is stored by it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from triptych.adapters.projects.modules import ProjectSource
from triptych.adapters.projects.splicing import (
    find_call,
    with_definition,
    with_import,
    with_keyword,
)
from triptych.adapters.projects.workspace import TypeMistake, Workspace
from triptych.domain.additions import FileChange, check_class, check_name
from triptych.domain.errors import InvalidInput, Problem, UnknownName
from triptych.domain.ontology import collection_name, snake_case
from triptych.services.additions.semantic import Domain
from triptych.services.verification import Project

_WHY = "one word for one concept, in every layer"
_NO_TABLES = '"""What is particular about tables."""\n\nfrom __future__ import annotations\n'
_COMMANDS = "list|get|links|aggregate|facets|timeline|erase|why|read"
_MOST_PASSES = 8
_ATTRIBUTE = re.compile(r'"(?P<owner>\w+)" has no attribute "(?P<name>\w+)"')
_KEYWORD = re.compile(
    r'Unexpected keyword argument "(?P<name>\w+)" for (".*" of )?"(?P<owner>\w+)"'
)


@dataclass(slots=True)
class Refactored:
    """What a rename or a move comes to.

    Attributes:
        changes: What becomes of which file.
        doubts: What was not touched, and may mean the same.
    """

    changes: list[FileChange]
    doubts: list[Problem] = field(default_factory=list)


def plan_rename(project: Project, old: str, new: str) -> Refactored:
    """Says what becomes of which file; nothing is touched.

    Args:
        project: The project.
        old: A class or function of the domain, or a field, such as `Invoice` or `Invoice.total`.
        new: What it will be called.

    Raises:
        InvalidInput: The new name is none, or is taken.
        MissingExtra: What renames is not installed.
        UnknownName: There is nothing of the old name.
    """
    with Workspace(project.folder, project.package) as space:
        owner, _, name = old.rpartition(".")
        doubts = _field(space, owner, name, new) if owner else _definition(space, old, new)
        space.tidy()
        return Refactored(space.changes(_WHY), doubts)


def _source(space: Workspace) -> ProjectSource:
    """Reads the copy as it is now."""
    return ProjectSource(space.folder, space.package)


def _definition(space: Workspace, old: str, new: str) -> list[Problem]:
    source, is_class = _source(space), old[:1].isupper()
    check = check_class if is_class else check_name
    _check_free(source, check(new))
    path = _path_of(source, old)
    is_entity = old in source.entities()
    is_stored = is_entity or path.startswith(f"src/{space.package}/domain/relationships")
    names = [old, *([f"{old}Id"] if is_entity and source.where(f"{old}Id") else [])]
    for each in names:
        _rename(space, _path_of(_source(space), each), each, new + each.removeprefix(old))
    if is_stored:
        _keep_table(space, old, new)
        _in_addresses(space, old, new)
    _in_documents(space, old, new)
    return _other_words(space, old, new)


def _check_free(source: ProjectSource, name: str) -> None:
    if source.where(name) is not None:
        raise InvalidInput([Problem("new", f"{name} is there already", "choose another name")])


def _path_of(source: ProjectSource, name: str) -> str:
    """Finds the module of the domain that defines a name.

    Raises:
        UnknownName: None does.
    """
    known = []
    for path in source.modules("domain"):
        for each in source.tree(path).body:
            defined = getattr(each, "name", None) or _assigned(each)
            if defined == name:
                return path
            known += [defined] if isinstance(defined, str) else []
    raise UnknownName("name in the domain", name, known)


def _assigned(statement: ast.stmt) -> str | None:
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name
    return None


def _rename(space: Workspace, path: str, old: str, new: str) -> None:
    text = space.read(path)
    offset = next(re.finditer(rf"^(?:class |def |){old}\b", text, re.MULTILINE)).end() - len(old)
    space.rename(path, offset, new)
    named = space.read(path).replace(f'NewType("{old}"', f'NewType("{new}"')
    space.write(path, named)


def _keep_table(space: Workspace, old: str, new: str) -> None:
    """Says which table it was, so that what is kept stays, unless its name is its own."""
    text = _source(space).read(_tables(space))
    found = find_call(text, "Table", new) if text else None
    if found is None or not any(each.arg == "name" for each in found.keywords):
        _declare(space, new, "was", f'"{collection_name(old)}"')


def _tables(space: Workspace) -> str:
    return f"src/{space.package}/adapters/database/__init__.py"


def _declare(space: Workspace, name: str, keyword: str, inner: str) -> None:
    """Says something of a table, which is spoken of for the first time where it is not yet."""
    source, path = _source(space), _tables(space)
    text = source.read(path) or _NO_TABLES
    if find_call(text, "Table", name) is None:
        text = with_import(text, "triptych", ["Table"], space.package)
        text = with_import(text, source.source_of(name), [name], space.package)
        constant = collection_name(name).upper()
        text = with_definition(text, f"{constant} = Table({name})")
    space.write(path, with_keyword(text, "Table", name, keyword, inner) or text)


def _in_addresses(space: Workspace, old: str, new: str) -> None:
    """Renames where somebody asks for objects: `list task`, `/api/tasks`."""
    one, other = snake_case(old), snake_case(new)
    asked = re.compile(rf"(\b(?:{_COMMANDS})\b[\"', ]+){one}\b")
    many, others = (collection_name(each).replace("_", "-") for each in (old, new))
    for path in [*space.texts(".py"), *space.texts(".md")]:
        text = asked.sub(rf"\g<1>{other}", space.read(path))
        space.write(path, re.sub(rf"/api/{many}\b", f"/api/{others}", text))


def _in_documents(space: Workspace, old: str, new: str) -> None:
    for path in space.texts(".md"):
        text = space.read(path)
        space.write(path, re.sub(rf"\b{old}\b", new, text))


def _other_words(space: Workspace, old: str, new: str) -> list[Problem]:
    """Names texts in code that speak of the old name, which nobody can tell for sure."""
    return [
        Problem(f"{path}:{line}", f"still says {old}", f"write {new} if it means the same")
        for path in space.texts(".py")
        for line, text in enumerate(space.read(path).splitlines(), start=1)
        if re.search(rf"\b{old}\b", text)
    ]


def _field(space: Workspace, owner: str, name: str, new: str) -> list[Problem]:
    source = _source(space)
    fields = source.fields_of(owner)
    if name not in fields:
        raise UnknownName(f"field of {owner}", name, list(fields))
    if check_name(new) in fields or name == "id":
        raise InvalidInput(
            [Problem("new", f"{owner}.{name} cannot be {new}", "choose another name")]
        )
    path = _path_of(source, owner)
    _rename_lines(space, path, owner, name, new)
    for _ in range(_MOST_PASSES):
        wrong = [each for each in space.mistakes() if _is_about(each, owner, name)]
        if not wrong:
            break
        for each in wrong:
            _mend(space, each, name, new)
    for stored, path_ in _held_in(_source(space), owner):
        _declare_column(space, stored, f"{path_}{name}", f"{path_}{new}")
    return _other_words(space, name, new)


def _held_in(source: ProjectSource, name: str) -> Iterator[tuple[str, str]]:
    """Yields the stored types that hold a class, with the dotted path to it; itself, too."""
    stored = list(Domain(source).object_types())
    if name in stored:
        yield name, ""
    for each in stored:
        for path in _paths(source, each, name):
            yield each, path


def _paths(source: ProjectSource, holder: str, name: str) -> Iterator[str]:
    for field_, annotation in source.fields_of(holder).items():
        plain = annotation.removesuffix(" | None")
        if plain == name:
            yield f"{field_}."
        elif source.class_of(plain) is not None:
            yield from (f"{field_}.{path}" for path in _paths(source, plain, name))


def _rename_lines(space: Workspace, path: str, owner: str, name: str, new: str) -> None:
    """Renames a field where it is defined: its line, and its line in the docstring."""
    lines = space.read(path).splitlines(keepends=True)
    found = next(
        each
        for each in ast.parse("".join(lines)).body
        if isinstance(each, ast.ClassDef) and each.name == owner
    )
    for number in range(found.lineno, found.end_lineno or found.lineno):
        lines[number] = re.sub(rf"^(\s+){name}(: )", rf"\g<1>{new}\g<2>", lines[number])
    space.write(path, "".join(lines))


def _is_about(mistake: TypeMistake, owner: str, name: str) -> bool:
    found = _ATTRIBUTE.search(mistake.text) or _KEYWORD.search(mistake.text)
    return found is not None and (found["owner"], found["name"]) == (owner, name)


def _mend(space: Workspace, mistake: TypeMistake, name: str, new: str) -> None:
    """Renames at a place that the type checker knows: the attribute, or the keyword of a call."""
    lines = space.read(mistake.path).splitlines(keepends=True)
    pattern = rf"\.{name}\b" if "has no attribute" in mistake.text else rf"\b{name}(?=\s*=[^=])"
    written = f".{new}" if pattern.startswith(r"\.") else new
    column = mistake.column - 1
    for number in range(mistake.line - 1, len(lines)):
        head, rest = lines[number][:column], lines[number][column:]
        changed, count = re.subn(pattern, written, rest, count=1)
        if count:
            lines[number] = head + changed
            break
        column = 0
    space.write(mistake.path, "".join(lines))


def _declare_column(space: Workspace, owner: str, name: str, new: str) -> None:
    """Says in the database's module which column it was, and what is said of it there."""
    path = _tables(space)
    text = _source(space).read(path)
    if text:
        space.write(path, _in_tables(text, owner, name, new))
    _declare(space, owner, "renamed", f'"{new}": "{name}"')


def _in_tables(text: str, owner: str, name: str, new: str) -> str:
    """Renames a field in what is said of the table of its class."""
    lines = text.splitlines(keepends=True)
    for each in ast.walk(ast.parse(text)):
        if not (isinstance(each, ast.Call) and each.args and ast.unparse(each.args[0]) == owner):
            continue
        for number in range(each.lineno - 1, each.end_lineno or each.lineno):
            lines[number] = lines[number].replace(f'"{name}"', f'"{new}"')
    return "".join(lines)
