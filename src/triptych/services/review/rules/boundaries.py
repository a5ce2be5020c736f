"""Layers: who may import whom, and what stands where it does not belong."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from triptych.domain.review import (
    PANELS,
    Axis,
    Class,
    Evidence,
    Finding,
    Import,
    Layer,
    Module,
    Rule,
    Severity,
)
from triptych.services.review.graph import find_cycles
from triptych.services.review.lexicon import CLIENTS, CRYPTO, FAIR, OUTSIDE, PLAIN, STRONG, WEB
from triptych.services.review.placing import is_schema, is_table
from triptych.services.review.registry import Rules, of_modules
from triptych.services.review.reviewed import Edge, Reviewed
from triptych.services.review.sites import Site

BOUNDARIES = Rules()
_rule = BOUNDARIES.rule
_MISPLACED = 0.7
_DOINGS = (Layer.KINETIC, Layer.ENTRY)
_ADAPTERS = ("Repository", "Client", "Gateway", "Adapter", "Mailer", "Publisher", "Session")


def _edges(project: Reviewed, importer: Layer, *imported: Layer) -> Iterator[Edge]:
    """Yields the imports between layers that no decision allows and no type checker alone reads."""
    for layer in imported if project.is_layered else ():
        for each in project.crossings.get((importer, layer), ()):
            # What only a type checker reads binds nothing; what is imported late has its own rule.
            is_bound = not (each.by.is_typing or each.by.is_late)
            is_allowed = _is_exempt(project, each.importer.name, each.imported.name)
            if is_bound and _is_sure(project, each) and not is_allowed:
                yield each


def _is_sure(project: Reviewed, edge: Edge) -> bool:
    """Tells whether something says clearly where the module is that is imported."""
    return project.placement(edge.imported).evidence[0].weight >= FAIR


def _told(project: Reviewed, rule: Rule, edge: Edge, found: str) -> Finding:
    """Makes a finding of an import: an information only where it is a guess what an end is."""
    told = project.finding(rule, edge.importer, edge.by.line, found)
    ends = project.placement(edge.importer), project.placement(edge.imported)
    is_sure = all(each.evidence[0].weight >= STRONG for each in ends)
    return (
        told
        if is_sure or rule.code in project.settings.severities
        else replace(told, severity=Severity.INFO)
    )


def _is_exempt(project: Reviewed, importer: str, imported: str) -> bool:
    """Tells whether a decision allows one module to know another."""
    exemptions = project.settings.exemptions
    return any(each.holds(importer, imported, project.today) for each in exemptions)


def _foreign(module: Module, at: Site) -> Iterator[tuple[str, int, str]]:
    """Yields the packages of others that a module imports, where there are layers.

    Yields:
        The package, the first line, and the names that are imported.
    """
    for top, imports in _packages(module, at).items() if at.is_layered else ():
        names = ", ".join(each.target for each in imports[:3])
        more = f" and {len(imports) - 3} more" if len(imports) > 3 else ""
        yield top, imports[0].line, names + more


def _packages(module: Module, at: Site) -> dict[str, list[Import]]:
    """Lists what a module imports of others, by their packages."""
    found: dict[str, list[Import]] = defaultdict(list)
    for each in module.imports:
        top = each.module.partition(".")[0]
        is_known = top in at.frame.tops or top in sys.stdlib_module_names or not top
        if not (is_known or each.is_typing):
            found[top].append(each)
    return found


@_rule(
    "LYR001",
    "The domain imports an outer layer",
    Severity.ERROR,
    Axis.BOUNDARIES,
    "move what it needs into the domain, or let a service bring it",
)
def domain_imports_outward(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """The domain says what the world is; it knows nobody who uses it."""
    outer = (Layer.KINETIC, Layer.DYNAMIC, Layer.ENTRY, Layer.ROOT, Layer.PLUMBING)
    for each in _edges(project, Layer.SEMANTIC, *outer):
        layer = project.layer(each.imported)
        found = f"the domain imports {each.by.target}, which is {layer}"
        yield _told(project, rule, each, found)


@_rule(
    "LYR002",
    "The domain imports a framework",
    Severity.ERROR,
    Axis.BOUNDARIES,
    "say it in plain Python, and translate at the edge",
)
@of_modules(Layer.SEMANTIC)
def domain_imports_frameworks(module: Module, at: Site) -> Iterator[Finding]:
    """A domain that imports a framework changes whenever the framework does."""
    allowed = PLAIN | set(at.settings.allowed.get(Layer.SEMANTIC, ()))
    for top, line, _ in _foreign(module, at):
        if top not in allowed:
            found = f"the domain imports {top}, which is neither it nor the standard library"
            yield at.finding(line, found)


def _adapters(project: Reviewed) -> Iterator[tuple[Edge, str]]:
    """Yields what services import of adapters that is no port, by its name."""
    for edge in _edges(project, Layer.DYNAMIC, Layer.KINETIC):
        found = project.definitions.class_of(edge.by.target)
        if found is not None and is_concrete(*found):
            yield edge, found[1].name


def is_concrete(module: Module, of: Class) -> bool:
    """Tells whether a class of an adapter speaks to a system of others; plain values do not."""
    if of.is_protocol or of.is_dataclass or _is_error(of.bases) or not of.methods:
        return False
    packages = {each.module.partition(".")[0] for each in module.imports if not each.is_typing}
    return bool(packages & OUTSIDE) or of.name.endswith(_ADAPTERS)


def _is_error(bases: tuple[str, ...]) -> bool:
    return any(each.endswith(("Error", "Exception")) for each in bases)


@_rule(
    "LYR003",
    "A service imports a concrete adapter",
    Severity.ERROR,
    Axis.BOUNDARIES,
    "say what the service wants as a Protocol, and let the composition root choose the adapter",
)
def service_imports_adapter(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """A service that names its adapter cannot be tested, or moved, without it."""
    for edge, name in _adapters(project):
        found = f"the service imports {name} of {edge.imported.name}, which is no port"
        yield _told(project, rule, edge, found)


@_rule(
    "LYR004",
    "A service imports a web framework",
    Severity.ERROR,
    Axis.BOUNDARIES,
    "raise an error of your own, and let the way in say which status it is",
)
@of_modules(Layer.DYNAMIC)
def service_imports_web(module: Module, at: Site) -> Iterator[Finding]:
    """What is decided does not depend on how it was asked for."""
    for top, line, names in _foreign(module, at):
        if top in WEB:
            yield at.finding(line, f"the service imports {names}")


@_rule(
    "LYR005",
    "A service speaks to a database or another system itself",
    Severity.ERROR,
    Axis.BOUNDARIES,
    "ask a repository or a gateway, behind a protocol",
)
@of_modules(Layer.DYNAMIC)
def service_imports_drivers(module: Module, at: Site) -> Iterator[Finding]:
    """How something is stored or reached is the adapters' to know."""
    for top, line, names in _foreign(module, at):
        if top in OUTSIDE:
            yield at.finding(line, f"the service imports {names}")
        elif top in CRYPTO:
            yield at.finding(line, f"the service imports {names}: cryptography is plumbing")


@_rule(
    "LYR006",
    "An adapter imports a service or a way in",
    Severity.ERROR,
    Axis.BOUNDARIES,
    "let the service call the adapter; hand over what it needs to know",
)
def adapter_imports_outward(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """Whoever is called does not know who calls."""
    for each in _edges(project, Layer.KINETIC, Layer.DYNAMIC, Layer.ENTRY):
        if each.by.name.isupper():
            # A constant calls nobody.
            continue
        found = f"the adapter imports {each.by.target}, which is {project.layer(each.imported)}"
        yield _told(project, rule, each, found)


@_rule(
    "LYR007",
    "An adapter speaks of HTTP answers",
    Severity.ERROR,
    Axis.BOUNDARIES,
    "raise an error of your own; which status it becomes is the way in's to say",
)
@of_modules(Layer.KINETIC)
def adapter_raises_transport(module: Module, at: Site) -> Iterator[Finding]:
    """A repository that raises a 404 can only ever be used by a web page."""
    for top, line, names in _foreign(module, at):
        if top in WEB:
            yield at.finding(line, f"the adapter imports {names}")


@_rule(
    "LYR008",
    "A way in touches the database itself",
    Severity.WARNING,
    Axis.BOUNDARIES,
    "call a service; the way in translates, and decides nothing",
)
@of_modules(Layer.ENTRY)
def entry_touches_database(module: Module, at: Site) -> Iterator[Finding]:
    """Rules in a route hold for that route only."""
    if not at.is_layered:
        return
    asked = [c for c in module.calls if _is_statement(c.name)]
    if asked:
        found = f"the way in asks the database, {len(asked)} times: {asked[0].name}"
        yield at.finding(asked[0].line, found, asked[0].within)


def _is_statement(name: str) -> bool:
    head, _, verb = name.rpartition(".")
    is_session = head.endswith(("Session", "session", "Connection", "sqlalchemy"))
    is_session = is_session and head.partition(".")[0] not in CLIENTS
    return is_session and verb in ("execute", "scalars", "scalar", "query", "add", "commit", "get")


@_rule(
    "LYR009",
    "Packages import each other in a circle",
    Severity.WARNING,
    Axis.BOUNDARIES,
    "move what both need into one of them, or into a third",
)
def packages_in_circles(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """Of modules in a circle none can be understood, or tested, alone."""
    leads: dict[str, dict[str, Edge]] = defaultdict(dict)
    for module in project.code():
        for each in project.needs.get(module.name, ()):
            leads[module.name].setdefault(each.imported.name, each)
    for circle in find_cycles({name: list(others) for name, others in leads.items()}):
        edge = leads[circle[0]][circle[1 % len(circle)]]
        found = f"{' > '.join([*circle, circle[0]])}"
        yield project.finding(rule, edge.importer, edge.by.line, f"a circle: {found}")


@_rule(
    "LYR012",
    "A module does what its place does not say",
    Severity.WARNING,
    Axis.BOUNDARIES,
    "move what is of another layer to where it belongs",
)
@of_modules()
def module_is_misplaced(module: Module, at: Site) -> Iterator[Finding]:
    """Who looks for something looks where it should be."""
    if not at.is_layered:
        return
    evidence = at.placement.evidence
    places = [each for each in evidence if _is_place(each) and each.layer in PANELS]
    for place in places[:1]:
        told = _against(evidence, place)
        if told:
            found = f"it stands in the {place.layer} layer ({place.reason}), but {told}"
            yield at.about(found)


def _against(evidence: Sequence[Evidence], place: Evidence) -> str:
    """Says what speaks against a place; nothing where it weighs too little."""
    found = [each for each in evidence if _is_against(each, place)]
    is_heavy = sum(each.weight for each in found) >= _MISPLACED
    return "; ".join(each.reason for each in found) if is_heavy else ""


def _is_against(evidence: Evidence, place: Evidence) -> bool:
    """Tells whether what a module does speaks against where it stands."""
    is_doing = not _is_place(evidence) and evidence.layer in _DOINGS
    return is_doing and evidence.layer is not place.layer


def _is_place(evidence: Evidence) -> bool:
    return evidence.reason.startswith(("path", "name"))


@_rule(
    "LYR013",
    "An import within a function hides that a layer is crossed",
    Severity.WARNING,
    Axis.BOUNDARIES,
    "import it at the top, and mend what then breaks",
)
def late_import_hides_edge(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """An import in a function is as much of a dependency as one at the top."""
    if not project.is_layered:
        return
    for (inner, outer), edges in project.crossings.items():
        if inner.may_import(outer) or outer is Layer.ROOT:
            continue
        for each in edges:
            if each.by.is_late and not each.importer.is_test:
                found = f"{inner} imports {each.by.target} late, which is {outer}"
                yield project.finding(rule, each.importer, each.by.line, found)


@_rule(
    "LYR015",
    "A service makes its own adapter",
    Severity.INFO,
    Axis.BOUNDARIES,
    "take it as a parameter of the constructor, typed as a protocol",
)
def service_makes_adapter(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """What a service makes itself nobody can replace, in a test least of all."""
    for module in project.code(Layer.DYNAMIC) if project.is_layered else ():
        for each in module.calls:
            made = project.definitions.class_of(each.name) if each.within else None
            if made is None or _is_exempt(project, module.name, made[0].name):
                continue
            if _is_adapter(project, *made):
                told = f"{each.within} makes a {made[1].name} of {made[0].name}"
                yield project.finding(rule, module, each.line, told, each.within)


def _is_adapter(project: Reviewed, module: Module, of: Class) -> bool:
    """Tells whether a class is an adapter, and no table or schema."""
    is_data = is_table(of) or is_schema(of)
    return project.layer(module) is Layer.KINETIC and not is_data and is_concrete(module, of)
