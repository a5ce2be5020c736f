"""The source of a domain package: its modules as syntax trees, before anything is run."""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from triptych.domain.errors import Misconfigured
from triptych.domain.ontology import Source

CONCEPTS = ("entities", "value_objects", "relationships", "rules", "events")


@dataclass(frozen=True, slots=True)
class Module:
    """One module of a domain package.

    Attributes:
        name: The dotted name it is imported by.
        file: The path, relative to the folder that holds the package.
        concept: Which of the five kinds of things it declares, or `""`.
        tree: Its syntax tree.
    """

    name: str
    file: str
    concept: str
    tree: ast.Module

    def classes(self) -> Iterator[ast.ClassDef]:
        """Yields the classes at the top of the module, in order."""
        yield from (node for node in self.tree.body if isinstance(node, ast.ClassDef))

    def functions(self) -> Iterator[ast.FunctionDef]:
        """Yields the public functions at the top of the module, in order."""
        for node in self.tree.body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                yield node

    def at(self, line: int) -> Source:
        """Returns a place in this module."""
        return Source(self.file, line)

    def foreign_imports(self, package: str) -> Iterator[tuple[int, str]]:
        """Yields line and name of each import that is neither standard nor of the domain."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            else:
                continue
            for name in names:
                is_own = f"{name}.".startswith(f"{package}.domain.")
                if not is_own and name.partition(".")[0] not in sys.stdlib_module_names:
                    yield node.lineno, name


def field_line(node: ast.ClassDef, name: str) -> int:
    """Finds the line that declares a field or property; the class's own where it is inherited."""
    for item in node.body:
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            if item.target.id == name:
                return item.lineno
            continue
        if isinstance(item, ast.FunctionDef) and item.name == name:
            return item.lineno
    return node.lineno


def domain_folder(package: str) -> Path:
    """Finds the folder of a package's domain without importing the domain.

    Raises:
        Misconfigured: There is no such package, or it has no `domain` package.

    Example:
        ```python
        from triptych.adapters.ontology.source import domain_folder

        assert domain_folder("flights").name == "domain"
        ```
    """
    try:
        spec = importlib.util.find_spec(f"{package}.domain")
    except ModuleNotFoundError as error:
        if error.name and package.startswith(error.name):
            spec = None
        else:
            raise
    if spec is None or not spec.submodule_search_locations:
        raise Misconfigured(
            f"there is no package {package}.domain to import; install the project, or run "
            "from the folder that holds it"
        )
    return Path(next(iter(spec.submodule_search_locations)))


def parse_modules(package: str, folder: Path) -> tuple[list[Module], list[tuple[str, int, str]]]:
    """Parses every module of the domain.

    Returns:
        The modules, and file, line and reason of each that is not Python.
    """
    modules, broken = [], []
    root = folder.parent.parent
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        dotted = ".".join((package, "domain", *(part for part in parts if part != "__init__")))
        file = path.relative_to(root).as_posix()
        concept = parts[0] if parts[0] in CONCEPTS else ""
        try:
            tree = ast.parse(path.read_bytes(), filename=str(path))
        except SyntaxError as error:
            broken.append((file, error.lineno or 1, f"{error.msg} in {dotted}"))
        else:
            modules.append(Module(dotted, file, concept, tree))
    return modules, broken
