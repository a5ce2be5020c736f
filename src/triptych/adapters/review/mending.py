"""Mending what a review found: small edits of a module's text, so that no other line is touched."""

from __future__ import annotations

import ast
import io
import tokenize
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from triptych.adapters.projects.splicing import with_import
from triptych.adapters.review.patterns import changes, is_mutable
from triptych.adapters.review.trees import LOGS, defaults

type Mend = Callable[[_Text, Any], Iterator[Edit]]

_ERROR = "error"
_CONVERSIONS = {-1: "%s", ord("s"): "%s", ord("r"): "%r", ord("a"): "%a"}
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_LOOPS = (ast.ListComp, ast.DictComp)
_LOOSE = (ast.NamedExpr, ast.Yield, ast.YieldFrom)
_SECONDS = 30


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """A part of a text that becomes another.

    Attributes:
        start: Where it begins, in characters.
        end: Where it ends.
        text: What stands there then.
    """

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Mended:
    """A module that was mended.

    Attributes:
        text: What is in it now.
        counts: How often each rule was mended.
    """

    text: str
    counts: Counter[str] = field(default_factory=Counter)


def mend(text: str, wanted: Mapping[int, Collection[str]]) -> Mended:
    r"""Mends a module where it can be done; what cannot be is as it was.

    Args:
        text: The module.
        wanted: The rules that are broken, by line.

    Example:
        ```python
        from triptych.adapters.review.mending import mend

        text = "try:\n    f()\nexcept OSError as error:\n    raise error\n"
        assert mend(text, {4: ["ERR002"]}).text.endswith("as error:\n    raise\n")
        ```
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Mended(text)
    place, counts = _Text(text, tree), Counter[str]()
    edits: set[Edit] = set()
    for node in ast.walk(tree):
        for code in wanted.get(getattr(node, "lineno", 0), ()):
            if code not in _WAYS:
                continue
            kind, way = _WAYS[code]
            made = list(way(place, node)) if isinstance(node, kind) else []
            counts[code] += bool(made)
            edits.update(made)
    mended = _applied(text, sorted(edits))
    for module in sorted(place.imports):
        mended = with_import(mended, module)
    return Mended(mended, +counts) if _is_python(mended) else Mended(text)


def _applied(text: str, edits: list[Edit]) -> str:
    parts, at = [], 0
    for each in edits:
        if each.start >= at:
            parts += [text[at : each.start], each.text]
            at = each.end
    return "".join([*parts, text[at:]])


def _is_python(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    return True


class _Text:
    """A module's text and tree, and where in the text its nodes are.

    Args:
        text: The text.
        tree: Its tree.
    """

    def __init__(self, text: str, tree: ast.Module) -> None:
        self.text, self.imports = text, set[str]()
        self._lines = [f"{line}\n" for line in text.split("\n")]
        self._starts = [0, *accumulate(map(len, self._lines))]
        self._above = {
            child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)
        }

    def start(self, node: Any) -> int:
        """Where a node begins, in characters."""
        return self._offset(node.lineno, node.col_offset)

    def end(self, node: Any) -> int:
        """Where it ends."""
        return self._offset(node.end_lineno, node.end_col_offset)

    def _offset(self, line: int, column: int) -> int:
        # Trees count columns in bytes.
        return self._starts[line - 1] + len(self._lines[line - 1].encode()[:column].decode())

    def of(self, node: Any) -> str:
        """What stands there."""
        return self.text[self.start(node) : self.end(node)]

    def above[T: ast.AST](self, node: ast.AST, *kinds: type[T]) -> T | None:
        """Finds the innermost node of some kinds that a node stands in."""
        found = self._above.get(node)
        while found is not None and not isinstance(found, kinds):
            found = self._above.get(found)
        return found

    def is_statement(self, node: ast.AST) -> bool:
        """Whether an expression is all of a statement."""
        return isinstance(self._above.get(node), ast.Expr)


def _linked(text: _Text, node: ast.Raise) -> Iterator[Edit]:
    """`raise` passes the error on; another is raised from it."""
    handler = text.above(node, ast.ExceptHandler)
    if handler is None or node.exc is None or node.cause is not None:
        return
    name = handler.name or _free(text, handler)
    if name is None or _is_set(handler, name):
        return
    if isinstance(node.exc, ast.Name) and node.exc.id == name:
        yield Edit(text.start(node), text.end(node), "raise")
        return
    yield Edit(text.end(node), text.end(node), f" from {name}")
    if handler.name is None:
        yield _named(text, handler, name)


def _named(text: _Text, handler: ast.ExceptHandler, name: str) -> Edit:
    """Gives what a handler catches a name, before the colon."""
    colon = text.text.index(":", text.end(handler.type))
    at = len(text.text[:colon].rstrip())
    return Edit(at, at, f" as {name}")


def _is_set(handler: ast.ExceptHandler, name: str) -> bool:
    """Tells whether a name is given another meaning within a handler."""
    return any(
        isinstance(each, ast.Name) and each.id == name and not isinstance(each.ctx, ast.Load)
        for each in ast.walk(handler)
    )


def _free(text: _Text, handler: ast.ExceptHandler) -> str | None:
    """Returns a name for what a handler catches, if nothing in its function has it."""
    inner = function = text.above(handler, *_FUNCTIONS)
    while inner is not None:
        function, inner = inner, text.above(inner, *_FUNCTIONS)
    around = text.above(handler, ast.ExceptHandler)
    within = [each for each in ast.walk(handler) if isinstance(each, ast.ExceptHandler)]
    if function is None or handler.type is None or around is not None or len(within) > 1:
        return None
    names = {getattr(each, "id", getattr(each, "arg", "")) for each in ast.walk(function)}
    return None if _ERROR in names else _ERROR


def _lazy(text: _Text, node: ast.Call) -> Iterator[Edit]:
    """What is written to the log is put together only where it is read."""
    match node:
        case ast.Call(func=ast.Attribute(attr=verb), args=[ast.JoinedStr() as told]):
            if verb in LOGS and "\n" not in text.of(told) and _is_plain(told):
                yield Edit(text.start(told), text.end(told), _parted(text, told))


def _is_plain(told: ast.JoinedStr) -> bool:
    """Tells whether no value in a text has a format of its own."""
    holes = [each for each in told.values if isinstance(each, ast.FormattedValue)]
    return all(each.format_spec is None for each in holes)


def _parted(text: _Text, told: ast.JoinedStr) -> str:
    """Writes a text with places for its values, and these behind it."""
    parts, values = [], []
    escaped = "%" if len(told.values) == 1 and isinstance(told.values[0], ast.Constant) else "%%"
    for each in told.values:
        if isinstance(each, ast.FormattedValue):
            parts.append(_CONVERSIONS[each.conversion])
            shown = text.of(each.value)
            values.append(f"({shown})" if isinstance(each.value, _LOOSE) else shown)
        elif isinstance(each, ast.Constant):
            parts.append(str(each.value).replace("%", escaped))
    return ", ".join([_quoted("".join(parts)), *values])


def _quoted(said: str) -> str:
    """Writes a text in double quotes, where it holds none."""
    written = repr(said)
    return written if written[0] == '"' or '"' in said else f'"{written[1:-1]}"'


def _giving_nothing(text: _Text, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Edit]:
    """A function that gives nothing says so."""
    if node.returns is not None:
        return
    head = text.text[text.start(node) : text.start(node.body[0])]
    depth, starts = 0, [0, *accumulate(len(line) + 1 for line in head.split("\n"))]
    for token in tokenize.generate_tokens(io.StringIO(head).readline):
        if token.type != tokenize.OP:
            continue
        depth += (token.string in "([{") - (token.string in ")]}")
        if token.string == ":" and depth == 0:
            at = text.start(node) + starts[token.start[0] - 1] + token.start[1]
            yield Edit(at, at, " -> None")
            return


def _frozen(text: _Text, node: ast.ClassDef) -> Iterator[Edit]:
    """A value cannot be changed."""
    for each in node.decorator_list:
        func = each.func if isinstance(each, ast.Call) else each
        if ast.unparse(func).rpartition(".")[2] != "dataclass":
            continue
        if not isinstance(each, ast.Call):
            yield Edit(text.end(each), text.end(each), "(frozen=True)")
        elif not any(said.arg in ("frozen", None) for said in each.keywords):
            yield from _told(text, each, "frozen=True")


def _told(text: _Text, node: ast.Call, keyword: str) -> Iterator[Edit]:
    """Adds a keyword to a call."""
    said = [*node.args, *(each.value for each in node.keywords)]
    if any(isinstance(each, ast.GeneratorExp) for each in said):
        return
    if said:
        at = max(map(text.end, said))
        # What stands in brackets of its own ends behind them.
        behind = text.text[at : text.end(node) - 1]
        if set(behind) <= set(" ,\n"):
            yield Edit(at, at, f", {keyword}")
    else:
        yield Edit(text.end(node) - 1, text.end(node) - 1, keyword)


def _timed(text: _Text, node: ast.Call) -> Iterator[Edit]:
    """Nobody waits for an answer for ever."""
    is_request = text.of(node.func).startswith(("requests.", "urllib.request.urlopen"))
    if is_request and not any(each.arg in ("timeout", None) for each in node.keywords):
        yield from _told(text, node, f"timeout={_SECONDS}")


def _insecure(text: _Text, node: ast.Call) -> Iterator[Edit]:
    """A digest that only tells files apart says so."""
    is_digest = text.of(node.func) in ("hashlib.md5", "hashlib.sha1")
    if is_digest and not any(each.arg in ("usedforsecurity", None) for each in node.keywords):
        yield from _told(text, node, "usedforsecurity=False")


def _sleeping(text: _Text, node: ast.Call) -> Iterator[Edit]:
    """A coroutine that waits lets others go on."""
    function = text.above(node, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    is_async = isinstance(function, ast.AsyncFunctionDef) and text.is_statement(node)
    if is_async and text.of(node.func) == "time.sleep":
        text.imports.add("asyncio")
        yield Edit(text.start(node.func), text.end(node.func), "await asyncio.sleep")


def _loading(text: _Text, node: ast.Call) -> Iterator[Edit]:
    """What is loaded is data, and makes no objects."""
    if text.of(node.func) == "yaml.load" and len(node.args) == 1 and not node.keywords:
        yield Edit(text.start(node.func), text.end(node.func), "yaml.safe_load")


def _own_defaults(text: _Text, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Edit]:
    """Each call makes what it changes anew."""
    is_told = ast.get_docstring(node, clean=False) is not None
    first = next(iter(node.body[is_told:]), None)
    if first is None or getattr(first, "decorator_list", []):
        return
    line = text.text[: text.start(first)].rpartition("\n")[2]
    if line.strip():
        return
    step, made = "\t" if "\t" in line else "    ", ""
    for argument, default in _shared(text, node):
        yield Edit(text.start(default), text.end(default), "None")
        if argument.annotation is not None:
            at = text.end(argument.annotation)
            yield Edit(at, at, " | None")
        name = argument.arg
        made += f"if {name} is None:\n{line}{step}{name} = {text.of(default)}\n{line}"
    if made:
        yield Edit(text.start(first), text.start(first), made)


def _shared(
    text: _Text, node: ast.FunctionDef | ast.AsyncFunctionDef
) -> Iterator[tuple[ast.arg, ast.expr]]:
    """Yields the parameters whose default a function changes, with it, if it is a plain one."""
    known = defaults(node.args)
    for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
        default = known.get(each.arg)
        if default is None or not is_mutable(default) or isinstance(default, _LOOPS):
            continue
        is_changed = any(changes(inner, each.arg) for inner in ast.walk(node))
        if is_changed and "\n" not in text.of(default) and _may_be_none(text, each):
            yield each, default


def _may_be_none(text: _Text, argument: ast.arg) -> bool:
    """Tells whether a parameter may be given nothing, and says nothing else by it."""
    said = argument.annotation
    if said is None:
        return True
    return not isinstance(said, ast.Constant) and "None" not in text.of(said)


_WAYS: dict[str, tuple[type | tuple[type, ...], Mend]] = {
    "ASY001": (ast.Call, _sleeping),
    "ERR002": (ast.Raise, _linked),
    "KIN004": (ast.Call, _timed),
    "LOG002": (ast.Call, _lazy),
    "SEC006": (ast.Call, _loading),
    "SEC007": (ast.Call, _insecure),
    "SEM003": (ast.ClassDef, _frozen),
    "SEM005": (_FUNCTIONS, _own_defaults),
    "TYP001": (_FUNCTIONS, _giving_nothing),
}
