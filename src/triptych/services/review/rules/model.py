"""The model: entities, values, and what they may do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from triptych.domain.review import Axis, Class, Finding, Layer, Mending, Module, Rule, Severity
from triptych.services.review.placing import is_schema, is_table
from triptych.services.review.registry import Rules, of_modules
from triptych.services.review.reviewed import Reviewed
from triptych.services.review.sites import Site

MODEL = Rules()
_rule = MODEL.rule
_CLOCKS = (
    "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.date.today", "time.time",
    "datetime.datetime.today", "time.monotonic",
)  # fmt: skip
_CHANCE = ("uuid.uuid4", "uuid.uuid1", "random.", "secrets.")
_WORLD = (
    "os.getenv",
    "os.environ",
    "open",
    "input",
    "print",
    "subprocess.",
    "socket.",
    "requests.",
)
_VALUES = ("value_objects", "events", "commands")
_SPOKEN = ("Event", "Command", "Query", "Message")


@_rule(
    "SEM001",
    "Tables or schemas serve as the domain",
    Severity.WARNING,
    Axis.MODEL,
    "write entities of plain dataclasses, and map tables and schemas to them at the edge",
)
def tables_serve_as_domain(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """Who changes a column changes the business, and the other way round: one finding for all."""
    entities = [each for _, each in _domain_classes(project) if each.is_dataclass]
    if entities or project.foreign:
        return
    for kind, found in _kinds(project).items():
        module, first = found[0]
        names = ", ".join(each.name for _, each in found[:3])
        told = f"{len(found)} {kind} ({names}) are all that says what the business is"
        yield project.finding(rule, module, first.line, told, first.name)


def _kinds(project: Reviewed) -> dict[str, list[tuple[Module, Class]]]:
    """Lists the tables, and the schemas of the domain."""
    found: dict[str, list[tuple[Module, Class]]] = defaultdict(list)
    for module in project.code():
        is_domain = project.layer(module) is Layer.SEMANTIC
        for each in module.classes:
            if is_table(each):
                found["tables"].append((module, each))
            elif is_domain and is_schema(each):
                found["schemas"].append((module, each))
    return found


@_rule(
    "SEM002",
    "An entity has data and no behaviour",
    Severity.INFO,
    Axis.MODEL,
    "put what is done with its fields elsewhere on the entity itself",
)
def entity_is_anemic(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """Rules that are written far from what they are about are written twice."""
    if not project.is_layered:
        return
    changed = _changed_elsewhere(project)
    for module, each in _domain_classes(project):
        names = {name for name, _ in each.fields}
        has_methods = any(not name.startswith("__") for name in each.methods)
        is_entity = "id" in names and each.is_dataclass and not each.is_frozen
        if is_entity and not has_methods and f"{module.name}.{each.name}" in changed:
            found = f"{each.name} has {len(names)} fields, no method, and others change it"
            yield project.finding(rule, module, each.line, found, each.name)


def _changed_elsewhere(project: Reviewed) -> set[str]:
    return {
        project.definitions.real(note.detail.rpartition(".")[0])
        for module in project.code(Layer.DYNAMIC, Layer.ENTRY, Layer.KINETIC)
        for note in module.notes
        if note.kind == "set"
    }


def _domain_classes(project: Reviewed) -> Iterator[tuple[Module, Class]]:
    for module in project.code(Layer.SEMANTIC):
        for each in module.classes:
            yield module, each


@_rule(
    "SEM003",
    "A value, an event or a command can be changed",
    Severity.INFO,
    Axis.MODEL,
    "write @dataclass(frozen=True)",
    Mending.SAFE,
)
@of_modules(Layer.SEMANTIC)
def value_is_mutable(module: Module, at: Site) -> Iterator[Finding]:
    """What has happened, or what a thing is worth, does not change."""
    for each in module.classes if at.is_layered else ():
        is_mutable = each.is_dataclass and not (each.is_frozen or each.changed)
        if is_mutable and each.name[0] != "_" and _is_value(module, each):
            yield at.finding(
                each.line, f"{each.name} is a dataclass that can be changed", each.name
            )


def _is_value(module: Module, of: Class) -> bool:
    """Tells whether a class is no entity: by its place, its fields, or its name."""
    place = module.name.rpartition(".")[2]
    has_id = "id" in {name for name, _ in of.fields}
    return place in _VALUES or not has_id or of.name.endswith(_SPOKEN)


@_rule(
    "SEM006",
    "The domain reads the clock, chance, or the world",
    Severity.WARNING,
    Axis.MODEL,
    "take it as an argument: now, id, or what was read",
)
@of_modules(Layer.SEMANTIC)
def domain_reads_the_world(module: Module, at: Site) -> Iterator[Finding]:
    """A rule that asks the clock cannot be tested for tomorrow."""
    if not at.is_layered:
        return
    for each in module.calls:
        if each.name in _CLOCKS or _is_of_the_world(each.name):
            found = f"the domain calls {each.name}"
            yield at.finding(each.line, found, each.within)
    for note in module.notes:
        if note.kind == "env":
            yield at.finding(note.line, f"the domain reads {note.detail}")


def _is_of_the_world(name: str) -> bool:
    return name.startswith(_CHANCE) or any(
        name == each or (each.endswith(".") and name.startswith(each)) for each in _WORLD
    )
