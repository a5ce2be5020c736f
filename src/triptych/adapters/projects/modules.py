"""The modules of a project, read without being run: what is defined where."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from triptych.domain.additions import FileChange
from triptych.domain.errors import InvalidInput, Problem

STANDARD = {
    "Decimal": "decimal",
    "UUID": "uuid",
    "date": "datetime",
    "datetime": "datetime",
    "time": "datetime",
    "timedelta": "datetime",
}
SCALARS = ("str", "int", "float", "bool", "bytes", *STANDARD)


@dataclass(slots=True)
class ProjectSource:
    """The source of a project, with what is to become of it.

    Attributes:
        folder: Where the project is.
        package: The package that has the `domain`.
        changes: What was changed so far, by path; nothing is written yet.
    """

    folder: Path
    package: str
    changes: dict[str, FileChange] = field(default_factory=dict)

    def read(self, path: str) -> str | None:
        """Returns what is in a file, or what is to be; `None` where there is none.

        Raises:
            InvalidInput: It cannot be read.
        """
        if path in self.changes:
            return self.changes[path].after
        file = self.folder / path
        if not file.exists():
            return None
        try:
            return file.read_bytes().decode()
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidInput([Problem(path, str(error), "mend the file")]) from None

    def write(self, path: str, text: str, why: str) -> None:
        """Says what is to be in a file."""
        known = self.changes.get(path)
        before = known.before if known else self.read(path)
        if text != before:
            self.changes[path] = FileChange(path, before, text, known.why if known else why)

    def module(self, name: str) -> str:
        """Returns the path of a module of the package, such as `domain.rules`."""
        return f"src/{self.package}/{name.replace('.', '/')}.py"

    def layer(self, name: str, new: str) -> str:
        """Returns the path of a concept's module; a module of its own where it is a package."""
        whole = f"src/{self.package}/{name.replace('.', '/')}"
        is_package = (self.folder / whole / "__init__.py").exists()
        return f"{whole}/{new}.py" if is_package else f"{whole}.py"

    def tree(self, path: str) -> ast.Module:
        """Parses a module; an empty one where there is none.

        Raises:
            InvalidInput: It is no Python.
        """
        try:
            return ast.parse(self.read(path) or "")
        except SyntaxError as error:
            raise InvalidInput([Problem(path, f"line {error.lineno}: {error.msg}")]) from None

    def modules(self, layer: str) -> Iterator[str]:
        """Yields the paths of the modules of a layer, those to be made, too."""
        root = f"src/{self.package}/{layer}"
        there = {str(each.relative_to(self.folder)) for each in (self.folder / root).rglob("*.py")}
        yield from sorted(there | {each for each in self.changes if each.startswith(f"{root}/")})

    def where(self, name: str, layer: str = "domain") -> str | None:
        """Finds the module that defines a name, as it is imported."""
        for path in self.modules(layer):
            for each in self.tree(path).body:
                if name in _defined(each):
                    dotted = path.removeprefix("src/").removesuffix(".py").replace("/", ".")
                    return dotted.removesuffix(".__init__")
        return None

    def source_of(self, name: str) -> str:
        """Finds where a name is imported from: the domain, or the standard library.

        Raises:
            InvalidInput: It is in neither.
        """
        found = STANDARD.get(name) or self.where(name)
        if found is None:
            mend = "add it first, or write one of " + ", ".join(SCALARS)
            raise InvalidInput([Problem("type", f"{name} is not in the domain", mend)])
        return found

    def base_of(self, name: str) -> str:
        """Names what the type of an id is made of; empty where it is no such type."""
        for path in self.modules("domain"):
            for each in self.tree(path).body:
                match each:
                    case ast.Assign(
                        targets=[ast.Name(id=found)], value=ast.Call(args=[_, ast.Name(id=base)])
                    ) if (found == name):
                        return base
        return ""

    def class_of(self, name: str, layer: str = "domain") -> ast.ClassDef | None:
        """Finds a class of a layer."""
        for path in self.modules(layer):
            for each in self.tree(path).body:
                if isinstance(each, ast.ClassDef) and each.name == name:
                    return each
        return None

    def parameters_of_class(self, name: str, layer: str) -> dict[str, str]:
        """Lists what a class of a layer is made with, with the annotations."""
        found = self.class_of(name, layer)
        for each in found.body if found else []:
            if isinstance(each, ast.FunctionDef) and each.name == "__init__":
                arguments = each.args.args[1:]
                return {a.arg: ast.unparse(a.annotation) for a in arguments if a.annotation}
        return {}

    def fields_of(self, name: str) -> dict[str, str]:
        """Lists the fields of a class of the domain, with their annotations.

        Raises:
            InvalidInput: There is no such class.
        """
        found = self.class_of(name)
        if found is None:
            raise InvalidInput([Problem("name", f"{name} is not in the domain", "add it first")])
        return {
            each.target.id: ast.unparse(each.annotation)
            for each in found.body
            if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
        }

    def defaults_of(self, name: str) -> set[str]:
        """Names the fields of a class of the domain that need not be said."""
        found = self.class_of(name)
        return {
            each.target.id
            for each in (found.body if found else [])
            if isinstance(each, ast.AnnAssign)
            and isinstance(each.target, ast.Name)
            and each.value is not None
        }

    def entities(self) -> dict[str, str]:
        """Lists the entities, by name, with the name of their ids' type."""
        found = {}
        for path in self.modules("domain"):
            if not path.startswith(f"src/{self.package}/domain/entities"):
                continue
            for each in self.tree(path).body:
                if isinstance(each, ast.ClassDef) and "id" in self.fields_of(each.name):
                    found[each.name] = self.fields_of(each.name)["id"]
        return found


def _defined(statement: ast.stmt) -> set[str]:
    match statement:
        case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
            return {statement.name}
        case ast.Assign():
            return {each.id for each in statement.targets if isinstance(each, ast.Name)}
        case ast.TypeAlias(name=ast.Name(id=name)):
            return {name}
    return set()
