"""Questions to parts of a syntax tree, which need nothing but the part."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Sequence

from triptych.adapters.review.docstrings import read_docstring
from triptych.adapters.review.names import UNKNOWN, Names
from triptych.domain.review import Call, Told

_LONG = 10
_STUBS = ("overload", "abstractmethod")
LOGS = ("debug", "info", "warning", "warn", "error", "exception", "critical", "log")
_ANSWERS = (
    "HTTPException",
    "JSONResponse",
    "Response",
    "PlainTextResponse",
    "HTMLResponse",
    "jsonify",
)


def is_log(call: Call) -> bool:
    """Tells whether a call writes to a log of the standard library."""
    return call.verb in LOGS and call.name.startswith("logging.")


def called(node: ast.expr) -> ast.expr:
    """Returns what is called, of a call; else the expression itself."""
    return node.func if isinstance(node, ast.Call) else node


def last_name(node: ast.AST) -> str:
    """Returns the last part of a dotted name; nothing where it is more than that."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def text_of(node: ast.expr) -> str:
    """Writes a name as it stands in code; nothing where it is more than that."""
    return ast.unparse(node) if isinstance(node, ast.Name | ast.Attribute | ast.Call) else ""


def marks(annotation: ast.expr | None) -> list[ast.expr]:
    """Lists what stands beside a type in `Annotated`."""
    match annotation:
        case ast.Subscript(slice=ast.Tuple(elts=[_, *marks])):
            return marks
    return []


def defaults(args: ast.arguments) -> dict[str, ast.expr]:
    """Returns the defaults of parameters, by name."""
    plain = [*args.posonlyargs, *args.args]
    found = dict(
        zip([e.arg for e in plain[len(plain) - len(args.defaults) :]], args.defaults, strict=True)
    )
    named = zip(args.kwonlyargs, args.kw_defaults, strict=True)
    return found | {arg.arg: value for arg, value in named if value is not None}


def parameters(node: ast.FunctionDef | ast.AsyncFunctionDef, *, is_method: bool) -> list[ast.arg]:
    """Lists the parameters of a function, without the object that a method is given."""
    args = node.args
    every = [*args.posonlyargs, *args.args, *args.kwonlyargs]
    every += [each for each in (args.vararg, args.kwarg) if each is not None]
    names = [each.id for each in node.decorator_list if isinstance(each, ast.Name)]
    return every[1:] if is_method and "staticmethod" not in names else every


def address(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """Returns the first text that decorators are given, such as the address of a route."""
    for each in node.decorator_list:
        match each:
            case ast.Call(args=[ast.Constant(value=str() as text), *_]):
                return text
    return ""


def told(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Told | None:
    """Reads what the docstring of a function tells; `None` where it has none."""
    text = ast.get_docstring(node, clean=False)
    return None if text is None else read_docstring(text)


def is_stub(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Tells whether a function does nothing: a protocol's method, an overload."""
    if any(last_name(each) in _STUBS for each in node.decorator_list):
        return True
    for each in node.body:
        match each:
            case ast.Pass() | ast.Expr(value=ast.Constant()):
                continue
            case ast.Raise(exc=exc) if exc and "NotImplemented" in last_name(called(exc)):
                continue
        return False
    return True


def is_apart(test: ast.expr) -> bool:
    """Tells whether only a type checker gets past a test, or who runs the file by itself."""
    match test:
        case ast.Compare(left=left):
            return last_name(left) == "__name__"
        case ast.BoolOp(values=values):
            return any(map(is_apart, values))
    return last_name(test) == "TYPE_CHECKING"


def is_dataclass(node: ast.ClassDef) -> bool:
    """Tells whether fields make a class."""
    names = [last_name(called(each)) for each in node.decorator_list]
    return bool({"dataclass", "define", "attrs", "frozen"} & set(names))


def is_frozen(node: ast.ClassDef) -> bool:
    """Tells whether objects of a class cannot be changed: it says so in one of the usual ways."""
    said = [ast.unparse(each) for each in node.decorator_list]
    said += [ast.unparse(each) for each in node.keywords]
    for each in node.body:
        if isinstance(each, ast.Assign) and last_name(each.targets[0]) == "model_config":
            said.append(ast.unparse(each.value).replace("'frozen': True", "frozen=True"))
    return any("frozen=True" in each or each.endswith("frozen") for each in said)


def deed(node: ast.ExceptHandler) -> str:
    """Says what a handler does: nothing, only a line in the log, an error of its own, or more."""
    calls = []
    for each in node.body:
        match each:
            case ast.Pass() | ast.Continue() | ast.Expr(value=ast.Constant()):
                continue
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr=name))) if name in LOGS:
                calls.append(name)
            case ast.Raise():
                return "raise"
            case _:
                inner = any(isinstance(one, ast.Raise) for one in ast.walk(each))
                return "raise" if inner else "other"
    return "log" if calls else "nothing"


def passing(node: ast.Try | ast.TryStar) -> list[ast.ExceptHandler]:
    """Lists the last handlers of a statement which do nothing but raise what they caught."""
    found = []
    for each in reversed(node.handlers):
        match each.body:
            case [ast.Raise(exc=None)]:
                found.append(each)
            case [ast.Raise(exc=ast.Name(id=name), cause=None)] if name == each.name:
                found.append(each)
            case _:
                break
    return found[::-1]


def tells(node: ast.ExceptHandler) -> bool:
    """Tells whether the text of the error becomes part of an answer to a caller."""
    if node.name is None:
        return False
    return any(
        _is_text_of(inner, node.name)
        for answer in _answers(node)
        for value in (*answer.args, *(keyword.value for keyword in answer.keywords))
        for inner in ast.walk(value)
    )


def _answers(node: ast.ExceptHandler) -> list[ast.Call]:
    """Lists the calls of a handler that make an answer."""
    within = [each for statement in node.body for each in ast.walk(statement)]
    calls = [each for each in within if isinstance(each, ast.Call)]
    return [each for each in calls if last_name(each.func) in _ANSWERS]


def _is_text_of(node: ast.AST, name: str) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="str" | "repr"), args=[ast.Name(id=found)]):
            return found == name
        case ast.FormattedValue(value=ast.Name(id=found)):
            return found == name
    return False


def attributes(node: ast.ClassDef, names: Names) -> dict[str, str]:
    """Finds the types of a class's attributes: as annotated, or of what `__init__` is given."""
    types: dict[str, str] = {}
    for each in node.body:
        match each:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation):
                types[name] = names.annotation(annotation)
            case ast.FunctionDef(name="__init__", args=args, body=body):
                given = {a.arg: a.annotation for a in (*args.args, *args.kwonlyargs)}
                types |= _kept(body, given, names)
    return {name: each for name, each in types.items() if each and UNKNOWN not in each}


def _kept(
    body: Sequence[ast.stmt], given: dict[str, ast.expr | None], names: Names
) -> dict[str, str]:
    types = {}
    for each in body:
        match each:
            case ast.Assign(
                targets=[ast.Attribute(value=ast.Name(id="self"), attr=name)], value=value
            ) | ast.AnnAssign(
                target=ast.Attribute(value=ast.Name(id="self"), attr=name), value=value
            ):
                if isinstance(value, ast.Name) and value.id in given:
                    types[name] = names.annotation(given[value.id])
                elif isinstance(value, ast.Call):
                    types[name] = names.resolve(value)
    return types


def fields(node: ast.ClassDef, names: Names) -> list[tuple[str, str]]:
    """Lists what a class annotates, with the types."""
    return [
        (each.target.id, names.annotation(each.annotation))
        for each in node.body
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
    ]


def digest(lines: Sequence[str]) -> str:
    """Tells a body from others, however it is indented; nothing where it is short."""
    if len(lines) < _LONG:
        return ""
    text = "\n".join(line.strip() for line in lines)
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=8).hexdigest()


def may_miss(node: ast.expr | None) -> bool:
    """Tells whether an annotation says that there may be nothing.

    Example:
        ```python
        import ast

        from triptych.adapters.review.trees import may_miss

        said = ["Order | None", "Optional[Order]", "'Order | None'", "Order"]
        assert [may_miss(ast.parse(each).body[0].value) for each in said] == [True, True, True, False]
        ```
    """
    match node:
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return any(isinstance(e, ast.Constant) and e.value is None for e in (left, right))
        case ast.Subscript(value=ast.Name(id="Optional") | ast.Attribute(attr="Optional")):
            return True
        case ast.Constant(value=str() as text):
            return "| None" in text or text.startswith("Optional[")
    return False
