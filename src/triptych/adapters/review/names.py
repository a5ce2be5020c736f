"""What names in a module stand for: imports, annotations and constructors are followed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise

UNKNOWN = "?"
_TRANSPARENT = ("Annotated", "Optional", "Final", "ClassVar", "Awaitable", "Required")
_MOST = 8
_MAKING = ("__init__", "__post_init__", "__new__", "__setstate__")
_BEFORE = re.compile(
    r"(?:['%=<>]|\b(?:LIKE|IN \(|VALUES \(|LIMIT|OFFSET|AND|OR|WHERE))\s*$", re.IGNORECASE
)
_HOLE = re.compile(
    r"(?:['%=<>]|\b(?:LIKE|IN \(|VALUES \(|LIMIT|OFFSET))\s*(?:%s|\{)", re.IGNORECASE
)


@dataclass(slots=True)
class Scope:
    """What is known within a function, a class, or the top of a module.

    Attributes:
        name: The whole name; empty at the top.
        is_class: Whether it is a class.
        parameters: The names that it is given.
        types: What variables are made of.
        tainted: Parameters that may be any text, and variables that hold something of one.
        built: Variables whose text was built of such.
        reads: Names that are read here, or within.
        changed: Of a class, the attributes that its methods set after an object was made.
        loops: How many loops are open.
        complexity: Independent paths so far.
        gives: Whether it returns or yields a value.
        function: The innermost function that it is, or is in.
    """

    name: str = ""
    is_class: bool = False
    parameters: frozenset[str] = frozenset()
    types: dict[str, str] = field(default_factory=dict)
    tainted: set[str] = field(default_factory=set)
    built: set[str] = field(default_factory=set)
    reads: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    loops: int = 0
    complexity: int = 1
    gives: bool = False
    function: Scope | None = None


class Names:
    """What names stand for, from the innermost scope out.

    Args:
        module: The module, as it is imported.
        is_package: Whether it is a package's own.
    """

    def __init__(self, module: str, *, is_package: bool = False) -> None:
        self._module, self._is_package = module, is_package
        self._known: dict[str, str] = {}
        self.scopes: list[Scope] = [Scope()]

    def bind(self, name: str, target: str) -> None:
        """Says what a name stands for in this module."""
        self._known[name] = target

    def absolute(self, module: str | None, level: int) -> str:
        """Returns the whole name of what a relative import names."""
        if not level:
            return module or ""
        parts = self._module.split(".")
        kept = parts[: len(parts) - level + int(self._is_package)]
        return ".".join([*kept, *([module] if module else [])])

    @contextmanager
    def within(self, scope: Scope) -> Iterator[None]:
        """Lets names be looked for in a scope first, as long as the block runs."""
        scope.function = self.function if scope.is_class else scope
        self.scopes.append(scope)
        yield
        self.scopes.pop()
        # What is read within is read here, too.
        self.scopes[-1].reads |= scope.reads

    @property
    def function(self) -> Scope | None:
        """The innermost function."""
        return self.scopes[-1].function

    def type_of(self, name: str) -> str | None:
        """Returns what a variable is made of, if that is known."""
        for scope in reversed(self.scopes):
            if name in scope.types:
                return scope.types[name]
            if name in scope.parameters:
                return None
        return None

    def resolve(self, node: ast.expr | None, depth: int = 0) -> str:
        """Returns the dotted name of an expression; `?` in it where nobody knows."""
        found = UNKNOWN
        match node if depth <= _MOST else None:
            case ast.Name(id=name):
                found = self.type_of(name) or self._known.get(name, name)
            case ast.Attribute(value=ast.Name(id="self"), attr=name):
                found = self._of_self(name)
            case ast.Attribute(value=value, attr=name):
                found = f"{self.resolve(value, depth + 1)}.{name}"
            case ast.Await(value=value):
                found = self.resolve(value, depth + 1)
            case ast.Call(func=func):
                found = self._made(func, depth)
        return found

    def _made(self, func: ast.expr, depth: int) -> str:
        """Names what a call returns: an object where a class is called."""
        name = self.resolve(func, depth + 1)
        return name if name.rpartition(".")[2][:1].isupper() else f"{name}()"

    def _of_self(self, name: str) -> str:
        for scope in reversed(self.scopes):
            if scope.is_class:
                known = scope.types.get(name)
                return known or f"{self._module}.{scope.name}.{name}"
        return f"self.{name}"

    def annotation(self, node: ast.expr | None) -> str:
        """Returns the name of the type that an annotation says, what may be missing left out."""
        match node:
            case None:
                return ""
            case ast.Constant(value=str() as text):
                return self._quoted(text)
            case ast.BinOp(left=left, right=ast.Constant(value=None)) | ast.BinOp(
                left=ast.Constant(value=None), right=left
            ):
                return self.annotation(left)
            case ast.Subscript(value=value, slice=inner):
                return self._subscripted(value, inner)
            case ast.Name(id=name):
                return self._known.get(name, name)
        return self.resolve(node)

    def _subscripted(self, value: ast.expr, inner: ast.expr) -> str:
        name = self.resolve(value)
        if name.rpartition(".")[2] not in _TRANSPARENT:
            return name
        first = inner.elts[0] if isinstance(inner, ast.Tuple) and inner.elts else inner
        return self.annotation(first)

    def _quoted(self, text: str) -> str:
        try:
            return self.annotation(ast.parse(text, mode="eval").body)
        except (SyntaxError, ValueError, RecursionError):
            return UNKNOWN

    def is_built(self, node: ast.expr | None) -> bool:
        """Tells whether a text is put together of something that a parameter gave."""
        scope = self.function
        if node is None or scope is None:
            return False
        if isinstance(node, ast.Name):
            return node.id in scope.built
        return any(_is_tainted(each, scope) for each in self._parts(node))

    def _parts(self, node: ast.expr) -> Sequence[ast.expr]:
        """Lists what stands in a text where a value does; a name of a table is no value."""
        match node:
            case ast.JoinedStr(values=values):
                return _holes(values)
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                return (right,) if self.is_built(left) or _ends_before_value(left) else ()
            case ast.BinOp(op=ast.Mod(), left=ast.Constant(value=str() as text), right=right):
                return (right,) if _HOLE.search(text) else ()
            case ast.Call(
                func=ast.Attribute(value=ast.Constant(value=str() as text), attr="format"),
                args=args,
                keywords=named,
            ) if _HOLE.search(text):
                return [*args, *(each.value for each in named)]
        return ()

    def assign(self, name: str, value: ast.expr) -> None:
        """Notes what a variable is made of."""
        scope = self.scopes[-1]
        made = self.resolve(value)
        is_made = isinstance(value, ast.Call | ast.Await | ast.Attribute) and UNKNOWN not in made
        if is_made or (isinstance(value, ast.Name) and made != value.id):
            scope.types[name] = made
        else:
            scope.types.pop(name, None)
        if self.is_built(value):
            scope.built.add(name)
        elif _is_tainted(value, scope):
            scope.tainted.add(name)

    def change(self, attribute: str) -> None:
        """Notes that a method sets an attribute of its object."""
        owner, method = next(
            (
                (outer, inner)
                for outer, inner in pairwise(self.scopes)
                if outer.is_class and not inner.is_class
            ),
            (None, None),
        )
        if owner and method and method.name.rpartition(".")[2] not in _MAKING:
            owner.changed.add(attribute)

    def read(self, name: str) -> None:
        """Notes that a name is read."""
        self.scopes[-1].reads.add(name)


def _holes(values: Sequence[ast.expr]) -> Sequence[ast.expr]:
    """Lists what is put into a text behind a sign or a quote."""
    pairs = [each for each in pairwise(values) if isinstance(each[1], ast.FormattedValue)]
    return [each for before, each in pairs if _ends_before_value(before)]


def _ends_before_value(node: ast.expr) -> bool:
    """Tells whether a text ends where a value is to stand: behind a sign or a quote."""
    match node:
        case ast.Constant(value=str() as text):
            return bool(_BEFORE.search(text))
        case ast.BinOp(op=ast.Add(), right=right):
            return _ends_before_value(right)
        case ast.JoinedStr(values=[*_, last]):
            return _ends_before_value(last)
    return False


def _is_tainted(node: ast.expr, scope: Scope) -> bool:
    """Tells whether an expression holds a text that a parameter gave; numbers cannot harm."""
    return bool(scope.tainted) and any(name in scope.tainted for name in _names(node))


def _names(node: ast.expr) -> Iterable[str]:
    """Yields the names in an expression, but for what a call to a converter gives."""
    stack: list[ast.AST] = [node]
    while stack:
        each = stack.pop()
        if isinstance(each, ast.Name):
            yield each.id
        elif isinstance(each, ast.Call) and isinstance(each.func, ast.Name):
            if each.func.id not in ("int", "float", "len", "bool", "quote", "join", "compile"):
                stack.extend([*each.args, *(keyword.value for keyword in each.keywords)])
        else:
            stack.extend(ast.iter_child_nodes(each))
