"""Definitions taken out of one module and put into another, with the imports that they need."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from importlib.util import resolve_name

from triptych.adapters.projects.splicing import with_import
from triptych.domain.errors import InvalidInput, Problem

_GAP = re.compile(r"\n{4,}")


@dataclass(frozen=True, slots=True)
class Taken:
    """Definitions that were taken out of a module.

    Attributes:
        code: Their text, decorators and comments above them included.
        rest: The module without them.
        needs: What they need of what the module imports: module and name, `""` for a module.
        needs_rest: What they need of what stays in the module.
        is_needed: Those of them that what stays needs.
    """

    code: str
    rest: str
    needs: list[tuple[str, str]] = field(default_factory=list)
    needs_rest: list[str] = field(default_factory=list)
    is_needed: list[str] = field(default_factory=list)


def take_out(text: str, names: Collection[str]) -> Taken:
    r"""Takes the definitions of some names out of a module.

    Args:
        text: The module.
        names: What is defined at its top.

    Raises:
        InvalidInput: A name that they need is imported in a way that cannot be copied.

    Example:
        ```python
        from triptych.adapters.projects.moving import take_out

        taken = take_out("from a import B\n\n\nclass C(B): ...\n\n\nclass D(C): ...\n", ["C"])
        assert taken.needs == [("a", "B")] and taken.is_needed == ["C"]
        ```
    """
    body = ast.parse(text).body
    moved = [each for each in body if defined_name(each) in names]
    stays = [each for each in body if each not in moved]
    lines = text.splitlines()
    code, rest = _split(
        lines, [range(_first(lines, e) - 1, e.end_lineno or e.lineno) for e in moved]
    )
    used, kept = _used(moved), _used(stays)
    here = {name for each in stays if (name := defined_name(each))}
    return Taken(
        code=code,
        rest=_without_unused(_GAP.sub("\n\n\n", rest).rstrip() + "\n", used - kept - here),
        needs=list(_imported(stays, used)),
        needs_rest=sorted(used & here),
        is_needed=sorted(kept & set(names)),
    )


def _split(lines: list[str], spans: list[range]) -> tuple[str, str]:
    """Parts the lines of some definitions from all others."""
    gone = {number for span in spans for number in span}
    code = "\n\n\n".join("\n".join(lines[span.start : span.stop]) for span in spans)
    return code, "\n".join(line for number, line in enumerate(lines) if number not in gone)


def defined_name(statement: ast.stmt) -> str:
    r"""Names what a statement defines; empty where it defines nothing, or several things.

    Example:
        ```python
        import ast

        from triptych.adapters.projects.moving import defined_name

        assert [defined_name(each) for each in ast.parse("A = 1\ndef f(): ...").body] == ["A", "f"]
        ```
    """
    match statement:
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return name
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
        case ast.TypeAlias(name=ast.Name(id=name)):
            return name
    return ""


def _first(lines: list[str], statement: ast.stmt) -> int:
    """Finds the line that a definition begins at: comments right above it, then decorators."""
    decorators = getattr(statement, "decorator_list", [])
    first = min([statement.lineno, *(each.lineno for each in decorators)])
    while first > 1 and lines[first - 2].startswith("#"):
        first -= 1
    return int(first)


def _used(statements: list[ast.stmt]) -> set[str]:
    return {
        each.id
        for statement in statements
        for each in ast.walk(statement)
        if isinstance(each, ast.Name)
    }


def _imported(statements: list[ast.stmt], used: Collection[str]) -> Iterator[tuple[str, str]]:
    for statement in statements:
        match statement:
            case ast.ImportFrom(module=module, names=aliases, level=level) if (
                module != "__future__"
            ):
                for alias in aliases:
                    if _bound(alias) in used:
                        _check_plain(alias, level)
                        yield module or "", alias.name
            case ast.Import(names=aliases):
                for alias in aliases:
                    if _bound(alias) in used:
                        yield alias.name + (f" as {alias.asname}" if alias.asname else ""), ""


def _bound(alias: ast.alias) -> str:
    """Names what an import binds in its module."""
    return alias.asname or alias.name.partition(".")[0]


def _check_plain(alias: ast.alias, level: int) -> None:
    if alias.asname or level:
        found = "is imported under another name, or from beside"
        raise InvalidInput([Problem(alias.name, found, "import it by its own, whole name first")])


def with_source(
    text: str, old: str, names: Collection[str], new: str, *, at: str, package: str = ""
) -> str:
    r"""Lets a module import some names from elsewhere than it did.

    Args:
        text: The module.
        old: Where they were imported from.
        names: Those that have moved.
        new: Where they are now.
        at: The module's own name, for imports from beside.
        package: The project's own, whose imports are a section of their own.

    Example:
        ```python
        from triptych.adapters.projects.moving import with_source

        text = with_source("from a.b import C, D\n", "a.b", ["C"], "a.c", at="x")
        assert text == "from a.b import D\nfrom a.c import C\n"
        ```
    """
    while (found := _statement(text, old, names, at)) is not None:
        wanted = [each.name for each in found.names if each.name in names]
        text = with_import(_without(text, found, names), new, wanted, package)
    return text


def _without(text: str, statement: ast.ImportFrom | ast.Import, names: Collection[str]) -> str:
    """Takes names out of an import, which is gone where none is left."""
    left = [each for each in statement.names if _bound(each) not in names]
    lines = text.splitlines()
    kept: list[str] = []
    if left and isinstance(statement, ast.ImportFrom):
        made = ast.ImportFrom(module=statement.module, names=left, level=statement.level)
        kept = [ast.unparse(made)]
    elif left:
        kept = [ast.unparse(ast.Import(names=left))]
    first, after = statement.lineno - 1, statement.end_lineno or statement.lineno
    # A section that nothing is left of takes its empty line along.
    is_section = first > 0 and not any([lines[first - 1], *kept, *lines[after : after + 1]])
    lines[first - is_section : after] = kept
    return "\n".join(lines) + "\n"


def _without_unused(text: str, unused: Collection[str]) -> str:
    """Takes imports out that nothing uses any more."""
    for each in reversed(ast.parse(text).body):
        if isinstance(each, ast.Import | ast.ImportFrom) and any(
            (a.asname or a.name.partition(".")[0]) in unused for a in each.names
        ):
            text = _without(text, each, unused)
    return text


def _statement(text: str, old: str, names: Collection[str], at: str) -> ast.ImportFrom | None:
    """Finds an import of one of the names, under no other name, at the top of a module."""
    for each in ast.parse(text).body:
        if not isinstance(each, ast.ImportFrom):
            continue
        module = each.module or ""
        if each.level:
            module = resolve_name("." * each.level + module, at.rpartition(".")[0])
        if module == old and any(a.name in names and not a.asname for a in each.names):
            return each
    return None
