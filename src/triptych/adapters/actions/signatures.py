"""Reading operations from the signatures of a service's methods."""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Callable, Iterator
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import docstring_parser

from triptych.adapters.ontology.annotations import Annotations, Unreadable
from triptych.domain.actions import Held, Input, Operation, Output, Secret
from triptych.domain.actions.declaration import mark_of
from triptych.domain.errors import Misconfigured
from triptych.domain.ontology import Default, Ontology, Property, Source, Structure

_SEVERAL: dict[Any, Held] = {list: Held.LIST, tuple: Held.TUPLE, frozenset: Held.FROZENSET}
_SECRETS = re.compile(r"(^|_)(password|passphrase|secret|token|pin|api_key)($|_)")
_BORDERS = re.compile(r"(?<!^)(?=[A-Z])")


def service_name(owner: type) -> str:
    """Returns what a service is called: its class in snake case.

    Example:
        ```python
        from triptych.adapters.actions.signatures import service_name

        assert service_name(type("CrewDesk", (), {})) == "crew_desk"
        ```
    """
    return _BORDERS.sub("_", owner.__name__).lower()


class SignatureReader:
    """Reads operations, given an ontology.

    Args:
        ontology: What entities and value objects there are.
    """

    def __init__(self, ontology: Ontology) -> None:
        self._entities = {each.python: each for each in ontology.object_types}
        ids = {}
        for each in ontology.object_types:
            hint = typing.get_type_hints(each.python, include_extras=True).get("id")
            if hint is not None:
                ids[hint] = each.name
        structures = {each.python: each for each in ontology.value_objects}
        self._annotations = Annotations(
            ids, frozenset(self._entities), lambda hint: _structure(structures, hint)
        )

    def read(self, owner: type) -> Iterator[Operation]:
        """Yields the operations of a class.

        Raises:
            Misconfigured: A parameter or result is of a type that cannot be given from outside.
        """
        for name, function in inspect.getmembers(owner, inspect.isfunction):
            mark = mark_of(function)
            if mark is None:
                continue
            if not inspect.iscoroutinefunction(function):
                raise Misconfigured(f"{_place(function)}: {name} must be async")
            said = docstring_parser.parse(inspect.getdoc(function) or "")
            about = {each.arg_name: each.description or "" for each in said.params}
            hints = _hints(function)
            yield Operation(
                service=service_name(owner),
                name=name,
                owner=owner,
                function=function,
                mark=mark,
                inputs=tuple(self._inputs(function, hints, about)),
                output=self._output(function, hints.get("return", NoneType)),
                description=" ".join((said.short_description or "").split()),
                details=said.long_description or "",
            )

    def _inputs(
        self, function: Callable[..., Any], hints: dict[str, Any], about: dict[str, str]
    ) -> Iterator[Input]:
        for each in list(inspect.signature(function).parameters.values())[1:]:
            if each.kind in (each.VAR_KEYWORD, each.VAR_POSITIONAL) or each.name not in hints:
                found = f"{each.name} of {function.__qualname__} has no type of its own"
                raise Misconfigured(f"{_place(function)}: {found}; annotate every parameter")
            default = None if each.default is each.empty else Default(value=each.default)
            description = " ".join(about.get(each.name, "").split())
            yield self._input(function, each.name, hints[each.name], default, description)

    def _input(
        self,
        function: Callable[..., Any],
        name: str,
        hint: Any,
        default: Default | None,
        description: str,
    ) -> Input:
        is_secret = bool(_SECRETS.search(name))
        if get_origin(hint) is Annotated and Secret in get_args(hint)[1:]:
            hint, is_secret = get_args(hint)[0], True
        inner, held, is_optional = _opened(hint)
        entity = self._entities.get(inner) if isinstance(inner, type) else None
        if entity is not None:
            if len(entity.key) > 1:
                found = f"{name} is the relationship {entity.name}, which has no id of its own"
                raise Misconfigured(f"{_place(function)}: {found}; give what it joins")
            of, shape_many = entity.property(entity.key[0]).type, None
        else:
            wanted = tuple[inner, ...] if held is Held.LIST else hint  # type: ignore[valid-type]  # made of what was found
            of, is_optional, shape_many = self._value(function, name, wanted, is_optional)
        return Input(
            value=Property(
                name=name,
                type=of,
                source=_source(function),
                is_optional=is_optional,
                many=shape_many,
                default=default,
                description=description,
            ),
            entity=entity.name if entity else None,
            held=held,
            is_secret=is_secret,
        )

    def _value(
        self, function: Callable[..., Any], name: str, hint: Any, is_optional: bool
    ) -> tuple[Any, bool, Any]:
        try:
            shape = self._annotations.read(hint)
        except Unreadable as error:
            raise Misconfigured(f"{_place(function)}: {name}: {error.found}") from None
        return shape.type, shape.is_optional or is_optional, shape.many

    def _output(self, function: Callable[..., Any], hint: Any) -> Output:
        inner, held, is_optional = _opened(hint)
        if inner is NoneType:
            return Output()
        entity = self._entities.get(inner) if isinstance(inner, type) else None
        if entity is not None:
            return Output(entity.name, None, held, is_optional)
        wanted = tuple[inner, ...] if held is Held.LIST else hint  # type: ignore[valid-type]  # made of what was found
        of, is_optional, many = self._value(function, "what it returns", wanted, is_optional)
        held_as = Property(
            name="result", type=of, source=_source(function), is_optional=is_optional, many=many
        )
        return Output(None, held_as, held, is_optional)


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function, include_extras=True)
    except (NameError, TypeError, AttributeError) as error:
        raise Misconfigured(f"{_place(function)}: {function.__qualname__}: {error}") from None


def _opened(hint: Any) -> tuple[Any, Held | None, bool]:
    """Returns what is held, how several of it are, and whether it may be nothing."""
    is_optional = False
    if get_origin(hint) in (Union, UnionType):
        others = [each for each in get_args(hint) if each is not NoneType]
        is_optional = len(others) < len(get_args(hint))
        hint = others[0] if len(others) == 1 else hint
    held = _SEVERAL.get(get_origin(hint) or object)
    return (get_args(hint)[0], held, is_optional) if held else (hint, None, is_optional)


def _structure(known: dict[type, Structure], hint: Any) -> Structure:
    if hint not in known:
        raise Unreadable("ONT025", f"{hint} is no value object of the domain")
    return known[hint]


def _source(function: Callable[..., Any]) -> Source:
    code = function.__code__
    module = function.__module__.replace(".", "/")
    return Source(f"{module}.py", code.co_firstlineno)


def _place(function: Callable[..., Any]) -> str:
    return str(_source(function))
