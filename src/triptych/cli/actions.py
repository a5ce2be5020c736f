"""Actions in the terminal: listed, shown before they happen, run, taken back."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter
from rich.markup import escape
from rich.table import Table

from triptych.adapters.actions.arguments import read_texts
from triptych.adapters.objects.values import parse
from triptych.cli.calling import acting, caller
from triptych.cli.options import As, Flag
from triptych.cli.screen import make_console
from triptych.cli.wiring import find_package
from triptych.domain.actions import EditKind, Input, Operation, Outcome, Plan
from triptych.domain.errors import InvalidInput, Problem, TriptychError
from triptych.domain.ontology import Scalar, ScalarKind
from triptych.services.actions import Backend
from triptych.services.actions.calls import Call, Caller
from triptych.services.actions.registry import find_declared
from triptych.services.ontology import read_ontology

_COLOURS = {EditKind.ADDED: "green", EditKind.CHANGED: "yellow", EditKind.REMOVED: "red"}
_DURATION = re.compile(r"-?PT[\d.]+S")
_OPTIONS = ("preview", "plan", "yes", "json", "key", "as_")


def list_actions(package: str, *, json: Flag = False) -> None:
    """List what can be done.

    Args:
        package: The package that has the `domain`.
        json: Print JSON instead of a table.
    """
    find_package()
    operations = find_declared(package, read_ontology(package)).operations.values()
    if json:
        named = [{"action": each.full_name, "description": each.description} for each in operations]
        print(msgspec.json.encode(named).decode())
        return
    table = Table(box=None, show_header=False, pad_edge=False)
    for each in operations:
        words = " ".join((_word(each.service), _word(each.name), *_usage(each)))
        table.add_row(f"[bold]{escape(words)}[/]", f"[dim]{escape(each.description)}[/]")
    make_console().print(table)


def _word(name: str) -> str:
    return name.replace("_", "-")


def _usage(operation: Operation) -> Iterator[str]:
    for each in operation.inputs:
        word = _word(each.name).upper() if each.entity else f"--{_word(each.name)}"
        yield word if _is_needed(each) else f"[{word}]"


def _is_needed(given: Input) -> bool:
    """Tells whether it must be said; what may be `None` is left out, as no word says so."""
    return given.value.default is None and not given.value.is_optional


def action_command(package: str, service: str, name: str) -> Callable[..., Any] | None:
    """Makes the command of an action, from its signature; `None` where there is no such service."""
    find_package()
    declared = find_declared(package, read_ontology(package))
    operations = declared.operations
    if not any(_word(each.service) == service for each in operations.values()):
        return None
    operation = declared.operation(f"{service}.{name}".replace("-", "_"))

    signature = inspect.Signature(list(_parameters(operation)))

    def command(*placed: Any, **named: Any) -> None:
        bound = signature.bind(*placed, **named)
        bound.apply_defaults()
        given = dict(bound.arguments)
        options = {each: given.pop(each) for each in _OPTIONS}
        pairs = [(key, text) for key, text in given.items() if text is not None]
        _perform(package, operation, pairs, options)

    command.__signature__ = signature  # type: ignore[attr-defined]  # inspect reads it
    command.__doc__ = _documentation(operation)
    return command


def _parameters(operation: Operation) -> Iterator[inspect.Parameter]:
    """Yields what a command is given: entities by place, all else by name."""
    for each in entities_first(operation):
        kind = (
            inspect.Parameter.POSITIONAL_OR_KEYWORD
            if each.entity
            else inspect.Parameter.KEYWORD_ONLY
        )
        default = inspect.Parameter.empty if _is_needed(each) else None
        hint: Any = str if _is_needed(each) else str | None
        yield inspect.Parameter(each.name, kind, default=default, annotation=hint)
    flag = Annotated[bool, Parameter(negative=())]
    only = inspect.Parameter.KEYWORD_ONLY
    for name in ("preview", "plan", "yes", "json"):
        yield inspect.Parameter(name, only, default=False, annotation=flag)
    yield inspect.Parameter("key", only, default="", annotation=str)
    yield inspect.Parameter("as_", only, default="", annotation=As)


def entities_first(operation: Operation) -> list[Input]:
    """Lists what an action is given as commands take it: entities first, then all else."""
    return sorted(operation.inputs, key=lambda each: (each.entity is None, not _is_needed(each)))


def _documentation(operation: Operation) -> str:
    """Writes the help of a command."""
    lines = [operation.description, "", operation.details, "", "Args:"]
    for each in operation.inputs:
        wanted = f"the id of a {each.entity}" if each.entity else each.value.annotation
        lines.append(f"    {each.name}: {each.value.description} ({wanted})")
    return "\n".join(
        [
            *lines,
            "    preview: Say what it would do, and do nothing.",
            "    plan: Keep what it would do, for somebody to commit.",
            "    yes: Do not ask before anything is removed.",
            "    json: Print JSON.",
            "    key: Of this call: making it again with the same key does nothing again.",
            "    as_: Who acts, as `NAME:ROLE,ROLE`.",
        ]
    )


def _perform(
    package: str, operation: Operation, pairs: Sequence[tuple[str, str]], options: dict[str, Any]
) -> None:
    """Runs an action in the way that is asked for."""
    by = caller(options["as_"], options["key"])

    async def ask(backend: Backend) -> None:
        named = backend.declared.operation(operation.full_name)
        call = backend.read_call(named.full_name, read_texts(named, pairs))
        if not named.mark.is_action:
            done = await backend.ask(call, by)
            print(msgspec.json.encode(done.plain).decode())
        elif options["preview"] or options["plan"]:
            await _show_plan(backend, await backend.preview(call, by), by, options)
        else:
            outcome = await _confirmed(backend, call, by, options)
            told = await backend.teller.outcome(outcome, by.actor)
            show_outcome(told, is_json=options["json"])

    acting(package, ask, delivers=True)


async def _show_plan(backend: Backend, plan: Plan, by: Caller, options: dict[str, Any]) -> None:
    kept = await backend.keep(plan) if options["plan"] else ""
    document = await backend.teller.plan(plan, by.actor)
    if options["json"]:
        print(msgspec.json.encode(document | ({"plan": kept} if kept else {})).decode())
        return
    print_plan(document)
    if kept:
        make_console().print(f"[dim]somebody may commit it:[/] {kept}", soft_wrap=True)


async def _confirmed(
    backend: Backend, call: Call, by: Caller, options: dict[str, Any]
) -> Outcome[Any]:
    """Runs an action; asks before, where it would remove something."""
    if options["yes"] or call.operation.mark.is_approved:
        return await backend.run(call, by)
    try:
        plan = await backend.preview(call, by)
    except TriptychError:
        # It is refused, too, where that is written down.
        return await backend.run(call, by)
    if not any(each.kind is EditKind.REMOVED for each in plan.edits):
        return await backend.run(call, by)
    print_plan(await backend.teller.plan(plan, by.actor))
    # review: ignore[ASY003] who types waits for nobody but themselves
    confirm("Do it")
    return await backend.commit(plan, by)


def confirm(question: str) -> None:
    """Asks whether to go on.

    Raises:
        InvalidInput: Nobody is there to answer, or they say no.
    """
    if not sys.stdin.isatty():
        raise InvalidInput([Problem("--yes", "it removes something", "say --yes")])
    if input(f"{question}? [y/N] ").strip().lower() not in ("y", "yes"):
        raise InvalidInput([Problem("", "nothing was done")])


def print_plan(plan: Mapping[str, Any]) -> None:
    """Shows what an action would do."""
    console = make_console()
    if not plan["edits"]:
        console.print("[dim]nothing would change[/]")
    for edit in plan["edits"]:
        colour = _COLOURS[edit["kind"]]
        console.print(f"[{colour}]{edit['kind']}[/] {edit['type']} {escape(edit['id'])}")
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
        for name, each in edit["changes"].items():
            old, new = shown_value(each["before"]), shown_value(each["after"])
            table.add_row(f"  [dim]{name}[/]", old, "[dim]→[/]", new)
        console.print(table)
    for event in plan["events"]:
        said = ", ".join(f"{name}: {each}" for name, each in event.items() if name != "type")
        console.print(
            f"[dim]would announce[/] {event['type']} [dim]{escape(said)}[/]", soft_wrap=True
        )
    if plan["needs_approval"]:
        console.print("[dim]somebody else must commit it: plan it with --plan[/]")


def shown_value(value: Any) -> str:
    """Writes a value of a JSON document for people: a duration as they write it."""
    if value is None:
        return "[dim]-[/]"
    is_duration = isinstance(value, str) and _DURATION.fullmatch(value)
    return escape(str(parse(Scalar(ScalarKind.TIMEDELTA), value) if is_duration else value))


def show_outcome(outcome: Mapping[str, Any], *, is_json: bool) -> None:
    """Shows what an action has changed."""
    if is_json:
        print(msgspec.json.encode(outcome).decode())
        return
    console = make_console()
    for each in outcome["touched"]:
        colour = _COLOURS[each["kind"]]
        console.print(f"[{colour}]{each['kind']}[/] {each['type']} {escape(each['id'])}")
    again = " [dim](as before; nothing was done again)[/]" if outcome["is_replayed"] else ""
    console.print(f"[dim]receipt[/] {outcome['receipt']}{again}")


def undo(package: str, receipt: str, *, json: Flag = False, as_: As = "") -> None:
    """Take back what an action has changed.

    Args:
        package: The package that has the `domain`.
        receipt: What the action answered.
        json: Print JSON.
        as_: Who acts, as `NAME:ROLE,ROLE`.
    """
    by = caller(as_)

    async def ask(backend: Backend) -> dict[str, Any]:
        return await backend.teller.outcome(await backend.undo(receipt, by), by.actor)

    show_outcome(acting(package, ask, delivers=True), is_json=json)


def commit(package: str, plan: str, *, json: Flag = False, as_: As = "") -> None:
    """Do what a plan says, if everything that it was made of is still so.

    Args:
        package: The package that has the `domain`.
        plan: What it is called.
        json: Print JSON.
        as_: Who acts, as `NAME:ROLE,ROLE`.
    """
    by = caller(as_)

    async def ask(backend: Backend) -> dict[str, Any]:
        return await backend.teller.outcome(await backend.commit_kept(plan, by), by.actor)

    show_outcome(acting(package, ask, delivers=True), is_json=json)
