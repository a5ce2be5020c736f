"""Policies in the terminal: who may do what, and why."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from rich.markup import escape
from rich.table import Table

from triptych.adapters.actions.arguments import read_texts
from triptych.cli.calling import acting
from triptych.cli.objects import Where, conditions
from triptych.cli.options import Flag
from triptych.cli.screen import make_console
from triptych.domain.actor import SYSTEM, read_actor
from triptych.domain.policies import READ
from triptych.services.actions import Backend
from triptych.services.actions.calls import Call
from triptych.services.policies.explaining import Decision
from triptych.services.policies.matrix import May

_COLOURS = {May.ALL: "green", May.SOME: "yellow", May.NONE: "red"}


def policies(package: str, *, markdown: Flag = False, json: Flag = False) -> None:
    """Show who may do what, role by role.

    Args:
        package: The package that has the `domain`.
        markdown: Print a table for documents.
        json: Print JSON.
    """

    async def ask(backend: Backend) -> None:
        matrix = backend.permissions.matrix()
        if json:
            print(msgspec.json.encode(matrix.plain()).decode())
            return
        if markdown:
            print(matrix.markdown())
            return
        table = Table(box=None, header_style="dim", pad_edge=False)
        table.add_column("", no_wrap=True)
        for name in matrix.roles:
            table.add_column(name, overflow="fold")
        for name, row in matrix.rows.items():
            cells = [f"[{_COLOURS[each.may]}]{each}[/]" for each in row]
            table.add_row(name, *cells)
        make_console().print(table)
        for each in backend.unsaid:
            make_console().print(f"[yellow]no policy is about[/] {each}")

    acting(package, ask)


def may(
    package: str, actor: str, what: str, *words: str, where: Where = (), json: Flag = False
) -> int:
    """Say whether somebody may read an object or do something, and why; ends with 1 if not.

    Args:
        package: The package that has the `domain`.
        actor: Who, as `NAME:ROLE,ROLE,CLAIM=VALUE`.
        what: `read`, or an action such as `operations.postpone`.
        words: For `read`, an object type and an id.
        where: For an action, what it is given, such as `flight=ID`.
        json: Print JSON.
    """

    async def ask(backend: Backend) -> Decision:
        who = read_actor(actor)
        if what != READ:
            return await backend.permissions.why_act(who, _call(backend, what, where), SYSTEM)
        of = backend.ontology.object_type(words[0] if words else "")
        return await backend.permissions.why_read(who, of, words[1:], SYSTEM)

    found = acting(package, ask)
    if json:
        print(msgspec.json.encode(found.plain()).decode())
    else:
        first, *rest = str(found).splitlines()
        console = make_console(soft_wrap=True)
        console.print(escape(first), style="green" if found.may else "red")
        for line in rest:
            console.print(line, markup=False)
    return 0 if found.may else 1


def _call(backend: Backend, what: str, where: Sequence[str]) -> Call:
    operation = backend.declared.operation(what.replace("-", "_"))
    pairs = list(conditions(where))
    return backend.read_call(operation.full_name, read_texts(operation, pairs))


def who(
    package: str, what: str, type: str, *id: str, where: Where = (), json: Flag = False
) -> None:
    """Show of which roles somebody may read an object, or act on it, and which key holders.

    Args:
        package: The package that has the `domain`.
        what: `read`, or an action such as `operations.postpone`.
        type: An entity or relationship, such as `flight`.
        id: Its id; for a relationship, the ids that it joins.
        where: For an action, what it is given, such as `flight=ID`.
        json: Print JSON.
    """

    async def ask(backend: Backend) -> None:
        of = backend.ontology.object_type(type)
        call = None if what == READ else _call(backend, what, where)
        found = await backend.permissions.who_can(SYSTEM, of, id, call)
        if json:
            print(msgspec.json.encode(found).decode())
            return
        console = make_console()
        for role, answer in found["roles"].items():
            console.print(f"{answer:<14} [dim]role[/] {escape(role)}")
        for actor, is_allowed in found["actors"].items():
            console.print(f"{'yes' if is_allowed else 'no':<14} [dim]key of[/] {escape(actor)}")

    acting(package, ask)
