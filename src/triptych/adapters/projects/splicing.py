"""Putting code into modules without touching a line that is there."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from triptych.adapters.projects.writing import WIDTH

_PART = re.compile(r"\d+|\D+")


def with_import(source: str, module: str, names: Iterable[str] = (), package: str = "") -> str:
    r"""Adds names to what a module imports of another, in the order that linters want.

    Args:
        source: The module.
        module: The other one; `polars as pl` gives it a name of its own.
        names: What is imported of it; the module itself where nothing is named.
        package: The project's own, whose imports are a section of their own.

    Example:
        ```python
        from triptych.adapters.projects.splicing import with_import

        source = "from datetime import date\n"
        assert with_import(source, "datetime", ["time"]) == "from datetime import date, time\n"
        ```
    """
    lines = source.splitlines()
    statements = _imports(source)
    wanted = set(names)
    if not wanted:
        line = f"import {module}"
        is_there = line in [ast.unparse(each) for each in statements]
        return (
            source if is_there else _joined(_placed(lines, statements, package, (module, [line])))
        )
    for each in statements:
        if isinstance(each, ast.ImportFrom) and each.module == module and _is_plain(each):
            there = {alias.name for alias in each.names}
            if wanted <= there:
                return source
            lines[each.lineno - 1 : each.end_lineno] = _written(module, wanted | there)
            return _joined(lines)
    return _joined(_placed(lines, statements, package, (module, _written(module, wanted))))


def _is_plain(statement: ast.ImportFrom) -> bool:
    return not statement.level and not any(alias.asname for alias in statement.names)


def _imports(source: str) -> list[ast.Import | ast.ImportFrom]:
    body = ast.parse(source).body
    return [each for each in body if isinstance(each, ast.Import | ast.ImportFrom)]


def _joined(lines: Sequence[str]) -> str:
    return "\n".join(lines) + "\n"


def _written(module: str, names: Iterable[str]) -> list[str]:
    ordered = sorted(names, key=_order)
    line = f"from {module} import {', '.join(ordered)}"
    if len(line) <= WIDTH:
        return [line]
    return [f"from {module} import (", *(f"    {name}," for name in ordered), ")"]


def _order(name: str) -> tuple[Any, ...]:
    """Constants first, then classes, then functions; numbers in names by what they count."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    parts = [(int(each), "") if each.isdigit() else (0, each) for each in _PART.findall(name)]
    return kind, [(number, text.lower()) for number, text in parts], name


def _placed(
    lines: list[str],
    statements: Sequence[ast.Import | ast.ImportFrom],
    package: str,
    new: tuple[str, list[str]],
) -> list[str]:
    """Puts an import where it belongs: in its section, in the order of modules."""
    module, written = new
    name = module.partition(" ")[0]
    key = (_section(name, package), int(written[0].startswith("from ")), name)
    known = [(_key(each, package), each) for each in statements]
    before = [each for each in known if each[0] < key]
    if not before:
        return _first(lines, written)
    (section, *_), last = before[-1]
    place = last.end_lineno or last.lineno
    following = next((found[0] for found, _ in known if found > key), None)
    if section == key[0]:
        return [*lines[:place], *written, *lines[place:]]
    if following == key[0]:
        # It becomes the first of its section: the empty line before that stays before it.
        return [*lines[: place + 1], *written, *lines[place + 1 :]]
    return [*lines[:place], "", *written, *lines[place:]]


def _first(lines: list[str], written: Sequence[str]) -> list[str]:
    """Puts an import before all others: behind the docstring, if there is one."""
    start = _after_docstring(lines)
    gap = [""] if start else []
    return [*lines[:start], *gap, *written, *lines[start:]]


def _key(statement: ast.Import | ast.ImportFrom, package: str) -> tuple[int, int, str]:
    if isinstance(statement, ast.Import):
        name = statement.names[0].name
        return _section(name, package), 0, name
    return _section(statement.module or "", package), 1, statement.module or ""


def _section(module: str, package: str) -> int:
    """The future, the standard library, what is installed, the project, its tests."""
    top = module.partition(".")[0]
    if top == "__future__":
        return 0
    if top in sys.stdlib_module_names:
        return 1
    return {package: 3, "tests": 4}.get(top, 2)


def _after_docstring(lines: Sequence[str]) -> int:
    body = ast.parse("\n".join(lines)).body
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        return body[0].end_lineno or 1
    return 0


def with_definition(source: str, definition: str) -> str:
    r"""Adds a class, a function or a constant at the end of a module.

    Example:
        ```python
        from triptych.adapters.projects.splicing import with_definition

        assert with_definition("A = 1\n", "B = 2").endswith("A = 1\nB = 2\n")
        ```
    """
    body = ast.parse(source).body
    is_plain = isinstance(ast.parse(definition).body[0], ast.Assign)
    last = body[-1] if body else None
    if is_plain and isinstance(last, ast.Assign):
        gap = "\n"
    elif is_plain and isinstance(last, ast.Import | ast.ImportFrom | ast.Expr):
        gap = "\n\n"
    else:
        gap = "\n\n\n"
    return f"{source.rstrip()}{gap}{definition.strip()}\n"


def with_keyword(source: str, called: str, of: str, keyword: str, inner: str) -> str | None:
    r"""Adds to a keyword of a call, such as `Table(Invoice, was=["bills"])`.

    Args:
        source: The module.
        called: What is called.
        of: Its first argument, which tells the call from others.
        keyword: The keyword, which is a list or a mapping.
        inner: What is added within its brackets.

    Returns:
        The module, or `None` where there is no such call.

    Example:
        ```python
        from triptych.adapters.projects.splicing import with_keyword

        source = 'T = Table(Invoice, was=["bills"])\n'
        added = with_keyword(source, "Table", "Invoice", "was", '"papers"')
        assert added == 'T = Table(Invoice, was=["bills", "papers"])\n'
        ```
    """
    found = find_call(source, called, of)
    if found is None:
        return None
    known = next((each.value for each in found.keywords if each.arg == keyword), None)
    if isinstance(known, ast.List | ast.Tuple | ast.Dict):
        held = known.values if isinstance(known, ast.Dict) else known.elts
        return _inserted(source, held[-1] if held else known, f", {inner}" if held else inner)
    opened, closed = "{}" if ":" in inner else "[]"
    last = found.keywords[-1].value if found.keywords else found.args[-1]
    return _inserted(source, last, f", {keyword}={opened}{inner}{closed}")


def find_call(source: str, called: str, of: str) -> ast.Call | None:
    """Finds a call by its first argument, or nothing.

    Example:
        ```python
        from triptych.adapters.projects.splicing import find_call

        assert find_call("f(a, b)", "f", "a") and not find_call("f(a, b)", "f", "b")
        ```
    """
    for each in ast.walk(ast.parse(source)):
        match each:
            case ast.Call(func=ast.Name(id=name), args=[ast.Name(id=first), *_]):
                if (name, first) == (called, of):
                    return each
    return None


def _inserted(source: str, after: ast.expr, text: str) -> str:
    """Puts a text right behind an expression; into it, where it is an empty bracket."""
    lines = source.splitlines(keepends=True)
    number = (after.end_lineno or after.lineno) - 1
    column = (after.end_col_offset or 0) - (0 if text.startswith(",") else 1)
    line = lines[number].encode()
    lines[number] = (line[:column] + text.encode() + line[column:]).decode()
    return "".join(lines)


def with_statement(source: str, line: str) -> str:
    r"""Adds a statement at the end of a module, right after the last.

    Example:
        ```python
        from triptych.adapters.projects.splicing import with_statement

        assert with_statement("A = f()\n", "A.g()") == "A = f()\nA.g()\n"
        ```
    """
    return f"{source.rstrip()}\n{line}\n"


def with_assignment(source: str, line: str) -> str:
    r"""Adds a constant after those that a module begins with, such as ids before classes.

    Example:
        ```python
        from triptych.adapters.projects.splicing import with_assignment

        source = "A = 1\n\n\nclass C:\n    pass\n"
        assert with_assignment(source, "B = 2").startswith("A = 1\nB = 2\n\n\nclass")
        ```
    """
    lines, last = source.splitlines(), None
    for each in ast.parse(source).body:
        if isinstance(each, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            break
        last = each
    if last is None:
        return _joined([line, "", "", *lines])
    place = last.end_lineno or last.lineno
    gap = [] if isinstance(last, ast.Assign) else [""]
    return _joined([*lines[:place], *gap, line, *_apart(lines[place:])])


def _apart(rest: list[str]) -> list[str]:
    """Keeps two empty lines before what follows."""
    while rest and not rest[0]:
        rest = rest[1:]
    return ["", "", *rest] if rest else []


def with_method(source: str, owner: str, method: str) -> str:
    r"""Adds a method at the end of a class.

    Raises:
        KeyError: There is no such class.

    Example:
        ```python
        from triptych.adapters.projects.splicing import with_method

        source = "class C:\n    A = 1\n"
        assert "    def f(self): ..." in with_method(source, "C", "def f(self): ...")
        ```
    """
    lines = source.splitlines()
    place = find_class(source, owner).end_lineno or 0
    indented = [f"    {line}" if line else "" for line in method.strip().splitlines()]
    return _joined([*lines[:place], "", *indented, *lines[place:]])


def with_parameter(source: str, owner: str, name: str, annotation: str) -> str:
    r"""Adds a parameter to the constructor of a class, which keeps it.

    Raises:
        KeyError: There is no such class, or it has no constructor.

    Example:
        ```python
        from triptych.adapters.projects.splicing import with_parameter

        source = "class C:\n    def __init__(self, a: int) -> None:\n        self.a = a\n"
        assert "def __init__(self, a: int, b: str) -> None:" in with_parameter(
            source, "C", "b", "str"
        )
        ```
    """
    lines = source.splitlines()
    made = next(
        each
        for each in find_class(source, owner).body
        if isinstance(each, ast.FunctionDef) and each.name == "__init__"
    )
    arguments = [
        f"{each.arg}: {ast.unparse(each.annotation)}" if each.annotation else each.arg
        for each in made.args.args
    ]
    arguments.append(f"{name}: {annotation}")
    line = f"    def __init__({', '.join(arguments)}) -> None:"
    head = [line]
    if len(line) > WIDTH:
        inner = f"        {', '.join(arguments)}"
        several = [f"        {each}," for each in arguments]
        head = [
            "    def __init__(",
            *([inner] if len(inner) <= WIDTH else several),
            "    ) -> None:",
        ]
    end = made.end_lineno or made.lineno
    body = lines[made.body[0].lineno - 1 : end]
    kept = [*body, f"        self.{name} = {name}"]
    return _joined([*lines[: made.lineno - 1], *head, *kept, *lines[end:]])


def find_class(source: str, name: str) -> ast.ClassDef:
    """Finds a class of a module.

    Raises:
        KeyError: There is none of that name.

    Example:
        ```python
        from triptych.adapters.projects.splicing import find_class

        assert find_class("class C: ...", "C").lineno == 1
        ```
    """
    for each in ast.parse(source).body:
        if isinstance(each, ast.ClassDef) and each.name == name:
            return each
    raise KeyError(name)
