"""What is known of a module that is reviewed, as plain values: no syntax tree is kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class Import(NamedTuple):
    """A name that a module imports.

    Attributes:
        module: Where from, absolute.
        name: What of it; empty where the module itself is imported.
        line: Where it stands.
        is_late: Whether it stands in a function.
        is_typing: Whether only type checkers read it.
    """

    module: str
    name: str
    line: int
    is_late: bool = False
    is_typing: bool = False

    @property
    def target(self) -> str:
        """The whole name.

        Example:
            ```python
            from triptych.domain.review import Import

            assert Import("shop.domain", "Order", 3).target == "shop.domain.Order"
            ```
        """
        return f"{self.module}.{self.name}" if self.name else self.module


class Call(NamedTuple):
    """A call, by the name that imports, annotations and constructors give it.

    Attributes:
        name: Such as `time.sleep`, or `sqlalchemy.orm.Session.execute` of a parameter so annotated.
        line: Where it stands.
        within: The function, with its class; empty at the top of the module.
        loops: How many loops it stands in, within its function.
        is_awaited: Whether it is awaited.
        is_kept: Whether something is done with what it returns.
        keywords: The names of its keyword arguments.
        first: What its first argument is: `literal`, `built` of what a parameter gave, `given` by
            one as it is, or empty.
        second: The name of its second argument, if it is one.
        places: How many arguments it is given by place.
    """

    name: str
    line: int
    within: str = ""
    loops: int = 0
    is_awaited: bool = False
    is_kept: bool = True
    places: int = 0
    keywords: tuple[str, ...] = ()
    first: str = ""
    second: str = ""

    @property
    def verb(self) -> str:
        """The last part of its name."""
        return self.name.rpartition(".")[2]


class Parameter(NamedTuple):
    """A parameter of a function.

    Attributes:
        name: What it is called.
        annotation: Its type, as it resolves; empty where none is said.
        is_read: Whether the function uses it.
        default: The call that stands as its default, such as `fastapi.Query`; or empty.
    """

    name: str
    annotation: str = ""
    is_read: bool = True
    default: str = ""


class Told(NamedTuple):
    """What a docstring tells.

    Attributes:
        parameters: The parameters that it names.
        has_example: Whether it shows how to use it, in a form that can be run.
        style: How it names parameters: `google`, `numpy`, `sphinx`; empty where it names none.
        raises: The errors that it names.
    """

    parameters: tuple[str, ...] = ()
    has_example: bool = False
    style: str = ""
    raises: tuple[str, ...] = ()


class Function(NamedTuple):
    """A function or a method.

    Attributes:
        name: With its class, and the function that it stands in: `Board.open`.
        line: Where it stands.
        end: Where it ends.
        is_async: Whether it is a coroutine.
        decorators: Their names, as they resolve.
        parameters: Without `self` and `cls`.
        returns: What it returns; empty where nothing is said.
        told: What its docstring tells; `None` where it has none.
        complexity: Its independent paths, after McCabe.
        is_stub: Whether it does nothing: a protocol's method, an overload.
        address: The first text that its decorators are given, such as the address of a route.
        gives: Whether it returns or yields a value.
        may_miss: Whether it says that it may return `None` instead.
        digest: What tells its body from others, however it is indented; empty for short ones.
    """

    name: str
    line: int
    end: int
    is_async: bool = False
    decorators: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    returns: str = ""
    told: Told | None = None
    complexity: int = 1
    is_stub: bool = False
    address: str = ""
    gives: bool = False
    may_miss: bool = False
    digest: str = ""

    @property
    def is_public(self) -> bool:
        """Whether others may use it: neither it nor what it stands in begins with `_`.

        Example:
            ```python
            from triptych.domain.review import Function

            assert Function("Board.open", 1, 2).is_public
            assert not Function("Board._open", 1, 2).is_public
            ```
        """
        return not (self.name.startswith("_") or "._" in self.name)

    @property
    def is_nested(self) -> bool:
        """Whether it stands in another function."""
        return "<" in self.name


class Class(NamedTuple):
    """A class.

    Attributes:
        name: What it is called.
        line: Where it stands.
        bases: As they resolve.
        is_frozen: Whether it is a dataclass, or the like, that cannot be changed.
        is_dataclass: Whether fields make it.
        fields: The names that it annotates, with their types.
        methods: The names of its methods.
        is_told: Whether it has a docstring.
        changed: Fields that its own methods set after it was made.
    """

    name: str
    line: int
    bases: tuple[str, ...] = ()
    is_frozen: bool = False
    is_dataclass: bool = False
    fields: tuple[tuple[str, str], ...] = ()
    methods: tuple[str, ...] = ()
    is_told: bool = False
    changed: tuple[str, ...] = ()

    @property
    def is_protocol(self) -> bool:
        """Whether it says what others do: a port.

        Example:
            ```python
            from triptych.domain.review import Class

            assert Class("Clock", 1, bases=("typing.Protocol",)).is_protocol
            ```
        """
        ports = {"Protocol", "ABC", "ABCMeta"}
        return any(each.partition("[")[0].rpartition(".")[2] in ports for each in self.bases)


class Handler(NamedTuple):
    """What is done about an error.

    Attributes:
        line: Where it stands.
        caught: The names of the errors; empty for all.
        deed: `nothing`, `log`, `raise` or `other`.
        within: The function.
        tells: Whether the text of the error is handed on as text.
    """

    line: int
    caught: tuple[str, ...]
    deed: str
    within: str = ""
    tells: bool = False


class Note(NamedTuple):
    """Something that a rule may want to know.

    Attributes:
        kind: What, in a word: `assert`, `env`, `raise`, `secret`; what reads modules lists them.
        line: Where it stands.
        detail: More about it.
        within: The function.
    """

    kind: str
    line: int
    detail: str = ""
    within: str = ""


class Suppression(NamedTuple):
    """A comment that takes findings of a line out, with its reason.

    Attributes:
        line: Of which line.
        codes: Of which rules.
        reason: Why; one that gives none is a finding itself.
    """

    line: int
    codes: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """A module.

    Attributes:
        path: Where it is, from the root of the review.
        name: As it is imported.
        lines: How many it has.
        is_test: Whether it is a test.
        is_told: Whether it has a docstring.
        imports: What it imports.
        classes: What it defines.
        functions: What it defines, methods and nested ones too.
        calls: What it calls.
        handlers: What it does about errors.
        notes: What else rules want to know.
        suppressions: What its comments take out.
        stored: Names of attributes that it sets on objects other than `self`.
        silenced: How many of its lines are hidden from the type checker, whatever is wrong there.
        texts: The lines that others speak of, stripped, by number.
    """

    path: str
    name: str
    lines: int = 0
    is_test: bool = False
    is_told: bool = False
    imports: tuple[Import, ...] = ()
    classes: tuple[Class, ...] = ()
    functions: tuple[Function, ...] = ()
    calls: tuple[Call, ...] = ()
    handlers: tuple[Handler, ...] = ()
    notes: tuple[Note, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    stored: frozenset[str] = frozenset()
    silenced: int = 0
    texts: dict[int, str] = field(default_factory=dict)

    @property
    def top(self) -> str:
        """The package that it is in, at the top.

        Example:
            ```python
            from triptych.domain.review import Module

            assert Module(path="shop/domain/orders.py", name="shop.domain.orders").top == "shop"
            ```
        """
        return self.name.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that could not be read.

    Attributes:
        path: Where it is.
        reason: Why.
        line: Where in it, if that is known.
    """

    path: str
    reason: str
    line: int = 1
