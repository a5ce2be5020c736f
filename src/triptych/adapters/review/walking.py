"""Walking a syntax tree once: what branches, what loops, what catches."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from triptych.adapters.review.names import Names, Scope
from triptych.adapters.review.patterns import LOOKS
from triptych.adapters.review.trees import called, deed, is_apart, passing, tells
from triptych.domain.review import Handler, Note

# Fields in which nothing stands but the kind of a thing.
_KINDS = ("ctx", "op", "ops")
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Walk:
    """Walks a syntax tree once, and counts paths and loops on the way.

    Args:
        module: The module, as it is imported.
        is_package: Whether it is a package's own.
    """

    def __init__(self, module: str, *, is_package: bool) -> None:
        self._module = module
        self.names = Names(module, is_package=is_package)
        self.handlers: list[Handler] = []
        self.notes: list[Note] = []
        self._caught: list[tuple[ast.ExceptHandler, Scope | None]] = []
        self._is_typing = False
        self._visitors: dict[type[ast.AST], Callable[[Any], None]] = {
            ast.For: self._loop,
            ast.AsyncFor: self._loop,
            ast.While: self._loop,
            ast.If: self._if,
            ast.Try: self._try,
            ast.TryStar: self._try,
            ast.With: self._with,
            ast.AsyncWith: self._with,
            ast.Match: self._match,
            ast.Assert: self._assert,
            ast.Raise: self._raise,
            ast.Return: self._return,
            ast.Yield: self._yield,
            ast.YieldFrom: self._yield,
            **dict.fromkeys(_COMPREHENSIONS, self._comprehension),
        }

    def visit(self, node: ast.AST) -> None:
        """Notes what a node says, and what is within."""
        kind = type(node)
        if kind in LOOKS:
            self._look(node)
        self._visitors.get(kind, self._within)(node)

    def _look(self, node: Any) -> None:
        """Notes what a node shows by itself."""
        for kind, detail in LOOKS[type(node)](node, self.names):
            self._note(kind, node.lineno, detail)

    def _within(self, node: ast.AST) -> None:
        for name in node._fields:
            value = None if name in _KINDS else getattr(node, name, None)
            if isinstance(value, list):
                for each in value:
                    if isinstance(each, ast.AST):
                        self.visit(each)
            elif isinstance(value, ast.AST):
                self.visit(value)

    def _all(self, nodes: Sequence[ast.AST | None]) -> None:
        for each in nodes:
            if each is not None:
                self.visit(each)

    @property
    def _scope(self) -> Scope:
        return self.names.scopes[-1]

    @property
    def _where(self) -> str:
        function = self.names.function
        return function.name if function else ""

    def _note(self, kind: str, line: int, detail: str = "") -> None:
        self.notes.append(Note(kind, line, detail, self._where))

    def _if(self, node: ast.If) -> None:
        self._scope.complexity += 1
        was = self._is_typing
        # What is only imported for a type checker, or to be run, binds no module to another.
        self._is_typing = was or is_apart(node.test)
        self.visit(node.test)
        self._all(node.body)
        self._is_typing = was
        self._all(node.orelse)

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While) -> None:
        scope = self._scope
        scope.complexity += 1
        is_short = False
        if not isinstance(node, ast.While):
            self.visit(node.iter)
            is_short = isinstance(node.iter, ast.Tuple | ast.List | ast.Set)
            self._all([node.target])
        scope.loops += not is_short
        if isinstance(node, ast.While):
            self.visit(node.test)
        self._all(node.body)
        scope.loops -= not is_short
        self._all(node.orelse)

    def _comprehension(self, node: Any) -> None:
        scope = self._scope
        self.visit(node.generators[0].iter)
        scope.loops += 1
        for number, each in enumerate(node.generators):
            self._all([*([each.iter] if number else []), *each.ifs])
        self._all([getattr(node, name, None) for name in ("elt", "key", "value")])
        scope.loops -= 1

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        for each in node.items:
            self.visit(each.context_expr)
            if isinstance(each.optional_vars, ast.Name):
                self.names.assign(each.optional_vars.id, each.context_expr)
        self._all(node.body)

    def _match(self, node: ast.Match) -> None:
        self.visit(node.subject)
        for case in node.cases:
            self._scope.complexity += 1
            self._all([case.pattern, case.guard, *case.body])

    def _try(self, node: ast.Try | ast.TryStar) -> None:
        self._all(node.body)
        for each in node.handlers:
            self._scope.complexity += 1
            caught = each.type.elts if isinstance(each.type, ast.Tuple) else [each.type]
            self.handlers.append(
                Handler(
                    line=each.lineno,
                    caught=tuple(self.names.resolve(one) for one in caught if one is not None),
                    deed=deed(each),
                    within=self._where,
                    tells=tells(each),
                )
            )
            self._caught.append((each, self.names.function))
            self._all(each.body)
            self._caught.pop()
        for each in passing(node):
            self._note("passes", each.lineno, "raises what it caught, and does nothing else")
        self._all([*node.orelse, *node.finalbody])

    def _assert(self, node: ast.Assert) -> None:
        self._note("assert", node.lineno)
        self._within(node)

    def _raise(self, node: ast.Raise) -> None:
        if node.exc is not None:
            name = self.names.resolve(called(node.exc))
            self._note("raise", node.lineno, name)
            self._again(node, node.exc, name)
        self._within(node)

    def _again(self, node: ast.Raise, raised: ast.expr, name: str) -> None:
        """Notes how an error leads to the next, within a handler."""
        handler, function = self._caught[-1] if self._caught else (None, None)
        if handler is None or node.cause is not None or function is not self.names.function:
            return
        if isinstance(raised, ast.Name) and raised.id == handler.name:
            self._note("reraise", node.lineno, raised.id)
        elif isinstance(raised, ast.Call) or name.rpartition(".")[2][:1].isupper():
            self._note("unlinked", node.lineno, name)

    def _return(self, node: ast.Return) -> None:
        match node.value:
            case None | ast.Constant(value=None):
                return
        self._scope.gives = True
        self.visit(node.value)

    def _yield(self, node: ast.Yield | ast.YieldFrom) -> None:
        self._scope.gives = True
        self._within(node)
