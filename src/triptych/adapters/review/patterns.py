"""What a part of a syntax tree shows by itself: notes for rules that need no more than that."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from typing import Any

from triptych.adapters.review.names import Names
from triptych.adapters.review.trees import LOGS, defaults, is_dataclass, last_name

type Seen = Iterator[tuple[str, str]]
type Look = Callable[[Any, Names], Seen]

_SECRET = re.compile(
    r"(?:.*_)?(?:password|passwd|secret|api_?key|(?:access|refresh|auth)_token|private_key|"
    r"credentials)",
    re.IGNORECASE,
)
_ERRORS = ("e", "ex", "exc", "err", "error", "exception")
_HOST = (
    r"(?:localhost|127(?:\.\d+){3}|10(?:\.\d+){3}|192\.168(?:\.\d+){2}"
    r"|[\w-]+\.(?:internal|local|intranet|lan))"
)
_ADDRESS = re.compile(
    rf"\w+://(?:[\w-]+@)?(?:{_HOST}|[a-z][\w-]+:\d+)(?::\d+)?(?:/\S*)?|{_HOST}:\d+"
)
_CHANGES = (
    "append", "extend", "insert", "update", "add", "pop", "remove", "clear", "setdefault",
    "discard", "popitem", "sort",
)  # fmt: skip
_STATUS = ("status_code", "http_status", "status", "http_code")
_WHO = ("role", "owner", "permission", "admin", "superuser", "is_staff", "member", "creator")
_EAGER = ("selectinload", "joinedload", "subqueryload", "immediateload", "raiseload")
_LOADED = ("selectin", "joined", "subquery", "immediate", "raise", "raise_on_sql", "noload")
_SHORTEST = 24


def _compared(node: ast.Compare, _: Names) -> Seen:
    if len(node.ops) > 1 and all(isinstance(each, ast.NotEq) for each in node.ops):
        yield "odd-comparison", "a chain of != does not compare the first with the last"
    match node:
        case ast.Compare(
            left=ast.Call(func=ast.Name(id="type"), args=[_]), ops=[ast.Eq() | ast.NotEq()]
        ) if not isinstance(node.comparators[0], ast.Call):
            yield "odd-comparison", "compares types by ==, which says no of every heir"
        case ast.Compare(
            left=ast.Constant(value=str()), ops=[ast.In() | ast.NotIn()], comparators=[told]
        ) if _is_told(told):
            yield "told-apart", f"looks for a word in {ast.unparse(told)}"
        case ast.Compare(left=told, ops=[ast.Eq() | ast.NotEq()]) if _is_told(told):
            yield "told-apart", f"compares {ast.unparse(told)}"


def _is_told(node: ast.expr) -> bool:
    """Tells whether an expression is the text of an error."""
    match node:
        case ast.Call(func=ast.Attribute(value=inner, attr="lower" | "upper"), args=[]):
            return _is_told(inner)
        case ast.Call(func=ast.Name(id="str" | "repr"), args=[ast.Name(id=name)]):
            return name in _ERRORS
        case ast.Subscript(value=ast.Attribute(value=ast.Name(id=name), attr="args")):
            return name in _ERRORS
    return False


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef, _: Names) -> Seen:
    if node.decorator_list:
        # Frameworks read the defaults of what they are given.
        return
    for name, value in defaults(node.args).items():
        if is_mutable(value) and any(changes(each, name) for each in ast.walk(node)):
            yield "shared-default", f"{node.name} changes or hands on the default of {name}, which calls share"


def is_mutable(node: ast.expr) -> bool:
    """Tells whether an expression makes something that can be changed."""
    match node:
        case ast.List() | ast.Dict() | ast.Set() | ast.ListComp() | ast.DictComp():
            return True
        case ast.Call(func=ast.Name(id="list" | "dict" | "set"), args=[]):
            return True
    return False


def changes(node: ast.AST, name: str) -> bool:
    """Tells whether a statement or a call changes what a name holds, or hands it on."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=found), attr=verb)):
            return found == name and verb in _CHANGES
        case ast.Subscript(value=ast.Name(id=found), ctx=ast.Store() | ast.Del()):
            return found == name
        case ast.AugAssign(target=ast.Name(id=found)) | ast.Return(value=ast.Name(id=found)):
            return found == name
        case ast.Assign(targets=[ast.Attribute()], value=ast.Name(id=found)):
            return found == name
    return False


def _class(node: ast.ClassDef, names: Names) -> Seen:
    if is_dataclass(node):
        for each in node.body:
            match each:
                case ast.Assign(targets=[ast.Name(id=name)]) if _is_forgotten(name, each.value):
                    yield "unannotated", f"{node.name}.{name} has no type, so it is no field"
    is_error = any(names.resolve(each).endswith(("Error", "Exception")) for each in node.bases)
    if is_error and any(name in _STATUS for name in _held(node)):
        yield "transport", f"{node.name} holds the status of an answer"


def _is_forgotten(name: str, value: ast.expr) -> bool:
    """Tells whether an attribute was meant to be a field."""
    is_plain = isinstance(value, ast.Constant | ast.List | ast.Dict | ast.Set)
    is_field = isinstance(value, ast.Call) and last_name(value.func).endswith("field")
    return name.islower() and not name.startswith("_") and (is_plain or is_field)


def _held(node: ast.ClassDef) -> Iterator[str]:
    """Yields the attributes that a class says, or sets on itself."""
    for each in ast.walk(node):
        match each:
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
                yield name
            case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
                yield name


def _called(node: ast.Call, names: Names) -> Seen:
    verb = last_name(node.func)
    if verb in _SHOWS or _is_log(node.func):
        yield from (("told-secret", f"{verb} is given {name}") for name in _secrets(node))
    elif verb in _OPENS and names.resolve(node.func) in _PATHS:
        yield from _joined(node.args)
    elif verb in _ANSWERING:
        yield from (("answered", names.resolve(each)) for each in node.args[:1])
    elif verb in _EAGER:
        yield from _loaded(node.args)


def _loaded(given: list[ast.expr]) -> Seen:
    """Names the relationships that a statement loads with the rest."""
    yield from (("eager", each.attr) for each in given if isinstance(each, ast.Attribute))


_ANSWERING = (
    "exception_handler",
    "add_exception_handler",
    "errorhandler",
    "register_error_handler",
)
_SHOWS, _OPENS = ("HTTPException",), ("Path", "open", "join")
_PATHS = ("pathlib.Path", "open", "os.path.join")


def _is_log(func: ast.expr) -> bool:
    match func:
        case ast.Attribute(value=of, attr=verb) if verb in LOGS:
            return "log" in ast.unparse(of).lower()
    return False


def _secrets(node: ast.Call) -> Iterator[str]:
    """Yields the names of secrets whose values a call is given to show."""
    for given in (*node.args, *(each.value for each in node.keywords)):
        parts = given.values if isinstance(given, ast.JoinedStr) else [given]
        for each in parts:
            part = each.value if isinstance(each, ast.FormattedValue) else each
            name = last_name(part)
            if _SECRET.fullmatch(name):
                yield name


def _divided(node: ast.BinOp, _: Names) -> Seen:
    if isinstance(node.op, ast.Div):
        yield from _joined([node.right])


def _joined(parts: list[ast.expr]) -> Seen:
    """Looks for the name that a client gave its file, among the parts of a path."""
    for part in parts:
        for each in part.values if isinstance(part, ast.JoinedStr) else [part]:
            match each.value if isinstance(each, ast.FormattedValue) else each:
                case ast.Attribute(value=ast.Name(id=name), attr="filename") if (
                    "file" in name or "upload" in name
                ):
                    yield "client-name", f"{name}.filename becomes part of a path"


def _said(node: ast.Constant, _: Names) -> Seen:
    if isinstance(node.value, str) and _ADDRESS.fullmatch(node.value):
        yield "address", node.value[:60]


def _asked(node: ast.If, _: Names) -> Seen:
    match node.body:
        case [*_, ast.Raise(exc=raised)]:
            said = ast.unparse(node.test)
            if len(said) >= _SHORTEST and any(word in said for word in _WHO):
                yield "guard", said
            if raised is not None and _TAKEN.search(ast.unparse(raised)):
                yield "taken", said[:80]


_TAKEN = re.compile(
    r"Exists|Duplicate|Taken|Already[A-Z]|already (?:exists|taken|in use|registered)"
)
_MAY_MISS = re.compile(
    r"find|get|first|last|search|match|fullmatch|lookup|which|.*_or_none|by_|load|latest|current"
)


def _read_at_once(node: ast.Attribute | ast.Subscript, names: Names) -> Seen:
    """Looks for what is read of the answer of a call before anybody looks whether there is one."""
    match node.value.value if isinstance(node.value, ast.Await) else node.value:
        case ast.Call(func=func) if _MAY_MISS.match(last_name(func)):
            read = f".{node.attr}" if isinstance(node, ast.Attribute) else "[...]"
            yield "read-at-once", f"{names.resolve(func)} {read}"


def _looped(node: ast.For | ast.AsyncFor, _: Names) -> Seen:
    if isinstance(node.target, ast.Name):
        read = {
            each.attr
            for statement in node.body
            for each in ast.walk(statement)
            if isinstance(each, ast.Attribute)
            and isinstance(each.value, ast.Name)
            and each.value.id == node.target.id
        }
        if read:
            yield "read-of-each", " ".join(sorted(read))


def _kept(node: ast.Assign | ast.AnnAssign, _: Names) -> Seen:
    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
    match node.value:
        case ast.Call(func=func, keywords=said) if isinstance(target, ast.Name):
            lazy = {ast.unparse(each.value).strip("'\"") for each in said if each.arg == "lazy"}
            if last_name(func) == "relationship" and lazy.isdisjoint(_LOADED):
                yield "relationship", target.id


LOOKS: dict[type[ast.AST], Look] = {
    ast.Compare: _compared,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.ClassDef: _class,
    ast.Call: _called,
    ast.Attribute: _read_at_once,
    ast.Subscript: _read_at_once,
    ast.BinOp: _divided,
    ast.Constant: _said,
    ast.If: _asked,
    ast.For: _looped,
    ast.AsyncFor: _looped,
    ast.Assign: _kept,
    ast.AnnAssign: _kept,
}
"""What is looked for in which kind of node."""
