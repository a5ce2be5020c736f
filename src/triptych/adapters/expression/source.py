"""The source of a function, and where each part of it stands."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from triptych.domain.expression.building import Unfitting
from triptych.domain.expression.vocabulary import Place


@dataclass(frozen=True, slots=True)
class FunctionSource:
    """A function's syntax tree, with what its names mean.

    Attributes:
        function: The function itself.
        node: Its syntax tree.
        text: Its source, without the indentation that all lines share.
        file: The path of its module, from the folder that holds the package.
        line: Of its first line.
        indent: How many letters of indentation were taken away.
    """

    function: Any
    node: ast.FunctionDef
    text: str
    file: str
    line: int
    indent: int

    def place(self, node: ast.AST) -> Place:
        """Returns where a part of the function stands."""
        line = getattr(node, "lineno", 1) + self.line - 1
        column = getattr(node, "col_offset", 0) + self.indent + 1
        text = ast.get_source_segment(self.text, node) or self.node.name
        return Place(self.file, line, column, " ".join(text.split()))

    def look_up(self, name: str) -> Any:
        """Returns what a name means outside of the function.

        Raises:
            KeyError: Nothing has that name.
        """
        closure = inspect.getclosurevars(self.function).nonlocals
        if name in closure:
            return closure[name]
        space = self.function.__globals__
        return space[name] if name in space else vars(__import__("builtins"))[name]


def function_source(function: Callable[..., Any]) -> FunctionSource:
    """Reads the source of a function.

    Raises:
        Unfitting: It has none, or is no plain function.
    """
    mend = "write it as a plain function with `def`"
    name = getattr(function, "__name__", repr(function))
    if not inspect.isfunction(function):
        raise Unfitting(f"{name} is no plain function", mend)
    try:
        lines, line = inspect.getsourcelines(function)
    except (OSError, TypeError):
        raise Unfitting(f"{name} has no source", mend) from None
    text = textwrap.dedent("".join(lines))
    indent = len(lines[0]) - len(lines[0].lstrip())
    node = ast.parse(text).body[0] if text.lstrip().startswith(("def", "@")) else None
    if not isinstance(node, ast.FunctionDef):
        raise Unfitting(f"{name} is no plain function", mend)
    return FunctionSource(function, node, text, _relative(function), line, indent)


def _relative(function: Any) -> str:
    path = PurePath(function.__code__.co_filename)
    depth = (function.__module__ or "").count(".") + 1
    if path.stem == "__init__":
        depth += 1
    return "/".join(path.parts[-depth:])
