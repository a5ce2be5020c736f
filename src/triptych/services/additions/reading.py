"""Who may see objects, as the policies of a project say it in the usual words."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from triptych.adapters.projects.modules import ProjectSource


def readers_of(source: ProjectSource, of: str) -> list[str]:
    """Lists one role that may see objects of a type; nothing where no policy names one outright.

    Args:
        source: The project.
        of: The object type.
    """
    return [
        role
        for path in source.modules("services/policies")
        for each in source.tree(path).body
        if isinstance(each, ast.FunctionDef) and _allows(each, of)
        for role in _roles(each)
    ][:1]


def _allows(function: ast.FunctionDef, of: str) -> bool:
    """Tells whether a policy allows to read objects of a type."""
    for each in function.decorator_list:
        match each:
            case ast.Call(
                func=ast.Name(id="allows"), args=[ast.Constant(value="read"), *types]
            ) if of in map(ast.unparse, types):
                return True
    return False


def _roles(function: ast.FunctionDef) -> Iterator[str]:
    """Yields the role that a policy asks for, if that is all that it does."""
    match function.body[-1]:
        case ast.Return(
            value=ast.Call(
                func=ast.Attribute(attr="has_role"), args=[ast.Constant(value=str() as role)]
            )
        ):
            yield role
