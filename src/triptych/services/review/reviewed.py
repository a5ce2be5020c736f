"""A project under review: its modules, their layers, and what leads from one to another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from datetime import date
from functools import cache, cached_property
from typing import NamedTuple

from triptych.domain.review import (
    PANELS,
    Earlier,
    Finding,
    Import,
    Layer,
    Measured,
    Module,
    Note,
    Placement,
    ReviewSettings,
    Rule,
    Unread,
)
from triptych.services.review.definitions import Definitions
from triptych.services.review.placing import place
from triptych.services.review.shares import Shares
from triptych.services.review.sites import Frame, Site

_SHARE, _INNER = 0.3, 0.02
_OTHERS = ("django", "scrapy", "airflow.sdk")


class Edge(NamedTuple):
    """An import of one module of the project by another.

    Attributes:
        importer: Who imports.
        imported: What.
        by: The import.
    """

    importer: Module
    imported: Module
    by: Import


def _is_needed(edge: Edge) -> bool:
    # That a module names the package that it is in, and is passed on by, is usual.
    is_within = edge.importer.name.startswith(f"{edge.imported.name}.")
    return not (edge.by.is_late or edge.by.is_typing or is_within)


def _code(modules: Iterable[Module]) -> list[Module]:
    return [each for each in modules if not each.is_test]


def inner(name: str, modules: Container[str]) -> str:
    """Finds which of some modules a dotted name leads into; empty where it leads elsewhere.

    Example:
        ```python
        from triptych.services.review.reviewed import inner

        assert inner("shop.domain.Order", {"shop", "shop.domain"}) == "shop.domain"
        assert inner("datetime.date", {"shop", "shop.domain"}) == ""
        ```
    """
    while name and name not in modules:
        name = name.rpartition(".")[0]
    return name


class Reviewed:
    """A project under review.

    Args:
        modules: What was read.
        unread: What was not.
        settings: What the project says of its review.
        today: By which exemptions end.
        measured: What running it has told.
        earlier: What was found in it earlier: modules that have not changed are not placed anew.
    """

    def __init__(
        self,
        modules: Iterable[Module],
        unread: Iterable[Unread] = (),
        settings: ReviewSettings | None = None,
        today: date = date.min,
        measured: Measured | None = None,
        earlier: Earlier | None = None,
    ) -> None:
        self.settings, self.today = settings or ReviewSettings(), today
        self.measured = measured or Measured()
        self.unread = list(unread)
        self.modules = sorted(modules, key=lambda each: each.path)
        self.by_name = {each.name: each for each in self.modules}
        self.earlier = earlier
        self.shares = Shares(earlier)
        self.definitions = Definitions(self.modules)
        self.placements = {each.path: self._placed(each) for each in self.modules}

    def _placed(self, module: Module) -> Placement:
        is_same = self.earlier and module.path in self.earlier.unchanged
        known = self.earlier.found.placements if self.earlier and is_same else {}
        return known.get(module.path) or place(module, self.settings)

    def layer(self, module: Module) -> Layer:
        """Returns the layer of a module."""
        return self.placement(module).layer

    def placement(self, module: Module) -> Placement:
        """Returns where a module was placed, and why."""
        return self.placements[module.path]

    def code(self, *layers: Layer) -> Iterator[Module]:
        """Yields the modules that are no tests; of some layers only, where any are named."""
        for each in _code(self.modules):
            if not layers or self.layer(each) in layers:
                yield each

    @cached_property
    def tops(self) -> frozenset[str]:
        """The packages of the project."""
        return frozenset(each.top for each in self.modules)

    @cached_property
    def frame(self) -> Frame:
        """What is so for all its modules."""
        return Frame(self.settings, self.is_layered, self.tops)

    @cached_property
    def edges(self) -> list[Edge]:
        """The imports of one module by another."""
        return [edge for each in self.modules for edge in self.edges_of(each)]

    @cached_property
    def crossings(self) -> dict[tuple[Layer, Layer], list[Edge]]:
        """The imports of one module by another, by the layers of both."""
        found: dict[tuple[Layer, Layer], list[Edge]] = defaultdict(list)
        for edge in self.edges:
            found[self.layer(edge.importer), self.layer(edge.imported)].append(edge)
        return found

    @cached_property
    def _edges_by(self) -> dict[str, list[Edge]]:
        found: dict[str, list[Edge]] = defaultdict(list)
        module_of = cache(self.module_of)
        for module in self.modules:
            for each in module.imports:
                imported = module_of(each.target)
                if imported is not None and imported is not module:
                    found[module.path].append(Edge(module, imported, each))
        return found

    def edges_of(self, module: Module) -> list[Edge]:
        """Lists the imports of a module."""
        return self._edges_by.get(module.path, [])

    @cached_property
    def needs(self) -> dict[str, list[Edge]]:
        """What modules need as soon as they are imported, by their names."""
        return {
            each.name: [edge for edge in self.edges_of(each) if _is_needed(edge)]
            for each in self.modules
        }

    @cached_property
    def _notes(self) -> dict[str, list[tuple[Module, Note]]]:
        found: dict[str, list[tuple[Module, Note]]] = defaultdict(list)
        for module in self.code():
            for note in module.notes:
                found[note.kind].append((module, note))
        return found

    def notes(self, kind: str, *layers: Layer) -> Iterator[tuple[Module, Note]]:
        """Yields the notes of a kind; of modules of some layers only, where any are named."""
        for module, note in self._notes.get(kind, ()):
            if not layers or self.layer(module) in layers:
                yield module, note

    def module_of(self, name: str) -> Module | None:
        """Finds the module that a dotted name leads into."""
        is_inside = name.partition(".")[0] in self.tops
        return self.by_name.get(inner(name, self.by_name)) if is_inside else None

    @cached_property
    def sets_by_name(self) -> bool:
        """Whether it changes objects by names that are only known when it runs, or maps classes."""
        calls = (each for module in self.modules for each in module.calls)
        return any(
            each.name == "setattr" or each.verb in ("map_imperatively", "mapper") for each in calls
        )

    @cached_property
    def foreign(self) -> str:
        """The name of another architecture that most of the project follows; or empty."""
        code = _code(self.modules)
        for name in _OTHERS:
            count = sum(any(i.module.startswith(name) for i in m.imports) for m in code)
            if count > max(2, len(code) * 0.2):
                return name
        return ""

    @cached_property
    def is_layered(self) -> bool:
        """Whether there is a model of layers to be held to."""
        if self.foreign:
            return False
        if self.settings.layers:
            return True
        lines = dict.fromkeys(Layer, 0)
        named = set()
        for each in _code(self.modules):
            placement = self.placement(each)
            lines[placement.layer] += each.lines
            if any(e.reason.startswith("path ") for e in placement.evidence):
                named.add(placement.layer)
        total = sum(lines.values())
        known = total - lines[Layer.UNKNOWN]
        inner = lines[Layer.SEMANTIC] + lines[Layer.DYNAMIC]
        is_known = total > 0 and known >= _SHARE * total and inner >= _INNER * total
        return is_known and len(named & set(PANELS)) >= 2

    def at(self, rule: Rule, path: str, found: str, line: int = 1) -> Finding:
        """Makes a finding of a file that is no module."""
        severity = self.settings.severities.get(rule.code, rule.severity)
        return Finding(rule.code, path, line, found, severity, text=found)

    def about(self, rule: Rule, module: Module, found: str) -> Finding:
        """Makes a finding of a module as a whole, which no line of it can be told from."""
        return self.site(rule, module).about(found)

    def finding(
        self, rule: Rule, module: Module, line: int, found: str, symbol: str = ""
    ) -> Finding:
        """Makes a finding of a module."""
        return self.site(rule, module).finding(line, found, symbol)

    def site(self, rule: Rule, module: Module) -> Site:
        """Returns the site where a rule is asked of a module."""
        return Site(rule, module, self.placement(module), self.frame)
