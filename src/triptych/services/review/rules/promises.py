"""Promises: what one part says that it returns, raises and keeps, and what others make of it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from triptych.domain.review import (
    Axis,
    Call,
    Class,
    Finding,
    Function,
    Layer,
    Module,
    Note,
    Rule,
    Severity,
    Told,
)
from triptych.services.review.definitions import Definitions
from triptych.services.review.registry import Rules
from triptych.services.review.reviewed import Reviewed

PROMISES = Rules()
_rule = PROMISES.rule
_MAY_MISS = ("re.match", "re.search", "re.fullmatch", "shutil.which", "inspect.getmodule")
_MAY_MISS_VERBS = ("one_or_none", "scalar_one_or_none")
_ADDS = ("add", "insert", "create", "save", "persist", "insert_one", "add_all", "bulk_create")
_TAKEN = ("IntegrityError", "UniqueViolation", "UniqueViolationError", "DuplicateKeyError")
# A question, or the answer to one; files are another matter.
_ASKED, _FILES = re.compile(r"\w\(|exist|other|found|taken|duplicate"), re.compile(
    r"path|file|\bio\."
)
_PLAIN = (
    "NotImplementedError",
    "AssertionError",
    "StopIteration",
    "SystemExit",
    "KeyboardInterrupt",
)
_ANYTHING = {"Exception", "BaseException"}
_HOPS = 8


@_rule(
    "ERR006",
    "What may be missing is used as if it were there",
    Severity.WARNING,
    Axis.ERRORS,
    "look whether there is one, and say what happens where there is none",
)
def missing_is_used(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """Where there is none, the error is told of `None`, by whoever has not asked for it."""
    for module, note in project.notes("read-at-once"):
        name, _, read = note.detail.partition(" ")
        if _may_miss(project, name):
            found = f"{read} is read of what {name} answers, which may be None"
            yield project.finding(rule, module, note.line, found, note.within)


def _may_miss(project: Reviewed, name: str) -> bool:
    known = project.definitions.function(name)
    if known is not None:
        return known[1].may_miss
    return name in _MAY_MISS or name.rpartition(".")[2] in _MAY_MISS_VERBS


@_rule(
    "ERR008",
    "No way in knows an error of the project",
    Severity.WARNING,
    Axis.ERRORS,
    "say at the entrance which answer it is",
)
def error_is_not_answered(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """Whoever is told of it reads that something unexpected has happened."""
    answered = {project.definitions.real(note.detail) for _, note in project.notes("answered")}
    if not answered & project.definitions.classes.keys():
        return
    known = answered | _caught(project)
    for name, (raiser, line) in _raised_inside(project).items():
        kinds = set(_ancestors(project.definitions, name)) - _ANYTHING
        if name in project.definitions.classes and not kinds & known:
            module, of = project.definitions.classes[name]
            found = f"{of.name}, raised in {raiser.name} on line {line}, is answered nowhere"
            yield project.finding(rule, module, of.line, found, of.name)


def _caught(project: Reviewed) -> set[str]:
    handlers = (each for module in project.code() for each in module.handlers)
    return {project.definitions.real(name) for each in handlers for name in each.caught}


def _raised_inside(project: Reviewed) -> dict[str, tuple[Module, int]]:
    """Lists what the domain and services raise, with the first place of each."""
    raised: dict[str, tuple[Module, int]] = {}
    for module, note in project.notes("raise", Layer.SEMANTIC, Layer.DYNAMIC):
        # Whoever takes any error beside it may tell them apart there.
        if not any(_ANYTHING & set(each.caught) for each in module.handlers):
            raised.setdefault(project.definitions.real(note.detail), (module, note.line))
    return raised


def _ancestors(known: Definitions, name: str) -> Iterator[str]:
    """Yields a class of the project and all that it is a kind of, as far as they are the project's."""
    names, hops = [known.real(name)], 0
    while names and hops < _HOPS:
        yield from names
        classes = [known.classes[each][1] for each in names if each in known.classes]
        names = [known.real(base) for of in classes for base in of.bases]
        hops += 1


@_rule(
    "DYN005",
    "Two callers at once may both find that there is none",
    Severity.WARNING,
    Axis.EFFECTS,
    "let the database refuse the second: a unique key, and its error caught",
)
def asked_then_added(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """Between asking and adding, another one adds."""
    if _refusals(project.code(Layer.KINETIC)) or _is_answered(project, _TAKEN):
        return
    for module, note in project.notes("taken"):
        added = _added_after(module, note)
        is_asked = _ASKED.search(note.detail) and not _FILES.search(note.detail)
        if added and is_asked and not _refusals([module]):
            found = f"asks whether `{note.detail}`, and adds on line {added[0].line}"
            yield project.finding(rule, module, note.line, found, note.within)


def _refusals(modules: Iterable[Module]) -> bool:
    """Tells whether somebody expects that the database refuses the second of two."""
    caught = {name.rpartition(".")[2] for m in modules for h in m.handlers for name in h.caught}
    return bool(caught & set(_TAKEN))


def _is_answered(project: Reviewed, names: Collection[str]) -> bool:
    return any(note.detail.rpartition(".")[2] in names for _, note in project.notes("answered"))


def _added_after(module: Module, note: Note) -> list[Call]:
    """Lists what a function adds after it has asked."""
    calls = [each for each in module.calls if each.within == note.within and _adds(each)]
    return [each for each in calls if each.line > note.line]


def _adds(call: Call) -> bool:
    return call.verb in _ADDS or call.verb.startswith(("create_", "insert_", "add_"))


@_rule(
    "KIN003",
    "A mapper loses a field on the way",
    Severity.ERROR,
    Axis.EFFECTS,
    "map it in both directions; a test that reads back what it wrote finds the next one",
)
def mapper_loses_a_field(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """What is written and not read back is its default from then on."""
    pairs: dict[tuple[str, str], list[_Mapped]] = defaultdict(list)
    entities = _entities(project)
    for module in project.code(Layer.KINETIC) if entities else ():
        for mapped in _mapped(project.definitions, module):
            pairs[mapped.pair].append(mapped)
    for pair, found in pairs.items():
        back = pairs.get(pair[::-1], [])
        if back and pair[1] in entities:
            yield from _lost(project, rule, found, back)


@dataclass(frozen=True, slots=True)
class _Mapped:
    """A function that makes one object of another, and what it says of it."""

    at: tuple[Module, Function]
    pair: tuple[str, str]
    said: frozenset[str]


def _mapped(known: Definitions, module: Module) -> Iterator[_Mapped]:
    """Yields what functions make of one parameter, where they say all of it by name."""
    makings = _makings(known, module)
    for of in module.functions if makings else ():
        made = makings.get(of.name, [])
        given = [known.real(each.annotation) for each in of.parameters] if made else []
        taken = [name for name in given if name in known.classes]
        if len(taken) == len(made) == 1 and "**" not in made[0].keywords and not made[0].places:
            pair = (taken[0], known.real(made[0].name))
            yield _Mapped((module, of), pair, frozenset(made[0].keywords))


def _makings(known: Definitions, module: Module) -> dict[str, list[Call]]:
    """Lists the calls that make an object of the project's classes by keywords, by function."""
    found: dict[str, list[Call]] = defaultdict(list)
    for each in module.calls:
        if each.keywords and known.class_of(each.name):
            found[each.within].append(each)
    return found


def _entities(project: Reviewed) -> set[str]:
    """Names the classes of the domain that have fields."""
    classes = project.definitions.classes.items()
    return {
        name
        for name, (module, of) in classes
        if of.fields and project.layer(module) is Layer.SEMANTIC
    }


def _lost(
    project: Reviewed, rule: Rule, read: list[_Mapped], written: list[_Mapped]
) -> Iterator[Finding]:
    """Yields what is lost between an entity and its row, of the pair of ways between them."""
    row, entity = (_fields(project.definitions.classes[name][1]) for name in read[0].pair)
    back = set[str]().union(*(each.said for each in read))
    forth = set[str]().union(*(each.said for each in written))
    module, function = read[0].at
    for name in sorted(entity & (forth | row) - back):
        found = f"{name} of {read[0].pair[1].rpartition('.')[2]} is not read back"
        yield project.finding(rule, module, function.line, found, function.name)
    module, function = written[0].at
    for name in sorted(entity & row & back - forth):
        found = f"{name} of {read[0].pair[1].rpartition('.')[2]} is not written"
        yield project.finding(rule, module, function.line, found, function.name)


def _fields(of: Class) -> set[str]:
    return {name for name, _ in of.fields}


@_rule(
    "DOC003",
    "A docstring tells of parameters and not of errors",
    Severity.INFO,
    Axis.DOCS,
    "say which errors are raised, and when",
)
def errors_are_not_told(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """Who calls it learns of them when they happen."""
    for module in project.code(Layer.SEMANTIC, Layer.KINETIC, Layer.DYNAMIC):
        raised = _raised(module)
        for each in module.functions if raised else ():
            names = raised.get(each.name, ())
            untold = _untold(project, names, each.told) if each.is_public else []
            if untold and not each.is_nested:
                found = f"{each.name} raises {', '.join(untold)}, which is not told"
                yield project.finding(rule, module, each.line, found, each.name)


def _untold(project: Reviewed, raised: Iterable[str], told: Told | None) -> list[str]:
    """Names the errors of those that are raised which a docstring does not tell."""
    if told is None or not told.style:
        return []
    known = {name.rpartition(".")[2] for name in told.raises}
    names = [name for name in raised if not known & _kinds(project, name)]
    return [name.rpartition(".")[2] for name in names]


def _raised(module: Module) -> dict[str, list[str]]:
    """Lists the errors that a module raises by name, by the function that does."""
    found: dict[str, list[str]] = defaultdict(list)
    for note in (each for each in module.notes if each.kind == "raise"):
        last = note.detail.rpartition(".")[2]
        is_named = last[:1].isupper() and last not in _PLAIN
        if is_named and note.detail not in found[note.within]:
            found[note.within].append(note.detail)
    return found


def _kinds(project: Reviewed, name: str) -> set[str]:
    return {each.rpartition(".")[2] for each in _ancestors(project.definitions, name)}
