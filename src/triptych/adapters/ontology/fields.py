"""From a dataclass to its properties."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import sys
import typing
from collections.abc import Callable
from datetime import datetime
from types import SimpleNamespace
from typing import Any, get_args, get_origin

from triptych.adapters.ontology.annotations import MUTABLE, Annotations, Shape, Unreadable
from triptych.adapters.ontology.docstrings import attributes_of, summary_of
from triptych.adapters.ontology.source import Module, field_line
from triptych.domain.ontology import (
    Computed,
    Default,
    Identifier,
    Property,
    Source,
    Structure,
)

type Report = Callable[[str, Source, str], None]
_MISSING = dataclasses.MISSING


class ClassReader:
    """Reads the classes of one domain; lives as long as one reading.

    Attributes:
        places: Where each class stands.
        annotations: Reads their fields' types; set once the ids are known.
    """

    annotations: Annotations

    def __init__(self, places: dict[type, tuple[Module, ast.ClassDef]], report: Report) -> None:
        self.places = places
        self._report = report
        self._structures: dict[Any, Structure | None] = {}
        self._hints: dict[tuple[str, str], Any] = {}

    def hint(self, python: type, name: str) -> Any:
        """Resolves the annotation of one field; `None` where there is no such field.

        A name that cannot be resolved is reported at the field.
        """
        for owner in python.__mro__:
            text = inspect.get_annotations(owner).get(name)
            if text is not None:
                return self._resolve(owner, name, text)
        return None

    def _resolve(self, owner: type, name: str, text: Any) -> Any:
        parameters = {each.__name__: each for each in getattr(owner, "__type_params__", ())}
        # A module says `str` many times, and each time the same by it.
        said = (owner.__module__, text) if isinstance(text, str) and not parameters else None
        if said in self._hints:
            return self._hints[said]
        holder = SimpleNamespace(__annotations__={name: text})
        scope = vars(sys.modules[owner.__module__])
        try:
            hint = typing.get_type_hints(holder, scope, parameters, include_extras=True)[name]
        except (NameError, AttributeError, TypeError, SyntaxError) as error:
            self._report("ONT020", self.place(owner, name), f"{name}: {text} ({error})")
            return None
        if said:
            self._hints[said] = hint
        return hint

    def place(self, python: type, name: str = "") -> Source:
        """Finds where a class, or one of its fields, is declared."""
        for owner in python.__mro__:
            known = self.places.get(owner)
            is_declared = not name or name in inspect.get_annotations(owner)
            if known and is_declared:
                module, node = known
                return module.at(field_line(node, name))
        return Source(f"{python.__module__.replace('.', '/')}.py", 1)

    def properties(
        self, python: Any, substitutes: dict[Any, Any] | None = None
    ) -> tuple[Property, ...]:
        """Reads every field; what cannot be read is reported and left out."""
        self._check_frozen(python)
        described = attributes_of(self.places[python][1]) if python in self.places else {}
        read = []
        for each in dataclasses.fields(python):
            hint = self.hint(python, each.name)
            if hint is None:
                continue
            place = self.place(python, each.name)
            if not each.init:
                self._report("ONT027", place, f"{each.name} is not set by the constructor")
                continue
            try:
                shape = self.annotations.read(_substituted(hint, substitutes or {}))
            except Unreadable as error:
                self._report(error.code, place, f"{each.name}: {error.found}")
                continue
            description = described.get(each.name, "")
            read.append(self._property(each, shape, place, description))
        return tuple(read)

    def _property(
        self, of: dataclasses.Field[Any], shape: Shape, place: Source, description: str
    ) -> Property:
        return Property(
            name=of.name,
            type=shape.type,
            is_optional=shape.is_optional,
            many=shape.many,
            default=self._default(of, place),
            reverse=shape.reverse,
            description=description,
            source=place,
        )

    def _default(self, of: dataclasses.Field[Any], place: Source) -> Default | None:
        if of.default_factory in MUTABLE or isinstance(of.default, MUTABLE):
            self._report("ONT023", place, f"{of.name} has a mutable default")
        if isinstance(of.default, datetime) and of.default.tzinfo is None:
            self._report("ONT021", place, f"{of.name} is {of.default} in no time zone")
        if of.default is not _MISSING:
            return Default(value=of.default)
        return Default(is_made=True) if of.default_factory is not _MISSING else None

    def _check_frozen(self, python: Any) -> None:
        if not python.__dataclass_params__.frozen:
            self._report("ONT001", self.place(python), f"{python.__name__} is not frozen")

    def structure(self, hint: Any) -> Structure:
        """Reads a value object, generic or plain; each is read once.

        Raises:
            Unreadable: It contains itself.
        """
        origin, arguments = get_origin(hint) or hint, get_args(hint)
        if hint not in self._structures:
            self._structures[hint] = None
            names = dict(zip(getattr(origin, "__type_params__", ()), arguments, strict=False))
            self._structures[hint] = self._read_structure(origin, arguments, names)
        structure = self._structures[hint]
        if structure is None:
            raise Unreadable("ONT025", f"{origin.__name__} contains itself")
        return structure

    def _read_structure(
        self, origin: Any, arguments: tuple[Any, ...], names: dict[Any, Any]
    ) -> Structure:
        properties = self.properties(origin, names) if arguments or not _is_generic(origin) else ()
        for each in properties:
            if isinstance(each.type, Identifier):
                found = f"{each.name}: the value object holds {each.type.name}, an id"
                self._report("ONT025", each.source, found)
        label = ", ".join(getattr(each, "__name__", str(each)) for each in arguments)
        node = self.places[origin][1] if origin in self.places else None
        return Structure(
            name=f"{origin.__name__}[{label}]" if arguments else origin.__name__,
            python=origin,
            properties=properties,
            has_invariants=hasattr(origin, "__post_init__"),
            description=summary_of(node) if node else "",
            source=self.place(origin),
        )

    def computed(self, python: type) -> tuple[Computed, ...]:
        """Reads the properties of an entity that are worked out."""
        found = {}
        for owner in reversed(python.__mro__):
            for name, value in vars(owner).items() if owner in self.places else ():
                if isinstance(value, property) and value.fget and not name.startswith("_"):
                    module, node = self.places[owner]
                    method = next(
                        m for m in node.body if isinstance(m, ast.FunctionDef) and m.name == name
                    )
                    found[name] = Computed(
                        name=name,
                        annotation=str(value.fget.__annotations__.get("return", "Any")),
                        description=summary_of(method),
                        source=module.at(method.lineno),
                    )
        return tuple(found.values())

    def try_read(self, hint: Any) -> Shape | None:
        """Reads an annotation that may well not be a property's."""
        try:
            return self.annotations.read(hint)
        except Unreadable:
            return None


def _is_generic(python: Any) -> bool:
    return bool(getattr(python, "__type_params__", ()))


def _substituted(hint: Any, names: dict[Any, Any]) -> Any:
    """Puts a generic's arguments in the place of its parameters."""
    if hint in names if isinstance(hint, typing.TypeVar) else False:
        return names[hint]
    parameters = getattr(hint, "__parameters__", ())
    if not names or not parameters:
        return hint
    return hint[tuple(names.get(each, each) for each in parameters)]
