"""A module's facts, out of its syntax tree, in one walk."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from triptych.adapters.review.comments import count_silenced, read_suppressions
from triptych.adapters.review.names import UNKNOWN, Scope
from triptych.adapters.review.secrets import find_secret
from triptych.adapters.review.trees import (
    address,
    attributes,
    called,
    defaults,
    digest,
    fields,
    is_dataclass,
    is_frozen,
    is_log,
    is_stub,
    marks,
    may_miss,
    parameters,
    text_of,
    told,
)
from triptych.adapters.review.walking import Walk
from triptych.domain.review import (
    Call,
    Class,
    Function,
    Import,
    Module,
    Parameter,
)

_BEGINNINGS = (
    "AKI",
    "ghp",
    "gho",
    "ghs",
    "git",
    "sk_",
    "sk-",
    "rk_",
    "xox",
    "AIz",
    "glp",
    "---",
    "eyJ",
)
_SAID = (ast.Constant, ast.List, ast.Name, ast.Attribute)
_WIDEST = 200
_ANY_TEXT = ("", "str", "typing.Any", "object")


def read_facts(path: str, name: str, text: str, tree: ast.Module, *, is_test: bool) -> Module:
    r"""Reads what is known of a module.

    Args:
        path: Where it is, from the root of the review.
        name: As it is imported.
        text: Its source.
        tree: Its syntax tree.
        is_test: Whether it is a test.

    Example:
        ```python
        import ast

        from triptych.adapters.review.extraction import read_facts

        text = "import time\n\n\nasync def nap() -> None:\n    time.sleep(1)\n"
        module = read_facts("nap.py", "nap", text, ast.parse(text), is_test=False)
        assert module.calls[0].name == "time.sleep" and module.functions[0].is_async
        ```
    """
    lines = text.split("\n")
    reader = _Reader(name, lines, is_package=path.endswith("__init__.py"))
    reader.begin(tree)
    for statement in tree.body:
        reader.visit(statement)
    return Module(
        path=path,
        name=name,
        lines=len(lines) - (not lines[-1]),
        is_test=is_test,
        is_told=ast.get_docstring(tree, clean=False) is not None,
        imports=tuple(reader.imports),
        classes=tuple(reader.classes),
        functions=tuple(reader.functions),
        calls=tuple(reader.calls),
        handlers=tuple(reader.handlers),
        notes=tuple(reader.notes),
        stored=frozenset(reader.stored),
        silenced=count_silenced(text),
        suppressions=read_suppressions(text),
        texts={n: lines[n - 1].strip()[:_WIDEST] for n in reader.spoken if 0 < n <= len(lines)},
    )


@dataclass(slots=True)
class _At:
    """Where an expression stands: what is done with it."""

    is_awaited: bool = False
    is_kept: bool = True


class _Reader(Walk):
    """Notes what a module defines, imports and calls, on the way.

    Args:
        module: The module, as it is imported.
        lines: Its text.
        is_package: Whether it is a package's own.
    """

    def __init__(self, module: str, lines: Sequence[str], *, is_package: bool) -> None:
        super().__init__(module, is_package=is_package)
        self._lines = lines
        self.imports: list[Import] = []
        self.classes: list[Class] = []
        self.functions: list[Function] = []
        self.calls: list[Call] = []
        self.stored: set[str] = set()
        self._visitors |= {
            ast.Import: self._import,
            ast.ImportFrom: self._import_from,
            ast.ClassDef: self._class,
            ast.FunctionDef: self._function,
            ast.AsyncFunctionDef: self._function,
            ast.Call: self._call,
            ast.Lambda: self._lambda,
            ast.Await: self._await,
            ast.Expr: self._expression,
            ast.Assign: self._assign,
            ast.AnnAssign: self._annotated,
            ast.Name: self._name,
            ast.Attribute: self._attribute,
            ast.Constant: self._constant,
        }

    def begin(self, tree: ast.Module) -> None:
        """Notes what the module defines, which its functions may use before."""
        for each in tree.body:
            if isinstance(each, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                self.names.bind(each.name, f"{self._module}.{each.name}")

    def _import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._imported(alias.name, "", node.lineno)
            bound = alias.name if alias.asname else alias.name.partition(".")[0]
            self.names.bind(alias.asname or bound, bound)

    def _import_from(self, node: ast.ImportFrom) -> None:
        module = self.names.absolute(node.module, node.level)
        for alias in node.names:
            self._imported(module, alias.name, node.lineno)
            self.names.bind(alias.asname or alias.name, f"{module}.{alias.name}")

    def _imported(self, module: str, name: str, line: int) -> None:
        is_late = self.names.function is not None
        self.imports.append(Import(module, name, line, is_late, self._is_typing))

    @property
    def spoken(self) -> set[int]:
        """The lines that facts speak of."""
        facts = (self.calls, self.imports, self.handlers, self.notes, self.classes, self.functions)
        return {each.line for some in facts for each in some}

    def _class(self, node: ast.ClassDef) -> None:
        self._all([*node.decorator_list, *node.bases, *(each.value for each in node.keywords)])
        scope = Scope(f"{self._within_class()}{node.name}", is_class=True)
        scope.types = attributes(node, self.names)
        known = len(self.functions)
        with self.names.within(scope):
            self._all(node.body)
        bases = tuple(self.names.annotation(each) for each in node.bases)
        is_tuple = any(each.rpartition(".")[2] == "NamedTuple" for each in bases)
        self.classes.append(
            Class(
                name=scope.name,
                line=node.lineno,
                bases=bases,
                is_frozen=is_tuple or is_frozen(node),
                is_dataclass=is_tuple or is_dataclass(node),
                fields=tuple(fields(node, self.names)),
                methods=tuple(self._methods(scope.name, self.functions[known:])),
                is_told=ast.get_docstring(node, clean=False) is not None,
                changed=tuple(sorted(scope.changed)),
            )
        )

    def _methods(self, name: str, functions: Sequence[Function]) -> list[str]:
        heads = [each.name.rpartition(".") for each in functions]
        return [last for owner, _, last in heads if owner == name]

    def _within_class(self) -> str:
        scope = self._scope
        return f"{scope.name}." if scope.name else ""

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._all([*node.decorator_list, *node.args.defaults, *node.args.kw_defaults])
        own = parameters(node, is_method=self._scope.is_class)
        self._all([mark for each in own for mark in marks(each.annotation)])
        scope = self._scope_of(node, own)
        with self.names.within(scope):
            self._all(node.body)
        known = defaults(node.args)
        self.functions.append(
            Function(
                name=scope.name,
                line=node.lineno,
                end=node.end_lineno or node.lineno,
                is_async=isinstance(node, ast.AsyncFunctionDef),
                decorators=tuple(self.names.resolve(called(e)) for e in node.decorator_list),
                parameters=tuple(self._parameter(each, scope, known) for each in own),
                returns=self.names.annotation(node.returns) or ("None" if node.returns else ""),
                told=told(node),
                complexity=scope.complexity,
                is_stub=is_stub(node),
                address=address(node),
                gives=scope.gives,
                may_miss=may_miss(node.returns),
                digest=digest(self._lines[node.body[0].lineno - 1 : node.end_lineno]),
            )
        )

    def _lambda(self, node: ast.Lambda) -> None:
        """What stands in a lambda happens when it is called, wherever that is."""
        self._all([*node.args.defaults, *node.args.kw_defaults])
        names = frozenset(each.arg for each in ast.walk(node.args) if isinstance(each, ast.arg))
        inner = f"{self._scope.name}.<locals>." if self._scope.name else ""
        with self.names.within(Scope(f"{inner}<lambda>", parameters=names)):
            self.visit(node.body)

    def _scope_of(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef, own: Sequence[ast.arg]
    ) -> Scope:
        """Opens the scope of a function: its parameters, with their types."""
        outer = self._scope
        is_nested = outer.name and not outer.is_class
        inner = f"{outer.name}.<locals>." if is_nested else self._within_class()
        scope = Scope(f"{inner}{node.name}", parameters=frozenset(each.arg for each in own))
        for each in own:
            annotation = self.names.annotation(each.annotation)
            if annotation and UNKNOWN not in annotation:
                scope.types[each.arg] = annotation
            if annotation in _ANY_TEXT:
                scope.tainted.add(each.arg)
        return scope

    def _parameter(self, node: ast.arg, scope: Scope, known: dict[str, ast.expr]) -> Parameter:
        annotation = node.annotation
        beside = [known.get(node.arg), *marks(annotation)]
        maker = next((each.func for each in beside if isinstance(each, ast.Call)), None)
        return Parameter(
            name=node.arg,
            annotation=self.names.annotation(annotation) or ("None" if annotation else ""),
            is_read=node.arg in scope.reads,
            default=self.names.resolve(maker) if maker is not None else "",
        )

    def _name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self.names.read(node.id)

    def _attribute(self, node: ast.Attribute) -> None:
        self._set(node)
        if node.attr == "copy" and self.names.resolve(node) == "os.environ.copy":
            return  # It is handed on whole, to another program.
        if node.attr == "environ" and self.names.resolve(node) == "os.environ":
            self._note("env", node.lineno, "os.environ")
        self.visit(node.value)

    def _set(self, node: ast.Attribute) -> None:
        if isinstance(node.ctx, ast.Load):
            return
        if getattr(node.value, "id", "") == "self":
            self.names.change(node.attr)
        else:
            self.stored.add(node.attr)

    def _await(self, node: ast.Await) -> None:
        if isinstance(node.value, ast.Call):
            self._look(node.value)
            self._call(node.value, _At(is_awaited=True))
        else:
            self.visit(node.value)

    def _expression(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Call):
            self._look(node.value)
            self._call(node.value, _At(is_kept=False))
        elif not isinstance(node.value, ast.Constant):
            self.visit(node.value)

    def _call(self, node: ast.Call, at: _At | None = None) -> None:
        at, function = at or _At(), self.names.function
        self.calls.append(
            Call(
                name=self.names.resolve(node.func),
                line=node.lineno,
                within=self._where,
                loops=function.loops if function else 0,
                is_awaited=at.is_awaited,
                is_kept=at.is_kept,
                places=len(node.args),
                keywords=tuple(each.arg or "**" for each in node.keywords),
                first=self._first(node.args),
                second=text_of(node.args[1]) if len(node.args) > 1 else "",
            )
        )
        self._formatted(node)
        for keyword in node.keywords:
            self._secret(keyword.arg or "", keyword.value)
            self._said(node, keyword)
        self.visit(node.func)
        self._all([*node.args, *(each.value for each in node.keywords)])

    def _formatted(self, node: ast.Call) -> None:
        """Notes where a text is put together for the log."""
        if node.args and isinstance(node.args[0], ast.JoinedStr) and is_log(self.calls[-1]):
            told = f"{self.calls[-1].verb} is given a text that is put together"
            self._note("formatted", node.lineno, told)

    def _first(self, args: Sequence[ast.expr]) -> str:
        """Says what a first argument is made of."""
        if not args:
            return ""
        if self.names.is_built(args[0]):
            return "built"
        function = self.names.function
        if isinstance(args[0], ast.Name) and function and args[0].id in function.tainted:
            return "given"
        return "literal" if isinstance(args[0], ast.Constant) else ""

    def _said(self, node: ast.Call, keyword: ast.keyword) -> None:
        """Notes what is said by keywords that a rule asks for."""
        if isinstance(keyword.value, _SAID) and keyword.arg is not None:
            name = self.names.resolve(node.func).rpartition(".")[2]
            said = f"{name}({keyword.arg}={ast.unparse(keyword.value)})"[:120]
            self._note("keyword", node.lineno, said)

    def _assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            self._target(target, node.value)

    def _annotated(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)
            self._target(node.target, node.value)
        if isinstance(node.target, ast.Name) and not self._scope.is_class:
            annotation = self.names.annotation(node.annotation)
            if UNKNOWN not in annotation:
                self._scope.types[node.target.id] = annotation

    def _target(self, target: ast.expr, value: ast.expr) -> None:
        match target:
            case ast.Name(id=name):
                self.names.assign(name, value)
                self._secret(name, value)
            case ast.Attribute(value=of, attr=name):
                self._secret(name, value)
                self._set(target)
                owner = self.names.resolve(of)
                if "." in owner and UNKNOWN not in owner:
                    self._note("set", target.lineno, f"{owner}.{name}")
                self._within(target)
            case ast.Subscript(value=of, slice=key):
                if self.names.resolve(of) == "os.environ":
                    self._note("set", target.lineno, "os.environ")
                elif isinstance(key, ast.Constant) and isinstance(key.value, str):
                    self._secret(key.value, value)
                self._within(target)
            case _:
                self.visit(target)

    def _secret(self, name: str, value: ast.expr) -> None:
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            found = find_secret(name, value.value)
            if found:
                self._note("secret", value.lineno, found)

    def _constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and ("://" in node.value or node.value[:3] in _BEGINNINGS):
            found = find_secret("", node.value)
            if found and not any(
                n.kind == "secret" and n.line == node.lineno for n in self.notes[-3:]
            ):
                self._note("secret", node.lineno, found)
