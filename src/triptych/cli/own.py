"""Commands of an application's own, beside those that are made of its domain and its services."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from triptych.cli.program import Command

_FOLDER = "cli/commands"


def own_commands(package: str) -> dict[str, Command]:
    """Lists the functions of an application's `cli.commands`, of which none is imported yet.

    Args:
        package: The package that has the `domain`.

    Returns:
        The commands by name: `late_list` is typed as `late-list`.

    Example:
        ```python
        from triptych.cli.own import own_commands

        assert own_commands("flights") == {}
        ```
    """
    return {name: command for path in _modules(package) for name, command in _read(package, path)}


def _modules(package: str) -> list[Path]:
    try:
        spec = find_spec(package)
    except ModuleNotFoundError:
        return []
    folders = (spec.submodule_search_locations if spec else None) or ()
    return [path for each in folders for path in sorted(Path(each, _FOLDER).glob("*.py"))]


def _read(package: str, path: Path) -> Iterator[tuple[str, Command]]:
    module = f"{package}.{_FOLDER.replace('/', '.')}.{path.stem}"
    try:
        body = ast.parse(path.read_bytes()).body
    except SyntaxError as error:
        told = f"Cannot be read: line {error.lineno} of {path.name}."
        yield path.stem.replace("_", "-"), Command(f"{module}:{path.stem}", told)
        return
    for each in body:
        if isinstance(each, ast.FunctionDef) and not each.name.startswith("_"):
            about = (ast.get_docstring(each) or "").partition("\n")[0]
            yield each.name.replace("_", "-"), Command(f"{module}:{each.name}", about)
