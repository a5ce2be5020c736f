"""How a project is put together: contexts, settings, ports, packages, and what is in no layer."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence

from triptych.domain.review import Axis, Class, Finding, Layer, Module, Rule, Severity
from triptych.services.review.lexicon import STRONG
from triptych.services.review.placing import matches
from triptych.services.review.registry import Rules, of_modules
from triptych.services.review.reviewed import Edge, Reviewed
from triptych.services.review.sites import Site

STRUCTURE = Rules()
_rule = STRUCTURE.rule
_FILE = "pyproject.toml"
_KNOWN_SHARE, _MANY = 60, 300
_TOOLS = {
    "pytest", "mypy", "ruff", "black", "isort", "flake8", "pylint", "bandit", "coverage", "tox",
    "nox", "pre-commit", "mkdocs", "sphinx", "radon", "hypothesis", "factory-boy", "faker",
}  # fmt: skip
_OUTER = (Layer.KINETIC, Layer.DYNAMIC, Layer.ENTRY)
_SETTINGS = ("settings", "config", "configuration", "conf")
_INSIDE = re.compile(r"(?P<owner>(?:(?!_(?!_))\w+\.)*(?!_(?!_))\w+)\._(?!_)\w+")
_VALUE = re.compile(r"(?:get_)?(?:[a-z]+_)?settings|(?:get_)?(?:app_)?config|conf")
_PORTS = ("Repository", "Gateway", "Store", "Mailer", "Publisher", "Clock")


@_rule(
    "LYR010",
    "A package reaches into the inside of another",
    Severity.INFO,
    Axis.BOUNDARIES,
    "use what the other shows, or let it show what you need",
)
def inside_is_reached(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """A name with `_` before it may change tomorrow, and nobody will ask you: one for each name."""
    found: dict[str, list[Edge]] = defaultdict(list)
    for edge in project.edges:
        may_be = "._" in edge.by.target and not edge.importer.is_test
        inside = _INSIDE.match(edge.by.target) if may_be else None
        if inside:
            home = _package(project, inside["owner"])
            if not f"{edge.importer.name}.".startswith(f"{home}."):
                found[inside[0]].append(edge)
    for name, edges in found.items():
        importers = {edge.importer.name for edge in edges}
        others = f", as {len(importers) - 1} more do" if len(importers) > 1 else ""
        told = f"imports {name} from outside of its package{others}"
        yield project.finding(rule, edges[0].importer, edges[0].by.line, told)


def _package(project: Reviewed, name: str) -> str:
    """Names the package that a module is in; a package is its own."""
    module = project.by_name.get(name)
    is_module = module is not None and not module.path.endswith("/__init__.py")
    return name.rpartition(".")[0] if is_module else name


@_rule(
    "LYR011",
    "Much of the code is in no layer",
    Severity.INFO,
    Axis.BOUNDARIES,
    "move it where it belongs, or say where it does: `triptych review init`",
)
def much_is_in_no_layer(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """What is in no layer is held to nothing."""
    lines: dict[Layer, int] = defaultdict(int)
    worst: list[Module] = []
    for module in project.code():
        lines[project.layer(module)] += module.lines
        if project.layer(module) is Layer.UNKNOWN:
            worst.append(module)
    whole, unknown = sum(lines.values()), lines[Layer.UNKNOWN]
    if project.is_layered and whole > _MANY and unknown * 100 > (100 - _KNOWN_SHARE) * whole:
        worst.sort(key=lambda each: -each.lines)
        named = ", ".join(each.name for each in worst[:3])
        found = f"{unknown * 100 // whole} % of the lines are in no layer; most in {named}"
        yield project.about(rule, worst[0], found)


@_rule(
    "LYR014",
    "A pattern of a layer matches nothing",
    Severity.WARNING,
    Axis.BOUNDARIES,
    "mend the pattern, or take it out",
)
def pattern_matches_nothing(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """A contract that holds nobody looks like one that everybody keeps."""
    for layer, patterns in project.settings.layers.items():
        for pattern in patterns:
            if not any(matches(module, pattern) for module in project.modules):
                found = f"{pattern!r} of the {layer} layer matches no module"
                yield project.at(rule, _FILE, found)


@_rule(
    "LYR016",
    "The domain reaches an outer layer by way of modules that are in none",
    Severity.WARNING,
    Axis.BOUNDARIES,
    "say which layer they are in, and let what needs the outer one move outward",
)
def domain_reaches_outward(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """What imports what imports the database needs the database, too: the shortest way is told."""
    told = set()
    for module in project.code(Layer.SEMANTIC) if project.is_layered else ():
        way = _outward(project, module)
        if way and _is_sure(project, module) and _ends(way) not in told:
            # One finding for each place where the layer is left.
            told.add(_ends(way))
            names = " > ".join([module.name, *(edge.imported.name for edge in way)])
            found = f"the domain reaches {project.layer(way[-1].imported)}: {names}"
            yield project.finding(rule, module, way[0].by.line, found)


def _ends(way: list[Edge]) -> tuple[str, str]:
    return way[-1].importer.name, way[-1].imported.name


def _is_sure(project: Reviewed, module: Module) -> bool:
    """Tells whether a folder or the settings say outright where a module is."""
    return project.placement(module).evidence[0].weight >= STRONG


def _outward(project: Reviewed, start: Module) -> list[Edge]:
    """Finds the shortest way, through modules of no layer, to one of an outer layer."""
    seen = {start.name}
    ways = deque([edge] for edge in project.needs.get(start.name, ()))
    while ways:
        way = ways.popleft()
        last = way[-1].imported
        if project.layer(last) in _OUTER and len(way) > 1 and _is_sure(project, last):
            return way
        if project.layer(last) is Layer.UNKNOWN and last.name not in seen:
            seen.add(last.name)
            ways.extend([*way, edge] for edge in project.needs.get(last.name, ()))
    return []


@_rule(
    "KIN002",
    "An adapter has no port",
    Severity.INFO,
    Axis.BOUNDARIES,
    "write a Protocol of what services need of it, and let them know that only",
)
def adapter_has_no_port(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """What services know by its class cannot be another in a test, or next year."""
    ports = [
        each
        for _, each in project.definitions.classes.values()
        if each.is_protocol and each.methods
    ]
    for module in project.code(Layer.KINETIC) if project.is_layered else ():
        for each in module.classes:
            is_base = bool(project.definitions.heirs(f"{module.name}.{each.name}"))
            if _is_adapter(each) and not (is_base or _has_port(project, ports, each)):
                found = f"{each.name} is what no Protocol of the project asks for"
                yield project.finding(rule, module, each.line, found, each.name)


def _has_port(project: Reviewed, ports: Sequence[Class], of: Class) -> bool:
    """Tells whether a class has a base of the project, or all methods of one of its Protocols."""
    is_told = any(project.definitions.class_of(base.partition("[")[0]) for base in of.bases)
    return is_told or any(set(port.methods) <= set(of.methods) for port in ports)


def _is_adapter(of: Class) -> bool:
    """Tells whether a class is called as adapters are, and does more than one thing."""
    names = [name for name in of.methods if not name.startswith("_")]
    return of.name.endswith(_PORTS) and len(names) > 1 and not of.is_protocol


@_rule(
    "CFG003",
    "An inner layer imports the settings",
    Severity.INFO,
    Axis.SAFETY,
    "hand the value over where the parts are put together",
)
def settings_are_imported(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """Whoever imports it must have all settings, and cannot be tried with another."""
    for module in project.code(Layer.SEMANTIC, Layer.DYNAMIC) if project.is_layered else ():
        for edge in project.edges_of(module):
            is_settings = edge.imported.name.rpartition(".")[2] in _SETTINGS
            if is_settings and _VALUE.fullmatch(edge.by.name) and not edge.by.is_typing:
                found = f"imports {edge.by.target}"
                yield project.finding(rule, module, edge.by.line, found)


@_rule(
    "CFG002",
    "An address stands in the code",
    Severity.INFO,
    Axis.SAFETY,
    "make it a setting, with this as its default",
)
@of_modules(Layer.SEMANTIC, Layer.KINETIC, Layer.DYNAMIC)
def address_in_code(module: Module, at: Site) -> Iterator[Finding]:
    """Where another system is differs between a laptop, a test and production."""
    found = [note for note in module.notes if note.kind == "address"]
    if found and not set(_SETTINGS) & set(module.name.split(".")):
        told = ", ".join(dict.fromkeys(note.detail for note in found[:3]))
        yield at.finding(found[0].line, told, found[0].within)


@_rule(
    "PKG001",
    "What only developers need is installed for everybody",
    Severity.WARNING,
    Axis.SAFETY,
    "move it to a dependency group: [dependency-groups] dev = [...]",
)
def tool_is_installed(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """Each is more to download, to keep safe, and to conflict with what others need."""
    for name in sorted(_TOOLS & set(project.settings.packages)):
        yield project.at(rule, _FILE, f"{name} is among the dependencies")
