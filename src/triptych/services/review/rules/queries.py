"""Statements, transactions and what services are given."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from triptych.domain.review import Axis, Call, Finding, Layer, Module, Note, Rule, Severity
from triptych.services.review.lexicon import CLIENTS
from triptych.services.review.placing import is_table
from triptych.services.review.registry import Rules, of_modules
from triptych.services.review.reviewed import Reviewed
from triptych.services.review.sites import Site

QUERIES = Rules()
_rule = QUERIES.rule
_STATEMENTS = ("sqlalchemy.select", "sqlalchemy.insert", "sqlalchemy.update", "sqlalchemy.delete")
_SENT = ("send_mail", "send_email", "send_message", "publish", "sendmail")
_COPIES = 3


@_rule(
    "KIN006",
    "A statement is written and never run",
    Severity.ERROR,
    Axis.EFFECTS,
    "hand it to the session, or take it out",
)
@of_modules()
def statement_is_not_run(module: Module, at: Site) -> Iterator[Finding]:
    """Building a statement does nothing."""
    for each in module.calls:
        if not (each.is_kept or each.is_awaited) and each.name.startswith(_STATEMENTS):
            found = f"{each.name.removesuffix('()')} is built, and nothing runs it"
            yield at.finding(each.line, found, each.within)


@_rule(
    "KIN008",
    "Related objects are loaded one by one",
    Severity.INFO,
    Axis.EFFECTS,
    "load them with the rest: options(selectinload(...))",
)
def relationship_is_lazy(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """What looks like an attribute is a question to the database, for each of many."""
    related, eager = project.notes("relationship"), project.notes("eager")
    lazy = {note.detail for _, note in related} - {note.detail for _, note in eager}
    for module, note in project.notes("read-of-each"):
        names = sorted(lazy & set(note.detail.split()))
        if names and any(_has_tables(edge.imported) for edge in project.edges_of(module)):
            found = f"{', '.join(names)} of each is read in a loop"
            yield project.finding(rule, module, note.line, found, note.within)


def _has_tables(module: Module) -> bool:
    return not module.is_test and any(map(is_table, module.classes))


@_rule(
    "DYN001",
    "A service does not say what it is given",
    Severity.WARNING,
    Axis.TYPES,
    "say the type: a Protocol of what it needs",
)
@of_modules(Layer.DYNAMIC)
def service_is_given_anything(module: Module, at: Site) -> Iterator[Finding]:
    """Nobody can tell what it stands on, or what a test must give it."""
    for each in module.functions:
        silent = [p.name for p in each.parameters if not p.annotation]
        if each.name.count(".") == 1 and each.name.endswith(".__init__") and silent:
            found = f"{each.name.partition('.')[0]} is given {', '.join(silent)}, of any type"
            yield at.finding(each.line, found, each.name)


@_rule(
    "DYN002",
    "Another system is told after the commit, and may never hear",
    Severity.INFO,
    Axis.EFFECTS,
    "write what is to be told in the same transaction, and deliver it from there",
)
@of_modules(Layer.DYNAMIC, Layer.ENTRY)
def told_after_commit(module: Module, at: Site) -> Iterator[Finding]:
    """Between the two a process can end: what is stored then is told to nobody."""
    committed: dict[str, int] = {}
    for each in sorted(module.calls, key=lambda call: call.line):
        if each.verb == "commit" and each.within:
            committed.setdefault(each.within, each.line)
        elif each.within in committed and not each.loops and _leaves(each):
            line = committed[each.within]
            found = f"{each.name} is called after the commit on line {line}"
            yield at.finding(each.line, found, each.within)


def _leaves(call: Call) -> bool:
    """Tells whether a call reaches another system."""
    return call.name.partition(".")[0] in CLIENTS or call.verb in _SENT


@_rule(
    "DYN006",
    "Who may is asked in several places",
    Severity.INFO,
    Axis.EFFECTS,
    "give the question a name, in the domain or a policy, and ask that",
)
def guard_is_copied(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """One of the copies will be forgotten when the rule changes."""
    places: dict[str, list[tuple[Module, Note]]] = defaultdict(list)
    for module, note in project.notes("guard"):
        places[note.detail].append((module, note))
    for said, found in places.items():
        functions = {(module.name, note.within) for module, note in found}
        if len(functions) >= _COPIES:
            module, note = found[0]
            told = f"`{said[:80]}` is asked in {len(functions)} functions"
            yield project.finding(rule, module, note.line, told, note.within)
