"""Plans as plain JSON: as people are shown them, and as they are kept to be committed."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from triptych.adapters.events.outbox import plain_event
from triptych.adapters.objects.mapping import parse_property
from triptych.adapters.objects.plain import key_text, parse_object, plain_object
from triptych.adapters.objects.questions import key_parts, read_key
from triptych.adapters.objects.seen import Search
from triptych.adapters.objects.values import instant_text, parse, plain
from triptych.adapters.ontology.annotations import SCALARS
from triptych.domain.actions import Consulted, Edit, EditKind, Entry, Plan, Touched, moment_of
from triptych.domain.actor import Actor
from triptych.domain.ontology import Ontology, Scalar, ScalarKind


def shown_plan(
    plan: Plan, edits: Sequence[dict[str, Any]], result: Any, ontology: Ontology
) -> dict[str, Any]:
    """Writes a plan as people are shown it.

    Args:
        plan: The plan.
        edits: What it changes, as far as they see it.
        result: What it returns, as far as they see it.
        ontology: What its events are.
    """
    return {
        "action": plan.action,
        "maker": str(plan.maker),
        "parameters": plan.parameters,
        "edits": list(edits),
        "events": _plain_events(plan.events, ontology),
        "rules": [{"rule": each.rule, "sentence": each.sentence} for each in plan.rules],
        "result": result,
        "needs_approval": plan.needs_approval,
    }


def shown_edit(
    edit: Edit, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Writes what an edit changes.

    Args:
        edit: The edit.
        before: The object as it was, as plain JSON, as far as it is seen.
        after: The object as it will be.

    Example:
        ```python
        from triptych.adapters.actions.plans import shown_edit
        from triptych.domain.actions import Edit

        shown = shown_edit(Edit("City", "x", None, None), None, {"name": "Oslo"})
        assert shown["kind"] == "added"
        assert shown["changes"] == {"name": {"before": None, "after": "Oslo"}}
        ```
    """
    old, new = before or {}, after or {}
    pairs = {name: (old.get(name), new.get(name)) for name in new or old}
    kind = EditKind.NOTHING if before == after else EditKind.CHANGED
    if (before is None) is not (after is None):
        kind = EditKind.ADDED if before is None else EditKind.REMOVED
    return {
        "type": edit.type_name,
        "id": key_text(edit.key),
        "kind": kind,
        "version": edit.version,
        "changes": {
            name: {"before": one, "after": other}
            for name, (one, other) in pairs.items()
            if one != other
        },
    }


def _plain_events(events: Sequence[Any], ontology: Ontology) -> list[dict[str, Any]]:
    types = {each.python: each for each in ontology.events}
    return [
        {"type": types[type(each)].name, **plain_event(types[type(each)], each)} for each in events
    ]


def write_plan(plan: Plan, ontology: Ontology) -> str:
    """Writes a plan so that it can be committed later.

    Example:
        ```python
        from triptych import Actor, Plan, read_ontology
        from triptych.adapters.actions.plans import read_plan, write_plan

        flights = read_ontology("flights")
        plan = Plan(action="desk.close", maker=Actor("ada"))
        assert read_plan(write_plan(plan, flights), flights) == plan
        ```
    """
    kept = {
        "action": plan.action,
        "maker": [plan.maker.id, sorted(plan.maker.roles)],
        "parameters": plan.parameters,
        "edits": [_written_edit(each, ontology) for each in plan.edits],
        "events": _plain_events(plan.events, ontology),
        "rules": [[each.rule, each.sentence, each.holds] for each in plan.rules],
        "result": plan.result,
        "versions": [[name, key_text(key), at] for (name, key), at in plan.versions.items()],
        "evidence": [_written_search(each, ontology) for each in plan.evidence],
        "needs_approval": plan.needs_approval,
    }
    return msgspec.json.encode(kept).decode()


def _written_edit(edit: Edit, ontology: Ontology) -> list[Any]:
    of = ontology.object_type(edit.type_name)
    before, after = (
        None if each is None else plain_object(of, each) for each in (edit.before, edit.after)
    )
    return [edit.type_name, key_text(edit.key), before, after, edit.version]


def _written_search(search: Search, ontology: Ontology) -> list[Any]:
    arguments = [_written_cell(each) for each in search.arguments]
    digest = base64.b64encode(search.digest).decode()
    return [search.text, arguments, digest, [_written_edit(e, ontology) for e in search.edits]]


def _written_cell(cell: Any) -> Any:
    """Writes a cell of a statement with its kind, so that it comes back the same."""
    if cell is None:
        return None
    # Drivers give values of classes of their own.
    kind = next(SCALARS[each] for each in type(cell).__mro__ if each in SCALARS)
    return [kind, plain(Scalar(kind), cell)]


def read_plan(text: str, ontology: Ontology) -> Plan:
    """Reads a plan that was kept.

    Raises:
        Unfit: The domain has changed, and it does not fit any more.
    """
    raw = msgspec.json.decode(text)
    events = {each.name: each for each in ontology.events}
    name, roles = raw["maker"]
    return Plan(
        action=raw["action"],
        maker=Actor(name, frozenset(roles)),
        parameters=raw["parameters"],
        edits=tuple(_read_edit(each, ontology) for each in raw["edits"]),
        events=tuple(_read_event(each, events) for each in raw["events"]),
        rules=tuple(Consulted(*each) for each in raw["rules"]),
        result=raw["result"],
        versions={(of, _key(of, key, ontology)): at for of, key, at in raw["versions"]},
        evidence=tuple(_read_search(each, ontology) for each in raw["evidence"]),
        needs_approval=raw["needs_approval"],
    )


def _key(name: str, text: str, ontology: Ontology) -> Any:
    of = ontology.object_type(name)
    return read_key(of, key_parts(of, text))


def _read_edit(raw: list[Any], ontology: Ontology) -> Edit:
    name, key, before, after, version = raw
    of = ontology.object_type(name)
    old, new = (None if each is None else parse_object(of, each) for each in (before, after))
    return Edit(name, _key(name, key, ontology), old, new, version)


def _read_event(raw: dict[str, Any], events: Mapping[str, Any]) -> Any:
    of = events[raw["type"]]
    return of.python(
        **{each.name: parse_property(each, raw.get(each.name)) for each in of.properties}
    )


def _read_search(raw: list[Any], ontology: Ontology) -> Search:
    text, arguments, digest, edits = raw
    cells = tuple(
        None if each is None else parse(Scalar(ScalarKind(each[0])), each[1]) for each in arguments
    )
    made = tuple(_read_edit(each, ontology) for each in edits)
    return Search(text, cells, base64.b64decode(digest), made)


def shown_change(number: int, edit: dict[str, Any], entry: Entry | None) -> dict[str, Any]:
    """Writes what one entry of the ledger did to an object.

    Args:
        number: Of the entry.
        edit: What it did, as `shown_edit` writes it.
        entry: The entry; `None` where it is not kept, or not for whoever asks.
    """
    return {
        "receipt": str(number),
        "at": instant_text(moment_of(number)),
        "actor": entry.actor if entry else None,
        "action": entry.action if entry else None,
        **edit,
    }


def shown_entry(entry: Entry) -> dict[str, Any]:
    """Writes an entry of the ledger.

    Example:
        ```python
        from triptych.adapters.actions.plans import shown_entry
        from triptych.domain.actions import Decision, Entry

        entry = Entry(number=7168, actor="ada", action="desk.close", decision=Decision.DONE)
        assert shown_entry(entry)["receipt"] == "7168"
        ```
    """
    return {
        "receipt": entry.receipt,
        "at": instant_text(entry.moment),
        "actor": entry.actor,
        "action": entry.action,
        "decision": entry.decision,
        "parameters": entry.parameters,
        "touched": shown_touched(entry.touched),
        "code": entry.code,
        "reason": entry.reason,
        "milliseconds": entry.duration.total_seconds() * 1_000,
        "correlation_id": entry.correlation,
    }


def shown_touched(touched: Sequence[Touched]) -> list[dict[str, Any]]:
    """Writes which objects were changed, and how.

    Example:
        ```python
        from triptych.adapters.actions.plans import shown_touched
        from triptych.domain.actions import EditKind, Touched

        shown = shown_touched([Touched("City", "x", EditKind.ADDED, 0)])
        assert shown[0]["id"] == "x"
        ```
    """
    return [
        {"type": each.type_name, "id": each.key, "kind": each.kind, "version": each.version}
        for each in touched
    ]
