"""Reads a domain package into an ontology, gathering every mistake on the way."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import re
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from types import ModuleType
from typing import Any, Literal, NewType, TypeAliasType

from triptych.adapters.ontology.annotations import Annotations, enumeration
from triptych.adapters.ontology.docstrings import summary_of
from triptych.adapters.ontology.fields import ClassReader
from triptych.adapters.ontology.interfaces import is_protocol, read_interface
from triptych.adapters.ontology.source import (
    Module,
    domain_folder,
    field_line,
    parse_modules,
)
from triptych.domain.diagnostics import RULES, Diagnostic, diagnose
from triptych.domain.ontology import (
    Enumeration,
    EventType,
    Identifier,
    ObjectType,
    Ontology,
    Parameter,
    Property,
    Rule,
    Scalar,
    Source,
)

_OBJECT_CONCEPTS = ("entities", "relationships", "events")
_MUTABLE_DEFAULT = re.compile(r"mutable default .* for field (\w+)")


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading a package.

    Attributes:
        ontology: As far as it could be read.
        diagnostics: The mistakes met on the way, by place.
    """

    ontology: Ontology
    diagnostics: tuple[Diagnostic, ...]


def read_package(package: str) -> Reading:
    """Reads `PACKAGE.domain` by the conventions of the layout.

    The syntax is read before anything is imported, so that a foreign import is named even
    where it is not installed.

    Args:
        package: The name of an importable package, such as `flights`.

    Raises:
        Misconfigured: There is no such package, or it has no domain.

    Example:
        ```python
        from triptych.adapters.ontology import read_package

        assert len(read_package("flights").ontology.entities) == 6
        ```
    """
    reader = _Reader(package)
    modules, broken = parse_modules(package, domain_folder(package))
    for file, line, found in broken:
        reader.report("ONT011", Source(file, line), found)
    for module in modules:
        for line, name in module.foreign_imports(package):
            reader.report("ONT010", module.at(line), f"the domain imports {name}")
    for module in modules:
        reader.load(module)
    ontology = reader.ontology()
    return Reading(ontology, tuple(sorted(reader.found, key=lambda each: (each.file, each.line))))


@dataclass(slots=True)
class _Reader:
    """The state of one reading: what is loaded so far, and what is wrong with it."""

    package: str
    found: list[Diagnostic] = field(default_factory=list)
    loaded: list[tuple[Module, ModuleType]] = field(default_factory=list)

    def report(self, code: str, source: Source, found: str) -> None:
        diagnostic = diagnose(RULES[code], source.file, source.line, found)
        if diagnostic not in self.found:
            self.found.append(diagnostic)

    def load(self, module: Module) -> None:
        """Imports a module; whatever it raises becomes a diagnostic."""
        try:
            self.loaded.append((module, importlib.import_module(module.name)))
        except Exception as error:  # noqa: BLE001 - foreign code may raise anything at import
            self._report_import(module, error)

    def _report_import(self, module: Module, error: Exception) -> None:
        if any(each.code == "ONT010" for each in self.found) and isinstance(error, ImportError):
            return
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if frame.filename.endswith(module.file)]
        line = lines[-1] or 1 if lines else 1
        mutable = _MUTABLE_DEFAULT.search(str(error))
        if not mutable:
            found = f"{type(error).__name__}: {error}"
            self.report("ONT011", module.at(line), found)
            return
        place = _field_place(module, line, mutable[1])
        self.report("ONT023", module.at(place), f"{mutable[1]} has a mutable default")

    def ontology(self) -> Ontology:
        classes = ClassReader(
            {
                getattr(python, node.name): (module, node)
                for module, python in self.loaded
                for node in module.classes()
            },
            self.report,
        )
        declared = self._objects(classes)
        ids = self._ids(declared, classes)
        classes.annotations = Annotations(
            ids, frozenset(python for _, python, _ in declared), classes.structure
        )
        entities = tuple(self._object_types(declared, classes, "entity"))
        return Ontology(
            package=self.package,
            description=self._description(),
            entities=entities,
            relationships=tuple(self._object_types(declared, classes, "relationship")),
            value_objects=tuple(self._structures(classes)),
            enumerations=tuple(self._enumerations()),
            scalars=tuple(self._scalars(classes, ids)),
            events=tuple(self._events(declared, classes)),
            rules=tuple(self._rules()),
            interfaces=tuple(
                read_interface(python, entities, module.at(node.lineno), summary_of(node))
                for python, (module, node) in classes.places.items()
                if is_protocol(python)
            ),
        )

    def _description(self) -> str:
        root = f"{self.package}.domain"
        return next((summary_of(m.tree) for m, _ in self.loaded if m.name == root), "")

    def _objects(self, classes: ClassReader) -> list[tuple[Module, type, str]]:
        """Lists the classes that the layout declares to be objects or events."""
        declared = []
        for python, (module, node) in classes.places.items():
            is_left_alone = (
                module.concept not in _OBJECT_CONCEPTS
                or python.__name__.startswith("_")
                or issubclass(python, Enum | Exception)
                or is_protocol(python)
            )
            if is_left_alone:
                continue
            if not dataclasses.is_dataclass(python):
                found = f"{python.__name__} is declared in {module.concept} but is not a dataclass"
                self.report("ONT002", module.at(node.lineno), found)
                continue
            declared.append((module, python, module.concept))
        return declared

    def _ids(
        self, declared: list[tuple[Module, type, str]], classes: ClassReader
    ) -> dict[Any, str]:
        """Maps each id type to the object type whose `id` has it."""
        ids: dict[Any, str] = {}
        for module, python, concept in declared:
            hint = classes.hint(python, "id")
            place = module.at(field_line(classes.places[python][1], "id"))
            if concept == "events" or (hint is None and concept == "relationships"):
                continue
            if hint is None:
                self.report("ONT003", place, f"{python.__name__} has no id")
            elif not isinstance(hint, NewType):
                said = getattr(hint, "__name__", hint)
                self.report("ONT004", place, f"the id of {python.__name__} is a plain {said}")
            elif hint in ids:
                found = f"{hint.__name__} is the id of {ids[hint]} and of {python.__name__}"
                self.report("ONT005", place, found)
            else:
                ids[hint] = python.__name__
        return ids

    def _object_types(
        self,
        declared: list[tuple[Module, type, str]],
        classes: ClassReader,
        kind: Literal["entity", "relationship"],
    ) -> Iterator[ObjectType]:
        wanted = "entities" if kind == "entity" else "relationships"
        for module, python, concept in declared:
            if concept != wanted:
                continue
            properties = classes.properties(python)
            node = classes.places[python][1]
            yield ObjectType(
                kind=kind,
                name=python.__name__,
                python=python,
                properties=properties,
                computed=classes.computed(python),
                key=_key(properties) if kind == "relationship" else ("id",),
                has_invariants=hasattr(python, "__post_init__"),
                description=summary_of(node),
                source=module.at(node.lineno),
            )

    def _structures(self, classes: ClassReader) -> Iterator[Any]:
        for python, (module, _) in classes.places.items():
            if module.concept != "value_objects" or python.__name__.startswith("_"):
                continue
            if dataclasses.is_dataclass(python):
                yield classes.structure(python)

    def _enumerations(self) -> Iterator[Enumeration]:
        for _, python in self.loaded:
            for each in vars(python).values():
                is_own = isinstance(each, type) and each.__module__ == python.__name__
                if is_own and issubclass(each, Enum):
                    yield enumeration(each)

    def _scalars(self, classes: ClassReader, ids: dict[Any, str]) -> Iterator[Scalar]:
        """Yields the named scalars that are not ids: NewTypes and bounded aliases."""
        for _, python in self.loaded:
            for each in vars(python).values():
                is_own = getattr(each, "__module__", None) == python.__name__
                if not is_own or not _is_named_type(each) or each in ids:
                    continue
                shape = classes.try_read(each)
                if shape is not None and isinstance(shape.type, Scalar) and not shape.many:
                    yield shape.type

    def _events(
        self, declared: list[tuple[Module, type, str]], classes: ClassReader
    ) -> Iterator[EventType]:
        for module, python, concept in declared:
            if concept == "events":
                node = classes.places[python][1]
                yield EventType(
                    name=python.__name__,
                    python=python,
                    properties=classes.properties(python),
                    description=summary_of(node),
                    source=module.at(node.lineno),
                )

    def _rules(self) -> Iterator[Rule]:
        for module, python in self.loaded:
            for node in module.functions() if module.concept == "rules" else ():
                function = getattr(python, node.name)
                yield Rule(
                    name=node.name,
                    python=function,
                    parameters=tuple(
                        Parameter(each.name, str(each.annotation))
                        for each in inspect.signature(function).parameters.values()
                    ),
                    description=summary_of(node),
                    source=module.at(node.lineno),
                )


def _key(properties: Sequence[Property]) -> tuple[str, ...]:
    """Names what identifies a relationship: its own id, or every id that it holds."""
    if any(each.name == "id" for each in properties):
        return ("id",)
    ids = [each for each in properties if isinstance(each.type, Identifier)]
    return tuple(each.name for each in ids if not each.many and not each.is_optional)


def _is_named_type(value: Any) -> bool:
    is_alias = isinstance(value, TypeAliasType) and not value.__type_params__
    return is_alias or isinstance(value, NewType)


def _field_place(module: Module, line: int, name: str) -> int:
    """Finds the line of a field in the class whose creation failed at a line."""
    for node in module.classes():
        if node.end_lineno and line <= node.end_lineno:
            return field_line(node, name)
    return line
